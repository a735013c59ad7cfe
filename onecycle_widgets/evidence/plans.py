"""What an experiment is: families of candidates on a toy, and how one of each is chosen.

Every experiment has families, one for each thing compared. The candidates of a family are
what it may choose from, on validation data; all families of an experiment choose from equally
many. The choice is made in one round or in two: all candidates with a few seeds and, where there
are finalists, the best of those again with ten fresh seeds. The winner is then trained with fresh
seeds once more, and measured on the test data. Which experiments there are is in `studies`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import nn

from .. import toys
from ..policy.baselines import Make
from ..sweeps.setting import Setting
from ..training.step import LossFunction

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
DECAYS = (1e-4, 1e-3, 5e-3)
FINAL_SEEDS, REPORT_SEEDS = 500, 1000  # where seeds of the later rounds start: no seed serves twice
SHAPELESS: Sequence[Mapping[str, Any]] = ({},)
SIGNALS = partial(toys.convnet, channels=12, blocks=2)

Family = tuple[Setting, ...]


class Families(Mapping[str, Family]):
    """Families by name, each made when it is first asked for.

    All experiments have 13,000 candidates: to make them takes a second, which nobody should wait
    for who only looks at one.

    Parameters
    ----------
    made : dict of str to callable
        What makes each.

    Examples
    --------
    >>> found = Families({"step": lambda: (), "cosine": lambda: 1 / 0})
    >>> list(found), found["step"]
    (['step', 'cosine'], ())
    """

    def __init__(self, made: Mapping[str, Callable[[], Family]]) -> None:
        self._made = {name: cache(make) for name, make in made.items()}

    def __getitem__(self, name: str) -> Family:
        return self._made[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __or__(self, others: "Families") -> "Families":
        return Families(self._made | others._made)


@dataclass(frozen=True)
class Experiment:
    """Families of settings on a toy.

    Attributes
    ----------
    families : mapping of str to tuple of Setting
        The candidates of each, by name.
    toy : str
        Name of the toy: 'mnist1d', 'digits' or 'character_names'.
    model : callable
        ``model(seed=...)`` returns a fresh network.
    samples : int, optional
        Number of training samples; default: all that are not held out.
    tries, reports : int
        Seeds for choosing, and fresh seeds for reporting; with 0 nothing is chosen.
    points : int
        Measurements along each reported training.
    finalists, again : int
        How many of each family are trained a second time before one is chosen, and with how many
        seeds; with 0 the choice falls in the first round.
    draw : int, optional
        Seed with which the toy and its split are drawn; default: the toy's own.
    loss_fn : callable, optional
        What is trained on, where it is not the cross-entropy of classes. Then a run's score is
        not its accuracy, but this loss, with the sign turned.
    held : int, optional
        Most validation samples that are measured; default: all that are held out.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import SCHEDULES
    >>> families = {kind: grid(SCHEDULES[kind], 100) for kind in ("one cycle", "step")}
    >>> plan = Experiment(families, "digits", toys.mlp)
    >>> len(plan.candidates), len(plan.families["step"])
    (36, 18)
    """

    families: Mapping[str, Family]
    toy: str = "mnist1d"
    model: Callable[..., nn.Module] = SIGNALS
    samples: int | None = None
    tries: int = 3
    reports: int = 10
    points: int = 1
    finalists: int = 0
    again: int = 10
    draw: int | None = None
    loss_fn: LossFunction | None = None
    held: int | None = None

    @property
    def candidates(self) -> Family:
        """All candidates, family by family.

        Examples
        --------
        >>> from onecycle_widgets.policy.baselines import SCHEDULES
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
        drawn = {} if self.draw is None else {"seed": self.draw}
        if self.toy == "character_names":  # whole numbers, whatever the precision
            toy = toys.character_names(**drawn)
        else:
            toy = getattr(toys, self.toy)(dtype=dtype, **drawn)
        train, validation = toy.holdout(**drawn)
        train = toys.Split(train.x[: self.samples], train.y[: self.samples])
        validation = toys.Split(validation.x[: self.held], validation.y[: self.held])
        return train, {"validation": validation, "test": toy.test}


def grid(
    schedule: Make,
    steps: int,
    rates: Iterable[float] = RATES,
    decays: Iterable[float] = DECAYS,
    shapes: Sequence[Mapping[str, Any]] = SHAPELESS,
    **options: Any,
) -> Family:
    """Return a setting for every shape, weight decay and learning rate.

    Parameters
    ----------
    schedule : callable
        ``schedule(lr, steps, **shape)``, such as OneCycle or Step.
    steps : int
        Optimizer steps of each training.
    rates, decays : iterable of float
        Learning rates and weight decays; default: `RATES` and `DECAYS`.
    shapes : sequence of dict
        Further arguments of the schedule, each of them tried; default: none.
    **options
        Further arguments of `Setting`, the same for all.

    Returns
    -------
    tuple of Setting
        Shape by shape, decay by decay, the rates within.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import SCHEDULES
    >>> settings = grid(SCHEDULES["cosine"], 50, [0.1, 1.0], [0.0, 0.001], batch_size=32)
    >>> [(setting.peak, setting.weight_decay) for setting in settings]
    [(0.1, 0.0), (1.0, 0.0), (0.1, 0.001), (1.0, 0.001)]
    """
    rates, decays = tuple(rates), tuple(decays)
    return tuple(
        Setting(schedule(rate, steps, **shape), weight_decay=decay, **options)
        for shape in shapes
        for decay in decays
        for rate in rates
    )
