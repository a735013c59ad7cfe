"""The schedules that the 1cycle policy is compared with: values that yield a curve."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from .curve import Array, Curve
from .falling import Call, Falling, steps_in
from .one_cycle import OneCycle
from .warmed_up import InverseSquareRoot, WarmupStableDecay

if TYPE_CHECKING:
    from torch.optim import Optimizer

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "Falling",
    "InverseSquareRoot",
    "Linear",
    "Make",
    "Schedule",
    "Step",
    "WarmupStableDecay",
]


class Schedule(Protocol):
    """What `OneCycle` and the schedules here have in common.

    Examples
    --------
    >>> schedules: list[Schedule] = [OneCycle(0.1, 100), Cosine(0.1, 100)]
    >>> [len(schedule.curve().lr) for schedule in schedules]
    [100, 100]
    """

    @property
    def total_steps(self) -> int:
        """Number of optimizer steps."""

    def curve(self) -> Curve:
        """Learning rate, and momentum where it is cycled, at each step."""

    def at(self, steps: ArrayLike) -> Curve:
        """As `curve`, at some steps only."""

    def scheduler(self, optimizer: "Optimizer") -> Any:
        """Return the torch scheduler that does the same, bound to `optimizer`."""

    def code(self) -> str:
        """The same scheduler as plain torch, to copy into a training script."""

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from the defaults, by name, as plain values."""


class Constant(Falling):
    """The rate stays: `torch.optim.lr_scheduler.ConstantLR`; with a warm-up, `LinearLR`.

    Parameters
    ----------
    lr : float
        The highest learning rate; without a warm-up, the first.
    total_steps : int
        Number of optimizer steps.
    warmup : float, default 0
        Share of the steps, in [0, 1), during which the rate rises to `lr` in a line (`Falling`).

    Examples
    --------
    >>> Constant(lr=0.1, total_steps=3).curve().lr.tolist()
    [0.1, 0.1, 0.1]
    >>> Constant(lr=0.1, total_steps=6, warmup=0.5).curve().lr.round(6).tolist()
    [0.025, 0.05, 0.075, 0.1, 0.1, 0.1]
    """

    def factor(self, step: Array) -> Array:
        """One, throughout."""
        return np.ones_like(step)

    def _torch(self) -> Call:
        rising = self.warmup_steps
        if not rising:
            return "ConstantLR", {"factor": 1.0, "total_iters": 0}
        return "LinearLR", {"start_factor": 1 / (rising + 1), "total_iters": rising}


PAPERS = (5 / 8, 7 / 8)  # milestones of arXiv:1708.07120, from its published solver files


@dataclass(frozen=True, repr=False)
class Step(Falling):
    """Piecewise constant: a tenth after a half, a hundredth after three quarters of the steps.

    After ``n`` of the milestones, the rate is ``lr * gamma**n``. A milestone takes effect at step
    ``floor(milestone * total_steps)``, counted from 0, but never before the step after the one
    that first has `lr`. Without a warm-up it is `torch.optim.lr_scheduler.MultiStepLR`.

    Parameters
    ----------
    lr : float
        The highest learning rate; without a warm-up, the first.
    total_steps : int
        Number of optimizer steps.
    warmup : float, default 0
        Share of the steps, in [0, 1), during which the rate rises to `lr` in a line (`Falling`).
    milestones : sequence of float, default (0.5, 0.75)
        Where the rate falls: shares of all steps, warm-up included, in (0, 1), rising and above
        `warmup`. The paper's baseline has (0.625, 0.875) (arXiv:1708.07120, published solver
        files).
    gamma : float, default 0.1
        What the rate is multiplied by at each of them, in [0, 1].

    Examples
    --------
    >>> Step(lr=0.1, total_steps=8).curve().lr.round(6).tolist()
    [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
    >>> Step(lr=0.1, total_steps=8, milestones=[0.625, 0.875]).curve().lr.round(6).tolist()
    [0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001]
    """

    milestones: tuple[float, ...] = (0.5, 0.75)
    gamma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("milestones", _milestones(self.milestones))
        self._set("gamma", checks.fraction("gamma", self.gamma))
        if self.warmup >= self.milestones[0]:
            raise ValueError(
                f"warmup must be below the first of the milestones, {self.milestones[0]!r}, "
                f"got {self.warmup!r}"
            )

    def _falls(self) -> list[int]:
        """The steps at which the rate falls."""
        soonest = self.warmup_steps + 1
        return [max(soonest, steps_in(share, self.total_steps)) for share in self.milestones]

    def factor(self, step: Array) -> Array:
        """``gamma`` to the power of the number of milestones that lie behind."""
        passed = np.zeros_like(step)
        for fall in self._falls():
            passed = passed + (step >= float(fall - self.warmup_steps))
        return np.power(self.gamma, passed)

    def formula(self) -> str:
        """As `factor`: a sum of comparisons counts the milestones."""
        passed = " + ".join(f"(step >= {fall})" for fall in self._falls())
        return f"{self.gamma!r} ** ({passed})"

    def _torch(self) -> Call | None:
        if self.warmup_steps:
            return None
        return "MultiStepLR", {"milestones": self._falls(), "gamma": self.gamma}


def _milestones(value: Any) -> tuple[float, ...]:
    """Return them as a tuple, or say what is wrong."""
    allowed = "milestones must be a list of numbers in (0, 1), in rising order, got "
    listed = value.tolist() if getattr(value, "ndim", None) == 1 else value
    if not isinstance(listed, (list, tuple)):
        raise TypeError(f"{allowed}{checks.shown(value)} ({type(value).__name__})")
    shares = [checks.fraction(f"milestones[{index}]", share) for index, share in enumerate(listed)]
    if not shares or any(share >= later for share, later in pairwise([0.0, *shares, 1.0])):
        raise ValueError(f"{allowed}{checks.shown(value)}")
    return tuple(shares)


@dataclass(frozen=True, repr=False)
class _ToFloor(Falling):
    """A fall from `lr` to `floor * lr`, which would be reached at step `total_steps`."""

    floor: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set("floor", checks.fraction("floor", self.floor))

    def _above(self, share: Any) -> Any:
        """Move a fall from 1 to 0 up to the floor."""
        return self.floor + (1 - self.floor) * share if self.floor else share

    def _above_formula(self, share: str) -> str:
        return f"{self.floor!r} + (1 - {self.floor!r}) * {share}" if self.floor else share

    def _span(self) -> tuple[str, int]:
        """Steps since the warm-up, as code, and the steps of the fall."""
        rising = self.warmup_steps
        return f"(step - {rising})" if rising else "step", self.total_steps - rising


class Cosine(_ToFloor):
    """Half a cosine from `lr` down to `floor * lr`.

    After ``s`` of the ``n = total_steps - warmup_steps`` steps of the fall, the rate is
    ``lr * (floor + (1 - floor) * (1 + cos(pi s / n)) / 2)``. Without a warm-up it is
    `torch.optim.lr_scheduler.CosineAnnealingLR`.

    Parameters
    ----------
    lr : float
        The highest learning rate; without a warm-up, the first.
    total_steps : int
        Number of optimizer steps.
    warmup : float, default 0
        Share of the steps, in [0, 1), during which the rate rises to `lr` in a line (`Falling`).
    floor : float, default 0
        Share of `lr`, in [0, 1], that it falls towards: the step after the last would have it.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR", arXiv:1608.03983, without restarts.

    Examples
    --------
    >>> Cosine(lr=0.1, total_steps=4).curve().lr.round(4).tolist()
    [0.1, 0.0854, 0.05, 0.0146]
    >>> Cosine(lr=0.1, total_steps=4, floor=0.1).curve().lr.round(4).tolist()
    [0.1, 0.0868, 0.055, 0.0232]
    """

    def factor(self, step: Array) -> Array:
        """``floor + (1 - floor) * (1 + cos(pi step / n)) / 2``."""
        falling = float(self.total_steps - self.warmup_steps)
        result: Array = self._above((1 + np.cos(np.pi * step / falling)) / 2)
        return result

    def formula(self) -> str:
        """As `factor`."""
        step, falling = self._span()
        return self._above_formula(f"(1 + math.cos(math.pi * {step} / {falling})) / 2")

    def _torch(self) -> Call | None:
        if self.warmup_steps:
            return None
        lowest = {"eta_min": self.floor * self.lr} if self.floor else {}
        return "CosineAnnealingLR", {"T_max": self.total_steps, **lowest}


class Linear(_ToFloor):
    """A straight line from `lr` down to `floor * lr`.

    After ``s`` of the ``n = total_steps - warmup_steps`` steps of the fall, the rate is
    ``lr * (floor + (1 - floor) * (1 - s / n))``. Without a warm-up it is
    `torch.optim.lr_scheduler.LinearLR`.

    Parameters
    ----------
    lr : float
        The highest learning rate; without a warm-up, the first.
    total_steps : int
        Number of optimizer steps.
    warmup : float, default 0
        Share of the steps, in [0, 1), during which the rate rises to `lr` in a line (`Falling`).
    floor : float, default 0
        Share of `lr`, in [0, 1], that it falls towards: the step after the last would have it.

    Examples
    --------
    >>> Linear(lr=0.1, total_steps=4).curve().lr.round(6).tolist()
    [0.1, 0.075, 0.05, 0.025]
    >>> Linear(lr=0.1, total_steps=4, floor=0.2).curve().lr.round(6).tolist()
    [0.1, 0.08, 0.06, 0.04]
    """

    def factor(self, step: Array) -> Array:
        """``floor + (1 - floor) * (1 - step / n)``; from the end on, `floor`."""
        falling = float(self.total_steps - self.warmup_steps)
        result: Array = self._above(1 - np.minimum(step / falling, 1))
        return result

    def formula(self) -> str:
        """As `factor`."""
        step, falling = self._span()
        return self._above_formula(f"(1 - min({step} / {falling}, 1))")

    def _torch(self) -> Call | None:
        if self.warmup_steps:
            return None
        ends = {"start_factor": 1.0, "end_factor": self.floor}
        return "LinearLR", {**ends, "total_iters": self.total_steps}


Make = Callable[..., Schedule]
"""Makes a schedule of its highest learning rate, its number of steps, and its shape."""

SCHEDULES: dict[str, Make] = {
    "one cycle": OneCycle,
    "step": Step,
    "cosine": Cosine,
    "linear": Linear,
    "constant": Constant,
    "warm-up, stable, decay": WarmupStableDecay,
    "inverse square root": InverseSquareRoot,
}
"""Every schedule, by the name that figures and tables show."""
