"""The papers' claims, each with its parts computed from the stored experiments, and the verdict.

What a claim is made of, and which word its parts get, is fixed in `rules`. A function here takes
the folder of stored data and returns one `Claim`: the words of the paper, the paper's figure, and
the parts. Claims on what goes with the rate (decay, momentum, batch size, length, shape) are in
`claims_on_parts`.

Paper figures: of L. N. Smith, N. Topin, "Super-Convergence" (arXiv:1708.07120) the first author's
published logs, one run each; of L. N. Smith, "A disciplined approach to neural network
hyper-parameters" (arXiv:1803.09820) table 2, as published notes on it quote them.
"""

from dataclasses import dataclass

from . import budgets, causes, estimates, rules, studies
from .experiments import load
from .rules import AS_GOOD, FAR, MORE, Part

Folder = str
NETS = {
    "residual": "the residual net without normalisation",
    "mnist1d": "the normalised net, MNIST-1D",
    "mnist1d_again": "the normalised net, a second draw of MNIST-1D",
    "digits": "the plain net, digits",
    "digits_again": "the plain net, a second split of the digits",
    "residual_zero_last": "the residual net, last layers at zero",
    "residual_adamw": "the residual net, AdamW",
}
"""Experiments over lengths, and what a reader calls them."""

WARM_STEP = "step with warm-up"


@dataclass(frozen=True)
class Claim:
    """A claim of a paper and what the stored data say of it.

    Attributes
    ----------
    text : str
        What is claimed.
    paper : str
        The paper's own figure.
    parts : tuple of Part
        What it is made of.
    unit : {'points', '×', 'decades'}
        Unit of the parts' effects.

    Examples
    --------
    >>> import numpy as np
    >>> claim = Claim("it is faster", "8×", (Part("to 90 %", np.full(4001, 5.0), FAR),), "×")
    >>> claim.verdict, claim.figures
    ('seen', 'to 90 %: 5.0 [5.0, 5.0]×')
    """

    text: str
    paper: str
    parts: tuple[Part, ...]
    unit: str = "points"

    @property
    def verdict(self) -> str:
        """One of `rules.WORDS`."""
        return rules.verdict(self.parts)

    @property
    def surely(self) -> list[str]:
        """Names of the parts that are surely for the claim, corrected for their number."""
        return rules.surely(self.parts)

    @property
    def figures(self) -> str:
        """Every part's effect with its interval."""
        sign, unit = ("", "×") if self.unit == "×" else ("+", f" {self.unit}")
        texts = (f"{part.name}: {part.estimate.text(sign=sign)}" for part in self.parts)
        return "; ".join(texts) + unit


def fewer_steps(folder: Folder = "data", net: str = "residual", against: str = "step") -> Claim:
    """Far fewer steps to the same accuracy; where the others never get there, at least so many.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = fewer_steps(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts], claim.verdict in rules.WORDS
    (['to 90 %', 'to 92 %', 'to 94 %'], True)
    """
    evidence = load(net, folder)
    targets = rules.TARGETS[net.split("_")[0]]
    return Claim(
        f"far fewer steps to the same accuracy than {against}: {NETS[net]}",
        "8×; logs: 92.44 % after 10,000 steps, step 90.32 % after 80,000",
        tuple(
            Part(f"to {target:g} %", budgets.factor(evidence, against, target), FAR)
            for target in targets
        ),
        "×",
    )


def more_accuracy(folder: Folder = "data", net: str = "residual", against: str = "step") -> Claim:
    """More accuracy in as many steps.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = more_accuracy(Path(__file__).parents[2] / "notebooks" / "data", "digits")
    >>> [part.name for part in claim.parts]
    ['25 steps', '50 steps', '100 steps', '200 steps', '400 steps']
    """
    return Claim(
        f"more accuracy in as many steps than {against}: {NETS[net]}",
        "logs: +2.1 points, with an eighth of the steps",
        _gains(folder, net, "one cycle", against, MORE),
    )


def _gains(folder: Folder, net: str, ours: str, theirs: str, bar: rules.Bar) -> tuple[Part, ...]:
    """How far ahead one schedule is of another at every length that both have."""
    evidence = load(net, folder)
    result = []
    for steps in budgets.lengths(evidence, "one cycle"):
        families = (f"{kind}, {steps} steps" for kind in (ours, theirs))
        result.append(Part(f"{steps} steps", estimates.ahead(evidence, *families), bar))
    return tuple(result)


def chosen_momenta(folder: Folder = "data") -> Claim:
    """More accuracy in as many steps, where everybody chooses a momentum as well.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = chosen_momenta(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['step', 'cosine', 'warm-up, stable, decay']
    """
    evidence = load("rivals", folder)
    ours, *others = evidence.rows
    return Claim(
        f"more accuracy where all choose a momentum, too: {NETS['mnist1d']}, 400 steps",
        "not in the paper",
        tuple(Part(name, estimates.ahead(evidence, ours, name), MORE) for name in others),
    )


def warm_up_is_enough(folder: Folder = "data") -> Claim:
    """The step schedule with a warm-up is as good as one cycle.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = warm_up_is_enough(Path(__file__).parents[2] / "notebooks" / "data")
    >>> len(claim.parts), claim.unit
    (4, 'points')
    """
    return Claim(
        f"step with a warm-up is as good as one cycle: {NETS['residual']}",
        "not in the paper",
        _gains(folder, "residual", WARM_STEP, "one cycle", AS_GOOD),
    )


def warm_up_counts_most(folder: Folder = "data", net: str = "residual") -> Claim:
    """The warm-up has the largest share of what the three parts of one cycle win.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = warm_up_counts_most(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['than smooth fall', 'than cycled momentum']
    """
    share = causes.shapley(causes.ablated(load(f"ablation_{net}", folder)))
    return Claim(
        f"the warm-up counts more than the other parts: {NETS[net]}",
        "not in the paper",
        tuple(
            Part(f"than {other}", share["warm-up"] - share[other], MORE)
            for other in studies.PARTS[1:]
        ),
    )


def depth(folder: Folder = "data") -> Claim:
    """The advantage grows with depth: residual blocks without normalisation.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = depth(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['8 and 16 blocks less 2 and 4']
    """
    gains = causes.by_blocks(folder)
    growth = (gains[8] + gains[16]) / 2 - (gains[2] + gains[4]) / 2
    return Claim(
        f"the advantage grows with depth: {NETS['residual']}",
        "logs: +1.8, +2.1, +1.2 points with 20, 56, 110 layers",
        (Part("8 and 16 blocks less 2 and 4", growth, MORE),),
    )


def convolutions(folder: Folder = "data") -> Claim:
    """The advantage grows with depth: convolutions with normalisation.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = convolutions(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['4 blocks less 1']
    """
    gains = causes.by_convolutions(folder)
    return Claim(
        f"the advantage grows with depth: {NETS['mnist1d']}",
        "logs: +1.8, +2.1, +1.2 points with 20, 56, 110 layers",
        (Part("4 blocks less 1", gains[4] - gains[1], MORE),),
    )


def scarce_data(folder: Folder = "data") -> Claim:
    """The advantage grows when training data is scarce.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = scarce_data(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['few samples less many']
    """
    gains = causes.by_samples(folder)
    # Growth is a difference of differences. Two sizes at each end: half the noise of one.
    growth = (gains[200] + gains[400]) / 2 - (gains[1600] + gains[3200]) / 2
    return Claim(
        "the advantage grows when data is scarce: the normalised net, MNIST-1D",
        "logs: +0.7, +3.3, +25.6 (unstable), +9.4 points at 40, 30, 20, 10 thousand images",
        (Part("few samples less many", growth, MORE),),
    )


def high_rates(folder: Folder = "data", against: str = "step") -> Claim:
    """Ahead at rates that are too high, at each weight decay.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = high_rates(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['decay 0.0001', 'decay 0.001', 'decay 0.005']
    """
    evidence = load("high_rates", folder)
    parts = []
    for decay in studies.HIGH_DECAYS[1:]:
        ours, theirs = (
            causes.at_high_rates(evidence, kind, decay) for kind in ("one cycle", against)
        )
        parts.append(Part(f"decay {decay:g}", estimates.sampled(ours - theirs), MORE))
    return Claim(
        f"ahead of {against} at rates that are too high: the normalised net, MNIST-1D",
        "max_lr 3 works; the step schedule had 0.35",
        tuple(parts),
    )
