"""What a sweep found: arrays by setting, seed and step; summary; files."""

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from .. import checks
from ..tables import Table, to_csv
from .engine import Outcome
from .setting import Setting

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Columns of the CSV file: what a setting is, and what became of a run.
KEYS = ("schedule", "weight_decay", "momentum", "batch_size", "optimizer")
FLAGS = ("diverged", "complete")


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
        totals = np.array([setting.total_steps for setting in self.settings])
        return -(-totals[:, None] * np.arange(1, points + 1) // points)

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
            path.write_text(_csv(self), encoding="utf-8", newline="\n")
            return path
        arrays: dict[str, Any] = {"diverged": self.diverged, "complete": self.complete}
        for name in self.accuracy:
            arrays |= {f"loss {name}": self.loss[name], f"accuracy {name}": self.accuracy[name]}
        if train_loss:
            arrays["train_loss"] = self.train_loss
        text = json.dumps([setting.as_dict() for setting in self.settings])
        np.savez_compressed(path, settings=text, seeds=self.seeds, **arrays)
        return path

    @classmethod
    def load(cls, path: str | Path) -> "Sweep":
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            When the file is no sweep's.
        """
        path = _known(path)
        if path.suffix == ".csv":
            return _read_csv(path)
        with np.load(path, allow_pickle=False) as file:
            settings = tuple(Setting.from_dict(s) for s in json.loads(str(file["settings"])))
            on = tuple(n.removeprefix("accuracy ") for n in file if n.startswith("accuracy "))
            seeds = tuple(int(seed) for seed in file["seeds"])
            result = cls.empty(settings, seeds, on, 1)
            return replace(
                result,
                train_loss=file.get("train_loss", result.train_loss),
                loss={name: file[f"loss {name}"] for name in on},
                accuracy={name: file[f"accuracy {name}"] for name in on},
                diverged=file["diverged"],
                complete=file["complete"],
            )

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


def _csv(result: Sweep) -> str:
    """A row for each setting, seed and step; numbers keep all digits, what is missing is empty."""
    on = list(result.accuracy)
    measured = [f"{name} {what}" for name in on for what in ("loss", "accuracy")]
    rows: list[list[Any]] = []
    for row, setting in enumerate(result.settings):
        values = setting.as_dict()
        values |= {"schedule": json.dumps(values["schedule"])}
        points = {int(step): point for point, step in enumerate(result.steps[row])}
        for column, seed in enumerate(result.seeds):
            flags = [int(getattr(result, name)[row, column]) for name in FLAGS]
            head = [row, *(values[key] for key in KEYS), seed, *flags]
            for step in range(1, setting.total_steps + 1):
                loss = float(result.train_loss[row, column, step - 1])
                cells: list[float] = []
                for name in on if step in points else []:
                    at = (row, column, points[step])
                    cells += [result.loss[name][at], result.accuracy[name][at]]
                # What was to be measured says nan where it is missing; else it is empty.
                texts = [repr(float(cell)) for cell in cells]
                rows.append([*head, step, "" if np.isnan(loss) else repr(loss), *texts])
    header = ["setting", *KEYS, "seed", *FLAGS, "step", "train_loss", *measured]
    return to_csv(header, rows)


def _read_csv(path: Path) -> Sweep:
    """Read what `_csv` made."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or "train_loss" not in rows[0]:
        raise ValueError(f"path must be a sweep's CSV file, got {checks.shown(str(path))}")
    on = tuple(name.removesuffix(" accuracy") for name in rows[0] if name.endswith(" accuracy"))
    settings: dict[int, Setting] = {}
    seeds: dict[int, int] = {}
    steps: dict[int, set[int]] = {}
    for row in rows:
        number = int(row["setting"])
        if number not in settings:
            settings[number] = _setting({key: row[key] for key in KEYS})
        seeds.setdefault(int(row["seed"]), len(seeds))
        if on and (row[f"{on[0]} loss"] or row[f"{on[0]} accuracy"]):
            steps.setdefault(number, set()).add(int(row["step"]))
    points = max(map(len, steps.values()), default=1)
    result = Sweep.empty(tuple(settings[i] for i in sorted(settings)), tuple(seeds), on, points)
    for row in rows:
        at = (int(row["setting"]), seeds[int(row["seed"])])
        step = int(row["step"])
        result.train_loss[(*at, step - 1)] = float(row["train_loss"] or "nan")
        for name in FLAGS:
            getattr(result, name)[at] = row[name] == "1"
        (point,) = np.nonzero(result.steps[at[0]] == step)
        for name in on if len(point) else ():
            result.loss[name][(*at, point[0])] = float(row[f"{name} loss"] or "nan")
            result.accuracy[name][(*at, point[0])] = float(row[f"{name} accuracy"] or "nan")
    return result


def _setting(values: dict[str, Any]) -> Setting:
    numbers = {key: float(values[key]) for key in ("weight_decay", "momentum")}
    schedule, size = json.loads(values["schedule"]), int(values["batch_size"])
    return Setting.from_dict({**values, **numbers, "schedule": schedule, "batch_size": size})
