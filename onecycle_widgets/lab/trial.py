"""One step on a copy: whether model, data and loss go together, and how they can train."""

import copy
import math
import warnings
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ..range_test.snapshot import Restored
from ..sweeps.stacked_modules import Vmapped, stack
from ..toys import Split
from ..training import step as loop
from .draws import OwnDraws

FEW = 16  # samples that are tried
IGNORED = -100  # cross_entropy's mark for a target that does not count


class Seen(NamedTuple):
    """What a trial showed.

    Attributes
    ----------
    classes : int or None
        Number of classes; None when the task is not classification.
    draws : bool
        Whether the model draws random numbers while it trains.

    Examples
    --------
    >>> Seen(classes=10, draws=False).classes
    10
    """

    classes: int | None
    draws: bool


def tried(
    model: nn.Module, train: Split, held_out: Split, loss_fn: loop.LossFunction | None
) -> Seen:
    """Take one step's gradients with a few samples; say in words what does not go together.

    Parameters
    ----------
    model : torch.nn.Module
        A copy of it is tried.
    train, held_out : Split
        The data.
    loss_fn : callable or None
        None is cross-entropy.

    Raises
    ------
    TypeError, ValueError
        When the model has nothing to train or cannot take the inputs, when the loss cannot be
        computed, is no scalar or not finite, or when a class has no output.

    Examples
    --------
    >>> x, y = torch.rand(100, 3), torch.arange(100) % 4
    >>> tried(nn.Linear(3, 4), Split(x, y), Split(x, y), None)
    Seen(classes=4, draws=False)
    >>> tried(nn.Linear(3, 2), Split(x, y), Split(x, y), None)
    Traceback (most recent call last):
    ValueError: targets must be from 0 to 1, since the model has 2 outputs, got 3
    """
    loop.refuse_unfinished(model)
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError("model must have parameters to train, got none that require a gradient")
    with Restored([], []):
        net = copy.deepcopy(model)
        loop.start_training(net)
        device = loop.first_device(net)
        x, y = (part.to(device) for part in _few(train))
        draws = OwnDraws(0)
        with draws:
            output = _output(net, x)
            classes = None
            if loss_fn is None:
                _check_labels(output, train, held_out)
            if isinstance(output, Tensor) and output.ndim == 2 and _are_labels(y):
                classes = output.shape[1]
            _check_loss(output, y, loss_fn)
    return Seen(classes, draws.drew)


def _few(split: Split) -> Split:
    """The first samples that count."""
    if _are_labels(split.y):
        some = torch.nonzero(split.y != IGNORED).flatten()[:FEW]
        if len(some):
            return Split(split.x[some], split.y[some])
    return Split(split.x[:FEW], split.y[:FEW])


def _of(value: Any) -> str:
    if not isinstance(value, Tensor):
        return type(value).__name__
    return f"{tuple(value.shape)} of {value.dtype}"


def _are_labels(y: Tensor) -> bool:
    return y.ndim == 1 and not y.is_floating_point()


def _output(net: nn.Module, x: Tensor) -> Any:
    try:
        return net(x)
    except Exception as error:  # whatever a person's own model raises
        kinds = {p.dtype for p in net.parameters()}
        hint = ""
        if x.is_floating_point() and x.dtype not in kinds:
            wanted = ", ".join(sorted(map(str, kinds)))
            hint = f"; the model's parameters are {wanted}: convert one of them"
        raise ValueError(
            f"model cannot take the inputs, a batch of {_of(x)}{hint} ({_words(error)})"
        ) from error


def _check_labels(output: Any, train: Split, held_out: Split) -> None:
    """Refuse targets that are no labels for cross-entropy, in the words that torch lacks."""
    y = train.y
    if not isinstance(output, Tensor):
        raise TypeError(f"model must return a tensor for cross-entropy, got {_of(output)}")
    if y.is_floating_point():
        if output.shape[1:] == y.shape[1:] and y.ndim == 2 and y.shape[1] > 1:
            return  # probabilities of the classes
        raise ValueError(
            f"targets must be class labels (torch.int64) for cross-entropy, got {y.dtype}; for "
            "regression give loss_fn, such as torch.nn.functional.mse_loss"
        )
    if y.dtype != torch.int64:
        raise ValueError(f"targets must be torch.int64 for cross-entropy, got {y.dtype}: .long()")
    if output.ndim < 2:
        raise ValueError(
            f"model must return a score for each class, shape (batch, classes), got {_of(output)}"
        )
    labels = torch.cat([y.flatten(), held_out.y.flatten()])
    labels = labels[labels != IGNORED]
    count = output.shape[1]
    for label in (labels.min().item(), labels.max().item()) if len(labels) else ():
        if not 0 <= label < count:
            raise ValueError(
                f"targets must be from 0 to {count - 1}, since the model has {count} outputs, got "
                f"{label}"
            )


def _check_loss(output: Any, y: Tensor, loss_fn: loop.LossFunction | None) -> None:
    given = f"the model's output, {_of(output)}, and the targets, {_of(y)}"
    with warnings.catch_warnings():
        # Torch only warns, and trains on differences of every output with every target.
        warnings.filterwarnings("error", "Using a target size")
        try:
            loss = (loss_fn or cross_entropy)(output, y)
        except Exception as error:
            raise ValueError(f"loss_fn cannot compare {given} ({_words(error)})") from error
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        raise ValueError(f"loss_fn must return a scalar tensor, got {_of(loss)} from {given}")
    if not math.isfinite(loss.item()):
        raise ValueError(
            f"the loss of the first samples is {loss.item()}, before any step: look at the data "
            "and the model"
        )
    try:
        loss.backward()
    except Exception as error:
        raise ValueError(f"the loss has no gradient from {given} ({_words(error)})") from error


def _words(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


def can_be_stacked(
    model: nn.Module, train: Split, held_out: Split, loss_fn: loop.LossFunction | None
) -> bool:
    """Whether several of such models can train as one that is faster, with the same result.

    Parameters
    ----------
    model : torch.nn.Module
        A model that was tried and draws no random numbers; not changed.
    train, held_out : Split
        The data.
    loss_fn : callable or None
        None is cross-entropy.

    Examples
    --------
    >>> data = Split(torch.rand(20, 3), torch.arange(20) % 2)
    >>> can_be_stacked(nn.Linear(3, 2), data, data, None)
    True
    >>> norm = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2))  # the engine has no rule for it
    >>> can_be_stacked(norm, data, data, None)
    False
    """
    # A stack trains every part; one that somebody froze in eval mode must stay there.
    if len({module.training for module in model.modules()}) > 1:
        return False
    # The engine's own cross-entropy looks every label up.
    if loss_fn is None and any(
        _are_labels(y) and bool((y < 0).any()) for _, y in (train, held_out)
    ):
        return False
    x, y = (part.to(loop.first_device(model)) for part in _few(train))
    with Restored([], []), torch.no_grad():
        try:
            for part in (*train, *held_out):
                part[:0].numpy()  # the engine is handed arrays, and NumPy has no bfloat16
            net = stack([model, model]).train()
            # What has no rule goes through `vmap`: slower than the model alone, unless it is tiny.
            if any(isinstance(m, Vmapped) and list(m.parameters()) for m in net.modules()):
                return False
            alone = copy.deepcopy(model).train()
            output = net(torch.stack([x, x]))
            pairs = [(output[1], alone(x))]
            if loss_fn is not None:
                each = torch.func.vmap(loss_fn)(output, torch.stack([y, y]))
                pairs.append((each.reshape(2)[1], loss_fn(pairs[0][1], y)))
        except Exception:  # whatever cannot be stacked trains one by one
            return False
        return all(torch.allclose(one, other, rtol=1e-3, atol=1e-5) for one, other in pairs)
