"""The schedule's picture: learning rate above momentum, phases shaded and named."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .. import drawing
from .code import written
from .curve import Curve, Phase
from .falling import Falling

if TYPE_CHECKING:
    from .one_cycle import OneCycle

POINTS = 2000  # more than the picture has columns


def schedule_figure(
    policy: "OneCycle",
    pins: "Sequence[OneCycle | Falling]" = (),
    mistaken: int | None = None,
    log_rate: bool = False,
) -> drawing.Figure:
    """Draw learning rate above momentum over the steps, phases shaded and named.

    Parameters
    ----------
    policy : OneCycle
        The cycle to draw; of a long one no more steps are computed than the picture can show.
    pins : sequence of OneCycle or Falling, optional
        Other schedules, drawn beside it and named by what they are, or by the parameters in which
        they differ.
    mistaken : int, optional
        Batches of an epoch: also draw the rates of a loop that steps once per epoch.
    log_rate : bool, default False
        Whether to show the rate in decades.

    Returns
    -------
    Figure
        Learning rate above momentum; its alt text gives first, highest and last rate of each.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> schedule_figure(OneCycle(max_lr=0.1, total_steps=100)).alt
    'From 0.004 up to 0.1 (step 29), then down to 4e-07'
    >>> late = OneCycle(max_lr=0.1, total_steps=100, pct_start=0.5)
    >>> schedule_figure(OneCycle(max_lr=0.1, total_steps=100), [late]).alt.split("; ")[1]
    'pct_start=0.5: from 0.004 up to 0.1 (step 49), then down to 4e-07'
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
        found = [_finding(curve)]
        for pin, (color, dashes, _) in zip(pins, drawing.LINES[1:], strict=False):
            other, name = pin.at(shown_steps(pin)), _name(pin, policy)
            style: dict[str, Any] = {"color": color, "linestyle": dashes}
            top.plot(other.step, np.atleast_2d(other.lr)[0], label=name, **style)
            if other.momentum is not None:
                bottom.plot(other.step, np.atleast_2d(other.momentum)[0], **style)
            finding = _finding(other)
            found.append(f"{name}: {finding[:1].lower()}{finding[1:]}")
        if mistaken is not None:
            found.append(_draw_mistake(policy, mistaken, top))
        _make_room(top, bottom, log_rate, legend=len(found) > 1)
        figure.set_finding("; ".join(found), title=found[0])
    return figure


def _name(pin: "OneCycle | Falling", policy: "OneCycle") -> str:
    """What a pinned schedule is called beside a policy."""
    if not isinstance(pin, Falling):
        return _differences(pin, policy)
    shared = {"lr": float(np.max(policy.max_lr)), "total_steps": policy.total_steps}
    differing = {k: v for k, v in pin.arguments().items() if k not in shared or v != shared[k]}
    return written(type(pin).__name__, differing)


def _differences(policy: "OneCycle", other: "OneCycle") -> str:
    """The parameters in which a policy differs from another, as they would be typed."""
    mine, theirs = policy.arguments(), other.arguments()
    fields = type(policy).__dataclass_fields__
    told = [
        f"{name}={mine.get(name, fields[name].default)!r}"
        for name in fields
        if mine.get(name) != theirs.get(name)
    ]
    return ", ".join(told) or "the same"


def _draw_mistake(policy: "OneCycle", batches: int, axes: Axes) -> str:
    """Draw what the optimizer gets when the scheduler is stepped once per epoch; return words."""
    steps = shown_steps(policy)
    rates = np.atleast_2d(policy.at(steps // batches).lr)[0]
    color, dashes, _ = drawing.LINES[1]
    name = "stepped once per epoch by mistake"
    axes.plot(steps, rates, color=color, linestyle=dashes, label=name)
    return f"{name}: from {rates[0]:.3g} to {rates[-1]:.3g}"


def _make_room(top: Axes, bottom: Axes, log_rate: bool, legend: bool) -> None:
    """Fit the axes to all lines that were drawn."""
    lines = [*top.lines, *bottom.lines]
    last = max(float(np.max(line.get_xdata())) for line in lines)
    if last > bottom.get_xlim()[1]:
        bottom.set_xlim(0, last)
    if log_rate:
        top.set_ylim(auto=True)
        top.set_yscale("log")
    elif legend:
        highest = max(float(np.max(line.get_ydata())) for line in top.lines)
        top.set_ylim(0, (1.06 + 0.24 * len(top.lines)) * highest)  # names above the curves
    if legend:
        top.lines[0].set_label("this cycle")
        top.legend(loc="upper right")


def shown_steps(policy: "OneCycle | Falling") -> np.ndarray:
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
    phases = () if isinstance(policy, Falling) else policy.phases
    borders = [step for phase in phases for step in (phase.first, phase.last)]
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
