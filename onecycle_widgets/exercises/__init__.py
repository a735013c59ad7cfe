"""Self-checks of the lessons' exercises: they test what an answer does and hint, never solve."""

from .lesson_00 import read_cycle, sixty_steps, start_here
from .lesson_01 import first_and_last, from_the_paper, mend_the_loop, peak_at_step
from .lesson_02 import choose_max_lr, ladder, own_rule, three_curves
from .lesson_03 import fair_comparison, steps_to_target
from .lesson_03_interval import paired_interval
from .lesson_04 import luck_of_one_seed, matching_decay, same_effective_rate
from .lesson_05 import annealing, my_one_cycle, phase_ends
from .lesson_05_use import predict_torch, resume_exactly
from .lesson_06 import more_than_luck, short_spiral, three_peaks

__all__ = [
    "annealing",
    "choose_max_lr",
    "fair_comparison",
    "first_and_last",
    "from_the_paper",
    "ladder",
    "luck_of_one_seed",
    "matching_decay",
    "mend_the_loop",
    "more_than_luck",
    "my_one_cycle",
    "own_rule",
    "paired_interval",
    "peak_at_step",
    "phase_ends",
    "predict_torch",
    "read_cycle",
    "resume_exactly",
    "same_effective_rate",
    "short_spiral",
    "sixty_steps",
    "start_here",
    "steps_to_target",
    "three_curves",
    "three_peaks",
]
