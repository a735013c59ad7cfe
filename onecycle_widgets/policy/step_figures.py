"""Pictures over the steps of a training: schedules side by side, the peak between two steps."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from .. import drawing
from ..drawing import Figure
from .one_cycle import OneCycle

RATE = "learning rate"


def over_steps(
    series: Mapping[str, ArrayLike],
    finding: str,
    label: str = RATE,
    first: int = 0,
    dots: bool = False,
) -> Figure:
    """Draw quantities over the steps.

    Parameters
    ----------
    series : dict of str to array_like
        Quantities by name: each of shape (steps,), or (seeds, steps), of which median and range
        are drawn.
    finding : str
        Title of the picture, and the beginning of its alt text.
    label : str, default 'learning rate'
        Label of the vertical axis.
    first : int, default 0
        Number of the first step.
    dots : bool, default False
        Whether to mark each step; for few of them.

    Returns
    -------
    Figure
        Its alt text adds first, last and largest value of each quantity.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import Cosine
    >>> rates = {"cosine": Cosine(0.1, 100).curve().lr, "1cycle": OneCycle(0.2, 100).curve().lr}
    >>> figure = over_steps(rates, "One falls, one rises first")
    >>> figure.alt.split("; ")[-1]
    '1cycle from 0.008 to 8e-07, largest 0.2'
    """
    # The names stand below the axes, two in a row, where no line can run through them.
    room = 0.27 * -(-len(series) // 2) if len(series) > 1 else 0.0
    figure, (axes,) = drawing.subplots(height=drawing.HEIGHT - 0.25 + room)  # fits on a slide
    figure.subplots_adjust(bottom=(drawing.MARGINS["bottom"] + room) / figure.get_figheight())
    with mpl.rc_context(drawing.STYLE):
        for (name, values), look in zip(series.items(), cycle(drawing.LINES), strict=False):
            color, style, marker = look
            rows = np.atleast_2d(np.asarray(values, dtype=float))
            steps = first + np.arange(rows.shape[1])
            middle = np.median(rows, axis=0)
            axes.plot(steps, middle, color=color, linestyle=style, label=name,
                      marker=marker if dots else "", markersize=5)  # fmt: skip
            if len(rows) > 1:
                axes.fill_between(steps, rows.min(0), rows.max(0), color=color, alpha=0.18, lw=0)
        axes.set_xlabel("step (batch)")
        axes.set_ylabel(label)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
        if len(series) > 1:
            axes.legend(loc="upper center", bbox_to_anchor=(0.46, -0.14), ncols=2, frameon=False)
    figure.set_finding(finding)
    figure.alt += f". {label.capitalize()} over the steps: " + "; ".join(
        f"{name} {_span(np.median(np.atleast_2d(np.asarray(v, dtype=float)), axis=0))}"
        for name, v in series.items()
    )
    return figure


def _span(values: NDArray[np.float64]) -> str:
    return f"from {values[0]:.3g} to {values[-1]:.3g}, largest {values.max():.3g}"


def peaks(policies: Sequence[OneCycle], finding: str, around: int = 3) -> Figure:
    """Draw the schedule as a line, and the steps as dots on it, around the peak.

    Parameters
    ----------
    policies : sequence of OneCycle
        Cycles to draw, a panel for each; the rate is shown as a share of `max_lr`.
    finding : str
        Title of the picture, and the beginning of its alt text.
    around : int, default 3
        Number of steps shown before and after the peak.

    Returns
    -------
    Figure
        Its alt text says where each peak lies, and how much of `max_lr` is reached.

    Examples
    --------
    >>> figure = peaks([OneCycle(0.1, 15)], "The peak lies between two steps")
    >>> figure.alt.split(". ", 1)[1]
    '15 steps, pct_start 0.3: peak at step 3.5, the largest rate used is 99.4% of max_lr.'
    """
    figure, panels = drawing.subplots(columns=len(policies), sharey=True)
    texts = []
    with mpl.rc_context(drawing.STYLE):
        for policy, axes in zip(policies, panels, strict=True):
            peak = policy.phases[0].end
            top = policy.per_group("max_lr")[0]
            share = policy.curve().lr / top
            near = [s for s in range(policy.total_steps) if abs(s - peak) <= around]
            fine = np.linspace(near[0], near[-1], 300)
            line, dots = drawing.SKY, drawing.BLUE
            axes.plot(fine, policy.at(fine).lr / top, color=line)
            axes.plot(near, share[near], "o", color=dots, markersize=6)
            axes.axvline(peak, color=drawing.VERMILION, linestyle="--", linewidth=1.4)
            axes.set_title(f"{policy.total_steps} steps,\npct_start {policy.pct_start:g}")
            axes.set_xlabel(f"step (peak {peak:.3g})")
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            texts.append(
                f"{policy.total_steps} steps, pct_start {policy.pct_start:g}: peak at step "
                f"{peak:.3g}, the largest rate used is {share.max():.1%} of max_lr"
            )
        panels[0].set_ylabel("rate / max_lr")
    figure.set_finding(finding)
    figure.subplots_adjust(top=figure.subplotpars.top - 0.13, bottom=0.16, wspace=0.08)
    figure.alt += f". {'; '.join(texts)}."
    return figure


def panels(series: Mapping[str, ArrayLike], finding: str, label: str = RATE) -> Figure:
    """Draw quantities over the steps, two panels in a row, on the same axes.

    Parameters
    ----------
    series : dict of str to array_like, shape (steps,)
        Quantities by name, which stands above its panel.
    finding : str
        Title of the picture, and the beginning of its alt text.
    label : str, default 'learning rate'
        Label of the vertical axes.

    Returns
    -------
    Figure
        Its alt text adds first, last and largest value of each quantity.

    Examples
    --------
    >>> cycles = {name: cycle.curve().lr for name, cycle in OneCycle.presets().items()}
    >>> len(panels(cycles, "Four known cycles").axes)
    4
    """
    rows = -(-len(series) // 2)
    figure, axes = drawing.subplots(rows, 0.85 + 1.75 * rows, columns=2, sharex=True, sharey=True)
    with mpl.rc_context(drawing.STYLE):
        for (name, values), panel in zip(series.items(), axes, strict=False):
            panel.plot(np.asarray(values, dtype=float), color=drawing.BLUE)
            panel.set_title(name, fontsize=11)
            panel.xaxis.set_major_locator(MaxNLocator(3, integer=True))
            panel.grid(axis="y", color="#dddddd", linewidth=0.8)
        for panel in axes[-2:]:
            panel.set_xlabel("step (batch)")
        for panel in axes[::2]:
            panel.set_ylabel(label)
    figure.set_finding(finding)
    figure.subplots_adjust(top=figure.subplotpars.top - 0.06, wspace=0.08, hspace=0.32)
    shown = {name: np.asarray(values, dtype=float) for name, values in series.items()}
    figure.alt += ". " + "; ".join(f"{name}: {_span(values)}" for name, values in shown.items())
    return figure
