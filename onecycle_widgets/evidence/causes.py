"""Effects of the second round: by data and depth, at high rates, and part by part.

Each is an array as from `estimates.sampled`, a figure and its draws, for `rules` to judge.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np

from . import estimates, studies
from .estimates import Array
from .experiments import Evidence, load
from .studies import PARTS


def ahead_of_step(evidence: Evidence) -> Array:
    """Gain of one cycle over the step schedule in as many steps, as from `estimates.sampled`.

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("residual_16", Path(__file__).parents[2] / "notebooks" / "data")
    >>> bool(ahead_of_step(stored)[0] > 0)
    True
    """
    families = (f"{kind}, {studies.STEPS} steps" for kind in studies.BOTH)
    return estimates.ahead(evidence, *families)


def by_samples(folder: str = "data") -> dict[int, Array]:
    """Gain over the step schedule by the size of the training data, as from `estimates.sampled`.

    Examples
    --------
    >>> from pathlib import Path
    >>> list(by_samples(Path(__file__).parents[2] / "notebooks" / "data"))
    [200, 400, 1600, 3200]
    """
    names = {samples: f"scarce_{samples}" for samples in studies.SAMPLES[:-1]}
    names[studies.SAMPLES[-1]] = "mnist1d"  # all that there are
    return {samples: ahead_of_step(load(name, folder)) for samples, name in names.items()}


def by_convolutions(folder: str = "data") -> dict[int, Array]:
    """Gain over the step schedule for each number of blocks of the normalised net.

    Examples
    --------
    >>> from pathlib import Path
    >>> list(by_convolutions(Path(__file__).parents[2] / "notebooks" / "data"))
    [1, 2, 4]
    """
    names = {blocks: f"convolutions_{blocks}" for blocks in studies.CONVOLUTIONS}
    names[2] = "mnist1d"
    return {blocks: ahead_of_step(load(name, folder)) for blocks, name in names.items()}


def by_blocks(folder: str = "data") -> dict[int, Array]:
    """Gain over the step schedule for each number of blocks of the residual net.

    Examples
    --------
    >>> from pathlib import Path
    >>> list(by_blocks(Path(__file__).parents[2] / "notebooks" / "data"))
    [2, 4, 8, 16]
    """
    return {blocks: ahead_of_step(load(residual(blocks), folder)) for blocks in studies.BLOCKS}


def residual(blocks: int) -> str:
    """Name of the experiment with the residual net of so many blocks.

    Examples
    --------
    >>> residual(8), residual(16)
    ('residual', 'residual_16')
    """
    return "residual" if blocks == 8 else f"residual_{blocks}"


def an_eighth(evidence: Evidence, steps: int = 200) -> Array:
    """How far one cycle is ahead of the step schedule with an eighth of its steps.

    The paper's kind of comparison, 10,000 steps against 80,000.

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("residual_16", Path(__file__).parents[2] / "notebooks" / "data")
    >>> bool(an_eighth(stored)[0] > 0)
    True
    """
    return estimates.ahead(evidence, f"one cycle, {steps} steps", f"step, {8 * steps} steps")


def at_high_rates(evidence: Evidence, kind: str, decay: float) -> Array:
    """Mean accuracy in percent over the rates that are too high, shape (seeds,).

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("high_rates", Path(__file__).parents[2] / "notebooks" / "data")
    >>> at_high_rates(stored, "step", 1e-3).shape
    (5,)
    """
    high = [1.0 <= rate <= 2.5 for rate in studies.HIGH_RATES]
    runs: Array = 100 * evidence.tuning(f"{kind}, decay {decay:g}", "test")[high].mean(0)
    return runs


def ablated(evidence: Evidence) -> dict[tuple[bool, ...], Array]:
    """Accuracy in percent of each combination of `PARTS`, as from `estimates.sampled`.

    Parameters
    ----------
    evidence : Evidence
        The experiment 'ablation_residual', in which each combination has chosen its rate, or
        'ablation_mnist1d', in which there is only one.

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("ablation_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> found = ablated(stored)
    >>> len(found), bool(found[True, True, True][0] > found[False, False, False][0])
    (8, True)
    """
    result: dict[tuple[bool, ...], Array] = {}
    for which in studies.COMBINATIONS:
        family = studies.parts(*which)
        if evidence.report is None:
            result[which] = estimates.sampled(100 * evidence.tuning(family, "test")[0])
        else:
            result[which] = estimates.accuracy(evidence, family)
    return result


def shapley(found: Mapping[tuple[bool, ...], Array]) -> dict[str, Array]:
    """Return each part's Shapley value: what adding it brings, on average over all orders.

    Parameters
    ----------
    found : dict of (bool, bool, bool) to ndarray
        What each combination of `PARTS` reaches, by which of them are there.

    Returns
    -------
    dict of str to ndarray
        Shares of the difference between all parts and none; their sum is that difference.

    References
    ----------
    L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953).

    Examples
    --------
    The warm-up is worth 4 alone and 2 beside the smooth fall, and the other way round:

    >>> worth = {w: np.array([4.0 * w[0] + 4.0 * w[1] - 2.0 * (w[0] and w[1])])
    ...          for w in studies.COMBINATIONS}
    >>> {part: float(share[0]) for part, share in shapley(worth).items()}
    {'warm-up': 3.0, 'smooth fall': 3.0, 'cycled momentum': 0.0}
    """
    orders = list(permutations(range(len(PARTS))))
    result = {name: np.zeros_like(next(iter(found.values()))) for name in PARTS}
    for order in orders:
        for part, added in waterfall(found, order).items():
            result[part] = result[part] + added / len(orders)
    return result


def waterfall(found: Mapping[tuple[bool, ...], Array], order: Sequence[int]) -> dict[str, Array]:
    """Return what each part adds when they are added in an order, such as (0, 1, 2).

    Examples
    --------
    >>> worth = {w: np.array([4.0 * w[0] + 4.0 * w[1] - 2.0 * (w[0] and w[1])])
    ...          for w in studies.COMBINATIONS}
    >>> {part: float(added[0]) for part, added in waterfall(worth, (1, 0, 2)).items()}
    {'smooth fall': 4.0, 'warm-up': 2.0, 'cycled momentum': 0.0}
    """
    there = [False] * len(PARTS)
    result, before = {}, found[tuple(there)]
    for part in order:
        there[part] = True
        result[PARTS[part]] = found[tuple(there)] - before
        before = found[tuple(there)]
    return result
