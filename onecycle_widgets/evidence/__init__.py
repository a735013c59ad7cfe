"""What the lessons claim: the experiments behind it, and how a claim is judged."""

from .comparison import Comparison, compare
from .experiments import Evidence, load, run
from .plans import EXPERIMENTS, Experiment

__all__ = ["EXPERIMENTS", "Comparison", "Evidence", "Experiment", "compare", "load", "run"]
