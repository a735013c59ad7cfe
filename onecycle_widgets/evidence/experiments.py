"""What the experiments of `studies` found: stored, loaded, and who was chosen.

Choosing and reporting are kept apart twice over: candidates are compared on validation data, with
seeds from 0, and the winner of each family is measured on test data, with seeds from 1000. So
its luck in being chosen is not reported along with it. Between the two, an experiment may have its
best candidates trained again, with seeds from 500: few seeds thin out many candidates, and more
seeds choose among those that are left.

``python -m onecycle_widgets.evidence notebooks/data`` (`rebuild`) makes all of it again.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import checks, lessons
from ..sweeps.result import Sweep
from ..sweeps.setting import Setting
from .plans import FINAL_SEEDS, REPORT_SEEDS, Experiment
from .studies import EXPERIMENTS

Array = NDArray[np.float64]
Settings = tuple[Setting, ...]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What an experiment found.

    Attributes
    ----------
    experiment : Experiment
        What was trained.
    candidates : Sweep
        All candidates with the seeds for choosing.
    finals : Sweep or None
        The finalists of each family, family by family, with seeds of their own; None when the
        choice falls in the first round.
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
    finals: Sweep | None = None
    report: Sweep | None = None

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
        """Score of a family's candidates, with the seeds for choosing: the accuracy, as a rule.

        Parameters
        ----------
        family : str
            Name of the family, a key of ``experiment.families``.
        on : {'validation', 'test'}
            Which data were measured on.

        Returns
        -------
        ndarray, shape (candidates, seeds)
            Shares in [0, 1]; where the plan has a loss of its own, that loss with its sign turned.

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.tuning("constant, 0.9", "test").shape  # 18 candidates, 10 seeds
        (18, 10)
        """
        return scores(self.experiment, self.candidates, on)[self.rows[family]]

    def finalists(self, family: str) -> list[int]:
        """Positions of a family's candidates that came into the second round, the best first.

        Those with the best mean accuracy on the validation data.

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.finalists("constant, 0.9")  # chosen in one round
        []
        """
        order = np.argsort(-self.tuning(family).mean(1), kind="stable")
        return [int(at) for at in order[: self.experiment.finalists]]

    def final_tuning(self, family: str, on: str = "validation") -> Array:
        """As `tuning`, of the finalists with the seeds of the second round.

        Returns
        -------
        ndarray, shape (finalists, again)
            Shares in [0, 1], in the order of `finalists`.
        """
        assert self.finals is not None
        count = self.experiment.finalists
        start = list(self.experiment.families).index(family) * count
        return scores(self.experiment, self.finals, on)[start : start + count]

    def chosen(self, family: str) -> Setting:
        """The candidate with the best mean accuracy on the validation data, in the last round.

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> best = stored.chosen("constant, 0.95")
        >>> best.peak, best.weight_decay
        (0.3, 0.001)
        """
        # By the mean over the seeds: the best single run is the luckiest, not the best setting.
        candidates = self.experiment.families[family]
        if self.finals is None:
            return candidates[int(self.tuning(family).mean(1).argmax())]
        best = int(self.final_tuning(family).mean(1).argmax())
        return candidates[self.finalists(family)[best]]

    def reported(self, family: str) -> Array:
        """Test score of the chosen candidate in percent, shape (reports,), by fresh seed.

        That is the accuracy or, where the plan has a loss of its own, that loss in hundredths, with
        its sign turned: larger is better, and of a loss in nats one is a per cent of perplexity.

        Examples
        --------
        >>> from pathlib import Path
        >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
        >>> round(float(stored.reported("constant, 0.9").mean()), 1)
        93.5
        """
        assert self.report is not None
        reported = 100 * scores(self.experiment, self.report, "test")
        return reported[list(self.experiment.families).index(family), :]

    @property
    def rounds(self) -> dict[str, Sweep]:
        """What was trained, by name: 'candidates', 'finals' and 'report', where there are any."""
        named = {name: getattr(self, name) for name in ROUNDS}
        return {name: runs for name, runs in named.items() if runs is not None}

    def save(self, folder: Path, name: str) -> None:
        """Write one small file for each round.

        Parameters
        ----------
        folder : Path
            Where to; it must exist.
        name : str
            The files are ``name.candidates.npz``, and ``name.finals.npz`` and ``name.report.npz``
            where there are finals and a report.

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
        for part, runs in self.rounds.items():
            runs.save(folder / f"{name}.{part}.npz", train_loss=False)


WORST = -10.0
"""Nats of a run that diverged: worse than any guess, but not without end, since means are taken."""


def scores(experiment: Experiment, runs: Sweep, on: str) -> Array:
    """Return the score of each run after its last step; larger is better.

    Parameters
    ----------
    experiment : Experiment
        What was trained.
    runs : Sweep
        Trainings of it.
    on : {'validation', 'test'}
        Which data were measured on.

    Returns
    -------
    ndarray, shape (settings, seeds)
        Accuracies; where the plan has a loss of its own, that loss with its sign turned.

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("text_pre", Path(__file__).parents[2] / "notebooks" / "data")
    >>> bool((scores(stored.experiment, stored.report, "test") < 0).all())
    True
    """
    if experiment.loss_fn is None:
        return runs.final(on)
    return np.nan_to_num(-runs.loss[on][..., -1], nan=WORST)


ROUNDS = ("candidates", "finals", "report")


def rounds_of(experiment: Experiment) -> list[str]:
    """Return which rounds an experiment has, in their order.

    Examples
    --------
    >>> rounds_of(Experiment({}, finalists=6)), rounds_of(Experiment({}, reports=0))
    (['candidates', 'finals', 'report'], ['candidates'])
    """
    there = (True, experiment.finalists > 0, experiment.reports > 0)
    return [name for name, has in zip(ROUNDS, there, strict=True) if has]


def planned(
    experiment: Experiment, name: str, before: Evidence | None
) -> tuple[Settings, tuple[int, ...]]:
    """Return settings and seeds of a round, as the plan and the rounds before it say.

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> settings, seeds = planned(stored.experiment, "report", stored)
    >>> len(settings), seeds[0]
    (6, 1000)
    """
    families = experiment.families
    if before is None:
        return experiment.candidates, tuple(range(experiment.tries))
    if name == "report":
        best = tuple(before.chosen(family) for family in families)
        return best, tuple(range(REPORT_SEEDS, REPORT_SEEDS + experiment.reports))
    finalists = (families[family][at] for family in families for at in before.finalists(family))
    return tuple(finalists), tuple(range(FINAL_SEEDS, FINAL_SEEDS + experiment.again))


def load(name: str, folder: str | Path = "data") -> Evidence:
    """Read what was stored of an experiment.

    Parameters
    ----------
    name : str
        One of `studies.EXPERIMENTS`.
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
    >>> load("batch", Path(__file__).parents[2] / "notebooks" / "data").report is None
    True
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"name must be one of {list(EXPERIMENTS)}, got {checks.shown(name)}")
    experiment, folder = EXPERIMENTS[name], Path(folder)
    if not (folder / f"{name}.candidates.npz").exists():
        raise FileNotFoundError(
            f"folder must hold {name}.candidates.npz, as the lessons' data does, got "
            f"{checks.shown(str(folder))}; to get it: {lessons.COMMAND}; "
            f"to make it: python -m onecycle_widgets.evidence FOLDER {name}"
        )
    stored = folder / name
    data = [Path(f"{stored}.{part}.npz").read_bytes() for part in rounds_of(experiment)]
    # Lessons and claims ask for the same experiments again and again. What was read and checked
    # once, byte for byte and for this very plan, is not read and checked again.
    now = experiment, [hashlib.sha256(part).digest() for part in data]
    if name not in _LOADED or _LOADED[name][:2] != now:
        _LOADED[name] = (*now, _checked(experiment, stored))
    return _LOADED[name][2]


_LOADED: dict[str, tuple[Experiment, list[bytes], Evidence]] = {}


def _checked(experiment: Experiment, stored: Path) -> Evidence:
    """Read an experiment's rounds; refuse those of another plan, and incomplete ones."""
    evidence: Evidence | None = None
    found: dict[str, Sweep] = {}
    for part in rounds_of(experiment):
        found[part] = runs = Sweep.load(f"{stored}.{part}.npz")
        # A plan is code and its results are files: they part as soon as one is changed alone. So
        # the files say with which settings they were made, and those must be the plan's.
        if (runs.settings, runs.seeds) != planned(experiment, part, evidence):
            raise ValueError(
                f"{stored} was stored for another plan: python -m onecycle_widgets.evidence"
            )
        if not runs.complete.all():
            done = f"{int(runs.complete.sum())} of {runs.complete.size} runs"
            raise ValueError(f"{stored} is incomplete: {done} came to their end")
        for array in (*runs.accuracy.values(), *runs.loss.values()):
            array.flags.writeable = False  # whoever loads it next gets the same one
        evidence = Evidence(experiment, **found)
    assert evidence is not None
    return evidence
