"""Arguments of training and range test that are of the wrong kind are refused, by name."""

from collections.abc import Iterable
from typing import Any

from torch import nn


def check_model(model: Any, **functions: Any) -> None:
    """Refuse what is no model, and functions that cannot be called.

    Parameters
    ----------
    model : object
        What was passed as a model.
    **functions : object
        What was passed as functions, by name; None is passed over.

    Examples
    --------
    >>> check_model(nn.Flatten(), loss_fn=5)
    Traceback (most recent call last):
    TypeError: loss_fn must be a function, got int
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    for name, function in functions.items():
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
    """Refuse what cannot be iterated over.

    Examples
    --------
    >>> check_batches("val_batches", 5)
    Traceback (most recent call last):
    TypeError: val_batches must be an iterable of batches, got int
    """
    if not isinstance(batches, Iterable):
        kind = type(batches).__name__
        raise TypeError(f"{name} must be an iterable of batches, got {kind}")
