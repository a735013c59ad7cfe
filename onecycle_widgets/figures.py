"""Pictures of studies: a range test's curve, and schedules compared over a ladder of rates."""

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure as BaseFigure

from . import drawing
from .range_result import SMOOTHING
from .suggest import smooth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from .comparison import Comparison
    from .range_result import RangeTest
    from .toys import Split
    from .training import History

LOOKS = (
    (drawing.BLUE, "-", "o"),
    (drawing.VERMILION, "--", "s"),
    (drawing.GREEN, "-.", "^"),
    (drawing.PURPLE, ":", "D"),
)


def range_test_figure(
    result: "RangeTest", ax: "Axes | None" = None, decades: float = SMOOTHING
) -> BaseFigure:
    """Draw raw and smoothed loss over the learning rate, with every rule's mark.

    Parameters
    ----------
    result : RangeTest
        What to draw. Of several runs, the median and a band from least to most.
    ax : matplotlib Axes, optional
        Where to draw; default: a new figure.
    decades : float, default 0.6
        Width of the smoothing window.
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
    results: "Mapping[str, RangeTest]", ax: "Axes | None" = None, decades: float = SMOOTHING
) -> BaseFigure:
    """Draw the smoothed curves of several range tests over one another.

    Parameters
    ----------
    results : mapping of str to RangeTest
        By the name to show.
    ax, decades
        As in `range_test_figure`.
    """
    if not results:
        raise ValueError("results must hold at least one RangeTest, got none")
    figure, axes = _figure_for(ax)
    with mpl.rc_context(drawing.STYLE):
        for index, (name, result) in enumerate(results.items()):
            color, dashes, _ = LOOKS[index % len(LOOKS)]
            axes.plot(result.lr, result.smooth(decades), color=color, ls=dashes, label=name)
        _range_axes(axes, list(results.values()), decades)
        if isinstance(figure, drawing.Figure):
            lows = (f"{k} {r.lr[int(r.smooth(decades).argmin())]:.2g}" for k, r in results.items())
            figure.set_finding("The loss is lowest at lr: " + ", ".join(lows))
    return figure


def _figure_for(ax: "Axes | None") -> "tuple[BaseFigure, Axes]":
    if ax is None:
        figure, (axes,) = drawing.subplots()
        return figure, axes
    return ax.get_figure(root=True), ax  # type: ignore[return-value]


def _range_axes(axes: "Axes", results: "list[RangeTest]", decades: float) -> None:
    if results[0].mode == "exp":
        axes.set_xscale("log")
    curves = [(r.smooth(decades), r.loss) for r in results if len(r.lr)]
    if curves:
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


def comparison_figure(result: "Comparison", mark: float | None = None) -> drawing.Figure:
    """Draw validation accuracy over the learning rate, one line a schedule, with its spread.

    Parameters
    ----------
    result : Comparison
        What to draw.
    mark : float, optional
        A learning rate to mark: the range test's.
    """
    figure, (axes,) = drawing.subplots()
    with mpl.rc_context(drawing.STYLE):
        for (color, dashes, marker), (name, accuracy) in zip(
            LOOKS, result.validation.items(), strict=False
        ):
            percent = 100 * accuracy
            axes.fill_between(
                result.rates, percent.min(1), percent.max(1), color=color, alpha=0.15, linewidth=0
            )
            style: dict[str, Any] = {
                "color": color,
                "linestyle": dashes,
                "marker": marker,
                "label": name,
            }
            axes.plot(result.rates, percent.mean(1), **style)
        if mark is not None:
            axes.axvline(mark, color=drawing.INK, linewidth=1, label="range test's pick")
        axes.set_xscale("log")
        axes.set_xlabel("learning rate (its peak)")
        axes.set_ylabel("validation accuracy (%)")
        axes.legend(loc="lower left")
        figure.set_finding(_comparison_finding(result))
    return figure


def _comparison_finding(result: "Comparison") -> str:
    """Say between which rates each schedule comes near the best of all."""
    spans = []
    for name in result.validation:
        good = result.good_rates(name)
        spans.append(f"{name} {f'{good[0]:g} to {good[1]:g}' if good else 'nowhere'}")
    return "Rates within 3 points of the best of all: " + ", ".join(spans)


def truth_figure(result: "RangeTest", truth: "Comparison") -> drawing.Figure:
    """Draw a range test above the accuracies that real trainings reached, on one axis of rates.

    Parameters
    ----------
    result : RangeTest
        Whose marks are drawn in both.
    truth : Comparison
        Of one schedule: its validation accuracies.
    """
    figure, (top, bottom) = drawing.subplots(2, height=5.2, sharex=True)
    (name, accuracy), *_ = truth.validation.items()
    percent = 100 * accuracy
    marks = [s.lr for s in result.suggestions().values()]
    with mpl.rc_context(drawing.STYLE):
        range_test_figure(result, top)
        top.set_xlabel("")
        legend = top.get_legend()
        assert legend is not None
        rules = slice(2, None)  # after the data and the smoothed curve
        handles = [handle for handle in legend.legend_handles[rules] if handle is not None]
        labels = [text.get_text() for text in legend.get_texts()[rules]]
        legend.remove()
        bottom.fill_between(
            truth.rates, percent.min(1), percent.max(1), color=drawing.BLUE, alpha=0.2, linewidth=0
        )
        bottom.plot(truth.rates, percent.mean(1), "o-", color=drawing.BLUE)
        for (color, dashes), lr in zip(MARKS, marks, strict=True):
            if lr is not None:
                bottom.axvline(lr, color=color, linestyle=dashes)
        bottom.set_ylabel("accuracy (%)")
        bottom.set_xlabel("learning rate (of the range test; peak of one cycle)")
        low, high = truth.good_rates(name, 0.01) or (np.nan, np.nan)
        figure.set_finding(f"Trained for real, peaks of {low:g} to {high:g} come within 1 point")
        figure.subplots_adjust(top=0.8)
        where: dict[str, Any] = {"bbox_to_anchor": (0.02, 0.95), "fontsize": 10}
        figure.legend(handles, labels, loc="upper left", ncols=3, **where)
    return figure


def history_figure(history: "History") -> drawing.Figure:
    """Draw a training: the learning rate above the loss of every batch and its running mean."""
    figure, (top, bottom) = drawing.subplots(2, sharex=True, height_ratios=(1.2, 1.5))
    steps = np.arange(len(history.loss))
    window = max(1, len(steps) // 20)
    with mpl.rc_context(drawing.STYLE):
        for (color, dashes, _), row in zip(LOOKS, np.atleast_2d(history.lr), strict=False):
            top.plot(steps, row, color=color, linestyle=dashes)
        bottom.plot(steps, history.loss, ".", color=drawing.SKY, label="loss of each batch")
        mean = smooth(history.loss, 2 * window + 1)
        bottom.plot(steps, mean, color=drawing.BLUE, label=f"mean of {2 * window + 1} batches")
        top.set_ylim(bottom=0)
        bottom.set_ylim(bottom=0)
        top.set_ylabel("learning rate")
        bottom.set_ylabel("loss")
        bottom.set_xlabel("step (batch)")
        bottom.legend(loc="upper right")
        figure.set_finding(
            f"The loss falls from {history.loss[0]:.2f} to {mean[-1]:.2f} in {len(steps)} steps"
        )
    return figure


def images_figure(split: "Split", per_class: int = 3) -> drawing.Figure:
    """Draw the first few square images of each class.

    Parameters
    ----------
    split : Split
        Inputs of shape ``(samples, side * side)``.
    per_class : int, default 3
        Rows of the picture.
    """
    classes = int(split.y.max()) + 1
    side = round(split.x[0].numel() ** 0.5)
    figure, (axes,) = drawing.subplots(height=0.4 + 0.56 * per_class)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01)
    # One canvas, with a blank pixel between the images.
    canvas = np.full((per_class * (side + 1), classes * (side + 1)), float(split.x.min()))
    for label in range(classes):
        for row, image in enumerate(split.x[split.y == label][:per_class]):
            y, x = row * (side + 1), label * (side + 1)
            canvas[y : y + side, x : x + side] = image.reshape(side, side)
    with mpl.rc_context(drawing.STYLE):
        axes.imshow(canvas, cmap="gray_r", aspect="equal")
        axes.set_axis_off()
        figure.set_finding(f"{len(split.y):,} images of {side} x {side} pixels, {classes} classes")
    return figure
