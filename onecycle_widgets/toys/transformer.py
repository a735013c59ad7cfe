"""A small transformer for text, normalised before or after its parts."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from .. import checks
from .weights import OwnWeights, finished

NORMS = ("pre", "post")


class Places(nn.Module):
    """A vector for each character plus one for each place.

    Parameters
    ----------
    classes, context, width : int
        Different characters, places of a window, and length of the vectors.

    Examples
    --------
    >>> Places(classes=39, context=32, width=32)(torch.zeros(5, 32, dtype=torch.int64)).shape
    torch.Size([5, 32, 32])
    """

    def __init__(self, classes: int, context: int, width: int) -> None:
        super().__init__()
        self.character = nn.Embedding(classes, width)
        self.place = nn.Parameter(torch.zeros(context, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map characters ``(batch, context)`` to vectors ``(batch, context, width)``."""
        vectors: Tensor = self.character(x) + self.place[: x.shape[-1]]
        return vectors


class Attention(nn.Module):
    """Causal self-attention: each place looks at itself and at those before it.

    Parameters
    ----------
    width, heads : int
        Length of the vectors, and in how many parts each looks for itself.

    Examples
    --------
    >>> Attention(width=32, heads=2)(torch.zeros(5, 32, 32)).shape
    torch.Size([5, 32, 32])
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inward, self.outward = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, context, width)`` to the same shape."""
        parts = self.inward(x).unflatten(-1, (3, self.heads, -1)).transpose(-4, -2)
        query, key, value = parts.unbind(-3)
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        later = torch.ones(x.shape[-2], x.shape[-2], dtype=torch.bool, device=x.device).triu(1)
        seen = scores.masked_fill(later, -torch.inf).softmax(-1) @ value
        mixed: Tensor = self.outward(seen.transpose(-3, -2).flatten(-2))
        return mixed


class TransformerBlock(nn.Module):
    """Attention and two linear layers, each added to its input; normalised before or after.

    Parameters
    ----------
    width, heads : int
        Length of the vectors, and heads of the attention.
    norm : {'pre', 'post'}
        Whether a part's input is normalised, or the sum of its input and its output, as in
        "Attention Is All You Need" (arXiv:1706.03762).

    Examples
    --------
    >>> TransformerBlock(width=32, heads=2, norm="post")(torch.zeros(5, 32, 32)).shape
    torch.Size([5, 32, 32])
    """

    def __init__(self, width: int, heads: int, norm: str) -> None:
        super().__init__()
        self.norm = norm
        self.attention = Attention(width, heads)
        self.body = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, context, width)`` to the same shape."""
        if self.norm == "pre":
            x = x + self.attention(self.first(x))
            added: Tensor = x + self.body(self.second(x))
            return added
        x = self.first(x + self.attention(x))
        normalised: Tensor = self.second(x + self.body(x))
        return normalised


def transformer(
    classes: int = 39,
    context: int = 32,
    width: int = 32,
    heads: int = 2,
    blocks: int = 3,
    norm: str = "pre",
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> nn.Sequential:
    """Return a transformer that predicts the next character, for `character_names`.

    Parameters
    ----------
    classes : int, default 39
        Different characters.
    context : int, default 32
        Characters in a window, at most.
    width, heads, blocks : int
        Length of the vectors, heads of the attention (they must divide it), and number of blocks.
    norm : {'pre', 'post'}
        Where each block normalises (`TransformerBlock`); with 'pre' there is one more
        normalisation at the end.
    seed : int, default 0
        Seed of the initial weights.
    dtype : torch.dtype, default torch.float32
        Type of the weights.

    Returns
    -------
    torch.nn.Sequential
        Maps characters ``(batch, context)`` to scores of shape ``(batch, context, classes)``.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    >>> model = transformer()
    >>> model(torch.zeros(5, 32, dtype=torch.int64)).shape
    torch.Size([5, 32, 39])
    >>> sum(weights.numel() for weights in model.parameters())
    41735
    """
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {NORMS}, got {checks.shown(norm)}")
    width, heads = checks.whole("width", width), checks.whole("heads", heads)
    if width % heads:
        raise ValueError(f"heads must divide width, {width}, got {heads}")
    classes, context = checks.whole("classes", classes), checks.whole("context", context)
    with OwnWeights(seed), torch.no_grad():
        layers: list[nn.Module] = [Places(classes, context, width)]
        layers += [
            TransformerBlock(width, heads, norm)
            for _ in range(checks.whole("blocks", blocks, least=0))
        ]
        layers += [nn.LayerNorm(width)] if norm == "pre" else []
        layers.append(nn.Linear(width, classes))
        model = nn.Sequential(*layers)
    return finished(model, dtype)


def next_character(scores: Tensor, target: Tensor) -> Tensor:
    """Return the mean cross-entropy over all places, in nats.

    Parameters
    ----------
    scores : Tensor, shape (batch, context, classes)
        As from `transformer`.
    target : Tensor of int64, shape (batch, context)
        The characters that come next.

    Examples
    --------
    >>> next_character(torch.zeros(2, 32, 39), torch.zeros(2, 32, dtype=torch.int64))
    tensor(3.6636)
    """
    return cross_entropy(scores.flatten(0, -2), target.flatten())
