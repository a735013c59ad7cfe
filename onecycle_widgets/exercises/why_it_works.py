"""Self-checks on why the policy works: a stable rate, a wide well, a sharpness, an eigenvalue."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evidence.journeys import Journey
from ..surfaces import SURFACES, roll, steering
from ..tables import Table
from .checking import RIGHT, HintError, asked, matched, number, one_cycle, one_group, self_check

Array = NDArray[np.float64]
CURVATURE, MOMENTUM = 50.0, 0.95
NEEDED, SEEDS = 0.9, 3  # of the balls in the wide well, with each seed
CALLS = 2000  # of a product in a power iteration
# Whose sharpness each is, and what to look at when that was not seen.
COLUMNS = {
    "A": ("plain net, peak 0.02", "its start is as flat as another's. Whose end is sharper?"),
    "B": ("residual net", "how does its start compare with the others'?"),
    "C": ("plain net, peak 0.1", "its start is as flat as another's. Whose end is flatter?"),
    "D": ("residual net, last layers zero", "which start lies between the others'?"),
}
SHOWN = {
    "A": ("MLP", "peak 0.02"),
    "B": ("residual", "one cycle"),
    "C": ("MLP", "peak 0.1"),
    "D": ("zero last", "low cycle"),
}


@self_check
def stable_rate(answer: Any) -> str:
    """Check the largest rate at which a ball comes to rest in a bowl.

    Parameters
    ----------
    answer : float
        For a curvature of 50 and a momentum of 0.95, to one per cent.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> stable_rate(2 / 50)
    ✗ Not yet: that is the limit without momentum. With it, more is borne: by how much?
    """
    if not number(answer):
        raise HintError(f"the answer should be a number, not {answer!r:.40}.")
    mistakes = {
        "that is the limit without momentum. With it, more is borne: by how much?": 2 / CURVATURE,
        "it is 1 + m that counts here, not 1 - m.": 2 * (1 - MOMENTUM) / CURVATURE,
        "that is the limit of a momentum of 0.9.": 2 * (1 + 0.9) / CURVATURE,
        "that bounds the effective rate. On a bowl it is 1 + m that counts.": (
            2 / (CURVATURE * (1 - MOMENTUM))
        ),
        "twice that: a step may go past the bottom, as far as it came.": (1 + MOMENTUM) / CURVATURE,
    }
    limit = 2 * (1 + MOMENTUM) / CURVATURE
    if np.isclose(answer, limit, rtol=0.01):
        below, above = (_distance(share * limit) for share in (0.99, 1.01))
        return (
            f"{RIGHT} One per cent below, a ball that starts 1 away is {below:.1g} away after "
            f"5,000 steps; one per cent above, {above:.1g}."
        )
    for hint, mistake in mistakes.items():
        if np.isclose(answer, mistake, rtol=0.01):
            raise HintError(hint)
    if answer <= 0:
        raise HintError("a rate is above zero.")
    went = _distance(float(answer))
    went_on = f"is {went:.1g} away" if went < 1 else "has gone further away and further"
    raise HintError(f"at this rate a ball that starts 1 away {went_on} after 5,000 steps.")


def _distance(rate: float) -> float:
    """How far from the bottom a ball ends that starts 1 away."""
    place, speed = 1.0, 0.0
    for _ in range(5000):
        speed = MOMENTUM * speed + CURVATURE * place
        place -= rate * speed
        if abs(place) > 1e100:
            break
    return abs(place)


@self_check
def wide_well(answer: Any) -> str:
    """Check a cycle that brings the balls from the sharp well to the wide one.

    Parameters
    ----------
    answer : OneCycle
        At most 300 steps, after which nine of ten of 200 balls should be in the wide well, at the
        usual noise and with each of three seeds.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> wide_well(OneCycle(max_lr=0.01, total_steps=300))
    ✗ Not yet: all balls are still in the sharp well: no step of theirs leads out of it.
    """
    policy = one_cycle(answer)
    one_group(policy)
    if policy.total_steps > 300:
        raise HintError(f"it should have at most 300 steps, not {policy.total_steps}.")
    wells = SURFACES["wells"]
    assert wells.border is not None
    runs = [roll(wells, *steering(policy), 1.0, 200, seed) for seed in range(SEEDS)]
    shares = [run.share_beyond(wells.border) for run in runs]
    least = min(shares)
    if least >= NEEDED:
        return f"{RIGHT} With the worst of three seeds {least:.0%} end there."
    flown = max(run.flown for run in runs)
    if flown > 200 * (1 - NEEDED):
        raise HintError(f"{flown} of 200 balls fly off: the peak is too high.")
    if not max(shares):
        raise HintError("all balls are still in the sharp well: no step of theirs leads out of it.")
    raise HintError(
        f"with the worst of three seeds {least:.0%} are in the wide well. "
        + (
            "The others are still in the sharp one: go higher, or stay up there for longer."
            if flown == 0
            else "Some fly off, and some are thrown back again: lower."
        )
    )


def four_ways(seen: Journey) -> Table:
    """Return the sharpness on the way of four trainings, under the letters A to D.

    Parameters
    ----------
    seen : Journey
        What `onecycle_widgets.evidence.journeys.load` returns.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.journeys import load
    >>> four_ways(load(Path(__file__).parents[2] / "notebooks" / "data")).header
    ('share of the steps', 'A', 'B', 'C', 'D')
    """
    looks = np.linspace(0, 40, 6).astype(int)
    columns = [seen.of(*SHOWN[letter]).sharpness[0, looks] for letter in COLUMNS]
    rows = [
        (f"{look / 40:.0%}", *(f"{value:.3g}" for value in values))
        for look, *values in zip(looks, *columns, strict=True)
    ]
    return Table(("share of the steps", *COLUMNS), rows)


@self_check
def whose_sharpness(answer: Any) -> str:
    """Check whose sharpness each column of `four_ways` is.

    Parameters
    ----------
    answer : mapping of str to str
        For each of the letters 'A' to 'D' one of 'plain net, peak 0.02', 'plain net, peak 0.1',
        'residual net' and 'residual net, last layers zero'.

    Returns
    -------
    str
        One line for each letter: right, or a hint where to look.

    Examples
    --------
    >>> whose_sharpness("residual net")
    ✗ Not yet: the answer should be a dict, not str.
    """
    once = "Each training has one column."
    return matched(answer, COLUMNS, sorted(name for name, _ in COLUMNS.values()), once)


@self_check
def top_eigenvalue(answer: Any) -> str:
    """Check a power iteration.

    Parameters
    ----------
    answer : callable
        ``answer(product, size)`` returns the largest eigenvalue of a symmetric matrix without a
        negative one, to one per cent; ``product(vector)`` returns the matrix times a vector of
        length `size`, and is all that is known of it.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> top_eigenvalue(lambda product, size: product(np.ones(size)))
    ✗ Not yet: it should return one number, the eigenvalue.
    """
    find = asked(answer, "a function")
    for values in ([3.0, 1.0, 0.1], [13_000.0, 9_000.0, 50.0, 1.0], [2e-3] + [1e-3] * 30):
        _check_top(find, np.array(values))
    return f"{RIGHT} With products of a net's Hessian it is all that `sharpness` needs."


def _check_top(find: Callable[..., Any], values: Array) -> None:
    size, largest = len(values), values.max()
    turned, _ = np.linalg.qr(np.random.default_rng(size).standard_normal((size, size)))
    matrix = turned * values @ turned.T
    calls = 0

    def product(vector: Any) -> Array:
        nonlocal calls
        calls += 1
        if calls > CALLS:
            raise HintError(f"it still goes on after {CALLS} products; some dozens are enough.")
        if np.shape(vector) != (size,):
            raise HintError(f"product takes a vector of length {size}, not {np.shape(vector)}.")
        result: Array = matrix @ np.asarray(vector, dtype=float)
        return result

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = find(product, size)
    if not isinstance(found, (int, float, np.number)):
        raise HintError("it should return one number, the eigenvalue.")
    if not number(found) or found > 1e6 * largest:
        raise HintError("it grows with every product: give the vector length 1 after each.")
    if np.isclose(found, largest, rtol=0.01):
        return
    if np.isclose(found, -largest, rtol=0.01):
        raise HintError("the sign is turned.")
    if np.isclose(found, 1, rtol=1e-6):
        raise HintError("you measured the vector after giving it length 1: measure the product.")
    if np.isclose(found, largest**2, rtol=0.03):
        raise HintError("that is its square.")
    if found < largest and found > values.min():
        raise HintError(
            f"close, but for the eigenvalues {_few(values)} it returns {found:.4g}: "
            "more products turn the vector further to the top."
        )
    raise HintError(f"for the eigenvalues {_few(values)} it returns {found:.4g}.")


def _few(values: Array) -> str:
    return ", ".join(f"{value:g}" for value in values[:4]) + (" ..." if len(values) > 4 else "")
