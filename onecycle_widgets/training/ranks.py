"""Several processes that train one model: what one of them sees, all of them must agree on."""

import torch
from torch import distributed, nn

from .step import first_device


def together() -> bool:
    """Whether this process is one of several (a process group is up).

    Examples
    --------
    >>> together()
    False
    """
    return distributed.is_available() and distributed.is_initialized()


def rank() -> int:
    """Number of this process among them, from 0.

    Examples
    --------
    >>> rank()
    0
    """
    return distributed.get_rank() if together() else 0


def agreed(value: float, model: nn.Module) -> float:
    """Return the mean of a number over all processes, the same in each; NaN where one has NaN.

    Parameters
    ----------
    value : float
        What this process has.
    model : torch.nn.Module
        Its model: the number travels by way of that one's device.

    Examples
    --------
    >>> agreed(2.5, nn.Linear(1, 1))
    2.5
    """
    if not together():
        return value
    shared = torch.tensor([value], dtype=torch.float64, device=first_device(model))
    distributed.all_reduce(shared)
    return float(shared.item() / distributed.get_world_size())
