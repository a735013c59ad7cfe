"""`OneCycleLR`: torch's scheduler, with the checks and the manners that torch's lacks."""

import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.optim import Optimizer

from .. import checks
from .one_cycle import OneCycle


class OneCycleLR(torch.optim.lr_scheduler.OneCycleLR):
    """Drop-in for `torch.optim.lr_scheduler.OneCycleLR`, with its every parameter and method.

    Where torch is sound the numbers are torch's, bit for bit. It differs in this:

    * Arguments are checked as `OneCycle` checks them; torch accepts NaN, negative
      rates and momenta above 1, fails with ``ZeroDivisionError`` for
      ``pct_start * total_steps == 1`` and ``pct_start == 1``, and silently never
      anneals for ``three_phase`` with ``pct_start > 0.5``.
    * The call of `step` after the last batch, which ordinary loops make, holds the
      final values. Torch goes back up the cosine there, or to a negative learning
      rate with 'linear'. A further call raises ValueError, as in torch, but changes
      nothing.
    * ``verbose`` and `print_lr`, removed from torch 2.7, work as they were documented.
    * `load_state_dict` puts the learning rate and the momentum of the saved step
      into the optimizer at once, so the order of loading does not matter, and
      copies the state instead of sharing it. In torch the next step runs with the
      first rate of the cycle when the optimizer's state was loaded earlier.
    * ``last_epoch`` works with a fresh optimizer too (torch: ``KeyError``).
    * A parameter group that joins after creation gives a clear error.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        What is steered: its learning rate, and its momentum or beta1 when `cycle_momentum`
        is True, are replaced by the schedule's.
    max_lr, total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy, cycle_momentum, \
base_momentum, max_momentum, div_factor, final_div_factor, three_phase
        As in `OneCycle`. Lists must have one value for each parameter group.
    last_epoch : int, default -1
        To resume: index, from 0, of the last batch that was trained. After n
        optimizer steps that is ``n - 1``.
    verbose : bool, default False
        Whether to print every new learning rate.

    Raises
    ------
    TypeError, ValueError
        As `OneCycle`; when a list's length is not the number of parameter groups;
        when the optimizer has neither momentum nor betas and `cycle_momentum` is True.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.zeros(1))
    >>> optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    >>> scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
    >>> rates = []
    >>> for batch in range(10):
    ...     rates.append(round(scheduler.get_last_lr()[0], 3))
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.004, 0.052, 0.1, 0.095, 0.081, 0.061, 0.039, 0.019, 0.005, 0.0]
    """

    verbose: bool

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
        verbose: bool = False,
    ) -> None:
        _check_kind(optimizer)
        arguments: dict[str, Any] = {
            "max_lr": max_lr,
            "total_steps": total_steps,
            "epochs": epochs,
            "steps_per_epoch": steps_per_epoch,
            "pct_start": pct_start,
            "anneal_strategy": anneal_strategy,
            "cycle_momentum": cycle_momentum,
            "base_momentum": base_momentum,
            "max_momentum": max_momentum,
            "div_factor": div_factor,
            "final_div_factor": final_div_factor,
            "three_phase": three_phase,
        }
        self._follow(OneCycle(**arguments), optimizer, last_epoch, verbose)

    @classmethod
    def of(
        cls, policy: OneCycle, optimizer: Optimizer, last_epoch: int = -1, verbose: bool = False
    ) -> "OneCycleLR":
        """Return the scheduler of a policy, which was checked, and warned of, when it was made.

        Parameters
        ----------
        policy : OneCycle
            The policy that the scheduler follows.
        optimizer, last_epoch, verbose
            As in `OneCycleLR`.

        Examples
        --------
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
        >>> OneCycleLR.of(OneCycle(max_lr=0.1, total_steps=10), optimizer).total_steps
        10
        """
        _check_kind(optimizer)
        scheduler = cls.__new__(cls)
        scheduler._follow(policy, optimizer, last_epoch, verbose)
        return scheduler

    def _follow(
        self, policy: OneCycle, optimizer: Optimizer, last_epoch: int, verbose: bool
    ) -> None:
        self.verbose = checks.flag("verbose", verbose)
        _check_optimizer(policy, optimizer)
        last_epoch = checks.whole("last_epoch", last_epoch, least=-1)
        if last_epoch >= policy.total_steps:
            raise ValueError(
                f"last_epoch must be below total_steps={policy.total_steps}, got {last_epoch}"
            )
        if last_epoch >= 0:
            # Torch reads the rates of a resumed cycle from the groups, and does not write them.
            _prepare_groups(policy, optimizer)
        settings: dict[str, Any] = {
            name: list(value) if isinstance(value, tuple) else value
            for name in _TORCH_NAMES
            if (value := getattr(policy, name)) is not None
        }
        super().__init__(optimizer, **settings, last_epoch=last_epoch)

    def get_lr(self) -> list[Any]:
        """Compute the learning rate of each group for the current step, as torch does.

        Use `get_last_lr` to look at it: like torch's, this method also sets the
        momentum. After the last step it holds that step's values.

        Returns
        -------
        list of float
            A rate for each parameter group.

        Raises
        ------
        ValueError
            When more steps were taken than the cycle has.
        """
        # Loops step once more after the last batch: torch's formula would leave the cycle there.
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(self._too_many_steps())
        self.last_epoch = min(step, self.total_steps - 1)
        try:
            return super().get_lr()
        finally:
            self.last_epoch = step

    def step(self, epoch: int | None = None) -> None:
        """Move on by one batch: call it once after every `optimizer.step()`.

        Parameters
        ----------
        epoch : int, optional
            Number of the step to jump to; deprecated by torch.

        Raises
        ------
        ValueError
            When called more than `total_steps` times, or when a parameter group
            was added after the scheduler was made. Nothing is changed then.

        Examples
        --------
        The call after the last batch, which an ordinary loop makes, holds the end of the cycle:

        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], momentum=0.9)
        >>> scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
        >>> for batch in range(10):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> f"{scheduler.get_last_lr()[0]:.1e}"
        '4.0e-07'
        """
        if (self.last_epoch + 1 if epoch is None else epoch) > self.total_steps:
            raise ValueError(self._too_many_steps())
        for index, group in enumerate(self.optimizer.param_groups):
            if "max_lr" not in group:
                raise ValueError(
                    f"parameter group {index} knows no schedule: it was added, or the "
                    "optimizer's state was loaded, after this scheduler was made; make the "
                    "scheduler afterwards, or give the group 'initial_lr', 'max_lr', 'min_lr', "
                    "'base_momentum' and 'max_momentum'"
                )
        super().step() if epoch is None else super().step(epoch)
        for index, lr in enumerate(self._last_lr):
            self.print_lr(self.verbose, index, lr, epoch)

    def print_lr(self, is_verbose: bool, group: int, lr: Any, epoch: float | None = None) -> None:
        """Display the current learning rate (documented in torch until 2.6).

        Parameters
        ----------
        is_verbose : bool
            Whether to print at all.
        group : int
            Index of the parameter group.
        lr : float
            The learning rate to show.
        epoch : int or float, optional
            Number of the epoch, shown as well when given.

        Examples
        --------
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], momentum=0.9)
        >>> scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
        >>> scheduler.print_lr(True, group=0, lr=0.004)
        Adjusting learning rate of group 0 to 4.0000e-03.
        """
        if not is_verbose:
            return
        if epoch is None:
            print(f"Adjusting learning rate of group {group} to {lr:.4e}.")
        else:
            shown = f"{epoch:.2f}" if isinstance(epoch, float) else f"{epoch:05d}"
            print(f"Epoch {shown}: adjusting learning rate of group {group} to {lr:.4e}.")

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the scheduler's state: plain data, `torch.load(weights_only=True)` safe.

        It can also be loaded into torch's own class.

        Examples
        --------
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], momentum=0.9)
        >>> state = OneCycleLR(optimizer, max_lr=0.1, total_steps=10).state_dict()
        >>> state["total_steps"], state["last_epoch"]
        (10, 0)
        """
        state = {key: value for key, value in self.__dict__.items() if key != "optimizer"}
        return copy.deepcopy(state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a state that `state_dict` returned, ours or torch's; the optimizer follows at once.

        Parameters
        ----------
        state_dict : dict
            The saved state. As in torch, the saved schedule wins over this
            object's arguments.

        Warns
        -----
        UserWarning
            When the saved number of steps is another: a cycle cannot be extended.

        Examples
        --------
        Resumed after two steps, the optimizer has its rate of the third at once:

        >>> def start():
        ...     optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], momentum=0.9)
        ...     return optimizer, OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
        >>> optimizer, scheduler = start()
        >>> for batch in range(2):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> resumed_optimizer, resumed = start()
        >>> resumed.load_state_dict(scheduler.state_dict())
        >>> round(resumed_optimizer.param_groups[0]["lr"], 6)
        0.1
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"state_dict must be a dictionary, got {type(state_dict).__name__}")
        if missing := [name for name in ("total_steps", "last_epoch") if name not in state_dict]:
            raise ValueError(
                f"state_dict must be a OneCycleLR's, got one without {' and '.join(missing)}: "
                f"{checks.shown(sorted(map(str, state_dict)))}"
            )
        saved = state_dict["total_steps"]
        if saved != self.total_steps:
            checks.warn(
                f"the loaded state has total_steps={saved!r}, this scheduler was made with "
                f"{self.total_steps}: the loaded schedule is used. A cycle cannot be extended; "
                "to train longer start a new cycle"
            )
        super().load_state_dict(copy.deepcopy(state_dict))
        with warnings.catch_warnings():
            # get_lr warns when it is called outside step; its side effect, momentum, is wanted.
            warnings.simplefilter("ignore")
            rates = self.get_lr()
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(lr)
            else:
                group["lr"] = lr

    def _too_many_steps(self) -> str:
        return (
            f"Tried to step {self.total_steps + 1} times, but total_steps={self.total_steps}: "
            "call scheduler.step() once per optimizer.step(), and set total_steps to the number "
            "of optimizer steps (len(loader) * epochs, fewer with gradient accumulation)"
        )


_TORCH_NAMES = (
    "max_lr",
    "total_steps",
    "pct_start",
    "anneal_strategy",
    "cycle_momentum",
    "base_momentum",
    "max_momentum",
    "div_factor",
    "final_div_factor",
    "three_phase",
)


def _check_kind(optimizer: object) -> None:
    if not isinstance(optimizer, Optimizer):
        kind = type(optimizer).__name__
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {kind}")


def _check_optimizer(policy: OneCycle, optimizer: Optimizer) -> None:
    have = len(optimizer.param_groups)
    for name in ("max_lr", "base_momentum", "max_momentum"):
        value = getattr(policy, name)
        if isinstance(value, tuple) and len(value) != have:
            raise ValueError(
                f"{name} must have one value for each of the optimizer's {have} parameter "
                f"group(s), got {len(value)}: {checks.shown(list(value))}"
            )
    if policy.cycle_momentum and not {"momentum", "betas"} & set(optimizer.defaults):
        raise ValueError(
            f"{type(optimizer).__name__} has neither momentum nor betas to cycle: "
            "pass cycle_momentum=False"
        )


def _prepare_groups(policy: OneCycle, optimizer: Optimizer) -> None:
    """Give a fresh optimizer what a resumed one carries; keep, and compare, what is there."""
    fresh = torch.optim.SGD([{"params": [torch.zeros(1)]} for _ in optimizer.param_groups], lr=0.0)
    OneCycleLR.of(policy, fresh)
    keys = ["max_lr", "initial_lr", "min_lr"]
    if policy.cycle_momentum:
        keys += ["base_momentum", "max_momentum"]
    differing = []
    for index, group in enumerate(optimizer.param_groups):
        for key in keys:
            wanted = fresh.param_groups[index][key]
            if group.setdefault(key, wanted) != wanted:
                differing.append(
                    f"parameter group {index} was saved with {key}={group[key]!r}; the argument, "
                    f"{wanted!r}, is ignored when resuming with last_epoch"
                )
    if differing:
        checks.warn(differing[0])
