"""Pictures of verdicts and causes: a row a claim, and where the points come from."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator
from matplotlib.transforms import blended_transform_factory

from .. import drawing
from ..drawing import Figure
from ..tables import Table
from . import causes, rules, studies
from .claims import Claim
from .estimates import Array, estimate

LOOKS = {
    rules.SEEN: (drawing.BLUE, "o"),
    rules.OPPOSITE: (drawing.VERMILION, "s"),
    rules.RULED_OUT: (drawing.INK, "X"),
    rules.UNDECIDED: (drawing.PURPLE, "D"),
}
"""Colour and marker of every word; the word itself is always written, too."""

ROW = 0.25  # inches for a line of text or a part
LETTERS = 68  # of a claim on one line
LARGEST = 64.0  # factors beyond are drawn at the edge


def verdicts(claims: Sequence[Claim], finding: str) -> Figure:
    """Draw claims below one another: the word, the claim, and its parts with their intervals.

    Parameters
    ----------
    claims : sequence of Claim
        Claims of one unit, all in points or all factors.
    finding : str
        The title; the alt text begins with it, and goes on with every verdict and figure.

    Raises
    ------
    ValueError
        When there are no claims, or their units differ.

    Examples
    --------
    >>> parts = (rules.Part("400 steps", np.full(4001, 2.0), rules.MORE),)
    >>> verdicts([Claim("more accuracy", "+2.1", parts)], "It is seen")
    It is seen. seen: more accuracy: 400 steps: +2.0 [+2.0, +2.0] points.
    """
    units = {claim.unit for claim in claims}
    if len(units) != 1:
        raise ValueError(f"claims must be some, all of one unit, got units {sorted(units)}")
    texts = [textwrap.wrap(claim.text, LETTERS) for claim in claims]
    rows = sum(
        1.5 + len(lines) + len(claim.parts) for lines, claim in zip(texts, claims, strict=True)
    )
    figure, (axes,) = drawing.subplots(height=1.0 + ROW * rows)
    with mpl.rc_context(drawing.STYLE):
        along = blended_transform_factory(figure.transFigure, axes.transData)
        line: dict[str, Any] = {"transform": along, "va": "center", "color": drawing.INK}
        place, names = 0.0, {}
        for lines, claim in zip(texts, claims, strict=True):
            word = claim.verdict.upper()
            axes.text(0.012, place, word, fontweight="bold", fontsize=11, **line)
            for text in lines:
                place -= 1
                axes.text(0.012, place, text, fontsize=11, **line)
            # Behind its own parts only: a line through words is hard to read.
            _marks(axes, claim, place - 0.5, place - len(claim.parts) - 0.5)
            for part in claim.parts:
                place -= 1
                _dot(axes, part, place)
                names[place] = part.name
            place -= 1.5
        _scale(axes, units.pop())
        axes.set_ylim(place + 0.9, 0.6)
        axes.set_yticks(list(names), list(names.values()), fontsize=11)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    figure.subplots_adjust(left=0.42)
    figure.set_finding(finding)
    said = [f"{claim.verdict}: {claim.text}: {claim.figures}" for claim in claims]
    figure.alt += f". {'. '.join(said)}."
    figure.below = (
        f"<details><summary>The numbers</summary>{numbers(claims)._repr_html_()}</details>"
    )
    return figure


def numbers(claims: Sequence[Claim]) -> Table:
    """Return the claims' figures beside the papers', as text.

    Examples
    --------
    >>> parts = (rules.Part("400 steps", np.full(4001, 2.0), rules.MORE),)
    >>> print(numbers([Claim("more accuracy", "+2.1", parts)]))
    more accuracy
      paper: +2.1
      here [95 % interval]: 400 steps: +2.0 [+2.0, +2.0] points
      verdict: seen, surely in 400 steps
    """
    rows = []
    for claim in claims:
        sure = f", surely in {', '.join(claim.surely)}" if claim.surely else ""
        rows.append((claim.text, claim.paper, claim.figures, claim.verdict + sure))
    header = ("claim", "paper", "here [95 % interval]", "verdict")
    if any(claim.paper for claim in claims):
        return Table(header, rows, prose=True)
    return Table((header[0], *header[2:]), [(row[0], *row[2:]) for row in rows], prose=True)


def _dot(axes: Axes, part: rules.Part, place: float) -> None:
    """One part: its interval as a line, its value as a marker of its own word."""
    color, marker = LOOKS[part.word]
    low, high = part.interval
    value = part.value
    if part.bar is rules.FAR:
        low, high, value = (float(np.clip(x, 1 / LARGEST, LARGEST)) for x in (low, high, value))
    axes.plot([low, high], [place, place], color=color, linewidth=2, solid_capstyle="butt")
    axes.plot([value], [place], marker, color=color, markersize=6)


def _marks(axes: Axes, claim: Claim, top: float, bottom: float) -> None:
    """A line at no effect, a dotted one at the bar, and the margin, shaded, in points."""
    bar = claim.parts[0].bar
    if claim.unit == "points":
        axes.fill_betweenx([bottom, top], *rules.MORE.margin, color=drawing.SHADES[2], zorder=0)
    axes.vlines(bar.nothing, bottom, top, color=drawing.INK, linewidth=1)
    if bar.above != bar.nothing:
        axes.vlines(bar.above, bottom, top, color=drawing.INK, linewidth=1, linestyle=":")


def _scale(axes: Axes, unit: str) -> None:
    """The axis of factors, of points, or of whatever the unit is."""
    low, high = axes.get_xlim()
    if unit == "×":
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(min(low, 0.45), max(high, 9))
        axes.set_xlabel("steps needed / one cycle's (dotted: four times)")
    elif unit == "points":
        axes.set_xlim(min(low, -2.0), max(high, 2.0))
        axes.set_xlabel("points of test accuracy (grey: a point either way)")
    else:
        axes.set_xlabel(unit)
    axes.xaxis.label.set_fontsize(11)
    axes.xaxis.label.set_x(0.25)
    axes.tick_params(axis="x", labelsize=11)


def waterfalls(
    found: Mapping[tuple[bool, ...], Array], orders: Sequence[Sequence[int]], finding: str
) -> Figure:
    """Draw where the points come from: the parts of one cycle, added one after the other.

    Parameters
    ----------
    found : dict of (bool, bool, bool) to ndarray
        What each combination of `studies.PARTS` reaches, as from `causes.ablated`.
    orders : sequence of sequence of int
        Orders of adding, one panel for each, such as ``[(0, 1, 2), (2, 1, 0)]``.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("ablation_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> picture = waterfalls(causes.ablated(stored), [(0, 1, 2)], "It is the warm-up")
    >>> picture.alt.split(", ")[0]
    'It is the warm-up. From none'
    """
    figure, every = drawing.subplots(len(orders), 1.2 + 1.5 * len(orders), sharex=True)
    texts = []
    with mpl.rc_context(drawing.STYLE):
        for axes, order in zip(every, orders, strict=True):
            added = causes.waterfall(found, order)
            reached = [estimate(found[(False,) * len(studies.PARTS)])]
            names, there = ["none of them"], [False] * len(studies.PARTS)
            for part in order:
                there[part] = True
                reached.append(estimate(found[tuple(there)]))
                names.append("+ " + studies.PARTS[part])
            for place, here in enumerate(reached):
                before = reached[place - 1].value if place else 0.0
                gained = here.value - before
                color = drawing.SKY if gained >= 0 else drawing.ORANGE
                color = "#BBBBBB" if not place else color
                axes.barh(-place, gained, left=before, color=color, height=0.66)
                ends = [[here.value - here.low], [here.high - here.value]]
                axes.errorbar([here.value], [-place], xerr=ends, color=drawing.INK, capsize=2)
            axes.set_yticks(-np.arange(len(names)), names, fontsize=11)
            axes.grid(axis="x", color="#dddddd", linewidth=0.8)
            steps = ", ".join(f"{name} {estimate(draws).text()}" for name, draws in added.items())
            texts.append(f"From none, {reached[0].text(sign='')}: {steps}")
        low = min(float(draws[0]) for draws in found.values())
        every[0].set_xlim(max(0.0, low - 12), 99)
        every[-1].set_xlabel("test accuracy, %")
    figure.subplots_adjust(left=0.34, hspace=0.2)
    figure.set_finding(finding)
    figure.alt += f". {'. '.join(texts)}."
    return figure
