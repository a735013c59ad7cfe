"""What a person chooses in the lab: data, model, optimizer, and how it becomes a training.

A task is what stays the same while the schedule is dragged about. It turns choices by name into a
setting and a group for the engine, into a range test, and into a script that does the same without
the lab.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from .. import checks, toys
from ..policy.one_cycle import OneCycle
from ..range_test.result import RangeTest
from ..range_test.run import climb_once
from ..sweeps import engine
from ..sweeps.setting import Setting

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


# Double precision gives the same digits on every processor; convolutions would be twice as slow.
DTYPES = {"digits": torch.float64, "spirals": torch.float64, "mnist1d": torch.float32}


class Choice(NamedTuple):
    """A model that fits a data set, and the same as code; both want a dtype.

    Examples
    --------
    >>> choice = MODELS["spirals"]["MLP, 1 layer of 16"]
    >>> choice.make(seed=0)(torch.zeros(1, 2)).shape
    torch.Size([1, 3])
    >>> choice.code.format(dtype="torch.float64")
    'partial(toys.mlp, inputs=2, classes=3, hidden=(16,), dtype=torch.float64)'
    """

    make: "partial[nn.Module]"
    code: str


def _choice(kind: Callable[..., nn.Module], **options: Any) -> Choice:
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return Choice(
        partial(kind, **options), f"partial(toys.{kind.__name__}{given}, dtype={{dtype}})"
    )


# By data set, by name; the first is the default.
MODELS: dict[str, dict[str, Choice]] = {
    "digits": {
        "MLP, 2 layers of 64": _choice(toys.mlp, hidden=(64, 64)),
        "MLP, 1 layer of 16": _choice(toys.mlp, hidden=(16,)),
        "MLP, 6 layers of 64": _choice(toys.mlp, hidden=(64,) * 6),
    },
    "spirals": {
        "MLP, 2 layers of 64": _choice(toys.mlp, inputs=2, classes=3, hidden=(64, 64)),
        "MLP, 1 layer of 16": _choice(toys.mlp, inputs=2, classes=3, hidden=(16,)),
    },
    "mnist1d": {
        "ConvNet, 4 layers": _choice(toys.convnet, channels=12, blocks=1),
        "ConvNet, 8 layers": _choice(toys.convnet, channels=24, blocks=3),
        "MLP, 2 layers of 100": _choice(toys.mlp, inputs=40, hidden=(100, 100)),
    },
}


@lru_cache(maxsize=3)
def _splits(data: str) -> tuple[toys.Split, toys.Split]:
    """The training data without the held-out part, and that part; test data is not touched."""
    # They are kept: whatever device or mode is the default where they are wanted first, must not
    # stay with them.
    with torch.device("cpu"), torch.inference_mode(False):
        toy: toys.Toy = getattr(toys, data)(dtype=DTYPES[data])
        return toy.holdout()


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
        if self.data not in MODELS:
            given = {"name": "data", "names": ", ".join(MODELS), "value": checks.shown(self.data)}
            raise ValueError(REFUSALS["one_of"].format(**given))
        known = MODELS[self.data]
        object.__setattr__(self, "model", self.model or next(iter(known)))
        if self.model not in known:
            names, value = "; ".join(known), checks.shown(self.model)
            raise ValueError(REFUSALS["net"].format(names=names, data=self.data, value=value))
        object.__setattr__(self, "seeds", checks.whole("seeds", self.seeds))
        if self.seeds > MOST_SEEDS:
            raise ValueError(REFUSALS["seeds"].format(most=MOST_SEEDS, value=self.seeds))
        self.setting(OneCycle(0.1, 10))  # checks the rest, in the words of `Setting`
        samples = len(self.splits[0].y)
        if self.batch_size > samples:
            raise ValueError(REFUSALS["batch"].format(most=samples, value=self.batch_size))

    @cached_property
    def splits(self) -> tuple[toys.Split, toys.Split]:
        """Data to train on, and held-out data.

        Examples
        --------
        >>> train, held_out = Task("spirals").splits
        >>> len(train.y), len(held_out.y)
        (960, 240)
        """
        return _splits(self.data)

    @property
    def make(self) -> Callable[..., nn.Module]:
        """``make(seed=...)`` returns a fresh model.

        Examples
        --------
        >>> Task("spirals").make(seed=0)(Task("spirals").splits[1].x).shape
        torch.Size([240, 3])
        """
        return partial(MODELS[self.data][self.model].make, dtype=DTYPES[self.data])

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
            min(POINTS, policy.total_steps),
            None,
            "cpu",
        )

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
            optimizer = setting.make_optimizer(model.parameters())

            # A test cannot be interrupted from another thread, but it calls our step: an exception
            # there ends it, and the model was made for it alone.
            def step(model: nn.Module, batch: Any, optimizer: Any = optimizer) -> Tensor:
                if stopped():
                    raise StoppedError
                loss = cross_entropy(model(batch[0]), batch[1])
                seen(float(optimizer.param_groups[0]["lr"]), loss.item())
                return loss

            batches = train.batches(self.batch_size, seed=seed)
            start = FIRST_RATES[self.optimizer]
            results.append(climb_once(model, optimizer, batches, start, step))
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
            points=min(POINTS, policy.total_steps),
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
