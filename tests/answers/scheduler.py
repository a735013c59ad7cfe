"""Answers to the exercises of the lesson on the scheduler, right and plausibly wrong."""

import math

import numpy as np
import torch
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import OneCycleLR


def anneal(start, end, share, strategy):
    if strategy == "linear":
        return start + share * (end - start)
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def quarter_wave(start, end, share, strategy):
    return start + (end - start) * (share if strategy == "linear" else math.sin(share * np.pi / 2))


def wrong_wave(start, end, share, strategy):
    smooth = 3 * share**2 - 2 * share**3
    return start + (end - start) * (share if strategy == "linear" else smooth)


def ends(total_steps, pct_start, three_phase):
    up = pct_start * total_steps - 1
    return [up, 2 * up, total_steps - 1] if three_phase else [up, total_steps - 1]


def cycle(
    max_lr, total_steps, pct_start=0.3, anneal_strategy="cos", base_momentum=0.85,
    max_momentum=0.95, div_factor=25.0, final_div_factor=1e4, three_phase=False,
    *, ends=ends, final=None, last_momentum=None, first=None,
):  # fmt: skip
    low = max_lr / (first or div_factor)
    knots = [low, max_lr, low] if three_phase else [low, max_lr]
    knots += [(final or (lambda peak, low, f: low / f))(max_lr, low, final_div_factor)]
    momenta = [max_momentum, base_momentum, max_momentum, max_momentum][: len(knots)]
    if last_momentum:
        momenta[-1] = last_momentum
    lr, momentum, start, phase = [], [], 0.0, 0
    stops = ends(total_steps, pct_start, three_phase)
    for step in range(total_steps):
        while step > stops[phase]:
            start, phase = stops[phase], phase + 1
        share = (step - start) / (stops[phase] - start)
        lr.append(anneal(knots[phase], knots[phase + 1], share, anneal_strategy))
        momentum.append(anneal(momenta[phase], momenta[phase + 1], share, anneal_strategy))
    return lr, momentum


def changed(**changes):
    return (lambda **setting: cycle(**setting, **changes),)


def parts(model, make=OneCycleLR):
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    return optimizer, make(optimizer, max_lr=0.2, total_steps=20)


def resume(saved, model):
    optimizer, scheduler = parts(model)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler


def with_last_epoch(saved, model, less=1):
    model.load_state_dict(saved["model"])
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    optimizer.load_state_dict(saved["optimizer"])
    last = saved["scheduler"]["last_epoch"] - less
    return optimizer, OneCycleLR(optimizer, max_lr=0.2, total_steps=20, last_epoch=last)


def one_too_far(saved, model):
    return with_last_epoch(saved, model, less=0)


def wrong_order(saved, model):
    model.load_state_dict(saved["model"])
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    optimizer.load_state_dict(saved["optimizer"])
    scheduler = OneCycleLR(optimizer, max_lr=0.2, total_steps=20)
    scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler


def no_model(saved, model):
    optimizer, scheduler = parts(model)
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler


def no_optimizer(saved, model):
    optimizer, scheduler = parts(model)
    model.load_state_dict(saved["model"])
    scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler


def no_scheduler(saved, model):
    optimizer, scheduler = parts(model)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return optimizer, scheduler


def adam(saved, model):
    model.load_state_dict(saved["model"])
    optimizer = AdamW(model.parameters())
    return optimizer, OneCycleLR(optimizer, max_lr=0.2, total_steps=20)


def stranger(saved, model):
    return parts(torch.nn.Linear(64, 10, dtype=torch.float64))


def stranger_with_weights(saved, model):
    model.load_state_dict(saved["model"])
    return stranger(saved, model)


def other_cycle(saved, model):
    optimizer, scheduler = resume(saved, model)
    scheduler.optimizer.param_groups[0]["max_lr"] = 0.1
    return optimizer, scheduler


RIGHT_WORDS = {
    "A": "error", "B": "misses the peak", "C": "meets the peak", "D": "never comes down",
    "E": "error",
}  # fmt: skip

LOGS_READ = {"A": 2, "B": 4, "C": 6, "D": 5, "E": 1, "F": 7, "G": 3}
RIGHT = {
    "annealing": [(anneal,), (lambda *a: np.float64(anneal(*a)),)],
    "phase_ends": [(ends,), (lambda n, p, three: np.array(ends(n, p, three)),)],
    "my_one_cycle": [(cycle,), (lambda **s: tuple(map(np.array, cycle(**s))),)],
    "resume_exactly": [(resume,), (with_last_epoch,)],
    "predict_torch": [(RIGHT_WORDS,)],
    "read_the_logs": [(LOGS_READ,), ({k: np.int64(v) for k, v in LOGS_READ.items()},)],
}
WRONG = {
    "annealing": [
        ((None,), "should be a function"),
        ((lambda a, b, share, s: None,), "should be 4 numbers"),
        ((lambda: 1,), "stopped with TypeError"),
        ((lambda a, b, share, s: anneal(b, a, share, s),), "runs backwards"),
        ((lambda a, b, share, s: a * share,), "share 0 and 1 give"),
        ((lambda a, b, share, s: a + share * (b - a),), "'cos' is straight"),
        ((lambda a, b, share, s: anneal(a, b, share, "cos"),), "not straight"),
        ((quarter_wave,), "half-way"),
        ((wrong_wave,), "half a cosine wave"),
    ],
    "phase_ends": [
        ((3,), "should be a function"),
        ((lambda n, p, t: [n],), "should be 2 numbers, not 1"),
        ((lambda n, p, t: [p * n, n],), "which number has the last one"),
        ((lambda n, p, t: [p * n, n - 1],), "a step too late"),
        ((lambda n, p, t: [p * (n - 1), n - 1],), "share of all steps first"),
        ((lambda n, p, t: [int(x) for x in ends(n, p, t)],), "Is it rounded?"),
        ((lambda n, p, t: [p * n - 1, n - 2],), "not the last"),
        ((lambda n, p, t: [p * n - 1, n - 1],), "should be 3 numbers"),
        ((lambda n, p, t: [p * n - 1, *[2 * p * n - 1] * t, n - 1],), "from 0 to its end"),
        ((lambda n, p, t: [p * n - 1, *[p * n] * t, n - 1],), "as long as the warm-up"),
    ],
    "my_one_cycle": [
        ((None,), "should be a function"),
        ((lambda **s: 5,), "return two lists"),
        ((lambda **s: ([1.0], [1.0]),), "numbers, not 1"),
        (changed(first=30), "the first rate should be"),
        (changed(final=lambda peak, low, f: peak / f), "the last rate divides the peak"),
        (changed(final=lambda peak, low, f: 0.0), "the last rate should be"),
        (changed(ends=lambda n, p, t: [p * n, *[2 * p * n] * t, n - 1]), "in the warm-up"),
        (changed(ends=lambda n, p, t: [p * n - 1, *[p * n + 3] * t, n - 1]), "in the cool-down"),
        (changed(last_momentum=0.8), "the momentum leaves torch's"),
        ((lambda **s: cycle(**{**s, "three_phase": False}),), "3 phases"),
        ((lambda **s: cycle(**{**s, "anneal_strategy": "cos"}),), "linear, 2 phases"),
    ],
    "resume_exactly": [
        ((None,), "should be a function"),
        ((lambda saved, model: None,), "return two things"),
        ((lambda saved, model: parts(model)[::-1],), "return two things"),
        ((no_model,), "not the saved weights"),
        ((stranger_with_weights,), "does not steer"),
        ((no_optimizer,), "momentum buffers"),
        ((no_scheduler,), "the scheduler stands at step 0"),
        ((one_too_far,), "the scheduler stands at step 10"),
        ((wrong_order,), "who writes into the optimizer last"),
        ((other_cycle,), "first time 2 steps after"),
        ((adam,), "the scheduler stands at step 0"),
    ],
    "predict_torch": [
        ((None,), "should be a dict"),
        ((RIGHT_WORDS | {"A": "meets the peak"},), "✗ A: torch disagrees. How wide"),
        ((RIGHT_WORDS | {"B": "meets the peak"},), "✗ B: torch disagrees. Is pct_start"),
        ((RIGHT_WORDS | {"D": "misses the peak"},), "✗ D: torch disagrees. Where would"),
        (({},), "✗ C: say one of"),
    ],
    "read_the_logs": [
        ((None,), "should be a dict"),
        (({},), "✗ A: say a number from 1 to 7"),
        *[
            ((LOGS_READ | {letter: LOGS_READ[letter] % 7 + 1},), f"✗ {letter}: something else")
            for letter in LOGS_READ
        ],
        ((LOGS_READ | {"A": 0, "B": "4"},), "✗ B: say a number"),
    ],
}
