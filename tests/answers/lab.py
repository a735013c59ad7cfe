"""Answers to the exercises of the lesson on the lab, right and plausibly wrong."""

from types import SimpleNamespace

import numpy as np
from scipy.stats import t

from onecycle_widgets import OneCycle
from onecycle_widgets.evidence.estimates import mean
from onecycle_widgets.lab.run import Run
from onecycle_widgets.lab.task import Task


def run(final=(0.9,), done=None, task=None, **policy):
    """A run as if it had been trained."""
    cycle = OneCycle(**{"max_lr": 0.1, "total_steps": 50} | policy)
    final, steps = np.array(final), cycle.total_steps
    task = Task(**{"seeds": len(final)} | (task or {}))
    done = steps if done is None else done
    return Run(task, cycle, done, np.ones((len(final), steps)), final[:, None], (steps,), 1.0)


def lab(*runs):
    return SimpleNamespace(runs=runs, explorer=None)


def peaks(*rates, **others):
    return (lab(*(run([0.9 + rate / 100], max_lr=rate, **others) for rate in rates)),)


BETTER = [0.95, 0.96, 0.94, 0.95, 0.96]
WORSE = [0.90, 0.92, 0.91, 0.90, 0.91]
MIXED = [0.96, 0.95, 0.94, 0.96, 0.95]
LUCKY = [0.95, 0.90, 0.97, 0.88, 0.93]  # lucky seeds are lucky for both
BOTH = [0.965, 0.914, 0.987, 0.896, 0.943]


def interval(first, second):
    """The right answer, in points."""
    gain = mean(100 * (np.array(second) - np.array(first)))
    return gain.low, gain.high


def student(first, second):
    """Student's interval, which is wider."""
    gain = 100 * (np.array(second) - np.array(first))
    return t.interval(0.95, len(gain) - 1, gain.mean(), gain.std(ddof=1) / len(gain) ** 0.5)


def pair(first, second, answer, **change):
    return lab(run(first), run(second, **change)), answer


def spiral(final=(1.0,) * 5, steps=60, optimizer="adamw"):
    task = {"data": "spirals", "optimizer": optimizer}
    return (lab(run(final, task=task, total_steps=steps)),)


RIGHT = {
    "three_peaks": [
        peaks(0.03, 0.1, 0.3),
        (lab(run(), *peaks(1.0, 0.01, 0.1, 0.1, total_steps=20)[0].runs),),
    ],
    "more_than_luck": [
        pair(BETTER, WORSE, interval(BETTER, WORSE), three_phase=True, pct_start=0.3),
        pair(BETTER, MIXED, list(interval(BETTER, MIXED)), anneal_strategy="linear"),
        pair(LUCKY, BOTH, np.array(interval(LUCKY, BOTH)), pct_start=0.5),
        pair(LUCKY, BOTH, student(LUCKY, BOTH), pct_start=0.5),
        (lab(run(), run(WORSE), run(BETTER, pct_start=0.5)), interval(WORSE, BETTER)),
    ],
    "short_spiral": [spiral(), (lab(run(), *spiral()[0].runs, *spiral([0.1] * 5)[0].runs),)],
}
WRONG = {
    "three_peaks": [
        ((None,), "should be a Lab, not NoneType"),
        ((lab(),), "press Train"),
        ((lab(run(done=10)),), "press Train"),
        (peaks(0.1, 0.3), "there are 2"),
        (peaks(0.1, 0.1, 0.3), "three different peaks"),
        (peaks(0.1, 0.12, 0.14), "too close"),
        (
            (lab(run(max_lr=0.1), run(max_lr=0.3), run(max_lr=1.0, pct_start=0.5)),),
            "what else did you change",
        ),
    ],
    "more_than_luck": [
        ((3, (0, 1)), "should be a Lab"),
        ((lab(), (0, 1)), "press Train"),
        ((lab(run()), (0, 1)), "two runs"),
        (pair([0.9], [0.8], (0, 1), pct_start=0.5), "luck decides"),
        (pair(BETTER, WORSE, (0, 1)), "the same settings"),
        (pair(BETTER, WORSE, (0, 1), pct_start=0.5, max_lr=0.2), "max_lr, pct_start: change one"),
        (pair(BETTER, [*WORSE, 0.9], (0, 1)), "number of seeds"),
        (pair(BETTER, WORSE, None, pct_start=0.5), "should be 2 numbers"),
        (pair(BETTER, WORSE, True, pct_start=0.5), "should be 2 numbers"),
        (pair(BETTER, WORSE, interval(BETTER, WORSE)[::-1], pct_start=0.5), "lower end"),
        (pair(BETTER, WORSE, interval(WORSE, BETTER), pct_start=0.5), "sign is turned"),
        (pair(LUCKY, BOTH, np.array(interval(LUCKY, BOTH)) / 100, pct_start=0.5), "97 points"),
        (pair(LUCKY, BOTH, interval(np.roll(LUCKY, 1), BOTH), pct_start=0.5), "not paired"),
        (pair(BETTER, WORSE, (1.0, 3.0), pct_start=0.5), "outside your interval"),
        (pair(BETTER, WORSE, (-14.0, 6.0), pct_start=0.5), "times as wide"),
    ],
    "short_spiral": [
        ((lab,), "should be a Lab"),
        ((lab(run()),), "no run on the spirals"),
        (spiral(steps=61), "longer than 60"),
        (spiral([1.0]), "one seed may be lucky"),
        (spiral([1.0, 1.0, 1.0, 1.0, 0.9], optimizer="sgd"), "reaches 90.0%. Would another"),
        (spiral([0.9] * 5, steps=30), "allows more steps"),
        (spiral([0.9] * 5), "What does a range test"),
    ],
}
