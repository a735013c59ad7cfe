"""What the stored experiments say, in short words, for sentences to be held against.

Experiments go by their name in `studies`, schedules by theirs there; accuracies are in percent.
"""

from functools import cache

import numpy as np
import torch
from lessons import NOTEBOOKS
from torch.nn.functional import cross_entropy

from onecycle_widgets import sharpness, toys
from onecycle_widgets.evidence import budgets, causes, claims, estimates, rules, studies, tables
from onecycle_widgets.evidence.experiments import load

DATA = NOTEBOOKS / "data"


def study(name):
    return load(name, DATA)


def trainings():
    """How many runs the second round has."""
    return sum(
        runs.complete.size for name in studies.SECOND_ROUND for runs in study(name).rounds.values()
    )


def covered(values):
    """Percent of the draws that lie within the interval of a mean."""
    draws = estimates.sampled(values)
    found = estimates.estimate(draws)
    return 100 * np.mean((found.low <= draws[1:]) & (draws[1:] <= found.high))


def layers(name):
    """Convolutions and linear layers of an experiment's net."""
    kinds = (torch.nn.Conv1d, torch.nn.Linear)
    return sum(isinstance(layer, kinds) for layer in study(name).experiment.model().modules())


def factor(name, kind, target, bound="value"):
    """How many times one cycle's steps a schedule needs to a target: value, low or high."""
    return getattr(estimates.estimate(budgets.factor(study(name), kind, target)), bound)


def factors(name, kind, bound="value"):
    """As `factor`, to each target of an experiment."""
    return [factor(name, kind, t, bound) for t in rules.TARGETS[name.split("_")[0]]]


def level(name, kind):
    """Whether a schedule needs neither surely more nor surely fewer steps than one cycle."""
    return max(factors(name, kind, "low")) <= 1 <= min(factors(name, kind, "high"))


def surely_more(name, kinds):
    """The schedules and targets for which more steps than one cycle's are surely needed."""
    targets = rules.TARGETS[name]
    return {(kind, t) for kind in kinds for t in targets if factor(name, kind, t, "low") > 1}


def more_for_higher_targets(name, kind):
    """Whether the factor surely grows from the first target to each of the others."""
    first, *others = (budgets.factor(study(name), kind, t) for t in rules.TARGETS[name])
    return all(estimates.estimate(one - first).low > 0 for one in others)


def leads(name, theirs, ours="one cycle"):
    """By how many points one schedule is ahead of another, at each length of ours."""
    lengths = budgets.lengths(study(name), "one cycle")
    pairs = ((f"{ours}, {n} steps", f"{theirs}, {n} steps") for n in lengths)
    return [estimates.gain(study(name), *pair) for pair in pairs]


def surely_ahead(name, theirs, ours="one cycle"):
    return [lead.sure == 1 for lead in leads(name, theirs, ours)]


def reached(name, kind):
    """Test accuracy in percent at each length."""
    return budgets.curve(study(name), kind)[:, 0]


def picks(name, kind):
    """What a schedule chose at each length."""
    found = study(name)
    return [found.chosen(f"{kind}, {steps} steps") for steps in budgets.lengths(found, kind)]


def peaks(name, kind):
    return [pick.peak for pick in picks(name, kind)]


def at_the_end(name, kind):
    """Whether the last shape on offer was chosen at every length."""
    make, shapes = studies.KINDS[kind]
    return all(
        pick.schedule == make(pick.peak, pick.total_steps, **shapes[-1])
        for pick in picks(name, kind)
    )


def offered(name):
    """The highest rate and the largest decay that could be chosen."""
    candidates = study(name).experiment.candidates
    return max(c.peak for c in candidates), max(c.weight_decay for c in candidates)


def at_shapes(evidence, family):
    """What each shape would have reached, in the order of the plan."""
    return [float(row[-1]) for row in tables.by_shape(evidence, [family]).rows]


def high_then_low(setting):
    """Whether the rate is above half its peak half of the time, and a twentieth at the end."""
    lr = setting.schedule.curve().lr / setting.peak
    return np.mean(lr >= 0.5) > 0.45 and lr[-1] < 0.05


def dead(evidence, family):
    """How many of the reported runs guess, though none of the runs that chose them did."""
    at = evidence.experiment.families[family].index(evidence.chosen(family))
    again = evidence.final_tuning(family)[evidence.finalists(family).index(at)]
    choosing = np.concatenate([evidence.tuning(family)[at], again])
    return (evidence.reported(family) < 11).sum() if choosing.min() > 0.9 else None


def by_block():
    """By how much each block multiplies the mean square of the signal, and its share of it."""
    x, grown, added = toys.digits(dtype=torch.float64).train.x, [], []
    with torch.no_grad():
        for seed in range(10):
            signal = x
            for layer in toys.residual_mlp(seed=seed, dtype=torch.float64):
                before, signal = signal, layer(signal)
                if hasattr(layer, "body"):
                    square = (before**2).mean()
                    grown.append(float((signal**2).mean() / square))
                    added.append(float(((signal - before) ** 2).mean() / square))
    return np.mean(grown), np.mean(added)


@cache  # two sentences may ask for one net
def sharp(make, batch):
    return sharpness(make(dtype=torch.float64), cross_entropy, batch)


def bears(make, batch):
    """The highest rate that a net bears at its start, with a momentum of 0.9."""
    return 2 * (1 + 0.9) / sharp(make, batch)


def weights(make):
    return sum(p.numel() for p in make().parameters())


def sharper_with_depth(batch):
    found = [
        sharp(lambda b=b, **k: toys.residual_mlp(blocks=b, **k), batch) for b in studies.BLOCKS
    ]
    return found == sorted(found)


def ends(ablation, warm):
    """What the four combinations with or without a warm-up reach, least and most."""
    found = [draws[0] for which, draws in ablation.items() if which[0] == warm]
    return min(found), max(found)


def share(ablation, part):
    return estimates.estimate(causes.shapley(ablation)[part])


def added(ablation, order, part="warm-up"):
    return causes.waterfall(ablation, order)[part][0]


def by_depth(blocks):
    return estimates.estimate(causes.by_blocks(DATA)[blocks])


def cost(name, kind, rate, target=80):
    """Steps at one rate, as a multiple of the tuned cycle's."""
    runs = budgets.at_rate(study(name), kind, rate)
    steps = budgets.steps_needed(runs, budgets.lengths(study(name), kind), target)
    return budgets.speed_up(steps, budgets.needed(study(name), "one cycle", target)).value


def at_rates(name, kind, rates):
    """Accuracies at some rates, of every length."""
    return np.array([budgets.at_rate(study(name), kind, rate)[:, 0] for rate in rates])


def high(kind, decay):
    """By how much one cycle is ahead at rates that are too high."""
    found = study("high_rates")
    runs = [causes.at_high_rates(found, one, decay) for one in ("one cycle", kind)]
    return estimates.mean(runs[0] - runs[1])


def highest_at(decay, kinds=("one cycle", "step", "cosine")):
    """The best of the means at the rates that are too high."""
    at = [1.0 <= rate <= 2.5 for rate in studies.HIGH_RATES]
    found = study("high_rates")
    return max(found.tuning(f"{k}, decay {decay:g}", "test")[at].mean(1).max() for k in kinds)


def without_decay(kind):
    """The best mean accuracy in percent of 200 steps without weight decay, on the residual net."""
    family = f"{kind}, 200 steps"
    test = study("residual").tuning(family, "test").mean(1)
    plain = [c.weight_decay == 0 for c in study("residual").experiment.families[family]]
    return 100 * test[plain].max()


def seen_against(kinds):
    """Where more accuracy, or far fewer steps, is seen against these schedules."""
    found = set()
    for name in ("residual", "mnist1d", "mnist1d_again", "digits", "digits_again"):
        for kind in kinds:
            if f"{kind}, 100 steps" in study(name).experiment.families:
                for claim in (claims.more_accuracy, claims.fewer_steps):
                    if claim(DATA, name, kind).verdict == rules.SEEN:
                        found.add((name, kind, claim.__name__))
    return found


def nowhere_ahead_on_the_normalised_net():
    gains = [*causes.by_convolutions(DATA).values(), *causes.by_samples(DATA).values()]
    found = [estimates.estimate(gain).sure for gain in gains]
    found += [lead.sure for name in ("mnist1d", "mnist1d_again") for lead in leads(name, "step")]
    found.append(estimates.gain(study("rivals"), "one cycle", "step").sure)
    return max(found) < 1
