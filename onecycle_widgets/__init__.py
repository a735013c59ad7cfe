"""Teach, explore and use the 1cycle policy: `torch.optim.lr_scheduler.OneCycleLR` with care."""

from . import exercises, toys
from .comparison import compare
from .explorer import OneCycleExplorer
from .lab import Lab
from .policy import OneCycle
from .range_result import RangeTest
from .range_test import lr_range_test
from .scheduler import OneCycleLR
from .setting import Setting
from .smoothing import SmoothingExplorer
from .sweep import sweep
from .sweep_result import Sweep
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
