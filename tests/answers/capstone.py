"""Work handed in for the capstone, right and lacking in every way that the check knows."""

from dataclasses import replace

import numpy as np
import torch
from scipy.stats import sem, t
from torch.utils.data import DataLoader, Subset, TensorDataset

from onecycle_widgets import OneCycle, toys
from onecycle_widgets.range_test.result import RangeTest
from onecycle_widgets.training import History, watched

POLICY = OneCycle(0.1, 40)
SCORES = [94.2, 95.8, 94.9, 95.3]
BELOW = [93.0, 94.9, 93.6, 94.2]  # ahead of them with every seed
MIXED = [94.9, 95.0, 95.2, 94.9]


def history(seed=0, policy=POLICY, lr=None, momentum=None):
    """A training as if it had been done; with one cycle a step unless rates are given."""
    curve = policy.curve()
    lr = curve.lr if lr is None else np.asarray(lr, float)
    momentum = curve.momentum if momentum is None else momentum
    noise = np.random.default_rng(seed).normal(0, 0.05, lr.shape[-1])
    loss = np.linspace(2.3, 0.1, lr.shape[-1]) + noise
    return History(lr=lr, momentum=momentum, loss=loss, accuracy=1 - loss / 3)


def ranged(start=2.3, top=1.0, steps=41):
    lr = np.geomspace(1e-4, top, steps)
    return RangeTest(lr, start * np.array([1 / (1 + 100 * lr) + lr]), None, (None,), (1.0,), "exp")


def without_advice():
    """A range test whose curve never falls."""
    lr = np.geomspace(1e-4, 1.0, 41)
    return RangeTest(lr, np.full((1, 41), 2.3), None, (None,), (1.0,), "exp")


def interval(scores, baseline=0.0, level=0.95):
    values = np.array(scores) - baseline
    return t.interval(level, len(values) - 1, values.mean(), sem(values))


def parts(**changes):
    rows = torch.arange(3000.0).reshape(1000, 3)
    return {"train": rows[:700], "validation": rows[700:850], "test": rows[850:]} | changes


def work(**changes):
    policy = changes.get("policy", POLICY)
    planned = policy if isinstance(policy, OneCycle) else POLICY
    given = {
        "histories": [history(seed, planned) for seed in range(4)],
        "policy": policy,
        "range_test": ranged(),
        "data": parts(),
        "scores": SCORES,
        "interval": interval(SCORES),
    } | changes
    return tuple(given[name] for name in (*NAMES, *(["baseline"] if "baseline" in given else [])))


NAMES = ("histories", "policy", "range_test", "data", "scores", "interval")


def trainings(*rates, policy=POLICY, **named):
    """Work in which every training used these rates."""
    return work(histories=[history(s, lr=np.concatenate(rates)) for s in range(4)], policy=policy)


def noted(policy):
    """Rates of three trainings, noted in a loop of somebody else's."""
    found = []
    for _ in range(3):
        groups = [{"params": torch.nn.Linear(2, 2).parameters()} for _ in range(policy.groups or 1)]
        optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)
        scheduler = policy.scheduler(optimizer)
        with watched() as used:
            for _ in range(policy.total_steps):
                optimizer.step()
                scheduler.step()
        found.append(used)
    return found


def of_a_loop_of_ones_own():
    policy = OneCycle([0.01, 0.1], 30)
    named = {"train": [f"a{i}.png" for i in range(9)], "validation": range(5), "test": {"b", "c"}}
    return work(histories=noted(policy), policy=policy, data=named, scores=SCORES[:3],
                interval=interval(SCORES[:3]))  # fmt: skip


def of_a_toy():
    digits = toys.digits()
    train, held_out = digits.holdout()
    return work(data={"train": train, "validation": held_out, "test": digits.test})


def of_two_optimizers():
    with watched() as used:
        for _ in range(2):
            torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.1).step()
    return work(histories=[used, used, used])


def outside():
    """Trainings that nobody watched."""
    with watched() as used:
        pass
    return work(histories=[used, history(1), history(2), history(3)])


def labels(rows):
    return torch.zeros(len(rows))


def as_data_set(rows):
    return TensorDataset(torch.as_tensor(rows), labels(rows))


def leaking(kind):
    """Data of a kind, a part of which is there twice."""
    return {part: kind(ROWS[of]) for part, of in LEAK.items()}


BOTH = "are in 'train' and in 'validation'"
LEAK = {"train": "train", "validation": "train", "test": "test"}
LR = POLICY.curve().lr
TWICE = OneCycle(0.2, 40)
FEW = [history(0), history(1)]
FIXED = POLICY.replace(cycle_momentum=False)
NONE = np.full(40, np.nan)
SINGLE = [history(seed, lr=LR.astype("float32")) for seed in range(4)]
SAME = [history(0), history(1), history(0)]
STOPPED = [history(0), history(1), replace(history(2), complete=False)]
ROWS = parts()

RIGHT = {
    "capstone": [
        work(),
        work(data={part: as_data_set(rows) for part, rows in ROWS.items()}),
        work(data={part: (rows, labels(rows)) for part, rows in ROWS.items()}),
        work(scores=np.array(SCORES), interval=list(interval(SCORES))),
        work(baseline=BELOW, interval=interval(SCORES, np.array(BELOW))),
        work(baseline=np.array(MIXED), interval=interval(SCORES, np.array(MIXED))),
        work(histories=SINGLE),
        work(range_test=without_advice()),
        work(policy=FIXED, histories=[history(s, momentum=NONE) for s in range(4)]),
        of_a_loop_of_ones_own,
        of_a_toy,
    ]
}
WRONG = {
    "capstone": [
        ((), "plan a cycle"),
        ((), "run lr_range_test"),
        ((), "give histories=[...]"),
        ((), "there is no policy to compare"),
        ((), "'train', 'validation', 'test'"),
        ((), "give scores=[...]"),
        ((), "give interval=(low, high)"),
        (work(policy=0.1), "plan a cycle"),
        (work(range_test=ranged(steps=12)), "has 12 steps"),
        (work(range_test=ranged(start=0.2)), "begins at a loss of 0.197"),
        (work(range_test=ranged(top=0.03)), "lies beyond what was tried, 0.03"),
        (work(range_test=0.1), "give what it returns"),
        (work(histories=history()), "one training may be lucky"),
        (work(histories=FEW), "2 trainings do not show"),
        (work(histories=[history(0), history(1), 0.9]), "number 3 is no History"),
        (of_two_optimizers, "2 optimizers took steps: name the one"),
        (outside, "training 1: no optimizer took a step"),
        (work(histories=[]), "there is no training to look at"),
        (work(histories=STOPPED), "training 3 was interrupted"),
        (work(histories=SAME), "trainings 1 and 3 are the same"),
        (work(histories=[history(0)] * 3), "trainings 1 and 2 are the same"),
        (trainings(np.full(40, 0.1)), "the rate never moved"),
        (trainings(np.repeat(LR[:8], 5)), "in 40 steps the rate moved 7 times"),
        (trainings(LR[:25]), "it took 25 of the cycle's 40 steps"),
        (trainings(LR, LR[-1:], LR[-2:-1]), "it went on for 2 steps after"),
        (trainings(OneCycle(0.1, 50).curve().lr), "it took 50 optimizer steps"),
        (trainings(LR[1:], LR[-1:]), "a step early"),
        (trainings(LR[:1], LR[:-1]), "a step late"),
        (trainings(TWICE.curve().lr), "the peak is 0.2"),
        (trainings(LR[:20], LR[20:] * 1.01), "at step 20 the rate was"),
        (work(policy=OneCycle([0.1, 0.2], 40), histories=[history(s) for s in range(4)]),
         "has 1 parameter groups, the cycle 2"),
        (work(histories=[history(s, momentum=np.full(40, 0.9)) for s in range(4)]),
         "the momenta are not the cycle's"),
        (work(histories=[history(s, momentum=NONE) for s in range(4)]), "cycle_momentum=False"),
        (work(data=[1, 2, 3]), "give data={...}"),
        (work(data={"train": [1], "test": [2]}), "every choice is made on the test data"),
        (work(data={"train": [1], "validation": [2]}), "'test' is missing"),
        (work(data=parts(test=[])), "'test' is empty"),
        (work(data=parts(train="train.csv")), "not str"),
        (work(data=parts(train=7)), "not int"),
        (work(data=parts(train=[[1, 2]])), "cannot be told apart"),
        (work(data=parts(train=DataLoader(ROWS["train"]))), "'train' is a DataLoader; give its"),
        (work(data=leaking(lambda rows: (rows, labels(rows)))), BOTH),
        (work(data=leaking(lambda rows: [rows, labels(rows)])), BOTH),
        (work(data=leaking(list)), BOTH),
        (work(data=leaking(as_data_set)), BOTH),
        (work(data=leaking(lambda rows: Subset(as_data_set(rows), range(len(rows))))),
         BOTH),
        (work(data=parts(test=ROWS["train"][:200])), "200 samples are in 'train' and in 'test'"),
        (work(data=parts(validation=ROWS["test"])), "are in 'validation' and in 'test'"),
        (work(scores=95.0), "give scores=[...]"),
        (work(scores=[95.0, None]), "give scores=[...]"),
        (work(scores=[*SCORES, *SCORES]), "8 looks at the test data, for 4 trainings"),
        (work(scores=SCORES[:3]), "3 for 4 trainings"),
        (work(baseline=BELOW[:3]), "as many seeds"),
        (work(baseline="worse"), "or leave it out"),
        (work(interval=95.0), "give interval=(low, high)"),
        (work(interval=(96.0, 94.0)), "the lower end first"),
        (work(scores=None, interval=(94.0, 96.0)), "without the scores"),
        (work(scores=[95.0, 94.0], interval=(94.0, 95.0)), "2 scores give none"),
        (work(interval=np.array(interval(SCORES)) / 100), "in another unit"),
        (work(interval=(95.5, 96.0)), "lies outside of it"),
        (work(baseline=BELOW, interval=interval(BELOW, np.array(SCORES))), "the sign is turned"),
        (work(baseline=BELOW), "lies outside of it"),
        (work(interval=(95.0, 95.1)), "narrower than the scatter"),
        (work(interval=(90.0, 99.0)), "where does the *mean* lie"),
    ]
}  # fmt: skip
