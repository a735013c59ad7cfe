"""What a member of a sweep is trained with."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from .. import checks
from ..policy.ablated import Ablated
from ..policy.baselines import SCHEDULES, Schedule
from ..policy.curve import Curve

KINDS: dict[str, Any] = {kind.__name__: kind for kind in SCHEDULES.values()}
KINDS["Ablated"] = Ablated
OPTIMIZERS = ("sgd", "adamw")


@dataclass(frozen=True)
class Setting:
    """One way to train: a schedule and what goes with it.

    Parameters
    ----------
    schedule : OneCycle or one of `onecycle_widgets.policy.baselines`
        Learning rate, number of optimizer steps, and momentum where it is cycled. Anything
        else with `total_steps` and `curve()` trains too, but cannot be saved.
    weight_decay : float, default 0
        As in the torch optimizer of that name: added to the gradient by SGD, decoupled in AdamW.
    momentum : float, default 0.9
        SGD's momentum, or AdamW's beta1, where the schedule does not cycle it.
    batch_size : int, default 64
        Samples in the batch of each step.
    optimizer : {'sgd', 'adamw'}, default 'sgd'
        `torch.optim.SGD` or `torch.optim.AdamW`, its remaining arguments at their defaults.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> from onecycle_widgets.policy.baselines import Step
    >>> cycle = Setting(OneCycle(max_lr=0.1, total_steps=500), weight_decay=1e-4)
    >>> stairs = Setting(Step(lr=0.05, total_steps=500), batch_size=32)
    >>> [(setting.kind, setting.peak, setting.used_momentum) for setting in (cycle, stairs)]
    [('OneCycle', 0.1, 'cycled'), ('Step', 0.05, 0.9)]
    """

    schedule: Schedule | Ablated
    weight_decay: float = 0.0
    momentum: float = 0.9
    batch_size: int = 64
    optimizer: str = "sgd"

    def __post_init__(self) -> None:
        if not callable(getattr(self.schedule, "curve", None)) or not hasattr(
            self.schedule, "total_steps"
        ):
            kinds = ", ".join(KINDS)
            raise TypeError(f"schedule must be one of {kinds}, got {checks.shown(self.schedule)}")
        if self._first().lr.ndim != 1:
            raise ValueError(
                f"schedule must have one parameter group, got {checks.shown(self.schedule)}"
            )
        decay = checks.number("weight_decay", self.weight_decay)
        if decay < 0:
            raise ValueError(f"weight_decay must be 0 or more, got {checks.shown(decay)}")
        object.__setattr__(self, "weight_decay", decay)
        object.__setattr__(self, "momentum", checks.momentum("momentum", self.momentum))
        object.__setattr__(self, "batch_size", checks.whole("batch_size", self.batch_size))
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(
                f"optimizer must be one of {OPTIMIZERS}, got {checks.shown(self.optimizer)}"
            )

    @property
    def total_steps(self) -> int:
        """Optimizer steps."""
        return self.schedule.total_steps

    @property
    def peak(self) -> float:
        """The schedule's learning rate by name: `max_lr` of a cycle, `lr` of the others."""
        return float(getattr(self.schedule, "max_lr", getattr(self.schedule, "lr", float("nan"))))

    @property
    def kind(self) -> str:
        """Name of the schedule's class, such as 'OneCycle' or 'Step'."""
        return type(self.schedule).__name__

    def _first(self) -> Curve:
        """The schedule's first step, which tells whether there are groups and cycled momentum."""
        if hasattr(self.schedule, "at"):
            return self.schedule.at([0])
        return self.schedule.curve()

    @property
    def used_momentum(self) -> float | str:
        """The constant momentum, or 'cycled' where the schedule moves it."""
        return self.momentum if self._first().momentum is None else "cycled"

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> Optimizer:
        """Return torch's optimizer for one model alone; its rate is the schedule's to set.

        Examples
        --------
        >>> from onecycle_widgets import OneCycle
        >>> setting = Setting(OneCycle(max_lr=0.1, total_steps=500), optimizer="adamw")
        >>> type(setting.make_optimizer(nn.Linear(2, 2).parameters())).__name__
        'AdamW'
        """
        lr = float(self._first().lr[0])
        if self.optimizer == "adamw":
            betas = (self.momentum, 0.999)
            return AdamW(parameters, lr=lr, betas=betas, weight_decay=self.weight_decay)
        return SGD(parameters, lr=lr, momentum=self.momentum, weight_decay=self.weight_decay)

    def as_dict(self) -> dict[str, Any]:
        """The setting as plain values that JSON can hold; `from_dict` reads them.

        Raises
        ------
        TypeError
            When the schedule is none of ours.

        Examples
        --------
        >>> from onecycle_widgets import OneCycle
        >>> setting = Setting(OneCycle(max_lr=0.1, total_steps=500))
        >>> setting.as_dict()["schedule"]
        {'kind': 'OneCycle', 'max_lr': 0.1, 'total_steps': 500}
        """
        if self.kind not in KINDS:
            raise TypeError(f"a schedule of type {self.kind} cannot be saved")
        others = ("weight_decay", "momentum", "batch_size", "optimizer")
        schedule = {"kind": self.kind, **self.schedule.arguments()}
        return {"schedule": schedule, **{name: getattr(self, name) for name in others}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Setting":
        """Return the setting that `as_dict` described.

        Examples
        --------
        >>> from onecycle_widgets import OneCycle
        >>> setting = Setting(OneCycle(max_lr=0.1, total_steps=500))
        >>> Setting.from_dict(setting.as_dict()) == setting
        True
        """
        arguments = dict(values["schedule"])
        schedule = KINDS[arguments.pop("kind")](**arguments)
        return cls(**{**values, "schedule": schedule})
