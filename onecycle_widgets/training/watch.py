"""What torch's optimizers step with, noted while a loop of somebody else's trains."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook

from .step import momentum_of

Array = NDArray[np.float64]


class Steps:
    """Learning rate and momentum of each step that was taken; `watched` makes one.

    Examples
    --------
    >>> Steps()
    Steps(0)
    """

    def __init__(self) -> None:
        self._optimizers: list[Optimizer] = []
        self._rates: list[list[float]] = []
        self._momenta: list[list[float]] = []

    def note(self, optimizer: Optimizer) -> None:
        """Note what an optimizer is about to step with.

        Examples
        --------
        >>> import torch
        >>> steps = Steps()
        >>> steps.note(torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.5, momentum=0.9))
        >>> steps, steps.lr, steps.momentum
        (Steps(1), array([0.5]), array([0.9]))
        """
        if not any(known is optimizer for known in self._optimizers):
            self._optimizers.append(optimizer)
        self._rates.append([float(group["lr"]) for group in optimizer.param_groups])
        self._momenta.append([momentum_of(group) for group in optimizer.param_groups])

    @property
    def lr(self) -> Array:
        """The rate of each step, shape (steps,) or (groups, steps)."""
        return by_group(self._of_one(self._rates))

    @property
    def momentum(self) -> Array:
        """The momentum (Adam's beta1; NaN without either), of the same shape."""
        return by_group(self._of_one(self._momenta))

    def _of_one(self, rows: list[list[float]]) -> list[list[float]]:
        if len(self._optimizers) > 1:
            raise ValueError(
                f"{len(self._optimizers)} optimizers took steps: name the one to watch, as in "
                "watched(optimizer)"
            )
        return rows

    def __repr__(self) -> str:
        return f"Steps({len(self._rates)})"


def by_group(rows: Sequence[Sequence[float]]) -> Array:
    """Return one value a step and parameter group as (groups, steps), or (steps,) of one group.

    Parameters
    ----------
    rows : sequence of sequence of float
        For each step its values; a group that joins on the way has NaN before.

    Examples
    --------
    >>> by_group([[1.0], [2.0]])
    array([1., 2.])
    >>> by_group([[1.0], [2.0, 0.5]])
    array([[1. , 2. ],
           [nan, 0.5]])
    """
    columns = np.array(list(zip_longest(*rows, fillvalue=np.nan)), float)
    return columns[0] if len(columns) == 1 else columns


@contextmanager
def watched(optimizer: Optimizer | None = None) -> Iterator[Steps]:
    """Note the rate and the momentum of every optimizer step, whoever's loop takes it.

    It works in every framework that steps torch's optimizers. A step that a gradient scaler
    skips is not taken, and not noted; an optimizer that skips it itself (``fused=True`` on a
    GPU) is called all the same, and is.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer, optional
        The one to watch; default: any, as long as there is only one.

    Yields
    ------
    Steps
        Its `lr` and `momentum` are arrays, as in a `History`.

    Raises
    ------
    ValueError
        When `lr` or `momentum` is asked for and several optimizers took steps.

    Examples
    --------
    >>> import torch
    >>> from onecycle_widgets import OneCycle
    >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.1, momentum=0.9)
    >>> policy = OneCycle(max_lr=1.0, total_steps=10)
    >>> scheduler = policy.scheduler(optimizer)
    >>> with watched() as used:
    ...     for _ in range(10):
    ...         optimizer.step()
    ...         scheduler.step()
    >>> bool((used.lr == policy.curve().lr).all())
    True
    """
    steps = Steps()

    def note(stepping: Optimizer, *_: Any) -> None:
        if optimizer is None or stepping is optimizer:
            steps.note(stepping)

    hook = register_optimizer_step_pre_hook(note)
    try:
        yield steps
    finally:
        hook.remove()
