"""The arithmetic of the cycle: where each phase ends, and the values at every step.

Everything here repeats, operation by operation, what `torch.optim.lr_scheduler.OneCycleLR`
computes one step at a time, so that the vectorised result is the same to the last bit.
"""

import functools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Phase(NamedTuple):
    """A named part of the cycle.

    Attributes
    ----------
    name : str
        'warm-up', 'annealing', 'cool-down' or 'annihilation'.
    first, last : int
        First and last optimizer step (from 0, both included) of the phase.
    start, end : float
        Where the phase's curve begins and ends, in steps. These lie between
        two steps unless ``pct_start * total_steps`` is whole.
    """

    name: str
    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Curve:
    """What the optimizer uses at each of its steps.

    Attributes
    ----------
    lr : ndarray of float64, shape (total_steps,) or (groups, total_steps)
        Learning rate at each optimizer step.
    momentum : ndarray of float64, of the same shape, or None
        Momentum (Adam's beta1) at each step; None when it is not cycled.
    """

    lr: Array
    momentum: Array | None

    @property
    def step(self) -> NDArray[np.int64]:
        """0, 1, ..., total_steps - 1."""
        return np.arange(self.lr.shape[-1])


def ends(total_steps: int, pct_start: float, three_phase: bool) -> list[float]:
    """Where each phase ends, in steps; rounded exactly as torch rounds."""
    peak = float(pct_start * total_steps) - 1
    last = float(total_steps - 1)
    if three_phase:
        return [peak, float(2 * pct_start * total_steps) - 2, last]
    return [peak, last]


def phases(total_steps: int, pct_start: float, three_phase: bool) -> tuple[Phase, ...]:
    """Divide the steps among the phases; a phase that gets no step is left out."""
    names = ("warm-up", "cool-down", "annihilation") if three_phase else ("warm-up", "annealing")
    result, start, first = [], 0.0, 0
    for name, end in zip(names, ends(total_steps, pct_start, three_phase), strict=True):
        last = math.floor(end)
        if last >= first:
            result.append(Phase(name, first, last, start, end))
            first = last + 1
        start = end
    return tuple(result)


@functools.cache
def _numpy_cos_is_exact() -> bool:
    """Whether numpy's cosine equals the C library's, which torch calls, on this processor.

    numpy may use its own vector instructions, which can differ in the last place.
    """
    sample = np.linspace(0.0, math.pi, 4099)
    return bool(np.all(np.cos(sample) == [math.cos(x) for x in sample]))


def _cos(angle: Array) -> Array:
    if _numpy_cos_is_exact():
        return np.cos(angle, out=angle)
    return np.fromiter(map(math.cos, angle.tolist()), np.float64, angle.size)


def progress(total_steps: int, parts: tuple[Phase, ...], strategy: str) -> Array:
    """Weight at each step: 1 + cos(pi * pct) for 'cos', pct itself for 'linear'."""
    weight = np.arange(total_steps, dtype=np.float64)
    for part in parts:
        span = weight[part.first : part.last + 1]
        span -= part.start
        span /= part.end - part.start
    if strategy == "cos":
        weight *= math.pi
        weight = _cos(weight)
        weight += 1
    return weight


def anneal(weight: Array, start: float, end: float, strategy: str, out: Array) -> None:
    """Write the way from `start` to `end` into `out`, in torch's order of operations."""
    if strategy == "cos":
        np.multiply(weight, (start - end) / 2.0, out=out)
        out += end
    else:
        np.multiply(weight, end - start, out=out)
        out += start


def fill(
    weight: Array,
    parts: tuple[Phase, ...],
    knots: dict[str, list[tuple[float, float]]],
    strategy: str,
    out: Array,
) -> None:
    """Interpolate every phase between its knots.

    Parameters
    ----------
    weight : ndarray, shape (total_steps,)
        As `progress` returns.
    parts : tuple of Phase
        The phases that have steps.
    knots : dict
        For each phase name, (start, end) of every group.
    strategy : {'cos', 'linear'}
        Annealing strategy.
    out : ndarray, shape (groups, total_steps)
        Written to.
    """
    for part in parts:
        steps = slice(part.first, part.last + 1)
        for row, (start, end) in zip(out, knots[part.name], strict=True):
            anneal(weight[steps], start, end, strategy, row[steps])
