"""Pictures of range tests: one curve with every rule's mark, or several over one another."""

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as BaseFigure

from .. import drawing
from .suggest import SMOOTHING

if TYPE_CHECKING:
    from .result import RangeTest


def range_test_figure(
    result: "RangeTest", ax: Axes | None = None, decades: float = SMOOTHING
) -> BaseFigure:
    """Draw raw and smoothed loss over the learning rate, with every rule's mark.

    Parameters
    ----------
    result : RangeTest
        The test to draw; of several runs, the median and a band from least to most.
    ax : matplotlib Axes, optional
        Where to draw; default: a new figure.
    decades : float, default 0.6
        Width of the smoothing window, in decades of learning rate.

    Returns
    -------
    matplotlib.figure.Figure
        A figure of our own has alt text: where the loss is lowest, and how the test ended.

    Examples
    --------
    >>> from onecycle_widgets import RangeTest
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> losses = (1 / (1 + 100 * lr) + lr)[None]
    >>> range_test_figure(RangeTest(lr, losses, None, (None,), (1.0,), "exp"))
    The loss is lowest at lr=0.079; no divergence up to lr=1
    """
    figure, axes = _figure_for(ax)
    mean, loss = result.smooth(decades), result.loss
    marks = {name: s for name, s in result.suggestions(decades).items() if s.lr is not None}
    with mpl.rc_context(drawing.STYLE):
        if len(result.stops) > 1:
            rows = result.losses[:, : len(result.lr)]
            low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
            band: dict[str, Any] = {"color": drawing.SKY, "alpha": 0.3, "linewidth": 0}
            axes.fill_between(result.lr, low, high, label=f"{len(rows)} runs", **band)
        else:
            axes.plot(result.lr, loss, ".", color=drawing.SKY, label="raw loss of each batch")
        axes.plot(result.lr, mean, color=drawing.BLUE, label=f"smoothed over {decades:g} decades")
        for (color, dashes), (name, mark) in zip(MARKS, marks.items(), strict=False):
            assert mark.lr is not None
            label = f"{name}: {mark.lr:.2g}"
            axes.axvline(mark.lr, color=color, linestyle=dashes, label=label)
        _range_axes(axes, [result], decades)
        if isinstance(figure, drawing.Figure):
            figure.set_finding(_range_finding(result, mean))
    return figure


MARKS = (
    (drawing.VERMILION, "--"),
    (drawing.GREEN, "-."),
    (drawing.PURPLE, ":"),
    (drawing.ORANGE, (0, (1, 1))),
    (drawing.INK, "-"),
)


def overlay(
    results: "Mapping[str, RangeTest]",
    ax: Axes | None = None,
    decades: float = SMOOTHING,
    title: str = "",
) -> BaseFigure:
    """Draw the smoothed curves of several range tests over one another.

    Parameters
    ----------
    results : mapping of str to RangeTest
        The tests, by the name to show.
    ax, decades
        As in `range_test_figure`.
    title : str, default ''
        What the picture shows, in a sentence, to stand above it and before the alt text.

    Returns
    -------
    matplotlib.figure.Figure
        A figure of our own has alt text: where each loss is lowest.

    Raises
    ------
    ValueError
        When there is no test.

    Examples
    --------
    >>> from onecycle_widgets import RangeTest
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> curves = {"calm": 1 / (1 + 100 * lr) + lr, "wild": 1 / (1 + 100 * lr) + 4 * lr}
    >>> tests = {k: RangeTest(lr, v[None], None, (None,), (1.0,), "exp") for k, v in curves.items()}
    >>> overlay(tests)
    The loss is lowest at lr: calm 0.079, wild 0.04
    """
    if not results:
        raise ValueError("results must hold at least one RangeTest, got none")
    figure, axes = _figure_for(ax)
    with mpl.rc_context(drawing.STYLE):
        looks = zip(cycle(drawing.LINES), results.items(), strict=False)
        for (color, dashes, _), (name, result) in looks:
            axes.plot(result.lr, result.smooth(decades), color=color, ls=dashes, label=name)
        _range_axes(axes, list(results.values()), decades)
        if isinstance(figure, drawing.Figure):
            lows = (f"{k} {r.lr[int(r.smooth(decades).argmin())]:.2g}" for k, r in results.items())
            lowest = "The loss is lowest at lr: " + ", ".join(lows)
            figure.set_finding(f"{title}. {lowest}" if title else lowest, title)
    return figure


def _figure_for(ax: Axes | None) -> tuple[BaseFigure, Axes]:
    if ax is None:
        figure, (axes,) = drawing.subplots()
        return figure, axes
    return ax.figure.figure, ax  # also from within subfigures, and before matplotlib 3.10


def _range_axes(axes: Axes, results: "list[RangeTest]", decades: float) -> None:
    if results[0].mode == "exp":
        axes.set_xscale("log")
    curves = [(r.smooth(decades), r.loss) for r in results if len(r.lr)]
    if curves:
        # The final explosion runs out of the picture, or the descent would be a flat line.
        low = min(min(mean.min(), loss.min()) for mean, loss in curves)
        room = max(max(mean[0], loss[0]) - low for mean, loss in curves) or 1e-12
        axes.set_ylim(low - 0.15 * room, low + 2.0 * room)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    axes.legend(loc="upper left", ncols=2 if len(results) == 1 else 1, fontsize=10)


def _range_finding(result: "RangeTest", mean: np.ndarray) -> str:
    if not len(result.lr):
        return f"No step was taken: {result.stopped}"
    best = result.lr[int(mean.argmin())]
    end = result.stopped or f"no divergence up to lr={result.lr[-1]:.3g}"
    return f"The loss is lowest at lr={best:.2g}; {end}"
