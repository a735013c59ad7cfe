"""The arithmetic of the cycle: where each phase ends, and the values at every step.

Everything here repeats, operation by operation, what `torch.optim.lr_scheduler.OneCycleLR`
computes one step at a time, so that the vectorised result is the same to the last bit. A phase
is a way from one value to another; learning rate and momentum of all groups share its progress.
So the cosine is taken once for each step (`progress`), and each quantity costs a multiplication
and an addition more (`anneal`).
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Phase(NamedTuple):
    """A named part of the cycle.

    Attributes
    ----------
    name : str
        What it is called: 'warm-up', 'annealing', 'cool-down' or 'annihilation'.
    first, last : int
        First and last optimizer step (from 0, both included) of the phase.
    start, end : float
        Where the phase's curve begins and ends, in steps. These lie between
        two steps unless ``pct_start * total_steps`` is whole.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> OneCycle(max_lr=0.1, total_steps=15).phases[0]
    Phase(name='warm-up', first=0, last=3, start=0.0, end=3.5)
    """

    name: str
    first: int
    last: int
    start: float
    end: float


Parts = Sequence[tuple[Phase, slice]]


@dataclass(frozen=True, eq=False)
class Curve:
    """What the optimizer uses at each of its steps.

    Attributes
    ----------
    lr : ndarray of float64, shape (total_steps,) or (groups, total_steps)
        Learning rate at each optimizer step.
    momentum : ndarray of float64, of the same shape, or None
        Momentum (Adam's beta1) at each step; None when it is not cycled.
    at : ndarray, shape (points,), or None
        The steps that were asked for; None when they are 0, 1, ..., total_steps - 1.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> curve = OneCycle(max_lr=0.1, total_steps=100).curve()
    >>> peak = curve.lr.argmax()
    >>> int(curve.step[peak]), float(curve.momentum[peak])
    (29, 0.85)
    """

    lr: Array
    momentum: Array | None
    at: NDArray[Any] | None = None

    @property
    def step(self) -> NDArray[Any]:
        """The step of each value: 0, 1, ..., total_steps - 1, or those that were asked for."""
        return np.arange(self.lr.shape[-1]) if self.at is None else self.at


def ends(total_steps: int, pct_start: float, three_phase: bool) -> list[float]:
    """Where each phase ends, in steps; rounded exactly as torch rounds.

    Examples
    --------
    >>> ends(total_steps=15, pct_start=0.3, three_phase=False)
    [3.5, 14.0]
    """
    # The order is torch's: 2 * pct_start * total_steps may round otherwise than 2 * peak.
    peak = float(pct_start * total_steps) - 1
    last = float(total_steps - 1)
    if three_phase:
        return [peak, float(2 * pct_start * total_steps) - 2, last]
    return [peak, last]


def phases(total_steps: int, pct_start: float, three_phase: bool) -> tuple[Phase, ...]:
    """Divide the steps among the phases; a phase that gets no step is left out.

    Examples
    --------
    >>> [phase.name for phase in phases(total_steps=10, pct_start=0.0, three_phase=False)]
    ['annealing']
    """
    names = ("warm-up", "cool-down", "annihilation") if three_phase else ("warm-up", "annealing")
    result, start, first = [], 0.0, 0
    for name, end in zip(names, ends(total_steps, pct_start, three_phase), strict=True):
        # The last end is a whole number, which the float may miss when there are 2**53 steps.
        last = total_steps - 1 if name == names[-1] else math.floor(end)
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


def progress(steps: Array, parts: Parts, strategy: str) -> Array:
    """Weight at each step: 1 + cos(pi * pct) for 'cos', pct itself for 'linear'.

    Parameters
    ----------
    steps : ndarray of float64
        The steps, in rising order; overwritten with the result.
    parts : sequence of (Phase, slice)
        The phases, and which of the steps lie in each.
    strategy : {'cos', 'linear'}
        Annealing strategy: half a cosine, or a straight line.

    Returns
    -------
    ndarray, shape (steps,)
        From 2 down to 0 in each phase for 'cos', from 0 up to 1 for 'linear'.

    Examples
    --------
    Two steps up to the peak, and two down:

    >>> parts = whole(phases(total_steps=5, pct_start=0.6, three_phase=False))
    >>> progress(np.arange(5.0), parts, "linear").tolist()
    [0.0, 0.5, 1.0, 0.5, 1.0]
    >>> progress(np.arange(5.0), parts, "cos").round(6).tolist()
    [2.0, 1.0, 0.0, 1.0, 0.0]
    """
    # All in place: a long cycle then needs no further array of its length.
    for part, here in parts:
        span = steps[here]
        span -= part.start
        span /= part.end - part.start
    if strategy == "cos":
        steps *= math.pi
        steps = _cos(steps)
        steps += 1
    return steps


def anneal(weight: Array, start: Array, end: Array, strategy: str, out: Array) -> None:
    """Write the way from `start` to `end` into `out`, in torch's order of operations.

    Parameters
    ----------
    weight : ndarray, shape (steps,)
        Weight at each step, as `progress` returns it.
    start, end : ndarray, shape (groups, 1)
        Values at which the phase begins and ends, for each group.
    strategy : {'cos', 'linear'}
        Annealing strategy: half a cosine, or a straight line.
    out : ndarray, shape (groups, steps)
        Where the values are written to.

    Examples
    --------
    >>> out = np.empty((1, 3))
    >>> anneal(np.array([0.0, 0.5, 1.0]), np.array([[1.0]]), np.array([[3.0]]), "linear", out)
    >>> out.tolist()
    [[1.0, 2.0, 3.0]]
    """
    # Torch's own formulas, in torch's order: other orders are equal on paper, but in floating point
    # they differ in the last bit.
    if strategy == "cos":
        np.multiply(weight, (start - end) / 2.0, out=out)
        out += end
    else:
        np.multiply(weight, end - start, out=out)
        out += start


def whole(parts: tuple[Phase, ...]) -> Parts:
    """Which of all the steps lie in each phase.

    Examples
    --------
    >>> [here for _, here in whole(phases(10, 0.3, three_phase=False))]
    [slice(0, 3, None), slice(3, 10, None)]
    """
    return [(part, slice(part.first, part.last + 1)) for part in parts]


def divided(steps: Array, parts: tuple[Phase, ...]) -> Parts:
    """Which of some steps, in rising order and whole or not, lie in each phase.

    Examples
    --------
    >>> [here for _, here in divided(np.array([0, 2.5, 9]), phases(10, 0.3, three_phase=False))]
    [slice(0, 1, None), slice(1, 3, None)]
    """
    # Between two phases' steps a real number belongs to the first one up to where that ends.
    borders = np.searchsorted(steps, [part.end for part in parts[:-1]], side="right")
    bounds = [0, *borders.tolist(), len(steps)]
    return [(part, slice(*pair)) for part, pair in zip(parts, pairwise(bounds), strict=True)]
