import inspect
import io
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import TORCH, settings_of_a_cycle, sgd, used, walk

from onecycle_widgets import OneCycle, OneCycleLR

quiet = pytest.mark.filterwarnings("ignore:no warm-up", "ignore:no rise", "ignore:.*the cycle")


def weights():
    return [torch.nn.Parameter(torch.ones(2))]


@quiet
@settings(max_examples=150, deadline=None)
@given(settings_of_a_cycle(), st.integers(1, 3))
def test_same_numbers_as_torch(arguments, groups):
    steps = arguments["total_steps"]
    ours, theirs = sgd(groups), sgd(groups)
    mine = walk(ours, OneCycleLR(ours, **arguments), steps)
    np.testing.assert_array_equal(mine, walk(theirs, TORCH(theirs, **arguments), steps))


def test_signature_is_the_documented_one():
    ours = inspect.signature(OneCycleLR).parameters
    documented = list(inspect.signature(TORCH).parameters)
    assert list(ours) == [*(n for n in documented if n != "verbose"), "verbose"]
    for name, parameter in inspect.signature(TORCH).parameters.items():
        if name != "verbose":
            assert ours[name].default == parameter.default
    assert issubclass(OneCycleLR, TORCH)
    fields = inspect.signature(OneCycle).parameters
    assert list(fields) == [n for n in ours if n not in ("optimizer", "last_epoch", "verbose")]
    for name, parameter in fields.items():
        assert ours[name].default == parameter.default


ADAPTIVE = {
    "SGD": lambda p: torch.optim.SGD(p, lr=1.0, momentum=0.9),
    "Nesterov": lambda p: torch.optim.SGD(p, lr=1.0, momentum=0.9, nesterov=True),
    "plain SGD": lambda p: torch.optim.SGD(p, lr=1.0),
    "RMSprop": lambda p: torch.optim.RMSprop(p, momentum=0.5),
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "Adamax": torch.optim.Adamax,
    "NAdam": torch.optim.NAdam,
    "RAdam": torch.optim.RAdam,
}


@pytest.mark.parametrize("make", ADAPTIVE.values(), ids=ADAPTIVE)
def test_optimizers_with_momentum_or_betas(make):
    results = []
    for cls in (OneCycleLR, TORCH):
        params = weights()
        optimizer = make(params)
        scheduler = cls(optimizer, 0.1, total_steps=20)
        rows = []
        for _ in range(20):
            params[0].grad = params[0].detach().clone()
            optimizer.step()
            rows.append(used(optimizer))
            if scheduler.last_epoch < 19:
                scheduler.step()
        results.append((np.array(rows), params[0].detach().numpy()))
        if "betas" in optimizer.defaults:
            assert optimizer.param_groups[0]["betas"][1] == optimizer.defaults["betas"][1]
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


@pytest.mark.parametrize("name", ["Adagrad", "Adadelta", "ASGD", "Rprop", "Adafactor"])
def test_optimizers_with_neither_momentum_nor_betas(name):
    make = getattr(torch.optim, name)
    with pytest.raises(ValueError, match=f"{name} has neither.*cycle_momentum=False"):
        OneCycleLR(make(weights()), 0.1, total_steps=10)
    optimizer = make(weights())
    scheduler = OneCycleLR(optimizer, 0.1, total_steps=10, cycle_momentum=False)
    for _ in range(9):
        optimizer.step()
        scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(4e-7)]


@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_the_step_after_the_last_batch_holds_the_final_values(strategy, three_phase):
    arguments = {"max_lr": 1.0, "total_steps": 10, "anneal_strategy": strategy}
    arguments |= {"three_phase": three_phase}
    ours, theirs = sgd(), sgd()
    mine, torchs = OneCycleLR(ours, **arguments), TORCH(theirs, **arguments)
    for _ in range(10):
        last = used(ours)
        for optimizer, scheduler in ((ours, mine), (theirs, torchs)):
            optimizer.step()
            scheduler.step()
    assert used(ours) == last
    assert used(theirs) != last  # why this class exists: torch moves on
    state = mine.state_dict()
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        mine.step()
    assert mine.state_dict() == state
    assert used(ours) == last


@quiet
@settings(max_examples=60, deadline=None)
@given(settings_of_a_cycle(), st.data())
def test_resume_is_bit_identical(arguments, data):
    steps = arguments["total_steps"]
    stop = data.draw(st.integers(0, steps - 1))
    groups = data.draw(st.integers(1, 3))
    whole = sgd(groups)
    expected = walk(whole, OneCycleLR(whole, **arguments), steps)

    before = sgd(groups)
    scheduler = OneCycleLR(before, **arguments)
    walk(before, scheduler, stop + 1)
    file = io.BytesIO()
    torch.save({"optimizer": before.state_dict(), "scheduler": scheduler.state_dict()}, file)

    optimizer_first = data.draw(st.booleans())
    after = sgd(groups)
    saved = torch.load(io.BytesIO(file.getvalue()), weights_only=True)
    if optimizer_first:
        after.load_state_dict(saved["optimizer"])
    scheduler = OneCycleLR(after, **arguments)
    scheduler.load_state_dict(saved["scheduler"])
    if not optimizer_first:
        after.load_state_dict(saved["optimizer"])
    rest = walk(after, scheduler, steps - stop)
    np.testing.assert_array_equal(rest[0], expected[0][:, stop:])
    np.testing.assert_array_equal(rest[1], expected[1][:, stop:])


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("done", [1, 9, 19])
def test_resume_with_last_epoch(done, fresh):
    arguments = {"max_lr": 1.0, "total_steps": 20}
    expected = OneCycle(**arguments).curve().lr
    before = sgd()
    scheduler = OneCycleLR(before, **arguments)
    walk(before, scheduler, done + 1)
    after = sgd()
    if not fresh:
        after.load_state_dict(before.state_dict())
    scheduler = OneCycleLR(after, **arguments, last_epoch=done - 1)
    np.testing.assert_array_equal(walk(after, scheduler, 20 - done)[0][0], expected[done:])


def test_resume_with_another_max_lr_warns_and_keeps_the_saved_one():
    optimizer = sgd()
    OneCycleLR(optimizer, 1.0, total_steps=20)
    with pytest.warns(UserWarning, match=r"saved with max_lr=1\.0; the argument, 99\.0"):
        OneCycleLR(optimizer, 99.0, total_steps=20, last_epoch=3)
    assert optimizer.param_groups[0]["max_lr"] == 1.0


def test_states_go_to_and_fro_between_torch_and_us():
    for source, target in ((TORCH, OneCycleLR), (OneCycleLR, TORCH)):
        first, second = sgd(), sgd()
        saved = source(first, 1.0, total_steps=20)
        walk(first, saved, 8)
        loaded = target(second, 1.0, total_steps=20)
        loaded.load_state_dict(saved.state_dict())
        second.load_state_dict(first.state_dict())
        np.testing.assert_array_equal(walk(first, saved, 13), walk(second, loaded, 13))


def test_load_state_copies_and_warns_of_another_length():
    short, long = OneCycleLR(sgd(), 1.0, total_steps=10), OneCycleLR(sgd(), 1.0, total_steps=20)
    with pytest.warns(UserWarning, match="total_steps=10.*20"):
        long.load_state_dict(short.state_dict())
    assert long.total_steps == 10
    assert long._schedule_phases is not short._schedule_phases


def test_tensor_learning_rate_stays_the_same_tensor():
    rate = torch.tensor(1.0)
    optimizer = torch.optim.SGD(weights(), lr=rate, momentum=0.9)
    scheduler = OneCycleLR(optimizer, 1.0, total_steps=10)
    walk(optimizer, scheduler, 4)
    again = OneCycleLR(optimizer, 1.0, total_steps=10)
    again.load_state_dict(scheduler.state_dict())
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == pytest.approx(OneCycle(1.0, 10).curve().lr[3])


def test_verbose_prints_each_new_rate(capsys):
    optimizer = sgd(2)
    scheduler = OneCycleLR(optimizer, [1.0, 0.5], total_steps=10, verbose=True)
    expected = "Adjusting learning rate of group 0 to 4.0000e-02.\n"
    expected += "Adjusting learning rate of group 1 to 2.0000e-02.\n"
    assert capsys.readouterr().out == expected
    optimizer.step()
    scheduler.step()
    assert capsys.readouterr().out.count("Adjusting") == 2


def test_print_lr(capsys):
    scheduler = OneCycleLR(sgd(), 1.0, total_steps=10)
    scheduler.print_lr(False, 0, 0.1)
    scheduler.print_lr(True, 0, 0.1)
    scheduler.print_lr(True, 1, 0.25, 3)
    scheduler.print_lr(True, 1, 0.25, epoch=2.5)
    assert capsys.readouterr().out.splitlines() == [
        "Adjusting learning rate of group 0 to 1.0000e-01.",
        "Epoch 00003: adjusting learning rate of group 1 to 2.5000e-01.",
        "Epoch 2.50: adjusting learning rate of group 1 to 2.5000e-01.",
    ]


@pytest.mark.parametrize("name", ["max_lr", "base_momentum", "max_momentum"])
def test_lists_must_fit_the_groups(name):
    value = {"max_lr": [0.1] * 3, "base_momentum": [0.5] * 3, "max_momentum": [0.95] * 3}[name]
    with pytest.raises(ValueError, match=rf"{name} must have one value .* 2 parameter group"):
        OneCycleLR(sgd(2), **({"max_lr": 0.1, "total_steps": 10} | {name: value}))


def test_bad_arguments_of_its_own():
    with pytest.raises(TypeError, match=r"optimizer must be a torch\.optim\.Optimizer, got str"):
        OneCycleLR("sgd", 0.1, total_steps=10)
    with pytest.raises(TypeError, match="verbose"):
        OneCycleLR(sgd(), 0.1, total_steps=10, verbose="yes")
    for bad in (10, 11):
        with pytest.raises(ValueError, match="last_epoch must be below total_steps=10"):
            OneCycleLR(sgd(), 0.1, total_steps=10, last_epoch=bad)
    with pytest.raises(ValueError, match="last_epoch must be a whole number of at least -1"):
        OneCycleLR(sgd(), 0.1, total_steps=10, last_epoch=-2)


def test_a_group_that_joins_later_gives_a_clear_error():
    optimizer = sgd()
    scheduler = OneCycleLR(optimizer, 0.1, total_steps=10)
    optimizer.add_param_group({"params": weights()})
    optimizer.step()
    with pytest.raises(ValueError, match="parameter group 1 knows no schedule"):
        scheduler.step()
    assert scheduler.last_epoch == 0


@pytest.mark.filterwarnings("ignore:.*deprecat", "ignore:The epoch parameter")
def test_in_a_sequence_with_other_schedulers():
    rates = []
    for cls in (OneCycleLR, TORCH):
        optimizer = sgd()
        warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=5)
        cycle = cls(optimizer, 1.0, total_steps=10)
        both = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cycle], milestones=[5])
        rates.append(walk(optimizer, both, 15)[0])
    np.testing.assert_array_equal(*rates)


def test_policy_makes_its_scheduler():
    policy = OneCycle([0.1, 0.2], 30, pct_start=0.4, cycle_momentum=False)
    optimizer = sgd(2)
    scheduler = policy.scheduler(optimizer)
    assert isinstance(scheduler, OneCycleLR)
    np.testing.assert_array_equal(walk(optimizer, scheduler, 30)[0], policy.curve().lr)


def test_a_policy_warns_when_it_is_made_and_not_again_by_its_scheduler():
    with pytest.warns(UserWarning, match="no warm-up"):
        policy = OneCycle(0.1, 10, pct_start=0.05)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = policy.scheduler(sgd())
    with pytest.warns(UserWarning, match="no warm-up"):
        same = OneCycleLR(sgd(), **policy.arguments())
    assert made.state_dict() == same.state_dict()
    with pytest.raises(TypeError, match="optimizer must be a torch"):
        policy.scheduler("sgd")


def test_a_state_that_is_another_schedulers_is_refused():
    scheduler = OneCycle(0.1, 10).scheduler(sgd())
    before = scheduler.state_dict()
    others = [{}, torch.optim.lr_scheduler.StepLR(sgd(), 3).state_dict()]
    for state in others:
        with pytest.raises(
            ValueError, match=r"must be a OneCycleLR's, got one without total_steps"
        ):
            scheduler.load_state_dict(state)
    with pytest.raises(TypeError, match="state_dict must be a dictionary, got NoneType"):
        scheduler.load_state_dict(None)
    assert scheduler.state_dict() == before
