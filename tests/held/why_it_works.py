"""What holds the prose of the lesson on why the policy works."""

import re
from pathlib import Path

import numpy as np

from onecycle_widgets import OneCycle
from onecycle_widgets.evidence import claims_on_parts, journeys
from onecycle_widgets.evidence.journeys import LOOKS, SEEDS, WAYS
from onecycle_widgets.exercises import why_it_works
from onecycle_widgets.surfaces import SURFACES, roll, steering

DATA = Path(__file__).parents[2] / "notebooks" / "data"


def share(seen, *name):
    """The sharpness of every seed at every look, in units of what the next step bears."""
    return seen.of(*name).sharpness / journeys.limit(WAYS[name])


def ended(seen, name):
    return seen.of("MLP", name)


def high(seen):
    """The residual net that is started at its peak, and how many looks each seed lives."""
    return np.isfinite(seen.of("residual", "constant").loss).sum(1)


def at_peak(seen):
    """The residual net's sharpness at the look at which its cycle's rate is highest."""
    rates = WAYS["residual", "one cycle"].schedule.curve().lr
    look = int(np.searchsorted(journeys.steps(WAYS["residual", "one cycle"]), rates.argmax()))
    return seen.of("residual", "one cycle").sharpness[:, look]


def intervals_apart(seen):
    """Whether all of a higher peak's seeds end flatter than all of the lower one's."""
    ends = [ended(seen, f"peak {peak}").sharpness[:, -1] for peak in ("0.02", "0.05", "0.1")]
    return ends[0].min() > ends[1].max() > ends[1].min() > ends[2].max()


def overlap(one, other):
    return max(one.min(), other.min()) <= min(one.max(), other.max())


def ratio(schedule):
    """The lowest loss in the ravine at the lesson's four rates."""
    rates = (0.01, 0.02, 0.05, 0.1)
    runs = [
        roll(SURFACES["ravine"], *steering(OneCycle(rate, 100), schedule), noise=1, balls=200)
        for rate in rates
    ]
    return min(run.losses[-1] for run in runs)


def pairs(seen, net):
    """Loss and accuracy at the end with a falling rate, less those with a steady one."""
    stay, down = seen.of(net, "plateau"), seen.of(net, "plateau, then down")
    return (down.loss - stay.loss)[:, -1], (down.test - stay.test)[:, -1]


def shares_wide():
    """Share of the balls in the wide well, by peak."""
    runs = {
        peak: roll(SURFACES["wells"], *steering(OneCycle(peak, 300)), noise=1, balls=200)
        for peak in (0.03, 0.1, 0.15, 0.2)
    }
    return {peak: run.share_beyond(SURFACES["wells"].border) for peak, run in runs.items()}


FILLED = [
    "stands {share(seen, 'residual', 'constant')[:, 0].min():.0f} to"
    " {share(seen, 'residual', 'constant')[:, 0].max():.0f} times beyond its limit",
    "looked at {LOOKS} times",
    "at {share(seen, 'residual', 'one cycle').max():.1f} times, and gets away",
    "up, after {WAYS['residual', 'one cycle'].schedule.curve().lr.argmax() + 1} steps, the",
    "a sharpness of {ended(seen, 'peak 0.1').sharpness[:, -1].mean():.1f} instead of"
    " {ended(seen, 'peak 0.02').sharpness[:, -1].mean():.1f}, and",
    "the accuracy rises by {pairs(seen, 'ConvNet')[1].mean():.1f} points",
    "end *higher*, at {roll(SURFACES['wells'], *steering(OneCycle(0.2, 300))).losses[-1]:.2f}",
    "in the sharp one, at {roll(SURFACES['wells'], *steering(OneCycle(0.03, 300))).losses[-1]:.2f}",
    "rises {curve.lr.max() / curve.lr[0]:.0f}-fold, the effective rate"
    " {effective.max() / effective[0]:.0f}-fold only",
    "*ravine* the curvatures are {SURFACES['ravine'].shape['across']:.0f} and"
    " {SURFACES['ravine'].shape['along']}",
]
TRUE = {
    "it curves a hundred times as much": (
        "SURFACES['ravine'].shape['across'] == 100 * SURFACES['ravine'].shape['along']"
    ),
    "none is good": "min(final_loss('ravine', r, 100, 'constant') for r in (0.005, 0.05, 0.2))"
    " > 2 * ratio('one cycle')",
    "a rate that falls does better than the best of these constant rates": (
        "ratio('one cycle') < ratio('constant') > ratio('cosine')"
    ),
    "is a little better still than one cycle": "ratio('cosine') < ratio('one cycle')",
    "below 0.19 the ball comes to rest, above it there is no holding": (
        "distance(0.18) < 1e-6 and distance(0.2) > 1e6"
    ),
    "at most twice as much": "2 * (1 + 0.999) / 2 < 2",
    "a rate of almost 5, nearly fifty times what we train it with": (
        "4.5 < 2 * 1.9 / sharpness(nets['plain, three layers'], cross_entropy, batch) < 5"
    ),
    "it bears no rate above 0.0003": (
        "2 * 1.9 / sharpness(nets['residual, not normalised'], cross_entropy, batch) < 0.0003"
    ),
    "it begins nearly a hundred times flatter": (
        "80 < sharpness(nets['residual, not normalised'], cross_entropy, batch)"
        " / sharpness(nets['the same, last layers zero'], cross_entropy, batch) < 100"
    ),
    "four of five seeds are gone after ten steps, and the fifth never learns": (
        "sorted(high(seen))[:4] == [1, 1, 1, 2]"
        " and max(high(seen)) == LOOKS and np.nanmax(seen.of('residual', 'constant').test) < 20"
    ),
    "at a rate 25 times lower": "OneCycle(1, 100).div_factor == 25",
    "the sharpness has come down from more than 8,000 to about 50": (
        "seen.of('residual', 'one cycle').sharpness[:, 0].min() > 8000"
        " and 40 <= at_peak(seen).min() <= at_peak(seen).max() < 55"
    ),
    "Four of the five seeds never get closer to the limit than 0.6 of it": (
        "(share(seen, 'residual', 'one cycle').max(1) < 0.6).sum() == 4"
    ),
    "The fifth begins beyond it": "(share(seen, 'residual', 'one cycle')[:, 0] > 1).sum() == 1",
    "The plain net is never near its limit when it begins": (
        "share(seen, 'MLP', 'peak 0.1')[:, 0].max() < 0.001"
    ),
    "With the large one they have come furthest, and yet their mean loss is the *highest*, above"
    " that of the start": (
        "max(runs, key=lambda n: runs[n].x[-1].mean()) == ('constant', 0.15)"
        " == max(runs, key=lambda n: runs[n].losses[-1])"
        " and runs['constant', 0.15].losses[-1] > runs['constant', 0.15].losses[0]"
    ),
    "half-way through, its loss has hardly fallen, though the balls are most of the way": (
        "runs['one cycle', 0.15].losses[180] > 0.8 * runs['one cycle', 0.15].losses[0]"
        " and runs['one cycle', 0.15].x[200].mean() > 0.75 * runs['one cycle', 0.15].x[-1].mean()"
    ),
    "the loss falls further in all five pairs": "(pairs(seen, 'ConvNet')[0] < 0).all()",
    "its loss is below 0.03 before the rate falls": (
        "seen.of('MLP', 'plateau').loss[:, 32].max() < 0.03"
        " and journeys.steps(WAYS['MLP', 'plateau'])[32] == 160"
        " and (pairs(seen, 'MLP')[0] < 0).sum() == 1"
    ),
    "with the low peak all stay, at 0.1 one in ten leaves, and from 0.15 on almost all do": (
        "shares_wide()[0.03] == 0 and round(shares_wide()[0.1], 1) == 0.1"
        " and min(shares_wide()[0.15], shares_wide()[0.2]) > 0.95"
    ),
    "the loss is the same within luck": (
        "overlap(ended(seen, 'peak 0.02').loss[:, -1], ended(seen, 'peak 0.1').loss[:, -1])"
    ),
    "the higher the peak, the further the weights have gone and the flatter is": (
        "intervals_apart(seen) and ended(seen, 'peak 0.02').distance[:, -1].mean()"
        " < ended(seen, 'peak 0.05').distance[:, -1].mean()"
        " < ended(seen, 'peak 0.1').distance[:, -1].mean()"
    ),
    "The accuracy is the same, within luck": (
        "overlap(ended(seen, 'peak 0.02').test[:, -1], ended(seen, 'peak 0.1').test[:, -1])"
    ),
    "**Flatter, and no better:**": (
        "ended(seen, 'peak 0.1').test[:, -1].mean() <= ended(seen, 'peak 0.02').test[:, -1].mean()"
    ),
    "flatter, no better": "intervals_apart(seen)",
    "On our net it ended flatter, and no better": "intervals_apart(seen)",
    "flatter end after a higher peak": "intervals_apart(seen)",
    "20 times as much of it, 20 times as much loss": (
        "19 < rests[0.95] / rests[0.0] < 21 and round((1 - 0.0) / (1 - 0.95)) == 20"
    ),
    "The high peak has found the wider place, not the deeper one": (
        "final_loss('wells', 0.2, 300) > final_loss('wells', 0.03, 300)"
    ),
    "the lower the peak, the more steps": (
        "all(WAYS['MLP', f'peak {peak}'].schedule.total_steps * peak == 20"
        " for peak in (0.02, 0.05, 0.1))"
    ),
    "whether a cycled momentum is as good as the best constant one is *undecided* there": (
        "claims_on_parts.momentum(DATA).verdict == 'undecided'"
    ),
}
GIVEN = {
    "what the surface and the trainings are": [
        "Take two",
        "Two hundred balls",
        "SGD with momentum 0.9",
        "At 0.005 the balls",
        "At 0.05 they have arrived",
        "At 0.2 they fly off",
        "the rate of 0.2",
        "three questions",
        "Three nets",
        "ran with five seeds",
        "in some ten minutes",
        "the second net's best peak is 0.0032",
        "the same for four fifths of the steps",
        "the last fifth",
        "Two nets",
        "thousands of weights",
        "second half of the cycle",
        "curves equally in all directions",
        "**two wells**",
        "in which all balls start",
        "The wide one is no deeper, only wider",
        "trained with three peaks",
        "on three nets",
        "Measured on three small nets",
        "valleys and two wells",
        "which of these four",
        "with a peak of 0.05",
    ],
    "a way of speaking": ["none of it is settled", "A flat start needs none"],
    "read in the abstracts of the sources": [
        "Its benefit is mostly that a higher rate is borne afterwards",
        "is best in the worst case, by a theory",
    ],
    "algebra": [
        "*lr · a* is above 2, the factor is below −1",
        re.compile(r"\*[\w·<=+… ]*(?:[−/(][^*]*)+\*"),  # a formula
    ],
}
