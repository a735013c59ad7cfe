"""Toy data and small models: real or classic tasks that train in a second on one core."""

from .data import Batches, Split, Toy, digits, mnist1d, spirals
from .models import convnet, mlp, residual_mlp

__all__ = [
    "Batches",
    "Split",
    "Toy",
    "convnet",
    "digits",
    "mlp",
    "mnist1d",
    "residual_mlp",
    "spirals",
]
