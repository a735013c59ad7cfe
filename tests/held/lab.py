"""What holds the prose of the lesson on the lab."""

import re
from functools import cache

import numpy as np

from onecycle_widgets import Lab, OneCycle
from onecycle_widgets.range_test.suggest import MOST

WINDOW = 15  # steps that the lesson's figure takes together


@cache
def lab_run(peak, total_steps=300, **policy):
    """A run of the lab as it is when it opens: the digits, SGD, one seed."""
    lab = Lab(policy=OneCycle(peak, total_steps=total_steps, **policy))
    lab.train()
    lab.wait()
    return lab.runs[-1]


def right(*arguments, **policy):
    """Held-out images that such a run gets right, in percent."""
    return 100 * lab_run(*arguments, **policy).final[0]


@cache
def rules():
    """The peaks that the lab's range test reads off."""
    lab = Lab()
    lab.test_range()
    lab.wait()
    return {name: rule.lr for name, rule in lab.range_test.suggestions().items()}


def smoothed(run):
    return np.median(np.lib.stride_tricks.sliding_window_view(run.loss[0], WINDOW), axis=1)


def hump(loss):
    """A smoothed loss's lowest value before the rate is high, and its highest value after that."""
    return loss[:60].min(), loss[60:150].max()


def fallen_at_peak(loss):
    return (loss[0] - loss[89 - WINDOW // 2]) / (loss[0] - loss[-1])


FILLED = [
    "*halfway* lies below that, at {rules()['halfway']:.2f}",
    "It gets {right(0.114):.1f} % of the held-out images right",
    "*valley* only {right(rules()['valley']):.1f} %",
    "its peak, {rules()['valley']:.4f}, is so small",
    "With 100 steps it is {right(0.114, 100):.1f} against",
    "against {right(rules()['valley'], 100):.1f} %",
    "One has a peak of {rules()['halfway']:.3f}, which is *halfway*",
]
TRUE = {
    "the loss turns up at about 0.2": "0.2 < rules()['edge'] < 0.25",
    "the loss falls late": "lab_run(rules()['valley']).loss[0][-10:].mean() > 1",
    "The first two change little": (
        "max(abs(right(0.114) - right(0.114, **change)) for change in "
        "({'pct_start': 0.9}, {'three_phase': True})) < 0.5"
    ),
    "the loss is down long before the rate is": (
        "smoothed(lab_run(0.114))[89] < 0.15 < OneCycle(0.114, 300).curve().lr[89] / 0.114"
    ),
    "Late peak or early, three phases or two, about 97 % of the images are right": (
        "all(96.5 <= right(0.114, **change) < 97.5 for change in "
        "({}, {'pct_start': 0.9}, {'three_phase': True}))"
    ),
    "At a peak of 1 it never comes down": "lab_run(1.0).loss[0][-10:].mean() > 2.2",
    "the other has a peak of 0.5, far beyond the edge": "2 * rules()['edge'] < 0.5",
    "A has the peak of 0.5": (
        "hump(smooth['A'])[1] > hump(smooth['B'])[1] and mine.runs[-2].policy.max_lr == 0.5"
    ),
    "climbs to more than three times that": ("hump(smooth['A'])[1] > 3 * hump(smooth['A'])[0]"),
    "comes down again only when the rate does": "smooth['A'][-30:].mean() < hump(smooth['A'])[1]",
    "B has the peak of 0.114, and there is nothing of the kind": (
        "hump(smooth['B'])[1] < 1.5 * hump(smooth['B'])[0]"
    ),
    "more than 90 % of the fall is over": "fallen_at_peak(smooth['B']) > 0.9",
    "the loss goes from 0.1 to below 0.005": (
        "abs(smooth['B'][89 - WINDOW // 2] - 0.1) < 0.02 and smooth['B'][-1] < 0.005"
    ),
    "three quarters of the fall were over at the peak": (
        "says('start_here', \"three quarters of the loss's fall is over when the rate is at its\")"
    ),
    "at most half the edge": "MOST == 1 / 2",
    "Five networks train at once": "len(mine.runs) > 0",
    "With a good peak the loss falls early": "fallen_at_peak(smoothed(lab_run(0.114))) > 0.9",
}
GIVEN = {
    "a question; what follows it answers": [
        "Which peak is better, and by how much?",
        "In the other its fall is nearly over when the rate gets there",
        "with the same 300 steps",
        "Here are two trainings",
        re.compile(r"\*\*Predict,\*\* with the peak at \*halfway\*.*?and beyond\?"),
    ],
    "what the sentence before or after it holds in figures": [
        "with 300 steps and a peak",
        "with 100 steps instead of 300",
    ],
    "something to set or to press": ["Set *seeds* to 5. Five networks train"],
    "how to read the picture, or what to do": [
        "*Save CSV* saves all runs",
        "none of them is added to the table",
        "a band from the lowest to the highest. When two bands stay apart",
        "all cells together compute for a few seconds",
        "lower the peak",
        "before you tell anybody that it is better",
        re.compile(r"\(\d\) (?:run|take|count|look|before)"),
    ],
}
