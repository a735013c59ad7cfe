"""Self-checks of lesson 03: a bootstrap interval."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evidence import claims
from .words import RIGHT, HintError, asked, numbers

Array = NDArray[Any]


def paired_interval(answer: Any) -> str:
    """Check the last exercise of lesson 03: a bootstrap interval, paired by seed.

    Parameters
    ----------
    answer : callable
        ``answer(ours, theirs)`` returns the ends of the 95 % bootstrap interval of the
        difference of means, ours minus theirs; both are arrays, one value for each seed.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.
    """
    runs = _paired_runs()
    try:
        make = asked(answer, "a function")
        found = [_interval(make, ours, theirs) for ours, theirs in runs]
        right = [_ends(claims.sampled(ours - theirs)[1:]) for ours, theirs in runs]
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
    except HintError as hint:
        return str(hint)


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
