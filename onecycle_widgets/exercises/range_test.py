"""Self-checks on the LR range test."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy
from torch.optim import SGD, AdamW, Optimizer

from .. import toys
from ..evidence.rule_cost import Truth
from ..range_test.result import RangeTest
from ..range_test.run import lr_range_test
from ..training.train import train
from .checking import RIGHT, HintError, asked, matched, number, self_check

Array = NDArray[np.float64]
LADDERS = ((1e-4, 10.0, 100), (1e-5, 1.0, 6), (0.01, 0.02, 2), (1e-7, 100.0, 37))
MEAN, WORST = 2.0, 5.0  # points of accuracy that a rule may cost
TRAININGS = ("as in section 2", "without momentum", "AdamW", "six layers", "trained before")
# Whose curve each is, and what to look at when that was not seen.
CURVES = {
    "A": ("AdamW", "it falls at the smallest rates. Whose step does not shrink with the gradient?"),
    "B": ("six layers", "at no rate does it fall much. Through what does its gradient have to go?"),
    "C": ("as in section 2", "two others begin as high and fall, too. What makes a step longer?"),
    "D": ("trained before", "where does its loss begin, at the very left?"),
    "E": ("without momentum", "it needs the largest rates to fall. Whose steps are the shortest?"),
}


@self_check
def ladder(answer: Any) -> str:
    """Check the first exercise on the range test: its rates.

    Parameters
    ----------
    answer : callable
        ``answer(start_lr, end_lr, num_steps)`` returns the rates, each the one before it
        times the same factor, with both ends.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> ladder(np.linspace)
    ✗ Not yet: these rates rise by equal amounts. What should be equal on a log axis?
    """
    make = asked(answer, "a function")
    for start, end, steps in LADDERS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rates = make(start, end, steps)
        _check_ladder(rates, start, end, steps)
    return f"{RIGHT} Every step multiplies by the same factor, and both ends are there."


def _check_ladder(answer: Any, start: float, end: float, steps: int) -> None:
    call = f"ladder({start:g}, {end:g}, {steps})"
    try:
        found = np.asarray(answer if hasattr(answer, "__array__") else list(answer), np.float64)
    except Exception as error:  # a generator is the student's code, too
        raise HintError(f"{call} should be {steps} numbers, not {answer!r:.40}.") from error
    if found.shape != (steps,):
        sizes = " by ".join(map(str, found.shape)) or "no"
        raise HintError(f"{call} should be {steps} rates, but it is {sizes}.")
    if np.allclose(found, np.geomspace(start, end, steps), rtol=1e-6, atol=0):
        return
    share = np.arange(steps)
    if np.allclose(found, np.linspace(start, end, steps)):
        raise HintError("these rates rise by equal amounts. What should be equal on a log axis?")
    if np.allclose(found, start * (end / start) ** (share / steps), rtol=1e-6, atol=0):
        raise HintError(f"{call} ends at {found[-1]:.3g}. How often is the factor applied?")
    if np.allclose(found, start * (end / start) ** ((share + 1) / steps), rtol=1e-6, atol=0):
        raise HintError(f"{call} begins at {found[0]:.3g}: the first rate has been stepped up.")
    if not np.isfinite(found).all():
        raise HintError(f"{call} holds NaN or inf.")
    if found.max() > 10 * end:
        raise HintError(f"{call} reaches {found.max():.3g}. Are its ends taken for exponents?")
    if np.allclose(found[::-1], np.geomspace(start, end, steps), rtol=1e-6, atol=0):
        raise HintError("these rates fall; a range test climbs.")
    if not np.isclose(found[0], start, rtol=1e-6) or not np.isclose(found[-1], end, rtol=1e-6):
        raise HintError(f"{call} goes from {found[0]:.3g} to {found[-1]:.3g}: not both its ends.")
    raise HintError(f"both ends of {call} are right, but the factor between rates changes.")


def five_curves() -> dict[str, RangeTest]:
    """Run the range tests of `TRAININGS`, all on the digits with batches of 64.

    Returns
    -------
    dict of str to RangeTest
        The curves 'A' to 'E', in another order than `TRAININGS`.

    Examples
    --------
    >>> curves = five_curves()
    >>> list(curves), len(curves["A"].runs)
    (['A', 'B', 'C', 'D', 'E'], 1)
    """
    return {letter: _test_of(training) for letter, (training, _) in CURVES.items()}


def _test_of(training: str) -> RangeTest:
    digits = toys.digits(dtype=torch.float64)
    layers = 6 if training == "six layers" else 2
    model = toys.mlp(hidden=(64,) * layers, dtype=torch.float64)
    optimizer: Optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    if training == "trained before":
        batches = digits.train.batches(64, seed=1)
        train(model, optimizer, cross_entropy, batches, total_steps=40, progress=False)
    if training == "without momentum":
        optimizer = SGD(model.parameters(), lr=0.05)
    if training == "AdamW":
        optimizer = AdamW(model.parameters())
    batches = digits.train.batches(64)
    return lr_range_test(model, optimizer, cross_entropy, batches, 1e-4, progress=False)


@self_check
def whose_curve(answer: Any) -> str:
    """Check which curve of `five_curves` belongs to which training.

    Parameters
    ----------
    answer : mapping of str to str
        For each of the curves 'A' to 'E' one of `TRAININGS`.

    Returns
    -------
    str
        One line for each curve: right, or a hint where to look.

    Examples
    --------
    >>> whose_curve("AdamW")
    ✗ Not yet: the answer should be a dict, not str.
    """
    return matched(answer, CURVES, TRAININGS, "Each training has one curve.")


@self_check
def own_rule(answer: Any, truth: Truth) -> str:
    """Check the last exercise on the range test: a rule that reads a peak off a raw curve.

    Parameters
    ----------
    answer : callable
        ``answer(lr, loss)`` returns a peak; `lr` and `loss` are arrays of equal length, and
        the last losses may be inf or NaN.
    truth : Truth
        The range tests that the rule is applied to, run by run, and the real trainings that
        say what its peaks cost.

    Returns
    -------
    str
        '✓ Right.' with the rule's cost, or a hint in which direction to look.

    Examples
    --------
    >>> from onecycle_widgets.evidence.rule_cost import ground_truth
    >>> truth = ground_truth(toys.spirals(), [0.01, 0.3], total_steps=20, seeds=1, train_seeds=1)
    >>> own_rule(lambda lr, loss: "the steepest place", truth)
    ✗ Not yet: the rule says 'the steepest place' for seed 0: it should be a rate.
    """
    rule = asked(answer, "a function")
    curves = [(run.lr, run.loss) for run in truth.tests.runs]
    _check_cost(_picks(rule, curves), truth)
    # The same network with gradients a tenth as large: every rate counts for a tenth.
    moved = _picks(rule, [(10 * lr, loss) for lr, loss in curves], "with all rates tenfold, ")
    if np.abs(np.log10(moved / 10) - np.log10(_picks(rule, curves))).max() > 0.1:
        raise HintError("with all rates tenfold the pick stays behind. Does it read the curve?")
    blown_up = [_blown_up(lr, loss) for lr, loss in curves]
    after = "when a curve ends in inf or NaN, "
    _check_cost(_picks(rule, blown_up, after), truth, after)
    costs = [truth.cost(pick) for pick in _picks(rule, curves)]
    mean, worst = np.mean(costs), max(costs)
    return f"{RIGHT} It costs {mean:.1f} points on average, {worst:.1f} in the worst of ten."


def _blown_up(lr: Array, loss: Array) -> tuple[Array, Array]:
    factor = lr[1] / lr[0]
    rates = np.append(lr, [lr[-1] * factor, lr[-1] * factor**2])
    return rates, np.append(loss, [np.inf, np.nan])


def _picks(rule: Callable[..., Any], curves: list[tuple[Array, Array]], when: str = "") -> Array:
    """Return the rule's pick for every curve; a HintError where there is none."""
    picks = []
    for seed, (lr, loss) in enumerate(curves):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pick = rule(lr.copy(), loss.copy())
        if isinstance(pick, np.ndarray) and pick.size == 1:
            pick = pick.item()
        if not number(pick) or pick <= 0:
            shown = f"{pick!r:.40}"
            raise HintError(f"{when}the rule says {shown} for seed {seed}: it should be a rate.")
        picks.append(float(pick))
    return np.array(picks)


def _check_cost(picks: Array, truth: Truth, when: str = "") -> None:
    costs = np.array([truth.cost(pick) for pick in picks])
    if costs.mean() <= MEAN and costs.max() <= WORST:
        return
    (accuracy,) = truth.trained.validation.values()
    small = picks < truth.trained.rates[accuracy.mean(1).argmax()]
    cost = f"{when}it costs {costs.mean():.1f} points, at worst {costs.max():.1f}"
    if costs[small].sum() > costs[~small].sum():
        raise HintError(f"{cost}: too small. Where is the loss still falling?")
    if np.median(costs) <= MEAN:
        seed = costs.argmax()
        raise HintError(f"{cost}: too large for seed {seed}. One lucky batch?")
    raise HintError(f"{cost}: too large. Where does the explosion begin?")
