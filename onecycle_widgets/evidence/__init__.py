"""What the lessons claim: the experiments behind it, and how a claim is judged."""

from .comparison import Comparison, compare
from .experiments import Evidence, load
from .plans import Experiment
from .rebuild import run
from .studies import EXPERIMENTS

__all__ = ["EXPERIMENTS", "Comparison", "Evidence", "Experiment", "compare", "load", "run"]
