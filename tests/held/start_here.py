"""What holds the prose of *Start here*."""

import re

import numpy as np

from onecycle_widgets import OneCycle
from onecycle_widgets.policy.baselines import Step
from onecycle_widgets.range_test.suggest import LEAST, MOST


def effective(policy):
    """The effective step of each step of a cycle: rate / (1 - momentum)."""
    curve = policy.curve()
    return curve.lr / (1 - curve.momentum)


def growth(values):
    """How many times larger the largest value is than the first."""
    return max(values) / values[0]


def fallen(loss, at):
    """Which share of the loss's fall is over at a step; a window takes the batches' noise away."""
    smooth = np.convolve(loss, np.ones(5) / 5, "valid")
    return (smooth[0] - smooth[at - 2]) / (smooth[0] - smooth[-1])


def width(comparison, schedule):
    """Largest over smallest of a schedule's good rates."""
    low, high = comparison.good_rates(schedule)
    return high / low


def annihilation(policy):
    """The third phase of a policy: its first and its last rate."""
    third = policy.phases[2]
    rates = policy.curve().lr
    return rates[third.first], rates[third.last]


CYCLE = OneCycle(max_lr=0.1, total_steps=1000)  # the explorer's
ASKED = CYCLE.replace(pct_start=0.2)  # whose peak is to be predicted

FILLED = [
    "it comes at step {ASKED.curve().lr.argmax()}, the 200th of 1,000 steps",
    "{CYCLE.curve().momentum.min():g}. At both ends it is 0.95",
    "At both ends it is {CYCLE.curve().momentum[0]:g}. `div_factor`",
    "the rate grows {growth(CYCLE.curve().lr):.0f}-fold",
    "the effective step only {growth(effective(CYCLE)):.1f}-fold",
    "A loss of {np.log(10):.2f} is guessing",
    "here after {len(result.lr)} steps",
    "It took one run of {len(result.lr)} steps",
    "disagree by a factor of {result.suggestions()['edge'].lr / result.suggestions()['valley'].lr"
    ":.0f}",
    "through {len(digits.train.x):,} images. How many",
    "the {len(digits.test.x)} unseen test images",
    "Each tuned row took {comparison.validation['step'].size} runs",
    "The best rate of the list is {comparison.chosen['one cycle']:g} for",
]
TRUE = {
    "0.003 is too small and 1.0 too large": "late[0.003] > 2 and broken",
    "0.25 is ahead at first, and 0.1 at the end, by far": (
        "early[0.25] < early[0.1] and late[0.1] < late[0.25] / 2"
    ),
    "four passes through the images": "len(tried[0.1]) == 4 * len(digits.train.batches(64))",
    "takes two thirds of the rise away": (
        "abs(1 - growth(effective(CYCLE)) / growth(CYCLE.curve().lr) - 2 / 3) < 0.01"
    ),
    "the rate falls far below its first value": (
        "max(annihilation(CYCLE.replace(three_phase=True, pct_start=0.45))) <= CYCLE.curve().lr[0]"
    ),
    "Straight lines instead of the cosine, and a peak near the middle": (
        "(lambda p: (p.anneal_strategy, p.pct_start))("
        "OneCycle.presets(max_lr=1, total_steps=10)['paper, three phases']) == ('linear', 0.45)"
    ),
    "trains for about a hundred steps at most": "len(result.lr) <= 100",
    "It costs at most about a hundred steps": "len(result.lr) <= 100",
    "about 4½ passes": "4.4 < policy.total_steps / len(batches) < 4.6",
    "three quarters of the loss's fall is over when the rate is at its peak, after three tenths": (
        "abs(fallen(history.loss, 29) - 3 / 4) < 0.04 and policy.curve().lr.argmax() == 29"
    ),
    "a tenth of the rate after half of the steps, a hundredth after three quarters": (
        "[Step(1.0, 100).curve().lr[i] for i in (49, 50, 75)] == [1.0, 0.1, 0.01]"
    ),
    "no schedule clearly wins": "mean(gain).sure == 0",
    "All means lie within about a point of each other": (
        "np.ptp([100 * a.mean() for a in comparison.test.values()]) < 1.25"
    ),
    "One cycle is half a point ahead": "abs(gain.mean() - 0.5) < 0.05",
    "the interval reaches down to zero": "-0.1 < mean(gain).low <= 0",
    "over ten seeds": "comparison.test['step'].shape == (10,)",
    "over five seeds": "comparison.validation['step'].shape[1] == 5",
    "The good rates move up, and their range gets narrower": (
        "comparison.good_rates('one cycle')[0] > comparison.good_rates('constant')[0]"
        " and width(comparison, 'one cycle') < width(comparison, 'constant') / 2"
    ),
    "still work at 0.3, where the constant rate begins to fail": (
        "[comparison.good_rates(s)[1] for s in ('one cycle', 'step', 'constant')]"
        " == [0.3, 0.3, 0.2]"
    ),
    "At 0.03 it is the other way round": (
        "[comparison.good_rates(s)[0] for s in ('one cycle', 'step', 'constant')]"
        " == [0.1, 0.1, 0.03]"
    ),
    "about half its peak": "abs(OneCycle(1.0, 100).curve().lr.mean() - 0.5) < 0.01",
    "again with twenty seeds and all the training images, and gets +0.4 [+0.1, +0.7]": (
        r"says('super_convergence', r'seeds=20') and "
        r"says('super_convergence', r'\+0\.4 \[\+0\.1, \+0\.7\] points')"
    ),
    "0.1 for all of them": (
        "{comparison.chosen[s] for s in ('constant', 'step', 'one cycle')} == {0.1}"
    ),
    "its row is as good as the tuned one's": (
        "abs(comparison.test['range test'].mean() - comparison.test['one cycle'].mean()) < 0.002"
    ),
    "at most a half and at least a fifth of the edge": "(LEAST, MOST) == (1 / 5, 1 / 2)",
    "here it is the half": (
        "(lambda picks: picks['halfway'].lr == picks['edge'].lr / 2)(result.suggestions())"
    ),
    "one cycle did about as well as the others": (
        "np.ptp([100 * a.mean() for a in comparison.test.values()]) < 1.25"
    ),
    "the range of good rates moved up": (
        "comparison.good_rates('one cycle')[0] > comparison.good_rates('constant')[0]"
    ),
}
GIVEN = {
    "the problem, in words that the table below shows": [
        "never falls at all. And the best rate **changes",
        "one never settles, and the best one changes",
    ],
    "a setting that the cell below it makes": [
        "four *epochs*, which are four passes through the images, at four constant rates",
        "*step* is one update",
        "five networks that differ in their first weights",
        "the 200th of 1,000 steps, because steps are counted from 0",
        "Of the two between",
        "too slow for 100 steps",
    ],
    "something to type or to drag": [
        "to 0.5, then to 0.05",
        "above 0.5",
        "Above 0.5",
    ],
    "a definition": [
        "1 / (1 − *m*) times. *lr / (1 − momentum)*",
        "there are ten digits",
        "In a training loop it takes two statements",
        "*minimum/10*: a tenth of the rate where the loss is lowest",
        "before the loss has risen by a tenth of its whole fall",  # EDGE in `suggest.py`
        "(All middles are taken",
        "Five rules that read",
        "from the worst seed to the best",
        "the mean of ten seeds may be off",
        "with ten seeds this may be luck",
    ],
    "a question": ["Is it any better?"],
    "what the interval cited before them means": [
        "Less than half a point on an easy task",
        "Larger gains, if there are any",
    ],
    "the page has room for it": ["has all of it on one page"],
}
