"""The picture of a training: what was used, and what came of it."""

from itertools import cycle
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from .. import drawing
from .smooth import smooth

if TYPE_CHECKING:
    from .train import History


def history_figure(history: "History") -> drawing.Figure:
    """Draw a training: the learning rate above the loss of every batch and its running mean.

    Parameters
    ----------
    history : History
        What `train` recorded. The mean is taken over about a tenth of the steps.

    Returns
    -------
    Figure
        Its alt text says from where to where the loss fell.

    Examples
    --------
    >>> from onecycle_widgets.training import History
    >>> loss = np.linspace(2, 1, 41)
    >>> history_figure(History(lr=0.1 * loss, momentum=loss, loss=loss, accuracy=1 - loss / 2)).alt
    'The loss falls from 2.00 to 1.00 in 41 steps'
    """
    figure, (top, bottom) = drawing.subplots(2, sharex=True, height_ratios=(1.2, 1.5))
    steps = np.arange(len(history.loss))
    window = max(1, len(steps) // 20)
    with mpl.rc_context(drawing.STYLE):
        for (color, dashes, _), row in zip(
            cycle(drawing.LINES), np.atleast_2d(history.lr), strict=False
        ):
            top.plot(steps, row, color=color, linestyle=dashes)
        bottom.plot(steps, history.loss, ".", color=drawing.SKY, label="loss of each batch")
        # A training that diverged is drawn as far as there are numbers.
        bad = np.flatnonzero(~np.isfinite(history.loss))
        known = history.loss[: bad[0] if len(bad) else None]
        mean = smooth(known, 2 * window + 1)
        bottom.plot(
            steps[: len(known)], mean, color=drawing.BLUE, label=f"mean of {2 * window + 1} batches"
        )
        top.set_ylim(bottom=0)
        bottom.set_ylim(bottom=0)
        top.set_ylabel("learning rate")
        bottom.set_ylabel("loss")
        bottom.set_xlabel("step (batch)")
        bottom.legend(loc="upper right")
        figure.set_finding(_finding(history, mean))
    return figure


def _finding(history: "History", mean: np.ndarray) -> str:
    if not len(history.loss):
        return "No step was taken"
    if not len(mean):
        return f"The first loss is {history.loss[0]}"
    first, steps = history.loss[0], len(history.loss)
    if len(mean) < steps:
        bad = history.loss[len(mean)]
        return f"The loss diverges from {first:.2f}: it is {bad} at step {len(mean)}"
    return f"The loss falls from {first:.2f} to {mean[-1]:.2f} in {steps} steps"
