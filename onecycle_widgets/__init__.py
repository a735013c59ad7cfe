"""Teach, explore and use the 1cycle policy: `torch.optim.lr_scheduler.OneCycleLR` with care."""

from . import toys
from .compare import compare
from .explorer import OneCycleExplorer
from .policy import OneCycle
from .range_test import lr_range_test
from .scheduler import OneCycleLR
from .training import evaluate, train

__all__ = [
    "OneCycle",
    "OneCycleExplorer",
    "OneCycleLR",
    "compare",
    "evaluate",
    "lr_range_test",
    "toys",
    "train",
]
