"""The LR range test: run it, read it, and find everything as it was before."""

from .result import RangeTest
from .run import lr_range_test

__all__ = ["RangeTest", "lr_range_test"]
