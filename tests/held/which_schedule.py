"""What holds the prose of the lesson on which schedule, when."""

import numpy as np
from lessons import LESSONS

from onecycle_widgets.evidence import (
    averaged,
    changed,
    estimates,
    family_claims,
    family_rules,
    finetuned,
    rules,
    schedule_free,
    studies,
)
from onecycle_widgets.policy.one_cycle import OneCycle
from onecycle_widgets.toys import character_names

from .stored import DATA, study

PLANNING = ("one cycle", "cosine")
STABLE = ("warm-up, stable, decay", "constant")


def tuned():
    return finetuned.load(DATA)


def after(way):
    """Test accuracy of a way to fine-tune, at its own peak."""
    return float(tuned().accuracy(way)[0])


def at_peak(way, peak):
    """Test accuracy of a way to fine-tune at one peak."""
    place = finetuned.WAYS[way].peaks.index(peak)
    return float(tuned().reported(way)[place].mean())


def over(one, other):
    """By how much one way to fine-tune is better than another."""
    return estimates.estimate(tuned().accuracy(one) - tuned().accuracy(other))


def lead(net, kind, steps=200):
    """How far a schedule is ahead of one cycle."""
    return estimates.estimate(family_claims.lead(net, kind, steps, DATA))


def known(nets, kinds, steps=200):
    """What is known of schedules' leads on some nets, by net and schedule."""
    found = {(n, k): family_claims.lead(n, k, steps, DATA) for n in nets for k in kinds}
    return {key: estimates.estimate(draws) for key, draws in found.items() if draws is not None}


def behind(nets, kinds, steps=200):
    """Which schedules are surely behind one cycle, on which nets."""
    return {key for key, found in known(nets, kinds, steps).items() if found.sure == -1}


def cost(net, kind, way, to):
    """What a way to go on loses to another, for a schedule."""
    found = changed.load_changed(net, DATA)
    return estimates.mean(found.of(kind, to) - found.of(kind, way))


def word(claims, unit="points"):
    """The verdict on the claim of several that is counted in a unit."""
    return next(c.verdict for c in claims if c.unit == unit)


def watched(net, kind, look):
    """Test accuracy on the way: at half-way (9) or at the end (19), say."""
    return float(averaged.load_watched(net, DATA).reported(kind)[:, look].mean())


def mean(net, kind="constant"):
    """Test accuracy of the averaged weights at the end."""
    return float(averaged.load_watched(net, DATA).averaged(kind)[:, -1].mean())


def looked(net, kind):
    """What the best of the looks gains over the last."""
    found = averaged.load_watched(net, DATA)
    return estimates.mean(found.best(kind) - found.reported(kind)[:, -1])


def gained(net, kind):
    """What the average gains over the last weights."""
    found = averaged.load_watched(net, DATA)
    return estimates.mean(found.averaged(kind)[:, -1] - found.reported(kind)[:, -1])


def level_average(net):
    """How far the average of the constant rate is ahead of one cycle's end."""
    found = averaged.load_watched(net, DATA)
    ends = found.averaged("constant")[:, -1], found.reported("one cycle")[:, -1]
    return estimates.mean(ends[0] - ends[1])


def half_way(net):
    """How far the constant rate is ahead of one cycle half-way."""
    found = averaged.load_watched(net, DATA)
    return estimates.mean(found.reported("constant")[:, 9] - found.reported("one cycle")[:, 9])


def ends_as_planned(net, kinds=changed.KINDS):
    """What it costs each schedule to end as planned when there are twice the steps."""
    return [cost(net, kind, "as planned", "known, doubled").value for kind in kinds]


def highest_and_last(schedules):
    """Last rates as shares of the highest."""
    return [s.curve().lr[-1] / s.curve().lr.max() for s in schedules.values()]


def filters():
    """What the first layers' rate is below the head's, with discriminative rates."""
    return finetuned.FACTOR ** (len(finetuned.parts(finetuned.start(finetuned.Way(), 0))) - 1)


def saved(norm, steps=50, rate=studies.HIGHER[-1]):
    """What a warm-up saves at a rate, in hundredths of a nat, by seed."""
    found, place = study(f"text_{norm}_warmup"), studies.HIGHER.index(rate)
    with_one, without = (
        found.tuning(f"{n}, {steps} steps")[place] for n in (studies.WITH, studies.WITHOUT)
    )
    return 100 * (with_one - without)


def momenta():
    """Schedule-free AdamW with a momentum of its choice."""
    return schedule_free.load(DATA, schedule_free.MOMENTA)


def line_with_momentum(norm):
    """How far the straight line is ahead of one cycle when the momentum is chosen."""
    return estimates.estimate(
        estimates.ahead(study(f"text_{norm}_momentum"), "linear", "one cycle")
    )


def jump(kind):
    """By how much of its peak a schedule jumps that goes on, on the text."""
    plan = changed.planned(study("text_pre"), kind, 200)
    lr = changed.way(plan.schedule, changed.GOES_ON).curve().lr
    return (lr[160] - lr[159]) / lr.max()


def last(net, kind, way):
    """Test accuracy where a changed budget ends."""
    return float(changed.load_changed(net, DATA).of(kind, way).mean())


def free(norm, kind="schedule-free", lengths=studies.TEXT_LENGTHS):
    """How far something is ahead of one cycle on a transformer, at each length."""
    return [lead(f"text_{norm}", kind, n) for n in lengths]


def on_text(kind, way, to):
    """What a changed budget costs a schedule on the text, hundredths of a nat."""
    return cost("text_pre", kind, way, to)


FILLED = [
    "the interval, {level_average('mnist1d').low:.1f} to",
    "to {level_average('mnist1d').high:+.1f}, is too wide",
    "at 200 steps, by {-lead('text_pre', 'constant').value:.1f} hundredths (pre) and",
    "hundredths (pre) and {-lead('text_post', 'constant').value:.1f} (post)",
    "it saves *pre* {saved('pre').mean():.1f} hundredths and",
    "and *post* {saved('post').mean():.1f}. Does",
    "warm-up saves *post* {saved('post', 100, 0.02).mean():.1f} hundredths in 100 steps and",
    "100 steps and {saved('post', 200, 0.02).mean():.1f} in 200, and",
    "One cycle surely loses {on_text('one cycle', 'goes on', 'known, doubled').value:.1f};",
    "such a line and comes to {last('mnist1d', 'constant', 'straight to zero'):.1f} %, where",
    "that had known has {last('mnist1d', 'one cycle', 'known, halved'):.1f}: a",
    "stand higher there, at {watched('mnist1d', 'cosine', 9):.1f} and",
    "and {averaged.load_watched('mnist1d', DATA).averaged('constant')[:, 0].mean():.1f} %, and far",
    "it stays {-chosen[0].parts[0].estimate.value:.1f} hundredths behind (pre)",
    "behind (pre), and {-chosen[1].parts[0].estimate.value:.1f} (post). (The",
    "loses {on_text(STABLE[0], 'stopped', 'known, halved').value:.1f} if it does",
    "(One cycle even comes out"
    " {-cost('mnist1d', 'one cycle', 'stopped', 'known, halved').value:.1f} points *above*",
    "better for the old weights we cannot tell:"
    " {family_claims.fine_tuning(DATA)[4].parts[0].estimate.value:+.1f} points",
    "a rate that is too high, {studies.HIGHER[-1]:g}, it helps both",
    "behind one cycle, by {-lead('residual', 'step').value:.1f} points: it",
    "(on the ConvNet it is {lead('mnist1d', 'step').value:.1f} points",
    "the constant rate is {-lead('mnist1d', 'constant').value:.1f} points behind and",
    "and the inverse square root {-lead('mnist1d', 'inverse square root').value:.1f}; on",
    "one cycle chose {study('residual').chosen('one cycle, 200 steps').peak:g} there",
    "and {study('mnist1d').chosen('one cycle, 200 steps').peak:g} on the ConvNet",
    "{cost('mnist1d', STABLE[0], 'goes on', 'known, doubled').value:.1f} points for"
    " warm-up-stable-decay",
    "long plan's, loses {cost('mnist1d', 'cosine', 'goes on', 'known, doubled').value:.1f}. **Cut",
    "before its fall, loses {cost('mnist1d', STABLE[0], 'stopped', 'known, halved').value:.1f}"
    " points",
    "*gains* {-cost('mnist1d', 'constant', 'straight to zero', 'stopped').value:.0f} points by",
    "three others {min(ends_as_planned('residual')[:3]):.1f} to"
    " {max(ends_as_planned('residual')[:3]):.1f} points",
    "One cycle stands at {watched('mnist1d', 'one cycle', 9):.1f} %, the",
    "constant rate at {watched('mnist1d', 'constant', 9):.1f}, and",
    "one cycle has {watched('mnist1d', 'one cycle', 19):.1f} %, and",
    "the constant rate has {watched('mnist1d', 'constant', 19):.1f}. Its",
    "**average** has {mean('mnist1d'):.1f}: as",
    "comes to {after('one rate'):.1f} % of the new digits",
    "from new weights to {after('from new weights'):.1f}. *Frozen*",
    "it comes to {after('head only'):.1f}: not",
    "And the peak that was best for the old weights, {tuned().peak('one rate'):g}, is no",
    "for new ones, {tuned().peak('from new weights'):g}. (By",
    "At a peak of {finetuned.PEAKS[4]:g} the",
    "single rate falls to {at_peak('one rate', 1.0):.0f} %, where",
    "still have {at_peak('discriminative', 1.0):.0f}: they",
    "have about an {filters():.0f}th of it",
]
TRUE = {
    "On the residual net it is seen; but there the constant rate itself has nothing to lose, and"
    " the average adds less than a point: *ruled out*": (
        "[part.word for part in family_claims.averages(DATA)[0].parts] == ['seen', 'undecided']"
        " and family_claims.averages(DATA)[1].parts[0].word == 'ruled out'"
        " and watched('residual', 'constant', 19) > watched('residual', 'one cycle', 19)"
    ),
    "is as good as one cycle at all three lengths, on both transformers (*seen*: none is behind by"
    " three hundredths of a nat)": (
        "all(family_claims.level(net, DATA).verdict == rules.SEEN for net in with_adamw)"
        " and family_rules.TEXT_AS_GOOD.above == -3 and len(studies.TEXT_LENGTHS) == 3"
    ),
    "each at the best of five rates, a warm-up brings nothing: a gain of three hundredths of a nat"
    " is *ruled out*, for pre and for post, at 50, 100 and 200 steps": (
        "len(studies.HIGHER) == 5 and family_rules.TEXT_MORE.margin[1] == 3"
        " and {family_claims.warm_up(n, DATA).verdict for n in ('pre', 'post')} == {'ruled out'}"
        " and {part.name for part in family_claims.warm_up('pre', DATA).parts}"
        " == {'50 steps', '100 steps', '200 steps'}"
    ),
    "it helps both: in 50 steps": (
        "min(estimates.mean(saved(n)).sure for n in ('pre', 'post')) == 1"
    ),
    "At 0.04 we cannot tell": (
        "not any(estimates.mean(saved('post', n) - saved('pre', n)).sure"
        " for n in studies.TEXT_LENGTHS)"
    ),
    "At 0.02, twice the rate that *post* chose": (
        "{study('text_post_warmup').chosen(f).peak for f in"
        " study('text_post_warmup').experiment.families} == {0.01}"
    ),
    "and *pre* nothing that we can see": (
        "not any(estimates.mean(saved('pre', n, 0.02)).sure == 1 for n in (100, 200)) and"
        " all(estimates.mean(saved('post', n, 0.02)).sure == 1 for n in (100, 200))"
    ),
    "and *post* bears less": (
        "all(estimates.mean(saved('post', n, 0.02) - saved('pre', n, 0.02)).sure == 1"
        " for n in (100, 200))"
    ),
    "nets as small as these (three blocks)": (
        "sum(type(part).__name__ == 'TransformerBlock'"
        " for part in study('text_pre').experiment.model()) == 3"
    ),
    "35 minutes, and 20 more for the exercises": ("LESSONS['which_schedule'].minutes == 35 + 20"),
    "choose one by four questions": "True",
    "all are high for long": (
        "all((s.curve().lr >= 0.5 * s.curve().lr.max()).mean() >= 0.5 for s in falls.values())"
    ),
    "The six above end at a fiftieth of the peak or below": (
        "len(falls) == 6 and max(highest_and_last(falls)) <= 1 / 50"
    ),
    "all can begin low (of those drawn, step alone does not)": (
        "[name for name, s in (falls | stays).items() if s.curve().lr[0] > 0.5] == ['step']"
    ),
    "**Cut short** to 180 steps, one cycle and cosine": "changed.HALVED * 200 == 180",
    "the setting that was chosen for 200 steps, not one chosen anew for 180": (
        "changed.NETS['mnist1d'][0] == 200"
    ),
    "By how much a peak of 0.3 is better for the old weights": "tuned().peak('one rate') == 0.3",
    "what ends high is behind on the ConvNet, a constant rate a little on the text": (
        "behind(with_sgd, family_rules.AHEAD) == {('mnist1d', k) for k in family_rules.AHEAD}"
        " and behind(with_adamw, ['constant']) == {(net, 'constant') for net in with_adamw}"
    ),
    "the two below end at 0.3 of it, or more": (
        "len(stays) == 2 and min(highest_and_last(stays)) >= 0.3"
    ),
    "*As good as one cycle*, by the rules, is seen of none of these nets": (
        "{family_claims.level(net, DATA).verdict for net in with_sgd} == {'undecided'}"
    ),
    "The straight line is even surely *ahead*, by half a hundredth to two": (
        "all(lead(net, 'linear', n).sure == 1 and 0.5 <= round(lead(net, 'linear', n).value, 1) < 2"
        " for net in with_adamw for n in studies.TEXT_LENGTHS)"
    ),
    "The constant rate is surely behind at 200 steps": (
        "all(lead(net, 'constant').sure == -1 for net in with_adamw)"
    ),
    "and at 50 and 100 steps it is not": (
        "not any(behind(with_adamw, family_rules.AHEAD, n) for n in (50, 100))"
    ),
    "(The plain net does not fit: one cycle chose 0.3 there, too, and ending high costs it less"
    " than a point": (
        "study('digits').chosen('one cycle, 200 steps').peak == 0.3 and"
        " all(-1 < lead('digits', kind).low for kind in family_rules.AHEAD)"
    ),
    "Each schedule had twelve candidates there (four rates, three shapes), and ten seeds report": (
        "all({len(f) for f in study(net).experiment.families.values()} == {12}"
        " and study(net).experiment.reports == 10 for net in with_adamw)"
    ),
    "it is *ahead*, by about six hundredths at every length, on both transformers": (
        "all(found.sure == 1 and abs(found.value - 6) < 1 for n in ('pre', 'post')"
        " for found in free(n))"
    ),
    "more than lies between any two of the schedules above": (
        "all(max(x) - min(x) < min(found.value for n in ('pre', 'post') for found in free(n))"
        " for x in ([0, *(lead(net, kind).value for kind in kinds)] for net in with_adamw))"
    ),
    "it stood at 0.9, one cycle's went from 0.95 to 0.85": (
        "{s.used_momentum for s in study('text_pre').experiment.candidates} == {0.9, 'cycled'}"
        " and (OneCycle(1, 9).max_momentum, OneCycle(1, 9).base_momentum) == (0.95, 0.85)"
    ),
    "each chooses a momentum of three, with four rates (200 steps": (
        "{(len({s.used_momentum for s in f}), len({s.peak for s in f}))"
        " for f in study('text_pre_momentum').experiment.families.values()} == {(3, 4)}"
        " and studies.MOMENTUM_STEPS == 200"
    ),
    "It had twelve candidates, too: four rates, twice as high as the others', as its authors"
    " advise, and three warm-ups; ten seeds compared them all": (
        "len(schedule_free.WARMED_UP.candidates) == len(schedule_free.MOMENTA.candidates) == 12"
        " and sorted({c.rate / 2 for c in momenta().planned.candidates})"
        " == list(studies.TEXT_RATES) and len(schedule_free.CHOOSE) == 10"
        " and len({c.warmup for c in schedule_free.WARMED_UP.candidates}) == 3"
    ),
    "each chooses the lowest momentum that it may: the schedules 0.5, schedule-free 0.8": (
        "{study(f'text_{n}_momentum').chosen(kind).used_momentum for n in ('pre', 'post')"
        " for kind in ('one cycle', 'linear')} == {0.5} and"
        " {momenta().chosen(n, 200).momentum for n in ('pre', 'post')} == {0.8}"
        " and min(c.momentum for c in momenta().planned.candidates) == 0.8"
    ),
    "So most of the lead over the line was not the missing schedule": (
        "max(-claim.parts[1].estimate.value for claim in chosen) < 0.25 * min("
        "free(n)[2].value - lead(f'text_{n}', 'linear').value for n in ('pre', 'post'))"
    ),
    "(All three choose the end of the range, so lower ones might do still better": (
        "{len(study(f'text_{n}_momentum').experiment.families) for n in ('pre', 'post')} == {2}"
        " and min(s.momentum for s in study('text_pre_momentum').experiment.candidates) == 0.5"
    ),
    "the lead over the straight line shrinks from more than five hundredths to one: *as good as*,"
    " by our margin of three": (
        "min(free(n)[2].value - lead(f'text_{n}', 'linear').value for n in ('pre', 'post')) > 5"
        " and all(claim.parts[1].word == 'seen' and abs(claim.parts[1].estimate.value + 1) < 0.2"
        " for claim in chosen)"
    ),
    "was never behind here": (
        "all(found.sure == 1 for n in ('pre', 'post') for found in free(n))"
        " and max(part.estimate.value for claim in chosen for part in claim.parts) < 0"
    ),
    "a straight line was as good": "all(claim.parts[1].word == 'seen' for claim in chosen)",
    "Schedule-free was six hundredths ahead on the text": (
        "all(abs(free(n)[2].value - 6) < 0.5 for n in ('pre', 'post'))"
    ),
    "with four pieces of text in a batch": "studies.TEXT_BATCH == 4",
    "(The claim joins the two": "{len(claim.parts) for claim in chosen} == {2}",
    "One cycle is surely not as good": (
        "all(claim.parts[0].word == 'opposite' and claim.verdict == 'undecided'"
        " for claim in chosen)"
    ),
    "one cycle not: look for what nobody chose": (
        "all(claim.parts[0].word == 'opposite' for claim in chosen)"
    ),
    "With SGD none was surely ahead of one cycle in 200 steps. On the text the straight line was,"
    " by about one hundredth, and when the momentum was chosen by two and a half to three": (
        "not any(lead(net, kind).sure == 1 for net in with_sgd for kind in family_rules.LEVEL)"
        " and all(abs(lead(net, 'linear').value - 1) < 0.2 for net in with_adamw)"
        " and {round(2 * line_with_momentum(n).value) / 2 for n in norms} == {2.5, 3.0}"
    ),
    "to end as planned costs most here, too: 15 to 17 hundredths for each of the four": (
        "(round(min(ends_as_planned('text_pre'))), round(max(ends_as_planned('text_pre'))))"
        " == (15, 17)"
    ),
    "To go on costs none of them three, our margin": (
        "max(on_text(kind, 'goes on', 'known, doubled').high for kind in changed.KINDS) < 3"
        " and family_rules.TEXT_AS_GOOD.above == -3"
    ),
    "cosine, which jumps further, nothing that we can see: so it is not the size of the jump": (
        "on_text('cosine', 'goes on', 'known, doubled').sure == 0"
        " and jump('cosine') > jump('one cycle')"
    ),
    "Cut short, one cycle and cosine may stop; warm-up-stable-decay": (
        "max(on_text(kind, 'stopped', 'known, halved').sure for kind in PLANNING) < 1"
        " and on_text(STABLE[0], 'stopped', 'known, halved').sure == 1"
    ),
    "and in a straight line nothing": (
        "on_text(STABLE[0], 'straight to zero', 'known, halved').sure < 1"
    ),
    "each of the five questions below": "len(makes) == 5",
    "four of them *undecided* on the nets with SGD, has its answer here": (
        "[getattr(family_claims, name)(DATA).verdict for name in makes].count('undecided') == 4"
        " and 'undecided' not in {getattr(family_claims, name)(DATA, ['text_pre']).verdict"
        " for name in makes}"
    ),
    "again with 200 steps planned": "changed.NETS['text_pre'][0] == 200",
    "AdamW with and without a warm-up could not be told apart": (
        "over('AdamW, warm-up', 'AdamW, none').sure == 0"
    ),
    "of what ends low only the step schedule on the residual net is surely behind one cycle": (
        "behind(with_sgd, kinds[:5]) == {('residual', 'step')}"
    ),
    "On the other two nets it keeps up": (
        "min(lead(net, 'step').sure for net in with_sgd[1:]) >= 0 and len(with_sgd) == 3"
    ),
    "on the plain net a difference of a point is ruled out; on the residual net we cannot tell": (
        "all(-1 < lead('digits', kind).low and lead('digits', kind).high < 1"
        " and lead('residual', kind).sure == 0 for kind in family_rules.AHEAD)"
    ),
    "three blocks, trained with AdamW": (
        "[study(net).experiment.model.keywords['norm'] for net in with_adamw]"
        " == ['pre', 'post'] and"
        " {s.optimizer for s in study('text_pre').experiment.candidates} == {'adamw'}"
    ),
    "You planned 200 steps. After 160 of them you hear: *you may have 400*. Or: *half of what is"
    " left is cancelled*, so the end is at 180": (
        "[round(200 * share) for share in (changed.AT, changed.DOUBLED, changed.HALVED)]"
        " == [160, 400, 180]"
    ),
    "plans of 100 steps, doubled at step 80. *Known* had 200 steps": (
        "{s.total_steps for s in settings} == {100, 200} and changed.AT * 100 == 80"
    ),
    "to end as planned costs four to six points": (
        "sorted([round(reached[2] - reached[0]), round(reached[5] - reached[3])]) == [4, 6]"
    ),
    "Both go on as if they had known": (
        "max(reached[2] - reached[1], reached[5] - reached[4]) < 0.2"
    ),
    "(Three seeds: an impression.) The stored runs have 200 steps, six to ten seeds": (
        "len(result.seeds) == 3 and {seeds for _, seeds in changed.NETS.values()} == {6, 10}"
    ),
    "(the ConvNet, 200 steps planned;": "changed.NETS['mnist1d'][0] == 200",
    "*to end as planned* leaves 9 to 17 points behind": (
        "(round(min(ends_as_planned('mnist1d'))), round(max(ends_as_planned('mnist1d'))))"
        " == (9, 17)"
    ),
    "*Going on* costs nothing where the rate was still high, as far as we can tell": (
        "cost('mnist1d', STABLE[0], 'goes on', 'known, doubled').sure == 0"
    ),
    "(and none for the constant rate, by construction": (
        "abs(cost('mnist1d', 'constant', 'goes on', 'known, doubled').value) < 1e-9"
    ),
    "One cycle has to jump, and loses nothing that we can see, either": (
        "cost('mnist1d', 'one cycle', 'goes on', 'known, doubled').sure == 0"
    ),
    "cosine, whose first half stands at another rate": (
        "cost('mnist1d', 'cosine', 'goes on', 'known, doubled').sure == 1"
    ),
    "one cycle and cosine are nearly down already, and may just stop": (
        "max(cost('mnist1d', kind, 'stopped', 'known, halved').sure for kind in PLANNING) < 1"
    ),
    "in a straight line to zero, 20 steps long, half a point": (
        "abs(cost('mnist1d', STABLE[0], 'straight to zero', 'known, halved').value - 0.5) < 0.1"
        " and round((changed.HALVED - changed.AT) * 200) == 20"
    ),
    "which would never have fallen": "True",
    "a tenth of the steps makes nearly the whole difference": "20 / 180 < 0.12",
    "ending as planned costs the three others": (
        "all(cost('residual', kind, 'as planned', 'known, doubled').sure == 1"
        " for kind in changed.KINDS[:3])"
    ),
    "nothing else costs half a point": (
        "max(cost('residual', kind, way, to).value for kind in changed.KINDS for way, to in"
        " (('goes on', 'known, doubled'), ('stopped', 'known, halved'),"
        " ('straight to zero', 'known, halved'))) < 0.5"
    ),
    "half-way nobody has a good net": (
        "max(watched('mnist1d', kind, 9) for kind in changed.KINDS) < 70"
    ),
    "which of them is better there we cannot tell": "half_way('mnist1d').sure == 0",
    "so have all that fall, within a few points": (
        "max(abs(watched('mnist1d', kind, 19) - watched('mnist1d', 'one cycle', 19))"
        " for kind in changed.KINDS[:3]) < 2.5"
    ),
    "At the end of one cycle an average adds nothing": (
        "family_claims.averages(DATA)[2].verdict == rules.RULED_OUT"
    ),
    "Of twenty looks, chosen on validation data, the best is nowhere surely better than the last,"
    " but for the constant rate on the ConvNet": (
        "averaged.LOOKS == 20 and {(net, kind) for net in averaged.NETS for kind in changed.KINDS"
        " if looked(net, kind).sure == 1} == {('mnist1d', 'constant')}"
    ),
    "two points there, where the average brings nine": (
        "(round(looked('mnist1d', 'constant').value), round(gained('mnist1d', 'constant').value))"
        " == (2, 9)"
    ),
    "On the residual net the best look is surely *worse* than the last one for three of the"
    " four": "sum(looked('residual', kind).sure == -1 for kind in changed.KINDS) == 3",
    "(three values here, on validation data)": "len(averaged.DECAYS) == 3",
    "the digits 0 to 4 of MNIST-1D. Now it gets ten signals of each of the digits 5 to 9, a new"
    " head, and 60 steps": (
        "(*finetuned.OLD, *finetuned.NEW) == tuple(range(10))"
        " and (finetuned.PER_CLASS, finetuned.STEPS) == (10, 60)"
    ),
    "Each of these ways chose among six peaks": "len(finetuned.PEAKS) == 6",
    "not even as far. And": "over('head only', 'from new weights').value < 0",
    "is no smaller than that for new ones": (
        "tuned().peak('one rate') >= tuned().peak('from new weights')"
    ),
    "at their own best peaks neither they nor *head first* are surely better than one rate": (
        "max(over(way, 'one rate').sure for way in ('discriminative', 'head first')) < 1"
    ),
    "it brings 9.9 points, the smooth fall and the cycled momentum nothing that we can tell": (
        r"says('super_convergence', r'the warm-up brings 9\.9 points; the smooth fall nothing')"
    ),
}
GIVEN = {
    "the rules of another lesson": ["when the interval (95 %) of its every part"],
    "names of data sets": ["on MNIST-1D, the plain", "of MNIST-1D"],
    "what the schedules are made of": ["and the two below never"],
    "an opinion on training code": ["as nearly all do now"],
    "a question that the paragraph answers": ["**Keep the best checkpoint?**"],
    "what people say": ["smaller from layer to layer", "keep the best checkpoint of a training"],
    "an explanation": [
        "a place that is better than any of them",
        "so it may be higher",
        "Its first steps have all the same length",
    ],
    "what a pilot said, as the rules tell": [
        "learnt 5 to 9 *faster from new weights*. Half of the classes",
    ],
    "a setting of the cells below": ["cosine with a tenth of the steps as warm-up"],
    "the card, whose page is held itself": [
        "Four questions, in this order",
        "leave room for a fall of a tenth of the steps",
        "never end as planned",
        "warm up, for a tenth to a third of the steps",
        "move all layers, and find the peak anew",
        "which of the schedules that end low is the best",
    ],
    "a task": ["a warm-up of *a tenth of the steps*"],
    "the sections above, each of which is held": [
        "the best checkpoint of a training on its way does not",
    ],
}
