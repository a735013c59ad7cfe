"""Pictures of schedules compared over a ladder of rates, alone and below a range test."""

from itertools import cycle
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from .. import drawing
from ..range_test.figure import MARKS, range_test_figure
from ..range_test.result import RangeTest

if TYPE_CHECKING:
    from .comparison import Comparison


def comparison_figure(result: "Comparison", mark: float | None = None) -> drawing.Figure:
    """Draw validation accuracy over the learning rate, one line a schedule, with its spread.

    Parameters
    ----------
    result : Comparison
        The accuracies to draw.
    mark : float, optional
        A learning rate to mark: the range test's.

    Examples
    --------
    >>> from onecycle_widgets.evidence.comparison import Comparison
    >>> tried = {"cycle": np.array([[0.6, 0.7], [0.9, 0.92], [0.5, 0.6]])}
    >>> comparison_figure(Comparison(np.array([0.01, 0.1, 1.0]), tried, {}, {}, total_steps=100))
    Rates within 3 points of the best of all: cycle 0.1 to 0.1
    """
    figure, (axes,) = drawing.subplots()
    with mpl.rc_context(drawing.STYLE):
        for (color, dashes, marker), (name, accuracy) in zip(
            cycle(drawing.LINES), result.validation.items(), strict=False
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


def truth_figure(result: RangeTest, truth: "Comparison") -> drawing.Figure:
    """Draw a range test above the accuracies that real trainings reached, on one axis of rates.

    Parameters
    ----------
    result : RangeTest
        The range test above; what its rules pick is marked in both pictures.
    truth : Comparison
        Trainings with one schedule; its validation accuracies are drawn below.

    Examples
    --------
    >>> from onecycle_widgets import toys
    >>> from onecycle_widgets.evidence.comparison import Comparison
    >>> from onecycle_widgets.evidence.rule_cost import range_tests
    >>> tried = {"cycle": np.array([[0.6, 0.7], [0.9, 0.92], [0.5, 0.6]])}
    >>> truth = Comparison(np.array([0.01, 0.1, 1.0]), tried, {}, {}, total_steps=100)
    >>> truth_figure(range_tests(toys.spirals(), seeds=1), truth)
    Trained for real, peaks of 0.1 to 0.1 come within 1 point
    """
    figure, (top, bottom) = drawing.subplots(2, height=4.8, sharex=True)
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
