"""What the surface's front end must know of Python: surfaces, presets, controls, words."""

from dataclasses import asdict
from typing import Any

from ..surfaces.balls import RIVALS
from ..surfaces.landscapes import SURFACES
from ..surfaces.presets import PRESETS
from .controls import SPECS, Spec

MOST_STEPS, MOST_BALLS, MOST_SEED = 2000, 500, 2**32 - 1  # what a browser draws in a frame
SHOWN = ("title", "where", "idea", "shape", "view", "square", "start", "spread", "noise", "steps",
         "log", "border", "places", "reach", "tint")  # fmt: skip
"""What the browser is told of a surface; its formula is there already."""
OWN = {
    "momentum": Spec("balls", "linear", "Momentum where it is not cycled.", "", 0, 0.99),
    "noise": Spec("balls", "linear", "Noise of the gradient, times the surface's own.", "", 0, 3),
    "balls": Spec("balls", "steps", "How many balls roll.", "", 1, MOST_BALLS),
    "seed": Spec("balls", "steps", "Other noise, other places to start from.", "", 1, 100),
}
"""Controls of what is no parameter of a policy."""
STEERING = ("max_lr", "pct_start", "div_factor", "total_steps", "cycle_momentum")
"""Parameters of a policy that have a control beside the surface."""
RANGES = {"total_steps": (10, MOST_STEPS), "max_lr": (1e-4, 1)}
# The widget says the same words.
MESSAGES = {
    "steps": "total_steps must be at most {most} on a surface, got {n}",
    "groups": "a surface has one parameter group: {name} must be one number, got {groups}",
    "balls": f"a whole number from 1 to {MOST_BALLS}",
    "seed": f"a whole number from 0 to {MOST_SEED}",
    "noise": "a number from 0 to 100",
}


def surface_table() -> dict[str, Any]:
    """Plain data that JSON can hold.

    Examples
    --------
    >>> table = surface_table()
    >>> list(table["surfaces"]), [row["name"] for row in table["controls"]][-2:]
    (['bowl', 'ravine', 'valley', 'wells', 'falling'], ['balls', 'seed'])
    """
    rows = []
    for name in (*STEERING, *OWN):
        spec = asdict(OWN.get(name) or SPECS[name])
        low, high = RANGES.get(name, (spec["low"], spec["high"]))
        rows.append({"name": name, **spec, "low": low, "high": high})
    return {
        "surfaces": {
            name: {field: getattr(surface, field) for field in SHOWN}
            for name, surface in SURFACES.items()
        },
        "presets": {name: preset._asdict() for name, preset in PRESETS.items()},
        "rivals": RIVALS,
        "controls": rows,
        "messages": MESSAGES,
        "most": {"steps": MOST_STEPS, "balls": MOST_BALLS, "seed": MOST_SEED},
    }
