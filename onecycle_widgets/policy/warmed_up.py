"""Schedules that need a warm-up: those of the Transformer and of language models after it."""

from dataclasses import dataclass

import numpy as np

from .. import checks
from .curve import Array
from .falling import Falling, steps_in

COOLDOWNS = {"linear": lambda gone: 1 - gone, "1-sqrt": lambda gone: 1 - np.sqrt(gone)}
"""Share of the rate that is left when a share of the cool-down is gone."""


@dataclass(frozen=True, repr=False)
class WarmupStableDecay(Falling):
    """Warm-up, a constant rate, and a cool-down towards zero at the end.

    Step ``d = floor(decay_start * total_steps)`` is the last one with `lr`. When a share
    ``p = (i - d) / (total_steps - d)`` of the cool-down is gone, the rate is ``lr * (1 - p)`` or
    ``lr * (1 - sqrt(p))``. torch has no class for it: a `LambdaLR`.

    Parameters
    ----------
    lr : float
        The highest learning rate.
    total_steps : int
        Number of optimizer steps.
    warmup : float, default 0.1
        Share of the steps, in [0, 1), during which the rate rises to `lr` in a line (`Falling`).
    decay_start : float, default 0.7
        Share of all steps, warm-up included, after which the rate falls, in [warmup, 1).
    cooldown : {'linear', '1-sqrt'}, default 'linear'
        A straight line, or one minus the square root, which falls fast first.

    References
    ----------
    S. Hu and others, "MiniCPM", arXiv:2404.06395, names the three phases; its cool-down is
    exponential. A. Hägele and others, "Scaling Laws and Compute-Optimal Training Beyond Fixed
    Training Durations", arXiv:2405.18392, compares linear and 1-sqrt cool-downs.

    Examples
    --------
    >>> WarmupStableDecay(0.1, 8, warmup=0.25, decay_start=0.5).curve().lr.round(3).tolist()
    [0.033, 0.067, 0.1, 0.1, 0.1, 0.075, 0.05, 0.025]
    >>> root = WarmupStableDecay(0.1, 8, warmup=0.25, decay_start=0.5, cooldown="1-sqrt")
    >>> root.curve().lr.round(3).tolist()
    [0.033, 0.067, 0.1, 0.1, 0.1, 0.05, 0.029, 0.013]
    """

    warmup: float = 0.1
    decay_start: float = 0.7
    cooldown: str = "linear"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("decay_start", checks.momentum("decay_start", self.decay_start))
        if self.decay_start < self.warmup:
            raise ValueError(
                f"decay_start must be at least warmup, {self.warmup!r}, got {self.decay_start!r}"
            )
        if not isinstance(self.cooldown, str) or self.cooldown not in COOLDOWNS:
            raise ValueError(
                f"cooldown must be one of {tuple(COOLDOWNS)}, got {checks.shown(self.cooldown)}"
            )

    def _cooling(self) -> tuple[int, int]:
        """The step after which the rate falls, and the number of steps that are left then."""
        first = steps_in(self.decay_start, self.total_steps)
        return first, self.total_steps - first

    def factor(self, step: Array) -> Array:
        """``1`` up to the cool-down, then ``1 - p`` or ``1 - sqrt(p)``; from the end on, 0."""
        first, cooling = map(float, self._cooling())
        gone = np.clip((step + float(self.warmup_steps) - first) / cooling, 0, 1)
        result: Array = COOLDOWNS[self.cooldown](gone)
        return result

    def formula(self) -> str:
        """As `factor`."""
        first, cooling = map(float, self._cooling())
        gone = f"min(max(step - {first}, 0) / {cooling}, 1)"
        return f"1 - {gone}" if self.cooldown == "linear" else f"1 - math.sqrt({gone})"


@dataclass(frozen=True, repr=False)
class InverseSquareRoot(Falling):
    """The Transformer's schedule: a warm-up, then a fall with the root of the steps.

    With ``k = warmup_steps``, the rate of step ``i >= k`` is ``lr * sqrt((k + 1) / (i + 1))``.
    This is the paper's ``min(t**-0.5, t * w**-1.5)``, ``t = i + 1`` counted from 1 and
    ``w = k + 1``, scaled so that its highest value is `lr`. torch has no class for it: a
    `LambdaLR`.

    Parameters
    ----------
    lr : float
        The highest learning rate.
    total_steps : int
        Number of optimizer steps.
    warmup : float, default 0.1
        Share of the steps, in [0, 1), during which the rate rises to `lr` in a line (`Falling`).
        The longer, the slower is the fall, too.

    References
    ----------
    A. Vaswani and others, "Attention Is All You Need", arXiv:1706.03762, section 5.3.

    Examples
    --------
    >>> InverseSquareRoot(lr=0.1, total_steps=6, warmup=0.2).curve().lr.round(4).tolist()
    [0.05, 0.1, 0.0816, 0.0707, 0.0632, 0.0577]
    """

    warmup: float = 0.1

    def factor(self, step: Array) -> Array:
        """``sqrt((k + 1) / (k + 1 + step))``."""
        first = float(self.warmup_steps + 1)
        return np.sqrt(first / (first + step))

    def formula(self) -> str:
        """As `factor`."""
        return f"math.sqrt({self.warmup_steps + 1} / (step + 1))"
