"""What the lab shows of a range test and of runs: pictures as plain data for the front end.

A picture is a dict that JSON can hold: title, lines, bands, marks and two axes. The browser draws
it, so that a picture of a training under way is a few kilobytes ten times a second, not an image.
"""

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap
from numpy.typing import NDArray

from .. import drawing
from ..range_test.result import RangeTest
from ..training.smooth import smooth
from .run import Run, plane
from .task import Task

Array = NDArray[np.float64]
Picture = dict[str, Any]
MOST = 300  # points in a line
STYLES = 6  # colours and dashes that the front end knows
CLASSES = (drawing.BLUE, drawing.VERMILION, drawing.GREEN)
MARKERS = ("o", "s", "^")


def _axis(label: str, low: float, high: float, log: bool = False) -> Picture:
    if not high > low:
        high = 10 * low if log else low + 1
    return {"label": label, "low": float(low), "high": float(high), "log": log}


def _numbers(values: Array) -> list[float | None]:
    """At most MOST short numbers, evenly spread; None where there is none."""
    if len(values) > MOST:
        values = values[np.linspace(0, len(values) - 1, MOST).round().astype(int)]
    return [float(f"{v:.4g}") if math.isfinite(v) else None for v in values]


def range_picture(seen: Sequence[tuple[float, float]], result: RangeTest | None = None) -> Picture:
    """The range test under way, or done: raw losses, and then their smoothed course and marks.

    Parameters
    ----------
    seen : sequence of (float, float)
        Learning rate and loss of every step so far, of all runs one after the other.
    result : RangeTest, optional
        What was found, once the test is done.

    Returns
    -------
    dict
        A picture for `lab.widgets.Plot`; a place on it can be taken as `max_lr`.

    Examples
    --------
    >>> picture = range_picture([(0.01, 2.3), (0.1, 1.5)])
    >>> picture["title"], picture["lines"][0]["values"]
    ('LR range test: 2 steps', [2.3, 1.5])
    """
    rates, losses = (np.array(column) for column in (zip(*seen, strict=True) if seen else ((), ())))
    # At the edge the loss shoots up by orders of magnitude; the axis ends where that begins.
    top = 1.6 * losses[0] if len(losses) else 1.0
    # Runs follow one another in one list: only a new one can go back to a smaller rate.
    runs = np.flatnonzero(np.diff(rates) < 0) + 1  # where a run begins anew
    lines = [
        {"at": _numbers(x), "values": _numbers(y), "look": 0, "faint": True}
        for x, y in zip(np.split(rates, runs), np.split(losses, runs), strict=True)
    ]
    picture: Picture = {"title": f"LR range test: {len(seen)} steps", "pickable": "max_lr"}
    if result is not None:
        smoothed = result.smooth()
        lines.append({"at": _numbers(result.lr), "values": _numbers(smoothed), "look": 0})
        picks = {name: pick.lr for name, pick in result.suggestions().items() if pick.lr}
        picture["marks"] = [{"at": lr, "text": f"{name} {lr:.2g}"} for name, lr in picks.items()]
        end = f"; {result.stopped}" if result.diverged else ""
        picture["title"] = f"The loss is lowest at {result.lr[np.argmin(smoothed)]:.2g}{end}"
    low, high = (rates.min(), rates.max()) if len(rates) else (1e-4, 10.0)
    x = _axis("learning rate", low, max(high, 10 * low), log=True)
    return {**picture, "lines": lines, "x": x, "y": _axis("loss", 0.0, top)}


def _smoothed(run: Run) -> Array:
    """Losses of each seed, smoothed over a twentieth of the training; infinite once diverged."""
    window = max(1, run.policy.total_steps // 20)
    # Infinite, not NaN: a median over the seeds then counts a diverged one as the worst.
    rows = np.where(np.isfinite(run.loss), run.loss, np.inf)[:, : run.done]
    with np.errstate(invalid="ignore"):
        rows = np.array([smooth(row, window) for row in rows])
    return np.where(np.isfinite(rows), rows, np.inf)


def _steps(runs: Sequence[Run], under_way: bool) -> Picture:
    """The axis: as far as the runs came, and as far as the one under way, the last, will come."""
    longest = max((run.done for run in runs), default=100)
    if under_way:
        longest = max(longest, runs[-1].policy.total_steps)
    return _axis("step (batch)", 0, longest)


def loss_picture(runs: Sequence[Run], names: Sequence[str], under_way: bool = False) -> Picture:
    """Training loss over the steps: the median of the seeds, and a band from least to most.

    Parameters
    ----------
    runs : sequence of Run
        Runs to draw, each in a look of its own.
    names : sequence of str
        A name for each.
    under_way : bool, default False
        Whether the last run goes on: then the axis is as long as it will be.

    Returns
    -------
    dict
        A picture for `lab.widgets.Plot`.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> from onecycle_widgets.lab.run import train
    >>> run = train(Task(seeds=2), OneCycle(0.1, 20), lambda: False, lambda run: None)
    >>> picture = loss_picture([run], ["mine"])
    >>> picture["lines"][0]["name"], len(picture["bands"]), picture["y"]["log"]
    ('mine', 1, True)
    """
    lines, bands, low, high = [], [], np.inf, 0.0
    for place, (run, name) in enumerate(zip(runs, names, strict=True)):
        if not run.done:
            continue
        rows = _smoothed(run)
        middle = np.median(rows, axis=0)
        steps, look = np.arange(run.done, dtype=float), place % STYLES
        known = middle[np.isfinite(middle)]
        low, high = min(low, *known, np.inf), max(high, *known, 0.0)
        lines.append(
            {"at": _numbers(steps), "values": _numbers(middle), "look": look, "name": name}
        )
        if len(rows) > 1 and np.isfinite(rows).all():
            ends = {"low": _numbers(rows.min(0)), "high": _numbers(rows.max(0))}
            bands.append({"at": _numbers(steps), **ends, "look": look})
    low, high = (low, high) if high > 0 else (0.01, 3.0)
    return {
        "title": _loss_finding(runs[-1]) if lines else "The training's loss comes here",
        "lines": lines,
        "bands": bands,
        "x": _steps(runs, under_way),
        "y": _axis("loss", max(low, 1e-5) / 1.2, 1.2 * high, log=True),
    }


def _loss_finding(run: Run) -> str:
    rows = _smoothed(run)
    first, last = np.median(rows[:, 0]), np.median(rows[:, -1])
    if not math.isfinite(last):
        return f"The loss diverges from {first:.2g}"
    how = "smoothed" if len(rows) == 1 else f"smoothed; median and range of {len(rows)} seeds"
    return f"Loss from {first:.2g} to {last:.2g} ({how})"


def _accuracy_finding(run: Run) -> str:
    of = "" if len(run.final) == 1 else f", median of {len(run.final)} seeds"
    return f"{100 * np.median(run.final):.1f} % of the held-out data right{of}"


def accuracy_picture(runs: Sequence[Run], names: Sequence[str], under_way: bool = False) -> Picture:
    """Accuracy on the held-out data over the steps: median, and a band from least to most.

    Parameters
    ----------
    runs : sequence of Run
        Runs to draw, each in a look of its own.
    names : sequence of str
        A name for each.
    under_way : bool, default False
        Whether the last run goes on: then the axis is as long as it will be.

    Returns
    -------
    dict
        A picture for `lab.widgets.Plot`.

    Examples
    --------
    >>> accuracy_picture([], [])["title"]
    'Accuracy on held-out data comes here'
    """
    lines, bands, low = [], [], 100.0
    for place, (run, name) in enumerate(zip(runs, names, strict=True)):
        measured = [i for i, point in enumerate(run.points) if point <= run.done]
        if not measured:
            continue
        steps = np.array([run.points[i] for i in measured], dtype=float)
        rows, look = 100 * run.accuracy[:, measured], place % STYLES
        middle = np.median(rows, axis=0)
        low = min(low, float(np.nanmin(rows)))
        lines.append(
            {"at": _numbers(steps), "values": _numbers(middle), "look": look, "name": name}
        )
        if len(rows) > 1:
            ends = {"low": _numbers(rows.min(0)), "high": _numbers(rows.max(0))}
            bands.append({"at": _numbers(steps), **ends, "look": look})
    return {
        "title": _accuracy_finding(runs[-1]) if lines else "Accuracy on held-out data comes here",
        "lines": lines,
        "bands": bands,
        "x": _steps(runs, under_way),
        "y": _axis("right, %", min(low, 90.0) if lines else 0.0, 100.0),
    }


class BoundaryPicture:
    """Where in the plane the model sees which class, with the training points on top.

    Parameters
    ----------
    task : Task
        What is trained, on data of two inputs.

    Examples
    --------
    >>> BoundaryPicture(Task("spirals")).figure.axes[0].get_xlabel()
    'first input'
    """

    def __init__(self, task: Task) -> None:
        x, y = (part.numpy() for part in task.splits[0])
        grid = plane(task).numpy()
        self.figure, (axes,) = drawing.subplots(height=4.2)
        extent = (grid[0, 0], grid[-1, 0], grid[0, 1], grid[-1, 1])
        with mpl.rc_context(drawing.STYLE):
            self.image = axes.imshow(
                np.zeros((2, 2)), origin="lower", extent=extent, aspect="equal", alpha=0.35,
                cmap=ListedColormap(CLASSES), vmin=0, vmax=2, interpolation="nearest",
            )  # fmt: skip
            for kind, (color, marker) in enumerate(zip(CLASSES, MARKERS, strict=True)):
                some = np.flatnonzero(y == kind)[:120]
                axes.plot(*x[some].T, marker, color=color, markersize=4, label=f"class {kind}")
            axes.set_xlabel("first input")
            axes.set_ylabel("second input")
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
        self.figure.subplots_adjust(right=0.8)

    def show(self, run: Run) -> str:
        """Return the picture of a run as HTML.

        Parameters
        ----------
        run : Run
            A run on two-dimensional data, with its `boundary`.

        Examples
        --------
        >>> from onecycle_widgets import OneCycle
        >>> from onecycle_widgets.lab.run import train
        >>> run = train(Task("spirals"), OneCycle(0.1, 20), lambda: False, lambda run: None)
        >>> "After step 20, by the first seed" in BoundaryPicture(run.task).show(run)
        True
        """
        assert run.boundary is not None
        self.image.set_data(run.boundary)
        right = f"; {np.median(run.final):.0%} right" if np.isfinite(run.final).any() else ""
        self.figure.set_finding(f"After step {run.done}, by the first seed{right}")
        return self.figure.framed("560px")
