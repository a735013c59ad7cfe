"""Pictures of studies: a range test's curve, and schedules compared over a ladder of rates."""

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from . import drawing

if TYPE_CHECKING:
    from .compare import Comparison
    from .range_test import RangeTest

LOOKS = (
    (drawing.BLUE, "-", "o"),
    (drawing.VERMILION, "--", "s"),
    (drawing.GREEN, "-.", "^"),
    (drawing.PURPLE, ":", "D"),
)


def range_test_figure(result: "RangeTest") -> drawing.Figure:
    """Draw raw and smoothed loss over the learning rate, with every rule's mark."""
    figure, (axes,) = drawing.subplots()
    smooth = result.smooth()
    marks = {name: s for name, s in result.suggestions().items() if s.lr is not None}
    with mpl.rc_context(drawing.STYLE):
        axes.plot(result.lr, result.loss, ".", color=drawing.SKY, label="raw loss of each batch")
        axes.plot(result.lr, smooth, color=drawing.BLUE, label="smoothed (centred)")
        for (color, dashes, _), (name, mark) in zip(LOOKS[1:], marks.items(), strict=False):
            assert mark.lr is not None
            label = f"{name}: {mark.lr:.2g}"
            axes.axvline(mark.lr, color=color, linestyle=dashes, label=label)
        if result.mode == "exp":
            axes.set_xscale("log")
        if len(result.loss):
            low, start = min(smooth.min(), result.loss.min()), max(smooth[0], result.loss[0])
            axes.set_ylim(low - 0.15 * (start - low), low + 1.6 * max(start - low, 1e-12))
        axes.set_xlabel("learning rate")
        axes.set_ylabel("loss")
        axes.legend(loc="best", fontsize=12)
        figure.alt = _range_title(result, smooth)
        axes.set_title(figure.alt, loc="left")
    return figure


def _range_title(result: "RangeTest", smooth: np.ndarray) -> str:
    if not len(result.lr):
        return f"No step was taken: {result.stopped}"
    best = result.lr[int(smooth.argmin())]
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
        axes.legend(loc="lower left", fontsize=12)
        figure.alt = _comparison_title(result)
        axes.set_title(figure.alt, loc="left", fontsize=12)
    return figure


def _comparison_title(result: "Comparison") -> str:
    """Say between which rates each schedule comes near the best of all."""
    spans = []
    for name in result.validation:
        good = result.good_rates(name)
        spans.append(f"{name} {f'{good[0]:g} to {good[1]:g}' if good else 'nowhere'}")
    return "Good rates: " + ", ".join(spans)
