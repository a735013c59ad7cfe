"""Toy data and small models: real or classic tasks that train in a second on one core."""

from .data import Batches, Split, Toy, digits, mnist1d, spirals
from .models import convnet, mlp, residual_mlp
from .text import character_names
from .transformer import next_character, transformer

__all__ = [
    "Batches",
    "Split",
    "Toy",
    "character_names",
    "convnet",
    "digits",
    "mlp",
    "mnist1d",
    "next_character",
    "residual_mlp",
    "spirals",
    "transformer",
]
