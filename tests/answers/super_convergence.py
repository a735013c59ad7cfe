"""Answers to the exercises of the lesson on super-convergence, right and plausibly wrong."""

import numpy as np
from scipy import stats

from onecycle_widgets import OneCycle, Setting
from onecycle_widgets.policy.baselines import Step

SHAPES = {
    OneCycle: [{"pct_start": share} for share in (0.1, 0.3, 0.5)],
    Step: [{"milestones": shares} for shares in ((0.5, 0.75), (0.625, 0.875), (0.8, 0.95))],
}


def candidates(
    kind, rates=(0.03, 0.1, 0.3, 1.0), steps=200, decays=(1e-4,), shapes=None, **options
):
    return [
        Setting(kind(rate, steps, **shape), weight_decay=decay, **options)
        for shape in (SHAPES[kind] if shapes is None else shapes)
        for rate in rates
        for decay in decays
    ]


OURS, THEIRS = candidates(OneCycle), candidates(Step)


def drawn(values, draws=4000, seed=0, size=None):
    size = size or len(values)
    return values[np.random.default_rng(seed).integers(len(values), size=(draws, size))]


def ends(means, level=95):
    return np.percentile(means, [50 - level / 2, 50 + level / 2])


def interval(ours, theirs):
    return ends(drawn(ours - theirs).mean(axis=1))


def one_by_one(ours, theirs):
    rng, seeds = np.random.default_rng(5), len(ours)
    means = []
    for _ in range(1000):
        index = rng.integers(seeds, size=seeds)
        means.append(ours[index].mean() - theirs[index].mean())
    means.sort()
    return [means[25], means[975]]


def scipys(ours, theirs):
    rng = np.random.default_rng(0)
    found = stats.bootstrap((ours - theirs,), np.mean, method="percentile", rng=rng)
    return tuple(found.confidence_interval)


def plus_minus(half):
    def around(ours, theirs):
        d = ours - theirs
        return d.mean() - half(d), d.mean() + half(d)

    return around


RIGHT = {
    "keeps_up": [
        (Step(0.0032, 200, warmup=0.3, milestones=(0.625, 0.875)),),
        (Step(0.002, 200, warmup=0.2, milestones=(0.8, 0.95)),),
    ],
    "highest_rate": [
        (lambda sharpness, momentum: 2 * (1 + momentum) / sharpness,),
        (lambda s, m: np.float64((2 + 2 * m) / s),),
    ],
    "fair_comparison": [
        (candidates(OneCycle, decays=(0.0, 1e-3)), candidates(Step, decays=(1e-3, 0.0)), 10),
        (OURS, THEIRS, 10),
        (tuple(OURS), THEIRS, np.int64(10)),
        (OURS, THEIRS, range(1000, 1010)),
    ],
    "paired_interval": [(interval,), (one_by_one,), (scipys,)],
}

WRONG = {
    "keeps_up": [
        ((0.0032,), "should be a Step"),
        ((OneCycle(0.0032, 200),), "should be a Step"),
        ((Step(0.0032, 400, warmup=0.3),), "200 steps"),
        ((Step(0.0032, 200, warmup=0.3, gamma=1.0),), "still be a step schedule"),
        ((Step(0.0032, 200),), "The start bears so little"),
        ((Step(0.0003, 200),), "the start holds the rate down"),
        ((Step(0.0003, 200, warmup=0.3),), "go up"),
        ((Step(0.1, 200, warmup=0.3),), "Begin lower"),
    ],
    "highest_rate": [
        ((0.0003,), "a function"),
        ((lambda s, m: None,), "a number"),
        ((lambda s, m: 2 / s,), "right without momentum"),
        ((lambda s, m: 2 * (1 - m) / s,), "1 + m, not 1 - m"),
        ((lambda s, m: 2 / (s * (1 - m)),), "effective rate"),
        ((lambda s, m: (1 + m) / s,), "twice that"),
        ((lambda s, m: 2 * (1 + m) * s,), "divide by the sharpness"),
        ((lambda s, m: 1 / s**2,), "you say 4.44444e-05"),
    ],
    "fair_comparison": [
        ((None, THEIRS, 10), "ours should be a list"),
        ((OURS, [0.1], 10), "theirs should hold Setting"),
        ((OURS, [], 10), "theirs should be a list"),
        ((OURS, OURS, 10), "theirs Step schedules"),
        ((candidates(OneCycle, steps=400), THEIRS, 10), "train longer"),
        ((candidates(OneCycle, batch_size=32), THEIRS, 10), "batch size"),
        ((OURS, candidates(Step, momentum=0.0), 10), "momentum should be the same"),
        ((OURS, candidates(Step, [0.01, 0.03, 0.1, 0.3]), 10), "may choose from"),
        ((candidates(OneCycle, [0.3]), candidates(Step, [0.3]), 10), "too few rates"),
        ((candidates(OneCycle, decays=[0.0, 0.1]), THEIRS, 10), "weight decays"),
        ((OURS, candidates(Step, shapes=[{}]), 10), "theirs from 1"),
        ((OURS, candidates(Step, shapes=SHAPES[Step][:2]), 10), "theirs from 2"),
        ((candidates(OneCycle, shapes=[{}]), candidates(Step, shapes=[{}]), 10), "shape is tuned"),
        ((OURS, THEIRS, 1), "luck may decide"),
        ((OURS, THEIRS, None), "luck may decide"),
        ((OURS, THEIRS, True), "luck may decide"),
        ((OURS, THEIRS, range(3)), "luck may decide"),
    ],
    "paired_interval": [
        ((None,), "a function"),
        (((0.1, 0.7),), "a function"),
        ((lambda ours, theirs: None,), "should be 2 numbers"),
        ((lambda ours, theirs: ours.mean() - theirs.mean(),), "should be 2 numbers"),
        ((lambda ours, theirs: (np.nan, np.nan),), "not nan and nan"),
        ((lambda ours, theirs: ours[100],), "stopped with IndexError"),
        ((lambda ours, theirs: interval(theirs, ours),), "sign is turned"),
        ((lambda ours, theirs: interval(ours, theirs)[::-1],), "lower end comes first"),
        ((lambda ours, theirs: ends(ours - theirs),), "single differences"),
        ((plus_minus(np.std),), "spread of single runs"),
        ((plus_minus(lambda d: d.std(ddof=1)),), "spread of single runs"),
        ((plus_minus(stats.sem),), "two thirds"),
        ((plus_minus(lambda d: 0),), "without an interval"),
        ((plus_minus(lambda d: stats.t.ppf(0.975, len(d) - 1) * stats.sem(d)),), "Student"),
        ((lambda a, b: ends(drawn(a).mean(1) - drawn(b, seed=7).mean(1)),), "not paired"),
        ((lambda a, b: ends(drawn(a - b).mean(1), 90),), "too narrow"),
        ((lambda a, b: ends(drawn(a - b).mean(1), 99),), "too wide: how much"),
        ((lambda a, b: ends(np.median(drawn(a - b), axis=1)),), "not its median"),
        ((lambda a, b: ends(drawn(a - b, size=len(a) // 2).mean(1)),), "as many seeds"),
        ((lambda a, b: interval(a, 0 * b),), "ours alone"),
        ((lambda a, b: 100 * interval(a, b),), "too high"),
        ((plus_minus(lambda d: 2 * d.std()),), "times as wide"),
    ],
}

SECRET = {"paired_interval": ["2.5", "97.5", "0.025"]}
