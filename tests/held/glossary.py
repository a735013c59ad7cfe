"""What holds the glossary."""

import numpy as np

from onecycle_widgets import OneCycle
from onecycle_widgets.policy.baselines import Cosine
from onecycle_widgets.range_test.suggest import EDGE, LEAST, MOST

FASTAI = OneCycle.presets(max_lr=0.1, total_steps=1000)["fastai"]
OURS = OneCycle(0.1, 1000)


def third_phase():
    """The rates of the paper's third phase, as multiples of the first rate of all."""
    policy = OneCycle.presets(max_lr=0.1, total_steps=1000)["paper, three phases"]
    rates = policy.curve().lr
    return rates[policy.phases[2].first + 1 :] / rates[0]


FILLED = []
TRUE = {
    "the third phase of the paper's cycle, in which the rate falls far below its first value": (
        "third_phase().max() < 1 and third_phase()[-1] < 0.02"
    ),
    "one that falls along half a cosine wave": (
        "np.allclose(Cosine(1.0, 100).curve().lr, (1 + np.cos(np.pi * np.arange(100) / 100)) / 2)"
    ),
    "before the loss has risen by a tenth of its whole fall": "EDGE == 1 / 10",
    "at most a half and at least a fifth of the edge": "(LEAST, MOST) == (1 / 5, 1 / 2)",
    "the cycle with other defaults: less warm-up, and a last rate that divides the peak": (
        "FASTAI.pct_start < OURS.pct_start and FASTAI.curve().lr[-1] > OURS.curve().lr[-1]"
    ),
}
GIVEN = {
    "of the page itself": ["each in a sentence or two"],
    "a definition": [
        "smaller learning rates for the layers nearer to the input",
        "A hundredth of a nat less is about a per cent less perplexity",
        "pulling all weights towards zero",
        "1 is perfect; 0 is no better than guessing the mean",
        "those of all epochs",
    ],
    "a claim, and said to be one": [
        "training in far fewer steps with one cycle and a large peak; claimed by a paper",
        "the claim that one large cycle trains in far fewer steps, and when",
    ],
    "the two that are linked": ["the two posts that made both popular"],
}
