"""The experiments behind the lessons' evidence: what is trained, and what it is compared with.

Every experiment has families, one for each thing compared. The candidates of a family are
what it may choose from, on validation data; all families of an experiment choose from equally
many. The best of each is then trained with fresh seeds and measured on the test data.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from .. import toys
from ..policy.baselines import SCHEDULES, Make
from ..policy.one_cycle import OneCycle
from ..sweeps.setting import Setting

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
DECAYS = (1e-4, 1e-3, 5e-3)
REPORT_SEEDS = 1000  # the reported runs' seeds start here, apart from those used to choose
SIGNALS = partial(toys.convnet, channels=12, blocks=2)


@dataclass(frozen=True)
class Experiment:
    """Families of settings on a toy.

    Attributes
    ----------
    families : dict of str to tuple of Setting
        The candidates of each, by name.
    toy : str
        Name of the toy: 'mnist1d' or 'digits'.
    model : callable
        ``model(seed=...)`` returns a fresh network.
    samples : int, optional
        Number of training samples; default: all that are not held out.
    tries, reports : int
        Seeds for choosing, and fresh seeds for reporting; with 0 nothing is chosen.
    points : int
        Measurements along each reported training.

    Examples
    --------
    >>> families = {"one cycle": grid(OneCycle, 100), "step": grid(SCHEDULES["step"], 100)}
    >>> plan = Experiment(families, "digits", toys.mlp)
    >>> len(plan.candidates), len(plan.families["step"])
    (36, 18)
    """

    families: dict[str, tuple[Setting, ...]]
    toy: str = "mnist1d"
    model: Callable[..., nn.Module] = SIGNALS
    samples: int | None = None
    tries: int = 3
    reports: int = 10
    points: int = 1

    @property
    def candidates(self) -> tuple[Setting, ...]:
        """All candidates, family by family.

        Examples
        --------
        >>> plan = Experiment({"step": grid(SCHEDULES["step"], 50, [0.1, 1.0], [0.0])})
        >>> [setting.peak for setting in plan.candidates]
        [0.1, 1.0]
        """
        return tuple(setting for family in self.families.values() for setting in family)

    def data(self, dtype: torch.dtype = torch.float32) -> tuple[toys.Split, dict[str, toys.Split]]:
        """Return the training data, and validation and test data by name.

        Parameters
        ----------
        dtype : torch.dtype, default torch.float32
            Precision of the inputs.

        Examples
        --------
        >>> train, measured = Experiment({}, "digits", samples=300).data()
        >>> len(train.y), {name: len(split.y) for name, split in measured.items()}
        (300, {'validation': 287, 'test': 360})
        """
        toy = getattr(toys, self.toy)(dtype=dtype)
        train, validation = toy.holdout()
        train = toys.Split(train.x[: self.samples], train.y[: self.samples])
        return train, {"validation": validation, "test": toy.test}


def grid(
    schedule: Make,
    steps: int,
    rates: Iterable[float] = RATES,
    decays: Iterable[float] = DECAYS,
    **options: Any,
) -> tuple[Setting, ...]:
    """Return a setting for every weight decay and learning rate.

    Parameters
    ----------
    schedule : callable
        ``schedule(lr, steps)``, such as OneCycle or Step.
    steps : int
        Optimizer steps of each training.
    rates, decays : iterable of float
        Learning rates and weight decays; default: `RATES` and `DECAYS`.
    **options
        Further arguments of `Setting`, the same for all.

    Returns
    -------
    tuple of Setting
        Decay by decay, the rates within.

    Examples
    --------
    >>> settings = grid(SCHEDULES["cosine"], 50, [0.1, 1.0], [0.0, 0.001], batch_size=32)
    >>> [(setting.peak, setting.weight_decay) for setting in settings]
    [(0.1, 0.0), (1.0, 0.0), (0.1, 0.001), (1.0, 0.001)]
    """
    rates = tuple(rates)
    return tuple(
        Setting(schedule(rate, steps), weight_decay=decay, **options)
        for decay in decays
        for rate in rates
    )


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

EXPERIMENTS: dict[str, Experiment] = {
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
