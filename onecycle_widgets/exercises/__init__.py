"""Self-checks of the lessons' exercises: they test what an answer does and hint, never solve."""

from .lesson_00 import start_here
from .lesson_02 import choose_max_lr, three_curves
from .lesson_03 import fair_comparison
from .lesson_04 import luck_of_one_seed

__all__ = [
    "choose_max_lr",
    "fair_comparison",
    "luck_of_one_seed",
    "start_here",
    "three_curves",
]
