"""Cycles of every kind, short enough to be trained, and what the code made of them."""

import random
import warnings
from contextlib import contextmanager

import numpy as np
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from onecycle_widgets import OneCycle

EPOCHS = 4  # every cycle below has a multiple of so many steps
SEED = 20261128


def cycle(**given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return OneCycle(**{"max_lr": 0.1, "total_steps": 40} | given)


def at_random(rng):
    """A cycle of any shape, one or two groups."""
    groups = rng.choice([1, 2])
    rates = [10 ** rng.uniform(-4, 0) for _ in range(groups)]
    low, high = sorted(rng.uniform(0, 0.99) for _ in range(2))
    three = rng.random() < 0.5
    return cycle(
        max_lr=rates if groups > 1 else rates[0],
        total_steps=EPOCHS * rng.randint(4, 12),
        pct_start=rng.uniform(0.1, 0.5 if three else 0.9),
        anneal_strategy=rng.choice(["cos", "linear"]),
        three_phase=three,
        cycle_momentum=rng.random() < 0.7,
        base_momentum=low,
        max_momentum=high,
        div_factor=10 ** rng.uniform(0, 2),
        final_div_factor=10 ** rng.uniform(0, 4),
    )


CYCLES = {
    "defaults": cycle(),
    "linear": cycle(anneal_strategy="linear"),
    "three phases": cycle(three_phase=True, pct_start=0.4),
    "three straight phases": cycle(three_phase=True, anneal_strategy="linear"),
    "fixed momentum": cycle(cycle_momentum=False),
    "factors": cycle(div_factor=10, final_div_factor=100, base_momentum=0.8),
    "two groups": cycle(max_lr=[0.1, 0.02]),
    "momenta of two groups": cycle(base_momentum=[0.8, 0.7], max_momentum=[0.9, 0.95]),
    "two groups, fixed momentum": cycle(max_lr=[0.1, 0.02], cycle_momentum=False),
    "no warm-up": cycle(pct_start=0.0),
    "no warm-up in three phases": cycle(pct_start=0.01, three_phase=True),
    "epochs": cycle(total_steps=None, epochs=EPOCHS, steps_per_epoch=7),
    **{f"random {i}": at_random(random.Random(SEED + i)) for i in range(8)},
}
KINDS = {"argvalues": CYCLES.values(), "ids": CYCLES.keys()}


def run(policy, framework, **names):
    """Run the code for a framework; what it binds, and what it was given."""
    exec(policy.code(framework), names)
    return names


@contextmanager
def watched():
    """Rates and momenta of all groups, as torch's optimizers have them when they step."""
    seen = []

    def note(optimizer, *_):
        seen.append([(group["lr"], group["momentum"]) for group in optimizer.param_groups])

    hook = register_optimizer_step_pre_hook(note)
    yield seen
    hook.remove()


def net(policy):
    """A network of as many layers as the cycle has groups, and their parameters by group."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(2, 2) for _ in range(policy.groups or 1)]
    return torch.nn.Sequential(*layers), [{"params": layer.parameters()} for layer in layers]


def sgd(policy):
    """Such a network, and an optimizer of it."""
    model, groups = net(policy)
    return model, torch.optim.SGD(groups, lr=0.1, momentum=0.9)


def same(policy, seen, **room):
    """Compare (steps, groups, 2) with the cycle's curve: to the bit where there is no room."""
    curve = policy.curve()
    lr, momentum = np.moveaxis(np.array(seen, float), 2, 0)
    expected = [(lr, curve.lr)]
    if policy.cycle_momentum:
        expected.append((momentum, curve.momentum))
    for found, wanted in expected:
        np.testing.assert_allclose(found.T, np.atleast_2d(wanted), **{"rtol": 0, **room})
