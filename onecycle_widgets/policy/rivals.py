"""The rivals that an explorer pins beside a cycle: known shapes with their sources. Plain data."""

from dataclasses import MISSING, fields
from typing import Any, NamedTuple

from .. import checks
from .baselines import Constant, Cosine, InverseSquareRoot, Linear, Step, WarmupStableDecay
from .code import written
from .falling import Falling

CLASSES: dict[str, type[Falling]] = {
    kind.__name__: kind
    for kind in (Constant, Step, Cosine, Linear, WarmupStableDecay, InverseSquareRoot)
}
"""The schedules that the browser can draw, too, by the names of their classes."""

SHARED = ("lr", "total_steps")
"""Arguments that a rival takes over from the cycle that it is pinned beside."""


class Rival(NamedTuple):
    """A known shape; the rate and the length are those of the cycle beside it.

    Attributes
    ----------
    source : str
        Where it comes from.
    schedule : str
        Name of its class in `policy.baselines`.
    settings : dict
        Arguments that differ from the defaults of that class.

    Examples
    --------
    >>> RIVALS["cosine, warm-up"].schedule, RIVALS["cosine, warm-up"].settings
    ('Cosine', {'warmup': 0.1})
    """

    source: str
    schedule: str
    settings: dict[str, Any]


RIVALS: dict[str, Rival] = {
    "constant": Rival("the rate stays; torch: ConstantLR", "Constant", {}),
    "step, half and three quarters": Rival(
        "a tenth after 50 %, a hundredth after 75 % of the steps; torch: MultiStepLR", "Step", {}
    ),
    "step, the paper's": Rival(
        "falls at 5/8 and 7/8: Smith and Topin, arXiv:1708.07120, published solver files",
        "Step",
        {"milestones": [0.625, 0.875]},
    ),
    "cosine": Rival(
        "Loshchilov and Hutter, 'SGDR', arXiv:1608.03983, without restarts; torch: "
        "CosineAnnealingLR",
        "Cosine",
        {},
    ),
    "cosine, warm-up": Rival(
        "10 % of the steps up in a line, then a cosine down to zero", "Cosine", {"warmup": 0.1}
    ),
    "cosine, warm-up, floor": Rival(
        "10 % of the steps up in a line, then a cosine down to a tenth of the rate",
        "Cosine",
        {"warmup": 0.1, "floor": 0.1},
    ),
    "linear to zero, warm-up": Rival(
        "10 % of the steps up in a line, then in a line down to zero", "Linear", {"warmup": 0.1}
    ),
    "warm-up, stable, decay": Rival(
        "10 % up, stable to 70 %, then in a line to zero: Hu and others, 'MiniCPM', "
        "arXiv:2404.06395, names the phases",
        "WarmupStableDecay",
        {},
    ),
    "warm-up, stable, decay (1-sqrt)": Rival(
        "as above, with one minus the root for a cool-down: Hägele and others, arXiv:2405.18392",
        "WarmupStableDecay",
        {"cooldown": "1-sqrt"},
    ),
    "inverse square root": Rival(
        "Vaswani and others, 'Attention Is All You Need', arXiv:1706.03762, section 5.3",
        "InverseSquareRoot",
        {},
    ),
}


def defaults() -> dict[str, dict[str, Any]]:
    """The shape of each class where nothing is said, as plain data.

    Examples
    --------
    >>> defaults()["WarmupStableDecay"]
    {'warmup': 0.1, 'decay_start': 0.7, 'cooldown': 'linear'}
    """
    return {
        name: {
            field.name: list(value) if isinstance(value := field.default, tuple) else value
            for field in fields(kind)
            if field.default is not MISSING
        }
        for name, kind in CLASSES.items()
    }


def plain(schedule: Falling) -> dict[str, Any]:
    """Return a schedule as plain data: the name of its class, and its arguments.

    Parameters
    ----------
    schedule : Falling
        A value of one of the `CLASSES`.

    Examples
    --------
    >>> plain(Cosine(0.1, 300, warmup=0.1))
    {'schedule': 'Cosine', 'lr': 0.1, 'total_steps': 300, 'warmup': 0.1}
    """
    return {"schedule": type(schedule).__name__, **schedule.arguments()}


def made(data: dict[str, Any]) -> Falling:
    """Return the schedule that `plain` wrote down.

    Parameters
    ----------
    data : dict
        ``schedule``, and the arguments.

    Raises
    ------
    TypeError, ValueError
        When there is no such schedule, or an argument is out of range.

    Examples
    --------
    >>> made({"schedule": "Cosine", "lr": 0.1, "total_steps": 300})
    Cosine(lr=0.1, total_steps=300)
    """
    arguments = dict(data)
    name = arguments.pop("schedule", None)
    if name not in CLASSES:
        known = ", ".join(CLASSES)
        raise ValueError(f"schedule must be one of {known}; got {checks.shown(name)}")
    return CLASSES[name](**arguments)


def named(schedule: Falling) -> str:
    """Return the name by which the shape is known, or the call that makes it.

    Parameters
    ----------
    schedule : Falling
        Whose rate and length do not matter.

    Examples
    --------
    >>> named(Cosine(0.1, 300, warmup=0.1)), named(Cosine(0.1, 300, warmup=0.2))
    ('cosine, warm-up', 'Cosine(warmup=0.2)')
    """
    own = {name: value for name, value in plain(schedule).items() if name not in SHARED}
    kind = own.pop("schedule")
    for name, rival in RIVALS.items():
        if (rival.schedule, rival.settings) == (kind, own):
            return name
    return written(kind, own)
