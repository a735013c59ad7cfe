"""Self-checks of what was done in the lab."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evidence.estimates import Estimate, mean
from ..lab.run import Run
from .checking import RIGHT, HintError, numbers, self_check

SHORT = 60  # steps for the spirals: SGD needs more, and AdamW a peak near the range test's


def _runs(answer: Any) -> list[Run]:
    """The lab's complete runs; a `HintError` when there are none."""
    if not hasattr(answer, "runs") or not hasattr(answer, "explorer"):
        raise HintError(f"the answer should be a Lab, not {type(answer).__name__}.")
    runs = [run for run in answer.runs if run.complete]
    if not runs:
        raise HintError("the lab has no run that came to its end: press Train.")
    return runs


def _alike(one: Run, other: Run, but: set[str]) -> bool:
    """Whether two runs agree in all settings but these."""
    first, second = one.settings(), other.settings()
    return all(first.get(k) == second.get(k) for k in {*first, *second} - but)


@self_check
def three_peaks(answer: Any) -> str:
    """Check the first exercise in the lab: three runs that differ in their peak only.

    Parameters
    ----------
    answer : Lab
        The lab, with its runs.

    Returns
    -------
    str
        '✓ Right.' and which peak was best, or a hint.

    Examples
    --------
    >>> from onecycle_widgets import Lab
    >>> three_peaks(Lab())
    ✗ Not yet: the lab has no run that came to its end: press Train.
    """
    runs = _runs(answer)
    last = runs[-1]
    alike: dict[Any, Run] = {r.policy.max_lr: r for r in runs if _alike(r, last, {"max_lr"})}
    if len(runs) < 3:
        raise HintError(f"three runs are needed; there are {len(runs)}.")
    if len(alike) < 3 and len({run.policy.max_lr for run in runs}) >= 3:
        raise HintError("these runs differ in more than their peak: what else did you change?")
    if len(alike) < 3:
        raise HintError(f"three different peaks are needed; there are {len(alike)}.")
    peaks = sorted(alike)
    if peaks[-1] / peaks[0] < 9:
        raise HintError(f"peaks {peaks[0]:g} to {peaks[-1]:g}: too close to tell much.")
    best = max(alike, key=lambda peak: float(np.median(alike[peak].final)))
    reached = float(np.median(alike[best].final))
    return f"{RIGHT} Of {len(alike)} peaks, {best:g} was best, with {reached:.1%}."


@self_check
def more_than_luck(answer: Any, interval: Any) -> str:
    """Check the second exercise in the lab: by how much two runs differ, and how sure that is.

    Parameters
    ----------
    answer : Lab
        The lab, of which the last two complete runs count: they differ in one setting, and have
        five seeds or more.
    interval : pair of float
        The ends of the 95 % interval of the mean difference in points, the last run minus the
        one before it, paired by seed.

    Returns
    -------
    str
        '✓ Right.' and what the interval says, or a hint.

    Examples
    --------
    >>> more_than_luck("two runs", interval=(0.0, 1.0))
    ✗ Not yet: the answer should be a Lab, not str.
    """
    setting, before, after = _last_two(answer)
    low, high = numbers(interval, 2, "the interval")
    if low > high:
        raise HintError("the lower end comes first.")
    gain = mean(100 * (after - before))
    slack = 0.35 * (gain.high - gain.low) + 0.05  # draws differ; Student's interval is wider
    if _near((low, high), gain, slack):
        said = {1: "better, more than luck", -1: "worse, more than luck", 0: "may be luck"}
        return f"{RIGHT} {setting}: {gain.text(' points')}: {said[gain.sure]}."
    if _near((-high, -low), gain, slack):
        raise HintError("the sign is turned: the last run minus the one before it.")
    if _near((100 * low, 100 * high), gain, slack):
        raise HintError("points are asked for: an accuracy of 0.97 is 97 points.")
    if _near((low, high), _unpaired(before, after), 0.3 * (gain.high - gain.low) + 0.05):
        raise HintError("not paired: take the difference seed by seed, then its mean.")
    if not low <= gain.value <= high:
        raise HintError("the mean difference of these two runs lies outside your interval.")
    wide = (high - low) / max(gain.high - gain.low, 0.01)
    raise HintError(
        f"your interval is {wide:.1f} times as wide as it should be: where does the *mean* lie?"
    )


def _last_two(answer: Any) -> tuple[str, NDArray[np.float64], NDArray[np.float64]]:
    """The setting in which the last two runs differ, and their final accuracies."""
    runs = _runs(answer)
    if len(runs) < 2:
        raise HintError("two runs are needed to compare.")
    first, second = runs[-2:]
    settings = first.settings(), second.settings()
    keys = {*settings[0], *settings[1]}
    differing = sorted(k for k in keys if settings[0].get(k) != settings[1].get(k))
    if len(first.final) < 5 or len(second.final) < 5:
        raise HintError("with so few seeds luck decides: take five or more, for both.")
    if "seeds" in differing or "data" in differing:
        raise HintError("data and number of seeds should be the same for both.")
    if not differing:
        raise HintError("the last two runs have the same settings. Change one.")
    if len(differing) > 1:
        raise HintError(f"the last two runs differ in {', '.join(differing)}: change one.")
    return differing[0], first.final, second.final


def _near(ends: tuple[float, float], gain: Estimate, slack: float) -> bool:
    return max(abs(ends[0] - gain.low), abs(ends[1] - gain.high)) <= slack


def _unpaired(before: NDArray[np.float64], after: NDArray[np.float64]) -> Estimate:
    """The interval of somebody who draws the seeds of the two runs apart."""
    turned = np.roll(before, 1)  # no seed meets itself
    return mean(100 * (after - turned))


@self_check
def short_spiral(answer: Any) -> str:
    """Check the last exercise in the lab: the spirals in at most 60 steps, with five seeds.

    Parameters
    ----------
    answer : Lab
        The lab; one of its runs reaches 98 % on the held-out data, with every seed.

    Returns
    -------
    str
        '✓ Right.' and how, or a hint.

    Examples
    --------
    >>> from onecycle_widgets import Lab, OneCycle
    >>> lab = Lab(policy=OneCycle(0.1, 10))
    >>> lab.train()
    >>> lab.wait(), short_spiral(lab)
    (True, ✗ Not yet: there is no run on the spirals.)
    """
    runs = _runs(answer)
    runs = [run for run in runs if run.task.data == "spirals"]
    if not runs:
        raise HintError("there is no run on the spirals.")
    short = [run for run in runs if run.policy.total_steps <= SHORT]
    if not short:
        raise HintError(f"all runs on the spirals are longer than {SHORT} steps.")
    several = [run for run in short if len(run.final) >= 5]
    if not several:
        raise HintError("one seed may be lucky: train five at once.")
    best = max(several, key=lambda run: float(run.final.min()))
    worst = float(best.final.min())
    if worst < 0.98:
        raise HintError(f"the worst seed reaches {worst:.1%}. {_advice(best)}")
    return f"{RIGHT} {best.policy.total_steps} steps, worst seed {worst:.1%}."


def _advice(run: Run) -> str:
    """In which direction to look, when the worst seed of a short spiral is not good enough."""
    if run.task.optimizer == "sgd":
        return "Would another optimizer get there sooner?"
    if run.policy.total_steps < 0.75 * SHORT:
        return "The budget allows more steps."
    return "What does a range test with this optimizer recommend?"
