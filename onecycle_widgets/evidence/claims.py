"""The rows of the table of claims, each computed from the stored experiments.

A row is a function of the folder of stored data: it takes the papers' claim as a sum of parts (a
gain at every length, say), has each part estimated with its interval, and lets `estimates.verdict`
say whether all of them, some or none are surely for the claim.

Paper figures: of 1708.07120 the first author's published logs (one run each); of 1803.09820
table 2 (means and standard deviations of four runs), as published notes on it quote them.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from ..tables import Table
from . import budgets, effects, estimates, first_round
from .estimates import Estimate, estimate, gain, mean
from .experiments import load

Row = tuple[str, str, str, str]
Folder = str
STEPS = first_round.BUDGETS["mnist1d"]
TARGETS = (80, 90, 95, 97)
POINTS = " points"


def table(rows: Sequence[Row]) -> Table:
    """Return rows as a table: claim, the paper's figure, ours, and the verdict.

    Examples
    --------
    >>> print(table([("1. it is faster", "8×", "1.4 [1.1, 1.6]×", "partly")]))
    1. it is faster
      paper: 8×
      here [95 % interval]: 1.4 [1.1, 1.6]×
      verdict: partly
    """
    return Table(("claim", "paper", "here [95 % interval]", "verdict"), rows, prose=True)


def fewer_steps(folder: Folder = "data", against: str = "step") -> Row:
    """Claim 1: the same accuracy in far fewer steps than a piecewise-constant schedule.

    Examples
    --------
    >>> from pathlib import Path
    >>> claim, paper, here, verdict = fewer_steps(Path(__file__).parents[2] / "notebooks" / "data")
    >>> claim, verdict
    ('1. same accuracy in far fewer steps than step', 'partly')
    """
    evidence = load("budgets_mnist1d", folder)
    ours, theirs = (budgets.curve(evidence, kind, STEPS) for kind in ("one cycle", against))
    ratios = {t: budgets.speed_up(theirs, ours, STEPS, t) for t in TARGETS}
    figure = "; ".join(f"to {t} %: {r.text('×', 1, '')}" for t, r in ratios.items())
    # Half of the paper's factor counts as far fewer; any factor surely above one as fewer.
    far = all(ratio.low >= 4 for ratio in ratios.values())
    fewer = any(ratio.low > 1 for ratio in ratios.values())
    return (
        f"1. same accuracy in far fewer steps than {against}",
        "8×; logs: 92.44 % after 10,000 steps, step 90.32 % after 80,000",
        figure,
        estimates.HOLDS if far else estimates.PARTLY if fewer else estimates.NOT,
    )


def more_accuracy(folder: Folder = "data", against: str = "step") -> Row:
    """Claim 2: higher final accuracy at an equal budget.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = more_accuracy(data)
    >>> here.split("; ")[0], verdict  # with 100 steps
    ('100: +3.6 [+1.3, +6.1]', 'partly')
    """
    evidence = load("budgets_mnist1d", folder)
    gains = {n: gain(evidence, f"one cycle, {n} steps", f"{against}, {n} steps") for n in STEPS}
    figure = "; ".join(f"{n}: {e.text()}" for n, e in gains.items())
    return (
        f"2. more accuracy in the same steps than {against}",
        "logs: +2.1 points, with an eighth of the steps",
        figure + POINTS,
        estimates.verdict([e.sure for e in gains.values()]),
    )


def high_rates(folder: Folder = "data", steps: int = 400) -> Row:
    """Claim 3: good (within 3 points of its own best) at rates at which the step schedule fails.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = high_rates(data)
    >>> claim, verdict
    ('3. good at rates at which step fails', 'partly')
    """
    evidence = load("map", folder)
    at = first_round.MAP_STEPS.index(steps)
    ours, theirs = (effects.accuracy_map(evidence, kind)[at] for kind in ("one cycle", "step"))
    high = [i for i, rate in enumerate(first_round.MAP_RATES) if 1 <= rate <= 4]
    # Both are untuned here and at the same rate: the claim is about what a rate does.
    ahead = [mean(ours[i] - theirs[i]) for i in high]
    rates = [
        f"{first_round.MAP_RATES[i]:.2g}: {e.text(digits=0)}"
        for i, e in zip(high, ahead, strict=True)
    ]
    return (
        "3. good at rates at which step fails",
        "max_lr 3 works; the step schedule had 0.35",
        f"{steps} steps, max_lr " + "; ".join(rates) + POINTS,
        estimates.verdict(
            [
                # To be ahead of a schedule that fails is no merit; one cycle must be good, too.
                e.sure if ours[i].mean() >= ours.mean(1).max() - 3 else 0
                for i, e in zip(high, ahead, strict=True)
            ]
        ),
    )


def scarce_data(folder: Folder = "data") -> Row:
    """Claim 4: the advantage grows when training data is scarce.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = scarce_data(data)
    >>> here.split("; ")[-1], verdict
    ('scarce less plenty: +1.3 [-1.0, +2.9]', 'not on this toy')
    """
    gains = effects.by_samples(folder)
    # Growth is a difference of differences. Two sizes at each end: half the noise of one, and it
    # is fixed which, so that nobody picks the pair that fits.
    growth = estimate((gains[200] + gains[400]) / 2 - (gains[1600] + gains[3200]) / 2)
    figure = "; ".join(f"{n}: {estimate(g).text()}" for n, g in gains.items())
    return (
        "4. the advantage grows when data is scarce",
        "logs: +0.7, +3.3, +25.6 (unstable), +9.4 points at 40, 30, 20, 10 thousand images",
        f"{figure} points; scarce less plenty: {growth.text()}",
        estimates.verdict([growth.sure]),
    )


def depth(folder: Folder = "data") -> Row:
    """Claim 5: the advantage grows with depth.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = depth(data)
    >>> here.split("; ")[-1], verdict
    ('deepest less shallowest: +1.9 [-1.5, +3.6]', 'not on this toy')
    """
    gains = effects.by_depth(folder)
    first, *_, last = gains.values()
    growth = estimate(last - first)
    figure = "; ".join(f"{2 * b + 2} layers: {estimate(g).text()}" for b, g in gains.items())
    return (
        "5. the advantage grows with depth",
        "logs: +1.8, +2.1, +1.2 points with 20, 56, 110 layers",
        f"{figure} points; deepest less shallowest: {growth.text()}",
        estimates.verdict([growth.sure]),
    )


def decay(folder: Folder = "data") -> Row:
    """Claim 6: large rates regularise, so weight decay must come down.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = decay(data)
    >>> claim, verdict
    ('6. larger rates want less weight decay', 'partly')
    """
    evidence = load("decay", folder)
    low, high = 0.1, 1.0
    # Stacked, because both rates must lose or keep the same seeds in a draw.
    both = np.stack([evidence.tuning(f"one cycle, {rate:g}", "test") for rate in (low, high)])
    falls = [effects.fall(both, rule) for rule in (effects.most_decay, effects.best_decay)]
    most = effects.decay_by_rate(evidence, effects.most_decay)
    figure = "; ".join(f"{rate:g}: {10**e.value:.0e}" for rate, e in most.items())
    return (
        "6. larger rates want less weight decay",
        "best 3e-4 to 5e-4 at a constant 0.1, 1e-4 at a cycle from 0.1 to 1",
        f"most within 3 points of the best, at max_lr {figure}; decades that it falls from "
        f"{low:g} to {high:g}: {falls[0].text()}; that the best one falls: {falls[1].text()}",
        estimates.verdict([fall.sure for fall in falls]),
    )


def momentum(folder: Folder = "data") -> Row:
    """Claim 7: cycled momentum is as good as the best constant one, or better.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = momentum(data)
    >>> here.split("; ")[-1], verdict
    ('0.95: +3.3 [+1.7, +4.7] points', 'partly')
    """
    evidence = load("momentum", folder)
    ours, *others = evidence.rows
    gains = {n: gain(evidence, ours, n) for n in others if n.startswith("constant")}
    figure = "; ".join(f"{n.split()[-1]}: {e.text()}" for n, e in gains.items())
    return (
        "7. cycled momentum beats a constant one",
        "81.3 ± 0.1, as good as the best of 79.5 ± 0.1, 80.2 ± 0.4, 81.2 ± 0.2 (0.85 to 0.95)",
        f"ahead of constant {figure}{POINTS}",
        estimates.verdict([e.sure for e in gains.values()]),
    )


def batch_size(folder: Folder = "data", kind: str = "one cycle") -> Row:
    """Claim 8: larger batches allow larger rates.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = batch_size(data)
    >>> here.split("; ")[-1], verdict
    ('ratio 3.2 [3.2, 5.7]×', 'holds')
    """
    evidence = load("batch", folder)
    small, *_, large = first_round.BATCHES
    centres = {
        size: effects.over_seeds(evidence.tuning(f"{kind}, {size}", "test"), effects.good_centre)
        for size in first_round.BATCHES
    }
    both = np.stack([evidence.tuning(f"{kind}, {size}", "test") for size in (small, large)])
    # Second less first is what falls; turned round it is the rise with the batch size.
    rise = effects.fall(both[::-1], effects.good_centre)
    figure = "; ".join(f"{size}: {10**e.value:.2g}" for size, e in centres.items())
    factor = Estimate(*(10**x for x in (rise.value, rise.low, rise.high)))
    return (
        "8. larger batches allow larger rates",
        "batches as large as memory allows, compared at equal time",
        f"good max_lr with batch {figure}; ratio {factor.text('×', 1, '')}",
        estimates.verdict([rise.sure]),
    )


def _shape(claim: str, paper: str, better: str, worse: str, folder: Folder = "data") -> Row:
    ahead = gain(load("shape", folder), better, worse)
    return claim, paper, ahead.text(POINTS), estimates.verdict([ahead.sure])


def cycle_length(folder: Folder = "data") -> Row:
    """Claim 9: longer cycles reach more; the gain flattens.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = cycle_length(data)
    >>> here.split("; ")[-1], verdict
    ('800 to 1600: +0.7 [-0.3, +1.4] points', 'partly')
    """
    evidence = load("budgets_mnist1d", folder)
    runs = budgets.curve(evidence, "one cycle", STEPS)
    steps = [estimate(later - earlier) for earlier, later in pairwise(runs)]
    figure = "; ".join(
        f"{a} to {b}: {e.text()}" for (a, b), e in zip(pairwise(STEPS), steps, strict=True)
    )
    return (
        "9. a longer cycle reaches more",
        "CIFAR-10: 91.3, 91.9 % with 50, 100 epochs (the second also cycles momentum)",
        figure + POINTS,
        estimates.verdict([e.sure for e in steps]),
    )


# Three claims are one comparison each between two shapes of the cycle, tuned alike: what is
# claimed, what the papers and libraries say, the shape said to be better, and the other.
three_phases = partial(
    _shape,
    "10. a third phase helps: three against two",
    "the paper's policy has it; fastai and torch default to two phases",
    "three phases",
    "torch's default",
)
cosine = partial(
    _shape,
    "11. cosine annealing beats straight lines",
    "straight lines in the paper; cosine in fastai and torch",
    "torch's default",
    "linear",
)
annihilation = partial(
    _shape,
    "12. annihilation: a last, very low phase helps",
    "cycle a little shorter than the run, then orders of magnitude lower",
    "three phases, linear",
    "no annihilation",
)


def pct_start(folder: Folder = "data") -> Row:
    """Claim 13: where the peak lies matters little.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> claim, paper, here, verdict = pct_start(data)
    >>> claim, verdict
    ('13. where the peak lies matters by less than a point', 'not on this toy')
    """
    evidence = load("shape", folder)
    names = [name for name in evidence.rows if name.startswith("pct_start")]
    gains = {name.split()[-1]: gain(evidence, name, "torch's default") for name in names}
    figure = "; ".join(f"{name}: {e.text()}" for name, e in gains.items())
    # It holds where an effect of more than a point is ruled out; ignorance is no proof.
    signs = [int(e.low > -1 and e.high < 1) for e in gains.values()]
    return (
        "13. where the peak lies matters by less than a point",
        "0.45 to 0.5 in the papers, 0.3 in torch, 0.25 in fastai",
        f"against 0.3: {figure}{POINTS}",
        estimates.verdict(signs),
    )


# The table of claims in two parts, for two lessons: how much faster and better one cycle is, and
# what goes with the rate (decay, momentum, batch, length, shape). Both hold functions, so that a
# lesson can say where the data lie: ``table([row("data") for row in SPEED])``.
SPEED = (fewer_steps, more_accuracy, high_rates, scarce_data, depth)
PARTS = (
    decay, momentum, batch_size, cycle_length, three_phases, cosine, annihilation, pct_start,
)  # fmt: skip
