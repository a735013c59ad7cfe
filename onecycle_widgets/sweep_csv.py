"""A sweep as a CSV file: a row for each setting, seed and step, readable by any spreadsheet."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .setting import Setting

if TYPE_CHECKING:
    from .sweep_result import Sweep

KEYS = ("schedule", "weight_decay", "momentum", "batch_size", "optimizer")
FLAGS = ("diverged", "complete")


def write(result: "Sweep", path: Path) -> None:
    """Write the file; numbers keep all their digits, and what is missing is empty."""
    on = list(result.accuracy)
    measured = [f"{name} {what}" for name in on for what in ("loss", "accuracy")]
    described = [setting.as_dict() for setting in result.settings]  # may refuse: before writing
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["setting", *KEYS, "seed", *FLAGS, "step", "train_loss", *measured])
        for row, setting in enumerate(result.settings):
            values = described[row] | {"schedule": json.dumps(described[row]["schedule"])}
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
                    writer.writerow([*head, step, "" if np.isnan(loss) else repr(loss), *texts])


def read(path: Path) -> "Sweep":
    """Read what `write` wrote."""
    from .sweep_result import Sweep

    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or "train_loss" not in rows[0]:
        raise ValueError(f"path must be a sweep's CSV file, got {str(path)!r}")
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
