"""The explorer's controls, one for each parameter, as a table. Plain data for the front end."""

from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from ..policy.one_cycle import OneCycle


@dataclass(frozen=True)
class Spec:
    """How a parameter is shown.

    Attributes
    ----------
    group : {'budget', 'learning rate', 'shape', 'momentum'}
        Which controls it stands with.
    kind : {'log', 'linear', 'steps', 'choice', 'flag'}
        Kind of the control. 'log', 'linear' and 'steps' (whole numbers on a log scale) have a
        slider and a field to type in; the field takes values beyond the slider's range.
    tip : str
        One line on what the parameter does.
    unit : str
        What it is measured in; '' for a pure number.
    low, high : float
        Ends of the slider, in `unit`.
    options : tuple of str
        What a choice offers; empty for the other kinds.
    large : bool
        Whether it is among the few that are there when the curve has the whole screen.

    Examples
    --------
    >>> SPECS["pct_start"].kind, SPECS["pct_start"].tip
    ('linear', 'Fraction of the steps that raise the rate.')
    """

    group: str
    kind: str
    tip: str
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    options: tuple[str, ...] = ()
    large: bool = False


STRATEGIES = ("cos", "linear")
SPECS: dict[str, Spec] = {
    "total_steps": Spec("budget", "steps", "Optimizer steps in the cycle.", "steps", 1, 100_000),
    "epochs": Spec("budget", "steps", "Passes through the data.", "epochs", 1, 1000),
    "steps_per_epoch": Spec(
        "budget", "steps", "Batches in one pass through the data: len(loader).", "steps", 1, 10_000
    ),
    "max_lr": Spec(
        "learning rate",
        "log",
        "Peak rate; a list gives one per parameter group.",
        "",
        1e-5,
        10,
        large=True,
    ),
    "div_factor": Spec(
        "learning rate", "log", "The first rate is max_lr / div_factor.", "", 1, 1000, large=True
    ),
    "final_div_factor": Spec(
        "learning rate", "log", "The last rate is the first / final_div_factor.", "", 1, 1e6
    ),
    "pct_start": Spec(
        "shape", "linear", "Fraction of the steps that raise the rate.", "", 0, 1, large=True
    ),
    "anneal_strategy": Spec(
        "shape", "choice", "Curve of every phase.", options=STRATEGIES, large=True
    ),
    "three_phase": Spec(
        "shape",
        "flag",
        "Come down as it went up; then annihilate the rate in a third phase.",
        large=True,
    ),
    "cycle_momentum": Spec("momentum", "flag", "Move the momentum (Adam: beta1) against the rate."),
    "base_momentum": Spec("momentum", "linear", "Momentum at the peak of the rate.", "", 0, 0.999),
    "max_momentum": Spec("momentum", "linear", "Momentum at the start and the end.", "", 0, 0.999),
}
# Why a handle on the curve stops where the picture ends: zero is beyond every factor.
UNSEEN = "a rate stays above 0: the log rate axis has room for smaller ones"
# Why a link is not followed, why nobody hears, and why not all of a policy is drawn.
LINK = {
    "long": "the link is too long to be followed",
    "groups": "the link has {groups} parameter groups: the page shows {most} at most",
}
GONE = "The kernel is gone: run the cell above again. Until then the curve moves only here."
# What a reader is asked before the curve is shown, and what is said to the guess.
ASKED = {
    "peak": "Where will the peak be? Click there.",
    "told": (
        "You expected step {step} and a rate of {rate:.3g}; "
        "the peak is at step {peak}, with {top:.3g}."
    ),
    "seen": "The peak is at step {peak}, with a rate of {top:.3g}.",
}
DRAWN = "the first {most} of {groups} parameter groups are drawn"
# What OneCycleExplorer(controls=...) can show besides the parameters' own controls.
PARTS = ("presets", "log_rate", "once_per_epoch", "readouts", "pins", "code", "save", "project")


def table() -> list[dict[str, Any]]:
    """The controls in the order shown, with torch's default where there is one.

    Examples
    --------
    >>> row = table()[4]
    >>> row["name"], row["default"], row["low"], row["high"]
    ('div_factor', 25.0, 1, 1000)
    """
    defaults = {field.name: field.default for field in fields(OneCycle)}
    rows = []
    for name, spec in SPECS.items():
        row = {"name": name, **asdict(spec)}
        if defaults[name] not in (MISSING, None):
            row["default"] = defaults[name]
        rows.append(row)
    return rows
