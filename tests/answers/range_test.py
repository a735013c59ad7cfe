"""Answers to the exercises of the lesson on the range test, right and plausibly wrong."""

import functools
import types

import numpy as np
import torch

from onecycle_widgets import toys
from onecycle_widgets.evidence.rule_cost import ground_truth


@functools.cache
def truth():
    rates = [0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5, 1.0]  # as in the lesson
    return ground_truth(toys.digits(dtype=torch.float64), rates, total_steps=100)


def with_truth(rule):
    return lambda: (rule, truth())


def by_hand(start, end, steps):
    rates, factor = [start], (end / start) ** (1 / (steps - 1))
    while len(rates) < steps:
        rates.append(rates[-1] * factor)
    return rates


def logarithms(start, end, steps):
    return np.logspace(np.log10(start), np.log10(end), steps)


def powers(start, end, steps, shift=0, gaps=0):
    """Rates start * factor**(0 + shift), ..., for a factor of `steps - gaps` gaps."""
    return start * (end / start) ** ((np.arange(steps) + shift) / (steps - gaps))


def wobbly(start, end, steps):
    rates = np.geomspace(start, end, steps)
    rates[1:-1] *= 1.01
    return rates


def smooth(loss, width=11):
    loss = np.minimum(np.nan_to_num(loss, nan=np.inf), loss[0])
    return np.convolve(np.pad(loss, width // 2, "edge"), np.ones(width) / width, "valid")


def twice_steepest(lr, loss):
    return 2 * lr[np.argmin(np.diff(smooth(loss)))]


def half_fallen(lr, loss):
    """Twice the first rate at which half of the fall is done."""
    curve = smooth(loss)
    return float(2 * lr[np.argmax(curve < (curve[0] + curve.min()) / 2)])


def half_of_lowest(lr, loss):
    return np.array([lr[np.argmin(smooth(loss))] / 2])


def tenth_of_last(lr, loss):
    return np.float32(lr[np.isfinite(loss)][-1] / 10)


def capped(lr, loss):
    return min(twice_steepest(lr, loss), 0.2)


def careless(lr, loss):
    """Right for finite curves; NaN is what argmin finds first."""
    padded = np.pad(np.minimum(loss, loss[0]), 5, "edge")
    return lr[np.argmin(np.convolve(padded, np.ones(11) / 11, "valid"))] / 2


def only_finite(lr, loss):
    return twice_steepest(lr, loss) if np.isfinite(loss).all() else None


def spoiling(lr, loss):
    """Works on what it is given, as students do."""
    loss[~np.isfinite(loss)] = loss[0]
    np.minimum(loss, loss[0], out=loss)
    return twice_steepest(lr, loss)


WHOSE = {
    "A": "AdamW",
    "B": "six layers",
    "C": "as in section 2",
    "D": "trained before",
    "E": "without momentum",
}

RIGHT = {
    "ladder": [
        (lambda a, b, n: a * ((b / a) ** (1 / (n - 1))) ** np.arange(n),),
        (by_hand,),
        (logarithms,),
        (lambda a, b, n: tuple(np.geomspace(a, b, n)),),
        (lambda a, b, n: torch.logspace(np.log10(a), np.log10(b), n, dtype=torch.float64),),
        (lambda a, b, n: (a * (b / a) ** (i / (n - 1)) for i in range(n)),),
    ],
    "whose_curve": [
        (WHOSE,),
        (dict(reversed(WHOSE.items())),),
        (types.MappingProxyType(WHOSE | {"F": "six layers"}),),
    ],
    "own_rule": [
        with_truth(rule)
        for rule in (twice_steepest, half_fallen, half_of_lowest, tenth_of_last, spoiling)
    ],
}

WRONG = {
    "ladder": [
        ((None,), "a function"),
        (([1e-4, 10.0],), "a function"),
        ((lambda a, b, n: None,), "100 numbers"),
        ((lambda a, b, n: ["a"] * n,), "100 numbers"),
        ((lambda a, b, n: 1 / 0,), "stopped with ZeroDivisionError"),
        ((lambda a, b, n: (1 / 0 for _ in range(n)),), "100 numbers"),
        ((lambda a, b: [a, b],), "stopped with TypeError"),
        ((np.linspace,), "equal amounts"),
        ((powers,), "How often is the factor applied"),
        ((lambda a, b, n: powers(a, b, n, shift=1),), "has been stepped up"),
        ((lambda a, b, n: powers(a, b, n + 1, gaps=1),), "100 rates, but it is 101"),
        ((lambda a, b, n: powers(a, b, n, gaps=1)[None],), "1 by 100"),
        ((np.logspace,), "exponents"),
        ((lambda a, b, n: np.full(n, np.nan),), "NaN or inf"),
        ((lambda a, b, n: np.geomspace(b, a, n),), "a range test climbs"),
        ((lambda a, b, n: np.geomspace(a, b / 2, n),), "not both its ends"),
        ((wobbly,), "the factor between rates changes"),
    ],
    "whose_curve": [
        ((WHOSE | {"A": "without momentum", "E": "AdamW"},), "A: it falls at the smallest rates"),
        ((WHOSE | {"A": "without momentum", "E": "AdamW"},), "E: it needs the largest rates"),
        ((WHOSE | {"B": "trained before", "D": "six layers"},), "B: at no rate does it fall much"),
        ((WHOSE | {"B": "trained before", "D": "six layers"},), "D: where does its loss begin"),
        ((WHOSE | {"C": "AdamW", "A": "as in section 2"},), "C: two others begin as high"),
        ((WHOSE | {"C": "AdamW"},), "Each training has one curve"),
        ((dict.fromkeys("ABCDE", "AdamW"),), "Each training has one curve"),
        ((WHOSE | {"C": "SGD"},), "C: choose one of: as in section 2"),
        ((WHOSE | {"C": ["AdamW"]},), "C: choose one of: as in section 2"),
        (({"A": "AdamW"},), "E: choose one of: as in section 2"),
        (({},), "A: choose one of: as in section 2"),
        ((None,), "should be a dict"),
        ((["AdamW", "six layers"],), "should be a dict"),
    ],
    "own_rule": [
        (with_truth(0.1), "a function"),
        (with_truth(lambda lr, loss: None), "it should be a rate"),
        (with_truth(lambda lr, loss: np.nan), "it should be a rate"),
        (with_truth(lambda lr, loss: -1), "it should be a rate"),
        (with_truth(lambda lr, loss: 10**400), "it should be a rate"),
        (with_truth(lambda lr, loss: lr[:2]), "it should be a rate"),
        (with_truth(lambda lr, loss: lr[len(lr)]), "stopped with IndexError"),
        (with_truth(lambda lr: 0.1), "stopped with TypeError"),
        (with_truth(lambda lr, loss: 0.1), "stays behind"),
        (with_truth(lambda lr, loss: lr[np.nanargmin(loss)] / 10), "too small"),
        (with_truth(lambda lr, loss: lr[0]), "too small"),
        (with_truth(lambda lr, loss: lr[np.nanargmin(loss)] / 2), "One lucky batch"),
        (with_truth(lambda lr, loss: lr[-1]), "too large"),
        (with_truth(lambda lr, loss: lr[np.argmin(np.diff(loss))]), "too large"),
        (with_truth(capped), "stays behind"),
        (with_truth(careless), "when a curve ends in inf or NaN, it costs"),
        (with_truth(only_finite), "when a curve ends in inf or NaN, the rule says None"),
    ],
}

SECRET = {"ladder": ["steps - 1", "geomspace", "log10"]}
