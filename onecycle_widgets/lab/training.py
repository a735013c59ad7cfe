"""What the lab asks of a training, and what guessing would come to."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..sweeps.engine import Outcome


class Chance(NamedTuple):
    """What guessing is worth: who is no better has learned nothing.

    Attributes
    ----------
    loss, accuracy : float
        Cross-entropy, and share of right answers.

    Examples
    --------
    >>> from onecycle_widgets.lab.task import Task
    >>> loss, accuracy = Task("spirals").chance  # three classes, almost equally frequent
    >>> round(loss, 2), round(accuracy, 2)
    (1.1, 0.34)
    """

    loss: float
    accuracy: float


class Training(Protocol):
    """A training of all seeds step by step, as the engine does it, or a plain loop.

    Attributes
    ----------
    outcome : Outcome
        What is known so far.
    points : list of int
        Numbers of steps after which the held-out data are measured.
    rows : ndarray of int
        Seeds that have not diverged.
    device : torch.device
        Where the models are.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> from onecycle_widgets.lab.task import Task
    >>> training: Training = Task("spirals").begin(OneCycle(0.1, 30), lambda: False)
    >>> next(training.steps()), training.points[:3], training.rows.tolist()
    (1, [2, 3, 5], [0])
    """

    outcome: Outcome
    points: list[int]
    rows: NDArray[np.intp]
    device: torch.device

    def steps(self) -> Iterator[int]:
        """Train step by step; after each, yield how many are done."""

    def look(self) -> None:
        """Bring the outcome up to date."""

    def answers(self, x: Tensor) -> Tensor:
        """Class that the first seed still in training gives each sample."""
