"""Which parameters go together: what is impossible, and what is allowed but surprising."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import checks

if TYPE_CHECKING:
    from .one_cycle import OneCycle

# The explorer's front end says the same words: it is given this table, and a test compares
# thousands of combinations. {x!r} is Python's repr, {x:.6g} a rounded number.
IMPOSSIBLE = {
    "strategy": "anneal_strategy must be 'cos' or 'linear', got {value}",
    "lengths": "lists must have one value per parameter group, but {found}",
    "momenta": (
        "base_momentum={base!r} must not be above max_momentum={top!r}: momentum falls to "
        "base_momentum while the learning rate rises; swap the two"
    ),
    "rates": (
        "div_factor={div!r} and final_div_factor={final!r} make the learning rate infinite "
        "with max_lr={max_lr!r}; use larger ones"
    ),
    "three_phase": (
        "pct_start={p!r} with total_steps={n!r} and three_phase=True must be at most 0.5: "
        "warm-up and cool-down last equally long, so nothing would be left to anneal; "
        "try pct_start=0.45"
    ),
    "no_annealing": (
        "pct_start={p!r} with total_steps={n!r} leaves no step for annealing: "
        "pct_start must be below 1; {better}"
    ),
    "zero_warm_up": (
        "pct_start={p!r} with total_steps={n!r} makes a warm-up of zero width "
        "(pct_start * total_steps is exactly 1); {better}"
    ),
    "smaller_pct": "try pct_start={p:.6g}",
    "larger_pct": "try pct_start={p:.6g} or more",
    "more_steps": "use more steps",
}
SURPRISING = {
    "one_step": ("no warm-up: with total_steps=1 the only step uses the final learning rate"),
    "no_warm_up": (
        "no warm-up: pct_start={p!r} * total_steps={n!r} is below 1, so the learning rate "
        "only falls; for a warm-up raise pct_start above {least:.3g}"
    ),
    "no_rise": (
        "no rise: with three_phase=True, pct_start={p!r} and total_steps={n!r} no step "
        "falls near the peak; use more steps"
    ),
    "starts_above": "div_factor={div!r} is below 1: the cycle starts above max_lr",
    "ends_above": (
        "final_div_factor={final!r} with div_factor={div!r}: the cycle ends above max_lr"
    ),
}


def check_strategy(value: object) -> None:
    """Refuse what is not an annealing strategy.

    Examples
    --------
    >>> check_strategy("cosine")
    Traceback (most recent call last):
    ValueError: anneal_strategy must be 'cos' or 'linear', got 'cosine'
    """
    if not isinstance(value, str) or value not in ("cos", "linear"):
        raise ValueError(IMPOSSIBLE["strategy"].format(value=checks.shown(value)))


def check_groups(lengths: dict[str, int]) -> None:
    """Refuse lists of different lengths.

    Parameters
    ----------
    lengths : dict of str to int
        Length of each argument that is a list, by the argument's name.

    Raises
    ------
    ValueError
        When two lengths differ; the message names all of them.

    Examples
    --------
    >>> check_groups({"max_lr": 2, "base_momentum": 3})
    Traceback (most recent call last):
    ValueError: lists must have one value per parameter group, but max_lr has 2, base_momentum has 3
    """
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(IMPOSSIBLE["lengths"].format(found=found))


def check_momenta(base: float, top: float) -> None:
    """Refuse a range of momenta that is upside down.

    Raises
    ------
    ValueError
        When `base`, the momentum at the peak, is above `top`, that at both ends.

    Examples
    --------
    >>> check_momenta(base=0.95, top=0.85)
    Traceback (most recent call last):
    ValueError: base_momentum=0.95 must not be above max_momentum=0.85: momentum falls to \
base_momentum while the learning rate rises; swap the two
    """
    if base > top:
        raise ValueError(IMPOSSIBLE["momenta"].format(base=base, top=top))


def check_rates(max_lr: float, div_factor: float, final_div_factor: float) -> None:
    """Refuse factors so small that a learning rate overflows.

    Raises
    ------
    ValueError
        When the first or the last rate is infinite.

    Examples
    --------
    >>> check_rates(max_lr=1e300, div_factor=1e-10, final_div_factor=1.0)
    Traceback (most recent call last):
    ValueError: div_factor=1e-10 and final_div_factor=1.0 make the learning rate infinite \
with max_lr=1e+300; use larger ones
    """
    first = max_lr / div_factor
    if not math.isfinite(first) or not math.isfinite(first / final_div_factor):
        values = {"div": div_factor, "final": final_div_factor, "max_lr": max_lr}
        raise ValueError(IMPOSSIBLE["rates"].format(**values))


def check_phases(total_steps: int, pct_start: float, three_phase: bool) -> None:
    """Refuse phases of no width, at which torch divides by zero or never anneals.

    Raises
    ------
    ValueError
        When a phase has no width; the message offers a `pct_start` that gives it one, where
        there is such a value.

    Examples
    --------
    >>> check_phases(total_steps=100, pct_start=1.0, three_phase=False)
    Traceback (most recent call last):
    ValueError: pct_start=1.0 with total_steps=100 leaves no step for annealing: \
pct_start must be below 1; try pct_start=0.9
    """
    n, p = total_steps, pct_start
    better = IMPOSSIBLE["more_steps"]
    if three_phase and p > 0.5:
        raise ValueError(IMPOSSIBLE["three_phase"].format(p=p, n=n))
    # The peak lies at step p * n - 1, rounded as torch rounds it, not as algebra would have it.
    if p * n - 1 >= n - 1:
        if n > 2:
            better = IMPOSSIBLE["smaller_pct"].format(p=min(0.9, (n - 1) / n))
        raise ValueError(IMPOSSIBLE["no_annealing"].format(p=p, n=n, better=better))
    if p * n - 1 == 0:
        if n > 4:
            better = IMPOSSIBLE["larger_pct"].format(p=2 / n)
        raise ValueError(IMPOSSIBLE["zero_warm_up"].format(p=p, n=n, better=better))


def notes(policy: "OneCycle") -> tuple[str, ...]:
    """Say what is allowed but surprising about a policy.

    Parameters
    ----------
    policy : OneCycle
        The policy to comment on.

    Returns
    -------
    tuple of str
        A sentence for each surprise; empty for an ordinary cycle.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> notes(OneCycle(max_lr=0.1, total_steps=100))
    ()
    """
    n, p = policy.total_steps, policy.pct_start
    div, final = policy.div_factor, policy.final_div_factor
    found = []
    if n == 1:
        found.append("one_step")
    elif p * n < 1:
        found.append("no_warm_up")
    elif policy.three_phase and 2 * p * n - 2 <= 1:
        found.append("no_rise")
    if div < 1:
        found.append("starts_above")
    if div * final < 1:
        found.append("ends_above")
    values = {"n": n, "p": p, "div": div, "final": final, "least": 1 / n}
    return tuple(SURPRISING[name].format(**values) for name in found)


def check_steps(steps: Any, last: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the steps that were asked for: a copy of them as they came, and as floats.

    Parameters
    ----------
    steps : object
        What was passed as a list of steps.
    last : int
        The last step of the cycle.

    Examples
    --------
    >>> check_steps([0, 5], last=9)[1].tolist()
    [0.0, 5.0]
    >>> check_steps([0, 10], last=9)
    Traceback (most recent call last):
    ValueError: steps must rise from 0 or more to 9 or less, got [0, 10]
    """
    try:
        given = np.array(steps, ndmin=1)
        if given.dtype.kind not in "iufO":  # text and dates would become numbers as well
            raise TypeError
        values = given.astype(np.float64)
    except OverflowError:  # 10**400
        given = values = np.array([np.inf])
    except Exception:  # a tensor raises what it likes
        raise TypeError(f"steps must be a list of numbers, got {checks.shown(steps)}") from None
    inside = (values >= 0) & (values <= float(last))
    if values.ndim != 1 or not inside.all() or (np.diff(values) < 0).any():
        raise ValueError(
            f"steps must rise from 0 or more to {last} or less, got {checks.shown(steps)}"
        )
    return given, values
