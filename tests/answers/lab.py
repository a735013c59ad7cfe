"""Answers to the exercises of the lesson on the lab, right and plausibly wrong."""

from types import SimpleNamespace

import numpy as np

from onecycle_widgets import OneCycle
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
SPIRALS = {"data": "spirals"}


def pair(first, second, sure, **change):
    return lab(run(first), run(second, **change)), sure


def spiral(final=(1.0,) * 5, steps=100):
    return (lab(run(final, task=SPIRALS, total_steps=steps)),)


RIGHT = {
    "three_peaks": [
        peaks(0.03, 0.1, 0.3),
        (lab(run(), *peaks(1.0, 0.01, 0.1, 0.1, total_steps=20)[0].runs),),
    ],
    "more_than_luck": [
        pair(BETTER, WORSE, True, three_phase=True, pct_start=0.3),
        pair(BETTER, MIXED, False, anneal_strategy="linear"),
        (lab(run(), run(WORSE), run(BETTER, pct_start=0.5)), np.bool_(True)),
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
        ((3, True), "should be a Lab"),
        ((lab(), True), "press Train"),
        ((lab(run()), True), "two runs"),
        (pair([0.9], [0.8], True, pct_start=0.5), "luck decides"),
        (pair(BETTER, WORSE, True), "the same settings"),
        (pair(BETTER, WORSE, True, pct_start=0.5, max_lr=0.2), "max_lr, pct_start: change one"),
        (pair(BETTER, [*WORSE, 0.9], True), "number of seeds"),
        (pair(BETTER, WORSE, None, pct_start=0.5), "True or False"),
        (pair(BETTER, WORSE, False, pct_start=0.5), "seed by seed"),
        (pair(BETTER, MIXED, True, pct_start=0.5), "seed by seed"),
    ],
    "short_spiral": [
        ((lab,), "should be a Lab"),
        ((lab(run()),), "no run on the spirals"),
        (spiral(steps=101), "longer than 100"),
        (spiral([1.0]), "one seed may be lucky"),
        (spiral([1.0, 1.0, 1.0, 1.0, 0.9]), "the worst seed reaches 90.0%"),
    ],
}
