"""Balls on a loss surface, moved by SGD with momentum and noise, as torch moves weights.

`frontend/balls.js` is this once more, for the browser.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..policy.baselines import SCHEDULES
from ..policy.one_cycle import OneCycle
from .landscapes import Array, Surface
from .noise import bells

ONE_CYCLE = "one cycle"
RIVALS = ("constant", "step", "cosine", "linear", "warm-up, stable, decay")
"""Schedules that one cycle is compared with, of the same peak and length."""


@dataclass(frozen=True, eq=False)
class Run:
    """What became of the balls.

    Attributes
    ----------
    rate, momentum : ndarray, shape (steps,)
        What each step used, rounded to single precision.
    x, y : ndarray, shape (steps + 1, balls)
        Where the balls were after so many steps; the first row is the start.
    losses : ndarray, shape (steps + 1,)
        Mean loss of all balls; one that has flown off counts with the loss where it left.
    curvature : ndarray, shape (steps + 1,)
        Mean over the balls of the Hessian's largest eigenvalue, without those that have flown
        off; NaN when none is left.
    left : ndarray of int, shape (balls,)
        After how many steps each ball left the surface; -1 when it did not.

    Examples
    --------
    >>> from onecycle_widgets.surfaces import SURFACES
    >>> run = roll(SURFACES["bowl"], np.full(100, 0.1), np.zeros(100), balls=5)
    >>> run.x.shape, run.flown
    ((101, 5), 0)
    """

    rate: Array
    momentum: Array
    x: Array
    y: Array
    losses: Array
    curvature: Array
    left: NDArray[np.int64]

    @property
    def flown(self) -> int:
        """How many balls have flown off."""
        return int((self.left >= 0).sum())

    def share_beyond(self, border: float) -> float:
        """Share of all balls that end with an x above `border`, and on the surface.

        Parameters
        ----------
        border : float
            Where the counting begins.
        """
        return float(((self.x[-1] > border) & (self.left < 0)).mean())


def steering(
    policy: OneCycle, schedule: str = ONE_CYCLE, momentum: float = 0.9
) -> tuple[Array, Array]:
    """Return the learning rate and the momentum of each step.

    Parameters
    ----------
    policy : OneCycle
        The cycle; a rival has its peak and its length.
    schedule : str, default 'one cycle'
        'one cycle', or one of `RIVALS`.
    momentum : float, default 0.9
        What stays where the momentum is not cycled.

    Examples
    --------
    >>> rate, momentum = steering(OneCycle(0.1, 4), "step")
    >>> rate.round(4).tolist(), momentum.tolist()
    ([0.1, 0.1, 0.01, 0.001], [0.9, 0.9, 0.9, 0.9])
    """
    if schedule == ONE_CYCLE:
        curve = policy.curve()
    else:
        curve = SCHEDULES[schedule](policy.max_lr, policy.total_steps).curve()
    rate = curve.lr
    return rate, np.full_like(rate, momentum) if curve.momentum is None else curve.momentum


def roll(
    surface: Surface,
    rate: Array,
    momentum: Array,
    noise: float = 1.0,
    balls: int = 200,
    seed: int = 0,
) -> Run:
    """Let balls roll: ``v = momentum * v + gradient; place -= rate * v``, as `torch.optim.SGD`.

    Parameters
    ----------
    surface : Surface
        What they roll on.
    rate, momentum : ndarray, shape (steps,)
        What each step uses.
    noise : float, default 1
        Times the surface's own noise.
    balls : int, default 200
        How many.
    seed : int, default 0
        For the noise, and for where they start.

    Examples
    --------
    A rate above 2 / curvature throws the balls out; momentum 0.9 allows 1.9 times as much:

    >>> from onecycle_widgets.surfaces import SURFACES
    >>> bowl, still, heavy = SURFACES["bowl"], np.zeros(200), np.full(200, 0.9)
    >>> [roll(bowl, np.full(200, rate), still).flown for rate in (0.08, 0.12)]
    [0, 200]
    >>> roll(bowl, np.full(200, 0.12), heavy).flown
    0
    """
    # To single precision: cosines differ between machines in the last digit, and between two wells
    # each step may double a difference. Rounded, they are the same, and so is what is counted.
    rate, momentum = (values.astype(np.float32).astype(np.float64) for values in (rate, momentum))
    steps = len(rate)
    bell = bells(seed, balls, steps + 1)
    x = surface.start[0] + surface.spread[0] * bell[0, :, 0]
    y = surface.start[1] + surface.spread[1] * bell[0, :, 1]
    sx, sy = noise * surface.noise[0], noise * surface.noise[1]
    x_from, x_to, y_from, y_to = surface.box
    vx, vy = np.zeros(balls), np.zeros(balls)
    xs, ys = np.empty((steps + 1, balls)), np.empty((steps + 1, balls))
    losses, curvature = np.empty(steps + 1), np.empty(steps + 1)
    left, on = np.full(balls, -1), np.ones(balls, bool)
    for step in range(steps + 1):
        here = surface.at(x, y)
        xs[step], ys[step] = x, y
        losses[step] = here.loss.mean()
        curvature[step] = here.curvature[on].mean() if on.any() else np.nan
        if step == steps:
            break
        vx = momentum[step] * vx + (here.gx + sx * bell[step + 1, :, 0])
        vy = momentum[step] * vy + (here.gy + sy * bell[step + 1, :, 1])
        to_x, to_y = x - rate[step] * vx, y - rate[step] * vy
        out = on & ((to_x < x_from) | (to_x > x_to) | (to_y < y_from) | (to_y > y_to))
        left[out] = step + 1
        # Who leaves stays at the border of the box, and moves no more.
        x = np.where(on, np.minimum(np.maximum(to_x, x_from), x_to), x)
        y = np.where(on, np.minimum(np.maximum(to_y, y_from), y_to), y)
        on &= ~out
    return Run(rate, momentum, xs, ys, losses, curvature, left)
