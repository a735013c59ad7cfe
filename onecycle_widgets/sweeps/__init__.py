"""Many small models trained at once, each as if it were alone."""

from .result import Sweep, interval
from .setting import Setting
from .sweep import sweep

__all__ = ["Setting", "Sweep", "interval", "sweep"]
