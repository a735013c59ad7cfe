"""What `watched` notes of a loop that it does not know."""

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adagrad, AdamW

from onecycle_widgets import OneCycle, toys, train
from onecycle_widgets.training import watched


def groups(count=1):
    return [{"params": torch.nn.Linear(2, 2).parameters()} for _ in range(count)]


def cycle_of(optimizer, policy):
    scheduler = policy.scheduler(optimizer)
    for _ in range(policy.total_steps):
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("policy", [OneCycle(0.1, 20), OneCycle([0.1, 0.02], 20)])
@pytest.mark.parametrize("make", [lambda p: SGD(p, lr=0.1, momentum=0.9), AdamW])
def test_rates_and_momenta_are_those_of_the_steps(policy, make):
    with watched() as used:
        cycle_of(make(groups(policy.groups or 1)), policy)
    np.testing.assert_array_equal(used.lr, policy.curve().lr)
    np.testing.assert_array_equal(used.momentum, policy.curve().momentum)


def test_it_is_what_train_records():
    model = toys.mlp()
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    batches = toys.digits().train.batches()
    scheduler = OneCycle(0.1, 10).scheduler(optimizer)
    with watched() as used:
        history = train(
            model, optimizer, torch.nn.functional.cross_entropy, batches, scheduler, progress=False
        )
    np.testing.assert_array_equal(used.lr, history.lr)
    np.testing.assert_array_equal(used.momentum, history.momentum)


def test_afterwards_and_after_an_error_nothing_is_noted_any_more():
    optimizer = SGD(groups(), lr=0.5)
    with watched() as used:
        optimizer.step()
    with pytest.raises(TypeError), watched() as others:
        optimizer.step(None, None)  # takes a closure at most
    optimizer.step()
    assert used.lr.tolist() == others.lr.tolist() == [0.5]


def test_of_two_optimizers_one_must_be_named():
    one, other = SGD(groups(), lr=0.5), SGD(groups(), lr=0.25)
    with watched() as both, watched(other) as second:
        one.step()
        other.step()
    assert second.lr.tolist() == [0.25]
    for values in ("lr", "momentum"):
        with pytest.raises(ValueError, match="2 optimizers took steps: name the one to watch"):
            getattr(both, values)


def test_a_group_that_joins_later_has_nothing_before():
    optimizer = SGD(groups(), lr=0.5)
    with watched() as used:
        optimizer.step()
        optimizer.add_param_group({**groups()[0], "lr": 0.25})
        optimizer.step()
    np.testing.assert_array_equal(used.lr, [[0.5, 0.5], [np.nan, 0.25]])


def test_an_optimizer_without_momentum_has_none():
    with watched() as used:
        Adagrad(groups(), lr=0.5).step()
    assert np.isnan(used.momentum).tolist() == [True]


def test_where_no_step_was_taken_there_are_no_rates():
    with watched() as used:
        pass
    assert used.lr.shape == used.momentum.shape == (0,)
    assert repr(used) == "Steps(0)"
