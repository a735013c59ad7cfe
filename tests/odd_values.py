"""Odd arguments for a policy: `python tests/odd_values.py 400000` tries that many of them."""

import random
import sys
import warnings
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import torch
from stepping import sgd

from onecycle_widgets import OneCycle, OneCycleLR

NAN, INF = float("nan"), float("inf")


class Odd:
    """Looks like an array without being one."""

    ndim = 0

    def __repr__(self):
        raise RuntimeError


class Words(str):
    """A text with a repr of its own."""

    def __repr__(self):
        return "w" * 500


# What people's code really passes, and what only a mean mind does.
ODD = [
    0, 1, -1, 2, 5, 10, 1000, 0.1, 0.3, 0.45, 1.0, 0.95, 0.85, 25.0, 1e4, 1e300, 1e-300, -0.0,
    NAN, INF, -INF, 2**53 + 1, 10**20, 10**308, 10**309, 10**400, -(10**400), 10**5000,
    Fraction(1, 3), Fraction(10**400), Fraction(1, 10**400), Decimal("0.1"), 1j, True, False, None,
    "cos", "linear", "0.1", "", "x" * 5000, b"cos", Words("cos"), Words("other"), [], [0.1],
    [0.1, 0.2], (0.9, 0.95), [0.1] * 400, [[0.1]], {}, {"a": 1}, {0.1}, range(3), object, object(),
    Odd(), len, np.float32(0.1), np.float64(NAN), np.int64(10), np.bool_(True), np.array(0.1),
    np.array([0.1, 0.2]), np.ones((2, 2)), np.array(["cos"]), np.array(["cos", "linear"]),
    np.array("cos"), np.array([]), np.array([None, 1]), np.array(True), np.ma.masked,
    np.ma.array([0.1, 0.2], mask=[0, 1]), np.ma.array(0.1, mask=True), np.datetime64("2026-01-01"),
    np.array([10**400], dtype=object), torch.tensor(0.1), torch.tensor(10), torch.tensor(True),
    torch.tensor([0.1, 0.2]), torch.tensor([[0.1]]), torch.tensor(0.1, device="meta"),
    torch.tensor(10, device="meta"), torch.ones(2, device="meta"), torch.ones(2).to_sparse(),
    torch.tensor(0.1).to_sparse(), torch.tensor(1j), torch.tensor([]), torch.nn.Parameter(
        torch.tensor(0.1)
    ),
]  # fmt: skip
NAMES = tuple(OneCycle.__dataclass_fields__)


def odd_arguments(rng):
    """Arguments of a policy, of which some are odd."""
    changed = rng.sample(NAMES, rng.choice([1, 1, 1, 2, 3, 12]))
    return {"max_lr": 0.1, "total_steps": 10} | {name: rng.choice(ODD) for name in changed}


def refusal(arguments):
    """The error with which a policy is refused, or None when it is made, and works."""
    try:
        policy = OneCycle(**arguments)
    except (TypeError, ValueError) as error:
        return error
    hash(policy)
    policy.at([0, policy.total_steps - 1])
    scheduler = OneCycleLR(sgd(policy.groups or 1), **arguments)
    scheduler.optimizer.step()
    scheduler.step()
    return None


def tried(count):
    """How many of so many policies were refused with which error; each names an argument."""
    rng, found = random.Random(0), Counter()
    for _ in range(count):
        error = refusal(odd_arguments(rng))
        if error is not None:
            assert len(str(error)) < 1500, str(error)
            assert any(name in str(error) for name in NAMES), str(error)
        found[type(error).__name__] += 1
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(tried(int(sys.argv[1])))
