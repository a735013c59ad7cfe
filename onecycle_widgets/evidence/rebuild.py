"""Run the experiments of `studies`, go on with one that was stopped, store what they find."""

import argparse
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import groupby
from pathlib import Path

from ..sweeps.executors import fresh_processes
from ..sweeps.result import Sweep
from ..sweeps.sweep import sweep
from .experiments import Evidence, Settings, planned, rounds_of
from .plans import Experiment
from .studies import EXPERIMENTS


def run(
    experiment: Experiment,
    executor: Executor | None = None,
    progress: bool = True,
    unfinished: Path | None = None,
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
    unfinished : Path, optional
        Folder, made where needed, that keeps what is done, piece by piece. A run that was stopped
        takes what it finds there and goes on. Default: nothing is kept.

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
    >>> from onecycle_widgets.evidence.plans import grid
    >>> from onecycle_widgets.policy.baselines import SCHEDULES
    >>> kinds = ("one cycle", "step")
    >>> families = {kind: grid(SCHEDULES[kind], 20, [1e-4, 0.1], [0.0]) for kind in kinds}
    >>> tiny = Experiment(families, "digits", toys.mlp, samples=300, tries=2, reports=3)
    >>> evidence = run(tiny, progress=False)
    >>> evidence.chosen("one cycle").peak, evidence.reported("step").shape
    (0.1, (3,))
    """
    train, measure = experiment.data()
    evidence: Evidence | None = None
    found: dict[str, Sweep] = {}
    for name in rounds_of(experiment):
        settings, seeds = planned(experiment, name, evidence)
        # Choosing looks at the end of a training only; the report also at the way there.
        points = experiment.points if name == "report" else 1
        pieces = []
        for number, piece in enumerate(_pieces(settings)):
            path = None if unfinished is None else unfinished / f"{name}-{number}.npz"
            runs = _done(path, piece, seeds)
            if runs is None:
                runs = sweep(
                    experiment.model,
                    train,
                    piece,
                    seeds,
                    measure,
                    points,
                    experiment.loss_fn,
                    at_once=16,
                    executor=executor,
                    progress=progress,
                )
                if not runs.complete.all():  # nothing may be chosen from a part
                    done = f"{int(runs.complete.sum())} of {runs.complete.size}"
                    raise RuntimeError(f"only {done} runs came to their end")
                if path is not None:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    runs.save(path, train_loss=False)
            pieces.append(runs)
        found[name] = joined(pieces)
        evidence = Evidence(experiment, **found)
    assert evidence is not None
    return evidence


def _pieces(settings: Settings, most: int = 100) -> list[Settings]:
    """Divide settings into pieces of equal length each: what a stopped run loses at most."""
    result = []
    for _, group in groupby(settings, lambda setting: setting.total_steps):
        alike = tuple(group)
        result += [alike[at : at + most] for at in range(0, len(alike), most)]
    return result


def _done(path: Path | None, settings: Settings, seeds: tuple[int, ...]) -> Sweep | None:
    """What an earlier run kept of a piece, unless it belongs to another plan."""
    if path is None or not path.exists():
        return None
    runs = Sweep.load(path)
    return runs if (runs.settings, runs.seeds) == (settings, seeds) else None


def joined(pieces: Sequence[Sweep]) -> Sweep:
    """Return sweeps with the same seeds as one, without the losses of single batches.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> runs = load("momentum", Path(__file__).parents[2] / "notebooks" / "data").candidates
    >>> twice = joined([runs, runs])
    >>> len(twice.settings), bool((twice.final("test")[108:] == runs.final("test")).all())
    (216, True)
    """
    first = pieces[0]
    settings = tuple(setting for piece in pieces for setting in piece.settings)
    points = first.steps.shape[1]
    result = Sweep.empty(settings, first.seeds, tuple(first.accuracy), points)
    start = 0
    for piece in pieces:
        rows = slice(start, start + len(piece.settings))
        start = rows.stop
        for name in first.accuracy:
            result.loss[name][rows] = piece.loss[name]
            result.accuracy[name][rows] = piece.accuracy[name]
        result.diverged[rows], result.complete[rows] = piece.diverged, piece.complete
    return result


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and rebuild the stored data, all of it or the experiments named.

    ``python -m onecycle_widgets.evidence notebooks/data shape`` stores one experiment anew, and
    prints its name and how long it took; in Python `run` does the same with an executor. A run
    that was stopped goes on where it was: what is done lies in ``.unfinished`` meanwhile.

    Parameters
    ----------
    arguments : list of str, optional
        Default: those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence",
        description="Run the experiments behind the lessons' evidence and store what they found.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    parser.add_argument("names", nargs="*", help=f"default: all of {', '.join(EXPERIMENTS)}")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(EXPERIMENTS)
    if unknown:
        parser.error(f"no such experiment: {', '.join(sorted(unknown))}")
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names or EXPERIMENTS:
        start, unfinished = time.monotonic(), options.folder / ".unfinished" / name
        with fresh_processes() as pool:
            run(EXPERIMENTS[name], pool, False, unfinished).save(options.folder, name)
        shutil.rmtree(unfinished)
        print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
