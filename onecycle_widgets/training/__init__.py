"""A plain training loop that steps the scheduler with the optimizer, and what it recorded."""

from .train import History, evaluate, train

__all__ = ["History", "evaluate", "train"]
