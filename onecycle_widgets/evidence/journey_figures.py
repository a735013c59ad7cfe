"""Pictures and a table of `journeys`: what a training's loss bears, how it falls, where it ends."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np

from .. import drawing
from ..drawing import Figure
from ..tables import Table
from .estimates import mean
from .journeys import WAYS, Journey, limit, steps

Rows = Mapping[str, tuple[str, str]]


def stability(seen: Journey, rows: Rows, finding: str) -> Figure:
    """Draw the sharpness on the way, for every seed, and the limit for the next step.

    Parameters
    ----------
    seen : Journey
        All that is stored.
    rows : dict of str to (str, str)
        For each panel, by its title, the net and the training in `WAYS`; all of one length.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.journeys import load
    >>> seen = load(Path(__file__).parents[2] / "notebooks" / "data")
    >>> rows = {"plain net": ("MLP", "constant")}
    >>> stability(seen, rows, "It bears more than it has").alt.split(". ")[0]
    'It bears more than it has'
    """
    figure, every = drawing.subplots(len(rows), 0.75 + 1.25 * len(rows), sharex=True, sharey=True)
    texts = []
    with mpl.rc_context(drawing.STYLE):
        for axes, (title, name) in zip(every, rows.items(), strict=True):
            way, part = WAYS[name], seen.of(*name)
            at, bears = steps(way), limit(way)
            axes.semilogy(at, part.sharpness.T, color=drawing.BLUE, linewidth=1, alpha=0.75)
            axes.semilogy(at, bears, "--", color=drawing.VERMILION, linewidth=2)
            dead = np.isnan(part.sharpness[:, -1])
            for row in part.sharpness[dead]:
                last = np.flatnonzero(np.isfinite(row))[-1]
                axes.plot(at[last], row[last], "X", color=drawing.BLUE, markersize=8)
            axes.set_title(title, loc="left", pad=4)
            share = np.nanmax(part.sharpness / bears, axis=1)
            texts.append(
                f"{title}: {dead.size} seeds begin at {_range(part.sharpness[:, 0])}, at most "
                f"{_range(share)} times the limit for the next step"
                + (f"; {dead.sum()} die" if dead.any() else "")
            )
        # The limit rises beyond everything as the rate falls to nothing.
        shown = [seen.of(*name).sharpness for name in rows.values()]
        every[-1].set_ylim(np.nanmin(shown) / 2, np.nanmax(shown) * 8)
        every[-1].set_xlabel("step")
        every[len(every) // 2].set_ylabel("sharpness")
        lines = [every[0].lines[0], every[0].lines[len(part.sharpness)]]
        words = ["sharpness, a line a seed; ✕: it dies", "limit for the next step"]
        every[-1].legend(lines, words, loc="upper center", frameon=False)
    figure.set_finding(finding)
    figure.subplots_adjust(top=figure.subplotpars.top - 0.25 / figure.get_figheight(), hspace=0.35)
    figure.alt += f". {'; '.join(texts)}."
    return figure


def fall(seen: Journey, nets: Mapping[str, str], finding: str) -> Figure:
    """Draw the loss of trainings that keep their rate and of ones that let it fall in the end.

    Parameters
    ----------
    seen : Journey
        All that is stored.
    nets : dict of str to str
        For each panel, by its title, a net that has both.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.journeys import load
    >>> seen = load(Path(__file__).parents[2] / "notebooks" / "data")
    >>> fall(seen, {"digits": "MLP"}, "Down it goes").alt.split(". ")[0]
    'Down it goes'
    """
    figure, every = drawing.subplots(columns=len(nets), height=3.6)
    texts = []
    with mpl.rc_context(drawing.STYLE):
        for axes, (title, net) in zip(every, nets.items(), strict=True):
            for name, (color, style, _) in zip(
                ("plateau", "plateau, then down"), drawing.LINES, strict=False
            ):
                part, at = seen.of(net, name), steps(WAYS[net, name])
                axes.semilogy(at, part.loss.T, color=color, linestyle=style, linewidth=1, alpha=0.6)
                axes.semilogy(at, part.loss.mean(0), color=color, linestyle=style, label=name)
                texts.append(f"{title}, {name}: {_range(part.loss[:, -1])} at the end")
            axes.set_title(title, loc="left", pad=4)
            axes.set_xlabel("step")
        every[0].set_ylabel("training loss")
        every[0].legend(loc="upper left", bbox_to_anchor=(-0.2, -0.24), ncol=2, handlelength=2.6)
    figure.set_finding(finding)
    figure.subplots_adjust(top=figure.subplotpars.top - 0.06, bottom=0.27, wspace=0.3)
    figure.alt += f". {'; '.join(texts)}."
    return figure


def ends(seen: Journey, names: Sequence[tuple[str, str]]) -> Table:
    """Return where trainings end: sharpness, loss, distance, accuracy; means, with 95 % intervals.

    Parameters
    ----------
    seen : Journey
        All that is stored.
    names : sequence of (str, str)
        Net and training in `WAYS`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.journeys import load
    >>> seen = load(Path(__file__).parents[2] / "notebooks" / "data")
    >>> ends(seen, [("MLP", "peak 0.1")]).header
    ('training', 'steps', 'loss', 'sharpness', 'distance', 'test accuracy, %')
    """
    rows = []
    for name in names:
        part = seen.of(*name)
        cells = [
            mean(values[:, -1]).text("", digits, "")
            for values, digits in (
                (part.loss, 3), (part.sharpness, 1), (part.distance, 1), (part.test, 1)
            )
        ]  # fmt: skip
        rows.append((name[1], str(WAYS[name].schedule.total_steps), *cells))
    return Table(("training", "steps", "loss", "sharpness", "distance", "test accuracy, %"), rows)


def _range(values: np.ndarray) -> str:
    low, high = (float(f"{end:.2g}") for end in (np.nanmin(values), np.nanmax(values)))
    return f"{low:,g} to {high:,g}"
