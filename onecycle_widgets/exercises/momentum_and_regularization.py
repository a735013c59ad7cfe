"""Self-checks on momentum, weight decay, and the luck of a seed."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..policy.one_cycle import OneCycle
from .checking import RIGHT, HintError, asked, number, one_cycle, one_group, self_check

# Cycle, constant rate, its weight decay: what the shrinking is compared for.
BUDGETS = (
    (OneCycle(1.0, 400), 0.1, 1e-3),
    (OneCycle(0.3, 100, three_phase=True), 0.1, 3e-4),
    (OneCycle(2.0, 250, pct_start=0.8, anneal_strategy="linear", div_factor=4), 0.05, 1e-4),
    (OneCycle(0.5, 60, div_factor=2, final_div_factor=1), 0.02, 0.01),
)


@self_check
def same_effective_rate(answer: Any) -> str:
    """Check the exercise on momentum: a higher peak at the same effective rate.

    Parameters
    ----------
    answer : OneCycle
        The student's policy: its peak is 0.4, and lr / (1 - momentum) is there as large as for
        a rate of 0.1 and a momentum of 0.9.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint in which direction to look.

    Examples
    --------
    >>> same_effective_rate(OneCycle(0.3, 400))
    ✗ Not yet: the peak should be 0.4, but it is 0.3.
    """
    policy = one_cycle(answer)
    one_group(policy)
    if not np.isclose(policy.max_lr, 0.4):
        raise HintError(f"the peak should be 0.4, but it is {policy.max_lr:g}.")
    curve = policy.curve()
    if curve.momentum is None:
        raise HintError("with cycle_momentum=False the cycle leaves the momentum as it is.")
    peak = curve.lr.argmax()
    momentum = curve.momentum[peak]
    times = float(curve.lr[peak] / (1 - momentum) * (1 - 0.9) / 0.1)
    if np.isclose(times, 1, rtol=0.01):
        return f"{RIGHT} A larger rate and less momentum: in the long run, steps as long as before."
    if np.isclose(momentum, 0.9 / 4):
        raise HintError("not the momentum is divided by 4. Which part of the formula is?")
    if np.isclose(momentum, 0.9, atol=1e-6):
        raise HintError("the same momentum and a larger rate: the effective rate grows as well.")
    if momentum > 0.9:
        raise HintError("the wrong way: more momentum makes each gradient count for more.")
    way = "too high" if times > 1 else "too low"
    raise HintError(f"the effective rate at the peak is {times:.2g} times what it was: {way}.")


@self_check
def luck_of_one_seed(answer: Any, first: Any, second: Any) -> str:
    """Check the exercise on luck: how often a single run misleads.

    Parameters
    ----------
    answer : float
        The share of all pairs (a run of each) in which the one with the lower mean wins.
    first, second : ndarray, shape (seeds,)
        Accuracies of two ways to train.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> luck_of_one_seed(25, first=np.array([90.0, 93.0]), second=np.array([89.0, 91.0]))
    ✗ Not yet: a share lies between 0 and 1.
    """
    first, second = np.asarray(first), np.asarray(second)
    better, worse = (first, second) if first.mean() >= second.mean() else (second, first)
    share = float((worse[:, None] > better[None, :]).mean())
    if isinstance(answer, bool) or not isinstance(answer, (int, float, np.number)):
        raise HintError(f"the answer should be a number, not {type(answer).__name__}.")
    if np.isclose(answer, share, atol=1e-9):
        return f"{RIGHT} One run of each would have told you the opposite in {share:.0%} of cases."
    if np.isclose(answer, 100 * share):
        raise HintError("a share lies between 0 and 1.")
    if np.isclose(answer, (worse > better).mean()):
        raise HintError(
            "that is run against run of equal seed; compare every run with every other."
        )
    if np.isclose(answer, (worse[:, None] >= better[None, :]).mean()):
        raise HintError("a draw misleads nobody.")
    if np.isclose(answer, (better[:, None] > worse[None, :]).mean()):
        raise HintError("that is how often the better one wins.")
    raise HintError("compare each of the ten with each of the ten: a hundred pairs.")


@self_check
def matching_decay(answer: Any) -> str:
    """Check the exercise on weight decay: the one that shrinks weights as much.

    Parameters
    ----------
    answer : callable
        ``answer(policy, lr, weight_decay)`` returns the weight decay with which the whole cycle
        `policy` shrinks a weight as much as a constant `lr` with `weight_decay` does in as many
        steps. A step shrinks it by the factor ``1 - lr * weight_decay``.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint in which direction to look.

    Examples
    --------
    >>> matching_decay(lambda policy, lr, weight_decay: weight_decay)
    ✗ Not yet: equal decay, but the cycle's rates are others.
    """
    match = asked(answer, "a function")
    found = [_decay(match, *budget) for budget in BUDGETS]
    much = [_shrinking(*budget, decay) for budget, decay in zip(BUDGETS, found, strict=True)]
    if np.allclose(much, 1, atol=0.02):
        return f"{RIGHT} Ten times the rate at the peak, and a fifth of the decay: not a tenth."
    for mistake, hint in MISTAKES.items():
        if np.allclose(found, [mistake(*budget) for budget in BUDGETS], rtol=1e-3, atol=0):
            raise HintError(hint)
    wrong = int(np.argmax(np.abs(np.log(much))))
    raise HintError(
        f"max_lr={BUDGETS[wrong][0].max_lr:g} for {BUDGETS[wrong][0].total_steps} steps: "
        f"the cycle shrinks weights {much[wrong]:.2g} times as much."
    )


def _decay(match: Callable[..., Any], policy: OneCycle, lr: float, decay: float) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = match(policy, lr, decay)
    if isinstance(found, np.ndarray) and found.size == 1:
        found = found.item()
    if not number(found) or found <= 0:
        raise HintError(f"it should return a weight decay above 0, not {found!r:.40}.")
    return float(found)


def _shrinking(policy: OneCycle, lr: float, decay: float, found: float) -> float:
    """Logarithm of what is left after the cycle, as a multiple of the constant rate's."""
    left = np.maximum(1 - found * policy.curve().lr, 1e-9)  # a weight does not change its sign
    return float(np.log(left).sum() / (policy.total_steps * np.log1p(-lr * decay)))


def _like(rate: Callable[[OneCycle], Any]) -> Callable[[OneCycle, float, float], float]:
    """The decay for a cycle whose rate is taken for constant."""
    return lambda policy, lr, decay: float(decay * lr / rate(policy))


MISTAKES: dict[Callable[[OneCycle, float, float], float], str] = {
    lambda policy, lr, decay: decay: "equal decay, but the cycle's rates are others.",
    _like(lambda p: p.max_lr): "right for the peak alone. How long does the cycle stay there?",
    _like(
        lambda p: np.max(p.max_lr) / 2
    ): "half the peak is the mean rate of some cycles, not of all.",
    _like(lambda p: p.curve().lr[0]): "right for the first step alone. What do the others do?",
    _like(lambda p: p.curve().lr[-1]): "right for the last step alone. What do the others do?",
    _like(lambda p: p.curve().lr.sum()): "one side counts one step, the other all of them.",
    _like(lambda p: np.median(p.curve().lr)): "not the middle rate counts: each step does.",
    lambda p, lr, decay: (
        decay * float(np.max(p.max_lr)) / lr
    ): "the wrong way: a larger rate shrinks more.",
    lambda p, lr, decay: (
        decay * p.curve().lr.mean() / lr
    ): "turned round: larger rates, less decay.",
}
