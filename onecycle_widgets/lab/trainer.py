"""What a page that trains must know of Python: the engine, its data, and its words."""

from functools import cache
from typing import Any

from ..frontend import bundle
from ..range_test.divergence import STOPS
from ..range_test.suggest import REASONS, RECOMMENDED
from .stored import stored
from .task import MOST_SEEDS, MOST_STEPS, POINTS, REFUSALS

MESSAGES = {
    **REFUSALS,
    "unknown": "{value} is no argument: they are {names}",
    "hidden": "a list of widths",
    "policy": "an object with OneCycle's arguments",
    "decay": "0 or more",
    "length": "total_steps, or both epochs and steps_per_epoch, must be given",
    "groups": "{name} must be one number, got {value}: a lab's optimizer has one parameter group",
    "ladder": "end_lr must be above start_lr={start!r}, got {value}",
}
"""What the page's functions refuse, in Python's words where Python has some."""


@cache
def trainer_tables() -> dict[str, Any]:
    """Return what the page's modules read in `TABLES`, besides the explorer's.

    Returns
    -------
    dict
        Plain data that JSON can hold.

    Examples
    --------
    >>> trainer_tables()["range_test"]["recommended"]
    'halfway'
    """
    data = stored()
    return {
        "range_test": {"reasons": REASONS, "stops": STOPS, "recommended": RECOMMENDED},
        "trainer": {
            "engine": bundle.engine(data),
            "samples": {name: part["train"] for name, part in data["samples"].items()},
            "most": {"seeds": MOST_SEEDS, "total_steps": MOST_STEPS},
            "points": POINTS,
            "messages": MESSAGES,
        },
    }
