"""Random layers that draw from a generator of the lab's own.

Dropout and its kin take no generator: they draw from the one of the whole process. In a thread
beside somebody's program that would change the program's numbers, and the program's draws would
change the training. Below the layers, though, torch's operators do take one. So while a model
runs, each operator that draws is handed a generator that nobody else has.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

Device = torch.device

# Operators that draw something like a tensor, and the method that draws the same in place.
FILLED = {
    torch.ops.aten.rand_like: "uniform_",
    torch.ops.aten.randn_like: "normal_",
    torch.ops.aten.randint_like: "random_",
}


class OwnDraws(TorchDispatchMode):
    """What draws inside, in this thread, draws from generators of its own.

    The numbers are those that ``torch.manual_seed(seed)`` would have given; entered again, it goes
    on in its sequence. What torch lets nobody give a generator (the dropout inside attention on a
    GPU), and Python's and NumPy's random numbers, are not caught.

    Parameters
    ----------
    seed : int
        Seed of the generators, one for each device.

    Examples
    --------
    >>> before = torch.get_rng_state()
    >>> with OwnDraws(seed=3) as draws:
    ...     dropped = torch.nn.functional.dropout(torch.ones(8))
    >>> torch.equal(torch.get_rng_state(), before), draws.drew
    (True, True)
    >>> with torch.random.fork_rng(devices=[]):
    ...     _ = torch.manual_seed(3)
    ...     torch.equal(torch.nn.functional.dropout(torch.ones(8)), dropped)
    True
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.generators: dict[Device, torch.Generator] = {}

    @property
    def drew(self) -> bool:
        """Whether anything was drawn so far."""
        return bool(self.generators)

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call torch's operator, with a generator where it takes one."""
        given = kwargs or {}
        if torch.Tag.nondeterministic_seeded not in func.tags or _has_generator(args, given):
            return func(*args, **given)
        if func is torch.ops.aten.native_dropout.default:  # what a GPU does, without a generator
            return self._dropout(*args, **given)
        if func.overloadpacket in FILLED:  # torch 2.7 has these without a generator only
            x, *bounds = args
            like = torch.empty_like(x, **given)
            draw = getattr(like, FILLED[func.overloadpacket])
            return draw(*bounds, generator=self._generator([like], {}))
        seeded = _seeded(func)
        if seeded is None:
            return func(*args, **given)
        return seeded(*args, **{**given, "generator": self._generator(args, given)})

    def _generator(self, args: Sequence[Any], given: dict[str, Any]) -> torch.Generator:
        tensors = (value for value in args if isinstance(value, Tensor))
        device = given.get("device") or next((t.device for t in tensors), torch.device("cpu"))
        if device not in self.generators:
            self.generators[device] = torch.Generator(device).manual_seed(self.seed)
        return self.generators[device]

    def _dropout(self, x: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
        if not train or p == 0:
            return x.clone(), torch.ones_like(x, dtype=torch.bool)
        kept = torch.ones_like(x, dtype=torch.bool)
        kept.bernoulli_(1 - p, generator=self._generator([x], {}))
        # At p = 1 nothing is kept, and nothing is to be scaled.
        return x * kept * (1 / (1 - p) if p < 1 else 0.0), kept


def _has_generator(args: Sequence[Any], given: dict[str, Any]) -> bool:
    """Whether somebody chose where to draw from."""
    return any(isinstance(value, torch.Generator) for value in (*args, *given.values()))


@cache  # asked at every operator that draws, and there are few of them
def _seeded(func: Any) -> Callable[..., Any] | None:
    """The operator, or its variant that takes a generator and else the same; None: none does."""
    names = {argument.name for argument in func._schema.arguments}
    if "generator" in names:
        return func  # type: ignore[no-any-return]
    for overload in func.overloadpacket.overloads():
        other = getattr(func.overloadpacket, overload)
        if {argument.name for argument in other._schema.arguments} == names | {"generator"}:
            return other  # type: ignore[no-any-return]
    return None
