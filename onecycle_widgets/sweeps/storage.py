"""A sweep as a file, and back: every part is looked at before it is believed.

Reading takes place in three steps: the bytes become arrays, whatever is wrong with them; the arrays
must fit the settings, the seeds and each other; and a checksum, written with them, must be theirs,
since a digit that was changed fits as well as the right one.
"""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import checks, tables
from .setting import Setting

if TYPE_CHECKING:
    from .result import Sweep

# Columns of the CSV file: what a setting is, and what became of a run.
KEYS = ("schedule", "weight_decay", "momentum", "batch_size", "optimizer")
FLAGS = ("diverged", "complete")
CHECKSUM = "checksum "
MOST = 10**9  # numbers in an array; more is no sweep, but a damaged length

Parts = dict[str, Any]


def measured_at(settings: Sequence[Setting], points: int) -> NDArray[np.int64]:
    """Return how many steps are done at each measurement, shape (settings, points).

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> measured_at([Setting(OneCycle(0.1, 10)), Setting(OneCycle(0.1, 20))], 3).tolist()
    [[4, 7, 10], [7, 14, 20]]
    """
    totals = np.array([setting.total_steps for setting in settings])
    return -(-totals[:, None] * np.arange(1, points + 1) // points)


def to_npz(result: "Sweep", train_loss: bool = True) -> bytes:
    """Return a sweep as the content of an .npz file.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle, sweep, toys
    >>> result = sweep(toys.mlp, toys.digits(), [Setting(OneCycle(0.1, 5))], 2, progress=False)
    >>> to_npz(result)[:2]
    b'PK'
    """
    arrays: dict[str, Any] = {name: getattr(result, name) for name in FLAGS}
    for name in result.accuracy:
        arrays |= {f"loss {name}": result.loss[name], f"accuracy {name}": result.accuracy[name]}
    if train_loss:
        arrays["train_loss"] = result.train_loss
    text = json.dumps([setting.as_dict() for setting in result.settings])
    whole = np.int64 if max(result.seeds) < 2**63 else np.uint64  # torch takes either
    arrays |= {"settings": np.array(text), "seeds": np.array(result.seeds, dtype=whole)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, checksum=np.array(digest_of(arrays)), **arrays)
    return buffer.getvalue()


def to_csv(result: "Sweep") -> str:
    """Return a row for each setting, seed and step; numbers keep all digits.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle, sweep, toys
    >>> result = sweep(toys.mlp, toys.digits(), [Setting(OneCycle(0.1, 5))], 2, progress=False)
    >>> len(to_csv(result).splitlines())  # a header, and 5 steps of 2 seeds
    11
    """
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
                texts += [""] * (len(measured) - len(texts))
                rows.append([*head, step, "" if np.isnan(loss) else repr(loss), *texts, ""])
    header = ["setting", *KEYS, "seed", *FLAGS, "step", "train_loss", *measured]
    checksum = _digest_of_rows([header, *([str(cell) for cell in row[:-1]] for row in rows)])
    return tables.to_csv([*header, CHECKSUM + checksum], rows)


def read(path: Path) -> Parts:
    """Return what a file holds, as the arguments of `Sweep`.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is no sweep's, was cut or changed; the message names the path, and what is wrong.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "x.csv").write_text("a,b")
    ...     read(Path(folder, "x.csv"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: path must be a sweep's file, as Sweep.save writes it, got '...x.csv': ...
    """
    data = path.read_bytes()
    try:
        parts = _read_csv(data) if path.suffix == ".csv" else _read_npz(data)
        _check(parts)
    except Exception as error:  # a damaged file can make every library raise anything
        wrong = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise ValueError(
            "path must be a sweep's file, as Sweep.save writes it, got "
            f"{checks.shown(str(path))}: {wrong[:200]}"
        ) from error
    return parts


def _read_npz(data: bytes) -> Parts:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    checksum = arrays.pop("checksum", None)  # files of before had none
    if checksum is not None and str(checksum) != digest_of(arrays):
        raise ValueError("it was changed after it was saved: its checksum is another's")
    settings = tuple(Setting.from_dict(s) for s in json.loads(str(arrays.pop("settings"))))
    seeds = arrays.pop("seeds")
    if seeds.dtype.kind not in "iu" or seeds.ndim != 1:
        raise ValueError("its seeds are no whole numbers")
    on = [name.removeprefix("accuracy ") for name in arrays if name.startswith("accuracy ")]
    # Losses that were not saved are one NaN, shown everywhere: it takes no room and no time.
    shape = (len(settings), len(seeds), max((s.total_steps for s in settings), default=1))
    if np.prod(shape, dtype=float) > MOST:
        raise ValueError(f"its settings have {shape[2]} steps")
    return {
        "settings": settings,
        "seeds": tuple(int(seed) for seed in seeds),
        "train_loss": arrays.get("train_loss", np.broadcast_to(np.nan, shape)),
        "loss": {name: arrays[f"loss {name}"] for name in on},
        "accuracy": {name: arrays[f"accuracy {name}"] for name in on},
        **{name: arrays[name] for name in FLAGS},
    }


def _read_csv(data: bytes) -> Parts:
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    checksum = header.pop() if header[-1].startswith(CHECKSUM) else None
    rows = [row[: len(header)] for row in rows]
    if checksum is not None and checksum != CHECKSUM + _digest_of_rows([header, *rows]):
        raise ValueError(
            "it was changed after it was saved; who means that empties the last cell of its header"
        )
    named = [dict(zip(header, row, strict=True)) for row in rows]
    if not named:
        raise ValueError("it has no rows")
    on = [name.removesuffix(" accuracy") for name in header if name.endswith(" accuracy")]
    settings: dict[int, Setting] = {}
    seeds: dict[int, int] = {}
    steps: dict[int, set[int]] = {}
    for row in named:
        number = int(row["setting"])
        if number not in settings:
            settings[number] = _setting({key: row[key] for key in KEYS})
        seeds.setdefault(int(row["seed"]), len(seeds))
        if on and (row[f"{on[0]} loss"] or row[f"{on[0]} accuracy"]):
            steps.setdefault(number, set()).add(int(row["step"]))
    if sorted(settings) != list(range(len(settings))):
        raise ValueError("its settings are not numbered 0, 1, 2, ...")
    ordered = tuple(settings[number] for number in sorted(settings))
    expected = len(seeds) * sum(setting.total_steps for setting in ordered)
    if expected != len(named):
        raise ValueError(f"it has {len(named)} rows, of {expected}")
    points = max(map(len, steps.values()), default=1)
    return _filled(named, ordered, seeds, on, points)


def _filled(
    rows: list[dict[str, str]],
    settings: tuple[Setting, ...],
    seeds: dict[int, int],
    on: list[str],
    points: int,
) -> Parts:
    """Enter the rows into arrays."""
    shape, longest = (len(settings), len(seeds)), max(s.total_steps for s in settings)
    parts: Parts = {
        "settings": settings,
        "seeds": tuple(seeds),
        "train_loss": np.full((*shape, longest), np.nan),
        "loss": {name: np.full((*shape, points), np.nan) for name in on},
        "accuracy": {name: np.full((*shape, points), np.nan) for name in on},
        **{name: np.zeros(shape, bool) for name in FLAGS},
    }
    measured, seen = measured_at(settings, points), set()
    for row in rows:
        at, step = (int(row["setting"]), seeds[int(row["seed"])]), int(row["step"])
        if not 1 <= step <= settings[at[0]].total_steps or (*at, step) in seen:
            raise ValueError(f"setting {at[0]}, seed {row['seed']} has step {step} twice or beyond")
        seen.add((*at, step))
        parts["train_loss"][(*at, step - 1)] = float(row["train_loss"] or "nan")
        for name in FLAGS:
            if row[name] not in ("0", "1"):
                raise ValueError(f"{name} is {row[name]!r}, neither 0 nor 1")
            parts[name][at] = row[name] == "1"
        (point,) = np.nonzero(measured[at[0]] == step)
        for name in on if len(point) else ():
            parts["loss"][name][(*at, point[0])] = float(row[f"{name} loss"] or "nan")
            parts["accuracy"][name][(*at, point[0])] = float(row[f"{name} accuracy"] or "nan")
    return parts


def _setting(values: Parts) -> Setting:
    numbers = {key: float(values[key]) for key in ("weight_decay", "momentum")}
    schedule, size = json.loads(values["schedule"]), int(values["batch_size"])
    return Setting.from_dict({**values, **numbers, "schedule": schedule, "batch_size": size})


def _check(parts: Parts) -> None:
    """Refuse parts that do not fit one another."""
    settings, seeds = parts["settings"], parts["seeds"]
    if not settings or not seeds or len(set(seeds)) != len(seeds):
        raise ValueError("it has no settings, no seeds, or a seed twice")
    shape = (len(settings), len(seeds))
    longest = max(setting.total_steps for setting in settings)
    _check_array("train_loss", parts["train_loss"], (*shape, longest), "f")
    for name in FLAGS:
        _check_array(name, parts[name], shape, "b")
    accuracies = list(parts["accuracy"].values())
    points = accuracies[0].shape[-1:] if accuracies else ()
    ended = parts["complete"] & ~parts["diverged"]
    for name, accuracy in parts["accuracy"].items():
        loss = parts["loss"][name]
        _check_array(f"accuracy {name}", accuracy, (*shape, *points), "f")
        _check_array(f"loss {name}", loss, (*shape, *points), "f")
        known = accuracy[~np.isnan(accuracy)]
        if ((known < 0) | (known > 1)).any():
            raise ValueError(f"accuracy {name} lies outside 0 to 1")
        if not np.isfinite(loss[ended]).all():
            raise ValueError(f"loss {name} is missing in a run that came to its end")


def _check_array(name: str, array: NDArray[Any], shape: tuple[int, ...], kind: str) -> None:
    if array.shape != shape or array.dtype.kind != kind:
        raise ValueError(f"{name} has shape {array.shape} of {array.dtype}, not {shape}")


def digest_of(arrays: dict[str, NDArray[Any]]) -> str:
    """Return a checksum of named arrays: names, types, shapes and values.

    Examples
    --------
    >>> digest_of({"loss": np.zeros(2)}) == digest_of({"loss": np.zeros(2)})
    True
    >>> digest_of({"loss": np.zeros(2)}) == digest_of({"loss": np.ones(2)})
    False
    """
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _digest_of_rows(rows: list[list[str]]) -> str:
    """A checksum of rows, in whatever order they stand below their header."""
    header, *others = (hashlib.sha256("\x1f".join(row).encode()).digest() for row in rows)
    total = sum(int.from_bytes(row, "big") for row in others)
    return hashlib.sha256(header + (total % 2**256).to_bytes(32, "big")).hexdigest()
