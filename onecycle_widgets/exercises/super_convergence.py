"""Self-checks on super-convergence: steps to a target, a fair plan, a bootstrap interval."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evidence import estimates
from ..sweeps.setting import Setting
from .checking import RIGHT, HintError, asked, number, numbers, self_check

Array = NDArray[Any]
NEVER = float("inf")


@self_check
def steps_to_target(answer: Any) -> str:
    """Check the first exercise on super-convergence: the first length that reaches a target.

    Parameters
    ----------
    answer : callable
        ``answer(steps, accuracy, target)`` returns the first of `steps` whose accuracy is the
        target or more; None or infinity when there is none. The first two are arrays.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> steps_to_target(lambda steps, accuracy, target: (accuracy >= target).argmax())
    ✗ Not yet: that is a place in the list. How many steps is it?
    """
    cases = _measurements()
    right = [_first(*case) for case in cases]
    find = asked(answer, "a function")
    found = [_found(find, *case) for case in cases]
    if found == right:
        return f"{RIGHT} First, not last; equal counts; and never is never."
    for mistake, hint in MISTAKES.items():
        if found == [float(mistake(*case)) for case in cases]:
            raise HintError(hint)
    wrong = next(n for n in range(len(cases)) if found[n] != right[n])
    steps, accuracy, target = cases[wrong]
    example = f"for {accuracy.tolist()} and target {target:g}"
    if right[wrong] == NEVER:
        raise HintError(f"{example} you say {found[wrong]:g}. What if none reaches it?")
    if found[wrong] not in steps:
        raise HintError(f"{example} you say {found[wrong]:g}: it should be one of the steps.")
    raise HintError(f"{example} (steps {steps.tolist()}) you say {found[wrong]:g}.")


def _measurements() -> list[tuple[Array, Array, float]]:
    """Forty times steps, accuracies that do not always rise, and a target."""
    rng = np.random.default_rng(3)
    cases = []
    for place in range(40):
        steps = 50 * rng.integers(1, 9, size=rng.integers(4, 8)).cumsum()
        accuracy = np.round(np.linspace(60, 90, len(steps)) + rng.normal(0, 8, len(steps)))
        target = float(rng.choice(accuracy)) + (0.0, 0.5, -0.5, 0.0)[place % 4]
        if place % 5 == 1:
            target = accuracy.max() + 1
        cases.append((steps, accuracy, target))
    return cases


def _first(steps: Array, accuracy: Array, target: float) -> float:
    reached = steps[accuracy >= target]
    return float(reached[0]) if len(reached) else NEVER


def _strictly(steps: Array, accuracy: Array, target: float) -> float:
    return _first(steps, accuracy, np.nextafter(target, np.inf))


def _last(steps: Array, accuracy: Array, target: float) -> float:
    return -_first(-steps[::-1], accuracy[::-1], target) if accuracy.max() >= target else NEVER


def _for_good(steps: Array, accuracy: Array, target: float) -> float:
    return _first(steps, np.minimum.accumulate(accuracy[::-1])[::-1], target)


def _sorted(steps: Array, accuracy: Array, target: float) -> float:
    at = np.searchsorted(accuracy, target)
    return float(steps[at]) if at < len(steps) else NEVER


def _or(steps: Array, accuracy: Array, target: float, instead: float) -> float:
    return instead if accuracy.max() < target else _first(steps, accuracy, target)


MISTAKES: dict[Callable[..., Any], str] = {
    lambda s, a, t: (a >= t).argmax(): "that is a place in the list. How many steps is it?",
    _strictly: "an accuracy that equals the target has reached it.",
    _last: "that is the last length that reaches the target.",
    _for_good: "that is where it stays at the target; where does it first get there?",
    lambda s, a, t: s[a.argmax()]: "that is where the accuracy is best, whatever the target.",
    _sorted: "these accuracies do not always rise; a search in a sorted list misses that.",
    lambda s, a, t: _or(s, a, t, s[0]): "when none reaches the target, you say the first length.",
    lambda s, a, t: _or(s, a, t, s[-1]): "when none reaches the target, you say the last length.",
    lambda s, a, t: _or(s, a, t, 0): "when none reaches the target, 0 steps would be wonderful.",
}


def _found(find: Callable[..., Any], steps: Array, accuracy: Array, target: float) -> float:
    never = accuracy.max() < target
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = find(steps.copy(), accuracy.copy(), target)
    except HintError as hint:
        when = "when none reaches the target, " if never else ""
        raise HintError(f"{when}{hint.args[0]}") from hint
    if isinstance(found, np.ndarray) and found.size == 1:
        found = found.item()
    if found is None or (isinstance(found, (float, np.floating)) and found == NEVER):
        return NEVER
    if not number(found):
        raise HintError(f"it should return one of the steps, or None, not {found!r:.40}.")
    return float(found)


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
    pairs = [sorted((s.peak, s.weight_decay) for s in c) for c in (ours, theirs)]
    if pairs[0] != pairs[1]:
        raise HintError("rates agree, but not the weight decays that go with them.")
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
    from scipy.stats import t

    half = t.ppf(0.975, len(a) - 1) * (a - b).std(ddof=1) / len(a) ** 0.5
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
