"""Batches of any type, on the device where the model is."""

import copy
import operator
from collections.abc import Mapping, MutableMapping
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor


def moved(batch: Any, device: torch.device | str | None) -> Any:
    """Return the batch with every tensor in it on `device`, of the same type as before.

    What has a ``to`` of its own (a `PackedSequence`, the batches of transformers and of PyTorch
    Geometric) is asked; in mappings, lists, tuples and dataclasses, however nested, the tensors
    are found. Anything else stays as it is, and so does what is on the device already.

    Parameters
    ----------
    batch : object
        What a loader yields.
    device : torch.device or str or None
        Where to; None: it stays where it is.

    Examples
    --------
    >>> batch = {"x": torch.zeros(2), "name": "two"}
    >>> moved(batch, "meta")["x"].device, moved(batch, "meta")["name"]
    (device(type='meta'), 'two')
    >>> moved(batch, "cpu") is batch
    True
    """
    if device is None or isinstance(batch, type):
        return batch
    if type(batch) in (tuple, list):
        for part in batch:  # the usual batch first: this is done in every step
            if type(part) is not Tensor or part.device != device:
                break
        else:
            return batch
        there = [part.to(device) if type(part) is Tensor else moved(part, device) for part in batch]
        return batch if all(map(operator.is_, there, batch)) else type(batch)(there)
    # Asked of its class: a dictionary may answer for every attribute.
    if callable(getattr(type(batch), "to", None)):
        return batch.to(device)
    if isinstance(batch, Mapping):
        names = list(batch)
        put_together = _mapping
    elif isinstance(batch, (list, tuple)):
        names = list(range(len(batch)))
        put_together = _sequence
    elif is_dataclass(batch):
        names = [field.name for field in fields(batch)]
        put_together = _dataclass
    else:
        return batch
    before = [getattr(batch, n) if put_together is _dataclass else batch[n] for n in names]
    after = [moved(part, device) for part in before]
    if all(new is old for new, old in zip(after, before, strict=True)):
        return batch
    return put_together(batch, dict(zip(names, after, strict=True)))


def _mapping(batch: Any, parts: dict[Any, Any]) -> Any:
    """A mapping of the batch's type; what else belongs to it is copied."""
    kind: Any = type(batch)
    own_attributes = getattr(batch, "__dict__", None) is batch
    if own_attributes or not isinstance(batch, MutableMapping):
        return kind(parts)
    result = copy.copy(batch)
    if not isinstance(batch, dict):  # it keeps its items in a dictionary, which is the batch's own
        own = getattr(result, "__dict__", {})
        own.update({name: copy.copy(held) for name, held in own.items() if isinstance(held, dict)})
    for key, value in parts.items():
        result[key] = value
    return result


def _sequence(batch: Any, parts: dict[int, Any]) -> Any:
    """A list or tuple of the batch's type, whose own constructor may want something else."""
    if isinstance(batch, list):
        result = copy.copy(batch)
        result[:] = parts.values()
        return result
    result = tuple.__new__(type(batch), parts.values())
    if getattr(batch, "__dict__", None):
        result.__dict__.update(batch.__dict__)
    return result


def _dataclass(batch: Any, parts: dict[str, Any]) -> Any:
    """A copy with other fields; a frozen one's are set like this by dataclasses itself."""
    result = copy.copy(batch)
    for name, value in parts.items():
        object.__setattr__(result, name, value)
    return result
