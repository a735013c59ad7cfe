"""Answers to the exercises of the lesson on momentum and decay, right and plausibly wrong."""

import numpy as np
from scipy.optimize import brentq

from onecycle_widgets import OneCycle

BETTER, WORSE = np.array([90.0, 93.0, 95.0, 96.0]), np.array([89.0, 93.0, 94.0, 91.0])
SHARE = sum(w > b for w in WORSE for b in BETTER) / 16


def raised(base_momentum=0.85, max_lr=0.4, **options):
    return (OneCycle(max_lr, total_steps=400, base_momentum=base_momentum, **options),)


def luck(answer):
    return answer, WORSE, BETTER


def by_mean(policy, lr, weight_decay):
    return lr * weight_decay / policy.curve().lr.mean()


def by_sum(policy, lr, weight_decay):
    rates = list(policy.curve().lr)
    return np.array([lr * weight_decay * len(rates) / sum(rates)])


def by_search(policy, lr, weight_decay):
    """Solves for the product itself."""
    left = (1 - lr * weight_decay) ** policy.total_steps
    high = 0.5 / policy.max_lr
    return brentq(lambda wd: np.prod(1 - wd * policy.curve().lr) - left, 0, high, xtol=1e-12)


def but_the_last(policy, lr, weight_decay):
    """The last rate left out, which is nearly nothing."""
    return np.float32(lr * weight_decay * policy.total_steps / policy.curve().lr[:-1].sum())


RIGHT = {
    "same_effective_rate": [
        raised(0.6),
        raised(1 - 4 * (1 - 0.9)),
        raised(np.float64(0.6), pct_start=0.25, anneal_strategy="linear"),
        (OneCycle(0.4, total_steps=111, base_momentum=0.6, three_phase=True),),
    ],
    "luck_of_one_seed": [luck(SHARE), luck(np.float64(SHARE)), luck(np.float32(SHARE))],
    "matching_decay": [(by_mean,), (by_sum,), (by_search,), (but_the_last,)],
}

WRONG = {
    "same_effective_rate": [
        ((0.6,), "should be a OneCycle"),
        ((None,), "should be a OneCycle"),
        (([OneCycle(0.4, 400)],), "should be a OneCycle"),
        (raised([0.6, 0.6]), "one parameter group"),
        (raised(0.9, max_lr=0.1), "the peak should be 0.4"),
        (raised(cycle_momentum=False), "cycle_momentum=False"),
        (raised(), "2.7 times what it was: too high"),
        (raised(0.3), "0.57 times what it was: too low"),
        (raised(0.9), "the same momentum"),
        (raised(0.225), "not the momentum is divided"),
        (raised(0.975, max_momentum=0.98), "the wrong way"),
    ],
    "luck_of_one_seed": [
        (luck(25.0), "between 0 and 1"),
        (luck(0.0), "every run with every other"),
        (luck(5 / 16), "a draw"),
        (luck(11 / 16), "the better one wins"),
        (luck(0.4), "a hundred pairs"),
        (luck(np.nan), "a hundred pairs"),
        (luck(None), "a number"),
        (luck(True), "a number"),
        (luck("0.25"), "a number"),
        (luck([0.25]), "a number"),
    ],
    "matching_decay": [
        ((2e-4,), "a function"),
        ((None,), "a function"),
        ((lambda policy, lr, wd: None,), "above 0, not None"),
        ((lambda policy, lr, wd: np.nan,), "above 0, not nan"),
        ((lambda policy, lr, wd: -wd,), "above 0"),
        ((lambda policy, lr, wd: wd * policy.curve().lr,), "above 0, not array"),
        ((lambda policy, lr: lr,), "stopped with TypeError"),
        ((lambda policy, lr, wd: policy.lr,), "stopped with AttributeError"),
        ((lambda policy, lr, wd: wd,), "equal decay"),
        ((lambda policy, lr, wd: wd * lr / policy.max_lr,), "the peak alone"),
        ((lambda policy, lr, wd: 2 * wd * lr / policy.max_lr,), "half the peak"),
        ((lambda policy, lr, wd: wd * policy.max_lr / lr,), "the wrong way"),
        ((lambda policy, lr, wd: wd * policy.curve().lr.mean() / lr,), "turned round"),
        ((lambda policy, lr, wd: wd * lr / policy.curve().lr[0],), "the first step alone"),
        ((lambda policy, lr, wd: wd * lr / policy.curve().lr[-1],), "the last step alone"),
        ((lambda policy, lr, wd: wd * lr / policy.curve().lr.sum(),), "counts one step"),
        ((lambda policy, lr, wd: wd * lr / np.median(policy.curve().lr),), "the middle rate"),
        ((lambda policy, lr, wd: 2e-4,), "times as much"),
        ((lambda policy, lr, wd: 10.0,), "times as much"),
    ],
}

SECRET = {
    "same_effective_rate": ["0.6", "base_momentum="],
    "matching_decay": ["mean()", "0.0002", "2e-4"],
}
