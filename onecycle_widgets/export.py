"""A range test as plain data, for JSON and for spreadsheets."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .range_result import RangeTest


def to_dict(result: "RangeTest") -> dict[str, Any]:
    """Return everything as lists, numbers and text; NaN becomes None."""

    def plain(array: np.ndarray) -> Any:
        return np.where(np.isnan(array), None, array).tolist()  # type: ignore[call-overload]

    return {
        "ladder": result.ladder.tolist(),
        "losses": plain(result.losses),
        "val_losses": None if result.val_losses is None else plain(result.val_losses),
        "stops": list(result.stops),
        "ratios": list(result.ratios),
        "mode": result.mode,
    }


def to_csv(result: "RangeTest", path: str | Path | None = None) -> str:
    """Return one line a step and run: run, step, lr, loss, val_loss; also written to `path`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["run", "step", "lr", "loss", "val_loss"])
    for number, run in enumerate(result.runs):
        val = [""] * len(run.lr) if run.val_loss is None else run.val_loss.tolist()
        rows = zip(run.lr.tolist(), run.loss.tolist(), val, strict=True)
        writer.writerows([number, step, *row] for step, row in enumerate(rows))
    if path is not None:
        Path(path).write_text(text.getvalue())
    return text.getvalue()
