"""Self-checks on super-convergence: a warm-up, a stable rate, a fair plan, an interval."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import stdtrit

from .. import toys
from ..evidence import estimates
from ..policy.baselines import Step
from ..sweeps.setting import Setting
from ..sweeps.sweep import sweep
from .checking import RIGHT, HintError, asked, number, numbers, self_check

Array = NDArray[Any]


@self_check
def keeps_up(answer: Any) -> str:
    """Check a step schedule that keeps up with one cycle on the residual net.

    Parameters
    ----------
    answer : Step
        200 steps. Trained with three seeds, without weight decay, it should come to 90 % of the
        test images: one cycle has a few more, no step schedule without a warm-up comes close.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> keeps_up(Step(lr=0.0032, total_steps=400, warmup=0.3))
    ✗ Not yet: it should have 200 steps, not 400.
    """
    if not isinstance(answer, Step):
        raise HintError(f"it should be a Step(...), not {type(answer).__name__}.")
    if answer.total_steps != 200:
        raise HintError(f"it should have 200 steps, not {answer.total_steps}.")
    if len(answer.milestones) < 2 or answer.gamma > 0.2:
        raise HintError("it should still be a step schedule: two falls, to a tenth each.")
    # Double precision, so that rounding does not decide on which side of the line a run ends.
    model = partial(toys.residual_mlp, dtype=torch.float64)
    digits = toys.digits(dtype=torch.float64)
    reached = 100 * sweep(model, digits, [Setting(answer)], 3, progress=False).final("test").mean()
    if reached >= 90:
        return f"{RIGHT} It begins where the net bears it, and then goes as high as one cycle does."
    if reached < 20:
        raise HintError(
            "it diverged, and says one digit to everything. Begin lower, or rise more slowly."
            if answer.warmup
            else "it diverged. The start bears so little: what could come before the high rate?"
        )
    if not answer.warmup:
        raise HintError("it trains, but slowly: the start holds the rate down. Help it there.")
    raise HintError(
        "with its warm-up it bears a higher rate than this one: go up, threefold or more."
    )


@self_check
def highest_rate(answer: Any) -> str:
    """Check the largest stable learning rate at a sharpness.

    Parameters
    ----------
    answer : callable
        ``answer(sharpness, momentum)`` returns the learning rate at which gradient descent with
        momentum stops being stable along a direction of that curvature.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> highest_rate(lambda sharpness, momentum: 2 / sharpness)
    ✗ Not yet: right without momentum. With it, more is borne: by how much?
    """
    find = asked(answer, "a function")
    cases = [(s, m) for s in (0.8, 150.0, 13_000.0) for m in (0.0, 0.5, 0.9)]
    found = [find(*case) for case in cases]
    if not all(number(rate) for rate in found):
        raise HintError("it should return a number, the learning rate.")
    mistakes: dict[str, Callable[[float, float], float]] = {
        "right without momentum. With it, more is borne: by how much?": lambda s, m: 2 / s,
        "momentum lets a step go further, but it also steadies: 1 + m, not 1 - m.": (
            lambda s, m: 2 * (1 - m) / s
        ),
        "that is the effective rate's limit. Along a quadratic it is 1 + m that counts.": (
            lambda s, m: 2 / (s * (1 - m))
        ),
        "twice that: on a bowl a step may go past the bottom, as far as it came.": (
            lambda s, m: (1 + m) / s
        ),
        "the sharper, the smaller: divide by the sharpness.": lambda s, m: 2 * (1 + m) * s,
    }
    if np.allclose(found, [2 * (1 + m) / s for s, m in cases], rtol=1e-6):
        return f"{RIGHT} And at a sharpness of 13,000 that is less than 0.0003."
    for hint, mistake in mistakes.items():
        if np.allclose(found, [mistake(*case) for case in cases], rtol=1e-6):
            raise HintError(hint)
    raise HintError(f"at sharpness 150 and momentum 0.9 you say {float(found[5]):g}.")


@self_check
def fair_comparison(ours: Any, theirs: Any, seeds: Any) -> str:
    """Check a plan for a comparison that nobody can call unfair.

    Parameters
    ----------
    ours, theirs : sequence of Setting
        The candidates of one cycle, and those of the step schedule.
    seeds : int or sequence of int
        Number of runs that each setting gets, or their seeds.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> from onecycle_widgets.policy.baselines import Step
    >>> fair_comparison([Setting(OneCycle(0.1, 100))], [Setting(Step(0.1, 50))], seeds=10)
    ✗ Not yet: somebody may train longer than the others.
    """
    for name, candidates in (("ours", ours), ("theirs", theirs)):
        if not isinstance(candidates, (list, tuple)) or not candidates:
            raise HintError(f"{name} should be a list of Setting(...).")
        if not all(isinstance(candidate, Setting) for candidate in candidates):
            raise HintError(f"{name} should hold Setting(...) objects only.")
    if {s.kind for s in ours} != {"OneCycle"} or {s.kind for s in theirs} != {"Step"}:
        raise HintError("ours should all be OneCycle schedules, and theirs Step schedules.")
    if len({s.total_steps for s in (*ours, *theirs)}) > 1:
        raise HintError("somebody may train longer than the others.")
    if len({(s.batch_size, s.optimizer, s.momentum) for s in (*ours, *theirs)}) > 1:
        raise HintError("batch size, optimizer and momentum should be the same for all.")
    rates = [sorted({s.peak for s in candidates}) for candidates in (ours, theirs)]
    if rates[0] != rates[1]:
        raise HintError(f"ours may choose from the rates {rates[0]}, theirs from {rates[1]}.")
    if len(rates[0]) < 4 or rates[0][-1] / rates[0][0] < 30:
        raise HintError("too few rates, or too close: at least four, from end to end 30-fold.")
    pairs = [sorted({(s.peak, s.weight_decay) for s in c}) for c in (ours, theirs)]
    if pairs[0] != pairs[1]:
        raise HintError("rates agree, but not the weight decays that go with them.")
    shapes = [
        {s.schedule.pct_start for s in ours},
        {(s.schedule.milestones, s.schedule.warmup) for s in theirs},
    ]
    if len(shapes[0]) != len(shapes[1]) or len(ours) != len(theirs):
        raise HintError(
            f"ours may choose from {len(shapes[0])} shapes (pct_start), theirs from "
            f"{len(shapes[1])} (milestones)."
        )
    if len(shapes[0]) < 2:
        raise HintError("nobody's shape is tuned: where one cycle peaks, and where theirs falls.")
    if isinstance(seeds, (list, tuple, range)):
        seeds = len(seeds)
    if not isinstance(seeds, (int, np.integer)) or seeds < 5:
        raise HintError(f"with {seeds!r} seeds, luck may decide. Take at least 5.")
    return f"{RIGHT} {len(ours)} candidates each, equal steps, {seeds} seeds."


@self_check
def paired_interval(answer: Any) -> str:
    """Check the last exercise on super-convergence: a bootstrap interval, paired by seed.

    Parameters
    ----------
    answer : callable
        ``answer(ours, theirs)`` returns the ends of the 95 % bootstrap interval of the
        difference of means, ours minus theirs; both are arrays, one value for each seed.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> paired_interval(lambda ours, theirs: (ours.max(), ours.min()))
    ✗ Not yet: the lower end comes first.
    """
    runs = _paired_runs()
    make = asked(answer, "a function")
    found = [_interval(make, ours, theirs) for ours, theirs in runs]
    right = [_ends(estimates.sampled(ours - theirs)[1:]) for ours, theirs in runs]
    # Draws differ from student to student, so no interval is exactly ours.
    if _distance(found, right) < 0.055:  # 0.03 with 1,000 draws, 0.09 for a 90 % interval
        return f"{RIGHT} Seeds drawn together, means of the draws, and 95 % of them."
    if all(high < low for low, high in found):
        raise HintError("the lower end comes first.")
    near = {h: _distance(found, [m(*pair) for pair in runs]) for m, h in CONFUSED.items()}
    closest = min(near, key=lambda hint: near[hint])
    if near[closest] < 0.12:
        raise HintError(closest)
    wide = np.mean([np.ptp(f) for f in found]) / np.mean([np.ptp(r) for r in right])
    off = np.mean([np.mean(f) - np.mean(r) for f, r in zip(found, right, strict=True)])
    if abs(off) > 0.3 * np.mean([np.ptp(r) for r in right]):
        side = "high" if off > 0 else "low"
        raise HintError(f"the middle of your interval is too {side}. Where does it belong?")
    if not 0.95 < wide < 1.05:
        raise HintError(f"your interval is {wide:.2f} times as wide as it should be.")
    raise HintError("nearly: its ends jump about. Draw more often, a thousand times or more.")


def _paired_runs() -> list[tuple[Array, Array]]:
    """Eight times accuracies of two ways to train: lucky seeds are lucky for both."""
    rng, result = np.random.default_rng(0), []
    for seeds in (10, 12, 10, 15, 12, 20, 10, 12):
        luck = 92 + 2 * rng.normal(size=seeds)
        ours, theirs = (luck + rng.normal(0, 0.7, seeds) for _ in range(2))
        result.append((ours + rng.uniform(0.5, 2), theirs))
    return result


def _interval(make: Callable[..., Any], ours: Array, theirs: Array) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = make(ours.copy(), theirs.copy())
    low, high = numbers(found, 2, "the interval")
    if not np.isfinite([low, high]).all():
        raise HintError(f"the interval should be two numbers, not {low:g} and {high:g}.")
    return low, high


def _distance(found: list[tuple[float, float]], right: list[tuple[float, float]]) -> float:
    """How far the ends are off, as a share of the right width; the mean over all runs."""
    off = np.abs(np.subtract(found, right)).max(axis=1)
    return float(np.mean(off / np.maximum(np.ptp(right, axis=1), 1e-9)))


def _ends(draws: Array, level: float = 0.95) -> tuple[float, float]:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _drawn(values: Array, seed: int = 1) -> Array:
    """Resamples with replacement, shape (2000, seeds)."""
    index = np.random.default_rng(seed).integers(len(values), size=(2000, len(values)))
    return values[index]


def _around(values: Array, half: float) -> tuple[float, float]:
    return float(values.mean() - half), float(values.mean() + half)


def _student(a: Array, b: Array) -> tuple[float, float]:
    half = stdtrit(len(a) - 1, 0.975) * (a - b).std(ddof=1) / len(a) ** 0.5
    return _around(a - b, half)


def _unpaired(a: Array, b: Array) -> tuple[float, float]:
    return _ends(_drawn(a).mean(1) - _drawn(b, 2).mean(1))


def _halves(a: Array, b: Array) -> tuple[float, float]:
    return _ends(_drawn(a - b)[:, : len(a) // 2].mean(1))


CONFUSED: dict[Callable[[Array, Array], tuple[float, float]], str] = {
    lambda a, b: _ends(_drawn(b - a).mean(1)): "the sign is turned: ours minus theirs, please.",
    lambda a, b: _ends(a - b): "that is where single differences lie. Where does their mean lie?",
    lambda a, b: _around(a - b, (a - b).std()): "that is the spread of single runs, not of a mean.",
    lambda a, b: _around(a - b, (a - b).std() / len(a) ** 0.5): (
        "one standard error to each side holds only about two thirds of the draws."
    ),
    _unpaired: "not paired: draw a seed, and take its run of both.",
    lambda a, b: _ends(_drawn(a - b).mean(1), 0.9): "too narrow: how much is cut off at each end?",
    lambda a, b: _ends(_drawn(a - b).mean(1), 0.99): "too wide: how much is cut off at each end?",
    _student: "like Student's interval: sound, but wider than what drawing the seeds gives.",
    lambda a, b: _ends(np.median(_drawn(a - b), 1)): "the mean of each draw, not its median.",
    _halves: "too wide: each draw should have as many seeds as there are.",
    lambda a, b: _ends(_drawn(a).mean(1)): "that is ours alone. The difference is asked for.",
    lambda a, b: _around(a - b, 0.0): "that is the mean itself, without an interval.",
}
