"""What holds the prose of the lesson on why the policy works."""

import re
from pathlib import Path

import numpy as np

from onecycle_widgets import OneCycle, Setting, sweep, toys
from onecycle_widgets.evidence import claims_on_parts, journeys
from onecycle_widgets.evidence.journeys import LOOKS, SEEDS, WAYS
from onecycle_widgets.exercises import why_it_works
from onecycle_widgets.policy.baselines import Constant
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
        roll(
            SURFACES["ravine"],
            *steering(OneCycle(rate, 100, cycle_momentum=False), schedule),
            noise=1,
            balls=200,
        )
        for rate in rates
    ]
    return min(run.losses[-1] for run in runs)


def way(run, step=-1):
    """How far the balls have come down the river."""
    return run.x[step].mean() - run.x[0].mean()


def gorge(schedule, peak, seed=0):
    """A run on the surface whose curvature falls, as the lesson makes it."""
    moved = steering(OneCycle(peak, 100), schedule)
    return roll(SURFACES["falling"], *moved, noise=1, balls=200, seed=seed)


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


def fails(rate):
    """Whether the plain net learns nothing at a rate, whatever the seed."""
    runs = sweep(toys.mlp, toys.digits(), [Setting(Constant(rate, 200))], 3, progress=False)
    return (runs.final("test") < 0.2).all()


FILLED = [
    "it stays at a loss of {np.nanmax(seen.of('residual', 'constant').loss[:, -1]):.2f} and",
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
    "cosine, which falls from the start, does about as well as one cycle": (
        "0.75 < ratio('cosine') / ratio('one cycle') < 1.3"
    ),
    "below 0.19 the ball comes to rest, above it there is no holding": (
        "distance(0.18) < 1e-6 and distance(0.2) > 1e6"
    ),
    "at most twice as much": "2 * (1 + 0.999) / 2 < 2",
    "its *first* step would bear a rate of almost 5": (
        "4.5 < 2 * 1.9 / sharpness(nets['plain, three layers'], cross_entropy, batch) < 5"
    ),
    "it bears no rate above 0.0003": (
        "2 * 1.9 / sharpness(nets['residual, not normalised'], cross_entropy, batch) < 0.0003"
    ),
    "begins nearly a hundred times flatter": (
        "80 < sharpness(nets['residual, not normalised'], cross_entropy, batch)"
        " / sharpness(nets['the same, last layers zero'], cross_entropy, batch) < 100"
    ),
    "four of five seeds are gone after ten steps": (
        "sorted(high(seen)) == [1, 1, 1, 2, LOOKS]"
        " and journeys.steps(WAYS['residual', 'constant'])[2] == 10"
    ),
    "and says the same of every image": (
        "np.nanmax(seen.of('residual', 'constant').test[:, -1]) < 12"
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
    "The plain net begins at less than a thousandth of its limit": (
        "share(seen, 'MLP', 'peak 0.1')[:, 0].max() < 0.001"
    ),
    "With the large one they have come furthest, and yet their mean loss is the *highest*, above"
    " that of the start": (
        "max(runs, key=lambda n: runs[n].x[-1].mean()) == ('constant', 0.15)"
        " == max(runs, key=lambda n: runs[n].losses[-1])"
        " and runs['constant', 0.15].losses[-1] > runs['constant', 0.15].losses[0]"
    ),
    "A constant 0.05 gets nearly as far down the river as one cycle does, but ends higher": (
        "0.9 < way(runs['constant', 0.05]) / way(runs['one cycle', 0.15]) < 1"
        " and runs['constant', 0.05].losses[-1] > runs['one cycle', 0.15].losses[-1]"
    ),
    "after 150 of 400 steps the loss is where it began, though the balls are nearly two thirds": (
        "0.95 < np.divide(*runs['one cycle', 0.15].losses[[150, 0]]) < 1.05"
        " and 0.62 < way(runs['one cycle', 0.15], 150) / way(runs['one cycle', 0.15]) < 0.667"
    ),
    "(with one of six seeds it ends as low)": (
        "sum(gorge('constant', 0.008, seed).losses[-1] < 1.05 * gorge('one cycle', 0.02, seed)"
        ".losses[-1] for seed in range(6)) == 1"
    ),
    "and the others end far higher": (
        "min(gorge(s, 0.008).losses[-1] for s in ('cosine', 'one cycle'))"
        " > 5 * gorge('one cycle', 0.02).losses[-1]"
    ),
    "the constant rate ends half as high again as one cycle does": (
        "1.4 < gorge('constant', 0.008).losses[-1] / gorge('one cycle', 0.02).losses[-1] < 1.6"
    ),
    "Whoever begins at 0.02 is thrown out": (
        "gorge('constant', 0.02).flown == gorge('cosine', 0.02).flown == 200"
    ),
    "With 0.008, not far from the highest rate at which everybody stays in": (
        "not any(gorge(s, 0.008).flown for s in ('constant', 'cosine', 'one cycle'))"
        " and gorge('constant', 0.009).flown"
    ),
    "the peak of 0.02 is no problem on the plain": ("gorge('one cycle', 0.02).flown == 0"),
    "the loss falls further in all five pairs": "(pairs(seen, 'ConvNet')[0] < 0).all()",
    "its loss is below 0.03 when the rate begins to fall": (
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
    "the higher the peak (and the shorter the training), the further the weights have gone, in a"
    " straight line from their start, and the flatter is the place": (
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
    "The wide one is wider, but shallower": (
        "final_loss('wells', 0.2, 300) > final_loss('wells', 0.03, 300)"
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
TRUE |= {
    "and with a rate of 1 it fails": "fails(1.0)",
    "where the higher rate is needed": (
        "gorge('one cycle', 0.02).losses[-1] < gorge('one cycle', 0.008).losses[-1]"
    ),
    "A lower peak would do that as well": (
        "roll(SURFACES['bowl'], np.full(400, 0.005), np.full(400, 0.85)).losses[-100:].mean()"
        " < rests[0.85]"
    ),
    "On one of two nets the loss dropped with the rate": (
        "(pairs(seen, 'ConvNet')[0] < 0).all() and (pairs(seen, 'MLP')[0] < 0).sum() == 1"
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
        "of eight blocks",
        "while the rate is high",
        "the plain net with a peak of 0.02 and with one of 0.1, and the two residual nets",
        "which of the four",
        "if all that you knew",
        "the same for four fifths of the steps",
        "the last fifth",
        "Two nets",
        "thousands of weights",
        "second half of the cycle",
        "curves equally in all directions",
        "**two wells**",
        "in which all balls start",
        "trained with three peaks",
        "on three nets",
        "Measured on three small nets",
        "valleys and two wells",
        "mean of all balls",
        "Drag the time back to 0",
        "All second derivatives together",
        "whose peak is half-way",
        "signals of MNIST-1D",
        "Trained with all data in every step",
        "100 steps are few",
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
