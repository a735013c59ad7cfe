"""What training and the range test share: endless batches, one step, what was used."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm.auto import tqdm

LossFunction = Callable[[Any, Any], Tensor]


def endless(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield batches, from the start again whenever they end.

    Raises
    ------
    TypeError
        When `batches` cannot be iterated over.
    ValueError
        When there is no batch at all, or when an iterator that cannot start
        again has run out; the message says after how many batches.
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
            raise ValueError(
                f"batches ran out after {count} and cannot start again: pass a DataLoader, a "
                "list, or a longer iterator"
            )


@contextmanager
def progress_bar(total: int, label: str, shown: bool) -> Iterator[Callable[[int], Any]]:
    """Show a tqdm bar once the block has taken two seconds; yields what moves it on."""
    bar = tqdm(total=total, desc=label, delay=2.0, leave=False, disable=not shown)
    try:
        yield bar.update
    finally:
        bar.total = bar.n  # an early end is not an error
        bar.close()


def first_device(model: nn.Module) -> torch.device | None:
    """Where the model's first parameter or buffer lies."""
    for tensor in (*model.parameters(), *model.buffers()):
        return tensor.device
    return None


def forward(
    model: nn.Module, loss_fn: LossFunction, batch: Any, device: torch.device | None
) -> tuple[Tensor, Tensor, Any]:
    """Return loss, output and target of one ``(input, target)`` batch, moved to `device`."""
    try:
        inputs, target = batch
    except (TypeError, ValueError):
        raise TypeError(
            f"each batch must be a pair (input, target), got {type(batch).__name__}"
        ) from None
    if isinstance(inputs, Tensor):
        inputs = inputs.to(device)
    if isinstance(target, Tensor):
        target = target.to(device)
    output = model(inputs)
    loss = loss_fn(output, target)
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"loss_fn must return a scalar tensor, got {shape}; try reduction='mean'")
    return loss, output, target


def descend(loss: Tensor, optimizer: Optimizer) -> None:
    """One optimizer step down the gradient of `loss`."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def momentum_of(group: dict[str, Any]) -> float:
    """Momentum, or Adam's beta1, of a parameter group; NaN when it has neither."""
    if "momentum" in group:
        return float(group["momentum"])
    if "betas" in group:
        return float(group["betas"][0])
    return float("nan")


def accuracy_of(output: Any, target: Any) -> float:
    """Share of right answers when these are class scores and labels; NaN otherwise."""
    scores = isinstance(output, Tensor) and isinstance(target, Tensor) and output.ndim == 2
    if not scores or target.is_floating_point() or target.shape != output.shape[:1]:
        return float("nan")
    return float((output.argmax(1) == target).double().mean())
