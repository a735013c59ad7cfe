"""Schedules as Python code: which arguments to write down, and the call to torch."""

import dataclasses
from collections.abc import Mapping
from typing import Any


def differing(schedule: Any) -> dict[str, Any]:
    """Return the arguments of a schedule that differ from its defaults, as plain values.

    Parameters
    ----------
    schedule : dataclass instance
        A policy, or one of the schedules it is compared with.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import Step
    >>> differing(Step(0.1, 100, milestones=(0.625, 0.875)))
    {'lr': 0.1, 'total_steps': 100, 'milestones': [0.625, 0.875]}
    """
    result: dict[str, Any] = {}
    for field in dataclasses.fields(schedule):
        value = getattr(schedule, field.name)
        if field.default is dataclasses.MISSING or value != field.default:
            result[field.name] = list(value) if isinstance(value, tuple) else value
    return result


def written(name: str, arguments: Mapping[str, Any]) -> str:
    """Return the expression that makes a value again.

    Examples
    --------
    >>> written("OneCycle", {"max_lr": 0.1, "total_steps": 10})
    'OneCycle(max_lr=0.1, total_steps=10)'
    """
    given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return f"{name}({given})"


def torch_call(name: str, arguments: Mapping[str, str]) -> str:
    """Return the lines that make one of torch's schedulers.

    Parameters
    ----------
    name : str
        Its class in `torch.optim.lr_scheduler`.
    arguments : mapping of str to str
        What follows the optimizer, each value as code.

    Examples
    --------
    >>> print(torch_call("CosineAnnealingLR", {"T_max": "100"}))
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer,
        T_max=100,
    )
    """
    given = [f"    {key}={value}," for key, value in arguments.items()]
    first = f"scheduler = torch.optim.lr_scheduler.{name}("
    return "\n".join([first, "    optimizer,", *given, ")"])
