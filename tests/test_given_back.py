"""A range test is harmless, whatever the model, the optimizer, the loader; and Ctrl-C waits."""

import random

import numpy as np
import pytest
import torch
from hard_cases import CASES, fingerprint

from onecycle_widgets import lr_range_test


def seeded(make):
    """A world, and everybody's random numbers, always the same."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    return make()


def range_tested(world, **options):
    arguments = (world.model, world.optimizer, world.loss_fn, world.batches)
    options = {"start_lr": 1e-3, "num_steps": 12, "progress": False} | world.options | options
    return lr_range_test(*arguments, **options)


@pytest.mark.parametrize("name", CASES)
def test_training_goes_on_as_if_no_test_had_been_run(name):
    untouched = seeded(CASES[name])
    expected = fingerprint(untouched)
    world = seeded(CASES[name])
    if world.raises is None:
        assert len(range_tested(world).lr) > 3
    else:
        with pytest.raises(world.raises, match="on purpose"):
            range_tested(world)
    found = fingerprint(world)
    for part, value in expected.items():
        assert found[part] == value, part


def test_there_are_cases_enough():
    assert len(CASES) >= 30
