"""The experiments of the first round: see `rules` for what became of them.

What stands here was planned before every schedule had a shape to choose: how momentum, weight
decay, batch size and the parameters of one cycle go together, which needs no rival.
"""

from functools import partial
from typing import Any

from ..policy.baselines import SCHEDULES
from ..policy.one_cycle import OneCycle
from ..sweeps.setting import Setting
from .plans import RATES, Experiment, grid

STEPS = 400
BATCHES = {16: 1600, 64: 400, 256: 100}  # batch size and steps, at equal epochs
CYCLED_DECAYS = (0.0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)


def _momenta() -> dict[str, tuple[Setting, ...]]:
    still = partial(OneCycle, cycle_momentum=False)
    families = {"cycled, 0.95 to 0.85": grid(OneCycle, STEPS)}
    families["cycled, 0.95 to 0.8"] = grid(partial(OneCycle, base_momentum=0.8), STEPS)
    for momentum in (0.8, 0.85, 0.9, 0.95):
        families[f"constant, {momentum}"] = grid(still, STEPS, momentum=momentum)
    return families


SHAPES: dict[str, dict[str, Any]] = {
    "torch's default": {},
    "pct_start 0.1": {"pct_start": 0.1},
    "pct_start 0.2": {"pct_start": 0.2},
    "pct_start 0.45": {"pct_start": 0.45},
    "pct_start 0.7": {"pct_start": 0.7},
    "pct_start 0.9": {"pct_start": 0.9},
    "linear": {"anneal_strategy": "linear"},
    "three phases": {"three_phase": True, "pct_start": 0.45},
    "three phases, linear": {
        "three_phase": True, "pct_start": 0.45, "anneal_strategy": "linear", "div_factor": 10.0,
    },
    "no annihilation": {
        "pct_start": 0.5, "anneal_strategy": "linear", "div_factor": 10.0, "final_div_factor": 1.0,
    },
}  # fmt: skip

FIRST_ROUND: dict[str, Experiment] = {
    "decay": Experiment(
        {
            f"{kind}, {r:g}": grid(SCHEDULES[kind], STEPS, [r], CYCLED_DECAYS)
            for kind in ("one cycle", "constant")
            for r in RATES[1:]
        },
        tries=10,
        reports=0,
    ),
    "momentum": Experiment(_momenta(), tries=10),
    "batch": Experiment(
        {
            f"{kind}, {size}": grid(SCHEDULES[kind], steps, decays=[1e-4], batch_size=size)
            for kind in ("one cycle", "step")
            for size, steps in BATCHES.items()
        },
        tries=10,
        reports=0,
    ),
    "shape": Experiment(
        {name: grid(partial(OneCycle, **kwargs), STEPS) for name, kwargs in SHAPES.items()}
    ),
}
