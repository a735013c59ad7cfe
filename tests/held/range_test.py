"""What holds the prose of the lesson on the range test."""

import inspect
import re

import numpy as np

from onecycle_widgets import lr_range_test
from onecycle_widgets.evidence import rule_results
from onecycle_widgets.evidence.rule_tasks import CANDIDATES, RUNGS, TASKS, Reading
from onecycle_widgets.exercises.range_test import CURVES
from onecycle_widgets.range_test.suggest import CLEAR, EDGE, LEAST, MOST, RULES, SHARE


def lost(rules, rule, half=None, pooled=False):
    """Points that a rule loses on each task."""
    return rules.lost(Reading(rule, pooled=pooled), half)


def mean(*arguments, **options):
    return np.nanmean(lost(*arguments, **options))


def on(rules, rule, task):
    """Points that a rule loses on one task."""
    return lost(rules, rule)[row(task)]


def row(task):
    return [name for _, name in rule_results.NAMES].index(task)


def too_large(rules, task):
    """How many times larger than the best peak halfway's picks are on a task."""
    picks = rules.picks[row(task), rule_results.READINGS.index(Reading("halfway"))]
    return picks[np.isfinite(picks)] / rules.best[row(task)]


def refused_by_all(rules, task):
    return all(np.isnan(on(rules, rule, task)) for rule in RULES)


def spread(tests):
    """By which factor each rule's picks differ from seed to seed."""
    return {rule: picks[-1] / picks[0] for rule, picks in tests.spread().items()}


def steepest(result, *decades):
    return result.suggestions(*decades)["steepest"].lr


def factor(picks):
    rates = [pick.lr for pick in picks.values()]
    return max(rates) / min(rates)


def layers():
    """Numbers of layers that the tasks' names give; without a number, an MLP has two."""
    named = {int(n) for _, name in rule_results.NAMES for n in re.findall(r"(\d) layers", name)}
    return sorted({2} | named)


def smoothed(losses):
    """Means of five losses, so that single batches do not count."""
    return np.convolve(losses, np.ones(5) / 5, "valid")


def fallen_below(losses, rates, rate):
    """The share of the loss's fall that is over before a rate."""
    loss = smoothed(losses)
    before = loss[: np.searchsorted(rates, rate) - 4]
    return (loss[0] - before.min()) / (loss[0] - loss.min())


FILLED = [
    "*halfway* lost {mean(rules, 'halfway', 'report'):.1f} points on average on the tasks",
    "without its bounds it lost {mean(rules, 'unbounded', 'report'):.1f}. That",
    "here and there: {on(rules, 'halfway', 'digits, 8 layers, AdamW'):.1f} points with eight",
    "eight layers, {on(rules, 'halfway', 'diabetes, AdamW'):.1f} on the small",
    "on the reporting half ({mean(rules, 'edge/2', 'report'):.1f}), and",
    "on the choosing half ({mean(rules, 'edge/2', 'choose'):.1f}; 15.6 points",
    "half (3.8; {on(rules, 'edge/2', 'digits, residual'):.1f} points on the residual net",
    "early ({on(rules, 'steepest', 'Friedman 3'):.1f} on one regression)",
    "*valley* {mean(rules, 'valley', 'report'):.1f} on average. They",
    "falls by less than {100 * SHARE:.0f} % and",
]
TRUE = {
    "nothing happens below 0.01; around 0.1 the loss falls": (
        "abs(fallen_below(losses, climbing, 0.01)) < 0.1 and losses[60] < losses[0] / 3"
    ),
    "above 1 it explodes: the last line is the first loss above twice the start": (
        "climbing[len(losses) - 1] > 1 and losses[-1] > 2 * losses[0] >= max(losses[:-1])"
    ),
    "below 0.1, where this network does most of its learning": (
        "0.5 < fallen_below(losses, climbing, 0.1) < 1"
    ),
    "Over two decades the fall is smeared out, and the steepest point moves to the left,"
    " by a factor of five": "abs(steepest(result) / steepest(result, 2.0) - 5) < 0.2",
    "Over three, the edge stands at the very end": (
        "result.suggestions(3.0)['edge'].lr == result.lr[-1]"
    ),
    "The marks above are five rules": "len(result.suggestions()) == 5",
    "The largest of the five is about 40 times the smallest": (
        "abs(factor(result.suggestions()) - 40) < 2"
    ),
    "differ up to forty times": "abs(factor(result.suggestions()) - 40) < 2",
    "at most a half and at least a fifth of the edge": "(LEAST, MOST) == (1 / 5, 1 / 2)",
    "between a fifth and a half of the edge": "(LEAST, MOST) == (1 / 5, 1 / 2)",
    "no more than a tenth of the whole drop": "EDGE == 1 / 10",
    "the edge and the minimum move most": (
        "sorted(spread(tests), key=spread(tests).get)[-2:] == ['minimum/10', 'edge']"
    ),
    "the steepest point moves least": ("min(spread(tests), key=spread(tests).get) == 'steepest'"),
    "the edge of the five lies at little more than half of its edge": (
        "0.5 < five.suggestions()['edge'].lr / result.suggestions()['edge'].lr < 0.6"
    ),
    "*halfway* goes with it": (
        "all(r.suggestions()['halfway'].lr == MOST * r.suggestions()['edge'].lr"
        " for r in (five, result))"
    ),
    "its picks over ten seeds": "len(truth.tests.runs) == 10",
    "one cycle of 100 steps at each peak of a ladder, five seeds each": (
        "truth.trained.total_steps == 100"
        " and {a.shape for a in truth.trained.validation.values()} == {(len(rates), 5)}"
    ),
    "We fixed eighteen others": "len(rule_results.NAMES) == 18",
    "Three of these rows are no rules of the helper: half the edge, a third of the edge": (
        "{*CANDIDATES} - {*RULES} == {'edge/2', 'edge/3', 'unbounded'}"
    ),
    "two to eight layers": "layers() == [2, 3, 4, 6, 8]",
    "over all eighteen": "len(rule_results.NAMES) == 18",
    "Nine were there to choose a rule on; the other nine report": (
        "[len(tasks) for tasks in TASKS.values()] == [9, 9]"
    ),
    "at twelve peaks a factor of two apart": (
        "RUNGS == 12 and np.allclose(np.diff(np.log2(TASKS['report']['Friedman 3'].peaks)), 1)"
    ),
    "on average over five seeds": "rule_results.SEEDS == 5",
    "On the nine tasks for choosing, *halfway* with its bounds lost least": (
        "min(CANDIDATES, key=lambda rule: mean(rules, rule, 'choose')) == 'halfway'"
    ),
    "half a point in the median": (
        "abs(np.nanmedian(lost(rules, 'halfway', 'report')) - 0.5) < 0.05"
    ),
    "on the diabetes data every time": "too_large(rules, 'diabetes, AdamW').min() > 2",
    "with eight layers once, by a factor of five": (
        "(lambda times: abs(times[-1] - 5) < 0.2 and times[-2] < 1.25)"
        "(np.sort(too_large(rules, 'digits, 8 layers, AdamW')))"
    ),
    "Half the edge did even better on the reporting half": (
        "mean(rules, 'edge/2', 'report') < mean(rules, 'halfway', 'report')"
    ),
    "*steepest* is within a point on half of the tasks": (
        "(lost(rules, 'steepest') < 1).sum() == 9"
    ),
    "*edge* alone, *minimum/10* and *valley* lose more than *halfway* as well": (
        "all(mean(rules, rule) > mean(rules, 'halfway') + 1"
        " for rule in ('edge', 'minimum/10', 'valley'))"
    ),
    "Five runs instead of one did not make *halfway* better on average": (
        "mean(rules, 'halfway', pooled=True) >= mean(rules, 'halfway')"
    ),
    "Six layers of 64 are refused, by all rules": "refused_by_all(rules, 'digits, 6 layers')",
    "by less than twelve times its scatter": "CLEAR == 12",
    "with four times as many steps": (
        "more['num_steps'] == 4 * inspect.signature(lr_range_test).parameters['num_steps'].default"
    ),
    "lost a point on average on nine fresh tasks, and up to seven on one of them": (
        "abs(mean(rules, 'halfway', 'report') - 1) < 0.05"
        " and 6.5 < lost(rules, 'halfway', 'report').max() < 7.5"
    ),
    "uncertain by a factor of several": "spread(tests)['edge'] > 4",
    "Five range tests on the digits": "len(CURVES) == 5",
}
GIVEN = {
    "the name of a data set": ["those of MNIST-1D"],
    "what the code of the section does": [
        "The test is ten lines",
        "work the last two out yourself",
        "off a single run and off five",
        "Two images a batch",
        "Six layers of 64, without normalisation",
    ],
    "the paragraphs of the section, counted": ["Five curves that you will meet"],
    "what an earlier version of the lesson had": ["next to nothing lost, on three tasks"],
    "advice, or a question": [
        "**So ask for five runs.**",
        "at a few peaks around the pick, a factor of two apart",
        "why should a rate go up and come down again?",
    ],
    "a turn of speech": [
        "have all moved on",
        "ask for them all the same",
        "**A descent that is none.**",
    ],
    "a definition, or arithmetic": [
        "far above its best, measured by how far it had fallen",
        "what **all smaller rates before it** have led to",
        "**minimum/10**: a tenth of the rate with the lowest loss",
        "each lower than the one before; the points between may be higher",
        "after the lowest loss, the last rate",
        "the tenth is ours",
        "half-way between the steepest point and the edge",
        "runs the test five times from the same weights",
        "median of the five, with a band",
        "in points of accuracy against the best peak; on average, and in the worst of the ten",
        "scores below the best of these",
        "R² times 100",
        "or in the long run 1 / (1 - 0.9) times",
        "found on one task has been tested on none",
        "So whoever finds the peak has all of them",
    ],
    "what the papers say, linked beside it": [
        ", section 3.3)",
        "knows the right power of ten already, as Smith did",
    ],
    "something to drag": ["drag the width from 0 to 3 decades"],
}
