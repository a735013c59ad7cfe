"""Run the experiments of `plans`, store what they found, and load it: choose, then report.

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
    """

    experiment: Experiment
    candidates: Sweep
    report: Sweep | None

    @cached_property
    def rows(self) -> dict[str, slice]:
        """Where each family's candidates are among all."""
        result, start = {}, 0
        for name, family in self.experiment.families.items():
            result[name] = slice(start, start + len(family))
            start += len(family)
        return result

    def tuning(self, family: str, on: str = "validation") -> Array:
        """Accuracy of a family's candidates, shape (candidates, seeds), in [0, 1]."""
        return self.candidates.final(on)[self.rows[family]]

    def chosen(self, family: str) -> Setting:
        """The candidate with the best mean accuracy on the validation data."""
        best = int(self.tuning(family).mean(1).argmax())
        return self.experiment.families[family][best]

    def reported(self, family: str) -> Array:
        """Test accuracy of the chosen candidate, a value for each fresh seed, in percent."""
        assert self.report is not None
        reported: Array = 100 * self.report.final("test")
        return reported[list(self.experiment.families).index(family), :]

    def save(self, folder: Path, name: str) -> None:
        """Write one small file for the candidates and one for the report."""
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
        What to do.
    executor : Executor, optional
        As in `sweep`.
    progress : bool, default True
        Show bars.

    Returns
    -------
    Evidence
    """
    train, measure = experiment.data()

    def trained(settings: tuple[Setting, ...], seeds: range, points: int) -> Sweep:
        found = sweep(
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
        if not found.complete.all():  # nothing may be chosen from a part
            raise RuntimeError(f"only {int(found.complete.sum())} of {found.complete.size} runs")
        return found

    found = Evidence(experiment, trained(experiment.candidates, range(experiment.tries), 1), None)
    if not experiment.reports:
        return found
    best = tuple(found.chosen(family) for family in experiment.families)
    seeds = range(REPORT_SEEDS, REPORT_SEEDS + experiment.reports)
    return replace(found, report=trained(best, seeds, experiment.points))


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
    found = Evidence(experiment, candidates, None)
    stale = candidates.settings != experiment.candidates
    stale = stale or candidates.seeds != tuple(range(experiment.tries))
    if experiment.reports:
        found = replace(found, report=Sweep.load(folder / f"{name}.report.npz"))
        assert found.report is not None
        best = tuple(found.chosen(family) for family in experiment.families)
        stale = stale or found.report.settings != best
        stale = stale or len(found.report.seeds) != experiment.reports
    if stale:
        raise ValueError(
            f"{folder / name} was stored for another plan: python -m onecycle_widgets.evidence"
        )
    return found


def main() -> None:
    """Rebuild the stored data, all of it or the experiments named."""
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
        with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
            run(EXPERIMENTS[name], pool, progress=False).save(options.folder, name)
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
