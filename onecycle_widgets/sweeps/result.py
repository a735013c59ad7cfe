"""What a sweep found: arrays by setting, seed and step; summary; files."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import checks, files
from ..tables import Table
from . import storage
from .engine import Outcome
from .setting import Setting

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def interval(values: Any, statistic: Any = np.median, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic, from 4,000 seeded draws.

    Parameters
    ----------
    values : array_like, shape (n,)
        Sample, such as one accuracy for each seed.
    statistic : callable, default numpy.median
        What to estimate; like numpy.median it takes an array and an `axis`.
    level : float, default 0.95
        Confidence of the interval, in [0, 1].

    Returns
    -------
    low, high : float
        Ends of the interval, in the unit of the values; equal when there is one value.

    References
    ----------
    `scipy.stats.bootstrap` with ``method="percentile"``.

    Examples
    --------
    >>> interval([0.90, 0.91, 0.92, 0.94, 0.95])  # five seeds say little
    (0.9, 0.95)
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) == 1:
        return float(values[0]), float(values[0])
    from scipy.stats import bootstrap  # takes a second to import: only who needs it waits

    found = bootstrap(
        (values,),
        statistic,
        n_resamples=4000,
        confidence_level=checks.fraction("level", level),
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


@dataclass(frozen=True, eq=False)
class Sweep:
    """Every setting with every seed.

    Attributes
    ----------
    settings : tuple of Setting
        Settings, along the first axis of the arrays.
    seeds : tuple of int
        Seeds, along the second axis.
    train_loss : ndarray, shape (settings, seeds, most steps)
        Loss of each batch before its step; NaN beyond a setting's last step, after a
        divergence, and where a run was interrupted.
    loss, accuracy : dict of str to ndarray, shape (settings, seeds, points)
        What was measured, by name of the data. When diverged, the loss is NaN, and the accuracy
        that of a model full of NaN, which answers class 0.
    diverged, complete : ndarray of bool, shape (settings, seeds)
        Whether a loss was NaN or infinite; whether the run came to its end.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle, sweep, toys
    >>> settings = [Setting(OneCycle(max_lr, total_steps=20)) for max_lr in (0.01, 0.1)]
    >>> result = sweep(toys.mlp, toys.digits(), settings, seeds=3, points=4, progress=False)
    >>> result.train_loss.shape, result.accuracy["test"].shape, result.steps[0].tolist()
    ((2, 3, 20), (2, 3, 4), [5, 10, 15, 20])
    """

    settings: tuple[Setting, ...]
    seeds: tuple[int, ...]
    train_loss: Array
    loss: dict[str, Array]
    accuracy: dict[str, Array]
    diverged: Flags
    complete: Flags

    @classmethod
    def empty(
        cls, settings: tuple[Setting, ...], seeds: tuple[int, ...], on: tuple[str, ...], points: int
    ) -> "Sweep":
        """Return a result in which nothing has been run.

        Parameters
        ----------
        settings, seeds
            Settings and seeds, the first two axes of the arrays.
        on : tuple of str
            Names of the data that will be measured on.
        points : int
            Number of times that each run will be measured.
        """
        shape = (len(settings), len(seeds))
        longest = max(setting.total_steps for setting in settings)

        def nothing(last: int) -> Array:
            return np.full((*shape, last), np.nan)

        return cls(
            settings,
            seeds,
            nothing(longest),
            {name: nothing(points) for name in on},
            {name: nothing(points) for name in on},
            np.zeros(shape, bool),
            np.zeros(shape, bool),
        )

    def place(self, where: tuple[tuple[int, int], ...], outcome: Outcome) -> None:
        """Enter a group's outcome; `where` holds (setting, seed) of each member, by position."""
        row, column = np.array(where).T
        self.train_loss[row, column, : outcome.train_loss.shape[1]] = outcome.train_loss
        for name in self.loss:
            self.loss[name][row, column] = outcome.loss[name]
            self.accuracy[name][row, column] = outcome.accuracy[name]
        self.diverged[row, column] = outcome.diverged
        self.complete[row, column] = outcome.complete

    @property
    def steps(self) -> NDArray[np.int64]:
        """Steps done when measured, shape (settings, points)."""
        points = next((a.shape[-1] for a in self.accuracy.values()), 1)
        return storage.measured_at(self.settings, points)

    def final(self, on: str = "test") -> Array:
        """Return the accuracy after the last step, in [0, 1], shape (settings, seeds).

        Examples
        --------
        >>> from onecycle_widgets import OneCycle, sweep, toys
        >>> settings = [Setting(OneCycle(max_lr, total_steps=60)) for max_lr in (0.001, 0.1)]
        >>> result = sweep(toys.mlp, toys.digits(), settings, seeds=3, progress=False)
        >>> low, high = np.median(result.final(), axis=1)
        >>> bool(low < high)
        True
        """
        if on not in self.accuracy:
            raise ValueError(f"on must be one of {list(self.accuracy)}, got {checks.shown(on)}")
        return self.accuracy[on][..., -1]

    def select(self, **wanted: Any) -> "Sweep":
        """Return the part whose settings have these attributes, such as ``kind="Step"``.

        Raises
        ------
        ValueError
            When no setting has them all.

        Examples
        --------
        >>> from onecycle_widgets import OneCycle, sweep, toys
        >>> settings = [Setting(OneCycle(max_lr, total_steps=5)) for max_lr in (0.01, 0.1)]
        >>> result = sweep(toys.mlp, toys.digits(), settings, seeds=3, progress=False)
        >>> result.select(peak=0.1).settings
        (Setting(schedule=OneCycle(max_lr=0.1, total_steps=5), weight_decay=0.0, momentum=0.9, \
batch_size=64, optimizer='sgd'),)
        """
        rows = [
            row
            for row, setting in enumerate(self.settings)
            if all(getattr(setting, name) == value for name, value in wanted.items())
        ]
        if not rows:
            raise ValueError(f"no setting has {wanted}")
        return replace(
            self,
            settings=tuple(self.settings[row] for row in rows),
            train_loss=self.train_loss[rows],
            loss={name: values[rows] for name, values in self.loss.items()},
            accuracy={name: values[rows] for name, values in self.accuracy.items()},
            diverged=self.diverged[rows],
            complete=self.complete[rows],
        )

    def summary(self, on: str = "test", level: float = 0.95) -> Table:
        """Return, for each setting, the median accuracy over the seeds and its interval.

        Parameters
        ----------
        on : str, default 'test'
            Name of the data that was measured on.
        level : float, default 0.95
            Confidence of the bootstrap interval.

        Returns
        -------
        Table
            A row for each setting, a column for each attribute in which settings differ; accuracies
            in per cent.

        Examples
        --------
        >>> from onecycle_widgets import OneCycle, sweep, toys
        >>> settings = [Setting(OneCycle(max_lr, total_steps=5)) for max_lr in (0.01, 0.1)]
        >>> table = sweep(toys.mlp, toys.digits(), settings, seeds=3, progress=False).summary()
        >>> table.header
        ('schedule', 'peak', 'median test, %', '95 % interval', 'diverged')
        """
        names = {"schedule": "kind", "peak": "peak", "steps": "total_steps"}
        names |= {"decay": "weight_decay", "momentum": "used_momentum"}
        names |= {"batch": "batch_size", "optimizer": "optimizer"}
        shown = {
            title: name
            for title, name in names.items()
            if name == "kind" or len({getattr(setting, name) for setting in self.settings}) > 1
        }
        rows = []
        for setting, values, diverged in zip(
            self.settings, 100 * self.final(on), self.diverged, strict=True
        ):
            low, high = interval(values, level=level)
            cells = [getattr(setting, name) for name in shown.values()]
            texts = [f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in cells]
            middle = f"{np.median(values):.1f}"
            rows.append((*texts, middle, f"{low:.1f} to {high:.1f}", str(int(diverged.sum()))))
        between = f"{100 * level:g} % interval"
        return Table((*shown, f"median {on}, %", between, "diverged"), rows)

    def save(self, path: str | Path, train_loss: bool = True) -> Path:
        """Write everything to a file; `load` reads it.

        Parameters
        ----------
        path : str or Path
            Name of the file, ending in '.npz' (small) or '.csv' (a row for each setting, seed and
            step).
        train_loss : bool, default True
            Whether an .npz file holds the losses of the single batches; a .csv file always does.

        Returns
        -------
        Path
            The file's path.

        Raises
        ------
        ValueError
            When the path ends in something else.

        Examples
        --------
        >>> import tempfile
        >>> from onecycle_widgets import OneCycle, sweep, toys
        >>> settings = [Setting(OneCycle(max_lr, total_steps=5)) for max_lr in (0.01, 0.1)]
        >>> result = sweep(toys.mlp, toys.digits(), settings, seeds=3, progress=False)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Sweep.load(result.save(f"{folder}/rates.npz"))
        Sweep(settings=2, seeds=3, runs=6, complete=6, diverged=0)
        """
        path = _known(path)
        if path.suffix == ".csv":
            return files.write(path, storage.to_csv(self))
        return files.write(path, storage.to_npz(self, train_loss))

    @classmethod
    def load(cls, path: str | Path) -> "Sweep":
        """Read what `save` wrote.

        Raises
        ------
        FileNotFoundError
            When there is no such file.
        ValueError
            When the file is no sweep's, or was cut or changed since.
        """
        return cls(**storage.read(_known(path)))

    def __repr__(self) -> str:
        runs, done = self.complete.size, int(self.complete.sum())
        return (
            f"Sweep(settings={len(self.settings)}, seeds={len(self.seeds)}, runs={runs}, "
            f"complete={done}, diverged={int(self.diverged.sum())})"
        )


def _known(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix not in (".npz", ".csv"):
        raise ValueError(f"path must end in '.npz' or '.csv', got {checks.shown(str(path))}")
    return path
