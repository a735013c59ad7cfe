"""Torch's SGD and AdamW for many models at once, each with its own rate, momentum and decay."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from .setting import Setting


class Stacked:
    """All parameters of all models in one matrix, a row for each model.

    The modules' parameters become views of it, so that a step is a few operations however many
    layers there are.

    Parameters
    ----------
    trained : sequence of Parameter, each of shape (models, ...)
        Stacked parameters.
    settings : sequence of Setting
        One for each model; of equal length and optimizer.
    """

    slots: ClassVar[int]

    def __init__(self, trained: Sequence[nn.Parameter], settings: Sequence[Setting]) -> None:
        self.trained = list(trained)
        first = self.trained[0]
        curves = [setting.schedule.curve() for setting in settings]
        constant = [np.full(settings[0].total_steps, setting.momentum) for setting in settings]
        momenta = [
            own if curve.momentum is None else curve.momentum
            for curve, own in zip(curves, constant, strict=True)
        ]

        def columns(rows: list[np.ndarray]) -> Tensor:
            """(steps, models, 1), in the double precision in which torch's optimizers count."""
            return torch.as_tensor(np.array(rows).T[..., None], device=first.device)

        self.lr, self.momentum = columns([curve.lr for curve in curves]), columns(momenta)
        decay = torch.tensor([[s.weight_decay] for s in settings], dtype=torch.float64)
        self.decay, self.decays = decay.to(first), bool(decay.any())
        self.flat = torch.cat([p.detach().reshape(len(p), -1) for p in self.trained], dim=1)
        self.state = [torch.zeros_like(self.flat) for _ in range(self.slots)]
        self._point()

    def _point(self) -> None:
        """Make parameters, and the places where gradients go, views of the matrices."""
        self.gradient = torch.empty_like(self.flat)
        self.gradients = self._views(self.gradient)
        for parameter, view in zip(self.trained, self._views(self.flat), strict=True):
            parameter.data = view

    def _views(self, matrix: Tensor) -> list[Tensor]:
        shapes = [p.shape[1:] for p in self.trained]
        parts = matrix.split([shape.numel() for shape in shapes], dim=1)
        return [part.view(-1, *shape) for part, shape in zip(parts, shapes, strict=True)]

    def keep(self, rows: Tensor) -> None:
        """Go on with some of the models only; `rows` is a mask."""
        self.lr, self.momentum = self.lr[:, rows], self.momentum[:, rows]
        self.decay, self.flat = self.decay[rows], self.flat[rows]
        self.state = [tensor[rows] for tensor in self.state]
        self._point()

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], step: int) -> None:
        """Take the optimizer step of that number, counted from 0."""
        torch._foreach_copy_(self.gradients, list(gradients))
        self._update(self.gradient, self.lr[step], self.momentum[step], step)

    def _update(self, gradient: Tensor, lr: Tensor, momentum: Tensor, step: int) -> None:
        raise NotImplementedError


class SGD(Stacked):
    """`torch.optim.SGD` with momentum and weight decay."""

    slots = 1

    def _update(self, gradient: Tensor, lr: Tensor, momentum: Tensor, step: int) -> None:
        (velocity,) = self.state
        if self.decays:
            gradient = gradient.addcmul_(self.flat, self.decay)
        velocity.mul_(momentum.to(velocity)).add_(gradient)
        self.flat.addcmul_(velocity, -lr.to(velocity))


class AdamW(Stacked):
    """`torch.optim.AdamW` with torch's beta2 and eps; beta1 may be cycled, as OneCycleLR does."""

    slots = 2
    beta2, eps = 0.999, 1e-8

    def _update(self, gradient: Tensor, lr: Tensor, momentum: Tensor, step: int) -> None:
        mean, square = self.state
        beta1 = momentum
        self.flat.mul_((1 - lr * self.decay).to(mean))
        mean.lerp_(gradient, (1 - beta1).to(mean))
        square.mul_(self.beta2).addcmul_(gradient, gradient, value=1 - self.beta2)
        size = lr / (1 - beta1 ** (step + 1))
        scale = (1 - self.beta2 ** (step + 1)) ** 0.5
        denominator = square.sqrt().div_(scale).add_(self.eps)
        self.flat.addcmul_(mean / denominator, -size.to(mean))


KINDS: dict[str, type[Stacked]] = {"sgd": SGD, "adamw": AdamW}
