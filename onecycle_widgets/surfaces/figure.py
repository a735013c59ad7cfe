"""A still picture of balls on their surface, above rate and loss."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np

from .. import drawing
from .balls import Run
from .landscapes import Surface

FINE = 240  # places along each side of the map
STEEP = 3.0  # times the start's height above the lowest loss: what is higher leaves the picture


def surface_figure(
    surface: Surface, run: Run, others: Sequence[tuple[str, Run]] = ()
) -> drawing.Figure:
    """Draw where the balls end, and rate and mean loss over the steps.

    Parameters
    ----------
    surface : Surface
        What they rolled on.
    run : Run
        What became of them.
    others : sequence of (str, Run), optional
        Further runs on it, with their names, whose rate and loss are drawn beside.

    Examples
    --------
    >>> import numpy as np
    >>> from onecycle_widgets.surfaces import SURFACES, roll
    >>> bowl = SURFACES["bowl"]
    >>> surface_figure(bowl, roll(bowl, np.full(50, 0.3), np.full(50, 0.9))).alt
    'In the bowl, 200 balls: the mean loss goes from 33.9 to 3.67e+04; 200 fly off'
    """
    figure, (above, middle, below) = drawing.subplots(3, height=4.2, height_ratios=(3, 1, 1))
    left, right, low, high = surface.view
    x, y = np.linspace(left, right, FINE), np.linspace(low, high, FINE)
    loss = surface.at(x, y[:, None]).loss
    height = ((loss - loss.min()) / np.ptp(loss)) ** surface.tint
    with mpl.rc_context(drawing.STYLE):
        above.contourf(x, y, height, 16, cmap="GnBu_r")
        inside = (np.clip(run.x[-1], left, right), np.clip(run.y[-1], low, high))
        above.plot(*inside, ".", color=drawing.VERMILION, markersize=5, clip_on=False)
        above.plot(run.x.mean(1), run.y.mean(1), color=drawing.INK, linewidth=1.2)
        above.set(xlim=(left, right), ylim=(low, high), xticks=[], yticks=[])
        for (_, one), (color, dashes, _) in zip([("", run), *others], drawing.LINES, strict=False):
            middle.plot(one.rate, color=color, linestyle=dashes)
            below.plot(one.losses, color=color, linestyle=dashes)
        middle.set_ylabel("rate")
        middle.tick_params(labelbottom=False)
        below.set(xlabel="step", ylabel="mean loss", yscale="log" if surface.log else "linear")
        for axes in (middle, below):
            axes.set_xlim(0, len(run.rate))
        if others:
            below.legend(["this run", *(name for name, _ in others)], loc="upper right")
        if not surface.log:
            low = min(float(one.losses.min()) for _, one in [("", run), *others])
            below.set_ylim(top=min(below.get_ylim()[1], low + STEEP * (run.losses[0] - low + 0.1)))
        first, last = run.losses[[0, -1]]
        found = f"the mean loss goes from {first:.3g} to {last:.3g}"
        if surface.border is not None:
            found += f"; {run.share_beyond(surface.border):.0%} end in the wide well"
        if run.flown:
            found += f"; {run.flown} fly off"
        ends = [f"{name}: {one.losses[-1]:.3g}" for name, one in others]
        where = surface.where[0].upper() + surface.where[1:]
        text = f"{where}, {run.x.shape[1]} balls: {found}"
        figure.set_finding("; ".join([text, *ends]), title=text)
    return figure
