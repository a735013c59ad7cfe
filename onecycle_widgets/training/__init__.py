"""A plain training loop that steps the scheduler with the optimizer, and what it recorded."""

from .train import History, evaluate, train
from .watch import Steps, watched

__all__ = ["History", "Steps", "evaluate", "train", "watched"]
