"""The papers' claims on what goes with the learning rate: decay, momentum, batch, length, shape.

As in `claims`, by the rules of `rules`. Decay, batch size, momentum and the shapes at 400 steps are
data of the first round, judged again: no rival takes part in them, so no shape was left untuned.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from . import budgets, effects, estimates, first_round
from .claims import Claim, Folder
from .experiments import load
from .rules import AS_GOOD, MORE, Bar, Part

DEFAULT = "torch's default"  # the shape that others are compared with

DECADES = Bar(above=0.0, nothing=0.0, margin=(-0.5, 0.5))
"""Decades by which something falls: half a step of our grids is nothing."""

RATIO = Bar(above=1.0, nothing=1.0, margin=(0.8, 1.25))
"""A ratio of rates: a quarter more or less is nothing."""


def decay(folder: Folder = "data") -> Claim:
    """Large rates regularise, so weight decay must come down.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = decay(Path(__file__).parents[2] / "notebooks" / "data")
    >>> claim.verdict, claim.parts[1].word
    ('undecided', 'undecided')
    """
    evidence = load("decay", folder)
    # Stacked, because both rates must lose or keep the same seeds in a draw.
    both = np.stack([evidence.tuning(f"one cycle, {rate:g}", "test") for rate in (0.1, 1.0)])
    found = {
        "most that does no harm": effects.most_decay,
        "best": effects.best_decay,
    }
    parts = (Part(name, effects.fall_drawn(both, rule), DECADES) for name, rule in found.items())
    return Claim(
        "larger rates want less weight decay: how far it falls from max_lr 0.1 to 1",
        "best 3e-4 to 5e-4 at a constant 0.1, 1e-4 at a cycle from 0.1 to 1",
        tuple(parts),
        "decades",
    )


def momentum(folder: Folder = "data") -> Claim:
    """Cycled momentum is as good as the best constant one, so as good as each.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = momentum(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['constant 0.8', 'constant 0.85', 'constant 0.9', 'constant 0.95']
    """
    evidence = load("momentum", folder)
    ours, *others = evidence.rows
    return Claim(
        "cycled momentum is as good as the best constant one",
        "81.3 ± 0.1, as good as the best of 79.5 ± 0.1, 80.2 ± 0.4, 81.2 ± 0.2 (0.85 to 0.95)",
        tuple(
            Part(name.replace(",", ""), estimates.ahead(evidence, ours, name), AS_GOOD)
            for name in others
            if name.startswith("constant")
        ),
    )


def batch_size(folder: Folder = "data", kind: str = "one cycle") -> Claim:
    """Larger batches allow larger rates.

    Examples
    --------
    >>> from pathlib import Path
    >>> batch_size(Path(__file__).parents[2] / "notebooks" / "data").verdict
    'seen'
    """
    evidence = load("batch", folder)
    small, *_, large = first_round.BATCHES
    both = np.stack([evidence.tuning(f"{kind}, {size}", "test") for size in (small, large)])
    # First less second is what falls; turned round it is the rise with the batch size.
    rise = effects.fall_drawn(both[::-1], effects.good_centre)
    return Claim(
        "larger batches allow larger rates, at equal epochs",
        "batches as large as memory allows, compared at equal time",
        (Part(f"batch {large} / batch {small}", 10**rise, RATIO),),
        "×",
    )


def cycle_length(folder: Folder = "data") -> Claim:
    """Longer cycles reach more; the gain flattens.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = cycle_length(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [part.name for part in claim.parts]
    ['100 to 200 steps', '200 to 400 steps', '400 to 800 steps']
    """
    evidence = load("mnist1d", folder)
    runs, steps = budgets.curve(evidence, "one cycle"), budgets.lengths(evidence, "one cycle")
    return Claim(
        "a longer cycle reaches more",
        "CIFAR-10: 91.3, 91.9 % with 50, 100 epochs (the second also cycles momentum)",
        tuple(
            Part(f"{first} to {second} steps", later - earlier, MORE)
            for (first, second), (earlier, later) in zip(
                pairwise(steps), pairwise(runs), strict=True
            )
        ),
    )


def three_phases(folder: Folder = "data") -> Claim:
    """A third phase helps: in a long and in a short training, with an early and a late peak.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = three_phases(Path(__file__).parents[2] / "notebooks" / "data")
    >>> len(claim.parts)
    3
    """
    short, long = load("short_shapes", folder), load("shape", folder)
    found = {
        f"60 steps, pct_start {peak}": estimates.ahead(
            short, f"three phases, pct_start {peak}", "two phases"
        )
        for peak in ("0.3", "0.45")
    }
    found["400 steps, pct_start 0.45"] = estimates.ahead(long, "three phases", DEFAULT)
    return Claim(
        "a third phase helps: three against two",
        "the paper's policy has it; fastai and torch default to two phases",
        tuple(Part(name, draws, MORE) for name, draws in found.items()),
    )


def _shape(claim: str, paper: str, better: str, worse: str, folder: Folder = "data") -> Claim:
    part = Part("400 steps", estimates.ahead(load("shape", folder), better, worse), MORE)
    return Claim(claim, paper, (part,))


# Two claims are one comparison each between two shapes of the cycle, tuned alike: what is
# claimed, what the papers and libraries say, the shape said to be better, and the other.
cosine = partial(
    _shape,
    "cosine annealing beats straight lines",
    "straight lines in the paper; cosine in fastai and torch",
    DEFAULT,
    "linear",
)
annihilation = partial(
    _shape,
    "annihilation: a last, very low phase helps",
    "cycle a little shorter than the run, then orders of magnitude lower",
    "three phases, linear",
    "no annihilation",
)


def pct_start(folder: Folder = "data") -> Claim:
    """Where the peak lies matters: another place is better than torch's.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim = pct_start(Path(__file__).parents[2] / "notebooks" / "data")
    >>> claim.parts[0].name, claim.verdict
    ('pct_start 0.1', 'undecided')
    """
    evidence = load("shape", folder)
    names = [name for name in evidence.rows if name.startswith("pct_start")]
    return Claim(
        "another peak is better than torch's pct_start of 0.3",
        "0.45 to 0.5 in the papers, 0.3 in torch, 0.25 in fastai",
        tuple(Part(name, estimates.ahead(evidence, name, DEFAULT), MORE) for name in names),
    )


# In points of accuracy, and in units of their own: functions, so that a lesson can say where the
# data lie.
POINTS: Sequence[Callable[..., Claim]] = (
    momentum, cycle_length, three_phases, cosine, annihilation, pct_start,
)  # fmt: skip
OTHERS: Sequence[Callable[..., Claim]] = (decay, batch_size)
