"""How sharply the loss curves: the largest eigenvalue of its Hessian."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from .. import checks


def sharpness(
    model: nn.Module,
    loss_fn: Callable[[Any, Any], Tensor],
    batch: tuple[Any, Any],
    tolerance: float = 1e-3,
    seed: int = 0,
) -> float:
    """Return the largest eigenvalue of the loss's Hessian in the weights that require gradients.

    The model stays as it is: weights, gradients, buffers, modes and torch's random state. The
    modes that it has are used: in training mode BatchNorm takes the batch's own statistics, and
    dropout drops.

    Parameters
    ----------
    model : torch.nn.Module
        Twice differentiable almost everywhere; ReLU counts as such.
    loss_fn : callable
        ``loss_fn(model(input), target)``, a scalar, such as `torch.nn.functional.cross_entropy`.
    batch : (input, target)
        The samples whose loss is meant, where the model is. More samples, steadier values.
    tolerance : float, default 1e-3
        Relative accuracy of the eigenvalue.
    seed : int, default 0
        Seed of the vector that the search begins with, and of the model's random numbers.

    Returns
    -------
    float
        In units of loss per squared weight. Gradient descent with momentum *m* is stable along a
        direction as long as its curvature is below ``2 * (1 + m) / lr``.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind, nothing requires gradients, or the loss is no scalar
        or not finite.

    References
    ----------
    Lanczos iteration: `scipy.sparse.linalg.eigsh` on products with the Hessian (B. A. Pearlmutter,
    "Fast exact multiplication by the Hessian", Neural Computation 6, 1994). The limit for
    quadratics, and how training runs into it: J. Cohen and others, "Gradient descent on neural
    networks typically occurs at the edge of stability", arXiv:2103.00065.

    Examples
    --------
    The mean of ``(w x - y)**2`` curves by ``2 * mean(x**2)``, here 2 * (1 + 9) / 2:

    >>> line = nn.Linear(1, 1, bias=False)
    >>> batch = torch.tensor([[1.0], [3.0]]), torch.zeros(2, 1)
    >>> round(sharpness(line, nn.functional.mse_loss, batch), 3)
    10.0
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {checks.shown(model)}")
    if not callable(loss_fn):
        raise TypeError(f"loss_fn must be callable, got {checks.shown(loss_fn)}")
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise TypeError(f"batch must be a pair of input and target, got {checks.shown(batch)}")
    tolerance = checks.positive("tolerance", tolerance)
    seed = checks.whole("seed", seed, least=0)
    weights = {n: p for n, p in model.named_parameters() if p.requires_grad}
    if not weights:
        raise ValueError("model must have weights that require gradients, got none")
    devices = sorted({p.device.index or 0 for p in weights.values() if p.device.type == "cuda"})
    with torch.random.fork_rng(devices=devices), torch.enable_grad():
        gradient = _gradient(model, loss_fn, batch, weights, seed)
        return _largest(lambda v: _product(gradient, weights, v), weights, tolerance, seed)


def _gradient(
    model: nn.Module,
    loss_fn: Callable[[Any, Any], Tensor],
    batch: tuple[Any, Any],
    weights: dict[str, nn.Parameter],
    seed: int,
) -> list[Tensor]:
    """The gradient as a function that can be differentiated again."""
    torch.manual_seed(seed)
    # A forward pass in training mode writes into buffers: into copies, here.
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    loss = loss_fn(functional_call(model, buffers, (batch[0],)), batch[1])
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        raise ValueError(f"loss_fn must return a scalar tensor, got {checks.shown(loss)}")
    if not torch.isfinite(loss):
        raise ValueError(f"the loss must be finite, got {loss.item()}")
    # A weight that the loss does not depend on has no curvature: zeros, not None.
    parts = torch.autograd.grad(
        loss, list(weights.values()), create_graph=True, materialize_grads=True
    )
    return list(parts)


def _product(
    gradient: list[Tensor], weights: dict[str, nn.Parameter], vector: np.ndarray
) -> np.ndarray:
    """The Hessian times a vector: the derivative of the gradient along it."""
    along, start = [], 0
    for weight in weights.values():
        part = vector[start : start + weight.numel()].reshape(weight.shape)
        along.append(torch.as_tensor(part, dtype=weight.dtype, device=weight.device))
        start += weight.numel()
    curved = [(g, v) for g, v in zip(gradient, along, strict=True) if g.requires_grad]
    if not curved:  # a loss that is linear in the weights
        return np.zeros(start)
    parts = torch.autograd.grad(
        [g for g, _ in curved],
        list(weights.values()),
        [v for _, v in curved],
        retain_graph=True,
        materialize_grads=True,
    )
    flat = torch.cat([part.detach().flatten().double().cpu() for part in parts])
    result: np.ndarray = flat.numpy()
    return result


def _largest(
    product: Callable[[np.ndarray], np.ndarray],
    weights: dict[str, nn.Parameter],
    tolerance: float,
    seed: int,
) -> float:
    from scipy.sparse.linalg import LinearOperator, eigsh

    size = sum(weight.numel() for weight in weights.values())
    if size < 3:  # too small for Lanczos: the whole matrix
        matrix = np.stack([product(column) for column in np.eye(size)])
        return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])
    start = np.random.default_rng(seed).standard_normal(size)
    if not product(start).any():
        return 0.0
    hessian = LinearOperator((size, size), matvec=product, dtype=np.float64)
    # The largest, not that of largest magnitude: a saddle may bend down more than up.
    (found,) = eigsh(hessian, 1, which="LA", v0=start, tol=tolerance, return_eigenvectors=False)
    return float(found)
