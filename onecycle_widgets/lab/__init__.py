"""The lab: range test, schedule, training and comparison in one view, without code."""

from .own import OwnTask
from .view import Lab

__all__ = ["Lab", "OwnTask"]
