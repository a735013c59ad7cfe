"""Self-checks of the lessons' exercises: they test what an answer does and hint, never solve."""

from . import live as live
from .capstone import capstone
from .lab import more_than_luck, short_spiral, three_peaks
from .logs import causes, printed_logs, read_the_logs
from .momentum_and_regularization import luck_of_one_seed, matching_decay, same_effective_rate
from .policy import first_and_last, from_the_paper, mend_the_loop, peak_at_step
from .range_test import five_curves, ladder, own_rule, whose_curve
from .scheduler import annealing, my_one_cycle, phase_ends, predict_torch, resume_exactly
from .start_here import read_cycle, sixty_steps, start_here
from .super_convergence import fair_comparison, highest_rate, keeps_up, paired_interval
from .which_schedule import can_go_on, cool_down, five_cases, running_average
from .why_it_works import four_ways, stable_rate, top_eigenvalue, whose_sharpness, wide_well

__all__ = [
    "annealing",
    "can_go_on",
    "capstone",
    "causes",
    "cool_down",
    "fair_comparison",
    "first_and_last",
    "five_cases",
    "five_curves",
    "four_ways",
    "from_the_paper",
    "highest_rate",
    "keeps_up",
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
    "printed_logs",
    "read_cycle",
    "read_the_logs",
    "resume_exactly",
    "running_average",
    "same_effective_rate",
    "short_spiral",
    "sixty_steps",
    "stable_rate",
    "start_here",
    "three_peaks",
    "top_eigenvalue",
    "whose_curve",
    "whose_sharpness",
    "wide_well",
]
