"""What holds the prose of the lesson on super-convergence."""

import numpy as np
from lessons import LESSONS

from onecycle_widgets import OneCycle
from onecycle_widgets.evidence import budgets, causes, claims, estimates, plans, rules, studies
from onecycle_widgets.policy.ablated import Ablated
from onecycle_widgets.policy.baselines import PAPERS, Step
from onecycle_widgets.range_test.suggest import EDGE

from .stored import *  # the words that the expressions below are made of

WARM = ("step with warm-up", "cosine", "warm-up, stable, decay", "constant")  # on the residual net
TUNED = [plan for plan in studies.SECOND_ROUND.values() if plan.finalists]
RIVALS = ("cosine", "linear", "warm-up, stable, decay", "constant")  # beside the step schedule

FILLED = [
    "one cycle is ahead by {(cycle - step).mean():.1f} points. Yet",
    "and a {covered(cycle - step):.0f} % **bootstrap",
    "looking where {covered(cycle - step):.0f} % of the means fall",
    "section 1 used {100 * settings[1].schedule.milestones[0]:.0f} and"
    " {100 * settings[1].schedule.milestones[1]:.0f} %;",
    "else falls at {100 * falls[-1][0]:.0f} and {100 * falls[-1][1]:.0f} %",
    "is {round(trainings(), -3):,} such trainings",
    "falls at 50 and 75 % has {at_shapes(signals, 'step, 400 steps')[0]:.1f} %",
    "falls at 80 and 95 % has {at_shapes(signals, 'step, 400 steps')[2]:.1f} %",
    "is between {min(at_shapes(signals, 'one cycle, 400 steps')):.1f} and"
    " {max(at_shapes(signals, 'one cycle, 400 steps')):.1f} %, depending",
    "the constant rate need {factor('digits', 'step', 90):.1f} times one cycle's",
    "the constant rate need {factor('digits', 'constant', 90):.1f} times one cycle's",
    "to 97 % reaches from {factor('digits', 'cosine', 97, 'low'):.1f} to 2.8",
    "from 0.9 to {factor('digits', 'cosine', 97, 'high'):.1f}. Of its",
    "*one* ended at {plain.reported('cosine, 400 steps').min():.0f} %",
    "it had chosen a rate of {plain.chosen('cosine, 400 steps').peak:g}, without",
    "needs {factor('residual', 'step', 90):.1f} times one cycle's steps to 90 %",
    "to 90 %, {factor('residual', 'step', 92):.1f} times to 92 %",
    "and {factor('residual', 'step', 94):.1f} times to 94 %",
    "chose a rate of {residual.chosen('step, 200 steps').peak:g}; everybody",
    "may warm up chose {residual.chosen('one cycle, 200 steps').peak:g}, more",
    "bears a rate of {bears(nets['plain'], batch):.1g} when it begins",
    "residual net bears {bears(nets['residual'], batch):.1g}, about",
    "the {min(peaks('residual', 'step')):.1g} to {max(peaks('residual', 'step')):.1g} that",
    "weights bears {bears(nets['last layers zero'], batch):.1g}. **Explain",
    "by {min(lead.value for lead in leads('residual_adamw', 'step')):.1f} to"
    " {max(lead.value for lead in leads('residual_adamw', 'step')):.1f} points (section",
    "the highest rate on offer, {max(peaks('residual_adamw', 'one cycle')):g}, and",
    "the warm-up brings {share(ablation, 'warm-up').value:.1f} points",
    "smooth fall nothing ({share(ablation, 'smooth fall').value:.1f})",
    "seems to cost some ({share(ablation, 'cycled momentum').value:.1f}, but",
    "end between {ends(ablation, False)[0]:.1f} and {ends(ablation, False)[1]:.1f} %, with",
    "with it between {ends(ablation, True)[0]:.1f} and {ends(ablation, True)[1]:.1f} %",
    "at a rate of {study('ablation_mnist1d').chosen('none').peak:g}, eight",
    "({study('ablation_mnist1d').experiment.tries} seeds, weight decay 0.0001)",
    "weight decay {study('ablation_mnist1d').chosen('none').weight_decay:g})?",
    "they bring {share(too_high, 'warm-up').value:.1f}, {share(too_high, 'smooth fall').value:.1f}"
    " and {share(too_high, 'cycled momentum').value:.1f} points",
    "Of the {added(too_high, (0, 1, 2)) + added(too_high, (0, 1, 2), 'smooth fall')"
    " + added(too_high, (0, 1, 2), 'cycled momentum'):.0f} points between",
    "brings {added(too_high, (0, 1, 2)):.0f} when it comes first",
    "and {added(too_high, (2, 1, 0)):.0f} when it comes last",
    "with 8 one cycle is {by_depth(8).value:.1f} points ahead",
    "with 16 it is {by_depth(16).value:.0f} points",
    "reaches {reached('residual_16', 'one cycle')[2]:.1f} % in"
    " {budgets.lengths(study('residual_16'), 'one cycle')[2]} steps",
    "schedule {reached('residual_16', 'step')[-1]:.1f} % in"
    " {budgets.lengths(study('residual_16'), 'step')[-1]:,}",
    "held down at a rate of {max(peaks('residual_16', 'step')):.6f}",
    "begins at a {OneCycle(1.0, 100).div_factor:.0f}th of its peak",
    "of the step schedule by {high('step', 1e-4).value:.0f} and"
    " {high('step', 1e-3).value:.0f} points",
]
TRUE = {
    "gets there in fewer steps, and on which it does not": (
        "min(factors('residual', 'step', 'low')) > 1 and level('residual', 'cosine')"
    ),
    "35 minutes, and 20 more for the exercises": (
        "LESSONS['super_convergence'].minutes == 35 + 20"
    ),
    "the digits' network for 100 steps": "{s.total_steps for s in settings} == {100}",
    "divides the rate by ten after a half and after three quarters of the steps": (
        "np.allclose(Step(1.0, 100).curve().lr[[49, 50, 74, 75]], [1.0, 0.1, 0.1, 0.01])"
    ),
    "in more than a quarter of the pairs of single runs": (
        "wins > len(cycle) * len(step) / 4 and step.mean() < cycle.mean()"
    ),
    "92.44 % after 10,000 iterations with one cycle, and 90.32 % after 80,000": (
        "'92.44 % after 10,000 steps, step 90.32 % after 80,000' in claims.fewer_steps(DATA).paper"
    ),
    "more accuracy with an **eighth** of the steps": "92.44 > 90.32 and 10_000 / 80_000 == 1 / 8",
    "can train them ten thousand times": "trainings() > 10_000",
    "the paper used 5/8 and 7/8": "PAPERS == (50_000 / 80_000, 70_000 / 80_000)",
    "three times six candidates each": "(len(plans.DECAYS), len(plans.RATES)) == (3, 6)",
    "three values of it": "{len(shapes) for _, shapes in studies.KINDS.values()} == {3}",
    "the paper's milestones among them": "{'milestones': PAPERS} in studies.KINDS['step'][1]",
    "in two rounds**: all candidates with three seeds, the best six again with ten fresh seeds": (
        "{(plan.tries, plan.finalists, plan.again) for plan in TUNED} == {(3, 6, 10)}"
    ),
    "on *test* data, with ten seeds more": "{plan.reports for plan in TUNED} == {10}",
    "within a point of nothing": "rules.MORE.margin == (-1, 1)",
    '"Far fewer steps" means at least four times fewer, half of the paper\'s factor': (
        "rules.FAR.above == 4 == 80_000 / 10_000 / 2"
    ),
    "twelve candidates each, one round of choosing, ten fresh seeds": (
        "len(ours) == len(theirs) == 12 and len(seeds) == 10"
    ),
    "Two nets on which there is no such factor": (
        "max(factors('mnist1d', 'step', 'high') + factors('digits', 'step', 'high')) < 4"
    ),
    "A ConvNet of six layers": "layers('mnist1d') == 6",
    "the plain network of three layers": "layers('digits') == 3",
    "To 80 % the tuned step schedule needs surely *fewer* steps than one cycle, by a tenth": (
        "factor('mnist1d', 'step', 80, 'high') < 1"
        " and abs(factor('mnist1d', 'step', 80) - 0.9) < 0.01"
    ),
    "to 90 % the end of the interval just touches one": (
        "abs(factor('mnist1d', 'step', 90, 'high') - 1) < 0.001"
    ),
    "Cosine annealing comes level, and so does the newest of them": (
        "level('mnist1d', 'cosine') and level('mnist1d', 'warm-up, stable, decay')"
    ),
    "Only the constant rate, which never falls, is surely behind": (
        "{kind for kind, _ in surely_more('mnist1d', kinds[1:])} == {'constant'}"
        " and min(factors('mnist1d', 'constant', 'low')) > 1"
    ),
    "it does not reach 95 % within 800 steps": (
        "max(reached('mnist1d', 'constant')) < 95"
        " and budgets.lengths(signals, 'constant')[-1] == 800"
    ),
    "All but the constant rate are high for long, and low at the end": (
        "all(high_then_low(signals.chosen(f'{kind}, 400 steps'))"
        " for kind in studies.KINDS if kind in ('one cycle', 'step', 'cosine', WARM[2]))"
        " and not high_then_low(signals.chosen('constant, 400 steps'))"
    ),
    "(Three seeds each:": "signals.experiment.tries == 3",
    "a lead of two or three points, such as we had once reported, lies between two rows": (
        "2 < np.ptp(at_shapes(signals, 'step, 400 steps')) < 3"
    ),
    "early milestones waste half of the steps": (
        "1 - studies.KINDS['step'][1][0]['milestones'][0] == 1 / 2"
    ),
    "the latest falls on offer; later ones might do better still": "at_the_end('mnist1d', 'step')",
    "nothing like a factor of four": (
        "max(max(factors('digits', kind, 'high')) for kind in others) < 4"
    ),
    "To 90 % the step schedule and the constant rate need": (
        "surely_more('digits', others) == {('step', 90), ('constant', 90), ('constant', 95)}"
    ),
    "and to 95 % the constant rate does; all else may be luck": (
        "round(factor('digits', 'constant', 95), 1) == round(factor('digits', 'step', 90), 1)"
        " and level('digits', 'cosine') and level('digits', 'linear')"
    ),
    "on a plain network of three layers with easy data a straight line down is as good": (
        "layers('digits') == 3 and level('digits', 'linear')"
    ),
    "Of its ten reported runs of 400 steps": (
        "plain.reported('cosine, 400 steps').shape == (10,)"
        " and dead(plain, 'cosine, 400 steps') == 1"
    ),
    "without a warm-up, and none of the seeds that chose it had warned": (
        "plain.chosen('cosine, 400 steps').schedule.warmup == 0"
        " and dead(plain, 'cosine, 400 steps') == 1"
    ),
    "The same happened to the step schedule": (
        "plain.chosen('step, 400 steps').peak == 0.3 and dead(plain, 'step, 400 steps') == 1"
    ),
    "A mean over ten seeds shows such a death, a single run hides it nine times out of ten": (
        "plain.experiment.reports - dead(plain, 'cosine, 400 steps') == 9"
    ),
    "Eight residual blocks of two linear layers each": (
        "layers('residual') == 8 * 2 + 2 and residual.experiment.model.keywords['blocks'] == 8"
    ),
    "adds has twice the variance of what comes in": "abs(by_block()[1] - 2) < 0.15",
    "the signal triples in variance from block to block": "abs(by_block()[0] - 3) < 0.15",
    "surely more, and more the higher the target": (
        "min(factors('residual', 'step', 'low')) > 1"
        " and more_for_higher_targets('residual', 'step')"
    ),
    "Four times is out of the question to 90 and to 92 %, and open to 94 %": (
        "[high > 4 for high in factors('residual', 'step', 'high')] == [False, False, True]"
        " and factor('residual', 'step', 94, 'low') < 4"
    ),
    "look at the other two rows": "len(others) == 2 + 1",
    "the paper's milestones) the step schedule needs as many steps as one cycle": (
        "level('residual', 'step with warm-up')"
        " and all(p.schedule.milestones == PAPERS for p in picks('residual', WARM[0]))"
    ),
    "which never falls, needs no more; to 90 and 92 % it needs surely fewer, if barely": (
        "max(factors('residual', 'constant')) < 1"
        " and [0.95 < high < 1 for high in factors('residual', 'constant', 'high')]"
        " == [True, True, False]"
    ),
    "more than four times as much": (
        "{residual.chosen(f'{kind}, 200 steps').peak for kind in every if kind != 'step'}"
        " == {residual.chosen('one cycle, 200 steps').peak}"
        " and residual.chosen('one cycle, 200 steps').peak"
        " > 4 * residual.chosen('step, 200 steps').peak"
    ),
    "the longest warm-up on offer (for one cycle, the latest peak)": (
        "all(at_the_end('residual', kind) for kind in every)"
    ),
    "These three chose the longest warm-up at every length, and the step schedule the latest": (
        "all(at_the_end('residual', kind) for kind in every) and len(every) == 3 + 1"
    ),
    "in 50 and 100 steps most of them chose the largest decay as well": (
        "(lambda short: sum(short) > len(short) / 2)([pick.weight_decay == offered('residual')[1]"
        " for kind in every for pick in picks('residual', kind) if pick.total_steps <= 100])"
    ),
    "all four might do better still": "all(at_the_end('residual', kind) for kind in every)",
    "more than ten times what anybody chose for it": (
        "bears(nets['plain'], batch) > 10 * max(max(peaks('digits', kind)) for kind in studies.ALL)"
    ),
    "less than a tenth of what the others in the table went up to": (
        "0.08 < bears(nets['residual'], batch) / max(peaks('residual', 'one cycle')) < 0.1"
    ),
    "nearly ninety times less sharp, the same net with the same number of weights": (
        "85 < sharp(nets['residual'], batch) / sharp(nets['last layers zero'], batch) < 90"
        " and weights(nets['residual']) == weights(nets['last layers zero'])"
    ),
    "no difference that we could tell from luck at any length": (
        "not any(lead.sure for lead in leads('residual_zero_last', 'step'))"
    ),
    "both do better than either did with the sharp start": (
        "(np.minimum(reached('residual_zero_last', 'one cycle'), reached('residual_zero_last',"
        " 'step')) > np.maximum(reached('residual', 'one cycle'), reached('residual', 'step')[:4])"
        ").all()"
    ),
    "one cycle is ahead of the step schedule at *every* length": (
        "all(surely_ahead('residual_adamw', 'step'))"
    ),
    "at every length one cycle chose the highest rate on offer": (
        "set(peaks('residual_adamw', 'one cycle')) == {offered('residual_adamw')[0]}"
    ),
    "all choices but one the largest decay. With wider ones the lead might change": (
        "sum(pick.weight_decay < offered('residual_adamw')[1] for kind in studies.BOTH"
        " for pick in picks('residual_adamw', kind)) == 1"
    ),
    "all eight combinations": "len(ablation) == 8",
    "it falls in two steps, at 5/8 and 7/8": (
        "np.flatnonzero(np.diff(Ablated(1.0, 80, smooth=False).curve().lr) < 0).tolist()"
        " == [80 * 5 // 8 - 1, 80 * 7 // 8 - 1]"
    ),
    "without the cycle the momentum stays at 0.9. On the residual net (200 steps)": (
        "(lambda s: (s.used_momentum, s.total_steps) == (0.9, 200))"
        "(study('ablation_residual').chosen('warm-up + smooth fall'))"
    ),
    "in one round with ten seeds": (
        "(lambda plan: (plan.finalists, plan.tries) == (0, 10))"
        "(study('ablation_residual').experiment)"
    ),
    "one by one, in two orders": "len(orders) == 2",
    "but the interval contains zero": "share(ablation, 'cycled momentum').sure == 0",
    "the smooth fall nothing": "share(ablation, 'smooth fall').sure == 0",
    "Without a warm-up all four combinations": "sum(not which[0] for which in ablation) == 4",
    "eight times what was best there": (
        "round(studies.TOO_HIGH / study('mnist1d').chosen('one cycle, 400 steps').peak) == 8"
    ),
    "averaged over all orders they bring": (
        "np.isclose(sum(share(too_high, part).value for part in studies.PARTS),"
        " too_high[True, True, True][0] - too_high[False, False, False][0])"
    ),
    "all three parts help": "all(share(too_high, part).sure == 1 for part in studies.PARTS)",
    "points between none and all": "ends(too_high, True)[1] == too_high[True, True, True][0]",
    "With 2 and 4 blocks we can tell no difference": "by_depth(2).sure == by_depth(4).sure == 0",
    "with 2 the interval is wide": "by_depth(2).high - by_depth(2).low > 20",
    "at 16 blocks the paper's own kind of headline appears": (
        "estimates.estimate(causes.an_eighth(study('residual_16'))).sure == 1"
    ),
    "Each block triples the variance of the signal, so with each the start is sharper": (
        "abs(by_block()[0] - 3) < 0.15 and sharper_with_depth(batch)"
    ),
    "at 16 blocks the step schedule is held down": "len(set(peaks('residual_16', 'step'))) == 1",
    "a rate of 1 costs one cycle a fifth more steps": (
        "abs(cost('mnist1d', 'one cycle', 1.0) - 6 / 5) < 0.05"
    ),
    "the step schedule and cosine more than half": (
        "min(cost('mnist1d', 'step', 1.0), cost('mnist1d', 'cosine', 1.0)) > 3 / 2"
    ),
    "the constant rate nearly three times the steps": (
        "2.75 < cost('mnist1d', 'constant', 1.0) < 3"
    ),
    "too small a rate costs everybody, one cycle most": (
        "(lambda found: min(found) > 1 and found[0] == max(found))"
        "([cost('mnist1d', kind, 0.03) for kind in kinds])"
    ),
    "of the three one cycle alone still trains at 0.0015 and above": (
        "(at_rates('residual', 'one cycle', rates[2:]).max(axis=1) > 90).all()"
        " and len(kinds[:3]) == 3"
    ),
    "for the others, which begin there, it is the end": (
        "all((at_rates('residual', kind, rates[2:]) < 10.1).all() for kind in kinds[1:3])"
    ),
    "the rate lies below it nearly all the time": (
        "np.mean(OneCycle(1.0, 100).curve().lr < 0.99) > 0.9"
    ),
    "at a weight decay of 0.0001 or 0.001 one cycle is surely ahead of both others": (
        "all(high(kind, decay).sure == 1 for kind in ('step', 'cosine') for decay in (1e-4, 1e-3))"
    ),
    "at rates from 1 to 2.5": (
        "[rate for rate in studies.HIGH_RATES if 1 <= rate <= 2.5] == [1.0, 1.6, 2.5]"
    ),
    "At 0.005 it is surely *behind* both, and none of the three comes to 70 %": (
        "max(high('step', 5e-3).sure, high('cosine', 5e-3).sure) == -1 and highest_at(5e-3) < 0.7"
    ),
    "(Five seeds each; untuned, the step schedule with the paper's milestones.)": (
        "study('high_rates').experiment.tries == 5"
        " and study('high_rates').experiment.families['step, decay 0.001'][0].schedule"
        " == Step(0.1, 400, milestones=PAPERS)"
    ),
    "finds the limit: about 0.001 for the product": (
        r"says('momentum_and_regularization', r'Rate times decay[^.]*about 0\.001')"
    ),
    "the dotted one at four times, from where on we call it far fewer": "rules.FAR.above == 4",
    "a point to either side": "rules.MORE.margin == (-1, 1)",
    "(for factors: above four; for *as good as*: above a point below it)": (
        "(rules.FAR.above, rules.AS_GOOD.above) == (4, -1)"
    ),
    "far fewer steps on the second draw of MNIST-1D is *opposite* again": (
        "{claims.fewer_steps(DATA, name).verdict for name in ('mnist1d', 'mnist1d_again')}"
        " == {rules.OPPOSITE}"
    ),
    "one cycle never comes to 95 % within 400 steps, and the step schedule does": (
        "max(reached('mnist1d_again', 'one cycle')) < 95 < max(reached('mnist1d_again', 'step'))"
    ),
    "Against the other schedules only one thing is *seen*": (
        "seen_against(RIVALS) == {(name, 'constant', 'more_accuracy')"
        " for name in ('mnist1d', 'mnist1d_again')}"
    ),
    "that the warm-up counts more than the other parts is *seen* at too high a rate, too": (
        "claims.warm_up_counts_most(DATA, 'mnist1d').verdict == rules.SEEN"
    ),
    "weight decay got wider ranges": (
        "min(c.weight_decay for c in study('mnist1d').experiment.candidates) == 0"
        " and offered('mnist1d')[1] > max(plans.DECAYS)"
    ),
    '"far fewer" needs a factor of four everywhere': "rules.FAR.above == 4",
    "a constant rate behind a warm-up is as good as anything on the residual net": (
        "not any(any(surely_ahead('residual', 'constant', ours))"
        " for ours in ('one cycle', 'step', *WARM[:3]))"
    ),
    "one cycle was nowhere surely ahead of a step schedule whose shape was tuned, too": (
        "nowhere_ahead_on_the_normalised_net()"
    ),
    "one cycle comes to 93 % or so, the best step schedule without a warm-up to 86": (
        "abs(without_decay('one cycle') - 93) < 0.5 and abs(without_decay('step') - 86) < 0.5"
    ),
    "needs a half to a quarter of a tuned step schedule's steps": (
        "all(1 / 4 < 1 / times < 1 / 2 for times in factors('residual', 'step'))"
    ),
    "its lead grows with depth": "claims.depth(DATA).verdict == rules.SEEN",
    "Any schedule with a warm-up keeps up, as far as we can tell": (
        "not any(any(surely_ahead('residual', kind)) for kind in WARM)"
    ),
    "a start that is not sharp needs none": (
        "not any(any(surely_ahead(name, 'step')) for name in ('residual_zero_last', 'digits'))"
    ),
    "stays within a tenth of its whole drop": "EDGE == 1 / 10",
}
GIVEN = {
    "what a sweep does": ["with each seed, all models at once"],
    "names of data sets": ["CIFAR-10", "MNIST-1D"],
    "what the lesson's first version did and found": [
        '"1.1 to 1.5 times the steps" of one cycle',
        "We had never tuned *where it falls*",
        "any one of five parts had sufficed for it",
    ],
    "how long the machine took": ["some hours on two cores"],
    "a definition": [
        "up to a rate of *2 (1 + m) / s*",
        "The table gives the steps to 80 % at one rate for all",
        "a target with its 95 % interval",
    ],
    "the rules, which are tested themselves": [
        "some part is surely on the other side, and none is surely for the claim",
        "All else is *undecided*",
    ],
    "a question": [
        "when it never falls (`Constant`)?",
        "at a rate of 0.01, with momentum 0.9: a net whose start has a sharpness of 20, one with"
        " 300, one with 5,000. Who",
    ],
}
