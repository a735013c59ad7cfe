"""The self-check of the capstone: a model of the reader's own, judged by what must hold of any."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit  # Student's quantiles; scipy.stats takes a second to import

from ..evidence.estimates import mean
from ..policy.one_cycle import OneCycle
from ..range_test.result import RangeTest
from .checking import RIGHT, HintError, number, self_check

Array = NDArray[np.float64]

SEEDS = 3  # trainings at least: of two, nobody can tell the scatter
PARTS = ("train", "validation", "test")
SHARED = 0.01  # of a part's samples may be in another: real data have doubles of their own


@dataclass(frozen=True)
class Work:
    """What was handed in, whatever it is.

    Examples
    --------
    >>> Work(policy=OneCycle(0.1, 100)).histories is None
    True
    """

    histories: Any = None
    policy: Any = None
    range_test: Any = None
    data: Any = None
    scores: Any = None
    interval: Any = None
    baseline: Any = None


@self_check
def capstone(
    histories: Any = None,
    policy: Any = None,
    range_test: Any = None,
    data: Any = None,
    scores: Any = None,
    interval: Any = None,
    baseline: Any = None,
) -> str:
    """Check the capstone: one cycle on a model and data of the reader's own.

    Parameters
    ----------
    histories : list of History or Steps
        What `train` returned, or what `watched` noted, one for each seed.
    policy : OneCycle
        The cycle that was planned.
    range_test : RangeTest
        The range test of a fresh model, before any training.
    data : mapping of str to samples
        The inputs of 'train', 'validation' and 'test': a tensor or an array with a row for each
        sample, a pair of inputs and targets, a data set, or a list of what tells samples apart,
        such as file names or indexes.
    scores : sequence of float
        On the test data, one for each training, in the order of `histories`.
    interval : pair of float
        The ends of a 95 % interval of the mean score; with a `baseline`, of the mean difference.
    baseline : sequence of float, optional
        Test scores of something to compare with, seed by seed.

    Returns
    -------
    str
        A line for each of seven requirements: that it is met, or what is missing.

    Examples
    --------
    >>> print(capstone(policy=OneCycle(0.1, 100)).splitlines()[0])
    ✓ The policy: 100 steps with a peak of 0.1.
    """
    work = Work(histories, policy, range_test, data, scores, interval, baseline)
    lines, missing = [], 0
    for requirement, check in REQUIREMENTS.items():
        try:
            lines.append(f"✓ {requirement}: {check(work)}")
        except HintError as hint:
            missing += 1
            lines.append(f"✗ {requirement}: {hint.args[0]}")
    if not missing:
        lines.append(f"{RIGHT} Whoever doubts it can repeat it.")
    return "\n".join(lines)


def _policy(work: Work) -> str:
    policy = _planned(work, "plan a cycle, and give it as policy=OneCycle(...).")
    return f"{policy.total_steps} steps with a peak of {max(policy.per_group('max_lr')):g}."


def _planned(work: Work, otherwise: str) -> OneCycle:
    if not isinstance(work.policy, OneCycle):
        raise HintError(otherwise)
    return work.policy


def _range_test(work: Work) -> str:
    result = work.range_test
    if not isinstance(result, RangeTest):
        raise HintError("run lr_range_test on a fresh model, and give what it returns.")
    if len(result.lr) < 20:
        raise HintError(f"it has {len(result.lr)} steps; a curve needs 20 at least.")
    losses = [x.loss for x in _several(work) if np.size(getattr(x, "loss", ())) > 1]
    if losses:
        began, ended = np.mean([x[0] for x in losses]), np.mean([x[-5:].mean() for x in losses])
        first = float(np.median(result.loss[:5]))
        if first < (began + ended) / 2:
            raise HintError(
                f"it begins at a loss of {first:.3g}, the trainings at {began:.3g}: run it on a "
                "fresh model, not on a trained one."
            )
    policy = _planned(work, "there is no policy to compare it with.")
    peak, tried = max(policy.per_group("max_lr")), result.lr[-1]
    if peak > tried:
        raise HintError(f"the peak, {peak:g}, lies beyond what was tried, {tried:.3g}.")
    found = result.recommended.lr
    advice = "it recommends none" if found is None else f"it recommends {found:.3g}"
    return f"{len(result.lr)} steps up to {tried:.3g}; {advice}."


def _several(work: Work) -> list[Any]:
    """The trainings, whatever they are; none where no list of them was given."""
    return list(work.histories) if isinstance(work.histories, (list, tuple)) else []


def _has_rates(training: Any) -> bool:
    try:
        return hasattr(training, "lr")
    except ValueError as error:  # watched, while several optimizers took steps
        raise HintError(f"{error}.") from error


def _seeds(work: Work) -> str:
    if _has_rates(work.histories):
        raise HintError("one training may be lucky: give a list, one for each seed.")
    if not isinstance(work.histories, (list, tuple)):
        raise HintError("give histories=[...]: what train returned, or what watched noted.")
    if len(work.histories) < SEEDS:
        raise HintError(f"{len(work.histories)} trainings do not show the scatter: {SEEDS} do.")
    for place, history in enumerate(work.histories, start=1):
        if not _has_rates(history):
            kind = type(history).__name__
            raise HintError(f"number {place} is no History, nor what watched noted, but {kind}.")
        if not getattr(history, "complete", True):
            raise HintError(f"training {place} was interrupted.")
    for (one, first), (other, second) in combinations(enumerate(work.histories, start=1), 2):
        ours, theirs = (getattr(history, "loss", None) for history in (first, second))
        alike = ours is not None and theirs is not None and np.array_equal(ours, theirs)
        if first is second or alike:
            raise HintError(f"trainings {one} and {other} are the same: give each its own seed.")
    return f"{len(work.histories)} trainings, no two of them alike."


def _rates(work: Work) -> str:
    policy = _planned(work, "there is no policy to compare them with.")
    trainings = [training for training in _several(work) if _has_rates(training)]
    if not trainings:
        raise HintError("there is no training to look at.")
    for place, history in enumerate(trainings, start=1):
        wrong = _unlike(np.asarray(history.lr, float), policy)
        if not wrong:
            wrong = _other_momentum(history, policy)
        if wrong:
            raise HintError(f"training {place}: {wrong}")
    return f"one step a batch; in all {len(trainings)} trainings each rate is the cycle's."


def _unlike(used: Array, policy: OneCycle) -> str:
    """In which way rates are not the cycle's, in words; '' when they are."""
    wanted = policy.curve().lr
    if used.ndim != wanted.ndim or used.shape[:-1] != wanted.shape[:-1]:
        found, groups = (len(np.atleast_2d(x)) for x in (used, wanted))
        return f"its optimizer has {found} parameter groups, the cycle {groups}."
    steps, total = used.shape[-1], policy.total_steps
    if steps == 0:
        return "no optimizer took a step where it was watched."
    if steps == total and _equal(used, wanted):
        return ""
    if steps > 2 and np.ptp(used, axis=-1).max() == 0:
        return "the rate never moved: is there a scheduler, and is it stepped?"
    moves = int((np.diff(np.atleast_2d(used)[0]) != 0).sum())
    if moves < (steps - 1) / 2:
        return (
            f"in {steps} steps the rate moved {moves} times: scheduler.step() belongs into the "
            "loop over the batches, after every optimizer.step()."
        )
    if steps < total and _equal(used, wanted[..., :steps]):
        return (
            f"it took {steps} of the cycle's {total} steps, and stopped while the rate was "
            f"{_first(used[..., -1]):.3g}."
        )
    if steps > total and _equal(used[..., :total], wanted):
        return f"it went on for {steps - total} steps after the end of the cycle."
    if steps != total:
        return f"it took {steps} optimizer steps, the cycle has {total}: count once more."
    if _equal(used[..., :-1], wanted[..., 1:]):
        return "each rate comes a step early: scheduler.step() stands before optimizer.step()."
    if _equal(used[..., 1:], wanted[..., :-1]):
        return "each rate comes a step late: is the first step taken before the scheduler is made?"
    with np.errstate(divide="ignore", invalid="ignore"):  # a last rate may be zero
        ratio = used / wanted
    if np.allclose(ratio, ratio[..., :1], rtol=1e-4):
        return f"the shape is right, but the peak is {used.max():.3g}: was another cycle used?"
    at = int(np.argmax(~np.isclose(used, wanted, rtol=1e-5, atol=0).reshape(-1, total).all(0)))
    here, there = _first(used[..., at]), _first(wanted[..., at])
    return f"at step {at} the rate was {here:.3g}, and in the cycle it is {there:.3g}."


def _equal(used: Array, wanted: Array) -> bool:
    """The same but for single precision, in which some libraries compute."""
    return np.allclose(used, wanted, rtol=1e-5, atol=0)


def _first(values: Any) -> float:
    return float(np.ravel(values)[0])


def _other_momentum(history: Any, policy: OneCycle) -> str:
    """What is wrong with the momenta, where the rates are right."""
    wanted, used = policy.curve().momentum, getattr(history, "momentum", None)
    if wanted is None or used is None or np.allclose(used, wanted, rtol=1e-5):
        return ""
    if np.isnan(used).all():
        return "the rates are right, but this optimizer has no momentum: cycle_momentum=False."
    return "the rates are right, the momenta are not the cycle's."


def _data(work: Work) -> str:
    if not isinstance(work.data, Mapping):
        raise HintError(f"give data={{...}} with the samples of {', '.join(map(repr, PARTS))}.")
    absent = [part for part in PARTS if part not in work.data]
    if "validation" in absent:
        raise HintError("without validation data every choice is made on the test data.")
    if absent:
        raise HintError(f"{absent[0]!r} is missing.")
    samples = {part: _samples(part, work.data[part]) for part in PARTS}
    for one, other in combinations(PARTS, 2):
        both = len(samples[one] & samples[other])
        if both > SHARED * min(len(samples[one]), len(samples[other])):
            raise HintError(f"{both} samples are in {one!r} and in {other!r}.")
    counts = ", ".join(f"{len(samples[part]):,} for {part}" for part in PARTS)
    return f"{counts}; the parts have nothing in common."


def _array(given: Any) -> Any:
    """A tensor as an array; anything else as it is."""
    return given.detach().cpu().numpy() if hasattr(given, "detach") else given


def _are_rows(inputs: Any, targets: Any) -> bool:
    """Whether these are the inputs and the targets of the same samples."""
    shapes = getattr(inputs, "shape", ()), getattr(targets, "shape", ())
    return bool(shapes[0] and shapes[1] and shapes[0][0] == shapes[1][0])


def _told_by(sample: Any) -> Any:
    """What tells a sample apart: its input's bytes where there are any, else the sample itself."""
    if isinstance(sample, (list, tuple)) and sample and hasattr(sample[0], "shape"):
        sample = sample[0]  # of a data set: the input, and then its target
    found = _array(sample)
    return found.tobytes() if isinstance(found, np.ndarray) else found


def _samples(part: str, of: Any) -> set[Any]:
    """What tells the samples of a part of the data apart."""
    given = _array(getattr(of, "x", of))  # of a toy
    if isinstance(given, (list, tuple)) and len(given) == 2 and _are_rows(*given):
        given = _array(given[0])  # inputs and targets: the inputs tell the samples apart
    if hasattr(given, "batch_sampler"):
        raise HintError(f"{part!r} is a DataLoader; give its data set, or the samples' indexes.")
    if isinstance(given, (str, Mapping)) or not hasattr(given, "__len__"):
        kind = type(given).__name__
        raise HintError(f"{part!r} should be a tensor, an array, or a list of names, not {kind}.")
    if len(given) == 0:
        raise HintError(f"{part!r} is empty.")
    if isinstance(given, np.ndarray):
        return {row.tobytes() for row in given}
    try:
        # By number where that can be done: a data set may not say where it ends.
        numbered = hasattr(given, "__getitem__")
        each = (given[place] for place in range(len(given))) if numbered else given
        return {_told_by(sample) for sample in each}
    except TypeError as error:
        raise HintError(
            f"{part!r}: the samples cannot be told apart; give names or indexes."
        ) from error


def _scores(work: Work) -> str:
    scores = _numbers(work.scores, "scores=[...]: the test score of each training.")
    trainings = len(_several(work))
    if len(scores) > trainings > 0:
        raise HintError(
            f"{len(scores)} looks at the test data, for {trainings} trainings: what was chosen "
            "by the others?"
        )
    if len(scores) < max(trainings, SEEDS):
        raise HintError(f"{len(scores)} for {max(trainings, SEEDS)} trainings: give every one.")
    if work.baseline is not None:
        rival = _numbers(work.baseline, "the test scores of the baseline, or leave it out.")
        if len(rival) != len(scores):
            raise HintError("the baseline should have as many seeds: the same ones.")
    return f"{np.mean(scores):.4g} on average, {min(scores):.4g} to {max(scores):.4g}."


def _numbers(value: Any, what: str) -> list[float]:
    if isinstance(value, np.ndarray) or hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(map(number, value)):
        raise HintError(f"give {what}")
    return [float(item) for item in value]


def _interval(work: Work) -> str:
    ends = _numbers(work.interval, "interval=(low, high), of the mean over the seeds.")
    if len(ends) != 2 or ends[0] > ends[1]:
        raise HintError("it should be two numbers, the lower end first.")
    try:
        values = np.array(_numbers(work.scores, "scores"))
        if work.baseline is not None:
            values = values - np.array(_numbers(work.baseline, "baseline"))
    except (HintError, ValueError) as error:
        raise HintError("it cannot be checked without the scores.") from error
    if len(values) < SEEDS:
        raise HintError(f"{len(values)} scores give none; {SEEDS} do.")
    what = "mean" if work.baseline is None else "mean difference, seed by seed,"
    if not ends[0] <= values.mean() <= ends[1]:
        for factor in (100, 0.01):
            if ends[0] <= factor * values.mean() <= ends[1]:
                raise HintError("it is in another unit than the scores.")
        if work.baseline is not None and ends[0] <= -values.mean() <= ends[1]:
            raise HintError("the sign is turned: the cycle's score minus the baseline's.")
        raise HintError(f"the {what} of {values.mean():.4g} lies outside of it.")
    # Draws give a narrow one where there are few seeds, Student's formula a wide one.
    width, drawn = ends[1] - ends[0], mean(values)
    student = 2 * stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / len(values) ** 0.5
    if width < 0.6 * (drawn.high - drawn.low):
        raise HintError(f"it is narrower than the scatter of {len(values)} seeds allows.")
    if width > 1.4 * student + 1e-9:
        raise HintError("it is too wide: where does the *mean* lie, not a single run?")
    said = f"the {what} {values.mean():.4g} lies between {ends[0]:.4g} and {ends[1]:.4g}"
    if work.baseline is None:
        return f"{said}."
    luck = "may be luck" if ends[0] <= 0 <= ends[1] else "is more than luck"
    return f"{said}: the difference {luck}."


REQUIREMENTS: dict[str, Callable[[Work], str]] = {
    "The policy": _policy,
    "A range test before": _range_test,
    "Several seeds": _seeds,
    "The rates used": _rates,
    "Untouched test data": _data,
    "The scores": _scores,
    "An interval": _interval,
}
