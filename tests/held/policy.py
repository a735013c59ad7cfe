"""What holds the prose of the lesson on the policy."""

import re

import numpy as np

from onecycle_widgets import OneCycle

CYCLE = OneCycle(0.1, 1000)
SMITH = OneCycle.presets(max_lr=0.1, total_steps=1000)["paper, three phases"]
FASTAI = OneCycle.presets(max_lr=0.1, total_steps=1000)["fastai"]


def missing(steps):
    """Percent of the peak that no step uses, at worst, as the lesson's loop has it."""
    shares = [s for s in np.arange(5, 100) / 100 if s * steps > 1.001]
    return 100 * max(1 - OneCycle(1.0, steps, pct_start=s).curve().lr.max() for s in shares)


def third_phase(share):
    """Steps of the third phase of a thousand."""
    phase = OneCycle(0.1, 1000, pct_start=share, three_phase=True).phases[2]
    return phase.last - phase.first + 1


def mean_rate(**options):
    """The mean rate as a share of the peak."""
    return OneCycle(1.0, 1000, **options).curve().lr.mean()


def reached(seeds):
    """Mean test accuracy of one way to train."""
    return np.mean([accuracy for *_, accuracy in seeds])


def small_rates_at_the_end(lr):
    small = np.flatnonzero(np.array(lr) < 0.02)
    return np.mean(small > 500)


FILLED = [
    "wholly at the lowest rate, {one_run['per epoch, as stairs'][0]:.3f},",
    "With the default, 0.3, that is {third_phase(0.3) / 10:.0f} % of the run",
    "it divides the *peak* by {FASTAI.div_factor * FASTAI.final_div_factor:,.0f}, which",
    "{1 / (1 - 0.95):.0f} times with 0.95",
    "{1 / (1 - 0.85):.0f} times with 0.85",
    "`max_momentum` ({CYCLE.max_momentum}) holds at both ends",
    "`base_momentum` ({CYCLE.base_momentum}) at the peak",
    "`pct_start` {CYCLE.pct_start}, `div_factor` 25, last rate",
    "`div_factor` {CYCLE.div_factor:.0f}, last rate",
    "`div_factor` × {CYCLE.final_div_factor:,.0f}, momentum",
    "momentum {CYCLE.max_momentum} to 0.85), ported",
    "The default, {CYCLE.pct_start}, is fastai 1's",
    "fastai 2 takes {FASTAI.pct_start}, and",
    "The defaults, {CYCLE.div_factor:.0f} and 10,000, are fastai 1's",
    "The defaults, 25 and {CYCLE.final_div_factor:,.0f}, are fastai 1's",
    "as good as {22 * 10} steps on this easy task",
    "it is {100 * cycles[1].curve().lr.max() / cycles[1].max_lr:.1f} % of `max_lr`",
]
TRUE = {
    "it rises in less than a third of the steps": "CYCLE.curve().lr.argmax() < 333",
    "Most of its small rates come at the end": (
        'small_rates_at_the_end(schedules["2019: PyTorch\'s default"]) > 0.5'
    ),
    "The cyclical schedule has none: its lower bound was set to a quarter of the upper one": (
        "min(rates) == max(rates) / 4"
    ),
    "The mean rate is about half of `max_lr`": "abs(mean_rate() - 0.5) < 0.01",
    "about half the peak; with three phases and the default `pct_start` it is a third": (
        "abs(mean_rate() - 0.5) < 0.01 and abs(mean_rate(three_phase=True) - 1 / 3) < 0.02"
    ),
    "at a peak of 0.1 the rates add up to those of a constant rate of 0.05": (
        "abs(CYCLE.curve().lr.sum() / 1000 - 0.05) < 0.001"
    ),
    "at most three per cent of the peak are missing in ten steps": "2.5 < missing(10) < 3",
    "nothing you could notice in a hundred": "missing(100) < 0.05",
    "the same mean, and almost the same number of large steps": (
        "abs(mean_rate(anneal_strategy='linear') - mean_rate()) < 1e-3 and "
        "abs(sum(OneCycle(1.0, 1000, anneal_strategy='linear').curve().lr > 0.5)"
        " - sum(OneCycle(1.0, 1000).curve().lr > 0.5)) < 5"
    ),
    "'cos' and 'linear' have the same mean": (
        "abs(mean_rate(anneal_strategy='linear') - mean_rate()) < 1e-3"
    ),
    "of the run below the first rate": (
        "(lambda p: p.curve().lr[p.phases[2].first:].max() <= p.curve().lr[0])"
        "(OneCycle(0.1, 1000, three_phase=True))"
    ),
    "with 0.5 it is nothing but the last step": "third_phase(0.5) == 1",
    "60 steps on the digits, three phases at the default 0.3 cost 4.5 points": (
        r"says('lab', r'three_phase: -4\.5 \[') and says('lab', r'total_steps=60, three_phase')"
    ),
    "three phases with a `pct_start` of 0.3 and of 0.45": (
        r"says('momentum_and_regularization', r'three phases, pct_start 0\.3 ')"
        r" and says('momentum_and_regularization', r'three phases, pct_start 0\.45 ')"
    ),
    "four of these schedules; fastai's stands in PyTorch's place": "len(schedules) == 4",
    "it lies at 1.5, so the highest rate is that of step 2": (
        "cycles[1].curve().lr.argmax() == 2 and 'pct_start 0.25: peak at step 1.5,' in shown"
    ),
    "Smith began at a tenth of the peak": "SMITH.div_factor == 10",
    "the peak divided by 25 × 10,000": "CYCLE.div_factor * CYCLE.final_div_factor == 250_000",
    "ten, at every step": "abs(ratio.min() - 10) < 1e-9 and abs(ratio.max() - 10) < 1e-9",
    "a little less warm-up, a larger last rate": (
        "FASTAI.pct_start < CYCLE.pct_start and FASTAI.curve().lr[-1] > CYCLE.curve().lr[-1]"
    ),
    "the first four values of the cycle": (
        "len(set(one_run['per epoch'])) == 4 and "
        "set(one_run['per epoch']) == set(one_run['per batch'][:4])"
    ),
    "It never leaves the beginning of the warm-up": "max(one_run['per epoch']) < 0.2 / 10",
    "in four epochs the mistake costs six points": (
        "abs(reached(short['per batch']) - reached(short['per epoch']) - 6) < 0.5"
    ),
    "In ten it costs one or two": "1 < gain_of_ten(rows) < 2",
    "Stepping four stairs on purpose loses some of the gain": (
        "reached(short['per batch']) - reached(short['per epoch, as stairs']) > 1"
    ),
    "ten stairs are as good": "abs(float(rows[5][1]) - float(rows[3][1])) < 0.5",
    "a jump to twenty times that": (
        "abs(one_run['per epoch, as stairs'][22] / one_run['per epoch, as stairs'][0] - 20) < 1"
    ),
}


def gain_of_ten(rows):
    """Points between the first two rows of ten epochs, as the lesson's table prints them."""
    return float(rows[3][1]) - float(rows[4][1])


GIVEN = {
    "history, from the papers and releases linked beside it": [
        re.compile(r"- \*\*2015, cyclical rates\*\*.*came back as an option with 1\.8\."),
        re.compile(r"fastai [12]\b"),
        "unpublished work found them better",
    ],
    "a definition, or arithmetic that torch does": [
        "the most common mistake",
        "The most common mistake",
        "If you give all three",
        "counted from 0",
        "is below 1 there is no warm-up; when it is exactly 1, PyTorch",
        "the rate would never come down",
        "Try 0.05, 0.1 and 1 in the explorer",
        "above 0.5 the schedule",
        "to about 0.45",
        "1 / (1 − momentum)",
        "with 0.95, 7 times with 0.85",
        "with 0.95",
        "even when it is 0",
        "the same for all groups",
        "All defaults, side by side",
        "Two parameters are left",
    ],
    "what the code of the section does": [
        "Three ways to train the digits network, five seeds each",
        "as four stairs",
        "in four epochs the mistake costs",
        "a little worse than it could be",
        "4 epochs of 22 batches",
    ],
}
