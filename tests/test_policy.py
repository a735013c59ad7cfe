import math
import re
import warnings
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_values import Odd, tried
from stepping import TORCH, settings_of_a_cycle, sgd, walk

import onecycle_widgets.policy.curve
from onecycle_widgets import OneCycle
from onecycle_widgets.policy.presets import PRESETS

quiet = pytest.mark.filterwarnings("ignore:no warm-up", "ignore:no rise", "ignore:.*the cycle")


def same(curve, lr, momentum):
    np.testing.assert_array_equal(np.atleast_2d(curve.lr), lr)
    np.testing.assert_array_equal(np.atleast_2d(curve.momentum), momentum)


@quiet
@settings(max_examples=400, deadline=None)
@given(settings_of_a_cycle())
def test_curve_is_torchs_to_the_last_bit(arguments):
    optimizer = sgd()
    scheduler = TORCH(optimizer, **arguments)
    same(OneCycle(**arguments).curve(), *walk(optimizer, scheduler, arguments["total_steps"]))


@quiet
@settings(max_examples=60, deadline=None)
@given(settings_of_a_cycle(), st.lists(st.floats(1e-6, 10), min_size=1, max_size=4))
def test_curve_of_several_groups(arguments, rates):
    momenta = [0.8 + 0.01 * i for i in range(len(rates))]
    arguments |= {"max_lr": rates, "base_momentum": momenta, "max_momentum": 0.9}
    optimizer = sgd(len(rates))
    scheduler = TORCH(optimizer, **{**arguments, "max_momentum": [0.9] * len(rates)})
    curve = OneCycle(**arguments).curve()
    assert curve.lr.shape == (len(rates), arguments["total_steps"])
    same(curve, *walk(optimizer, scheduler, arguments["total_steps"]))


@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_long_curve(strategy):
    arguments = {"max_lr": 0.3, "total_steps": 20_000, "anneal_strategy": strategy}
    optimizer = sgd()
    same(OneCycle(**arguments).curve(), *walk(optimizer, TORCH(optimizer, **arguments), 20_000))


def test_curve_where_numpys_cosine_differs(monkeypatch):
    policy = OneCycle(max_lr=0.1, total_steps=500)
    expected = policy.curve()
    monkeypatch.setattr(onecycle_widgets.policy.curve, "_numpy_cos_is_exact", lambda: False)
    monkeypatch.setattr(onecycle_widgets.policy.curve.np, "cos", None)  # must not be used then
    same(policy.curve(), expected.lr[None], expected.momentum[None])


@quiet
@settings(max_examples=100, deadline=None)
@given(settings_of_a_cycle(), st.data())
def test_single_steps_are_those_of_the_curve(arguments, data):
    policy = OneCycle(**arguments)
    steps = sorted(data.draw(st.sets(st.integers(0, policy.total_steps - 1), min_size=1)))
    curve, some = policy.curve(), policy.at(steps)
    np.testing.assert_array_equal(some.lr, curve.lr[steps])
    np.testing.assert_array_equal(some.momentum, curve.momentum[steps])
    assert some.step.tolist() == steps


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("three_phase", [False, True])
def test_between_two_steps_the_curve_goes_on(strategy, three_phase):
    policy = OneCycle(0.1, 25, pct_start=0.33, anneal_strategy=strategy, three_phase=three_phase)
    peak = policy.phases[0].end
    assert peak % 1  # the peak lies between two batches, where no optimizer looks
    assert policy.at([peak]).lr.item() == pytest.approx(0.1, rel=1e-15)
    assert policy.at([peak]).momentum.item() == pytest.approx(0.85, rel=1e-15)
    fine = policy.at(np.linspace(0, 24, 2401))
    jumps = np.abs(np.diff(fine.lr)).max()
    assert jumps < 0.02 * 0.1  # a hundredth of a step moves it by little: no phase is missed


@pytest.mark.parametrize("steps", [[-1], [100], [3, 2], [np.nan], [[1, 2]], ["x"], [None, "a"]])
def test_steps_that_are_none_are_refused(steps):
    with pytest.raises((TypeError, ValueError), match=r"^steps must .*, got "):
        OneCycle(0.1, 100).at(steps)


@pytest.mark.parametrize(
    "steps",
    [
        [10**400], "5", ["1"], [True], np.array([1j]), np.array(["1970-01-02"], dtype="M8[D]"),
        torch.ones(2, requires_grad=True), torch.ones(2, device="meta"),
    ],
)  # fmt: skip
def test_steps_that_only_look_like_numbers_are_refused(steps):
    with pytest.raises((TypeError, ValueError), match=r"^steps must .*, got "):
        OneCycle(0.1, 100).at(steps)


def test_the_steps_of_a_curve_are_its_own():
    steps = np.array([0, 5])
    curve = OneCycle(0.1, 100).at(steps)
    steps[0] = 99
    assert curve.step.tolist() == [0, 5]


def test_a_curve_that_no_memory_holds_says_so():
    policy = OneCycle([0.1, 0.2], 10**14)
    with pytest.raises(MemoryError, match="total_steps=100000000000000 needs 4,000,000 GB"):
        policy.curve()
    assert policy.at([0, 10**14 - 1]).lr.shape == (2, 2)


@pytest.mark.parametrize("last_place", [0, 1])
def test_numpys_cosine_is_used_only_where_it_is_the_c_librarys(monkeypatch, last_place):
    used = []

    def cosine(angle, out=None):
        used.append(len(angle))
        values = np.array([math.cos(x) for x in angle])
        values[len(values) // 3] += last_place * np.spacing(0.5)  # there it is about a half
        return values

    exact = (
        onecycle_widgets.policy.curve._numpy_cos_is_exact.__wrapped__
    )  # asked anew, not from the cache
    expected = OneCycle(max_lr=0.1, total_steps=500).curve()
    monkeypatch.setattr(onecycle_widgets.policy.curve, "_numpy_cos_is_exact", exact)
    monkeypatch.setattr(onecycle_widgets.policy.curve.np, "cos", cosine)
    same(OneCycle(max_lr=0.1, total_steps=500).curve(), expected.lr[None], expected.momentum[None])
    assert (500 in used) == (last_place == 0)


def test_curve_by_hand():
    policy = OneCycle(
        max_lr=1.0, total_steps=7, pct_start=4 / 7, anneal_strategy="linear", div_factor=10.0
    )
    expected = [0.1, 0.4, 0.7, 1.0, 2 / 3, 1 / 3, 0.0]
    np.testing.assert_allclose(policy.curve().lr, expected, atol=2e-5)
    np.testing.assert_allclose(policy.curve().momentum[[0, 3, 6]], [0.95, 0.85, 0.95])
    np.testing.assert_array_equal(policy.curve().step, range(7))


def test_momentum_that_is_not_cycled_is_none():
    assert OneCycle(0.1, 100, cycle_momentum=False).curve().momentum is None


@pytest.mark.parametrize("three_phase", [False, True])
@quiet
@settings(max_examples=100, deadline=None)
@given(steps=st.integers(6, 200), share=st.floats(0.0, 0.5))
def test_phases_cover_all_steps_once(three_phase, steps, share):
    if share * steps == 1:
        share = 0.25
    phases = OneCycle(0.1, steps, pct_start=share, three_phase=three_phase).phases
    covered = [step for phase in phases for step in range(phase.first, phase.last + 1)]
    assert covered == list(range(steps))


def test_phases_are_named():
    two, three = OneCycle(0.1, 100), OneCycle(0.1, 100, three_phase=True)
    assert [p[:3] for p in two.phases] == [("warm-up", 0, 29), ("annealing", 30, 99)]
    assert [p.name for p in three.phases] == ["warm-up", "cool-down", "annihilation"]
    assert OneCycle(0.1, 10, pct_start=0.25).phases[0].end == 1.5


def test_the_peak_lies_where_the_first_phase_ends():
    curve = OneCycle(0.1, 1000).curve()
    assert curve.lr.argmax() == 299
    assert curve.lr[299] == 0.1


def test_epochs_times_steps_per_epoch():
    policy = OneCycle(0.1, epochs=3, steps_per_epoch=7)
    assert policy.total_steps == 21
    assert "epochs=3" in policy.code()
    assert "total_steps" not in policy.code()
    assert policy.replace(epochs=5).total_steps == 35
    assert policy.replace(pct_start=0.5).total_steps == 21


def test_total_steps_wins():
    policy = OneCycle(0.1, 10, epochs=3, steps_per_epoch=7)
    assert (policy.total_steps, policy.epochs, policy.steps_per_epoch) == (10, None, None)


@quiet
@settings(max_examples=100, deadline=None)
@given(settings_of_a_cycle())
def test_code_gives_the_same_curve(arguments):
    policy = OneCycle(**arguments)
    names = {"torch": torch, "optimizer": sgd()}
    exec(policy.code(), names)
    same(policy.curve(), *walk(names["optimizer"], names["scheduler"], policy.total_steps))


def test_code_says_only_what_differs_from_the_defaults():
    policy = OneCycle([0.1, 0.2], 50, three_phase=True)
    expected = ["max_lr=[0.1, 0.2]", "total_steps=50", "three_phase=True"]
    assert re.findall(r"^    (\w+=.*),$", policy.code(), re.MULTILINE) == expected
    assert repr(policy) == "OneCycle(max_lr=[0.1, 0.2], total_steps=50, three_phase=True)"


def test_numpy_and_torch_values_are_accepted():
    policy = OneCycle(
        np.array([0.1, 0.2]),
        np.int64(50),
        pct_start=np.float64(0.3),
        three_phase=np.bool_(False),
        base_momentum=torch.tensor([0.5, 0.75]),
        div_factor=np.int32(25),
        final_div_factor=torch.tensor(1e4),
    )
    assert policy == OneCycle([0.1, 0.2], 50, base_momentum=(0.5, 0.75))
    assert type(policy.total_steps) is int
    assert hash(policy) == hash(policy.replace())


NAN, INF = float("nan"), float("inf")
BAD = [
    *(({name: bad}, ValueError, name) for bad in (0, 0.0, -1, NAN, INF, -INF)
      for name in ("max_lr", "div_factor", "final_div_factor")),
    *(({name: bad}, ValueError, name) for bad in (-0.1, 1, 1.5, NAN)
      for name in ("base_momentum", "max_momentum")),
    *(({name: bad}, TypeError, name) for bad in (True, 10.0, "10", NAN, [1])
      for name in ("total_steps", "epochs", "steps_per_epoch")),
    *(({name: bad}, ValueError, name) for bad in (0, -5)
      for name in ("total_steps", "epochs", "steps_per_epoch")),
    ({"max_lr": "0.1"}, TypeError, "max_lr"),
    ({"max_lr": True}, TypeError, "max_lr"),
    ({"max_lr": None}, TypeError, "max_lr"),
    ({"max_lr": []}, ValueError, "max_lr"),
    ({"max_lr": [0.1, -1]}, ValueError, r"max_lr\[1\]"),
    ({"max_lr": np.ones((2, 2))}, TypeError, "max_lr"),
    ({"max_lr": [0.1, 0.2], "max_momentum": [0.9] * 3}, ValueError, "max_lr has 2"),
    ({"base_momentum": 0.95, "max_momentum": 0.85}, ValueError, "base_momentum=0.95"),
    ({"max_lr": 1e300, "div_factor": 1e-300}, ValueError, "div_factor=1e-300"),
    ({"max_lr": 1e300, "div_factor": 1, "final_div_factor": 1e-300}, ValueError, "infinite"),
    ({"pct_start": -0.1}, ValueError, "pct_start"),
    ({"pct_start": 1.1}, ValueError, "pct_start must be a number between 0 and 1, got 1.1"),
    ({"total_steps": "10"}, TypeError, r"at least 1, got '10' \(str\)"),
    ({"total_steps": True}, TypeError, r"at least 1, got True \(a boolean\)"),
    ({"total_steps": np.bool_(True)}, TypeError, r"\(a boolean\)"),
    ({"pct_start": NAN}, ValueError, "pct_start"),
    ({"pct_start": "0.3"}, TypeError, "pct_start"),
    ({"pct_start": 1}, ValueError, r"pct_start=1.0 .* try pct_start=0\.9"),
    ({"pct_start": 1.0}, ValueError, r"pct_start=1.0 .* try pct_start=0\.9"),
    ({"pct_start": 0.1}, ValueError, r"zero width .* try pct_start=0\.2"),
    ({"pct_start": 1, "total_steps": 2}, ValueError, "annealing: .*; use more steps$"),
    ({"pct_start": 1, "total_steps": 3}, ValueError, r"try pct_start=0\.666667$"),
    ({"pct_start": 1, "total_steps": 100}, ValueError, r"try pct_start=0\.9$"),
    ({"pct_start": 0.25, "total_steps": 4}, ValueError, "zero width .*; use more steps$"),
    ({"pct_start": 0.2, "total_steps": 5}, ValueError, r"zero width .* pct_start=0\.4 or more$"),
    ({"pct_start": 0.6, "three_phase": True}, ValueError, r"three_phase=True .* try pct_start"),
    ({"anneal_strategy": "cosine"}, ValueError, "anneal_strategy must be 'cos' or 'linear'"),
    ({"cycle_momentum": 1}, TypeError, "cycle_momentum"),
    ({"three_phase": "yes"}, TypeError, "three_phase"),
    ({"total_steps": None}, ValueError, "total_steps, or both epochs and steps_per_epoch"),
    ({"total_steps": None, "epochs": 3}, ValueError, "steps_per_epoch=None"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "kind", "match"), BAD)
def test_bad_input_names_argument_and_value(changes, kind, match):
    with pytest.raises(kind, match=match):
        OneCycle(**({"max_lr": 0.1, "total_steps": 10} | changes))


@pytest.mark.filterwarnings("ignore")
def test_odd_values_are_refused_with_a_name_or_work():
    found = tried(15_000)
    assert set(found) == {"NoneType", "TypeError", "ValueError"}
    assert min(found.values()) > 500


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (10**400, "got 1000"),
        (10**5000, "got a whole number of about 5001 digits"),
        (Fraction(10**400), "got Fraction"),
        (torch.tensor(0.1, device="meta"), "got tensor"),
        (torch.ones(1).to_sparse(), "got tensor"),
        (np.ma.masked, "got masked"),
        (Odd(), "got a Odd that cannot be shown"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_number_that_none_can_be_is_named_and_shown(value, words):
    for name in ("max_lr", "pct_start", "div_factor", "base_momentum"):
        with pytest.raises((TypeError, ValueError), match=f"^{name} must be .*{words}") as caught:
            OneCycle(**({"max_lr": 0.1, "total_steps": 10} | {name: value}))
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [np.array(["cos"]), np.array(["cos", "cos"]), [], torch.ones(2)])
def test_a_strategy_is_a_text(value):
    with pytest.raises(ValueError, match="anneal_strategy must be 'cos' or 'linear', got"):
        OneCycle(0.1, 10, anneal_strategy=value)


def test_a_product_beyond_all_numbers_is_refused():
    with pytest.raises(ValueError, match=r"epochs \* steps_per_epoch must be .* at most 1e308"):
        OneCycle(0.1, epochs=10**200, steps_per_epoch=10**200)


def test_the_suggested_values_work():
    assert OneCycle(0.1, 10, pct_start=0.9).curve().lr.argmax() == 8
    assert OneCycle(0.1, 10, pct_start=0.2).curve().lr.argmax() == 1
    assert OneCycle(0.1, 10, pct_start=0.45, three_phase=True).phases[-1].name == "annihilation"


@pytest.mark.parametrize("share", [0, 0.0, 0.05])
def test_no_warm_up_warns_and_is_torchs(share):
    with pytest.warns(UserWarning, match="no warm-up") as caught:
        policy = OneCycle(0.1, 10, pct_start=share)
    assert caught[0].filename == __file__  # at the caller's line, not inside the package
    optimizer = sgd()
    same(policy.curve(), *walk(optimizer, TORCH(optimizer, 0.1, 10, pct_start=float(share)), 10))


def test_a_usual_policy_has_no_notes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert OneCycle(0.1, 1000).notes == ()


def test_the_borders_of_what_is_noted_are_usual():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        OneCycle(0.1, 10, div_factor=1)  # starts at max_lr, not above
        OneCycle(0.1, 10, div_factor=4, final_div_factor=0.25)  # ends there
        OneCycle(0.1, 10, base_momentum=0.9, max_momentum=0.9)
        OneCycle(0.1, 10, base_momentum=0, max_momentum=0)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"total_steps": 1}, "total_steps=1 the only step uses the final learning rate"),
        ({"total_steps": 20, "pct_start": 0.04}, r"no warm-up: .* raise pct_start above 0\.05"),
        ({"total_steps": 5, "three_phase": True}, "no rise"),
        ({"total_steps": 10, "div_factor": 0.5}, "starts above max_lr"),
        ({"total_steps": 10, "final_div_factor": 0.01}, "ends above max_lr"),
    ],
)
def test_surprises_are_noted(arguments, match):
    with pytest.warns(UserWarning, match=match):
        OneCycle(0.1, **arguments)


@quiet
@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("steps", range(4, 12))
@pytest.mark.parametrize("share", [0.26, 0.3, 0.35, 0.375, 0.4, 0.45, 0.5])
def test_no_rise_is_noted_exactly_when_nothing_rises(share, steps, strategy):
    policy = OneCycle(0.1, steps, pct_start=share, three_phase=True, anneal_strategy=strategy)
    rises = (np.diff(policy.curve().lr) > 1e-12).any()
    assert any(note.startswith("no rise") for note in policy.notes) == (not rises)


def test_presets():
    presets = OneCycle.presets(max_lr=2.0, total_steps=200)
    assert set(presets) == set(PRESETS)
    assert presets["torch default"] == OneCycle(2.0, 200)
    assert all(policy.curve().lr.max() == pytest.approx(2.0) for policy in presets.values())
    fastai = presets["fastai"].curve().lr
    assert fastai[0] == pytest.approx(2.0 / 25)
    assert fastai[-1] == pytest.approx(2.0 / 1e5)
    paper = presets["paper, three phases"]
    assert (paper.phases[1].last + 1) / paper.total_steps == pytest.approx(0.9, abs=0.01)
    assert all(preset.source for preset in PRESETS.values())


def test_neither_the_policy_nor_its_curve_can_be_changed():
    policy = OneCycle(0.1, 10)
    with pytest.raises(AttributeError):
        policy.max_lr = 0.2
    curve = policy.curve()
    with pytest.raises(AttributeError):
        curve.lr = curve.momentum
    assert {curve: "a key"}[curve] == "a key"  # curves are told apart, not compared
