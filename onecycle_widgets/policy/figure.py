"""The schedule's picture: learning rate above momentum, phases shaded and named."""

from itertools import cycle
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .. import drawing
from .curve import Curve, Phase

if TYPE_CHECKING:
    from .one_cycle import OneCycle

POINTS = 2000  # more than the picture has columns


def schedule_figure(policy: "OneCycle") -> drawing.Figure:
    """Draw learning rate above momentum over the steps, phases shaded and named.

    Parameters
    ----------
    policy : OneCycle
        The cycle to draw; of a long one no more steps are computed than the picture can show.

    Returns
    -------
    Figure
        Learning rate above momentum; its alt text gives first, highest and last rate.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> schedule_figure(OneCycle(max_lr=0.1, total_steps=100)).alt
    'From 0.004 up to 0.1 (step 29), then down to 4e-07'
    """
    figure, (top, bottom) = drawing.subplots(2, sharex=True, height_ratios=(1.6, 1))
    curve = policy.at(shown_steps(policy))
    with mpl.rc_context(drawing.STYLE):
        top.set_ylabel("learning rate")
        bottom.set_ylabel("momentum")
        bottom.set_xlabel("step (batch)")
        top.yaxis.set_major_formatter(lambda value, _: f"{value:.2g}")
        bottom.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        _draw_phases(policy.phases, float(policy.total_steps - 1), top, bottom)
        _draw_rates(curve, top)
        _draw_momenta(curve, bottom)
        figure.set_finding(_finding(curve))
    return figure


def shown_steps(policy: "OneCycle") -> np.ndarray:
    """Steps to draw: all, or as many as the picture can show with every phase's ends kept.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> len(shown_steps(OneCycle(0.1, 1000))), len(shown_steps(OneCycle(0.1, 10**9))) < 2010
    (1000, True)
    """
    total = policy.total_steps
    if total <= POINTS:
        return np.arange(total)
    kept = np.linspace(0, float(total - 1), POINTS).round()
    borders = [step for phase in policy.phases for step in (phase.first, phase.last)]
    steps = np.unique(np.concatenate([kept, np.array(borders, dtype=np.float64)]))
    # Beyond 2**53 steps a float tells no two neighbours apart, nor does an int64 hold all.
    return steps.astype(np.int64) if total <= 2**53 else steps


def _draw_phases(phases: tuple[Phase, ...], last: float, top: Axes, bottom: Axes) -> None:
    for shade, phase in zip(drawing.SHADES, phases, strict=False):
        start, end = max(phase.start, 0.0), phase.end
        for axes in (top, bottom):
            axes.axvspan(start, end, color=shade, zorder=0, linewidth=0)
        if end - start > 0.05 * last:
            _name_phase(phase.name, start, end, last, bottom)
    bottom.set_xlim(*((0, last) if last else (-0.5, 0.5)))


def _name_phase(name: str, start: float, end: float, last: float, axes: Axes) -> None:
    """Write the name above its phase; at the edge when the phase is narrower than the name."""
    # Left of the middle where another name may follow.
    x, align = start + (0.5 if end == last else 0.42) * (end - start), "center"
    if end - start < 0.25 * last and start == 0:
        x, align = start, "left"
    elif end - start < 0.25 * last and end == last:
        x, align = end, "right"
    axes.annotate(
        name,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 2),
        textcoords="offset points",
        ha=align,
        va="bottom",
        color=drawing.INK,
    )


def _draw_groups(axes: Axes, steps: np.ndarray, rows: np.ndarray) -> None:
    """Draw one line for each parameter group, with dots where they are few."""
    few = "." if len(steps) <= 40 else ""
    looks = zip(cycle(drawing.LINES), np.atleast_2d(rows), strict=False)
    for index, ((color, dashes, _), row) in enumerate(looks):
        style: dict[str, Any] = {"color": color, "linestyle": dashes, "marker": few}
        axes.plot(steps, row, label=f"group {index}", **style)


def _draw_rates(curve: Curve, axes: Axes) -> None:
    _draw_groups(axes, curve.step, curve.lr)
    if curve.lr.ndim > 1 and len(curve.lr) > 1:
        axes.legend(loc="upper right")
    axes.set_ylim(0, 1.06 * curve.lr.max())


def _draw_momenta(curve: Curve, axes: Axes) -> None:
    if curve.momentum is None:
        words = "not cycled: the optimizer's own stays"
        middle: dict[str, Any] = {"ha": "center", "va": "center", "color": drawing.INK}
        axes.text(0.5, 0.5, words, transform=axes.transAxes, **middle)
        axes.set_yticks([])
        return
    _draw_groups(axes, curve.step, curve.momentum)
    low, high = curve.momentum.min(), curve.momentum.max()
    room = max(0.08 * (high - low), 0.005)
    axes.set_yticks(sorted({low, (low + high) / 2, high}))
    axes.set_yticklabels([f"{v:.3g}" for v in axes.get_yticks()])
    axes.set_ylim(low - room, high + room)


def _finding(curve: Curve) -> str:
    rate = np.atleast_2d(curve.lr)[0]
    peak = int(rate.argmax())
    first, top, last = (f"{value:.3g}" for value in (rate[0], rate[peak], rate[-1]))
    if peak == 0:
        return f"No warm-up: the rate falls from {first} to {last}"
    return f"From {first} up to {top} (step {int(curve.step[peak])}), then down to {last}"
