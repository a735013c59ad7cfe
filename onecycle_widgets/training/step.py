"""What a step of training or of the range test needs: batches without end, a loss, a device."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm.auto import tqdm

from .batches import moved
from .kinds import check_loss

LossFunction = Callable[[Any, Any], Tensor]


class RanOutError(ValueError):
    """Batches ended, and could not start again.

    Examples
    --------
    >>> list(endless(iter([1, 2])))
    Traceback (most recent call last):
    onecycle_widgets.training.step.RanOutError: batches ran out after 2 and cannot start \
again: pass a DataLoader, a list, or a longer iterator
    """


def endless(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield batches, from the start again whenever they end.

    Raises
    ------
    TypeError
        When `batches` cannot be iterated over.
    ValueError
        When there is no batch at all.
    RanOutError
        When an iterator that cannot start again has run out; the message says after
        how many batches.

    Examples
    --------
    >>> stream = endless([1, 2, 3])
    >>> [next(stream) for _ in range(5)]
    [1, 2, 3, 1, 2]
    """
    if not isinstance(batches, Iterable):
        raise TypeError(
            "batches must be an iterable of (input, target), such as a DataLoader, "
            f"got {type(batches).__name__}"
        )
    count = 0
    while True:
        before = count
        for batch in batches:
            count += 1
            yield batch
        if count == 0:
            raise ValueError("batches is empty: it must yield at least one (input, target)")
        if count == before:
            raise RanOutError(
                f"batches ran out after {count} and cannot start again: pass a DataLoader, a "
                "list, or a longer iterator"
            )


@contextmanager
def progress_bar(total: int, label: str, shown: bool) -> Iterator[Callable[[int], Any]]:
    """Show a tqdm bar once the block has taken two seconds; yields what moves it on.

    Parameters
    ----------
    total : int
        Steps until the end.
    label : str
        Text in front of the bar.
    shown : bool
        False for no bar, however long it takes.

    Examples
    --------
    >>> with progress_bar(total=3, label="train", shown=False) as advance:
    ...     for _ in range(3):
    ...         advance(1)
    """
    bar = tqdm(total=total, desc=label, delay=2.0, leave=False, disable=not shown)
    try:
        yield bar.update
    finally:
        bar.total = bar.n  # an early end is not an error
        bar.close()


def first_device(model: nn.Module) -> torch.device | None:
    """Where the model's first parameter or buffer lies; None when it has neither.

    Examples
    --------
    >>> first_device(nn.Linear(2, 2)), first_device(nn.ReLU())
    (device(type='cpu'), None)
    """
    for tensor in (*model.parameters(), *model.buffers()):
        return tensor.device
    return None


def start_training(model: nn.Module) -> None:
    """Put a model into train mode; in one that is there, parts that were left out stay out.

    A frozen BatchNorm stays in eval mode like this: whoever froze it meant it.

    Examples
    --------
    >>> model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout())
    >>> _ = model[0].eval()
    >>> start_training(model)
    >>> [part.training for part in model]
    [False, True]
    """
    if not model.training:
        model.train()


class LossOf:
    """The loss of a batch: `loss_fn` on a pair, or a function of model and batch.

    Parameters
    ----------
    model : torch.nn.Module
        The model whose loss is wanted.
    loss_fn : callable, optional
        ``loss_fn(model(input), target)``; may be None when `step` is given.
    step : callable, optional
        ``step(model, batch)``, which returns the loss and is used instead of `loss_fn`.
    context : context manager, optional
        What stands around the forward pass, such as autocast; entered anew for every batch.
    device : torch.device or str, optional
        Where batches go; default: where the model's first parameter lies.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind. On a call: when a batch is not a pair and there is
        no `step`, or the loss is not a scalar tensor.

    Examples
    --------
    >>> loss_of = LossOf(nn.Flatten(), nn.functional.mse_loss)
    >>> loss, output, target = loss_of((torch.ones(4, 1), torch.zeros(4, 1)))
    >>> loss.item()
    1.0
    """

    def __init__(
        self,
        model: nn.Module,
        loss_fn: LossFunction | None,
        step: Callable[[nn.Module, Any], Tensor] | None = None,
        context: AbstractContextManager[Any] | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        check_loss(model, loss_fn, step)
        self.model, self.loss_fn, self.step = model, loss_fn, step
        self.context = context or nullcontext()
        self.device = torch.device(device) if device else first_device(model)

    def __call__(self, batch: Any) -> tuple[Tensor, Any, Any]:
        """Return loss, output and target (None, None with a step function)."""
        batch = moved(batch, self.device)
        output = target = None
        with self.context:
            if self.step is not None:
                loss = self.step(self.model, batch)
            else:
                inputs, target = _pair(batch)
                output = self.model(inputs)
                assert self.loss_fn is not None
                loss = self.loss_fn(output, target)
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
            raise ValueError(f"the loss must be a scalar tensor, got {shape}; try reduction='mean'")
        return loss, output, target


def _pair(batch: Any) -> Any:
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        return batch
    raise TypeError(
        f"each batch must be a pair (input, target), got {type(batch).__name__}; for others pass "
        "a step function"
    )


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; each module's own flag is given back.

    A module that overrides ``train`` hears of it: it may merge weights there, as LoRA layers do.

    Examples
    --------
    >>> model = nn.Dropout()
    >>> with evaluating(model):
    ...     print(model.training, torch.is_grad_enabled())
    False False
    >>> model.training
    True
    """
    flags = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with torch.no_grad():
            yield
    finally:
        # From the outside in: a module's own train() sets all that is in it as well.
        for module, flag in flags:
            if type(module).train is not nn.Module.train and module.training != flag:
                module.train(flag)
        for module, flag in flags:
            module.training = flag


def mean_loss(model: nn.Module, loss_of: LossOf, batches: Iterable[Any]) -> float:
    """Mean of the batches' losses in evaluation mode; each batch counts the same.

    Raises
    ------
    ValueError
        When there is no batch, or an iterator that cannot start again was used up before.

    Examples
    --------
    >>> model, ones, zeros = nn.Flatten(), torch.ones(4, 1), torch.zeros(4, 1)
    >>> loss_of = LossOf(model, nn.functional.mse_loss)
    >>> mean_loss(model, loss_of, [(ones, zeros), (zeros, zeros)])
    0.5
    """
    with evaluating(model):
        losses = [loss_of(batch)[0].item() for batch in batches]
    if not losses and isinstance(batches, Iterator):
        raise ValueError(
            "val_batches ran out and cannot start again: it is measured more than once, so pass "
            "a DataLoader or a list"
        )
    if not losses:
        raise ValueError("val_batches is empty: it must yield at least one batch")
    return sum(losses) / len(losses)


def refuse_unfinished(model: nn.Module) -> None:
    """Refuse a model whose lazy layers have no weights yet.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # torch: lazy modules are new
    ...     model = nn.LazyLinear(2)
    >>> refuse_unfinished(model)
    Traceback (most recent call last):
    ValueError: model has lazy layers without weights: run one batch through it first
    """
    if any(nn.parameter.is_lazy(p) for p in (*model.parameters(), *model.buffers())):
        raise ValueError("model has lazy layers without weights: run one batch through it first")


def refuse_closures(optimizer: Optimizer) -> None:
    """Refuse L-BFGS, which evaluates the loss several times a step and has no batch of its own.

    Examples
    --------
    >>> refuse_closures(torch.optim.LBFGS(nn.Linear(2, 1).parameters()))
    Traceback (most recent call last):
    TypeError: optimizer must step without a closure, such as SGD or Adam, got LBFGS
    """
    if isinstance(optimizer, torch.optim.LBFGS):
        raise TypeError("optimizer must step without a closure, such as SGD or Adam, got LBFGS")


def momentum_of(group: dict[str, Any]) -> float:
    """Momentum, or Adam's beta1, of a parameter group; NaN when it has neither.

    Examples
    --------
    >>> momentum_of({"momentum": 0.9}), momentum_of({"betas": (0.95, 0.999)}), momentum_of({})
    (0.9, 0.95, nan)
    """
    if "momentum" in group:
        return float(group["momentum"])
    if "betas" in group:
        return float(group["betas"][0])
    return float("nan")


def accuracy_of(output: Any, target: Any) -> float:
    """Share of right answers when these are class scores and labels; NaN otherwise.

    Parameters
    ----------
    output : Tensor, shape (samples, classes)
        Class scores.
    target : Tensor of integers, shape (samples,)
        Class labels.

    Examples
    --------
    >>> accuracy_of(torch.eye(4), torch.tensor([0, 1, 2, 0]))
    0.75
    """
    scores = isinstance(output, Tensor) and isinstance(target, Tensor) and output.ndim == 2
    if not scores or target.is_floating_point() or target.shape != output.shape[:1]:
        return float("nan")
    return float((output.argmax(1) == target).double().mean())
