"""A person's own model and data as a task of the lab.

What was given is tried where it is given, one step on a copy: what does not fit is refused in
words, and it is seen how to train. A model of layers that the sweep's engine knows trains with all
seeds stacked; any other one in a plain loop, seed after seed in each step. One that draws random
numbers (dropout) gets a generator of its own.
"""

import copy
import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ..policy.one_cycle import OneCycle
from ..range_test.snapshot import Restored
from ..sweeps import engine
from ..toys import Split
from ..training import step as loop
from . import own_data
from .draws import OwnDraws
from .one_by_one import OneByOne
from .own_script import script
from .task import HELD_OUT, Task
from .training import Chance, Training
from .trial import can_be_stacked, tried

Source = nn.Module | Callable[..., nn.Module]


def fresh(model: Source, seed: int) -> nn.Module:
    """Return a model to train: a copy of a module, or what a function makes for a seed.

    Parameters
    ----------
    model : torch.nn.Module or callable
        A module, which stays as it is; or ``model(seed=...)``, or ``model()``, which is called
        after torch, NumPy and Python were seeded. Their random states are given back.
    seed : int
        Seed of the weights; a module has them already.

    Raises
    ------
    TypeError
        When it is neither, gives no module, or a module that cannot be copied.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> fresh(layer, seed=0) is layer, torch.equal(fresh(layer, seed=0).weight, layer.weight)
    (False, True)
    >>> one, again, other = (fresh(lambda: nn.Linear(2, 1), seed) for seed in (0, 0, 1))
    >>> torch.equal(one.weight, again.weight), torch.equal(one.weight, other.weight)
    (True, False)
    """
    if isinstance(model, nn.Module):
        try:
            made = copy.deepcopy(model)
        except Exception as error:  # whatever its parts' own copying raises
            raise TypeError(
                f"model must be a module that can be copied, or a function that makes one; "
                f"copying it failed: {error}"
            ) from error
    elif callable(model):
        with _seeded(seed):
            made = model(seed=seed) if _takes_seed(model) else model()
    else:
        made = model
    if not isinstance(made, nn.Module):
        kind = f"{type(made).__name__}{'' if made is model else ' from the function'}"
        raise TypeError(
            f"model must be a torch.nn.Module, or a function that makes one, got {kind}"
        )
    made.zero_grad(set_to_none=True)
    return made


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with Restored([], []):
        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
        yield


def _takes_seed(function: Callable[..., Any]) -> bool:
    try:
        return "seed" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # made in C: it says nothing about itself
        return False


@dataclass(frozen=True, eq=False)
class Own:
    """What a person gave, and what was seen when it was tried.

    Attributes
    ----------
    source : torch.nn.Module or callable
        A copy of the module, or the function that makes one.
    train, held_out : Split
        The data in two parts.
    loss_fn : callable or None
        None is cross-entropy.
    classes : int or None
        Number of classes; None when the task is not classification.
    draws : bool
        Whether the model draws random numbers while it trains.
    stacked : bool
        Whether all seeds train as one stacked model.
    models : dict of int to torch.nn.Module
        What the function made for each seed, as far as it was asked for.

    Examples
    --------
    >>> x, y = torch.rand(100, 3), torch.arange(100) % 2
    >>> own = OwnTask.of(nn.Linear(3, 2), (x, y)).own
    >>> own.classes, own.draws, own.stacked
    (2, False, True)
    """

    source: Source
    train: Split
    held_out: Split
    loss_fn: loop.LossFunction | None
    classes: int | None
    draws: bool
    stacked: bool
    models: dict[int, nn.Module] = field(repr=False)

    def start(self, seed: int) -> nn.Module:
        """Return the start of a seed, which nobody changes."""
        if isinstance(self.source, nn.Module):
            return self.source
        if seed not in self.models:
            self.models[seed] = fresh(self.source, seed)
        return self.models[seed]


@dataclass(frozen=True, repr=False)
class OwnTask(Task):
    """A person's own model and data, apart from the schedule; `OwnTask.of` makes one.

    It answers to all that a `Task` does; `data` is ''. Two are equal when model and data are the
    same objects, and all choices are equal, so ``dataclasses.replace(task, seeds=5)`` gives the
    same task with more seeds.

    Parameters
    ----------
    data, model : str
        '' and the model in words.
    optimizer, batch_size, weight_decay, seeds
        As of a `Task`.
    own : Own
        What was given.

    Examples
    --------
    >>> x, y = torch.rand(100, 3), torch.arange(100) % 2
    >>> OwnTask.of(nn.Linear(3, 2), (x, y), batch_size=16)
    OwnTask('Linear, 8 weights', train=(80, 3), held_out=(20, 3), optimizer='sgd', batch_size=16, \
weight_decay=0.0, seeds=1)
    """

    data: str = ""
    own: Own = field(kw_only=True)

    @classmethod
    def of(
        cls,
        model: Source,
        data: Any,
        loss_fn: loop.LossFunction | None = None,
        optimizer: str = "sgd",
        batch_size: int | None = None,
        weight_decay: float = 0.0,
        seeds: int = 1,
    ) -> "OwnTask":
        """Return the task of training a person's own model on their own data.

        Parameters
        ----------
        model : torch.nn.Module or callable
            A module: its weights are the start of every seed, and seeds differ in batches (and
            dropout) only; it is copied, and never changed. Or a function that makes one, called
            as ``model(seed=...)`` where it has such a parameter, else as ``model()`` after torch's
            generator was seeded: then weights differ, too. It trains where its parameters lie.
        data : object
            See `own_data.parts`: ``(inputs, targets)``, a data set, a DataLoader, or a pair
            ``(train, held_out)`` of these.
        loss_fn : callable, optional
            ``loss_fn(output, target)``, a scalar tensor; default: cross-entropy.
        optimizer : {'sgd', 'adamw'}
            Torch's optimizer, of all parameters that require gradients, in one group.
        batch_size : int, optional
            Samples a step; default: that of a DataLoader, else 64, or all where there are fewer.
        weight_decay : float, default 0
            Weight decay of torch's optimizer.
        seeds : int, default 1
            Number of trainings, 100 at most.

        Raises
        ------
        TypeError, ValueError
            When an argument is of the wrong kind or out of range, or model, data and loss do not go
            together: one step is tried on a copy.

        Examples
        --------
        Regression has no accuracy, but a loss on the held-out data:

        >>> from onecycle_widgets import OneCycle
        >>> from onecycle_widgets.lab import run
        >>> x = torch.linspace(-1, 1, 200).view(-1, 1)
        >>> task = OwnTask.of(nn.Linear(1, 1), (x, 2 * x), loss_fn=nn.functional.mse_loss)
        >>> found = run.train(task, OneCycle(0.3, 50), lambda: False, lambda run: None)
        >>> bool(np.isnan(found.final).all()), bool(found.final_loss[0] < 0.1)
        (True, True)
        """
        if loss_fn is not None and not callable(loss_fn):
            raise TypeError(f"loss_fn must be a function, got {type(loss_fn).__name__}")
        # Whatever mode is on where this is called: what is kept must be able to learn.
        with torch.inference_mode(False), torch.enable_grad():
            train, held_out = own_data.parts(data)
            size = batch_size
            if size is None:
                size = own_data.batch_size_of(data) or min(64, len(train.y))
            first = fresh(model, 0)
            source = first if isinstance(model, nn.Module) else model
            seen = tried(first, train, held_out, loss_fn)
            stacked = not seen.draws and can_be_stacked(first, train, held_out, loss_fn)
        weights = sum(p.numel() for p in first.parameters())
        name = f"{type(first).__name__}, {weights:,} weights"
        own = Own(source, train, held_out, loss_fn, seen.classes, seen.draws, stacked, {0: first})
        return cls("", name, optimizer, size, weight_decay, seeds, own=own)

    def _check_names(self) -> None:
        if not isinstance(self.own, Own):
            raise TypeError("own must be what OwnTask.of makes")

    def __post_init__(self) -> None:
        super().__post_init__()
        # Here and now, not in the thread that trains: whoever makes a model may seed torch.
        with torch.inference_mode(False), torch.enable_grad():
            for seed in range(self.seeds):
                self.own.start(seed)

    @cached_property
    def splits(self) -> tuple[Split, Split]:
        """Data to train on, and held-out data."""
        return self.own.train, self.own.held_out

    @property
    def make(self) -> Callable[..., nn.Module]:
        """``make(seed=...)`` returns a copy of the seed's model."""
        return lambda seed: copy.deepcopy(self.own.start(seed))

    @property
    def loss_fn(self) -> loop.LossFunction:
        """What is minimised."""
        return self.own.loss_fn or cross_entropy

    @property
    def planar(self) -> bool:
        """Whether the classes can be shown in the plane."""
        return self.own.classes in (2, 3) and self.own.train.x.shape[1:] == (2,)

    @property
    def chance(self) -> Chance | None:
        """What the best constant answer has on the training data; None without classes."""
        if self.own.classes is None or self.own.loss_fn is not None:
            return None
        return super().chance

    @property
    def start_lr(self) -> float:
        """First rate of the range test: low, since nothing is known about the model."""
        return 1e-6 if self.optimizer == "sgd" else 1e-7

    def group(self, policy: OneCycle) -> engine.Group:
        """Return the training of all seeds, as one group for the engine."""
        device = str(loop.first_device(self.own.start(0)))
        return replace(super().group(policy), loss_fn=self.own.loss_fn, device=device)

    def begin(self, policy: OneCycle, stopped: Callable[[], bool]) -> Training:
        """Return the training of all seeds, before its first step."""
        if self.own.stacked:
            return super().begin(policy, stopped)
        models = [self.make(seed=seed) for seed in range(self.seeds)]
        points, setting = self.points(policy), self.setting(policy)
        return OneByOne(
            models, setting, self.splits, points, self.loss_fn, self.draws, stopped, HELD_OUT
        )

    def draws(self, seed: int) -> Any:
        """Where the model draws from, while it trains with a seed."""
        return OwnDraws(seed) if self.own.draws else super().draws(seed)

    def script(self, policy: OneCycle) -> str:
        """Return Python that repeats the training outside; the reader fills in model and data."""
        return script(self, policy)

    def __repr__(self) -> str:
        train, held_out = (tuple(split.x.shape) for split in self.splits)
        return (
            f"OwnTask({self.model!r}, train={train}, held_out={held_out}, "
            f"optimizer={self.optimizer!r}, batch_size={self.batch_size}, "
            f"weight_decay={self.weight_decay}, seeds={self.seeds})"
        )
