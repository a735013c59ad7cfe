"""Rules that read a learning rate off a range test's curve, each with a reason or a refusal.

A rule is a function of the rates, the smoothed losses, and why the test stopped, if it did. It
refuses where the curve does not show what it looks for: a number would be read all the same, and
believed. What makes a curve useless for every rule (too short, no descent) is looked at once, in
`suggestions`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Decades. Of 0.2 to 1.0, 0.5 and 0.6 spread the steepest point least over 30 seeds of the
# digits MLP: 0.053 to 0.095, where 0.4 once picked 0.43.
SMOOTHING = 0.6
MIN_POINTS = 10
DESCENT = 2.0  # times the scatter of the raw losses
ROUNDING = 1e-9  # times the loss: smoothing a constant leaves such traces
# A descent is weak that is neither a share of the loss nor stands out from the scatter. Each alone
# would refuse too much: the first a loss with a large constant part, the second small batches.
SHARE, CLEAR = 0.05, 12.0
EDGE = 0.1  # share of the drop that a loss may lie above the lowest
LEAST, MOST = 1 / 5, 1 / 2  # shares of the edge between which halfway stays
NEVER = "never diverged, the loss did not turn up: raise end_lr"
# Why a rule answers as it does, or not at all. The front end says the same words (suggest.js).
NO_DESCENT = "no descent: the loss never falls clearly below its start; "
BETWEEN = "half-way between the steepest point, {low:.2g}, and the edge, {high:.2g}"
REASONS = {
    "steepest": "the loss falls fastest here",
    "minimum": "a tenth of {lr:.3g}, where it is lowest",
    "valley": "the middle of the longest descent, {first:.2g} to {last:.2g}",
    "edge": "beyond it the loss rises",
    "last": "the last rate before it diverged",
    "halfway": BETWEEN,
    "most": f"{BETWEEN}, but at most half the edge",
    "least": f"{BETWEEN}, but at least a fifth of the edge",
    "never": NEVER,
    "few": "too few points: {count} steps, of which {least} are needed; raise num_steps",
    "few_stopped": "too few points: {count} steps, of which {least} are needed; diverged at once: "
    "lower start_lr",
    "weak": "a weak descent: the loss falls by {share} % only, {times} times its scatter, and no "
    "rate stands out; raise num_steps, or change the network (fewer layers, another "
    "initialisation, normalisation) or the optimizer",
    "no_descent_up": f"{NO_DESCENT}raise end_lr, or the model is trained already",
    "no_descent_down": f"{NO_DESCENT}lower start_lr",
    "no_descent_within": f"{NO_DESCENT}it keeps within its scatter until it explodes: larger "
    "batches or accumulate show more, or the model is trained already",
}


class Suggestion(NamedTuple):
    """What a rule makes of a curve.

    Attributes
    ----------
    lr : float or None
        The learning rate; None when the rule refuses to answer.
    reason : str
        Reason for this rate, or for none.

    Examples
    --------
    >>> Suggestion(0.0123, "the loss falls fastest here")
    0.0123 (the loss falls fastest here)
    >>> Suggestion(None, "too few points")
    none (too few points)
    """

    lr: float | None
    reason: str

    def __repr__(self) -> str:
        return f"{'none' if self.lr is None else f'{self.lr:.3g}'} ({self.reason})"


def scatter(loss: Array) -> float:
    """Standard deviation of raw losses around their trend, from neighbours' differences.

    The median makes it blind to the explosion at the end.

    Parameters
    ----------
    loss : ndarray, shape (steps,)
        Raw losses, in the order of the steps.

    Returns
    -------
    float
        The scatter, in the unit of the loss; 0 for fewer than two losses.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(scale=0.1, size=1000)
    >>> trend = np.linspace(2, 1, 1000)
    >>> round(scatter(trend + noise), 1)
    0.1
    """
    # A difference of neighbours hardly sees the trend, but has the noise of both: hence the root
    # of 2. For normal noise 1.4826 medians of the size are one standard deviation.
    return float(1.4826 * np.median(np.abs(np.diff(loss))) / np.sqrt(2)) if len(loss) > 1 else 0.0


def steepest(lr: Array, loss: Array, stopped: str | None) -> Suggestion:
    """Where the smoothed loss falls fastest per decade of learning rate.

    The classic reading of the curve (pytorch-lr-finder's `plot`; fastai's `steep`): the
    gradient is taken over log(lr), because over lr itself tiny rates always win, and only
    up to the lowest loss, because beyond it the curve jumps (as ignite's finder does).

    Parameters
    ----------
    lr, loss : ndarray, shape (steps,)
        Learning rates and smoothed losses; the same for every rule.
    stopped : str or None
        Why it diverged before `end_lr`; None when it did not.

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> steepest(lr, 1 / (1 + 100 * lr) + lr, None)
    0.01 (the loss falls fastest here)
    """
    descent = slice(0, max(int(np.argmin(loss)), 1) + 1)
    index = int(np.argmin(np.gradient(loss[descent], np.log10(lr[descent]))))
    return Suggestion(float(lr[index]), REASONS["steepest"])


def minimum(lr: Array, loss: Array, stopped: str | None) -> Suggestion:
    """A tenth of the rate with the lowest smoothed loss (fastai's `minimum`).

    It refuses when the loss is lowest at the very end, for then nobody knows how far it falls.

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> minimum(lr, 1 / (1 + 100 * lr) + lr, None)
    0.01 (a tenth of 0.1, where it is lowest)
    >>> minimum(lr, 1 / (1 + 100 * lr), None)
    none (never diverged, the loss did not turn up: raise end_lr)
    """
    index = int(np.argmin(loss))
    if index == len(loss) - 1 and stopped is None:
        return Suggestion(None, NEVER)
    return Suggestion(float(lr[index]) / 10, REASONS["minimum"].format(lr=lr[index]))


def valley(lr: Array, loss: Array, stopped: str | None) -> Suggestion:
    """The middle of the longest descent (fastai's default, `valley`).

    The descent is the longest strictly falling subsequence of the smoothed losses; its
    middle is taken in steps of the ladder, half-way between its first and its last point.

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> valley(lr, 1 / (1 + 100 * lr) + lr, None)
    0.00316 (the middle of the longest descent, 0.0001 to 0.1)
    """
    # For each point, the longest descent that ends there goes on from a higher point before it:
    # its length, and where it came from, so that the best can be followed back to its start.
    length = np.ones(len(loss), dtype=np.int64)
    before = np.arange(len(loss))
    for i in range(1, len(loss)):
        higher = np.flatnonzero(loss[:i] > loss[i])
        if len(higher):
            best = higher[int(length[higher].argmax())]
            length[i], before[i] = length[best] + 1, best
    last = first = int(length.argmax())
    while before[first] != first:
        first = int(before[first])
    reason = REASONS["valley"].format(first=lr[first], last=lr[last])
    return Suggestion(float(lr[(first + last) // 2]), reason)


def edge(lr: Array, loss: Array, stopped: str | None) -> Suggestion:
    """The largest rate before the loss turns up: the right edge of the basin.

    Smith's upper bound (arXiv:1506.01186, section 3.3: where the curve stops improving or
    turns ragged), here the last rate, from the lowest smoothed loss on, that stays within a
    tenth of the whole drop above it.

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> edge(lr, 1 / (1 + 100 * lr) + lr, None)
    0.2 (beyond it the loss rises)
    """
    low = int(np.argmin(loss))
    bar = loss[low] + EDGE * (loss[0] - loss[low])
    above = np.flatnonzero(loss[low:] > bar)
    if len(above):
        return Suggestion(float(lr[low + above[0] - 1]), REASONS["edge"])
    if stopped is None:
        return Suggestion(None, NEVER)
    return Suggestion(float(lr[-1]), REASONS["last"])


def halfway(lr: Array, loss: Array, stopped: str | None) -> Suggestion:
    """Half-way, in decades, between the steepest point and the edge. Ours, for one cycle's peak.

    The steepest point is a rate that serves throughout a training; one cycle visits its
    peak only briefly and bears more, but the edge itself is too much for some seeds. Where the loss
    falls late the two are almost the same, where it falls early they lie far apart: hence at most
    a half and at least a fifth of the edge. The lesson on the range test measures this against the
    other rules, on tasks that it was not found on (`onecycle_widgets.evidence.rule_tasks`).

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> halfway(lr, 1 / (1 + 100 * lr) + lr, None)
    0.0447 (half-way between the steepest point, 0.01, and the edge, 0.2)
    """
    low, high = steepest(lr, loss, stopped).lr, edge(lr, loss, stopped).lr
    assert low is not None
    if high is None:
        return Suggestion(None, NEVER)
    middle, reason = float(np.sqrt(low * high)), "halfway"
    if middle > MOST * high:
        middle, reason = MOST * high, "most"
    elif middle < LEAST * high:
        middle, reason = LEAST * high, "least"
    return Suggestion(middle, REASONS[reason].format(low=low, high=high))


RECOMMENDED = "halfway"
RULES: dict[str, Callable[[Array, Array, str | None], Suggestion]] = {
    "steepest": steepest,
    "minimum/10": minimum,
    "valley": valley,
    "edge": edge,
    "halfway": halfway,
}


def suggestions(
    lr: Array, loss: Array, stopped: str | None, noise: float = 0.0
) -> dict[str, Suggestion]:
    """Apply every rule to a smoothed curve.

    Parameters
    ----------
    lr, loss : ndarray, shape (steps,)
        Learning rates and smoothed losses.
    stopped : str or None
        Why it diverged before `end_lr`; None when it did not.
    noise : float, default 0
        Scatter of the raw losses: a descent within twice of it does not count, and one within
        twelve times only when it is 5 % of the loss.

    Returns
    -------
    dict of str to Suggestion
        By name of the rule. When the curve can bear no rule at all, each refuses with the
        same reason.

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> picks = suggestions(lr, 1 / (1 + 100 * lr) + lr, None)
    >>> {rule: round(pick.lr, 4) for rule, pick in picks.items()}
    {'steepest': 0.01, 'minimum/10': 0.01, 'valley': 0.0032, 'edge': 0.1995, 'halfway': 0.0447}
    """
    reason = refusal(lr, loss, stopped, noise)
    if reason is not None:
        return dict.fromkeys(RULES, Suggestion(None, reason))
    return {name: rule(lr, loss, stopped) for name, rule in RULES.items()}


def refusal(lr: Array, loss: Array, stopped: str | None, noise: float = 0.0) -> str | None:
    """Say why a curve can bear no rule at all; None when it can.

    Better no rate than one read off noise: every rule finds something on any curve.

    Parameters
    ----------
    lr, loss, stopped, noise
        As in `suggestions`.

    Examples
    --------
    A deep network without normalisation hardly begins to learn before its loss explodes:

    >>> lr = np.geomspace(1e-4, 10, 101)
    >>> deep = 2.3 - 0.04 * (lr > 0.5) + 3 * (lr > 2)
    >>> print(refusal(lr, deep, "diverged", noise=0.01))
    a weak descent: the loss falls by 1.7 % only, 4.0 times its scatter, and no rate stands out; \
raise num_steps, or change the network (fewer layers, another initialisation, normalisation) or \
the optimizer
    """
    if len(lr) < MIN_POINTS:
        few = REASONS["few_stopped" if stopped else "few"]
        return few.format(count=len(lr), least=MIN_POINTS)
    drop, start = float(loss[0] - loss.min()), abs(float(loss[0]))
    if drop <= max(DESCENT * noise, ROUNDING * float(np.abs(loss).max())):
        return REASONS[_advice(loss - loss[0] > max(DESCENT * noise, drop), stopped)]
    if drop < SHARE * start and drop < CLEAR * noise:
        told = {"share": f"{100 * drop / start:.1f}", "times": f"{drop / noise:.1f}"}
        return REASONS["weak"].format(**told)
    return None


def _advice(above: NDArray[np.bool_], stopped: str | None) -> str:
    """Which reason a curve without a descent has; `above`: where it stands above its scatter."""
    if not stopped:
        return "no_descent_up"
    early = np.flatnonzero(~above)[-1] < MIN_POINTS
    return "no_descent_down" if early else "no_descent_within"
