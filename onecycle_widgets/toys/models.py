"""Small networks for the toys; the seed of their weights leaves the global generator alone."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .. import checks
from .weights import OwnWeights, finished


def mlp(
    inputs: int = 64,
    classes: int = 10,
    hidden: Sequence[int] = (64, 64),
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> nn.Sequential:
    """Return a multi-layer perceptron with ReLU; the default fits `digits` (8,970 weights).

    Parameters
    ----------
    inputs, classes : int
        Features of a sample (its dimensions are flattened) and number of classes.
    hidden : sequence of int, default (64, 64)
        Widths of the hidden layers.
    seed : int, default 0
        Seed of the initial weights.
    dtype : torch.dtype, default torch.float32
        Type of the weights; the inputs must have the same.

    Returns
    -------
    torch.nn.Sequential
        Maps ``(batch, ...)`` to class scores of shape ``(batch, classes)``.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    >>> model = mlp(inputs=2, classes=3, hidden=(16,))
    >>> model(torch.zeros(5, 2)).shape
    torch.Size([5, 3])
    >>> bool((mlp(seed=7)[1].weight == mlp(seed=7)[1].weight).all())
    True
    """
    widths = [checks.whole("inputs", inputs), *(checks.whole("hidden", w) for w in hidden)]
    with OwnWeights(seed):
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in itertools.pairwise(widths):
            layers += [nn.Linear(before, after), nn.ReLU()]
        layers.append(nn.Linear(widths[-1], checks.whole("classes", classes)))
    return finished(nn.Sequential(*layers), dtype)


class ResidualBlock(nn.Module):
    """Two 1-D convolutions with BatchNorm, added to the input, then ReLU.

    Parameters
    ----------
    channels : int
        Width of both convolutions, of the input, and of the output.

    Examples
    --------
    >>> ResidualBlock(channels=8)(torch.zeros(5, 8, 40)).shape
    torch.Size([5, 8, 40])
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm1d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, channels, length)`` to the same shape."""
        return torch.relu(x + self.body(x))


def convnet(
    classes: int = 10,
    channels: int = 24,
    blocks: int = 3,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> nn.Sequential:
    """Return a small residual 1-D ConvNet with BatchNorm, for `mnist1d`.

    A miniature of the residual networks of the Super-Convergence paper (arXiv:1708.07120).

    Parameters
    ----------
    classes : int, default 10
        Number of classes.
    channels : int, default 24
        Width of every convolution.
    blocks : int, default 3
        Residual blocks of two convolutions; the depth is ``2 * blocks + 2``.
    seed : int, default 0
        Seed of the initial weights.
    dtype : torch.dtype, default torch.float32
        Type of the weights; the inputs must have the same.

    Returns
    -------
    torch.nn.Sequential
        Maps ``(batch, 1, length)`` to class scores of shape ``(batch, classes)``.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    >>> model = convnet()
    >>> model(torch.zeros(5, 1, 40)).shape, sum(p.numel() for p in model.parameters())
    (torch.Size([5, 10]), 11074)
    """
    channels = checks.whole("channels", channels)
    blocks = checks.whole("blocks", blocks, least=0)
    with OwnWeights(seed):
        model = nn.Sequential(
            nn.Conv1d(1, channels, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            *(ResidualBlock(channels) for _ in range(blocks)),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(channels, checks.whole("classes", classes)),
        )
    return finished(model, dtype)


class LinearBlock(nn.Module):
    """Two linear layers with a ReLU between them, added to the input: no normalisation.

    Parameters
    ----------
    width : int
        Width of both layers, of the input, and of the output.

    Examples
    --------
    >>> LinearBlock(width=8)(torch.zeros(5, 8)).shape
    torch.Size([5, 8])
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., width)`` to the same shape."""
        added: Tensor = self.body(x)
        return x + added


def residual_mlp(
    inputs: int = 64,
    classes: int = 10,
    width: int = 64,
    blocks: int = 8,
    init: str = "he",
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> nn.Sequential:
    """Return a residual network of linear layers without normalisation, for `digits`.

    What each block adds has twice the variance of its input, so that the signal, and with it the
    gradient, triples in variance from block to block: such a network bears small rates only when
    it begins. With the last layer of each block at zero every block begins as the identity, and
    it bears what it will bear later.

    Parameters
    ----------
    inputs, classes : int
        Features of a sample (its dimensions are flattened) and number of classes.
    width : int, default 64
        Width of every hidden layer.
    blocks : int, default 8
        Residual blocks of two layers; the depth is ``2 * blocks + 2``.
    init : {'he', 'zero last'}
        Normal weights with a variance of ``2 / inputs`` of the layer (He et al.,
        arXiv:1502.01852) and no biases; or the same, but the last layer of each block at zero.
    seed : int, default 0
        Seed of the initial weights.
    dtype : torch.dtype, default torch.float32
        Type of the weights; the inputs must have the same.

    Returns
    -------
    torch.nn.Sequential
        Maps ``(batch, ...)`` to class scores of shape ``(batch, classes)``.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    >>> x = torch.ones(5, 64, dtype=torch.float64)
    >>> large = residual_mlp(blocks=16, dtype=torch.float64)(x).std()
    >>> small = residual_mlp(blocks=16, init="zero last", dtype=torch.float64)(x).std()
    >>> bool(large > 50 * small)
    True
    """
    if init not in ("he", "zero last"):
        raise ValueError(f"init must be 'he' or 'zero last', got {checks.shown(init)}")
    inputs, width = checks.whole("inputs", inputs), checks.whole("width", width)
    classes, blocks = checks.whole("classes", classes), checks.whole("blocks", blocks, least=0)
    with OwnWeights(seed), torch.no_grad():
        residual = [LinearBlock(width) for _ in range(blocks)]
        first, head = nn.Linear(inputs, width), nn.Linear(width, classes)
        model = nn.Sequential(nn.Flatten(), first, nn.ReLU(), *residual, head)
        for layer in model.modules():
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                layer.bias.zero_()
        for block in residual if init == "zero last" else ():
            last = block.body[-1]
            assert isinstance(last, nn.Linear)
            last.weight.zero_()
    return finished(model, dtype)
