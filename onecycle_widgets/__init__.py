"""Teach, explore and use the 1cycle policy: `torch.optim.lr_scheduler.OneCycleLR` with care."""

from . import exercises, toys
from .evidence.comparison import compare
from .explorer.smoothing import SmoothingExplorer
from .explorer.widget import OneCycleExplorer
from .lab import Lab
from .policy.one_cycle import OneCycle
from .policy.scheduler import OneCycleLR
from .range_test import RangeTest, lr_range_test
from .sweeps import Setting, Sweep, sweep
from .training import evaluate, train

__all__ = [
    "Lab",
    "OneCycle",
    "OneCycleExplorer",
    "OneCycleLR",
    "RangeTest",
    "Setting",
    "SmoothingExplorer",
    "Sweep",
    "compare",
    "evaluate",
    "exercises",
    "lr_range_test",
    "sweep",
    "toys",
    "train",
]
