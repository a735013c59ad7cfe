"""Take a complete copy of a training state, and put it back exactly.

The copy is a list of things to do in the end, each a function with its arguments (`Undo`): fill
this tensor with those numbers, set that attribute. Objects are filled rather than replaced,
because optimizers, schedulers and the user's own variables refer to them.
"""

import copy
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer


@contextmanager
def restored(model: nn.Module, optimizer: Optimizer, *batches: Any) -> Iterator[None]:
    """Give everything back as it was when the block ends: normally, by error, or by Ctrl-C.

    Covers the parameters of model and optimizer, buffers, gradients (set aside
    meanwhile), `requires_grad` and each module's train/eval flag; the optimizer's state
    and groups; the random states of Python, NumPy and torch (CPU, CUDA, MPS), and the
    generator of a DataLoader.
    Tensors keep their identity, so whatever refers to them stays valid.

    Parameters
    ----------
    model : torch.nn.Module
        The model that is trained in the block.
    optimizer : torch.optim.Optimizer
        Its optimizer.
    *batches : iterable
        DataLoaders, or anything with a `generator`. The position in a plain
        iterator cannot be given back.

    Examples
    --------
    >>> model = nn.Linear(1, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> before = model.weight.item()
    >>> with restored(model, optimizer):
    ...     model(torch.ones(1, 1)).sum().backward()
    ...     optimizer.step()
    ...     model.weight.item() == before
    False
    >>> model.weight.item() == before, model.weight.grad
    (True, None)
    """
    undo = [
        *_undo_modules(model),
        *_undo_tensors(model, optimizer),
        *_undo_optimizer(optimizer),
        *_undo_random(),
        *((g.set_state, g.get_state()) for part in batches for g in generators_of(part)),
    ]
    try:
        yield
    finally:
        with torch.no_grad():
            for function, *arguments in undo:
                function(*arguments)


Undo = list[tuple[Any, ...]]


def _undo_modules(model: nn.Module) -> Undo:
    undo: Undo = []
    for module in model.modules():
        # Dictionaries of tensors, so that a tensor that was replaced comes back itself.
        undo.append((_set_items, module._parameters, dict(module._parameters)))
        undo.append((_set_items, module._buffers, dict(module._buffers)))
        undo.append((setattr, module, "training", module.training))
    return undo


def _undo_tensors(model: nn.Module, optimizer: Optimizer) -> Undo:
    undo: Undo = []
    # The optimizer may hold what the model does not: a learned temperature in the loss.
    held = [p for group in optimizer.param_groups for p in group["params"]]
    parameters = list({id(p): p for p in (*model.parameters(), *held)}.values())
    for tensor in (*parameters, *model.buffers()):
        undo.append((tensor.copy_, tensor.detach().clone()))
        undo.append((tensor.requires_grad_, tensor.requires_grad))
    for parameter in parameters:
        undo.append((setattr, parameter, "grad", parameter.grad))
        parameter.grad = None  # set aside, so that nothing writes into it: no copy is needed
    return undo


def _undo_optimizer(optimizer: Optimizer) -> Undo:
    undo: Undo = []
    state = {key: copy.deepcopy(values) for key, values in optimizer.state.items()}
    undo.append((_set_items, optimizer.state, state))
    for group in optimizer.param_groups:
        values = {k: v if k == "params" else copy.deepcopy(v) for k, v in group.items()}
        if isinstance(lr := group["lr"], Tensor):
            values["lr"] = lr
            undo.append((lr.copy_, lr.clone()))
        undo.append((_set_items, group, values))
    # A scheduler looks here whether the optimizer has stepped yet, to warn of a wrong order.
    called = "_opt_called"
    if called in optimizer.__dict__:
        undo.append((setattr, optimizer, called, optimizer.__dict__[called]))
    else:
        undo.append((optimizer.__dict__.pop, called, None))
    return undo


def _undo_random() -> Undo:
    undo: Undo = [
        (random.setstate, random.getstate()),
        (np.random.set_state, np.random.get_state()),
        (torch.set_rng_state, torch.get_rng_state()),
    ]
    if torch.cuda.is_available():
        undo.append((torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all()))
    if torch.backends.mps.is_available():
        undo.append((torch.mps.set_rng_state, torch.mps.get_rng_state()))
    return undo


def generators_of(batches: Any) -> list[torch.Generator]:
    """The generators that decide a DataLoader's order, or that of anything with a `generator`.

    Examples
    --------
    >>> own = torch.Generator()
    >>> loader = torch.utils.data.DataLoader([1, 2, 3], shuffle=True, generator=own)
    >>> generators_of(loader) == [own], generators_of([1, 2, 3])
    (True, [])
    """
    sampler = getattr(batches, "sampler", None)
    inner = getattr(getattr(batches, "batch_sampler", None), "sampler", None)
    found: Iterable[Any] = (getattr(b, "generator", None) for b in (batches, sampler, inner))
    return list({id(g): g for g in found if isinstance(g, torch.Generator)}.values())


def _set_items(target: Any, items: dict[Any, Any]) -> None:
    target.clear()
    target.update(items)
