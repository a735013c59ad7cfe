"""What the lab offers to learn, and with which models."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from torch import nn

from .. import toys

# Double precision gives the same digits on every processor; convolutions would be twice as slow.
DTYPES = {"digits": torch.float64, "spirals": torch.float64, "mnist1d": torch.float32}


class Choice(NamedTuple):
    """A model that fits a data set, and the same as code; both want a dtype.

    Examples
    --------
    >>> choice = MODELS["spirals"]["MLP, 1 layer of 16"]
    >>> choice.make(seed=0)(torch.zeros(1, 2)).shape
    torch.Size([1, 3])
    >>> choice.code.format(dtype="torch.float64")
    'partial(toys.mlp, inputs=2, classes=3, hidden=(16,), dtype=torch.float64)'
    """

    make: "partial[nn.Module]"
    code: str


def _choice(kind: Callable[..., nn.Module], **options: Any) -> Choice:
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return Choice(
        partial(kind, **options), f"partial(toys.{kind.__name__}{given}, dtype={{dtype}})"
    )


# By data set, by name; the first is the default.
MODELS: dict[str, dict[str, Choice]] = {
    "digits": {
        "MLP, 2 layers of 64": _choice(toys.mlp, hidden=(64, 64)),
        "MLP, 1 layer of 16": _choice(toys.mlp, hidden=(16,)),
        "MLP, 6 layers of 64": _choice(toys.mlp, hidden=(64,) * 6),
    },
    "spirals": {
        "MLP, 2 layers of 64": _choice(toys.mlp, inputs=2, classes=3, hidden=(64, 64)),
        "MLP, 1 layer of 16": _choice(toys.mlp, inputs=2, classes=3, hidden=(16,)),
    },
    "mnist1d": {
        "ConvNet, 4 layers": _choice(toys.convnet, channels=12, blocks=1),
        "ConvNet, 8 layers": _choice(toys.convnet, channels=24, blocks=3),
        "MLP, 2 layers of 100": _choice(toys.mlp, inputs=40, hidden=(100, 100)),
    },
}


@lru_cache(maxsize=3)
def splits(data: str) -> tuple[toys.Split, toys.Split]:
    """Return the training data without the held-out part, and that part.

    Test data are not touched.

    Parameters
    ----------
    data : str
        Name of a toy.

    Examples
    --------
    >>> splits("spirals")
    (Split(x=(960, 2), y=(960,)), Split(x=(240, 2), y=(240,)))
    """
    # They are kept: whatever device or mode is the default where they are wanted first, must not
    # stay with them.
    with torch.device("cpu"), torch.inference_mode(False):
        toy: toys.Toy = getattr(toys, data)(dtype=DTYPES[data])
        return toy.holdout()
