"""Initial weights from a generator of their own, by torch's own rules.

Torch's layers draw from the one generator of the process. Seeding it and giving it back would be
heard in every other thread that draws meanwhile, and what those draw would be heard here.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .. import checks

# What layers draw with: torch shows a mode the outermost call only.
DRAWS = (
    nn.init.kaiming_uniform_, nn.init.uniform_, nn.init.normal_, Tensor.uniform_, Tensor.normal_,
)  # fmt: skip
FACTORIES = (torch.empty, torch.zeros, torch.ones)


class OwnWeights(TorchFunctionMode):
    """Modules that are made inside get the weights of a seed, and nobody else notices.

    They are those that ``torch.manual_seed(seed)`` would have given, in single precision and on
    the CPU, whatever the process's default dtype and device are. Only the thread that enters is
    concerned.

    Parameters
    ----------
    seed : int
        Seed of the generator.

    Raises
    ------
    TypeError, ValueError
        When the seed is not a whole number, or negative.

    Examples
    --------
    >>> before = torch.get_rng_state()
    >>> with OwnWeights(seed=3):
    ...     layer = nn.Linear(2, 1)
    >>> torch.equal(torch.get_rng_state(), before)
    True
    >>> with torch.random.fork_rng(devices=[]):
    ...     _ = torch.manual_seed(3)
    ...     torch.equal(nn.Linear(2, 1).weight, layer.weight)
    True
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(checks.whole("seed", seed, least=0))

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call torch's function, with the generator, precision and device that are ours."""
        given = dict(kwargs or {})
        if func in DRAWS:
            given["generator"] = self.generator
        elif func in FACTORIES:
            own = {"dtype": torch.float32, "device": torch.device("cpu")}
            given |= {name: value for name, value in own.items() if given.get(name) is None}
        return func(*args, **given)


def finished(model: nn.Sequential, dtype: torch.dtype) -> nn.Sequential:
    """Return a model that was made with its own weights as a caller wants it.

    Parameters
    ----------
    model : torch.nn.Sequential
        Made inside `OwnWeights`: in single precision, on the CPU.
    dtype : torch.dtype
        Type of its weights to be; its device is torch's default one.

    Examples
    --------
    >>> with OwnWeights(seed=3):
    ...     model = nn.Sequential(nn.Linear(2, 1))
    >>> finished(model, torch.float64)[0].weight.dtype
    torch.float64
    """
    # Asked for its default device, torch 2.7 does not tell of `with torch.device(...)`.
    return model.to(torch.empty(0).device, dtype)
