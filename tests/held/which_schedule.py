"""What holds the prose of the lesson on which schedule, when."""

import numpy as np
from lessons import LESSONS

from onecycle_widgets.evidence import (
    averaged,
    changed,
    estimates,
    family_claims,
    family_rules,
    finetuned,
    rules,
    studies,
)
from onecycle_widgets.toys import character_names

from .stored import DATA

PLANNING = ("one cycle", "cosine")
STABLE = ("warm-up, stable, decay", "constant")


def tuned():
    return finetuned.load(DATA)


def after(way):
    """Test accuracy of a way to fine-tune, at its own peak."""
    return float(tuned().accuracy(way)[0])


def at_peak(way, peak):
    """Test accuracy of a way to fine-tune at one peak."""
    place = finetuned.WAYS[way].peaks.index(peak)
    return float(tuned().reported(way)[place].mean())


def over(one, other):
    """By how much one way to fine-tune is better than another."""
    return estimates.estimate(tuned().accuracy(one) - tuned().accuracy(other))


def lead(net, kind, steps=200):
    """How far a schedule is ahead of one cycle."""
    return estimates.estimate(family_claims.lead(net, kind, steps, DATA))


def known(nets, kinds, steps=200):
    """What is known of schedules' leads on some nets, by net and schedule."""
    found = {(n, k): family_claims.lead(n, k, steps, DATA) for n in nets for k in kinds}
    return {key: estimates.estimate(draws) for key, draws in found.items() if draws is not None}


def behind(nets, kinds, steps=200):
    """Which schedules are surely behind one cycle, on which nets."""
    return {key for key, found in known(nets, kinds, steps).items() if found.sure == -1}


def cost(net, kind, way, to):
    """What a way to go on loses to another, for a schedule."""
    found = changed.load_changed(net, DATA)
    return estimates.mean(found.of(kind, to) - found.of(kind, way))


def word(claims, unit="points"):
    """The verdict on the claim of several that is counted in a unit."""
    return next(c.verdict for c in claims if c.unit == unit)


def watched(net, kind, look):
    """Test accuracy on the way: at half-way (9) or at the end (19), say."""
    return float(averaged.load_watched(net, DATA).reported(kind)[:, look].mean())


def mean(net, kind="constant"):
    """Test accuracy of the averaged weights at the end."""
    return float(averaged.load_watched(net, DATA).averaged(kind)[:, -1].mean())
