import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import sgd, walk

from onecycle_widgets import OneCycle
from onecycle_widgets.evidence import studies
from onecycle_widgets.policy.ablated import Ablated
from onecycle_widgets.policy.baselines import (
    SCHEDULES,
    Constant,
    Cosine,
    Falling,
    InverseSquareRoot,
    Linear,
    Step,
    WarmupStableDecay,
)
from onecycle_widgets.sweeps.setting import Setting

OURS = (Constant, Step, Cosine, Linear, WarmupStableDecay, InverseSquareRoot)
COOLDOWNS = ("linear", "1-sqrt")
DATA = Path(__file__).parents[1] / "notebooks" / "data"


@st.composite
def schedules(draw, most=80):
    """Draw a schedule of any kind, length and shape."""
    kind, share = draw(st.sampled_from(OURS)), st.floats(0, 1)
    arguments = {
        "lr": draw(st.floats(1e-8, 1e3)),
        "total_steps": draw(st.integers(1, most)),
        "warmup": draw(st.one_of(st.just(0.0), st.floats(0, 1, exclude_max=True))),
    }
    if kind in (Cosine, Linear):
        arguments["floor"] = draw(share)
    if kind is WarmupStableDecay:
        starts = st.floats(arguments["warmup"], 1, exclude_max=True)
        arguments |= {"decay_start": draw(starts), "cooldown": draw(st.sampled_from(COOLDOWNS))}
    if kind is Step:
        between = st.floats(0, 1, exclude_min=True, exclude_max=True)
        shares = sorted(draw(st.sets(between, min_size=1, max_size=4)))
        arguments |= {"milestones": shares, "gamma": draw(share)}
        arguments["warmup"] = draw(st.floats(0, shares[0], exclude_max=True))
    return kind(**arguments)


def close(schedule, optimizer, scheduler):
    """Compare with a scheduler's rates; torch's own classes multiply their way through the steps.

    A rate near zero at the end of a cosine, as the product of many steps, has lost digits of its
    own: what is left is compared with `lr`.
    """
    rates = walk(optimizer, scheduler, schedule.total_steps)[0][0]
    tolerance = 1e-13 * schedule.lr
    np.testing.assert_allclose(schedule.curve().lr, rates, rtol=1e-11, atol=tolerance)


@settings(max_examples=400, deadline=None)
@given(schedules())
def test_a_scheduler_has_the_rates_of_the_curve(schedule):
    optimizer = sgd()
    close(schedule, optimizer, schedule.scheduler(optimizer))
    assert schedule.curve().momentum is None


@settings(max_examples=400, deadline=None)
@given(schedules())
def test_code_has_the_rates_of_the_curve(schedule):
    names = {"torch": torch, "optimizer": sgd(groups=2)}
    exec(schedule.code(), names)
    close(schedule, names["optimizer"], names["scheduler"])


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("warmup", [0.0, 0.03])
def test_long_schedules(kind, warmup):
    schedule, optimizer = kind(0.3, 3000, warmup), sgd()
    close(schedule, optimizer, schedule.scheduler(optimizer))


@settings(max_examples=200, deadline=None)
@given(schedules())
def test_some_steps_are_those_of_the_curve(schedule):
    curve, last = schedule.curve().lr, schedule.total_steps - 1
    np.testing.assert_array_equal(schedule.at(range(schedule.total_steps)).lr, curve)
    np.testing.assert_array_equal(schedule.at([0, last]).lr, curve[[0, last]])


@settings(max_examples=200, deadline=None)
@given(schedules())
def test_the_rate_rises_in_a_line_to_its_highest_and_never_again(schedule):
    rising = schedule.warmup_steps
    assert rising - 1e-9 <= schedule.warmup * schedule.total_steps < rising + 1 + 1e-9
    line = schedule.lr * np.arange(1, rising + 2) / (rising + 1)
    rates = schedule.curve().lr
    np.testing.assert_allclose(rates[: rising + 1], line, rtol=1e-12)
    assert (np.diff(rates[rising:]) <= 0).all()
    assert (rates >= 0).all()


@settings(max_examples=200, deadline=None)
@given(schedules())
def test_a_schedule_is_a_value(schedule):
    again = type(schedule)(**json.loads(json.dumps(schedule.arguments())))
    assert again == schedule == pickle.loads(pickle.dumps(schedule))
    assert hash(again) == hash(schedule)
    assert eval(repr(schedule), {kind.__name__: kind for kind in OURS}) == schedule
    setting = Setting(schedule)
    assert Setting.from_dict(json.loads(json.dumps(setting.as_dict()))) == setting


def test_another_shape_is_another_value():
    shapes = [Step(0.1, 9), Step(0.1, 9, gamma=0.2), Step(0.1, 9, milestones=(0.6,)),
              Step(0.1, 9, 0.3), Cosine(0.1, 9), Cosine(0.1, 9, floor=0.1), Linear(0.1, 9),
              WarmupStableDecay(0.1, 9), WarmupStableDecay(0.1, 9, cooldown="1-sqrt")]  # fmt: skip
    assert len(set(shapes)) == len(shapes)


# What was before shapes could be chosen ----------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 7, 10, 97, 400, 1601])
def test_default_shapes_are_as_ever(steps):
    step = np.arange(steps)
    first, second = max(1, steps // 2), max(1, steps * 3 // 4)
    for kind, share in {
        Constant: np.ones(steps),
        Step: 0.1 ** ((step >= first) + 1.0 * (step >= second)),
        Cosine: (1 + np.cos(np.pi * step / steps)) / 2,
        Linear: 1 - step / steps,
    }.items():
        np.testing.assert_array_equal(kind(0.3, steps).curve().lr, 0.3 * share)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Constant, "ConstantLR"), (Step, "MultiStepLR"), (Cosine, "CosineAnnealingLR"),
     (Linear, "LinearLR"), (WarmupStableDecay, "LambdaLR"), (InverseSquareRoot, "LambdaLR")],
)  # fmt: skip
def test_default_shapes_are_torchs_own_where_it_has_them(kind, name):
    assert type(kind(0.3, 10).scheduler(sgd())).__name__ == name
    assert repr(kind(0.3, 10)) == f"{kind.__name__}(lr=0.3, total_steps=10)"
    saved = {"kind": kind.__name__, "lr": 0.3, "total_steps": 10}
    assert Setting(kind(0.3, 10)).as_dict()["schedule"] == saved
    assert Setting.from_dict(Setting(kind(0.3, 10)).as_dict()).schedule == kind(0.3, 10)


def test_stored_experiments_compare_what_they_compared():
    assert set(SCHEDULES.values()) == {OneCycle, *OURS}
    families = studies.EXPERIMENTS["digits"].families
    assert [name.rsplit(", ", 1)[0] for name in families][:6] == list(studies.ALL)
    assert len(families) == 6 * len(studies.LENGTHS["digits"])


def test_stored_settings_are_read_and_written_as_they_stand():
    texts = [
        str(np.load(path)["settings"])
        for part in ("candidates", "finals", "report")
        for path in sorted(DATA.glob(f"*.{part}.npz"))
    ]
    assert len(texts) > 20
    for text in texts:
        read = [Setting.from_dict(setting) for setting in json.loads(text)]
        assert json.dumps([setting.as_dict() for setting in read]) == text


# Shapes, by hand ---------------------------------------------------------------------------


def test_the_papers_stairs():
    rates = Step(1, 80, milestones=(0.625, 0.875)).curve().lr
    assert np.flatnonzero(np.diff(rates)).tolist() == [49, 69]
    np.testing.assert_allclose(rates[[0, 50, 70]], [1, 0.1, 0.01])


def test_shares_are_the_decimal_numbers_that_they_are_written_as():
    # As products of floats, 0.29 * 100 is 28.999999999999996.
    assert Constant(0.1, 100, warmup=0.29).warmup_steps == 29
    assert np.diff(Step(0.1, 100, milestones=[0.29]).curve().lr).argmin() == 28


def test_very_long_schedules_are_asked_for_some_steps():
    steps = 10**30
    for kind in OURS:
        lowest = kind(0.1, steps, 0.25).at([0, steps // 4, steps - 1]).lr
        np.testing.assert_allclose(lowest[:2], [0.4 / steps, 0.1], rtol=1e-9)
        assert lowest[2] <= 0.1


def test_the_transformers_schedule_is_the_papers():
    schedule, first = InverseSquareRoot(0.1, 50, warmup=0.2), 11  # the paper's warm-up steps
    t = np.arange(1, 51)
    paper = np.minimum(t**-0.5, t * first**-1.5)
    np.testing.assert_allclose(schedule.curve().lr, 0.1 * paper / paper.max())


def test_a_floor_of_all_is_a_constant_rate():
    for kind in (Cosine, Linear):
        np.testing.assert_allclose(kind(0.1, 9, floor=1).curve().lr, Constant(0.1, 9).curve().lr)


def test_a_cool_down_over_all_steps_is_the_linear_schedule():
    whole = WarmupStableDecay(0.1, 9, warmup=0, decay_start=0)
    np.testing.assert_allclose(whole.curve().lr, Linear(0.1, 9).curve().lr)


@pytest.mark.parametrize("kind", [Linear, WarmupStableDecay])
def test_a_rate_at_zero_stays_there(kind):
    schedule, optimizer = kind(0.1, 5, warmup=0.2), sgd()
    names = {"torch": torch, "optimizer": sgd()}
    exec(schedule.code(), names)
    for scheduler in (schedule.scheduler(optimizer), names["scheduler"]):
        rates = walk(scheduler.optimizer, scheduler, 8)[0][0]
        np.testing.assert_allclose(rates[5:], 0)
    assert schedule.share(np.array([5.0, 100.0])).tolist() == [0, 0]


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("steps", [[-1], [100], [3, 2], [np.nan], [[1, 2]], ["x"], [10**400]])
def test_steps_that_are_none_are_refused_as_those_of_a_cycle_are(kind, steps):
    with pytest.raises((TypeError, ValueError), match=r"^steps must .*, got "):
        kind(0.1, 100).at(steps)


def test_an_optimizer_that_had_a_scheduler_starts_afresh():
    schedule, optimizer = Cosine(0.1, 10, warmup=0.3), sgd()
    torch.optim.lr_scheduler.ConstantLR(optimizer)
    close(schedule, optimizer, schedule.scheduler(optimizer))
    names = {"torch": torch, "optimizer": optimizer}
    exec(schedule.code(), names)
    close(schedule, optimizer, names["scheduler"])


def test_a_scheduler_of_a_warm_up_goes_on_after_it_was_saved():
    schedule, optimizer, other = InverseSquareRoot(0.1, 10, warmup=0.3), sgd(), sgd()
    scheduler = schedule.scheduler(optimizer)
    walk(optimizer, scheduler, 5)
    again = schedule.scheduler(other)
    again.load_state_dict(pickle.loads(pickle.dumps(scheduler.state_dict())))
    other.load_state_dict(optimizer.state_dict())
    rates = walk(other, again, 6)[0][0]
    np.testing.assert_allclose(rates, schedule.curve().lr[4:], rtol=1e-12)


def test_a_schedule_of_ones_own():
    class Root(Falling):
        def factor(self, step):
            return 1 / np.sqrt(1 + step)

    schedule, optimizer = Root(0.1, 20, warmup=0.2), sgd()
    close(schedule, optimizer, schedule.scheduler(optimizer))
    with pytest.raises(NotImplementedError, match=r"Root has no formula\(\)"):
        schedule.code()
    with pytest.raises(NotImplementedError, match=r"Falling has no factor"):
        Falling(0.1, 5).curve()


@pytest.mark.parametrize("given", [np.array([0.2, 0.4]), torch.tensor([0.25, 0.5]), [0.2, 0.4]])
def test_milestones_may_be_an_array(given):
    found = Step(np.float32(0.5), np.int64(10), milestones=given, gamma=torch.tensor(0.5))
    assert [type(share) for share in found.milestones] == [float, float]
    assert (type(found.milestones), type(found.gamma)) == (tuple, float)
    assert eval(repr(found)) == found


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        *((kind, {"warmup": 1.0}, "warmup must be a number in [0, 1), got 1.0") for kind in OURS),
        (Constant, {"warmup": "0.1"}, "warmup must be a number in [0, 1), got '0.1' (str)"),
        (Constant, {"lr": 0}, "lr must be a finite number above 0, got 0"),
        (Cosine, {"floor": 2}, "floor must be a number between 0 and 1, got 2"),
        (Linear, {"floor": -0.1}, "floor must be a number between 0 and 1, got -0.1"),
        (Step, {"gamma": 10}, "gamma must be a number between 0 and 1, got 10"),
        (Step, {"warmup": 0.5}, "warmup must be below the first of the milestones, 0.5, got 0.5"),
        *(
            (Step, {"milestones": bad}, f"list of numbers in (0, 1), in rising order, got {bad!r}")
            for bad in ([], (), 0.5, "0.5", None, [0.0, 0.5], [0.5, 1.0], [0.5, 0.5], (0.75, 0.5))
        ),
        (Step, {"milestones": [0.5, 50]}, "milestones[1] must be a number between 0 and 1, got 50"),
        (WarmupStableDecay, {"decay_start": 1}, "decay_start must be a number in [0, 1), got 1"),
        (WarmupStableDecay, {"decay_start": 0.05},
         "decay_start must be at least warmup, 0.1, got 0.05"),
        (WarmupStableDecay, {"cooldown": "sqrt"},
         "cooldown must be one of ('linear', '1-sqrt'), got 'sqrt'"),
        (WarmupStableDecay, {"cooldown": ["linear"]}, "cooldown must be one of"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(kind, change, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        kind(**{"lr": 0.1, "total_steps": 10, **change})


@pytest.mark.parametrize("total_steps", [7, 10, 400])
def test_one_cycle_with_all_its_parts_is_one_cycle(total_steps):
    ours, theirs = (kind(0.1, total_steps).curve() for kind in (Ablated, OneCycle))
    np.testing.assert_array_equal(ours.lr, theirs.lr)
    np.testing.assert_array_equal(ours.momentum, theirs.momentum)


def test_parts_are_taken_out_one_by_one():
    whole = OneCycle(0.1, 400).curve()
    peak = int(whole.lr.argmax())
    level = Ablated(0.1, 400, warmup=False).curve()
    assert (level.lr[:peak] == 0.1).all()
    assert (level.momentum[:peak] == 0.85).all()
    np.testing.assert_array_equal(level.lr[peak + 1 :], whole.lr[peak + 1 :])
    stairs = Ablated(0.1, 400, smooth=False).curve()
    np.testing.assert_array_equal(stairs.lr[:peak], whole.lr[:peak])
    assert len(set(stairs.lr[peak + 1 :].round(9))) == 3
    assert Ablated(0.1, 400, cycled=False).curve().momentum is None
    bare = Ablated(0.1, 400, warmup=False, smooth=False, cycled=False).curve().lr
    np.testing.assert_array_equal(bare, Step(0.1, 400, milestones=(5 / 8, 7 / 8)).curve().lr)
    with pytest.raises(ValueError, match="max_lr"):
        Ablated(-0.1, 400)


def test_an_ablated_cycle_is_saved_in_a_setting():
    setting = Setting(Ablated(0.1, 40, smooth=False), weight_decay=1e-4)
    assert Setting.from_dict(setting.as_dict()) == setting
