"""What holds the guide for lecturers; each held lesson is a name here, by its subject."""

import re

import numpy as np

from onecycle_widgets import Lab, OneCycle
from onecycle_widgets.evidence.estimates import mean
from onecycle_widgets.evidence.rule_tasks import Reading
from onecycle_widgets.lab.task import Task
from onecycle_widgets.range_test.suggest import RULES
from onecycle_widgets.surfaces import SURFACES, roll, steering

from . import which_schedule as which
from .stored import factors

BLUNT = ("mnist1d", "mnist1d_again", "digits", "digits_again")  # nets whose start is not sharp


def factor(result):
    """By how much the rules of a range test disagree."""
    rates = [rule.lr for rule in result.suggestions().values()]
    return round(max(rates) / min(rates))


PLAN = "known, doubled"
FILLED = [
    "nothing for one cycle,"
    " {which.cost('mnist1d', 'cosine', 'goes on', PLAN).value:.1f} for cosine",
    "to stop before the fall"
    " {which.cost('mnist1d', which.STABLE[0], 'stopped', 'known, halved').value:.1f} for",
    "It comes level: {which.mean('mnist1d'):.1f} % with the average",
    "{which.watched('mnist1d', 'one cycle', 19):.1f} with one cycle",
    "the frozen net comes to {which.after('head only'):.1f} %, where",
    "where new weights come to {which.after('from new weights'):.1f}",
    "It is {OneCycle(0.1, 1000, pct_start=0.2).curve().lr.argmax()}: steps are counted from 0",
    "between {start_here.result.suggestions()['valley'].lr:.3f} and 0.22",
    "and {start_here.result.suggestions()['edge'].lr:.2f}, a factor of",
    "*Halfway*, {start_here.result.suggestions()['halfway'].lr:.2f}, lost",
    "*halfway* is {start_here.result.suggestions()['halfway'].lr:.2f}",
    "of the {len(start_here.digits.test.x)} test images",
    "{100 * start_here.accuracy:.1f} %. Guesses",
    "Constant {100 * start_here.comparison.test['constant'].mean():.1f}, step",
    "step {100 * start_here.comparison.test['step'].mean():.1f}, one cycle",
    "one cycle {100 * start_here.comparison.test['one cycle'].mean():.1f} %",
    "goes from {start_here.gain.min():+.1f} to",
    "to {start_here.gain.max():+.1f}; its mean is",
    "its mean is {start_here.gain.mean():+.1f} [",
    "[{mean(start_here.gain).low:+.1f}, +1.0]",
    "[-0.0, {mean(start_here.gain).high:+.1f}]: it may be luck",
    "step schedule {factors('residual', 'step')[0]:.1f} to 3.8 times where the start is sharp",
    "2.4 to {factors('residual', 'step')[-1]:.1f} times where the start is sharp, elsewhere"
    " {max(max(factors(name, 'step')) for name in BLUNT):.1f} times at most",
]

TRUE = {
    "Only the step schedule on the residual net, which has no warm-up": (
        "which.behind(('residual', 'mnist1d', 'digits'), which_schedule.kinds[:5])"
        " == {('residual', 'step')}"
    ),
    "on the ConvNet: to end as planned 9 to 17 points; to jump": (
        "(round(min(which.ends_as_planned('mnist1d'))),"
        " round(max(which.ends_as_planned('mnist1d')))) == (9, 17)"
    ),
    "after a straight line of 20 steps no loss can be told": (
        "which.cost('mnist1d', which.STABLE[0], 'straight to zero', 'known, halved').sure == 0"
    ),
    "Nobody's: all are below 70 %": (
        "max(which.watched('mnist1d', kind, 9) for kind in which.changed.KINDS) < 70"
    ),
    "the best peak is no smaller than for new weights": (
        "which.tuned().peak('one rate') >= which.tuned().peak('from new weights')"
    ),
    "0.25 at first, 0.1 at the end": (
        "start_here.early[0.25] < start_here.early[0.1]"
        " and start_here.late[0.1] < start_here.late[0.25]"
    ),
    "a factor of 41. *Halfway*": "factor(start_here.result) == 41",
    "Five rules, a factor of 41": "factor(start_here.result) == 41",
    "The peak moves; its height, the first and the last rate stay": (
        "len({(c.max(), c[0], c[-1]) for c in "
        "(OneCycle(0.1, 1000, pct_start=p).curve().lr for p in (0.05, 0.3, 0.5))}) == 1"
    ),
    "at the peak it is 0.85, at the ends 0.95": (
        "(lambda m: (m.min(), m[0], m[-1]))(OneCycle(0.1, 1000).curve().momentum.round(9))"
        " == (0.85, 0.95, 0.95)"
    ),
    "lost least of the five on tasks that it had not been chosen on": (
        "least_lost(range_test.rules) == 'halfway'"
    ),
    "49; 0.02; 0.000002; 0.85": (
        "(lambda c: (c.lr.argmax(), *(c.lr[[0, -1]].round(9)), c.momentum.min().round(9)))"
        "(OneCycle(0.5, 200, pct_start=0.25).curve()) == (49, 0.02, 2e-6, 0.85)"
    ),
    "Six points; one or two": r"says('policy', r'costs six points\. In ten it costs one or two')",
    "A small rate gets there, too, only later": (
        r"says('policy', r'a small rate gets there, too, only later')"
    ),
    "2.4 to 3.8 times; with a warm-up in front, none that we can tell": (
        r"says('super_convergence', r'2\.4 times one cycle.s steps to 90 %') and "
        r"says('super_convergence', r'3\.8 times to 94 %: surely more')"
    ),
    "On a normalised net (section 3) none at all": (
        r"says('super_convergence', r'\*\*See:\*\* no factor at all')"
    ),
    "The paper says eight times fewer steps": (
        r"says('super_convergence', r'more accuracy with an \*\*eighth\*\* of the steps')"
    ),
    "At about 0.2; *halfway*": r"says('lab', r'the loss turns up at about 0\.2')",
    "with this peak the loss is down long before the rate is. Beyond 1 it never": (
        r"says('lab', r'the loss is down long before the rate is') and "
        r"says('lab', r'At a peak of 1 it never comes down')"
    ),
    "With 0.114, more than 90 % of the fall is over at the peak": (
        r"says('lab', r'At the peak more than 90 % of the fall is over')"
    ),
    "With a good one the loss is nearly down when the rate is at its peak": (
        r"says('lab', r'At the peak more than 90 % of the fall is over')"
    ),
    "50 can be done; with 40 we know of no peak that does it": (
        "worst_spiral(50) >= 0.98 > worst_spiral(40)"
    ),
    "60 steps are easy": r"says('lab', r'60 steps, worst seed 98\.8')",
    "On the text schedule-free AdamW is six hundredths of a nat ahead of one cycle; with the"
    " momentum chosen, a straight line is one behind it": (
        "all(abs(which.free(n)[2].value - 6) < 0.5 and"
        " abs(which.family_claims.momentum_chosen(n, which.DATA).parts[1].estimate.value + 1) < 0.2"
        " for n in ('pre', 'post'))"
    ),
    "98 % for all five seeds": r"says('lab', r'98 % of the held-out points')",
    "from 0.03 to 0.2 they go to 0.1 to 0.3": (
        "[start_here.comparison.good_rates(s) for s in ('constant', 'one cycle')]"
        " == [(0.03, 0.2), (0.1, 0.3)]"
    ),
    "more than a quarter of the pairs": (
        r"says('super_convergence', r'more than a quarter of the pairs')"
    ),
    "None: restless, too slow, thrown out": (
        "min(why_it_works.final_loss('ravine', r, 100, 'constant') for r in (0.05, 0.005, 0.2))"
        " > 3 * why_it_works.final_loss('ravine', 0.05, 100)"
    ),
    "Nothing, and then everything: they fly off": (
        "(flown('bowl', 0.18), flown('bowl', 0.2)) == (0, 200)"
    ),
    "Who gets out of the gorge? | One cycle": (
        "flown('falling', 0.02) == 200 and flown('falling', 0.02, 'one cycle') == 0"
    ),
    "the loss drops with the rate": "drops(why_it_works.runs['one cycle', 0.15])",
    "None, a tenth, almost all. It is wider, not deeper": (
        "says('why_it_works', r'with the low peak all stay, at 0.1 one in ten leaves')"
        " and np.less(*(why_it_works.final_loss('wells', peak, 300) for peak in (0.03, 0.2)))"
    ),
    "it takes 40 minutes;": r"says('start_here', r'\*\*Time:\*\* 40 minutes')",
}


def flown(surface, rate, schedule="constant", steps=100):
    """How many of 200 balls fly off."""
    moved = steering(OneCycle(rate, steps), schedule)
    return roll(SURFACES[surface], *moved, noise=1, balls=200).flown


def drops(run):
    """Whether most of the loss's fall comes after the first half of the steps."""
    start, middle, end = run.losses[[0, 200, 400]]
    return start - middle < middle - end


def least_lost(rules):
    """The rule of the helper that loses least on the reporting half."""
    return min(RULES, key=lambda rule: np.nanmean(rules.lost(Reading(rule), "report")))


def worst_spiral(steps):
    """Accuracy of the worst of five seeds on the spirals: AdamW at the best of many peaks."""
    lab, worst = Lab(), []
    lab.task = Task("spirals", optimizer="adamw", seeds=5)
    for peak in (0.03, 0.05, 0.07, 0.1, 0.15):
        lab.explorer.policy = OneCycle(peak, total_steps=steps)
        lab.train()
        lab.wait()
        worst.append(lab.runs[-1].final.min())
    return max(worst)


GIVEN = {
    "a question, or what to show before it": [
        "Section 1: four constant rates",
        "1,000 steps, `pct_start=0.2`: at which",
        "Drag `pct_start` to 0.5, to 0.05",
        "Which of the five would you take?",
        "The five suggestions",
        "train 100 steps",
        "4 epochs with the mistake: how many points does it cost? In 10 epochs?",
        "How many times fewer will",
        "one figure and its table",
        "drag `pct_start` to 0.9, then `max_lr` beyond 1",
        "Its figure *two peaks, two ways to fall*",
        "the peak of 0.114 or that of 0.5? | That of 0.5",
        "then b with 5 seeds",
        "exercise a of the lab (*three peaks*)",
        "What would convince you that one cycle is better?",
        "fewest steps to 98 %",
        "After 80 %, the budget is doubled. Who can go on?",
        "Which net is best half-way?",
        "the two figures",
        "comparison of eight schedules",
        "*Ravine*, constant, `max_lr` 0.05; then 0.005, then 0.2",
        "Which of three constant rates is good?",
        "*Falling curvature*, 100 steps, `max_lr` 0.02",
        "*River valley*, one cycle, `max_lr` 0.15: play",
        "*Two wells*, one cycle: `max_lr` 0.03, 0.1, 0.2",
    ],
    "what the explorer does, and its tests hold": [
        "Five minutes with the curve on the wall",
        "Five minutes with balls on the wall",
        "any explorer with all its controls",
        "five large controls",
        "Step 299. The tip names",
        "Half as far: warm-up and cool-down",
    ],
    "what a class may say": [
        "Two columns: *must know",
        "A warm-up of *a tenth of the steps* is the catch",
        "Most lose both votes",
        "Five cases, five answers",
        "Mostly: its length was not",
        'Mostly: "0.001, because',
        "Many say 200",
        "Guesses go from 50 to 99",
        "most vote right",
        '"My optimizer has momentum 0.9, so it trains with 0.9."',
        '"One cycle trains eight times faster."',
        '"My run was better,',
        "Few of those that they find",
    ],
    "how the exercise is made, or what the policy is": [
        "Two mistakes:",
        "With the start of the warm-up, for ever; nothing fails, and that is the danger",
        "unless the product is whole",
        "the worse schedule wins",
        "The best may be the same",
        "Both lengthen the steps",
        "Three phases: down as it went up, then far below",
        "drag `div_factor`, both ends move",
        "silently and at a higher rate",  # the catalogue's ninth surprise, run by a test
    ],
    "the plan itself, and names of commands": [
        re.compile(r"\b(?:45|90)[ -]minutes"),
        "minutes 0 to 26",
        "Run All Cells",
        "their best run",
        "with all its exercises",
        "the place of two of them",
    ],
    "advice, and what was tried by hand": [
        re.compile(r"## Pitfalls of the room.*"),
        re.compile(r"## Slides.*"),
    ],
    "measured by tests/benchmarks/classroom.py, whose sums test_class holds": [
        re.compile(r"## A server for the class.*"),
    ],
}
