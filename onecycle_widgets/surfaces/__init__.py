"""Loss surfaces, and balls that a schedule rolls over them."""

from .balls import RIVALS, Run, roll, steering
from .landscapes import SURFACES, Local, Surface
from .noise import bells

__all__ = ["RIVALS", "SURFACES", "Local", "Run", "Surface", "bells", "roll", "steering"]
