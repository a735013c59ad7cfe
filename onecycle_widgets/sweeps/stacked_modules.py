"""Many models as one: modules whose parameters have one more dimension, the models, in front.

Known layers become batched products, which is several times faster than `torch.func.vmap`;
every other module goes through `vmap`, whole. Nothing passes between the models.

`LAYERS` says how a layer is stacked. A container is stacked part by part, so that one unknown part
sends only itself through `vmap`. A rule that returns None declines a variant of its layer, which
then goes the same way: whatever torch can do is right, and the common case is fast.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional

from ..toys.models import LinearBlock, ResidualBlock


def stack(models: Sequence[nn.Module]) -> nn.Module:
    """Return one module that applies each model to its own batch.

    Parameters
    ----------
    models : sequence of torch.nn.Module
        Models of one architecture, on one device, all in the same mode; they are not changed.

    Returns
    -------
    torch.nn.Module
        Maps ``(models, batch, ...)`` to ``(models, batch, ...)``. Its parameters and buffers
        have the models in front.

    Raises
    ------
    ValueError
        When the models differ in more than their numbers, or have an `torch.nn.Embedding` with a
        ``padding_idx``, whose gradient `torch.func.vmap` gets wrong.

    Examples
    --------
    >>> from onecycle_widgets import toys
    >>> models = [toys.mlp(seed=seed, dtype=torch.float64) for seed in range(3)]
    >>> x = torch.linspace(0, 1, 960, dtype=torch.float64).view(3, 5, 64)
    >>> alone = torch.stack([model(batch) for model, batch in zip(models, x)])
    >>> torch.allclose(stack(models)(x), alone)
    True
    """
    shapes = [[(n, v.shape, v.dtype) for n, v in model.state_dict().items()] for model in models]
    if not models or any(shape != shapes[0] for shape in shapes):
        raise ValueError("models must be of one architecture: model(seed=...) gave several")
    if any(getattr(module, "padding_idx", None) is not None for module in models[0].modules()):
        raise ValueError("models must have no Embedding with a padding_idx: train them one by one")
    if _shared(models[0]):
        return Vmapped(models)  # what is shared stays shared
    return _stack(models)


def _shared(model: nn.Module) -> bool:
    """Whether a parameter, or a module that has a state, occurs twice."""
    # Stacked part by part, one shared weight would become two that learn apart.
    every = dict(model.named_parameters(remove_duplicate=False))
    parts = [m for _, m in model.named_modules(remove_duplicate=False)]
    holders = [id(m) for m in parts if m._parameters or m._buffers]
    return len(every) > len(list(model.parameters())) or len(holders) > len(set(holders))


def _plain(module: nn.Module) -> bool:
    """Whether a module is as torch made it: no hooks, no parameters by other names."""
    # A rule replaces the module, and would lose what was hung on it: pruning, weight norm, ...
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
    return not any(hooks) and set(module._parameters) <= {"weight", "bias"}


def _stack(models: Sequence[nn.Module]) -> nn.Module:
    rule = LAYERS.get(type(models[0])) if _plain(models[0]) else None
    stacked = rule(models) if rule else None
    return stacked if stacked is not None else Vmapped(models)


def _rows(models: Sequence[nn.Module], name: str) -> Tensor | None:
    """The models' parameters or buffers of that name in one tensor; None where they have none."""
    tensors = [getattr(model, name) for model in models]
    return None if tensors[0] is None else torch.stack([t.detach() for t in tensors])


def _parameter(models: Sequence[nn.Module], name: str) -> nn.Parameter | None:
    rows = _rows(models, name)
    if rows is None:
        return None
    return nn.Parameter(rows, requires_grad=getattr(models[0], name).requires_grad)


def _own_forward(models: Sequence[nn.Module]) -> nn.Module:
    """A module whose own forward does not mind another dimension in front: stack its parts."""
    # A shallow copy has the class, and with it the forward; only the parts are new.
    result = copy.copy(models[0])
    names = models[0]._modules
    result._modules = {n: _stack([cast(nn.Module, m._modules[n]) for m in models]) for n in names}
    return result


class Linear(nn.Module):
    """Stacked `torch.nn.Linear`: one batched matrix product.

    Examples
    --------
    >>> layers = [nn.Linear(3, 2, dtype=torch.float64) for _ in range(4)]
    >>> x = torch.ones(4, 5, 3, dtype=torch.float64)
    >>> torch.allclose(Linear(layers)(x)[1], layers[1](x[1]))
    True
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        weight = cast(nn.Parameter, _parameter(models, "weight"))
        # (models, in, out), so that its gradient is born in the order in which it is stored.
        weight.data = weight.data.transpose(1, 2).contiguous()
        self.weight, self.bias = weight, _parameter(models, "bias")

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(models, batch, ..., in)`` to ``(models, batch, ..., out)``."""
        rows = x if x.ndim == 3 else x.reshape(len(x), -1, x.shape[-1])
        if self.bias is None:
            out = torch.bmm(rows, self.weight)
        else:
            out = torch.baddbmm(self.bias.unsqueeze(1), rows, self.weight)
        return out if x.ndim == 3 else out.view(*x.shape[:-1], -1)


def _linear(models: Sequence[nn.Module]) -> nn.Module:
    return Linear(models)


class Conv1d(nn.Module):
    """Stacked `torch.nn.Conv1d`: one convolution whose groups are the models.

    The models' channels lie side by side, as those of one wide image; a grouped convolution
    mixes channels within a group only. Inside, batches lie in memory as
    ``(batch, models, channels, length)``.

    Examples
    --------
    >>> layers = [nn.Conv1d(3, 2, kernel_size=3, dtype=torch.float64) for _ in range(4)]
    >>> x = torch.ones(4, 5, 3, 8, dtype=torch.float64)
    >>> torch.allclose(Conv1d(layers)(x)[1], layers[1](x[1]))
    True
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        first = cast(nn.Conv1d, models[0])
        self.weight = cast(nn.Parameter, _parameter(models, "weight"))
        self.bias = _parameter(models, "bias")
        self.stride, self.padding = first.stride, first.padding
        self.dilation, self.groups = first.dilation, first.groups

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(models, batch, in, length)`` to ``(models, batch, out, length)``."""
        bias = None if self.bias is None else self.bias.flatten()
        out = functional.conv1d(
            x.transpose(0, 1).flatten(1, 2),
            self.weight.flatten(0, 1),
            bias,
            self.stride,
            cast(Any, self.padding),  # a string or numbers
            self.dilation,
            len(x) * self.groups,
        )
        return out.reshape(len(out), len(x), -1, out.shape[-1]).transpose(0, 1)


def _conv1d(models: Sequence[nn.Module]) -> nn.Module | None:
    return Conv1d(models) if cast(nn.Conv1d, models[0]).padding_mode == "zeros" else None


class BatchNorm1d(nn.Module):
    """Stacked `torch.nn.BatchNorm1d`: each model has its own statistics, running ones too.

    BatchNorm treats each channel apart from the others, so the models' channels side by side
    are simply more channels.

    Examples
    --------
    Two models with a batch of two; each running mean moves a tenth towards its own model's mean:

    >>> norm = BatchNorm1d([nn.BatchNorm1d(1, dtype=torch.float64) for _ in range(2)])
    >>> x = torch.tensor([[[1.0], [3.0]], [[10.0], [30.0]]], dtype=torch.float64)
    >>> norm(x).flatten().round(decimals=3).tolist()
    [-1.0, 1.0, -1.0, 1.0]
    >>> norm.running_mean.flatten().round(decimals=6).tolist()
    [0.2, 2.0]
    """

    running_mean: Tensor | None
    running_var: Tensor | None

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        first = cast(nn.BatchNorm1d, models[0])
        self.weight, self.bias = _parameter(models, "weight"), _parameter(models, "bias")
        self.register_buffer("running_mean", _rows(models, "running_mean"))
        self.register_buffer("running_var", _rows(models, "running_var"))
        self.momentum, self.eps = first.momentum, first.eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``(models, batch, channels)`` or ``(models, batch, channels, length)``."""
        # Flattened, they are still the same memory: batch_norm updates the running ones in place.
        mean, var, weight, bias = (
            None if tensor is None else tensor.flatten()
            for tensor in (self.running_mean, self.running_var, self.weight, self.bias)
        )
        inputs = x.transpose(0, 1).flatten(1, 2)
        training = self.training or mean is None
        out = functional.batch_norm(
            inputs, mean, var, weight, bias, training, cast(float, self.momentum), self.eps
        )
        return out.view(x.transpose(0, 1).shape).transpose(0, 1)


def _batch_norm(models: Sequence[nn.Module]) -> nn.Module | None:
    # Without a momentum torch averages over all batches so far, which it must count.
    first = cast(nn.BatchNorm1d, models[0])
    return None if first.momentum is None else BatchNorm1d(models)


def _flatten(models: Sequence[nn.Module]) -> nn.Module:
    # Dimensions counted from the front have moved back by one, behind the models.
    first = cast(nn.Flatten, models[0])
    later = [dim + 1 if dim >= 0 else dim for dim in (first.start_dim, first.end_dim)]
    return nn.Flatten(*later)


class Average(nn.Module):
    """Stacked `torch.nn.AdaptiveAvgPool1d` to one value.

    Examples
    --------
    >>> Average()(torch.tensor([[1.0, 3.0], [4.0, 8.0]])).tolist()
    [[2.0], [6.0]]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Average over the last dimension, and keep it."""
        return x.mean(-1, keepdim=True)


def _pool(models: Sequence[nn.Module]) -> nn.Module | None:
    return Average() if models[0].output_size in (1, (1,)) else None


class Vmapped(nn.Module):
    """Any architecture: `torch.func.vmap` over the stacked parameters and buffers.

    Examples
    --------
    There is no rule for `torch.nn.PReLU`, whose weight is a slope:

    >>> slopes = Vmapped([nn.PReLU(init=slope) for slope in (0.25, 0.5)])
    >>> slopes(torch.tensor([[-1.0, 1.0], [-1.0, 1.0]])).tolist()
    [[-0.25, 1.0], [-0.5, 1.0]]
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        parameters, buffers = stack_module_state(list(models))
        # An attribute's name has no dots, a nested parameter's has: "0.weight".
        self.named = {name: f"stacked_{i}" for i, name in enumerate(parameters | buffers)}
        for name, tensor in parameters.items():
            trained = models[0].get_parameter(name).requires_grad
            self.register_parameter(self.named[name], nn.Parameter(tensor.detach(), trained))
        for name, tensor in buffers.items():
            self.register_buffer(self.named[name], tensor)
        self.kept = tuple(buffers)
        # Not a submodule: it lends its forward, no numbers.
        self.template = [copy.deepcopy(models[0])]

    def forward(self, x: Tensor) -> Any:
        """Apply each model to its own batch; random layers draw for each model apart."""
        template = self.template[0].train(self.training)
        state = {name: getattr(self, own) for name, own in self.named.items()}

        def one(state: dict[str, Tensor], x: Tensor) -> Any:
            output = functional_call(template, state, (x,))
            return output, {name: state[name] for name in self.kept}

        output, after = vmap(one, randomness="different")(state, x)
        if self.training:  # a buffer may have been assigned anew instead of changed in place
            for name, tensor in after.items():
                setattr(self, self.named[name], tensor.detach())
        return output


Rule = Callable[[Sequence[nn.Module]], nn.Module | None]
LAYERS: dict[type[nn.Module], Rule] = {
    nn.Sequential: _own_forward,
    ResidualBlock: _own_forward,
    LinearBlock: _own_forward,
    nn.ReLU: _own_forward,
    nn.Tanh: _own_forward,
    nn.GELU: _own_forward,
    nn.Flatten: _flatten,
    nn.Linear: _linear,
    nn.Conv1d: _conv1d,
    nn.BatchNorm1d: _batch_norm,
    nn.AdaptiveAvgPool1d: _pool,
}
