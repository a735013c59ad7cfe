"""A still picture of balls on their surface, above rate and loss."""

import matplotlib as mpl
import numpy as np

from .. import drawing
from .balls import Run
from .landscapes import Surface

FINE = 240  # places along each side of the map


def surface_figure(surface: Surface, run: Run) -> drawing.Figure:
    """Draw where the balls end, and rate and mean loss over the steps.

    Parameters
    ----------
    surface : Surface
        What they rolled on.
    run : Run
        What became of them.

    Examples
    --------
    >>> import numpy as np
    >>> from onecycle_widgets.surfaces import SURFACES, roll
    >>> bowl = SURFACES["bowl"]
    >>> surface_figure(bowl, roll(bowl, np.full(50, 0.3), np.full(50, 0.9))).alt
    'bowl, 200 balls: the mean loss goes from 33.9 to 333; 200 fly off'
    """
    figure, (above, middle, below) = drawing.subplots(3, height=6.2, height_ratios=(3, 1, 1))
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
        middle.plot(run.rate, color=drawing.BLUE)
        middle.set_ylabel("rate")
        middle.tick_params(labelbottom=False)
        below.plot(run.losses, color=drawing.BLUE)
        below.set(xlabel="step", ylabel="mean loss", yscale="log" if surface.log else "linear")
        for axes in (middle, below):
            axes.set_xlim(0, len(run.rate))
        first, last = run.losses[[0, -1]]
        found = f"the mean loss goes from {first:.3g} to {last:.3g}"
        if surface.border is not None:
            found += f"; {run.share_beyond(surface.border):.0%} end in the wide well"
        if run.flown:
            found += f"; {run.flown} fly off"
        figure.set_finding(f"{surface.title}, {run.x.shape[1]} balls: {found}")
    return figure
