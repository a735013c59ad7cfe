"""The experiments of the first round: see `rules` for what became of them.

What stands here was planned before every schedule had a shape to choose: how momentum, weight
decay, batch size and the parameters of one cycle go together, which needs no rival.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from .. import toys
from ..policy.baselines import SCHEDULES
from ..policy.one_cycle import OneCycle
from ..sweeps.setting import Setting
from .plans import RATES, SIGNALS, Experiment, grid

BUDGETS = {"mnist1d": (100, 200, 400, 800, 1600), "digits": (25, 50, 100, 200, 400, 800)}
COMPARED = {
    "mnist1d": ("one cycle", "step", "cosine", "constant"),
    "digits": ("one cycle", "step", "cosine", "linear", "constant"),
}
POINTS = 10
THREE = {kind: SCHEDULES[kind] for kind in ("one cycle", "step", "cosine")}


def _budgets(toy: str, model: Callable[..., nn.Module]) -> Experiment:
    """Fewer steps for the same accuracy, more accuracy in the same steps, stable high rates."""
    families = {
        f"{kind}, {steps} steps": grid(SCHEDULES[kind], steps)
        for steps in BUDGETS[toy]
        for kind in COMPARED[toy]
    }
    return Experiment(families, toy, model, points=POINTS)


SAMPLES = (200, 400, 800, 1600, 3200)  # the last: what is left when a fifth is held out
DEPTHS = (1, 2, 4)
STEPS = 400
BATCHES = {16: 1600, 64: 400, 256: 100}  # batch size and steps, at equal epochs
CYCLED_DECAYS = (0.0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
MAP_RATES = tuple(float(f"{0.01 * 10 ** (i / 5):.3g}") for i in range(16))
MAP_STEPS = (50, 75, 100, 150, 200, 300, 400, 600)

_FAMILIES = {kind: grid(make, STEPS) for kind, make in THREE.items()}


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
    "budgets_mnist1d": _budgets("mnist1d", SIGNALS),
    "budgets_digits": _budgets("digits", toys.mlp),
    **{f"samples_{n}": Experiment(_FAMILIES, samples=n, tries=10) for n in SAMPLES},
    **{
        f"depth_{blocks}": Experiment(_FAMILIES, model=partial(SIGNALS, blocks=blocks))
        for blocks in DEPTHS
        if blocks != 2
    },
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
    "map": Experiment(
        {
            f"{kind}, {steps} steps": grid(SCHEDULES[kind], steps, MAP_RATES, [1e-4])
            for kind in ("one cycle", "step")
            for steps in MAP_STEPS
        },
        tries=4,
        reports=0,
    ),
}
