"""Run the experiments of `plans`, store what they found, and load it: choose, then report.

Choosing and reporting are kept apart twice over: candidates are compared on validation data, with
seeds from 0, and the winner of each family is measured on test data, with seeds from 1000. So
its luck in being chosen is not reported along with it.

``python -m onecycle_widgets.evidence notebooks/data`` rebuilds everything that is stored.
"""

import argparse
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from multiprocessing import cpu_count, get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import checks
from ..sweeps.result import Sweep
from ..sweeps.setting import Setting
from ..sweeps.sweep import sweep
from .plans import EXPERIMENTS, REPORT_SEEDS, Experiment

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What an experiment found.

    Attributes
    ----------
    experiment : Experiment
        What was trained.
    candidates : Sweep
        All candidates with the seeds for choosing.
    report : Sweep or None
        The chosen candidate of each family with fresh seeds; None when nothing is chosen.

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> list(stored.rows)[:2]
    ['cycled, 0.95 to 0.85', 'cycled, 0.95 to 0.8']
    >>> stored.tuning("constant, 0.9").shape, stored.reported("constant, 0.9").shape
    ((18, 10), (10,))
    >>> stored.chosen("constant, 0.9").peak
    0.1
    """

    experiment: Experiment
    candidates: Sweep
    report: Sweep | None

    @cached_property
    def rows(self) -> dict[str, slice]:
        """Where each family's candidates are among all."""
        # All candidates train in one sweep, so that many share a vectorised model whatever their
        # family; they come back in the order in which they were given.
        result, start = {}, 0
        for name, family in self.experiment.families.items():
            result[name] = slice(start, start + len(family))
            start += len(family)
        return result

    def tuning(self, family: str, on: str = "validation") -> Array:
        """Accuracy of a family's candidates, with the seeds for choosing.

        Parameters
        ----------
        family : str
            Name of the family, a key of ``experiment.families``.
        on : {'validation', 'test'}
            Which data were measured on.

        Returns
        -------
        ndarray, shape (candidates, seeds)
            Shares in [0, 1].

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.tuning("constant, 0.9", "test").shape  # 18 candidates, 10 seeds
        (18, 10)
        """
        return self.candidates.final(on)[self.rows[family]]

    def chosen(self, family: str) -> Setting:
        """The candidate with the best mean accuracy on the validation data.

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> best = stored.chosen("constant, 0.95")
        >>> best.peak, best.weight_decay
        (0.3, 0.001)
        """
        # By the mean over the seeds: the best single run is the luckiest, not the best setting.
        best = int(self.tuning(family).mean(1).argmax())
        return self.experiment.families[family][best]

    def reported(self, family: str) -> Array:
        """Test accuracy of the chosen candidate in percent, shape (reports,), by fresh seed.

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> round(float(stored.reported("constant, 0.9").mean()), 1)
        93.5
        """
        assert self.report is not None
        reported: Array = 100 * self.report.final("test")
        return reported[list(self.experiment.families).index(family), :]

    def save(self, folder: Path, name: str) -> None:
        """Write one small file for the candidates and one for the report.

        Parameters
        ----------
        folder : Path
            Where to; it must exist.
        name : str
            The files are ``name.candidates.npz`` and, with a report, ``name.report.npz``.

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     stored.save(Path(folder), "momentum")
        ...     load("momentum", folder).chosen("constant, 0.9") == stored.chosen("constant, 0.9")
        True
        """
        self.candidates.save(folder / f"{name}.candidates.npz", train_loss=False)
        if self.report is not None:
            self.report.save(folder / f"{name}.report.npz", train_loss=False)


def run(
    experiment: Experiment, executor: Executor | None = None, progress: bool = True
) -> Evidence:
    """Train all candidates, choose on validation data, and report with fresh seeds.

    Parameters
    ----------
    experiment : Experiment
        Families of candidates, and the toy they are trained on.
    executor : Executor, optional
        Trains in other processes, as in `sweep`; default: here.
    progress : bool, default True
        Show tqdm bars when it takes longer than two seconds.

    Returns
    -------
    Evidence

    Raises
    ------
    RuntimeError
        When not all trainings came to their end, as after an interrupt.

    Examples
    --------
    Two families, each with a rate that is much too small and one that is not:

    >>> from onecycle_widgets import toys
    >>> from onecycle_widgets.evidence.plans import SCHEDULES, grid
    >>> kinds = ("one cycle", "step")
    >>> families = {kind: grid(SCHEDULES[kind], 20, [1e-4, 0.1], [0.0]) for kind in kinds}
    >>> tiny = Experiment(families, "digits", toys.mlp, samples=300, tries=2, reports=3)
    >>> evidence = run(tiny, progress=False)
    >>> evidence.chosen("one cycle").peak, evidence.reported("step").shape
    (0.1, (3,))
    """
    train, measure = experiment.data()

    def trained(settings: tuple[Setting, ...], seeds: range, points: int) -> Sweep:
        runs = sweep(
            experiment.model,
            train,
            settings,
            seeds,
            measure,
            points,
            at_once=16,
            executor=executor,
            progress=progress,
        )
        if not runs.complete.all():  # nothing may be chosen from a part
            raise RuntimeError(f"only {int(runs.complete.sum())} of {runs.complete.size} runs")
        return runs

    # Choosing looks at the end of a training only; the report also at the way there.
    evidence = Evidence(
        experiment, trained(experiment.candidates, range(experiment.tries), 1), None
    )
    if not experiment.reports:
        return evidence
    # Fresh seeds: the winner of many candidates has been lucky, and would not be so again.
    best = tuple(evidence.chosen(family) for family in experiment.families)
    seeds = range(REPORT_SEEDS, REPORT_SEEDS + experiment.reports)
    return replace(evidence, report=trained(best, seeds, experiment.points))


def load(name: str, folder: str | Path = "data") -> Evidence:
    """Read what was stored of an experiment.

    Parameters
    ----------
    name : str
        One of `plans.EXPERIMENTS`.
    folder : str or Path, default 'data'
        Where the files lie; beside the lessons that is ``data``.

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        When there is no such experiment, or the files belong to another plan.
    FileNotFoundError
        When the files are not there.

    Examples
    --------
    >>> from pathlib import Path
    >>> load("map", Path(__file__).parents[2] / "notebooks" / "data").report is None
    True
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"name must be one of {list(EXPERIMENTS)}, got {checks.shown(name)}")
    experiment, folder = EXPERIMENTS[name], Path(folder)
    if not (folder / f"{name}.candidates.npz").exists():
        raise FileNotFoundError(
            f"folder must hold {name}.candidates.npz, as notebooks/data does, got "
            f"{checks.shown(str(folder))}; "
            "to make it: python -m onecycle_widgets.evidence FOLDER"
        )
    candidates = Sweep.load(folder / f"{name}.candidates.npz")
    evidence = Evidence(experiment, candidates, None)
    # A plan is code and its results are files: they part as soon as one is changed alone. So the
    # files say with which settings they were made, and those must be the plan's.
    stale = candidates.settings != experiment.candidates
    stale = stale or candidates.seeds != tuple(range(experiment.tries))
    if experiment.reports:
        evidence = replace(evidence, report=Sweep.load(folder / f"{name}.report.npz"))
        assert evidence.report is not None
        best = tuple(evidence.chosen(family) for family in experiment.families)
        stale = stale or evidence.report.settings != best
        fresh = range(REPORT_SEEDS, REPORT_SEEDS + experiment.reports)
        stale = stale or evidence.report.seeds != tuple(fresh)
    if stale:
        raise ValueError(
            f"{folder / name} was stored for another plan: python -m onecycle_widgets.evidence"
        )
    for runs in filter(None, (candidates, evidence.report)):
        if not runs.complete.all():
            done = f"{int(runs.complete.sum())} of {runs.complete.size} runs"
            raise ValueError(f"{folder / name} is incomplete: {done} came to their end")
    return evidence


def main() -> None:
    """Read the command line and rebuild the stored data, all of it or the experiments named.

    ``python -m onecycle_widgets.evidence notebooks/data shape`` stores one experiment anew, and
    prints its name and how long it took; in Python `run` does the same with an executor.
    """
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence",
        description="Run the experiments behind the lessons' evidence and store what they found.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    parser.add_argument("names", nargs="*", help=f"default: all of {', '.join(EXPERIMENTS)}")
    options = parser.parse_args()
    unknown = set(options.names) - set(EXPERIMENTS)
    if unknown:
        parser.error(f"no such experiment: {', '.join(sorted(unknown))}")
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names or EXPERIMENTS:
        start = time.monotonic()
        # Started afresh, not forked: a fork of a process in which torch has threads may hang.
        with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
            run(EXPERIMENTS[name], pool, progress=False).save(options.folder, name)
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
