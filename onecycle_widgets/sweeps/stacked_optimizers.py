"""Torch's SGD and AdamW for many models at once, each with its own rate, momentum and decay.

Torch's optimizers have one rate for a tensor; here each row of a tensor, a model, needs its own.
So rate, momentum and decay are columns, one number for each model, that broadcast along its
weights. They are known before the training begins, because a schedule is a curve: no scheduler
runs beside the loop. The formulas, and their order, are torch's.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from .setting import Setting


class Stacked:
    """All parameters of all models in one matrix, a row for each model.

    The modules' parameters become views of it, so that a step is a few operations however many
    layers there are. The optimizer's state (SGD's velocity, Adam's two means) has the same shape.

    Parameters
    ----------
    trained : sequence of Parameter, each of shape (models, ...)
        Stacked parameters; they are made views of the matrix.
    settings : sequence of Setting
        One for each model; of equal length and optimizer.

    Attributes
    ----------
    slots : int
        State matrices that the kind of optimizer needs.
    lr, momentum : Tensor of float64, shape (steps, models, 1)
        The whole curves, a column of models for each step.
    decay : Tensor, shape (models, 1)
        Weight decay of each model.
    flat : Tensor, shape (models, weights)
        All parameters, a row for each model.
    gradients : list of Tensor
        Where `step` puts the gradients: views of one matrix like `flat`, `gradient`.

    Examples
    --------
    Two models of 15 weights each; then only the second goes on:

    >>> from onecycle_widgets.policy.baselines import Constant
    >>> trained = [nn.Parameter(torch.zeros(2, 3, 4)), nn.Parameter(torch.ones(2, 3))]
    >>> optimizer = SGD(trained, [Setting(Constant(lr, 10)) for lr in (0.1, 0.2)])
    >>> optimizer.flat.shape, optimizer.lr[0].flatten().tolist()
    (torch.Size([2, 15]), [0.1, 0.2])
    >>> optimizer.keep(torch.tensor([False, True]))
    >>> trained[0].shape, optimizer.lr[0].flatten().tolist()
    (torch.Size([1, 3, 4]), [0.2])
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
        # SGD saves a pass over the matrix where no model decays, the usual case.
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
        """Go on with some of the models only; `rows` is a mask of shape (models,)."""
        # Indexing by a mask copies, so the parameters must be pointed at the new matrix.
        self.lr, self.momentum = self.lr[:, rows], self.momentum[:, rows]
        self.decay, self.flat = self.decay[rows], self.flat[rows]
        self.state = [tensor[rows] for tensor in self.state]
        self._point()

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], step: int) -> None:
        """Take the optimizer step of that number, counted from 0.

        Parameters
        ----------
        gradients : sequence of Tensor
            One for each parameter, of its shape.
        step : int
            Number of the step, which picks rates and momenta from the curves.
        """
        # Side by side in one matrix, like the weights: what follows does not know of layers.
        torch._foreach_copy_(self.gradients, list(gradients))
        self._update(self.gradient, self.lr[step], self.momentum[step], step)

    def _update(self, gradient: Tensor, lr: Tensor, momentum: Tensor, step: int) -> None:
        raise NotImplementedError


class SGD(Stacked):
    """`torch.optim.SGD` with momentum and weight decay.

    Examples
    --------
    Two models of one weight, each with a rate of its own:

    >>> from onecycle_widgets.policy.baselines import Constant
    >>> weights = nn.Parameter(torch.zeros(2, 1))
    >>> optimizer = SGD([weights], [Setting(Constant(lr, 10)) for lr in (0.1, 0.2)])
    >>> optimizer.step([torch.ones(2, 1)], step=0)
    >>> [round(weight, 6) for weight in weights.flatten().tolist()]
    [-0.1, -0.2]
    """

    slots = 1

    def _update(self, gradient: Tensor, lr: Tensor, momentum: Tensor, step: int) -> None:
        # Torch's first velocity is the first gradient: what a start from zero gives as well.
        (velocity,) = self.state
        if self.decays:
            gradient = gradient.addcmul_(self.flat, self.decay)
        velocity.mul_(momentum.to(velocity)).add_(gradient)
        self.flat.addcmul_(velocity, -lr.to(velocity))


class AdamW(Stacked):
    """`torch.optim.AdamW` with torch's beta2 and eps; beta1 may be cycled, as OneCycleLR does.

    Examples
    --------
    The first step is as long as the rate, whatever the gradient:

    >>> from onecycle_widgets.policy.baselines import Constant
    >>> weights = nn.Parameter(torch.zeros(2, 1))
    >>> settings = [Setting(Constant(lr, 10), optimizer="adamw") for lr in (0.1, 0.2)]
    >>> AdamW([weights], settings).step([torch.tensor([[5.0], [0.03]])], step=0)
    >>> [round(weight, 4) for weight in weights.flatten().tolist()]
    [-0.1, -0.2]
    """

    slots = 2
    beta2, eps = 0.999, 1e-8

    def _update(self, gradient: Tensor, lr: Tensor, momentum: Tensor, step: int) -> None:
        mean, square = self.state
        beta1 = momentum
        # Decoupled: the decay goes straight to the weights, by way of the rate, and not through
        # the two means (arXiv:1711.05101).
        self.flat.mul_((1 - lr * self.decay).to(mean))
        mean.lerp_(gradient, (1 - beta1).to(mean))
        square.mul_(self.beta2).addcmul_(gradient, gradient, value=1 - self.beta2)
        # The means start at zero, and are divided by the weight that they have gathered. For the
        # mean that depends on beta1, each model's own; torch takes the present beta1 even when it
        # is cycled. All models share beta2, hence one number for the squares.
        size = lr / (1 - beta1 ** (step + 1))
        scale = (1 - self.beta2 ** (step + 1)) ** 0.5
        denominator = square.sqrt().div_(scale).add_(self.eps)
        self.flat.addcmul_(mean / denominator, -size.to(mean))


KINDS: dict[str, type[Stacked]] = {"sgd": SGD, "adamw": AdamW}
