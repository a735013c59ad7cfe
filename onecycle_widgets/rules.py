"""Which parameters go together: what is impossible, and what is allowed but surprising."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .policy import OneCycle


def check_groups(lengths: dict[str, int]) -> None:
    """Refuse lists of different lengths."""
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"lists must have one value per parameter group, but {found}")


def check_momenta(base: float, top: float) -> None:
    """Refuse a range of momenta that is upside down."""
    if base > top:
        raise ValueError(
            f"base_momentum={base!r} must not be above max_momentum={top!r}: momentum falls to "
            "base_momentum while the learning rate rises; swap the two"
        )


def check_rates(max_lr: float, div_factor: float, final_div_factor: float) -> None:
    """Refuse factors so small that a learning rate overflows."""
    first = max_lr / div_factor
    if not math.isfinite(first) or not math.isfinite(first / final_div_factor):
        raise ValueError(
            f"div_factor={div_factor!r} and final_div_factor={final_div_factor!r} make the "
            f"learning rate infinite with max_lr={max_lr!r}; use larger ones"
        )


def check_phases(total_steps: int, pct_start: float, three_phase: bool) -> None:
    """Refuse phases of no width, at which torch divides by zero or never anneals."""
    n, p = total_steps, pct_start
    given = f"pct_start={p!r} with total_steps={n}"
    if three_phase and p > 0.5:
        raise ValueError(
            f"{given} and three_phase=True must be at most 0.5: warm-up and cool-down last "
            "equally long, so nothing would be left to anneal; try pct_start=0.45"
        )
    if p * n - 1 >= n - 1:
        better = f"try pct_start={min(0.9, (n - 1) / n):.6g}" if n > 2 else "use more steps"
        raise ValueError(
            f"{given} leaves no step for annealing: pct_start must be below 1; {better}"
        )
    if p * n - 1 == 0:
        better = f"try pct_start={2 / n:.6g} or more" if n > 4 else "use more steps"
        raise ValueError(
            f"{given} makes a warm-up of zero width (pct_start * total_steps is exactly 1); "
            f"{better}"
        )


def notes(policy: "OneCycle") -> tuple[str, ...]:
    """Say what is allowed but surprising about a policy."""
    n, p = policy.total_steps, policy.pct_start
    div, final = policy.div_factor, policy.final_div_factor
    found = []
    if n == 1:
        found.append("no warm-up: with total_steps=1 the only step uses the final learning rate")
    elif p * n < 1:
        found.append(
            f"no warm-up: pct_start={p!r} * total_steps={n} is below 1, so the learning rate "
            f"only falls; for a warm-up raise pct_start above {1 / n:.3g}"
        )
    elif policy.three_phase and 2 * p * n - 2 <= 1:
        found.append(
            f"no rise: with three_phase=True, pct_start={p!r} and total_steps={n} no step "
            "falls near the peak; use more steps"
        )
    if div < 1:
        found.append(f"div_factor={div!r} is below 1: the cycle starts above max_lr")
    if div * final < 1:
        found.append(
            f"final_div_factor={final!r} with div_factor={div!r}: the cycle ends above max_lr"
        )
    return tuple(found)
