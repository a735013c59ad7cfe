"""The schedule's picture: drawn once, then updated in place."""

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator

from .. import drawing
from .curve import Curve

if TYPE_CHECKING:
    from .one_cycle import OneCycle

POINTS = 2000  # more than the picture has columns


class ScheduleFigure:
    """Learning rate above momentum over the steps, phases shaded and named.

    Parameters
    ----------
    policy : OneCycle
        What to draw.

    Attributes
    ----------
    figure : onecycle_widgets.drawing.Figure
        One persistent figure; `update` and `move_cursor` change it in place.
    """

    def __init__(self, policy: "OneCycle") -> None:
        self.figure, (self.top, self.bottom) = drawing.subplots(
            2, sharex=True, height_ratios=(1.6, 1)
        )
        with mpl.rc_context(drawing.STYLE):
            self.top.set_ylabel("learning rate")
            self.bottom.set_ylabel("momentum")
            self.bottom.set_xlabel("step (batch)")
        self.top.yaxis.set_major_formatter(lambda value, _: f"{value:.2g}")
        self.bottom.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        self._artists: list[Any] = []
        self._cursor: list[Any] = []
        self.update(policy)

    def update(self, policy: "OneCycle") -> None:
        """Show another policy."""
        for artist in (*self._artists, *self._cursor):
            artist.remove()
        self._artists, self._cursor = [], []
        self.policy, self.curve = policy, policy.curve()
        with mpl.rc_context(drawing.STYLE):
            self._draw_phases()
            self._draw_curves()
            self.figure.set_finding(self._finding())

    def _draw_phases(self) -> None:
        phases = self.policy.phases
        last = self.policy.total_steps - 1
        for shade, phase in zip(drawing.SHADES, phases, strict=False):
            start, end = max(phase.start, 0.0), phase.end
            for axes in (self.top, self.bottom):
                span = axes.axvspan(start, end, color=shade, zorder=0, linewidth=0)
                self._artists.append(span)
            if end - start > 0.05 * last:
                self._name_phase(phase.name, start, end, last)
        self.bottom.set_xlim(*((0, last) if last else (-0.5, 0.5)))

    def _name_phase(self, name: str, start: float, end: float, last: int) -> None:
        """Write the name above its phase; at the edge when the phase is narrower than the name."""
        # Left of the middle where another name may follow.
        x, align = start + (0.5 if end == last else 0.42) * (end - start), "center"
        if end - start < 0.25 * last and start == 0:
            x, align = start, "left"
        elif end - start < 0.25 * last and end == last:
            x, align = end, "right"
        text = self.bottom.annotate(
            name,
            (x, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha=align,
            va="bottom",
            color=drawing.INK,
        )
        self._artists.append(text)

    def _draw_curves(self) -> None:
        steps = shown_steps(self.curve, self.policy)
        few = "." if len(steps) <= 40 else ""
        rates = np.atleast_2d(self.curve.lr)
        for index, row in enumerate(rates):
            color, dashes, _ = drawing.LINES[index % len(drawing.LINES)]
            label = f"group {index}"
            style: dict[str, Any] = {
                "color": color,
                "linestyle": dashes,
                "marker": few,
                "label": label,
            }
            self._artists += self.top.plot(steps, row[steps], **style)
            if self.curve.momentum is not None:
                momentum = np.atleast_2d(self.curve.momentum)[index]
                self._artists += self.bottom.plot(steps, momentum[steps], **style)
        if len(rates) > 1:
            self._artists.append(self.top.legend(loc="upper right"))
        self.top.set_ylim(0, 1.06 * rates.max())
        if self.curve.momentum is None:
            text = self.bottom.text(
                0.5,
                0.5,
                "not cycled: the optimizer's own stays",
                transform=self.bottom.transAxes,
                ha="center",
                va="center",
                color=drawing.INK,
            )
            self._artists.append(text)
            self.bottom.set_yticks([])
        else:
            low, high = self.curve.momentum.min(), self.curve.momentum.max()
            room = max(0.08 * (high - low), 0.005)
            self.bottom.set_yticks(sorted({low, (low + high) / 2, high}))
            self.bottom.set_yticklabels([f"{v:.3g}" for v in self.bottom.get_yticks()])
            self.bottom.set_ylim(low - room, high + room)

    def _finding(self) -> str:
        rate = np.atleast_2d(self.curve.lr)[0]
        peak = int(rate.argmax())
        first, top, last = (f"{value:.3g}" for value in (rate[0], rate[peak], rate[-1]))
        if peak == 0:
            return f"No warm-up: the rate falls from {first} to {last}"
        return f"From {first} up to {top} (step {peak}), then down to {last}"

    def move_cursor(self, step: int) -> None:
        """Mark a step in both curves."""
        for artist in self._cursor:
            artist.remove()
        self._cursor = []
        for axes, values in ((self.top, self.curve.lr), (self.bottom, self.curve.momentum)):
            self._cursor.append(axes.axvline(step, color=drawing.INK, linewidth=1))
            if values is not None:
                for row in np.atleast_2d(values):
                    self._cursor += axes.plot(step, row[step], "o", color=drawing.INK, markersize=7)


def shown_steps(curve: Curve, policy: "OneCycle") -> np.ndarray:
    """Steps to draw: all, or as many as the picture can show with every phase's ends kept."""
    total = policy.total_steps
    if total <= POINTS:
        return curve.step
    kept = np.linspace(0, total - 1, POINTS).round().astype(np.int64)
    borders = [step for phase in policy.phases for step in (phase.first, phase.last)]
    return np.unique(np.concatenate([kept, borders]))
