"""Answers to the exercises of the lesson on which schedule, right and plausibly wrong."""

import numpy as np

from onecycle_widgets.policy.baselines import WarmupStableDecay


def beginnings(make, steps):
    return make(steps).curve().lr[: steps * 4 // 5], make(2 * steps).curve().lr[: steps * 4 // 5]


def same_beginning(make, steps):
    return bool(np.allclose(*beginnings(make, steps)))


def compared_by_at(make, steps):
    done = np.arange(int(0.8 * steps))
    return np.array_equal(make(steps).at(done).lr, make(steps * 2).at(done).lr)


def whole(make, steps):
    return np.allclose(make(steps).curve().lr, make(2 * steps).curve().lr[:steps])


def where_it_stands(make, steps):
    now, then = beginnings(make, steps)
    return bool(np.isclose(now[0], then[0]))


def first_and_last(make, steps):
    now, then = beginnings(make, steps)
    return bool(np.allclose(now[[0, -1]], then[[0, -1]]))


def by_share(lr, steps, kind):
    gone = np.arange(steps) / steps
    return lr * (1 - (np.sqrt(gone) if kind == "1-sqrt" else gone))


def by_the_package(lr, steps, kind):
    schedule = WarmupStableDecay(lr, 2 * steps, warmup=0.0, decay_start=0.5, cooldown=kind)
    return schedule.curve().lr[steps:]


def in_a_loop(weights, decay):
    mean = weights[0]
    for row in weights[1:]:
        mean = decay * mean + (1 - decay) * row
    return mean


def not_shared(weights, decay):
    mean = weights[0]
    for row in weights[1:]:
        mean = decay * mean + row
    return mean


def as_a_sum(weights, decay):
    last = len(weights) - 1
    shares = (1 - decay) * decay ** np.arange(last, -1, -1.0)
    shares[0] = decay**last
    return shares @ weights


CASES = {
    "final": "plan the fall",
    "open end": "fall late",
    "cut short": "down at once",
    "sharp start": "warm up",
    "few samples": "move all layers",
}


def exchanged(one, other):
    return {**CASES, one: CASES[other], other: CASES[one]}


RIGHT = {
    "five_cases": [(CASES,), (dict(reversed(CASES.items())),)],
    "can_go_on": [(same_beginning,), (compared_by_at,)],
    "cool_down": [(by_share,), (by_the_package,)],
    "running_average": [(in_a_loop,), (as_a_sum,)],
}

WRONG = {
    "five_cases": [
        (("warm up",), "a dict with the keys"),
        (({"final": "plan the fall"},), "a dict with the keys"),
        (({**CASES, "final": "hope"},), "'hope' is none of"),
        (({**CASES, "final": "fall late"},), "'fall late' several times"),
        ((exchanged("final", "open end"),), "final: its length is known"),
        ((exchanged("open end", "cut short"),), "open end: nobody knows yet"),
        ((exchanged("cut short", "sharp start"),), "cut short: it is on its way"),
        ((exchanged("sharp start", "few samples"),), "sharp start: the trouble"),
    ],
    "can_go_on": [
        ((first_and_last,), "halved for a quarter of the steps begins otherwise"),
        (("constant",), "should be a function"),
        ((lambda make, steps: 0.8,), "True or False"),
        ((lambda make, steps: True,), "one cycle begins otherwise"),
        ((lambda make, steps: False,), "cannot go on"),
        ((whole,), "more than what is done"),
        ((where_it_stands,), "begins otherwise"),
        ((lambda make, steps: make(steps, 3),), "stopped with ValueError"),
    ],
    "cool_down": [
        ((lambda lr, steps, kind: lr,), "should be 10 numbers"),
        ((lambda lr, steps, kind: np.linspace(lr, 0, steps),), "the last step does nothing"),
        (
            (lambda lr, steps, kind: lr * (1 - np.arange(1, steps + 1) / steps),),
            "below lr already",
        ),
        ((lambda lr, steps, kind: lr * np.arange(steps) / steps,), "it rises"),
        ((lambda lr, steps, kind: lr * (1 - np.arange(steps) / steps),), "Do you look at kind?"),
        (
            (
                lambda lr, steps, kind: (
                    lr * np.sqrt(1 - np.arange(steps) / steps)
                    if kind == "1-sqrt"
                    else by_share(lr, steps, kind)
                ),
            ),
            "one minus the root",
        ),
        ((lambda lr, steps, kind: np.full(steps, lr),), "of 10 steps from 0.1"),
    ],
    "running_average": [
        ((lambda weights, decay: 0.0,), "should be 3 numbers"),
        ((lambda weights, decay: weights.mean(0),), "the plain mean"),
        ((lambda weights, decay: in_a_loop(weights, 1 - decay),), "exchanged"),
        (
            (lambda w, decay: in_a_loop(np.concatenate([0 * w[:1], w]), decay),),
            "you begin at zero",
        ),
        ((lambda weights, decay: weights[-1],), "the last weights themselves"),
        ((lambda w, decay: in_a_loop(w[:-1] if len(w) > 1 else w, decay),), "last row is missing"),
        ((lambda weights, decay: weights.max(0) + 1,), "of one row it should be that row"),
        ((not_shared,), "of one row it is right"),
    ],
}
