"""Answers to the exercises of the lesson on super-convergence, right and plausibly wrong."""

import numpy as np
from scipy import stats

from onecycle_widgets import OneCycle, Setting
from onecycle_widgets.policy.baselines import Step


def first(steps, accuracy, target):
    reached = steps[accuracy >= target]
    return reached[0] if len(reached) else None


def loop(steps, accuracy, target):
    for step, value in zip(list(steps), list(accuracy), strict=True):
        if value >= target:
            return int(step)
    return np.inf


def by_argmax(steps, accuracy, target):
    reached = accuracy >= target
    return np.where(reached.any(), steps[reached.argmax()], np.inf)


def last(steps, accuracy, target):
    reached = steps[accuracy >= target]
    return reached[-1] if len(reached) else None


def stays(steps, accuracy, target):
    below = np.flatnonzero(accuracy < target)
    after = below[-1] + 1 if len(below) else 0
    return steps[after] if after < len(steps) else None


def search(steps, accuracy, target):
    at = np.searchsorted(accuracy, target)
    return steps[at] if at < len(steps) else None


def or_else(instead):
    def find(steps, accuracy, target):
        found = first(steps, accuracy, target)
        return instead(steps) if found is None else found

    return find


def between(steps, accuracy, target):
    """Interpolates, as the lesson's tables do."""
    return None if accuracy.max() < target else np.interp(target, np.sort(accuracy), steps)


def candidates(kind, rates=(0.03, 0.1, 0.3, 1.0), steps=200, decays=(1e-4,), **options):
    return [Setting(kind(r, steps), weight_decay=d, **options) for r in rates for d in decays]


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
    "steps_to_target": [(first,), (loop,), (by_argmax,)],
    "fair_comparison": [
        (candidates(OneCycle, decays=(0.0, 1e-3)), candidates(Step, decays=(1e-3, 0.0)), 10),
        (OURS, THEIRS, 10),
        (tuple(OURS), THEIRS, np.int64(10)),
        (OURS, THEIRS, range(1000, 1010)),
    ],
    "paired_interval": [(interval,), (one_by_one,), (scipys,)],
}

WRONG = {
    "steps_to_target": [
        ((None,), "a function"),
        ((300,), "a function"),
        ((lambda steps, accuracy: steps[0],), "stopped with TypeError"),
        ((lambda s, a, t: s[a >= t][0],), "when none reaches the target, your function stopped"),
        ((lambda s, a, t: (a >= t).argmax(),), "a place in the list"),
        ((lambda s, a, t: first(s, a, t + 1e-9),), "has reached it"),
        ((last,), "the last length that reaches"),
        ((stays,), "where it stays"),
        ((lambda s, a, t: s[np.argmax(a)],), "where the accuracy is best"),
        ((search,), "do not always rise"),
        ((or_else(lambda steps: steps[0]),), "you say the first length"),
        ((or_else(lambda steps: steps[-1]),), "you say the last length"),
        ((or_else(lambda steps: 0),), "would be wonderful"),
        ((or_else(lambda steps: -1),), "What if none reaches it?"),
        ((or_else(lambda steps: np.nan),), "or None, not nan"),
        ((or_else(lambda steps: "never"),), "or None, not 'never'"),
        ((lambda s, a, t: s[a >= t],), "or None, not array"),
        ((lambda s, a, t: (a >= t).any(),), "or None, not"),
        ((lambda s, a, t: None,), "you say inf"),
        ((between,), "it should be one of the steps"),
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
