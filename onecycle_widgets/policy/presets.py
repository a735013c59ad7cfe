"""Cycles that people know by name, with their sources. Plain data."""

from typing import Any, NamedTuple


class Preset(NamedTuple):
    """Settings of a known cycle; `max_lr` and `total_steps` stay the user's.

    Attributes
    ----------
    source : str
        Where the settings come from.
    settings : dict
        Arguments of `OneCycle` that differ from torch's defaults.

    Examples
    --------
    >>> PRESETS["fastai"].settings
    {'pct_start': 0.25, 'final_div_factor': 4000.0}
    """

    source: str
    settings: dict[str, Any]


PRESETS: dict[str, Preset] = {
    "torch default": Preset("torch.optim.lr_scheduler.OneCycleLR, signature", {}),
    "paper, three phases": Preset(
        "Smith, 'A disciplined approach', arXiv:1803.09820: a linear cycle over about 90 % of the "
        "run from max/10, momentum 0.95 to 0.85, then the rate falls several orders of magnitude",
        {
            "pct_start": 0.45,
            "anneal_strategy": "linear",
            "three_phase": True,
            "div_factor": 10.0,
            "final_div_factor": 1000.0,
        },
    ),
    "super-convergence triangle": Preset(
        "Smith and Topin, 'Super-Convergence', arXiv:1708.07120, the authors' CIFAR-10 solver: "
        "0.1 to 3 and back, linear, constant momentum (torch adds one last step)",
        {
            "pct_start": 0.5,
            "anneal_strategy": "linear",
            "three_phase": True,
            "div_factor": 30.0,
            "cycle_momentum": False,
        },
    ),
    "fastai": Preset(
        "fastai 2, callback/schedule.py, fit_one_cycle: pct_start 0.25, start max/25, "
        "end max/100,000 (torch divides the initial rate, hence 4,000)",
        {"pct_start": 0.25, "final_div_factor": 4000.0},
    ),
}
