"""What holds the prose of the lesson on momentum, weight decay, batch size and shape."""

import inspect
from functools import cache
from itertools import combinations

import numpy as np
import torch
from lessons import LESSONS, NOTEBOOKS
from torch import nn

from onecycle_widgets import OneCycle, Setting, sweep, toys
from onecycle_widgets.evidence import claims_on_parts, effects, experiments, first_round
from onecycle_widgets.evidence.estimates import estimate, gain, mean
from onecycle_widgets.evidence.plans import RATES, SIGNALS, grid
from onecycle_widgets.evidence.studies import EXPERIMENTS, HIGH_RATES, SECOND_ROUND

DATA = NOTEBOOKS / "data"
NEAR = 3  # points from the best that count as near it, as the lesson says
FIRST = ("decay", "momentum", "batch", "shape")  # experiments of the first round
SHORT = ("three phases, pct_start 0.3", "two phases")
WORST = ("cycled, 0.95 to 0.85", "constant, 0.95")
PAIR = ("constant, 0.85", "constant, 0.9")


@cache
def load(name):
    return experiments.load(name, DATA)


@cache
def claim(name):
    return getattr(claims_on_parts, name)(DATA)


def of_plans(names, attribute):
    """What experiments are planned with."""
    return {getattr(EXPERIMENTS[name], attribute) for name in names}


# Weight decay.


def fields(field):
    """Mean test accuracy of one cycle in percent by rate: for each weight decay, none first."""
    return {r: 100 * field.tuning(f"one cycle, {r:g}", "test").mean(1) for r in RATES[1:]}


def lost_without(field):
    """Points that no decay at all costs, against the best, at the rate where it costs most."""
    return max(reached.max() - reached[0] for reached in fields(field).values())


@cache
def most(field, rate):
    """The largest decay that is near the best."""
    return 10 ** effects.decay_by_rate(field, effects.most_decay)[rate].value


def falls(field):
    """By which factor the largest harmless decay falls where the rate grows tenfold.

    From the rates at which the grid reaches the limit.
    """
    pairs = [(r, s) for r in RATES[2:] for s in RATES if np.isclose(s, 10 * r)]
    return [most(field, r) / most(field, s) for r, s in pairs]


def uncertain(field):
    """By which factor the best decay is uncertain, at the rate where it is least so."""
    found = effects.decay_by_rate(field, effects.best_decay).values()
    return min(10 ** (best.high - best.low) for best in found)


def harmless(field, product):
    """Whether every decay up to a product with the rate is near the best, at every rate."""
    decays = np.array(first_round.CYCLED_DECAYS)
    return all(
        reached[decays * rate < 1.001 * product].min() > reached.max() - NEAR
        for rate, reached in fields(field).items()
    )


def forgiven(decay):
    """Points that one cycle is ahead at a rate of 1, against itself at 0.1."""
    found = 100 * load("high_rates").tuning(f"one cycle, decay {decay:g}", "test").mean(1)
    return found[HIGH_RATES.index(1.0)] - found[HIGH_RATES.index(0.1)]


def shrunk(rate, decay):
    """The share by which a step of SGD shrinks a weight that has no gradient."""
    weight = nn.Parameter(torch.ones(1, dtype=torch.float64))
    weight.grad = torch.zeros_like(weight)
    torch.optim.SGD([weight], lr=rate, weight_decay=decay).step()
    return round(1 - weight.item(), 12)


# Momentum.


def between(moved):
    """The ways of the experiment without the constant 0.95."""
    return [name for name in moved.rows if name != "constant, 0.95"]


def told_apart(moved):
    """Pairs of those ways, the better one first, whose difference is more than luck."""
    pairs = [(a, b) for a in between(moved) for b in between(moved)]
    return [pair for pair in pairs if gain(moved, *pair).sure > 0]


def lower_rates(moved, family):
    """Validation accuracies with lower rates than the chosen one, less the chosen one's."""
    settings, reached = moved.experiment.families[family], moved.tuning(family).mean(1)
    lower = [setting.peak < moved.chosen(family).peak for setting in settings]
    return reached[lower] - reached.max()


def ahead_live(live, row, of=0):
    """The difference of two rows of the lesson's sweep, with its interval."""
    return mean(live.final("test")[row] - live.final("test")[of])


def ahead_at(rate, momentum, live, model, train_on, digits):
    """How far a constant momentum is ahead of the cycle of the lesson's sweep at one rate."""
    setting = Setting(OneCycle(rate, 100, cycle_momentum=False), momentum=momentum)
    other = sweep(model, train_on, [setting], live.seeds, {"test": digits.test}, progress=False)
    return mean(other.final("test")[0] - live.final("test")[0])


# Batch size.


@cache
def by_rate(size):
    """Test accuracy of one cycle in percent at each rate, with a batch size."""
    return 100 * load("batch").tuning(f"one cycle, {size}", "test").mean(1)


@cache
def in_steps(steps, size):
    """The same with a number of steps that the study does not have, and five seeds."""
    plan = EXPERIMENTS["batch"]
    train_on, measured = plan.data()
    settings = grid(OneCycle, steps, decays=[1e-4], batch_size=size)
    result = sweep(plan.model, train_on, settings, 5, measured, progress=False)
    return 100 * result.final("test").mean(1)


def centre(reached):
    """The middle of the good rates."""
    return 10 ** effects.good_centre(reached[:, None] / 100)[0]


def by_peak(shapes, peak):
    """Mean accuracies of the shapes that chose a peak."""
    return [shapes.reported(n).mean() for n in shapes.rows if shapes.chosen(n).peak == peak]


def ahead(shapes, *begin):
    """How far shapes are ahead of torch's default: all others, or whose names begin so."""
    first, *others = shapes.rows
    return [gain(shapes, name, first) for name in others if name.startswith(begin or "")]


def low_high_low(policy):
    """Whether it is at a tenth of its peak or less at both ends, and long above half of it."""
    rates = policy.curve().lr / policy.max_lr
    return max(rates[0], rates[-1]) < 0.101 and (rates > 0.5).mean() > 0.4


def third_phase(steps):
    """The third phase by default: its share of the steps, and its highest rate over the peak."""
    policy = OneCycle(1.0, steps, three_phase=True)
    phase = policy.phases[2]
    return (phase.last - phase.first + 1) / steps, policy.curve().lr[phase.first :].max()


def coverage():
    """The share of draws that an interval holds."""
    found = estimate(np.r_[0.5, np.linspace(0, 1, 10_001)])
    return found.high - found.low


def cycles_alone():
    """Whether all that the verdicts on the first round compare are cycles."""
    kind = inspect.signature(claims_on_parts.batch_size).parameters["kind"].default
    judged = {"decay": "one cycle", "batch": kind, "momentum": "", "shape": ""}
    return all(
        type(setting.schedule) is OneCycle
        for plan, kind in judged.items()
        for name, family in EXPERIMENTS[plan].families.items()
        if name.startswith(kind)
        for setting in family
    )


FILLED = [
    "a constant 0.95 is surely behind the cycle, by {gain(moved, *WORST).value:.1f} points"
    " [{gain(moved, *WORST).low:+.1f}, {gain(moved, *WORST).high:+.1f}]",
    "0.85 is ahead of 0.9 by {gain(moved, *PAIR).value:.1f} points"
    " [{gain(moved, *PAIR).low:+.1f}, {gain(moved, *PAIR).high:+.1f}]",
    "{1 / (1 - 0.95):.0f} times with 0.95",
    "{1 / (1 - 0.8):.0f} times with 0.8",
    "averages over {1 / (1 - 0.95):.0f} steps of only {first_round.STEPS}",
    "around {centre(by_rate(16)):.2f} with batches of 16",
    "around {centre(by_rate(64)):.2f} with 64",
    "around {centre(by_rate(256)):.2f} with 256",
    "among {len(shapes.experiment.families['linear'])} candidates",
    "chose a peak of 0.3 reached {np.mean(by_peak(shapes, 0.3)):.1f} % on average",
    "chose 0.1 only {np.mean(by_peak(shapes, 0.1)):.1f} %",
    "three phases with the peak at 0.3 are surely behind two,"
    " by {-gain(short, *SHORT).value:.1f} points"
    " [{gain(short, *SHORT).low:+.1f}, {gain(short, *SHORT).high:+.1f}]",
]
TRUE = {
    "**Time:** 30 minutes, and 15 more for the exercises": (
        "LESSONS['momentum_and_regularization'].minutes == 30 + 15"
    ),
    "a residual ConvNet of six layers, 400 steps": (
        "sum(isinstance(m, (nn.Conv1d, nn.Linear)) for m in SIGNALS(seed=0).modules()) == 6"
        " and first_round.STEPS == 400 and of_plans(FIRST, 'model') == {SIGNALS}"
        " and of_plans(FIRST, 'toy') == {'mnist1d'}"
    ),
    "reported on test data with ten fresh seeds": (
        "of_plans(['momentum', 'shape', 'short_shapes'], 'reports') == {10}"
    ),
    "where a whole field is shown, every point has ten seeds": (
        "of_plans(['decay', 'batch'], 'tries') == {10}"
    ),
    "Brackets are 95 % bootstrap intervals": "abs(coverage() - 0.95) < 0.001",
    "twice the rate is already twice the shrinking": "shrunk(0.2, 1e-3) == 2 * shrunk(0.1, 1e-3)",
    "the *most* decay that stays within three points of the best accuracy": (
        "inspect.signature(effects.most_decay).parameters['within'].default == NEAR / 100"
    ),
    "(No decay counts as 1e-06 here.)": (
        "first_round.CYCLED_DECAYS[0] == 0 and effects.LOG_DECAYS[0] == np.log10(1e-06)"
    ),
    "for one cycle the best decay is uncertain by a factor of 100 or more": (
        "uncertain(field) > 99.9"
    ),
    "no decay at all costs less than a point": "lost_without(field) < 1",
    "at max_lr 0.1 a decay of 0.01 does little harm, at 0.3 it must be 0.003 or less, at 1 at most"
    " 0.001": "np.allclose([most(field, r) for r in (0.1, 0.3, 1.0)], [0.01, 0.003, 0.001])",
    "Rate times decay stays at or below about 0.001": (
        "0.0009 < max(rate * most(field, rate) for rate in RATES[1:]) < 0.0011"
    ),
    "ten times the rate, at most a tenth of the decay": "min(falls(field)) > 9.99",
    "(At rates of 0.1 and less our grid ends before the limit does.)": (
        "[r for r in RATES[1:] if most(field, r) > 0.999 * first_round.CYCLED_DECAYS[-1]]"
        " == [0.03, 0.1]"
    ),
    "at a decay of 0.005 one cycle no longer forgives a rate of 1": (
        "forgiven(0.005) < -20 and min(forgiven(0.001), forgiven(0.0001)) > -NEAR"
    ),
    "Of the *best* decay, of which the paper speaks, we can say nothing: it is too flat": (
        "{part.name: part.word for part in claim('decay').parts}['best'] == 'undecided'"
    ),
    "start from max_lr × weight decay = 0.0003 or less": "harmless(field, 0.0003)",
    "one cycle lowers the momentum from 0.95 to 0.85, and raises it again": (
        "(lambda m: np.allclose((m[0], m.min(), m[-1]), (0.95, 0.85, 0.95)))"
        "(OneCycle(0.1, 400).curve().momentum)"
    ),
    "Between the cycle and a constant 0.8, 0.85 or 0.9 we see no difference: the interval of each"
    " difference contains zero (section 5 shows them)": (
        "not any(gain(moved, WORST[0], f'constant, {m}').sure for m in (0.8, 0.85, 0.9))"
        " and len(claim('momentum').parts) == 4"
    ),
    "The constant 0.85 looks best": (
        "max(moved.rows, key=lambda name: moved.reported(name).mean()) == 'constant, 0.85'"
    ),
    "of the ten pairs among these five (two cycles, three constants) only one can be told apart:"
    " 0.85 is ahead of 0.9": (
        "len(list(combinations(between(moved), 2))) == 10"
        " and [name.split(',')[0] for name in between(moved)] == ['cycled'] * 2 + ['constant'] * 3"
        " and told_apart(moved) == [PAIR]"
    ),
    "and one of ten intervals may miss zero by luck": "1 - coverage() ** 10 > 1 / 3",
    "the constant 0.95 might have chosen a lower rate to make up for it, and found none that did"
    " better": (
        "moved.chosen(WORST[1]).peak > RATES[0] and lower_rates(moved, WORST[1]).max() < 0"
    ),
    "So 0.95 itself seems to hurt in so short a training": "gain(moved, *WORST).sure == 1",
    "A constant 0.95 makes longer steps than a constant 0.8": "1 / (1 - 0.95) > 1 / (1 - 0.8)",
    "a constant 0.8 (which chose three times the rate) and a constant 0.9 come at least level"
    " with the cycle, and 0.95 stays behind": (
        "np.allclose(chosen[1].peak, 3 * chosen[0].peak)"
        " and [setting.used_momentum for setting in chosen] == ['cycled', 0.8, 0.9, 0.95]"
        " and [ahead_live(live, row).high > 0 for row in (1, 2, 3)] == [True, True, False]"
    ),
    "At a rate of 0.1 for all, 0.8 would have been surely behind the cycle": (
        "chosen[0].peak == 0.1 and ahead_at(0.1, 0.8, live, model, train_on, digits).sure == -1"
    ),
    "1,600 steps of 16, 400 of 64, 100 of 256": (
        "first_round.BATCHES == {16: 1_600, 64: 400, 256: 100}"
    ),
    "Sixteen times the batch bears about three times the rate here": (
        "256 == 16 * 16 and abs(centre(by_rate(256)) / centre(by_rate(16)) - 3) < 0.25"
    ),
    "(At equal steps the shift looks larger: with 100 steps, batches of 16 do best at 0.1, and"
    " clearly worse on either side; a look with five seeds.)": (
        "centre(by_rate(256)) / centre(in_steps(first_round.BATCHES[256], 16))"
        " > 1.5 * centre(by_rate(256)) / centre(by_rate(16))"
        " and first_round.BATCHES[256] == 100 and RATES[in_steps(100, 16).argmax()] == 0.1"
        " and np.sort(in_steps(100, 16))[-2] < in_steps(100, 16).max() - NEAR"
    ),
    "at equal epochs, the 100 steps with large batches get nowhere near the 1,600 steps with small"
    " ones": "by_rate(256).max() < by_rate(16).max() - 15",
    "two phases or three, and how low the end is": (
        "{'three phases', 'no annihilation'} < set(first_round.SHAPES)"
    ),
    "nothing is surely better or worse than torch's default": (
        "not any(one.sure for one in ahead(shapes))"
    ),
    "Straight lines and a late peak (0.7) look about a point ahead": (
        "all(abs(one.value - 1) < 0.2 for one in ahead(shapes, 'linear', 'pct_start 0.7'))"
    ),
    "a peak at 0.9 and a triangle that ends where it began somewhat behind": (
        "all(-1 < one.value < -0.5 for one in ahead(shapes, 'pct_start 0.9', 'no annihilation'))"
        " and shapes.chosen('no annihilation').schedule.final_div_factor == 1"
    ),
    "the five shapes that chose a peak of 0.3": "len(by_peak(shapes, 0.3)) == 5",
    "the five that chose 0.1": "len(by_peak(shapes, 0.1)) == 5",
    "All these shapes share what matters: they begin low, spend a good part of the time high, and"
    " end low": "all(low_high_low(shapes.chosen(name).schedule) for name in shapes.rows)",
    "the two above peak at `pct_start=0.45`": (
        "[o['pct_start'] for o in first_round.SHAPES.values() if 'three_phase' in o] == [0.45] * 2"
    ),
    "With the default of 0.3 the third phase has 40 % of the steps, at rates that hardly train": (
        "OneCycle(0.1, 400, three_phase=True).pct_start == 0.3"
        " and abs(third_phase(400)[0] - 0.4) < 0.01 and third_phase(400)[1] <= 1 / 25"
    ),
    "On the digits, in 60 steps, each tuned alike": (
        "short.experiment.toy == 'digits' and {short.chosen(n).total_steps for n in short.rows}"
        " == {60} and len({len(family) for family in short.experiment.families.values()}) == 1"
    ),
    "with the peak at 0.45 we can tell no difference": (
        "gain(short, 'three phases, pct_start 0.45', 'two phases').sure == 0"
    ),
    "So set `pct_start` to about 0.45 whenever": (
        "gain(short, 'three phases, pct_start 0.45', SHORT[0]).sure == 1"
    ),
    "Decay, momentum, batch size and the shapes at 400 steps are data of our first round": (
        "set(first_round.FIRST_ROUND) == set(FIRST) and 'short_shapes' in SECOND_ROUND"
    ),
    "the verdicts below compare one cycle with itself alone": "cycles_alone()",
    "ten seeds, and one small network on one data set (in 60 steps: another one, on the digits)": (
        "of_plans(['momentum', 'shape', 'short_shapes', 'mnist1d'], 'reports') == {10}"
        " and of_plans([*FIRST, 'mnist1d'], 'model') == {SIGNALS}"
        " and EXPERIMENTS['short_shapes'].model is toys.mlp"
    ),
    "an interval of no width, as that of the largest harmless decay": (
        "np.ptp(claim('decay').parts[0].interval) == 0"
    ),
    "an upper limit that falls as the rate rises, by a decade or more for a decade. Below it,"
    " hardly any difference here": "min(falls(field)) > 9.99 and lost_without(field) < 1",
    "a constant 0.95 hurts, even with a rate tuned for it. Cycling avoids that; a constant 0.8 to"
    " 0.9 does so as well": "all(gain(moved, n, WORST[1]).sure == 1 for n in between(moved))",
    "larger batches bear larger rates, about three times for sixteen times here, at equal epochs": (
        "claim('batch_size').verdict == 'seen'"
        " and abs(claim('batch_size').parts[0].value - 3) < 0.25"
    ),
    "`pct_start` and cosine or straight lines made no difference here that we could tell from"
    " luck": "not any(one.sure for one in ahead(shapes, 'pct_start', 'linear'))",
    "three phases with the default `pct_start` cost points in a short training": (
        "gain(short, *SHORT).high < -1"
    ),
}
GIVEN = {
    "where the quoted figures stand": [
        "its table 2, and its trial of momenta on a network of three layers"
    ],
    "a name": ["MNIST-1D"],
    "an aim": ["say plainly when there is none"],
    "a definition": [
        "the accuracy without weight decay and with the best one, that best decay",
        "the dots, which mark the best of each column",
        "in the long run, *1 / (1 - m)* times as far",
        "about *(2 d.std() / d.mean())²*",
    ],
    "a guess, and said to be one": ["perhaps 400 steps are too few for the network"],
    "what the paper says, by notes on it": [
        "about as good as the best constant momentum",
        "In Smith's 3-layer network on CIFAR-10 0.95 was the best constant",
    ],
    "read in the four logs linked beside it": [
        *("and [0.8](", "[0.85](", "[0.9](", "[0.95]("),
        "end at 91.9, 92.3, 92.4 and 90.7 %",
    ],
    "a rule of the course, a reason, or a condition": [
        "at one rate for all, the comparison would be unfair",
        "ten seeds and an interval mislead less",
        "A larger batch has a less noisy gradient, so it should bear a larger rate",
        "Where a step of 256 costs hardly more than one of 16, as it may on a GPU",
    ],
    "an exercise": [
        'the same for "constant, 0.85" against "constant, 0.9"',
        "to tell those two apart",
        "gives the *most* decay for each peak",
        "at a constant rate of 0.1?",
    ],
}
