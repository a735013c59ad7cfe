"""One cycle with parts taken out: the schedules of an ablation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .baselines import PAPERS, Step
from .curve import Curve
from .one_cycle import OneCycle

PARTS = ("warmup", "smooth", "cycled")


@dataclass(frozen=True)
class Ablated:
    """torch's default one cycle with or without its warm-up, smooth fall and cycled momentum.

    Parameters
    ----------
    max_lr : float
        The highest learning rate.
    total_steps : int
        Number of optimizer steps.
    warmup : bool, default True
        Whether the rate rises to `max_lr`; else it is `max_lr` from the start until it falls.
    smooth : bool, default True
        Whether it falls along a cosine; else to a tenth after five, to a hundredth after seven
        eighths of all steps, as the Super-Convergence paper's baseline does.
    cycled : bool, default True
        Whether the momentum falls and rises again while the rate rises and falls; else it is left
        alone. Without a warm-up it begins at its lowest.

    Raises
    ------
    TypeError, ValueError
        When the rate or the number of steps is of the wrong kind or out of range.

    Examples
    --------
    >>> whole = Ablated(max_lr=0.1, total_steps=10)
    >>> bool((whole.curve().lr == OneCycle(max_lr=0.1, total_steps=10).curve().lr).all())
    True
    >>> bare = Ablated(max_lr=0.1, total_steps=8, warmup=False, smooth=False, cycled=False)
    >>> bare.curve().lr.round(6).tolist()
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001]
    """

    max_lr: float
    total_steps: int
    warmup: bool = True
    smooth: bool = True
    cycled: bool = True

    def __post_init__(self) -> None:
        OneCycle(self.max_lr, self.total_steps)  # refuses what is out of range

    def curve(self) -> Curve:
        """Learning rate at each step, and momentum where it is cycled."""
        return self.at(np.arange(self.total_steps))

    def at(self, steps: ArrayLike) -> Curve:
        """As `curve`, at some steps only.

        Parameters
        ----------
        steps : array_like of int
            Steps, counted from 0.
        """
        cycle = OneCycle(self.max_lr, self.total_steps)
        whole = cycle.at(steps)
        rising = whole.step < cycle.phases[-1].start  # where the annealing starts, the peak is
        lr, momentum = whole.lr.copy(), whole.momentum
        if not self.smooth:
            falling = Step(self.max_lr, self.total_steps, milestones=PAPERS).at(steps).lr
            lr = np.where(rising, lr, falling)
        if not self.warmup:
            lr[rising] = self.max_lr
        if not self.cycled:
            momentum = None
        elif not self.warmup:
            assert momentum is not None
            momentum = np.where(rising, cycle.base_momentum, momentum)
        return Curve(lr, momentum, whole.at)

    def arguments(self) -> dict[str, Any]:
        """The arguments, by name, as plain values."""
        return {name: getattr(self, name) for name in ("max_lr", "total_steps", *PARTS)}
