"""Answers to the exercises of *Start here*, right and plausibly wrong."""

import numpy as np

from onecycle_widgets import OneCycle

NUMBERS = {"peak step": 49, "first rate": 0.02, "last rate": 2e-6, "peak momentum": 0.85}
GOOD = {"max_lr": 0.1, "pct_start": 0.4, "cycle_momentum": False}


def number(name, value):
    return (NUMBERS | {name: value},)


RIGHT = {
    "read_cycle": [
        (NUMBERS,),
        ({name: np.float64(value) for name, value in NUMBERS.items()},),
        (NUMBERS | {"first rate": 0.5 / 25, "last rate": 0.5 / 25 / 1e4, "peak step": 49.0},),
        number("peak step", np.int64(49)),
    ],
    "start_here": [
        (OneCycle(epochs=5, steps_per_epoch=1437 // 32, **GOOD),),
        (OneCycle(total_steps=220, **GOOD),),
        (OneCycle(total_steps=220, three_phase=True, anneal_strategy="linear", **GOOD),),
    ],
    "sixty_steps": [
        (OneCycle(max_lr=0.2, total_steps=60),),
        (OneCycle(max_lr=0.2, total_steps=60, pct_start=0.1),),
        (OneCycle(0.2, epochs=3, steps_per_epoch=20, anneal_strategy="linear"),),
    ],
}

WRONG = {
    "read_cycle": [
        ((None,), "should be a dict"),
        (([49, 0.02, 2e-6, 0.85],), "should be a dict"),
        (({},), "'peak step' should be a number"),
        (number("peak step", 50), "counted from 0"),
        (number("peak step", 60), "not torch's default"),
        (number("peak step", 0.25), "not a share"),
        (number("peak step", 199), "which share"),
        (number("peak step", True), "should be a number"),
        (number("first rate", 0.5), "does not begin at its peak"),
        (number("first rate", 0), "not at zero"),
        (number("first rate", 0.05), "what is its default"),
        (number("first rate", 2e-6), "other end"),
        (number("first rate", 0.1), "divide the peak"),
        (number("first rate", "1/50"), "should be a number"),
        (number("last rate", 0.5 / 1e4), "not the peak"),
        (number("last rate", 0.02), "far below where it began"),
        (number("last rate", 0), "not zero"),
        (number("last rate", 1e-3), "both factors"),
        (number("last rate", np.nan), "should be a number"),
        (number("peak momentum", 0.95), "where the rate is high, it is low"),
        (number("peak momentum", 0.9), "optimizer's own"),
        (number("peak momentum", 0.5), "base_momentum"),
        (number("peak momentum", None), "should be a number"),
    ],
    "start_here": [
        ((None,), "should be a OneCycle"),
        ((0.1,), "should be a OneCycle"),
        ((OneCycle(total_steps=5, **GOOD),), "once per batch, not once per epoch"),
        ((OneCycle(total_steps=225, **GOOD),), "incomplete"),
        ((OneCycle(total_steps=7185, **GOOD),), "how many whole batches"),
        ((OneCycle(total_steps=220, **(GOOD | {"max_lr": 0.2})),), "peak should be 0.1"),
        ((OneCycle(total_steps=220, **(GOOD | {"pct_start": 0.3})),), "after 30%"),
        ((OneCycle(total_steps=220, **(GOOD | {"cycle_momentum": True})),), "still moves"),
        (
            (OneCycle(0.1, 220, pct_start=0.4, base_momentum=0.9, max_momentum=0.9),),
            "stays at 0.9, whatever the optimizer's own",
        ),
        ((OneCycle(total_steps=220, **(GOOD | {"max_lr": [0.1, 0.1]})),), "one parameter group"),
    ],
    "sixty_steps": [
        (("0.2",), "should be a OneCycle"),
        ((OneCycle(max_lr=[0.2, 0.2], total_steps=60),), "one parameter group"),
        ((OneCycle(max_lr=0.1, total_steps=100),), "over budget"),
        ((OneCycle(max_lr=0.02, total_steps=60),), "too slow"),
        ((OneCycle(max_lr=2.0, total_steps=60),), "too wild"),
        ((OneCycle(max_lr=0.2, total_steps=20),), "too few steps"),
        ((OneCycle(max_lr=0.1, total_steps=60, pct_start=0.98),), "no time to settle"),
        ((OneCycle(max_lr=0.2, total_steps=60, three_phase=True),), "another shape"),
    ],
}

SECRET = {
    "read_cycle": ["49", "0.02", "2e-06", "0.000002", "0.85"],
    "start_here": ["220"],  # a hint, not the solution
    "sixty_steps": ["max_lr=0.2"],
}
