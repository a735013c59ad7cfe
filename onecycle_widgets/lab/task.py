"""What a person chooses in the lab: data, model, optimizer, and how it becomes a training.

A task is what stays the same while the schedule is dragged about. It turns choices by name into a
setting and a group for the engine, into a range test, and into a script that does the same without
the lab.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from .. import checks, toys
from ..policy.one_cycle import OneCycle
from ..range_test.result import RangeTest
from ..range_test.run import climb_once
from ..sweeps import engine
from ..sweeps.setting import Setting
from .offered import DTYPES, MODELS, splits
from .training import Chance, Training

HELD_OUT = "held out"
POINTS = 20  # measurements in a training
MOST_SEEDS, MOST_STEPS = 100, 100_000
FIRST_RATES = {"sgd": 1e-4, "adamw": 1e-5}
"""Where a range test begins. AdamW's steps are as long as the rate, whatever the gradient."""
RANGE_SEEDS = 5  # runs of a range test, at most
# What a task refuses. The page that trains says the same words.
REFUSALS = {
    "one_of": "{name} must be one of {names}, got {value}",
    "batch": "batch_size must be at most {most}, got {value}",
    "net": "model must be one of: {names} for {data}, got {value}",
    "seeds": "seeds must be at most {most} in the lab, got {value}",
    "steps": "total_steps must be at most {most} in the lab, got {value}",
}


class StoppedError(Exception):
    """Somebody does not want to wait for the end.

    Examples
    --------
    >>> Task("spirals").range_test(stopped=lambda: True, seen=lambda lr, loss: None)
    Traceback (most recent call last):
    onecycle_widgets.lab.task.StoppedError
    """


@dataclass(frozen=True)
class Task:
    """What is trained, apart from the schedule.

    Parameters
    ----------
    data : {'digits', 'spirals', 'mnist1d'}
        Name of the toy to learn.
    model : str, optional
        Name of a model that fits the data, a key of ``MODELS[data]``; default: the first.
    optimizer : {'sgd', 'adamw'}
        Torch's optimizer; momentum (beta1) 0.9 where the schedule does not cycle it.
    batch_size : int, default 64
        Samples a step; at most as many as there are to train on.
    weight_decay : float, default 0
        Weight decay of torch's optimizer: added to the gradient by SGD, decoupled in AdamW.
    seeds : int, default 1
        Number of trainings, done at once: seeds 0, 1, ...; 100 at most, so that a mistyped
        number does not exhaust the memory (`sweep` has no such limit).

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    >>> task = Task("spirals", seeds=5)
    >>> task.model, len(task.splits[0].y)
    ('MLP, 2 layers of 64', 960)
    """

    data: str = "digits"
    model: str = ""
    optimizer: str = "sgd"
    batch_size: int = 64
    weight_decay: float = 0.0
    seeds: int = 1

    def __post_init__(self) -> None:
        self._check_names()
        object.__setattr__(self, "seeds", checks.whole("seeds", self.seeds))
        if self.seeds > MOST_SEEDS:
            raise ValueError(REFUSALS["seeds"].format(most=MOST_SEEDS, value=self.seeds))
        self.setting(OneCycle(0.1, 10))  # checks the rest, in the words of `Setting`
        samples = len(self.splits[0].y)
        if self.batch_size > samples:
            raise ValueError(REFUSALS["batch"].format(most=samples, value=self.batch_size))

    def _check_names(self) -> None:
        if self.data not in MODELS:
            given = {"name": "data", "names": ", ".join(MODELS), "value": checks.shown(self.data)}
            raise ValueError(REFUSALS["one_of"].format(**given))
        known = MODELS[self.data]
        object.__setattr__(self, "model", self.model or next(iter(known)))
        if self.model not in known:
            names, value = "; ".join(known), checks.shown(self.model)
            raise ValueError(REFUSALS["net"].format(names=names, data=self.data, value=value))

    @cached_property
    def splits(self) -> tuple[toys.Split, toys.Split]:
        """Data to train on, and held-out data.

        Examples
        --------
        >>> train, held_out = Task("spirals").splits
        >>> len(train.y), len(held_out.y)
        (960, 240)
        """
        return splits(self.data)

    @property
    def make(self) -> Callable[..., nn.Module]:
        """``make(seed=...)`` returns a fresh model.

        Examples
        --------
        >>> Task("spirals").make(seed=0)(Task("spirals").splits[1].x).shape
        torch.Size([240, 3])
        """
        return partial(MODELS[self.data][self.model].make, dtype=DTYPES[self.data])

    @property
    def loss_fn(self) -> Callable[[Any, Any], Tensor]:
        """What is minimised.

        Examples
        --------
        >>> Task().loss_fn.__name__
        'cross_entropy'
        """
        return cross_entropy

    @property
    def planar(self) -> bool:
        """Whether the classes can be shown in the plane.

        Examples
        --------
        >>> Task("spirals").planar, Task("digits").planar
        (True, False)
        """
        return self.splits[0].x.shape[1:] == (2,)

    @property
    def chance(self) -> Chance | None:
        """What the best constant answer is worth on the training data; None where none is.

        Examples
        --------
        >>> round(Task("digits").chance.loss, 2)
        2.3
        """
        labels = self.splits[0].y
        counts = torch.bincount(labels[labels >= 0]).double()  # -100 marks what does not count
        shares = counts / counts.sum()
        return Chance(float(torch.special.entr(shares).sum()), float(shares.max()))

    @property
    def start_lr(self) -> float:
        """First rate of the range test.

        Examples
        --------
        >>> Task().start_lr, Task(optimizer="adamw").start_lr
        (0.0001, 1e-05)
        """
        return FIRST_RATES[self.optimizer]

    def draws(self, seed: int) -> AbstractContextManager[Any]:
        """Return what is around every forward pass of a seed: the toys' models draw nothing.

        Examples
        --------
        >>> with Task().draws(seed=0):
        ...     pass
        """
        return nullcontext()

    def setting(self, policy: OneCycle) -> Setting:
        """Return what a training with this policy is trained with.

        Parameters
        ----------
        policy : OneCycle
            The schedule, of at most 100,000 steps.

        Raises
        ------
        ValueError
            When it is longer.

        Examples
        --------
        >>> Task(optimizer="adamw").setting(OneCycle(0.01, 300)).optimizer
        'adamw'
        """
        if policy.total_steps > MOST_STEPS:
            given = policy.total_steps
            raise ValueError(REFUSALS["steps"].format(most=MOST_STEPS, value=given))
        return Setting(
            policy,
            weight_decay=self.weight_decay,
            batch_size=self.batch_size,
            optimizer=self.optimizer,
        )

    def points(self, policy: OneCycle) -> int:
        """Return how often the held-out data are measured.

        Examples
        --------
        >>> Task().points(OneCycle(0.1, 300)), Task().points(OneCycle(0.1, 10))
        (20, 10)
        """
        return min(POINTS, policy.total_steps)

    def group(self, policy: OneCycle) -> engine.Group:
        """Return the training of all seeds, as one group for the engine.

        Parameters
        ----------
        policy : OneCycle
            The schedule.

        Examples
        --------
        >>> len(Task(seeds=3).group(OneCycle(0.1, 100)).members)
        3
        """
        setting = self.setting(policy)
        train, held_out = ((split.x.numpy(), split.y.numpy()) for split in self.splits)
        return engine.Group(
            self.make,
            tuple((setting, seed) for seed in range(self.seeds)),
            train,
            {HELD_OUT: held_out},
            self.points(policy),
            None,
            "cpu",
        )

    def begin(self, policy: OneCycle, stopped: Callable[[], bool]) -> Training:
        """Return the training of all seeds, before its first step.

        Parameters
        ----------
        policy : OneCycle
            The schedule.
        stopped : callable
            Whether to end; a training whose steps take long asks within a step, too.

        Examples
        --------
        >>> training = Task("spirals").begin(OneCycle(0.1, 30), lambda: False)
        >>> list(training.steps())[-1], training.outcome.train_loss.shape
        (30, (1, 30))
        """
        group = self.group(policy)
        # Made here, from generators of their own: this may not be the main thread, and in that one
        # somebody may be drawing from torch's global generator.
        models = [self.make(seed=seed) for seed in range(self.seeds)]
        return engine.Training(group, engine.Outcome.empty(group), models=models)

    def range_test(
        self, stopped: Callable[[], bool], seen: Callable[[float, float], object]
    ) -> RangeTest:
        """Run the LR range test: one run for each seed, five at most.

        Parameters
        ----------
        stopped : callable
            Asked before every step; when true, `StoppedError` is raised.
        seen : callable
            ``seen(lr, loss)`` is told of every step.

        Returns
        -------
        RangeTest
            All runs together.

        Raises
        ------
        StoppedError
            When `stopped` said so.

        References
        ----------
        L. N. Smith, "Cyclical learning rates for training neural networks", arXiv:1506.01186,
        section 3.3.

        Examples
        --------
        >>> rates = []
        >>> result = Task("spirals").range_test(lambda: False, lambda lr, loss: rates.append(lr))
        >>> rates[0], result.recommended.lr is not None
        (0.0001, True)
        """
        train, _ = self.splits
        setting = self.setting(OneCycle(0.1, 10, cycle_momentum=False))
        results = []
        for seed in range(min(self.seeds, RANGE_SEEDS)):
            model = self.make(seed=seed)
            optimizer = setting.make_optimizer([p for p in model.parameters() if p.requires_grad])

            draws = self.draws(seed)

            # A test cannot be interrupted from another thread, but it calls our step: an exception
            # there ends it, and the model was made for it alone.
            def step(
                model: nn.Module, batch: Any, optimizer: Any = optimizer, draws: Any = draws
            ) -> Tensor:
                if stopped():
                    raise StoppedError
                with draws:
                    loss = self.loss_fn(model(batch[0]), batch[1])
                seen(float(optimizer.param_groups[0]["lr"]), loss.item())
                return loss

            batches = train.batches(self.batch_size, seed=seed)
            results.append(climb_once(model, optimizer, batches, self.start_lr, step))
        return RangeTest.stack(results)

    def script(self, policy: OneCycle) -> str:
        """Return Python that repeats the training outside the lab and prints the same numbers.

        Parameters
        ----------
        policy : OneCycle
            The schedule.

        Examples
        --------
        >>> print(Task().script(OneCycle(0.1, 300)).splitlines()[-2])
        print("last loss of each seed:", found.train_loss[0, :, -1].tolist())
        """
        return SCRIPT.format(
            data=self.data,
            dtype=DTYPES[self.data],
            code=MODELS[self.data][self.model].code.format(dtype=DTYPES[self.data]),
            policy=policy,
            weight_decay=self.weight_decay,
            batch_size=self.batch_size,
            optimizer=self.optimizer,
            seeds=self.seeds,
            points=self.points(policy),
        )


SCRIPT = """\
from functools import partial

import torch

from onecycle_widgets import OneCycle, Setting, sweep, toys

train, held_out = toys.{data}(dtype={dtype}).holdout()
setting = Setting(
    {policy!r},
    weight_decay={weight_decay!r},
    batch_size={batch_size!r},
    optimizer={optimizer!r},
)
model = {code}
found = sweep(model, train, [setting], {seeds}, {{"held out": held_out}}, points={points})
print("last loss of each seed:", found.train_loss[0, :, -1].tolist())
print("held-out accuracy:", found.final("held out")[0].tolist())
"""
