"""What holds the page of pictures; each held lesson is a name here, by its subject.

`test_class` holds that the page is what `store_pictures` makes of the stored lessons. So what the
lessons say in Markdown is held by their own tables, and what a figure found is computed by the cell
that drew it. Left are the figures' titles, which are typed.
"""

import json
from functools import cache

import numpy as np
import store_pictures
from lessons import LESSONS, NOTEBOOKS
from prose import flowing

from onecycle_widgets import OneCycle
from onecycle_widgets.evidence import causes, claims, claims_on_parts, experiments
from onecycle_widgets.evidence.estimates import estimate, gain

from . import which_schedule as which
from . import why_it_works as why
from .momentum_and_regularization import by_rate, centre, fields, lost_without, most

DATA = NOTEBOOKS / "data"


@cache
def load(name):
    return experiments.load(name, DATA)


@cache
def claim(name, *arguments, module=claims):
    return getattr(module, name)(DATA, *arguments)


def surely(name, family, *others, than=0):
    """Whether a family is surely more than so many points ahead of others in an experiment."""
    return all(gain(load(name), family, other).low > than for other in others)


def factors(net, against):
    """How many times one cycle's steps another schedule needs, target by target."""
    return [part.interval for part in claim("fewer_steps", net, against).parts]


@cache
def shares(net):
    """What each part of one cycle brings, averaged over all orders, with its interval."""
    found = causes.shapley(causes.ablated(load(f"ablation_{net}")))
    return {part: estimate(share) for part, share in found.items()}


def often_between(steps=range(5, 101), shares=range(5, 100, 5)):
    """In which share of all cycles the peak falls between two steps."""
    there = [(share * n) % 100 != 0 for n in steps for share in shares]
    return np.mean(there)


def goes_on(ways):
    """Which ways have the rates that a run of twenty steps has from the tenth on."""
    wanted = OneCycle(1.0, 20).curve().lr[9:]
    return [len(way) == len(wanted) and np.allclose(way, wanted) for way in ways.values()]


def words(subject):
    """The lines of a lesson's Markdown."""
    cells = json.loads(LESSONS[subject].path.read_text(encoding="utf-8"))["cells"]
    return {
        line
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()
    }


def told():
    """Lines of the page that a lesson has in its Markdown."""
    return [
        flowing(line)
        for subject, lesson in LESSONS.items()
        for line in store_pictures.section(subject, lesson).splitlines()
        if line and line in words(subject)
    ]


def computed():
    """What the figures found: after the title, or all of it where the cell gives none."""
    found = []
    for subject, lesson in LESSONS.items():
        for picture in store_pictures.pictures(lesson):
            title, _, rest = store_pictures.alt_text(picture.finding).partition(". ")
            found.append(flowing(rest or title))
            if not rest:
                assert subject in ("start_here", "range_test"), f"a typed title alone: {title}"
    return found


FILLED = [
    "(peak at step {OneCycle(0.5, total_steps=300).curve().lr.argmax()})",
]
TRUE = {
    "With the rate the loss drops, on one of two nets": (
        "[(why.pairs(why_it_works.seen, net)[0] < 0).mean() > 0.5 for net in ('ConvNet', 'MLP')]"
        " == [True, False]"
    ),
    "A warm-up keeps the sharp net below its limit": (
        "np.median(why.share(why_it_works.seen, 'residual', 'one cycle').max(1)) < 0.6"
    ),
    "The peak often falls between two steps": "often_between() > 1 / 2",
    "Momentum takes two thirds of the rise away": (
        "(lambda c: abs(1 - ((1 - c.momentum[0]) / (1 - c.momentum.min())) - 2 / 3) < 0.01)"
        "(OneCycle(0.1, 1000).curve())"
    ),
    "Once per epoch, the rate stays in the warm-up": (
        "max(policy.one_run['per epoch']) < max(policy.one_run['per batch']) / 10"
    ),
    "On the normalised net only the constant rate falls behind": (
        "min(low for low, high in factors('mnist1d', 'constant')) > 1"
        " and all(low <= 1 for kind in ('step', 'cosine') for low, _ in factors('mnist1d', kind))"
    ),
    "Without a warm-up, step needs two to four times the steps": (
        "all(2 <= part.value <= 4 for part in claim('fewer_steps').parts)"
        " and min(low for low, _ in factors('residual', 'step')) > 1"
    ),
    "With the last layers at zero the advantage is gone": (
        "not any(p.estimate.sure for p in claim('more_accuracy', 'residual_zero_last').parts)"
    ),
    "On the residual net the warm-up brings it all": (
        "[part for part, share in shares('residual').items() if share.sure == 1] == ['warm-up']"
    ),
    "At too high a rate every part helps, the warm-up most": (
        "all(share.sure == 1 for share in shares('mnist1d').values())"
        " and max(shares('mnist1d'), key=lambda p: shares('mnist1d')[p].value) == 'warm-up'"
    ),
    "Too high a rate is forgiven, unless the decay is high too": (
        "[part.estimate.sure for part in claim('high_rates').parts] == [1, 1, -1]"
    ),
    "Far fewer steps: seen nowhere; at most two to four times": (
        "all(claim('fewer_steps', net).verdict != 'seen'"
        " for net in ('residual', 'mnist1d', 'digits', 'digits_again'))"
        " and max(part.value for part in claim('fewer_steps').parts) < 4"
    ),
    "More accuracy in as many steps: where the start is sharp": (
        "claim('more_accuracy', 'residual_adamw').verdict == 'seen'"
        " and len(claim('more_accuracy', 'residual').surely) == 3"
        " and claim('more_accuracy', 'residual_zero_last').surely == []"
    ),
    "Normalised or plain: nowhere surely more, on either draw": (
        "not any(claim('more_accuracy', net).surely"
        " for net in ('mnist1d', 'mnist1d_again', 'digits', 'digits_again'))"
    ),
    "The warm-up does it; without normalisation the lead grows": (
        "claim('warm_up_counts_most').verdict == claim('depth').verdict == 'seen'"
    ),
    "The larger the rate, the less weight decay a cycle bears; below that it hardly matters": (
        "(lambda m: m == sorted(m, reverse=True) and m[0] > m[-1])"
        "([most(load('decay'), rate) for rate in fields(load('decay'))])"
        " and lost_without(load('decay')) < 1"
    ),
    "Cycled momentum beats a constant 0.95; against 0.8 to 0.9 we see no difference": (
        "surely('momentum', 'cycled, 0.95 to 0.85', 'constant, 0.95') and not any("
        "gain(load('momentum'), 'cycled, 0.95 to 0.85', f'constant, {m}').sure"
        " for m in (0.8, 0.85, 0.9))"
    ),
    "Larger batches bear larger rates, but with fewer steps they get less far": (
        "centre(by_rate(16)) < centre(by_rate(64)) < centre(by_rate(256))"
        " and by_rate(16).max() > by_rate(64).max() > by_rate(256).max()"
    ),
    "No shape is surely better or worse than torch's default: every interval contains zero": (
        "not any(gain(load('shape'), name, claims_on_parts.DEFAULT).sure"
        " for name in load('shape').rows)"
    ),
    "A longer cycle reaches more; a third phase does not help": (
        "[claim(c, module=claims_on_parts).verdict for c in ('cycle_length', 'three_phases')]"
        " == ['seen', 'opposite']"
    ),
    "The largest harmless decay falls; of the best one we know nothing": (
        "[p.word for p in claim('decay', module=claims_on_parts).parts] == ['seen', 'undecided']"
    ),
    "Sixteen times the batch bears about three times the rate": (
        "abs(centre(by_rate(256)) / centre(by_rate(16)) - 3) < 0.25"
    ),
    "Only the first of four ways goes on where the run stopped": (
        "goes_on(scheduler.ways) == [True, False, False, False]"
    ),
    "Two peaks, two ways to fall": "len(lab.smooth) == 2",
    "All can begin low; six of eight end low": (
        "len(which_schedule.falls) == 6 and len(which_schedule.stays) == 2"
        " and max(which.highest_and_last(which_schedule.falls)) < 0.02"
        " < 0.3 < min(which.highest_and_last(which_schedule.stays))"
    ),
    "Of what ends low, only step is surely behind, on one net": (
        "which.behind(which_schedule.with_sgd, which_schedule.kinds)"
        " == {('residual', 'step'), ('mnist1d', 'constant'), ('mnist1d', 'inverse square root')}"
    ),
    "Without a schedule: six hundredths ahead": (
        "all(abs(found.value - 6) < 1 for n in ('pre', 'post') for found in which.free(n))"
    ),
    "With the momentum chosen, the line keeps up, one cycle not": (
        "all([part.word for part in claim.parts] == ['opposite', 'seen']"
        " for claim in which_schedule.chosen)"
    ),
    "On the text only ending as planned costs much": (
        "min(which.ends_as_planned('text_pre')) > 10 and max(which.on_text(kind, way, to).high"
        " for kind in which.changed.KINDS for way, to in (('goes on', 'known, doubled'),"
        " ('straight to zero', 'known, halved'), ('stopped', 'known, halved'))) < 3"
    ),
    "On the text no schedule that ends low is far behind": (
        "all(which.family_claims.level(net, DATA).verdict == 'seen'"
        " for net in which_schedule.with_adamw)"
    ),
    "Cosine has to jump; what is still high just goes on": (
        "[abs(np.diff(panel['goes on'].curve().lr[150:170])).max() > 0.1"
        " for panel in which_schedule.panels.values()] == [True, False]"
    ),
    "To end as planned costs most on the ConvNet": (
        "min(which.ends_as_planned('mnist1d')) > 2 * max("
        "which.cost('mnist1d', kind, 'goes on', 'known, doubled').value"
        " for kind in which.changed.KINDS)"
    ),
    "The average of a constant rate ends where the falls end": (
        "abs(which.mean('mnist1d') - which.watched('mnist1d', 'one cycle', 19)) < 1"
    ),
    "An average brings nine points on the ConvNet, else nothing": (
        "[part.word for c in which.family_claims.averages(DATA)[1:] for part in c.parts]"
        " == ['ruled out', 'seen', 'ruled out', 'ruled out']"
        " and round(which.gained('mnist1d', 'constant').value) == 9"
    ),
    "Old weights help if they may move; their peak is no smaller": (
        "which.over('one rate', 'from new weights').sure == 1"
        " and which.over('head only', 'from new weights').sure < 1"
        " and which.tuned().peak('one rate') >= which.tuned().peak('from new weights')"
    ),
    "Old weights help if they may move; the rest is undecided": (
        "[c.verdict for c in which.family_claims.fine_tuning(DATA)]"
        " == ['seen', 'seen'] + 4 * ['undecided']"
    ),
}
GIVEN = {
    "what a lesson says, and its own table holds": told(),
    "computed by the cell that draws the figure": computed(),
    "a lesson's title": ["curvature, valleys and two wells"],
    "what the two pictures of the widgets show": [
        alt for _, alt in store_pictures.WIDGETS.values()
    ],
}
