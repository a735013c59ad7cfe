"""Settings worth seeing: a surface, a schedule, and what to look for."""

from typing import NamedTuple


class Preset(NamedTuple):
    """A setting, and the sentence that goes with it.

    Attributes
    ----------
    surface, schedule : str
        Which ones.
    max_lr : float
        The peak.
    look : str
        What to look for.
    source : str
        Where it comes from; '' for what needs none.

    Examples
    --------
    >>> PRESETS["wells: a high peak"].max_lr
    0.2
    """

    surface: str
    schedule: str
    max_lr: float
    look: str
    source: str = ""


EDGE = "J. Cohen and others, Edge of Stability, arXiv:2103.00065"
RIVER = "K. Wen and others, River Valley, arXiv:2410.05192"
SHARP = "N. S. Keskar and others, Sharp Minima, arXiv:1609.04836"
WARM_UP = "Why Warmup the Learning Rate?, arXiv:2406.09405"
LARGE = "L. N. Smith, N. Topin, Super-Convergence, arXiv:1708.07120"

PRESETS = {
    "bowl: below the limit": Preset(
        "bowl",
        "one cycle",
        0.1,
        "The rate stays below the dashed limit, and the balls come to rest.",
        EDGE,
    ),
    "bowl: above the limit": Preset(
        "bowl",
        "one cycle",
        0.2,
        "Where the rate crosses the dashed limit, the balls swing wider with every step.",
        EDGE,
    ),
    "ravine: a small constant rate": Preset(
        "ravine",
        "constant",
        0.001,
        "No swinging, and no progress along the ravine.",
    ),
    "ravine: a large constant rate": Preset(
        "ravine",
        "constant",
        0.1,
        "Along the ravine they arrive at once; across it they never come to rest.",
    ),
    "ravine: one cycle": Preset(
        "ravine",
        "one cycle",
        0.03,
        "First along the ravine, then to rest: no constant rate ends as low.",
    ),
    "valley: a small constant rate": Preset(
        "valley",
        "constant",
        0.003,
        "The balls lie on the river's bed, and hardly travel.",
        RIVER,
    ),
    "valley: a large constant rate": Preset(
        "valley",
        "constant",
        0.1,
        "They travel down the river, high above its bed: the loss hides how far they are.",
        RIVER,
    ),
    "valley: warm-up, stable, decay": Preset(
        "valley",
        "warm-up, stable, decay",
        0.1,
        "The loss stays high as long as the rate does, and falls with it.",
        RIVER,
    ),
    "valley: one cycle": Preset(
        "valley",
        "one cycle",
        0.1,
        "Travel while the rate is high, settle while it falls.",
        RIVER,
    ),
    "wells: a low peak": Preset(
        "wells",
        "one cycle",
        0.03,
        "All balls stay in the sharp well: the rate is below its limit.",
        SHARP,
    ),
    "wells: a high peak": Preset(
        "wells",
        "one cycle",
        0.2,
        "Around the peak the sharp well cannot hold the balls; the wide one can.",
        LARGE,
    ),
    "falling curvature: with a warm-up": Preset(
        "falling",
        "one cycle",
        0.1,
        "While the rate rises the curvature falls, and stays below its limit.",
        WARM_UP,
    ),
    "falling curvature: without": Preset(
        "falling",
        "constant",
        0.1,
        "The same peak from the first step on: the curvature is far above its limit.",
        WARM_UP,
    ),
}
"""Every preset by its name."""
