"""Values as they were, and how each is put back in place: tensors, dictionaries, sets."""

import operator
import random
from collections.abc import Collection
from typing import Any

import numpy as np
import torch
from torch import Tensor

# Where torch keeps what `register_hook` and `register_post_accumulate_grad_hook` were given.
HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")


class SavedTensor:
    """A tensor's memory, values, gradient, flag and hooks, as they are now.

    Parameters
    ----------
    tensor : torch.Tensor
        Any; memory that several of its elements share (``expand``, ``unfold``) is saved once.

    Examples
    --------
    >>> weight = torch.zeros(2)
    >>> saved = SavedTensor(weight)
    >>> _ = weight.fill_(1.0)
    >>> saved.put_back()
    >>> weight.tolist()
    [0.0, 0.0]
    """

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.leaf = tensor, tensor.is_leaf
        self.requires_grad = tensor.requires_grad
        self.grad = tensor.grad if self.leaf else None
        self.hooks = {name: dict(getattr(tensor, name) or {}) for name in HOOKS}
        self.memory = tensor.detach()  # the same memory under another name
        self.values = _memory(self.memory).clone()
        self.version = _version(self.memory)

    def put_back(self) -> None:
        """Write it all back; what did not change is not touched."""
        tensor, memory = self.tensor, self.memory
        if self.leaf:
            tensor.grad = None  # it might have another shape or precision by now
        if not _same_memory(tensor, memory):
            tensor.data = memory  # model.double(), p.data = ...
        with torch.inference_mode(memory.is_inference()):
            # A sparse tensor that changes takes other memory, which its other name never sees.
            place = _memory(memory) if memory.layout == torch.strided else tensor
            # Parameters have moved mostly; what did not change may be in use by a graph.
            moved = self.requires_grad and _version(memory) != self.version
            if moved or not _equal(place, self.values):
                place.copy_(self.values)
        if self.leaf:
            if tensor.requires_grad != self.requires_grad:
                tensor.requires_grad_(self.requires_grad)
            tensor.grad = self.grad
            for name, hooks in self.hooks.items():
                held = getattr(tensor, name)
                if held is not None:
                    put_items(held, hooks)


def _memory(tensor: Tensor) -> Tensor:
    """The tensor, or where its elements share memory, that memory as a line."""
    if tensor.layout != torch.strided or not tensor.numel():
        return tensor
    extent = 1 + sum((n - 1) * by for n, by in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.as_strided((extent,), (1,)) if extent < tensor.numel() else tensor


def _version(tensor: Tensor) -> int:
    """How often autograd saw it change; tensors made in inference mode do not count."""
    return 0 if tensor.is_inference() else tensor._version


def _same_memory(one: Tensor, other: Tensor) -> bool:
    kind = (one.dtype, one.device, one.layout, one.shape)
    if kind != (other.dtype, other.device, other.layout, other.shape):
        return False
    if one.layout != torch.strided:
        return True
    return one.data_ptr() == other.data_ptr() and one.stride() == other.stride()


def _equal(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors of one shape surely hold the same."""
    return one.is_meta or (one.layout == torch.strided and torch.equal(one, other))


def same(ones: Collection[Any], others: Collection[Any]) -> bool:
    """Whether two collections hold the very same objects, in the same order.

    Examples
    --------
    >>> first, second = [], []
    >>> same([first, second], [first, second]), same([first], [second])
    (True, False)
    """
    return len(ones) == len(others) and all(map(operator.is_, ones, others))


def put_items(target: dict[Any, Any], items: dict[Any, Any]) -> None:
    """Make a dictionary hold what it held, in its order, without an empty moment in between.

    Examples
    --------
    >>> held = {"b": 0, "c": 3}
    >>> put_items(held, {"a": 1, "b": 2})
    >>> held
    {'a': 1, 'b': 2}
    """
    if same(target, items) and same(target.values(), items.values()):
        return
    for key in [key for key in target if key not in items]:
        del target[key]
    for key, value in items.items():
        if key not in target or target[key] is not value:
            target[key] = value
    if not same(target, items):  # a key that had gone came back as the last
        for key, value in items.items():
            del target[key]
            target[key] = value


def put_kinds(target: dict[str, Any], items: dict[str, Any], kinds: Any) -> None:
    """Make a dictionary hold the values of some types that it held; the others stay.

    Examples
    --------
    >>> held = {"epoch": 1, "data": [1], "pass": 2}
    >>> put_kinds(held, {"epoch": 0}, kinds=int)  # what is new of these types goes
    >>> held
    {'epoch': 0, 'data': [1]}
    """
    new = {name for name, value in target.items() if isinstance(value, kinds)} - items.keys()
    put_items(target, {k: v for k, v in {**target, **items}.items() if k not in new})


def put_workers(loader: Any, kept: Any) -> None:
    """Give a DataLoader the iterator whose workers it kept; those of a later one end.

    Examples
    --------
    >>> from torch.utils.data import DataLoader
    >>> loader = DataLoader([1, 2])
    >>> put_workers(loader, None)
    >>> loader._iterator is None
    True
    """
    own = getattr(loader, "_iterator", None)
    if own is not None and own is not kept and hasattr(own, "_shutdown_workers"):
        own._shutdown_workers()
    loader.__dict__["_iterator"] = kept


def refill(target: Any, items: list[Any]) -> None:
    """Make a set or a deque hold what it held.

    Examples
    --------
    >>> held = {1, 2, 3}
    >>> refill(held, [1, 4])
    >>> sorted(held)
    [1, 4]
    """
    target.clear()
    getattr(target, "update", getattr(target, "extend", None))(items)  # type: ignore[misc]


def reseed(generator: Any, seed: int) -> None:
    """Let a random generator of torch, NumPy or Python begin anew.

    Examples
    --------
    >>> generator = np.random.default_rng(3)
    >>> reseed(generator, 7)
    >>> generator.random() == np.random.default_rng(7).random()
    True
    """
    if isinstance(generator, torch.Generator):
        generator.manual_seed(seed)
    elif isinstance(generator, (np.random.RandomState, random.Random)):
        generator.seed(seed)
    else:
        bits = getattr(generator, "bit_generator", generator)
        bits.state = type(bits)(seed).state
