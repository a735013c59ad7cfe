"""Arguments of training and range test that are of the wrong kind are refused, by name."""

from collections.abc import Iterable
from typing import Any

from torch import nn


def check_loss(model: Any, loss_fn: Any, step: Any) -> None:
    """Refuse what gives no loss: no model, no function, or none that can be called.

    Parameters
    ----------
    model, loss_fn, step : object
        What was passed by these names; one of the functions may be None.

    Examples
    --------
    >>> check_loss(nn.Flatten(), loss_fn=5, step=None)
    Traceback (most recent call last):
    TypeError: loss_fn must be a function, got int
    """
    if loss_fn is None and step is None:
        raise TypeError("loss_fn must be a function when no step function is given, got None")
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    for name, function in (("loss_fn", loss_fn), ("step", step)):
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function, got {type(function).__name__}")


def check_optimizer(optimizer: Any) -> None:
    """Refuse what has no parameter groups.

    Examples
    --------
    >>> check_optimizer("sgd")
    Traceback (most recent call last):
    TypeError: optimizer must be a torch.optim.Optimizer, got str
    """
    if not hasattr(optimizer, "param_groups"):
        kind = type(optimizer).__name__
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {kind}")


def check_batches(name: str, batches: Any) -> None:
    """Refuse what cannot be iterated over; who gives a data set is told what makes batches of it.

    Examples
    --------
    >>> check_batches("val_batches", 5)
    Traceback (most recent call last):
    TypeError: val_batches must be an iterable of batches, got int
    """
    if not isinstance(batches, Iterable):
        kind = type(batches).__name__
        hint = "; put it into a DataLoader" if hasattr(batches, "__getitem__") else ""
        raise TypeError(f"{name} must be an iterable of batches, got {kind}{hint}")
