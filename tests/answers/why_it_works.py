"""Answers to the exercises of the lesson on why the policy works, right and plausibly wrong."""

import numpy as np

from onecycle_widgets import OneCycle

FOUR = {
    "A": "plain net, peak 0.02",
    "B": "residual net",
    "C": "plain net, peak 0.1",
    "D": "residual net, last layers zero",
}


def top(product, size, steps=50, power=1, sign=1):
    vector = np.random.default_rng(0).standard_normal(size)
    for _ in range(steps):
        vector = product(vector / np.linalg.norm(vector))
    return sign * np.linalg.norm(vector) ** power


def rayleigh(product, size):
    vector = np.ones(size) + np.arange(size)
    for _ in range(100):
        vector = product(vector)
        vector /= abs(vector).max()
    return np.float64(vector @ product(vector) / (vector @ vector))


def until_it_stands(product, size):
    vector, found, before = np.random.default_rng(1).standard_normal(size), 1.0, 0.0
    while abs(found - before) > 1e-6 * found:
        vector, before = product(vector / np.linalg.norm(vector)), found
        found = float(np.linalg.norm(vector))
    return found


def without_length(product, size):
    vector = np.ones(size)
    for _ in range(200):
        vector = product(vector)
    return np.linalg.norm(vector)


def measured_too_late(product, size):
    vector = np.ones(size)
    for _ in range(50):
        vector = product(vector)
        vector = vector / np.linalg.norm(vector)
    return np.linalg.norm(vector)


def for_ever(product, size):
    while True:
        product(np.ones(size))


RIGHT = {
    "stable_rate": [(2 * (1 + 0.95) / 50,), (np.float64(0.0779),)],
    "wide_well": [
        (OneCycle(0.2, 300),),
        (OneCycle(0.15, 250),),
        (OneCycle(0.3, 300, anneal_strategy="linear"),),
    ],
    "whose_sharpness": [(FOUR,)],
    "top_eigenvalue": [(top,), (rayleigh,), (until_it_stands,)],
}

WRONG = {
    "stable_rate": [
        ((None,), "should be a number"),
        ((2 / 50,), "without momentum"),
        ((2 * 0.05 / 50,), "not 1 - m"),
        ((2 / (50 * 0.05),), "effective rate"),
        ((1.95 / 50,), "twice that"),
        ((2 * 1.9 / 50,), "a momentum of 0.9"),
        ((-1,), "above zero"),
        ((0.05,), "away after 5,000 steps"),
        ((0.5,), "further away and"),
    ],
    "wide_well": [
        ((0.2,), "should be a OneCycle"),
        ((OneCycle([0.2, 0.1], 300),), "one parameter group"),
        ((OneCycle(0.2, 400),), "at most 300 steps"),
        ((OneCycle(0.03, 300),), "still in the sharp well"),
        ((OneCycle(0.1, 300),), "stay up there for longer"),
        ((OneCycle(0.5, 300),), "thrown back again"),
        ((OneCycle(5.0, 300),), "too high"),
    ],
    "whose_sharpness": [
        (("residual net",), "should be a dict"),
        (({},), "choose one of"),
        (({**FOUR, "A": FOUR["C"], "C": FOUR["A"]},), "Whose end is sharper?"),
        (({**FOUR, "B": FOUR["D"]},), "one column"),
        (({**FOUR, "D": FOUR["A"]},), "lies between"),
    ],
    "top_eigenvalue": [
        ((13_000.0,), "a function"),
        ((lambda product, size: None,), "one number"),
        ((lambda product, size: product(np.ones(size)),), "one number"),
        ((lambda product, size: product(np.ones(size + 1)),), "a vector of length 3"),
        ((lambda product, size: 1 / 0,), "stopped with ZeroDivisionError"),
        ((without_length,), "length 1 after each"),
        ((for_ever,), "still goes on"),
        ((lambda product, size: top(product, size, 2),), "more products"),
        ((lambda product, size: top(product, size, power=2),), "its square"),
        ((measured_too_late,), "measure the product"),
        ((lambda product, size: top(product, size, sign=-1),), "the sign is turned"),
        ((lambda product, size: 7.0,), "it returns 7"),
    ],
}

SECRET = {"stable_rate": ["0.078"], "wide_well": ["0.15", "0.2"]}
