"""What the schedules in `baselines` share: a warm-up, then a fall of the learning rate."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .. import checks, lazy
from . import code, rules
from .curve import Array, Curve

if TYPE_CHECKING:
    from torch.optim import Optimizer

Call = tuple[str, dict[str, Any]]
"""A class of `torch.optim.lr_scheduler`, and its arguments after the optimizer."""


@lru_cache(maxsize=1024)  # thousands of candidates ask for few of them
def steps_in(share: float, total_steps: int) -> int:
    """Return ``floor(share * total_steps)`` of the decimal number that `share` is written as.

    Examples
    --------
    In floating point, 0.29 * 100 is a little less than 29:

    >>> steps_in(0.29, 100), int(0.29 * 100)
    (29, 28)
    """
    return math.floor(Fraction(repr(share)) * total_steps)


@dataclass(frozen=True, repr=False)
class Falling:
    """A learning rate that never rises after its warm-up, if any; momentum is left alone.

    With ``k = floor(warmup * total_steps)``, the rate of step ``i``, counted from 0, is
    ``lr * (i + 1) / (k + 1)`` while ``i < k``: a straight line that reaches `lr` at step ``k``.
    The fall has the remaining ``total_steps - k`` steps, at least one.

    Parameters
    ----------
    lr : float
        The highest learning rate; without a warm-up, the first.
    total_steps : int
        Number of optimizer steps.
    warmup : float, default 0
        Share of the steps, in [0, 1), during which the rate rises to `lr`.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    A schedule of your own says what share of the rate is left after so many steps of its fall:

    >>> class Root(Falling):
    ...     def factor(self, step):
    ...         return 1 / np.sqrt(1 + step)
    >>> Root(lr=0.1, total_steps=4).curve().lr.round(4).tolist()
    [0.1, 0.0707, 0.0577, 0.05]
    >>> Root(lr=0.1, total_steps=4, warmup=0.5).curve().lr.round(4).tolist()
    [0.0333, 0.0667, 0.1, 0.0707]
    """

    lr: float
    total_steps: int
    warmup: float = 0.0

    def __post_init__(self) -> None:
        self._set("lr", checks.positive("lr", self.lr))
        self._set("total_steps", checks.whole("total_steps", self.total_steps))
        # The range of a momentum, [0, 1): a share of 1 would leave no step for the fall.
        self._set("warmup", checks.momentum("warmup", self.warmup))

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def warmup_steps(self) -> int:
        """Number of steps below `lr` at the start: ``floor(warmup * total_steps)``.

        Examples
        --------
        >>> Falling(lr=0.1, total_steps=25, warmup=0.1).warmup_steps
        2
        """
        return steps_in(self.warmup, self.total_steps)

    def factor(self, step: Array) -> Array:
        """Share of `lr` that is left after `step` steps of the fall; same shape as `step`."""
        raise NotImplementedError(f"{type(self).__name__} has no factor(step)")

    def formula(self) -> str:
        """`factor` in plain Python: an expression of ``step``, counted from the warm-up's start.

        `code` writes it down; it may use ``math``.
        """
        raise NotImplementedError(f"{type(self).__name__} has no formula(), which code() needs")

    def share(self, step: Array) -> Array:
        """Share of `lr` at each step, warm-up and fall; same shape as `step`.

        Examples
        --------
        >>> from onecycle_widgets.policy.baselines import Linear
        >>> Linear(lr=0.1, total_steps=6, warmup=0.5).share(np.arange(6.0)).round(2).tolist()
        [0.25, 0.5, 0.75, 1.0, 0.67, 0.33]
        """
        rising = float(self.warmup_steps)  # NumPy 1 takes no larger int than 64 bits hold
        if not rising:
            return self.factor(step)
        fall = self.factor(np.maximum(step - rising, 0.0))
        return np.where(step < rising, (step + 1) / (rising + 1), fall)

    def curve(self) -> Curve:
        """Learning rate at each optimizer step; `momentum` is None.

        Examples
        --------
        >>> from onecycle_widgets.policy.baselines import Linear
        >>> Linear(lr=0.1, total_steps=5).curve().lr.round(6).tolist()
        [0.1, 0.08, 0.06, 0.04, 0.02]
        """
        return Curve(self.lr * self.share(np.arange(self.total_steps, dtype=np.float64)), None)

    def at(self, steps: ArrayLike) -> Curve:
        """Learning rate at some steps only, shape (points,); `momentum` is None.

        Parameters
        ----------
        steps : array_like, shape (points,)
            Numbers from 0 to ``total_steps - 1``, in rising order.

        Raises
        ------
        TypeError, ValueError
            When the steps are not such numbers.

        Examples
        --------
        >>> from onecycle_widgets.policy.baselines import Cosine
        >>> Cosine(lr=0.1, total_steps=1000).at([0, 500]).lr.round(6).tolist()
        [0.1, 0.05]
        """
        asked, values = rules.check_steps(steps, self.total_steps - 1)
        return Curve(self.lr * self.share(values), None, asked)

    def scheduler(self, optimizer: "Optimizer") -> Any:
        """Return torch's scheduler of this shape; sets the optimizer's rate to `lr` first.

        It is a `LambdaLR` over `share` where torch has no class of exactly this shape.

        Examples
        --------
        >>> import torch
        >>> from onecycle_widgets.policy.baselines import Step
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        >>> type(Step(lr=0.1, total_steps=100).scheduler(optimizer)).__name__
        'MultiStepLR'
        >>> optimizer.param_groups[0]["lr"]
        0.1
        """
        with lazy.told(f"{type(self).__name__}.scheduler"):
            from torch.optim import lr_scheduler
        for group in optimizer.param_groups:
            # torch starts from the initial rate, which an earlier scheduler may have left.
            group["lr"] = group["initial_lr"] = self.lr
        call = self._torch()
        if call is None:
            # A plain function: torch would save the attributes of any other callable.
            return lr_scheduler.LambdaLR(optimizer, lambda step: float(self.share(np.array(step))))
        name, arguments = call
        return getattr(lr_scheduler, name)(optimizer, **arguments)

    def _torch(self) -> Call | None:
        """Torch's class of exactly this shape, if it has one."""
        return None

    def code(self) -> str:
        """What makes this scheduler in plain torch, to copy into a training script.

        The text needs the names ``torch`` and ``optimizer`` and binds ``scheduler``.

        Examples
        --------
        >>> from onecycle_widgets.policy.baselines import Cosine
        >>> print(Cosine(lr=0.1, total_steps=100).code())
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"] = 0.1
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimizer,
            T_max=100,
        )

        What torch has no class for is a function of the step:

        >>> print(Cosine(lr=0.1, total_steps=100, warmup=0.1).code())
        import math
        <BLANKLINE>
        <BLANKLINE>
        def share(step):
            if step < 10:
                return (step + 1) / 11
            return (1 + math.cos(math.pi * (step - 10) / 90)) / 2
        <BLANKLINE>
        <BLANKLINE>
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"] = 0.1
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer,
            lr_lambda=share,
        )
        """
        call = self._torch()
        if call is None:
            above, text = self._function(), code.torch_call("LambdaLR", {"lr_lambda": "share"})
        else:
            name, arguments = call
            above, text = "", code.torch_call(name, {k: repr(v) for k, v in arguments.items()})
        lines = [
            "for group in optimizer.param_groups:",
            f'    group["lr"] = group["initial_lr"] = {self.lr!r}',
            text,
        ]
        return above + "\n".join(lines)

    def _function(self) -> str:
        """`share` in plain Python, with the import that it needs."""
        rising, formula = self.warmup_steps, self.formula()
        lines = ["import math", "", ""] if "math." in formula else []
        lines.append("def share(step):")
        if rising:
            lines += [f"    if step < {rising}:", f"        return (step + 1) / {rising + 1}"]
        return "\n".join([*lines, f"    return {formula}", "", "", ""])

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from the defaults, by name, as plain values for JSON.

        Examples
        --------
        >>> from onecycle_widgets.policy.baselines import Step
        >>> Step(0.1, 100, milestones=(0.625, 0.875), gamma=0.1).arguments()
        {'lr': 0.1, 'total_steps': 100, 'milestones': [0.625, 0.875]}
        """
        return code.differing(self)

    def __repr__(self) -> str:
        return code.written(type(self).__name__, self.arguments())
