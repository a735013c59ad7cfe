"""What the range test's rules lose on the tasks of `rule_tasks`: measured, stored, loaded, shown.

``python -m onecycle_widgets.evidence.rule_results notebooks/data`` measures and stores it anew.
"""

import argparse
import json
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..sweeps.executors import fresh_processes
from ..sweeps.result import Sweep
from ..sweeps.sweep import sweep
from ..tables import Table
from . import stored
from .plans import REPORT_SEEDS
from .rule_tasks import READINGS, RUNGS, TASKS, Reading, Task

Array = NDArray[np.float64]
FILE = "range_test_rules.npz"
SEEDS = 5
NAMES = [(half, name) for half, tasks in TASKS.items() for name in tasks]


def points(found: Sweep, on: str, task: Task) -> Array:
    """Score of each training after its last step, between 0 and 100, shape (settings, seeds).

    Parameters
    ----------
    found : Sweep
        Trainings of a task.
    on : {'validation', 'test'}
        What they were measured on.
    task : Task
        The task: of classes the accuracy in per cent counts, of numbers R² times 100.

    Examples
    --------
    >>> task = TASKS["report"]["digits, 3 layers"]
    >>> points(train(task, [0.001, 0.1], range(2)), "validation", task).shape
    (2, 2)
    """
    if not task.regression:
        return 100 * found.final(on)
    # A training that diverged explains nothing.
    error = np.nan_to_num(found.loss[on][..., -1], nan=np.inf)
    share: Array = 1 - error / float(task.splits[1][on].y.var(correction=0))
    return 100 * np.maximum(share, 0.0)


def train(task: Task, peaks: list[float], seeds: range) -> Sweep:
    """Train with one cycle at each peak with each seed.

    Examples
    --------
    >>> train(TASKS["report"]["digits, 3 layers"], [0.1], range(2))
    Sweep(settings=1, seeds=2, runs=2, complete=2, diverged=0)
    """
    data, measure = task.splits
    settings = [task.setting(peak) for peak in peaks]
    loss_fn = task.loss_fn if task.regression else None  # its cross-entropy is faster
    return sweep(task.model, data, settings, seeds, measure, loss_fn=loss_fn, progress=False)


@dataclass(frozen=True, eq=False)
class Results:
    """What was measured, for every task in the order of `NAMES`.

    Attributes
    ----------
    tuned : ndarray, shape (tasks, RUNGS, seeds)
        Validation scores along the ladder of peaks, with the seeds for choosing.
    top : ndarray, shape (tasks, seeds)
        Test scores at the best peak, with the reporting seeds.
    picks, scores : ndarray, shape (tasks, readings, seeds)
        What each reading picks, and the test score of the training with it; NaN for a refusal.

    Examples
    --------
    >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
    >>> stored.tuned.shape, stored.picks.shape
    ((18, 12, 5), (18, 17, 5))
    """

    tuned: Array
    top: Array
    picks: Array
    scores: Array

    @property
    def best(self) -> Array:
        """The best peak of each task, on validation data, shape (tasks,)."""
        chosen = self.tuned.mean(2).argmax(1)
        rows = enumerate(NAMES)
        return np.array([TASKS[half][name].peaks[chosen[row]] for row, (half, name) in rows])

    def lost(self, reading: Reading, half: str | None = None) -> Array:
        """Points that a reading loses on each task of a half; NaN where it always refuses.

        Parameters
        ----------
        reading : Reading
            One of `READINGS`.
        half : {'choose', 'report'}, optional
            Default: both.

        Returns
        -------
        ndarray, shape (tasks,)

        Examples
        --------
        >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.lost(Reading("halfway"), "report").shape
        (9,)
        """
        rows = _rows(half)
        lost = (self.top[:, None] - self.scores)[rows, READINGS.index(reading)]
        answered = np.isfinite(lost)
        total = np.where(answered, lost, 0.0).sum(1)
        count = answered.sum(1)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def refused(self, reading: Reading, half: str | None = None) -> int:
        """Number of range tests off which a reading picks nothing, of five a task.

        Examples
        --------
        >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.refused(Reading("unbounded", guarded=False))
        0
        """
        return int(np.isnan(self.picks[_rows(half), READINGS.index(reading)]).sum())

    def table(self, half: str | None = None, pooled: bool = False) -> Table:
        """Return what each rule loses: on average, in the middle, on the worst task, and where.

        Parameters
        ----------
        half : {'choose', 'report'}, optional
            Default: all tasks.
        pooled : bool, default False
            Whether read off the median of five runs.

        Examples
        --------
        >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.table("report").header
        ('rule', 'mean', 'median', 'worst', 'worst task', 'refused')
        """
        names = [NAMES[row][1] for row in _rows(half)]
        rows = []
        for reading in READINGS:
            if reading.pooled == pooled and reading.guarded:
                lost = self.lost(reading, half)
                numbers = (np.nanmean(lost), np.nanmedian(lost), np.nanmax(lost))
                cells = [_shown(float(number)) for number in numbers]
                refused = f"{self.refused(reading, half)} of {lost.size * SEEDS}"
                rows.append((reading.rule, *cells, names[int(np.nanargmax(lost))], refused))
        return Table(("rule", "mean", "median", "worst", "worst task", "refused"), rows)

    def by_task(self, readings: list[Reading], half: str | None = None) -> Table:
        """Return, task by task, the best peak, its score, and what some readings lose.

        Examples
        --------
        >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.by_task([Reading("halfway"), Reading("halfway", pooled=True)]).header
        ('task', 'best peak', 'score', 'halfway', 'halfway of 5')
        """
        titles = [f"{r.rule} of {SEEDS}" if r.pooled else r.rule for r in readings]
        lost = [self.lost(reading) for reading in readings]
        rows = []
        for row in _rows(half):
            cells = [_shown(each[row]) if np.isfinite(each[row]) else "refuses" for each in lost]
            score = f"{self.top[row].mean():.1f}"
            rows.append((NAMES[row][1], f"{self.best[row]:.2g}", score, *cells))
        return Table(("task", "best peak", "score", *titles), rows)

    def save(self, folder: str | Path) -> Path:
        """Write everything to one small file in a folder; `load` reads it.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
        >>> with TemporaryDirectory() as folder:
        ...     stored.save(folder).name
        'range_test_rules.npz'
        """
        arrays: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        return stored.save(Path(folder) / FILE, _plan(), arrays)


def load(folder: str | Path = "data") -> Results:
    """Read what was stored.

    Parameters
    ----------
    folder : str or Path, default 'data'
        Where the file lies; beside the lessons that is ``data``.

    Raises
    ------
    FileNotFoundError
        When it is not there.
    ValueError
        When it is damaged, was changed, or belongs to other tasks or rules.

    Examples
    --------
    >>> load("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: folder must hold range_test_rules.npz, as the lessons' data does, got ...
    """
    path = Path(folder) / FILE
    arrays = stored.load(path, _plan(), __name__)
    try:
        results = Results(**arrays)
    except TypeError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    _check(path, results)
    return results


def _check(path: Path, results: Results) -> None:
    """Refuse numbers that no measurement gives."""
    each = (len(NAMES), len(READINGS), SEEDS)
    shapes = {"tuned": (len(NAMES), RUNGS, SEEDS), "top": (len(NAMES), SEEDS)}
    shapes |= {"picks": each, "scores": each}
    for name, shape in shapes.items():
        array = getattr(results, name)
        if array.shape != shape or array.dtype != np.float64:
            raise ValueError(f"{path}: {name} must be float64 of shape {shape}, got {array.shape}")
    finite = np.isfinite(results.picks)
    scores = (results.tuned, results.top, results.scores[finite])
    sound = all(((part >= 0) & (part <= 100)).all() for part in scores)
    if not sound or (results.picks[finite] <= 0).any():
        raise ValueError(f"{path}: scores must lie between 0 and 100, and picks above 0")
    if (finite != np.isfinite(results.scores)).any():
        raise ValueError(f"{path}: each pick must have a score, and nothing else one")


def _shown(lost: float) -> str:
    return f"{round(float(lost), 1) + 0.0:.1f}"  # no minus before a zero


def _rows(half: str | None) -> list[int]:
    return [row for row, (own, _) in enumerate(NAMES) if half in (None, own)]


def _plan() -> str:
    """Everything about the plan that is no code, as text."""
    tasks = [
        (half, name, t.data, t.total_steps, t.optimizer, t.batch_size, t.lowest)
        for half, group in TASKS.items()
        for name, t in group.items()
    ]
    return json.dumps([tasks, READINGS, RUNGS, SEEDS])


def reported(task: Task, best: float, seed: int) -> tuple[float, Array, Array]:
    """Run the range test of a seed, read it in every way, and train with what was read.

    Parameters
    ----------
    task : Task
        The task.
    best : float
        The best peak.
    seed : int
        Seed of weights and batches, for the range test and for the trainings.

    Returns
    -------
    top : float
        Test score with the best peak.
    picks, scores : ndarray, shape (readings,)
        What each reading picks, and the test score with it; NaN for a refusal.

    Examples
    --------
    >>> top, picks, scores = reported(TASKS["report"]["digits, 3 layers"], 0.1, seed=0)
    >>> top > 90, picks.shape
    (True, (17,))
    """
    test = task.range_test(seed)
    picks = np.array([reading.of(test) for reading in READINGS])
    peaks = sorted({best, *picks[np.isfinite(picks)].tolist()})
    scored = points(train(task, peaks, range(seed, seed + 1)), "test", task)[:, 0]
    score = dict(zip(peaks, scored.tolist(), strict=True))
    return score[best], picks, np.array([score.get(pick, np.nan) for pick in picks.tolist()])


def measured(place: tuple[str, str]) -> tuple[Array, Array, Array, Array]:
    """Measure a task: tune on validation data, then report with fresh seeds on test data.

    Parameters
    ----------
    place : (half, name)
        Where the task is in `TASKS`.

    Returns
    -------
    tuned, top, picks, scores : ndarray
        The task's part of a `Results`.

    Examples
    --------
    >>> tuned, top, picks, scores = measured(("choose", "diabetes, AdamW"))
    >>> tuned.shape, top.shape, picks.shape
    ((12, 5), (5,), (17, 5))
    """
    half, name = place
    task = TASKS[half][name]
    peaks = task.peaks.tolist()
    tuned = points(train(task, peaks, range(SEEDS)), "validation", task)
    best = peaks[int(tuned.mean(1).argmax())]
    runs = [reported(task, best, REPORT_SEEDS + seed) for seed in range(SEEDS)]
    top, picks, scores = (np.array(part) for part in zip(*runs, strict=True))
    return tuned, top, picks.T, scores.T


def measure(executor: Executor | None = None) -> Results:
    """Measure all tasks, printing the name of each that is done.

    Parameters
    ----------
    executor : Executor, optional
        Measures in other processes; default: here.
    """
    parts = []
    each = map(measured, NAMES) if executor is None else executor.map(measured, NAMES)
    for (half, name), found in zip(NAMES, each, strict=True):
        parts.append(found)
        print(f"{half}: {name}", flush=True)
    return Results(*(np.array(part) for part in zip(*parts, strict=True)))


def main() -> None:
    """Read the command line, measure everything and store it."""
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence.rule_results",
        description="Measure what the range test's rules lose, and store it.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with fresh_processes() as pool:
        print(measure(pool).save(folder))


if __name__ == "__main__":
    main()
