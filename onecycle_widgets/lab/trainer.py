"""What a page that trains must know of Python: the engine, its data, what is offered, its words."""

from functools import cache
from typing import Any

from .. import toys
from ..frontend import bundle, lab_tables
from ..range_test.divergence import STOPS
from ..range_test.run import END_LR, NOT_ABOVE, NUM_STEPS
from ..range_test.suggest import REASONS, RECOMMENDED
from .offered import DTYPES, MODELS
from .stored import stored
from .task import (
    FIRST_RATES,
    MOST_SEEDS,
    MOST_STEPS,
    POINTS,
    RANGE_SEEDS,
    REFUSALS,
    SCRIPT,
    Task,
)
from .view import MOST_RUNS
from .wire import BUSY, SAID, chance_wired

MESSAGES = {
    **REFUSALS,
    "unknown": "{value} is no argument: they are {names}",
    "hidden": "a list of widths",
    "policy": "an object with OneCycle's arguments",
    "decay": "0 or more",
    "length": "total_steps, or both epochs and steps_per_epoch, must be given",
    "groups": lab_tables.WORDS["groups"],
    "ladder": NOT_ABOVE,
}
"""What a page refuses, in Python's words where Python has some."""


@cache
def trainer_tables() -> dict[str, Any]:
    """Return what the page's modules read in `TABLES`, besides the explorer's and the view's.

    Returns
    -------
    dict
        Plain data that JSON can hold.

    Examples
    --------
    >>> tables = trainer_tables()
    >>> tables["range_test"]["recommended"], list(tables["trainer"]["nets"])
    ('halfway', ['digits', 'spirals'])
    """
    data = stored()
    names = list(data["samples"])
    return {
        "range_test": {"reasons": REASONS, "stops": STOPS, "recommended": RECOMMENDED},
        "trainer": {
            "engine": bundle.engine(data),
            "samples": {name: part["train"] for name, part in data["samples"].items()},
            "nets": {name: _nets(name) for name in names},
            "chance": {name: _chance(name) for name in names},
            "planar": {name: Task(name).planar for name in names},
            "most": {
                "seeds": MOST_SEEDS,
                "range_seeds": RANGE_SEEDS,
                "total_steps": MOST_STEPS,
                "runs": MOST_RUNS,
            },
            "points": POINTS,
            "first_rates": FIRST_RATES,
            "ladder": {"end_lr": END_LR, "num_steps": NUM_STEPS},
            "script": SCRIPT,
            "messages": MESSAGES,
            "words": SAID,
            "busy": BUSY,
        },
    }


def _chance(data: str) -> dict[str, float]:
    """Loss and accuracy of guessing, the same on every processor."""
    return {name: round(value, 12) for name, value in (chance_wired(Task(data)) or {}).items()}


def _nets(data: str) -> dict[str, Any]:
    """The widths of each net that fits a data set, and the net as code."""
    dtype = str(DTYPES[data])
    found = {}
    for name, choice in MODELS[data].items():
        assert choice.make.func is toys.mlp, "a page trains multi-layer perceptrons"
        code = choice.code.format(dtype=dtype)
        found[name] = {"hidden": choice.make.keywords["hidden"], "code": code, "dtype": dtype}
    return found
