"""When a range test ends because the loss has exploded."""

import math
from collections import deque

import numpy as np

RESOLUTION = 1e-6  # of a loss in single precision, with room for its sums
DECAY = 0.9  # weight of the past in the running mean that decides about divergence
# Why a run ends before its last rate. The front end says the same words (rangetest.js).
STOPS = {
    "first": "the first loss is {loss}, before any step: look at the data and the model",
    "became": "the loss became {loss} at lr={lr:.3g}",
    "diverged": "diverged at lr={lr:.3g}",
    "several": "{count} of {runs} runs stopped; {typical}",
}


class Divergence:
    """Decide, loss by loss, whether training has gone out of hand.

    A limit such as "four times the best loss" (fastai's) ends a test with a negative loss at
    once, and one whose loss has a large constant part too late. Here the yardstick is a
    difference, which such a constant does not change: how far the loss has fallen so far.

    Parameters
    ----------
    factor : float or None
        How many times the drop so far the running mean may lie above its best; None: no limit.
    resolution : float, default 1e-6
        Smallest change of the loss that counts, as a share of it: below it there is rounding.

    Attributes
    ----------
    warm_up : int
        Losses that tell start and scatter; until then only NaN and infinity end the run.
    lag : int
        Steps after which a deviation counts as scatter, until the loss has clearly fallen.

    Examples
    --------
    >>> watch = Divergence(factor=2.0)
    >>> falling = [2.3, 2.2, 2.3, 2.2, 2.3, 2.0, 1.7]
    >>> [watch.verdict(loss) for loss in falling] == [None] * 7
    True
    >>> watch.verdict(30.0)
    'diverged'

    A loss that does not move has no scale, and never diverges:

    >>> watch = Divergence(factor=2.0)
    >>> {watch.verdict(2.302585 + 1e-7 * (-1) ** step) for step in range(50)}
    {None}
    """

    warm_up = 5
    lag = 3

    def __init__(self, factor: float | None, resolution: float = RESOLUTION) -> None:
        self.factor, self.resolution = factor, resolution
        self.first: list[float] = []
        self.recent: deque[float] = deque(maxlen=self.lag)
        self.start = self.scale = 0.0
        self.falling = False
        self.mean = 0.0
        self.weight = 0.0
        self.best = math.inf

    def verdict(self, loss: float) -> str | None:
        """Return why to stop, a key of `STOPS`, or None to go on.

        Parameters
        ----------
        loss : float
            Loss of the next step; NaN and infinity end the run at once.

        Examples
        --------
        >>> Divergence(factor=None).verdict(math.nan)
        'became'
        """
        if not math.isfinite(loss):
            return "became"
        # A mean that forgets, so that one odd batch does not end the test. It starts at zero; the
        # sum of its weights corrects for that, as the bias correction of Adam does.
        self.mean = DECAY * self.mean + (1 - DECAY) * loss
        self.weight = DECAY * self.weight + (1 - DECAY)
        running = self.mean / self.weight
        if running < self.best:
            self.best = running
        if len(self.first) < self.warm_up:
            self._begin(loss)
            return None
        if self.factor is None:
            return None
        drop = self.start - self.best
        if not self.falling:
            self.falling = drop > self.scale
            if not self.falling:
                self._scatter(loss)
        if drop < self.scale:
            drop = self.scale
        return "diverged" if running > self.best + self.factor * drop else None

    def _begin(self, loss: float) -> None:
        """Tell start and scatter by the first losses.

        While the rates are too small to teach anything, there is no drop to measure by: the scatter
        is the least scale, or noise alone would stop the test.
        """
        self.first.append(loss)
        if len(self.first) == self.warm_up:
            self.start, scatter = float(np.mean(self.first)), float(np.std(self.first))
            self.scale = max(2 * scatter, self.resolution * abs(self.start))

    def _scatter(self, loss: float) -> None:
        """Count a loss as scatter some steps later.

        Where all answers begin alike (a last layer of zeros) the batches differ more and more
        before the loss falls. How far it rose some steps ago is no explosion of now.
        """
        if len(self.recent) == self.lag:
            self.scale = max(self.scale, self.recent[0] - self.start)
        self.recent.append(loss)
