"""Pictures of evidence: curves with intervals, maps of accuracy, estimates in a row."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray

from .. import drawing
from ..drawing import Figure
from .estimates import Estimate, estimate

Array = NDArray[np.float64]
ACCURACY = "test accuracy, %"


def lines(
    x: Sequence[float],
    curves: Mapping[str, Array],
    labels: tuple[str, str],
    finding: str,
    linear: bool = False,
) -> Figure:
    """Draw means, with 95 % bootstrap intervals as bars.

    Parameters
    ----------
    x : sequence of float
        Places of the values, on a logarithmic axis with a tick at each.
    curves : dict of str to ndarray, shape (len(x), 1 + DRAWS)
        A curve by name, as from `estimates.sampled`; one of shape (len(x),) has no interval.
    labels : (str, str)
        Labels of the horizontal and the vertical axis.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.
    linear : bool, default False
        Make the horizontal axis linear instead.

    Returns
    -------
    Figure
        Its `alt` and its plain text are the finding and the numbers.

    Examples
    --------
    >>> reached = {"one cycle": np.array([90.0, 95.0]), "step": np.array([80.0, 95.0])}
    >>> lines((100, 200), reached, ("steps", ACCURACY), "One cycle gets there first")
    One cycle gets there first. At steps 100, 200: one cycle: 90.0, 95.0; step: 80.0, 95.0.
    """
    figure, (axes,) = drawing.subplots()
    with mpl.rc_context(drawing.STYLE):
        _curves(axes, x, curves, linear)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        axes.legend(loc="best", handlelength=2.6)
    figure.set_finding(finding)
    figure.alt += f". At {labels[0]} {', '.join(f'{v:g}' for v in x)}: {_numbers(curves)}."
    return figure


def _curves(axes: Axes, x: Sequence[float], curves: Mapping[str, Array], linear: bool) -> None:
    # A little apart, so that bars do not hide one another.
    shifts = np.linspace(-1, 1, len(curves)) * 0.012 * np.log(x[-1] / x[0])
    for (name, rows), look, shift in zip(
        curves.items(), cycle(drawing.LINES), shifts, strict=False
    ):
        color, style, marker = look
        at = np.asarray(x, dtype=float) * (1 if linear else np.exp(shift))
        options: dict[str, Any] = {
            "color": color,
            "linestyle": style,
            "marker": marker,
            "markersize": 5,
        }
        if rows.ndim == 1:
            axes.plot(at, rows, label=name, **options)
            continue
        estimates = [estimate(row) for row in rows]
        middle = np.array([e.value for e in estimates])
        ends = np.array([(e.value - e.low, e.high - e.value) for e in estimates]).T
        axes.errorbar(at, middle, ends, label=name, capsize=2, elinewidth=1.4, **options)
    if not linear:
        axes.set_xscale("log")
    _ticks(axes.xaxis, x)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)


def _numbers(curves: Mapping[str, Array]) -> str:
    """The values of curves in words; where one has none, a dash."""
    middles = {name: rows if rows.ndim == 1 else rows[:, 0] for name, rows in curves.items()}
    return "; ".join(
        f"{name}: " + ", ".join("-" if np.isnan(v) else f"{v:.1f}" for v in row)
        for name, row in middles.items()
    )


def lines_by_panel(
    x: Sequence[float],
    panels: Mapping[str, Mapping[str, Array]],
    labels: tuple[str, str],
    finding: str,
) -> Figure:
    """Draw as `lines` does, in panels below one another that share their axes.

    Parameters
    ----------
    x : sequence of float
        Places of the values, on a logarithmic axis with a tick at each.
    panels : dict of str to dict of str to ndarray
        For each panel, by its name, the curves as `lines` takes them.
    labels : (str, str)
        Labels of the horizontal and the vertical axis.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.

    Examples
    --------
    >>> panels = {"decay 0": {"step": np.array([90.0, 95.0])}, "decay 1": {"step": np.zeros(2)}}
    >>> lines_by_panel((100, 200), panels, ("steps", ACCURACY), "Decay hurts")
    Decay hurts. decay 0, at steps 100, 200: step: 90.0, 95.0. decay 1, at steps 100, 200: \
step: 0.0, 0.0.
    """
    figure, every = drawing.subplots(
        len(panels), 1.3 + 1.75 * len(panels), sharex=True, sharey=True
    )
    places, texts = ", ".join(f"{value:g}" for value in x), []
    with mpl.rc_context(drawing.STYLE):
        for axes, (name, curves) in zip(every, panels.items(), strict=True):
            _curves(axes, x, curves, linear=False)
            axes.set_title(name, loc="left", pad=4)
            texts.append(f"{name}, at {labels[0]} {places}: {_numbers(curves)}.")
        every[-1].set_xlabel(labels[0])
        every[len(every) // 2].set_ylabel(labels[1])
        every[-1].legend(loc="best", handlelength=2.6)
    figure.set_finding(finding)
    top = figure.subplotpars.top - 0.25 / figure.get_figheight()
    figure.subplots_adjust(top=top, hspace=0.3)  # room for the panels' names
    figure.alt += ". " + " ".join(texts)
    return figure


def maps(
    x: Sequence[float],
    y: Sequence[float],
    grids: Mapping[str, Array],
    labels: tuple[str, str],
    finding: str,
    mark: bool = False,
    level: float | None = None,
) -> Figure:
    """Draw maps side by side on one scale of colours.

    Parameters
    ----------
    x, y : sequence of float
        Values of the columns and the rows, rising, evenly spaced in the picture; each row has
        its tick.
    grids : dict of str to ndarray, shape (len(y), len(x))
        Test accuracy in percent, by the name of the map.
    labels : (str, str)
        Labels of the horizontal and the vertical axis.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.
    mark : bool, default False
        Mark the best of each column with a dot.
    level : float, optional
        Draw the border of the region that is at least so high, in percent.

    Returns
    -------
    Figure
        Its `alt` and its plain text are the finding and the ends of each map.

    Examples
    --------
    >>> grid = np.array([[50.0, 70.0], [60.0, 90.0]])
    >>> maps((0.1, 1.0), (100, 200), {"one cycle": grid}, ("rate", "steps"), "More is more")
    More is more. one cycle: 50.0 to 90.0 %, highest at rate 1, steps 200.
    """
    figure, every = drawing.subplots(columns=len(grids), height=4.3, sharey=True)
    low = min(float(np.nanmin(grid)) for grid in grids.values())
    high = max(float(np.nanmax(grid)) for grid in grids.values())
    with mpl.rc_context(drawing.STYLE):
        for axes, (name, grid) in zip(every, grids.items(), strict=True):
            image = axes.pcolormesh(grid, vmin=low, vmax=high, cmap="cividis", rasterized=True)
            axes.set_title(name, loc="left", pad=4)
            # A tick for every power of ten, where there are too many columns for one each.
            some = [i for i, value in enumerate(x) if len(x) < 8 or abs(np.log10(value) % 1) < 0.01]
            axes.set_xticks([i + 0.5 for i in some], [f"{x[i]:g}" for i in some])
            axes.set_yticks(np.arange(len(y)) + 0.5, [f"{value:g}" for value in y])
            axes.set_xlabel(labels[0])
            if level is not None:
                centres = np.arange(len(x)) + 0.5, np.arange(len(y)) + 0.5
                axes.contour(*centres, grid, [level], colors=[drawing.INK], linewidths=1.8)
            if mark:
                best = grid.argmax(0) + 0.5
                axes.plot(np.arange(len(x)) + 0.5, best, "o", color="white", mec=drawing.INK, ms=9)
        every[0].set_ylabel(labels[1])
        figure.subplots_adjust(bottom=0.31, wspace=0.14)
        room = figure.add_axes((0.3, 0.115, 0.6, 0.03))
        bar = figure.colorbar(image, cax=room, orientation="horizontal")
        bar.set_label(ACCURACY)
    figure.set_finding(finding)
    figure.subplots_adjust(top=figure.subplotpars.top - 0.06)  # for the maps' names
    texts = []
    for name, grid in grids.items():
        row, column = divmod(int(np.nanargmax(grid)), len(x))
        place = f"{labels[0]} {x[column]:g}, {labels[1]} {y[row]:g}"
        texts.append(f"{name}: {np.nanmin(grid):.1f} to {grid.max():.1f} %, highest at {place}")
    figure.alt += f". {'; '.join(texts)}."
    return figure


def dots(rows: Mapping[str, Estimate], label: str, finding: str) -> Figure:
    """Draw estimates below one another, with their intervals.

    Parameters
    ----------
    rows : dict of str to Estimate
        What to draw, by name, from the top to the bottom.
    label : str
        Label of the horizontal axis, with the unit.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.

    Examples
    --------
    >>> gains = {"cosine": Estimate(0.5, -0.5, 1.5), "step": Estimate(2.0, 1.0, 3.0)}
    >>> dots(gains, "points ahead", "Surely ahead of step only")
    Surely ahead of step only. points ahead: cosine: 0.5 [-0.5, 1.5]; step: 2.0 [1.0, 3.0].
    """
    figure, (axes,) = drawing.subplots(height=1.5 + 0.3 * len(rows))
    with mpl.rc_context(drawing.STYLE):
        place = -np.arange(len(rows), dtype=float)
        values = np.array([row.value for row in rows.values()])
        ends = np.array([(r.value - r.low, r.high - r.value) for r in rows.values()]).T
        # Zero is the line between ahead and behind, but only where somebody is near it.
        if ends.size and (values - ends[0]).min() < 0 < (values + ends[1]).max():
            axes.axvline(0, color=drawing.INK, linewidth=1)
        axes.errorbar(values, place, xerr=ends, fmt="o", color=drawing.BLUE, capsize=3)
        axes.set_yticks(place, list(rows))
        axes.set_xlabel(label)
        axes.grid(axis="x", color="#dddddd", linewidth=0.8)
    figure.subplots_adjust(left=0.36)
    figure.set_finding(finding)
    texts = [f"{name}: {row.text('', 1, '')}" for name, row in rows.items()]
    figure.alt += f". {label}: {'; '.join(texts)}."
    return figure


def _ticks(axis: mpl.axis.Axis, values: Sequence[float]) -> None:
    axis.set_major_locator(mpl.ticker.FixedLocator(list(values)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:.2g}" if value < 10 else f"{value:g}")
    )
