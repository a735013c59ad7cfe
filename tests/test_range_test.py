import copy
import json
import random
import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, TensorDataset

from onecycle_widgets import OneCycle, OneCycleLR, RangeTest, drawing, lr_range_test, toys, train
from onecycle_widgets.range_test.divergence import Divergence
from onecycle_widgets.range_test.figure import overlay
from onecycle_widgets.range_test.result import Stop
from onecycle_widgets.range_test.suggest import RULES, suggestions
from onecycle_widgets.training.batches import moved

OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-4),
    "Adam": lambda p: torch.optim.Adam(p, lr=1e-3),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=1e-3),
    "Adam with a tensor lr": lambda p: torch.optim.Adam(p, lr=torch.tensor(1e-3), foreach=False),
}


def network():
    """BatchNorm, Dropout, a frozen part, and a part kept in evaluation mode."""
    torch.manual_seed(3)
    net = nn.Sequential(
        nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3),
    )  # fmt: skip
    net[4].requires_grad_(False)
    net[5].eval()
    return net


def loader(seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(96, 8, generator=generator)
    y = torch.randint(0, 3, (96,), generator=generator)
    return DataLoader(TensorDataset(x, y), 16, shuffle=True, generator=generator)


def everything(model, optimizer, batches, scheduler):
    """A deep copy of all that a training depends on."""
    return copy.deepcopy(
        {
            "model": model.state_dict(),
            "gradients": [p.grad for p in model.parameters()],
            "requires_grad": [p.requires_grad for p in model.parameters()],
            "flags": [m.training for m in model.modules()],
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "called": getattr(optimizer, "_opt_called", None),
            "python": random.getstate(),
            "numpy": np.random.get_state(),
            "torch": torch.get_rng_state(),
            "order": batches.generator.get_state(),
        }
    )


def assert_same(a, b):
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for left, right in zip(a, b, strict=True):
            assert_same(left, right)
    elif isinstance(a, (torch.Tensor, np.ndarray)):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b


class Stumble:
    """A loss function that after some calls raises, is interrupted, or returns NaN."""

    def __init__(self, how):
        self.how, self.calls = how, 0

    def __call__(self, output, target):
        self.calls += 1
        random.random(), np.random.rand()  # use the random states that torch does not
        loss = cross_entropy(output, target)
        if self.calls > 7:
            if isinstance(self.how, BaseException):
                raise self.how
            return loss * self.how
        return loss


ENDINGS = {
    "ends": 1.0,
    "NaN": float("nan"),
    "infinite": float("inf"),
    "diverges": 1e6,
    "error": RuntimeError("boom"),
    "interrupted": KeyboardInterrupt(),
}


@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_everything_is_given_back(make, ending, trained):
    model, batches = network(), loader()
    optimizer = make(model.parameters())
    scheduler = OneCycleLR(optimizer, 0.1, total_steps=50)
    if trained:
        train(model, optimizer, cross_entropy, batches, scheduler, total_steps=9)
        model[5].eval()
    weights = list(model.parameters())
    before = everything(model, optimizer, batches, scheduler)
    loss_fn, how = Stumble(ENDINGS[ending]), ENDINGS[ending]
    curves = []
    for _ in range(2):
        loss_fn.calls = 0
        if isinstance(how, KeyboardInterrupt):
            with pytest.warns(UserWarning, match="interrupted in run 1 of 1; all is as it was"):
                part = lr_range_test(model, optimizer, loss_fn, batches, 1e-4, 1.0, 20)
            assert part.stopped == f"interrupted at lr={part.lr[-1]:.3g}"
            assert not part.diverged
            assert 0 < len(part.lr) < 20
        elif isinstance(how, BaseException):
            with pytest.raises(type(how)):
                lr_range_test(model, optimizer, loss_fn, batches, 1e-4, 1.0, 20)
        else:
            curves.append(lr_range_test(model, optimizer, loss_fn, batches, 1e-4, 1.0, 20))
        assert_same(everything(model, optimizer, batches, scheduler), before)
    assert all(a is b for a, b in zip(weights, model.parameters(), strict=True))
    if curves:
        np.testing.assert_array_equal(curves[0].loss, curves[1].loss)
        assert (curves[0].stopped is None) == (ending == "ends")


def test_training_goes_on_as_if_the_test_had_never_run():
    losses = []
    for tested in (False, True):
        model, batches = network(), loader()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        scheduler = OneCycleLR(optimizer, 0.1, total_steps=30)
        torch.manual_seed(0)
        first = train(model, optimizer, cross_entropy, batches, scheduler, total_steps=10)
        if tested:
            lr_range_test(model, optimizer, cross_entropy, batches, num_steps=25)
        rest = train(model, optimizer, cross_entropy, batches, scheduler, total_steps=20)
        losses.append(np.concatenate([first.loss, rest.loss]))
    np.testing.assert_array_equal(*losses)


def mlp_and_optimizer(**options):
    model = toys.mlp()
    return model, torch.optim.SGD(model.parameters(), **{"lr": 0.1, "momentum": 0.9, **options})


@pytest.fixture(scope="module")
def batches():
    return toys.digits().train.batches(64)


@pytest.mark.parametrize(("mode", "space"), [("exp", np.geomspace), ("linear", np.linspace)])
def test_the_ladder_has_exact_ends_and_equal_rungs(batches, mode, space):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-5, 1e-2, 13, mode)
    np.testing.assert_allclose(result.lr, space(1e-5, 1e-2, 13), rtol=1e-12)
    assert (result.lr[0], result.lr[-1]) == (1e-5, 1e-2)
    assert len(result.loss) == 13


def test_raw_losses_are_the_batches_losses():
    model, optimizer = mlp_and_optimizer()
    data = list(toys.digits().train.batches(64))[:4]
    result = lr_range_test(model, optimizer, cross_entropy, data, 1e-5, 1e-2, 10)
    twin, other = mlp_and_optimizer()
    expected = []
    for step, lr in enumerate(result.lr):
        other.param_groups[0]["lr"] = lr
        loss = cross_entropy(twin(data[step % 4][0]), data[step % 4][1])
        expected.append(loss.item())
        other.zero_grad()
        loss.backward()
        other.step()
    np.testing.assert_array_equal(result.loss, expected)


def test_groups_keep_the_ratios_of_their_rates(batches):
    model = toys.mlp()
    first, last = list(model[1].parameters()), list(model[5].parameters())
    optimizer = torch.optim.SGD([{"params": first, "lr": 0.01}, {"params": last, "lr": 0.1}])
    seen = []

    def loss_fn(output, target):
        seen.append([group["lr"] for group in optimizer.param_groups])
        return cross_entropy(output, target)

    result = lr_range_test(model, optimizer, loss_fn, batches, 1e-4, 1e-1, 12)
    np.testing.assert_allclose(np.array(seen)[:, 1], result.lr)
    np.testing.assert_allclose(np.array(seen)[:, 0], result.lr / 10)


def test_it_stops_when_the_loss_explodes(batches):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4)
    assert result.stopped.startswith("diverged at lr=")
    assert 20 < len(result.lr) < 100
    assert np.isfinite(result.loss).all()
    on = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4, diverge=None)
    assert len(on.lr) > len(result.lr)


@pytest.mark.parametrize(("scale", "shift"), [(1, -100), (1e-6, 0), (1e3, 5)])
def test_the_stop_does_not_depend_on_the_losss_scale(batches, scale, shift):
    plain = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4)
    model, optimizer = mlp_and_optimizer(lr=0.1)
    # The gradient is scaled with the loss: scale the steps back.
    ladder = {"start_lr": 1e-4 / scale, "end_lr": 10 / scale}
    moved = lr_range_test(
        model, optimizer, lambda o, t: cross_entropy(o, t) * scale + shift, batches, **ladder
    )
    assert abs(len(moved.lr) - len(plain.lr)) <= 1
    picks = [result.suggestions()["steepest"].lr for result in (plain, moved)]
    assert picks[0] == pytest.approx(picks[1] * scale, rel=0.2)


def test_the_rules_find_a_good_rate(batches):
    found = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4).suggestions()
    assert list(found) == list(RULES)
    assert len(found) >= 2
    assert 0.03 < found["steepest"].lr < 0.2
    assert 0.005 < found["minimum/10"].lr < 0.1
    assert all(suggestion.reason for suggestion in found.values())


def one_run(lr, loss, stopped=None):
    stop = None if stopped is None else Stop(stopped)
    return RangeTest(lr, loss[None], None, (stop,), (1.0,), "exp")


def sigmoid_curve():
    lr = np.geomspace(1e-5, 10, 100)
    return lr, 2.3 / (1 + (lr / 1e-2) ** 2) + (lr / 3) ** 4


def test_rules_on_a_known_curve():
    lr, loss = sigmoid_curve()
    found = suggestions(lr, loss, "diverged")
    assert found["steepest"].lr == pytest.approx(1e-2, rel=0.15)
    assert found["minimum/10"].lr == pytest.approx(lr[loss.argmin()] / 10)
    falling = lr[: loss.argmin() + 1]
    assert found["valley"].lr == falling[(len(falling) - 1) // 2]
    inside = lr[(loss < loss.min() + 0.1 * (loss[0] - loss.min()))]
    assert found["edge"].lr == inside.max()
    ends = found["steepest"].lr, found["edge"].lr
    middle = np.sqrt(ends[0] * ends[1])
    assert found["halfway"].lr == pytest.approx(max(middle, ends[1] / 5))


@pytest.mark.parametrize(
    ("lr", "loss", "stopped", "match"),
    [
        (np.geomspace(1e-5, 1e-4, 5), np.ones(5), "diverged", "diverged at once: lower start_lr"),
        (np.geomspace(1e-5, 1e-4, 5), np.ones(5), None, "raise num_steps"),
        (np.geomspace(1e-5, 1, 50), np.linspace(1, 3, 50), "diverged", "no descent.*start_lr"),
        (np.geomspace(1e-5, 1, 50), np.ones(50), None, "no descent.*end_lr"),
        (
            np.geomspace(1e-5, 1, 50),
            np.maximum(1, np.linspace(0, 3, 50)),
            "diverged",
            "no descent.*larger batches",
        ),
    ],
)
def test_curves_that_bear_no_rule_are_refused(lr, loss, stopped, match):
    for suggestion in suggestions(lr, loss, stopped).values():
        assert suggestion.lr is None
        assert re.search(match, suggestion.reason)


def test_noise_is_no_descent():
    rng = np.random.default_rng(0)
    lr, loss = np.geomspace(1e-5, 1e-2, 100), 0.2 + 0.05 * rng.standard_normal(100)
    result = one_run(lr, loss)
    assert all("no descent" in s.reason for s in result.suggestions().values())


def test_the_minimum_rule_refuses_when_the_loss_still_falls():
    lr = np.geomspace(1e-5, 1e-2, 60)
    found = suggestions(lr, np.linspace(2.3, 1, 60), None)
    for rule in ("minimum/10", "edge", "halfway"):
        assert found[rule].lr is None
        assert found[rule].reason.startswith("never diverged")
        assert "raise end_lr" in found[rule].reason


DOUBLE = toys.digits(dtype=torch.float64)


def digits_test(model, seed=0, size=64, data=DOUBLE.train, kind="SGD", start=1e-4, steps=100):
    options = {"momentum": 0.9} if kind == "SGD" else {}
    optimizer = getattr(torch.optim, kind)(model.parameters(), lr=0.05, **options)
    batches = data.batches(size, seed=seed)
    ladder = {"start_lr": start, "num_steps": steps, "progress": False}
    return lr_range_test(model, optimizer, cross_entropy, batches, **ladder)


@pytest.mark.parametrize("layers", [6, 8])
@pytest.mark.parametrize("seed", range(5))
def test_a_net_that_does_not_learn_gets_no_rate_at_which_it_would_not_learn(layers, seed):
    model = toys.mlp(hidden=(64,) * layers, seed=seed, dtype=torch.float64)
    found = digits_test(model, seed).suggestions()
    assert all(pick.lr is None for pick in found.values())
    (reason,) = {pick.reason for pick in found.values()}
    assert reason.startswith(("a weak descent: the loss falls by", "no descent: "))


@pytest.mark.parametrize("seed", range(3))
def test_the_advice_for_a_weak_descent_helps(seed):
    six = {"hidden": (64,) * 6, "seed": seed, "dtype": torch.float64}
    assert digits_test(toys.mlp(**six), seed).recommended.lr is None
    # Trained for real with one cycle of 200 steps, a peak of 0.13 is the best of its ladder.
    longer = digits_test(toys.mlp(**six), seed, steps=400).recommended
    assert 0.06 < longer.lr < 0.3
    assert digits_test(toys.mlp(**six), seed, kind="AdamW", start=1e-5).recommended.lr is not None
    four = toys.mlp(hidden=(64,) * 4, seed=seed, dtype=torch.float64)
    assert digits_test(four, seed).recommended.lr is not None
    begun = toys.residual_mlp(init="zero last", seed=seed, dtype=torch.float64)
    assert digits_test(begun, seed).recommended.lr is not None


def half_trained(steps=60, flipped=0.0):
    """A model that was trained for a while, and data to go on with: some labels are random."""
    model = toys.mlp(dtype=torch.float64)
    draw = np.random.default_rng(0)
    y = DOUBLE.train.y.clone()
    noisy = torch.from_numpy(draw.random(len(y)) < flipped)
    y[noisy] = torch.from_numpy(draw.integers(0, 10, int(noisy.sum())))
    data = toys.Split(DOUBLE.train.x, y)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    train(model, optimizer, cross_entropy, data.batches(64), total_steps=steps, progress=False)
    return model, data


@pytest.mark.parametrize("shift", [1.0, 1.5])
def test_fine_tuning_on_other_data_is_not_refused(shift):
    model, data = half_trained(steps=200)
    noise = torch.from_numpy(np.random.default_rng(1).normal(size=data.x.shape))
    found = digits_test(model, size=256, data=toys.Split(data.x + shift * noise, data.y))
    assert found.recommended.lr is not None


def test_going_on_where_most_of_the_loss_is_noise_of_the_labels_is_not_refused():
    model, data = half_trained(flipped=0.5)
    found = digits_test(model, size=256, data=data)
    drop = 1 - found.smooth().min() / found.smooth()[0]
    assert 0.05 < drop < 0.12  # a small share of the loss can be learned at all
    assert found.recommended.lr is not None


def test_scatter_that_hides_the_descent_is_named_and_larger_batches_show_it():
    model, data = half_trained(steps=60)
    small, large = (digits_test(model, size=size, data=data) for size in (8, 128))
    assert "larger batches" in small.recommended.reason
    assert large.recommended.lr is not None


def test_the_edge_of_a_sudden_divergence_is_the_last_rate():
    lr = np.geomspace(1e-5, 1e-2, 60)
    found = suggestions(lr, np.linspace(2.3, 1, 60), "the loss became nan at lr=0.01")
    assert found["edge"].lr == lr[-1]


def test_smoothing_is_a_view_without_lag():
    lr, loss = sigmoid_curve()
    noisy = loss + 0.05 * np.random.default_rng(0).standard_normal(100)
    result = one_run(lr, noisy, "diverged")
    np.testing.assert_array_equal(result.smooth(0), np.minimum(noisy, result.smooth(0)))
    middle = slice(10, 80)
    assert np.abs(result.smooth(0.5) - loss)[middle].mean() < np.abs(noisy - loss)[middle].mean()
    half = [lr[np.argmax(curve < 1.15)] for curve in (loss, result.smooth(0.5))]
    assert half[1] == pytest.approx(half[0], rel=0.25)
    with pytest.raises(ValueError, match="decades must be 0 or more"):
        result.smooth(-1)


def test_repr_and_picture(batches):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4)
    assert repr(result).startswith("RangeTest(steps=")
    figure = result.plot()
    assert "diverged at lr=" in figure.alt
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[:2] == ["raw loss of each batch", "smoothed over 0.6 decades"]
    assert len(labels) == 2 + len(RULES)


def test_a_generator_that_runs_out_says_after_how_many():
    model, optimizer = mlp_and_optimizer()
    data = list(toys.digits().train.batches(64))[:5]
    before = copy.deepcopy(model.state_dict())
    result = lr_range_test(model, optimizer, cross_entropy, iter(data))
    assert "ran out after 5" in result.stopped
    assert len(result.loss) == 5  # what it has is kept
    assert not result.diverged
    assert all("raise num_steps" in s.reason for s in result.suggestions().values())
    assert_same(model.state_dict(), before)


@pytest.mark.parametrize(
    ("changes", "kind", "match"),
    [
        ({"start_lr": 0}, ValueError, "start_lr"),
        ({"start_lr": float("nan")}, ValueError, "start_lr"),
        ({"end_lr": float("inf")}, ValueError, "end_lr"),
        ({"start_lr": 1.0, "end_lr": 1.0}, ValueError, "end_lr must be above start_lr=1.0"),
        ({"num_steps": 1}, ValueError, "num_steps"),
        ({"num_steps": 10.5}, TypeError, "num_steps"),
        ({"mode": "log"}, ValueError, "mode must be 'exp' or 'linear', got 'log'"),
        ({"diverge": -1}, ValueError, "diverge"),
        ({"batches": []}, ValueError, "batches is empty"),
        ({"batches": 5}, TypeError, "batches must be an iterable"),
        ({"batches": [1, 2]}, TypeError, "pair .input, target."),
        ({"accumulate": 0}, ValueError, "accumulate"),
        ({"repeats": 0}, ValueError, "repeats"),
        ({"loss_fn": None}, TypeError, "loss_fn must be a function"),
        ({"step": lambda m, b: m(b[0])}, ValueError, "scalar tensor"),
        ({"val_batches": []}, ValueError, "val_batches is empty"),
        ({"val_batches": 5}, TypeError, "val_batches must be an iterable of batches, got int"),
        ({"also": nn.Linear(1, 1)}, TypeError, "also must be a list of modules and optimizers"),
        ({"also": [torch.ones(2)]}, TypeError, "also must be a list of modules and optimizers"),
        ({"also": [[torch.ones(2)]]}, TypeError, "also must be a list of modules and optimizers"),
        ({"loss_fn": lambda o, t: o}, ValueError, r"scalar tensor, got \(64, 10\)"),
        ({"loss_fn": lambda o, t: 1.0}, ValueError, "scalar tensor, got float"),
    ],
)
def test_bad_input(batches, changes, kind, match):
    model, optimizer = mlp_and_optimizer()
    before = copy.deepcopy(model.state_dict())
    arguments = {"loss_fn": cross_entropy, "batches": batches} | changes
    with pytest.raises(kind, match=match):
        lr_range_test(model, optimizer, **arguments)
    assert_same(model.state_dict(), before)


def test_a_model_with_nothing_to_train(batches):
    model, optimizer = mlp_and_optimizer()
    model.requires_grad_(False)
    with pytest.raises(ValueError, match="nothing to train"):
        lr_range_test(model, optimizer, cross_entropy, batches)


def test_several_groups_are_all_recorded_and_give_a_policy_in_the_same_ratios(batches):
    model = toys.mlp()
    first, last = list(model[1].parameters()), [*model[3].parameters(), *model[5].parameters()]
    optimizer = torch.optim.SGD(
        [{"params": first, "lr": 0.01}, {"params": last, "lr": 0.1}], lr=1.0, momentum=0.9
    )
    result = lr_range_test(model, optimizer, cross_entropy, batches, 1e-4)
    np.testing.assert_allclose(result.group_lr, [result.lr / 10, result.lr])
    policy = result.policy(200, three_phase=True)
    assert policy.max_lr == pytest.approx(
        (result.recommended.lr / 10, result.recommended.lr), rel=5e-3
    )
    assert policy.three_phase
    policy.scheduler(optimizer)


def test_policy_and_its_refusals(batches):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4)
    assert result.policy(300).max_lr == float(f"{result.recommended.lr:.3g}")
    edge = result.suggestions()["edge"].lr
    assert result.policy(300, "edge").max_lr == pytest.approx(edge, rel=5e-3)
    with pytest.raises(ValueError, match=r"rule must be one of .*, got 'best'"):
        result.policy(300, "best")
    flat = one_run(np.geomspace(1e-5, 1, 50), np.ones(50))
    with pytest.raises(ValueError, match="'halfway' picks no learning rate: no descent"):
        flat.policy(300)


def test_a_policy_takes_the_length_as_one_cycle_does(batches):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4)
    length = {"epochs": 3, "steps_per_epoch": len(batches)}
    policy = result.policy(**length, rule="edge", pct_start=0.4)
    same = result.policy(3 * len(batches), "edge", pct_start=0.4)
    assert policy == replace(same, **length)
    for given in ({}, {"epochs": 3}, {"total_steps": None}, {"epochs": 3, "steps_per_epoch": 0}):
        with pytest.raises(ValueError, match=r"steps_per_epoch") as ours:
            result.policy(**given)
        with pytest.raises(ValueError, match=r"steps_per_epoch") as one_cycles:
            OneCycle(0.1, **given)
        assert str(ours.value) == str(one_cycles.value)


def test_gradient_accumulation_is_a_larger_batch():
    toy = toys.digits(dtype=torch.float64)
    data = list(toy.train.batches(32))[:8]
    pairs = [
        tuple(torch.cat(parts) for parts in zip(*two, strict=True))
        for two in zip(data[::2], data[1::2], strict=True)
    ]
    curves = []
    for batches, accumulate in ((data, 2), (pairs, 1)):
        model = toys.mlp(dtype=torch.float64)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        arguments = model, optimizer, cross_entropy, batches, 1e-4, 0.1, 12
        curves.append(lr_range_test(*arguments, accumulate=accumulate).loss)
    np.testing.assert_allclose(*curves, rtol=1e-9)


def test_validation_loss_at_each_rung(batches):
    toy = toys.digits()
    model, optimizer = mlp_and_optimizer()
    held_out = [(toy.test.x, toy.test.y)]
    ladder = 1e-3, 0.1, 15
    result = lr_range_test(model, optimizer, cross_entropy, batches, *ladder, val_batches=held_out)
    assert result.val_loss.shape == result.loss.shape
    assert result.val_loss[-1] < result.val_loss[0]
    assert result.suggestions(validation=True).keys() == RULES.keys()
    plain = lr_range_test(model, optimizer, cross_entropy, batches, *ladder)
    np.testing.assert_array_equal(plain.loss, result.loss)
    with pytest.raises(ValueError, match="val_batches"):
        plain.suggestions(validation=True)


def test_the_validation_loss_is_the_mean_over_all_of_its_batches(batches):
    toy = toys.digits()
    parts = [(toy.test.x[:100], toy.test.y[:100]), (toy.test.x[100:130], toy.test.y[100:130])]
    found = []
    for held_out in (parts, parts[:1], parts[1:]):
        arguments = *mlp_and_optimizer(), cross_entropy, batches, 1e-3, 0.1, 5
        found.append(lr_range_test(*arguments, val_batches=held_out).val_loss)
    both, first, second = found
    assert not np.allclose(first, second)
    np.testing.assert_allclose(both, (first + second) / 2)


def test_dict_batches_by_a_step_function():
    toy = toys.digits()
    pairs = list(toy.train.batches(64))[:6]
    dicts = [{"image": x, "label": y} for x, y in pairs]
    curves = []
    for batches, loss_fn, step in (
        (pairs, cross_entropy, None),
        (dicts, None, lambda model, b: cross_entropy(model(b["image"]), b["label"])),
    ):
        result = lr_range_test(*mlp_and_optimizer(), loss_fn, batches, 1e-3, 0.1, 9, step=step)
        curves.append(result.loss)
    np.testing.assert_array_equal(*curves)


def test_autocast_by_a_context(batches):
    seen = set()

    def loss_fn(output, target):
        seen.add(output.dtype)
        return cross_entropy(output, target)

    context = torch.autocast("cpu", torch.bfloat16)
    result = lr_range_test(*mlp_and_optimizer(), loss_fn, batches, 1e-4, context=context)
    assert seen == {torch.bfloat16}
    assert 0.03 < result.suggestions()["steepest"].lr < 0.2


def test_repeats_give_a_median_a_band_and_a_spread(batches):
    model, optimizer = mlp_and_optimizer()
    before = copy.deepcopy(model.state_dict())
    state = batches.generator.get_state()
    single = lr_range_test(model, optimizer, cross_entropy, batches, 1e-4)
    result = lr_range_test(model, optimizer, cross_entropy, batches, 1e-4, repeats=5)
    assert_same(model.state_dict(), before)
    assert torch.equal(batches.generator.get_state(), state)
    assert result.losses.shape == (5, 100)
    assert [len(run.stops) for run in result.runs] == [1] * 5
    np.testing.assert_array_equal(result.runs[0].loss, single.loss)
    assert not np.array_equal(result.losses[0, :10], result.losses[1, :10])
    np.testing.assert_array_equal(result.loss[:50], np.median(result.losses[:, :50], axis=0))
    spread = result.spread()
    assert list(spread) == list(RULES)
    assert len(spread["steepest"]) == 5
    assert 0.02 < spread["steepest"][0] <= spread["steepest"][-1] < 0.3
    assert "5 runs" in [t.get_text() for t in result.plot().axes[0].get_legend().get_texts()]
    assert repr(result).startswith("RangeTest(runs=5, steps=")
    assert "5 of 5 runs stopped" in result.stopped


class Rows(Dataset):
    """Samples with noise, drawn by a generator of its own."""

    def __init__(self, rng):
        self.rng, (self.x, self.y) = rng, toys.digits().train

    def __len__(self):
        return len(self.y)

    def __getitem__(self, index):
        noise = self.rng.random() if isinstance(self.rng, random.Random) else self.rng.normal()
        return self.x[index] * (1 + 0.1 * noise), self.y[index]


class Wrapped:
    """A loader in something that only passes its batches on."""

    def __init__(self, loader):
        self.inner = {"loader": loader}

    def __iter__(self):
        return iter(self.inner["loader"])


SOURCES = {
    "a wrapper": lambda: Wrapped(toys.digits().train.batches(64)),
    "a list": lambda: list(toys.digits().train.batches(64)),
    "NumPy's generator": lambda: DataLoader(Rows(np.random.default_rng(0)), 64),
    "NumPy's old generator": lambda: DataLoader(Rows(np.random.RandomState(0)), 64),
    "Python's generator": lambda: DataLoader(Rows(random.Random(0)), 64),
}


@pytest.mark.parametrize("name", SOURCES)
def test_repeats_get_other_batches_wherever_their_generator_is(name):
    source = SOURCES[name]()
    tested = [
        lr_range_test(*mlp_and_optimizer(), cross_entropy, source, 1e-4, 1e-3, 5, repeats=3).losses
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*tested)  # seeded, and the source is as before
    different = len(np.unique(tested[0][:, 0]))
    assert different == (1 if name == "a list" else 3)


def test_to_dict_and_to_csv(batches, tmp_path):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4, repeats=2)
    again = json.loads(json.dumps(result.to_dict()))
    np.testing.assert_array_equal(np.array(again["losses"], dtype=float), result.losses)
    assert again["stops"] == list(result.stops)
    text = result.to_csv(tmp_path / "curve.csv")
    assert (tmp_path / "curve.csv").read_text() == text
    header, *rows = text.splitlines()
    assert header == "run,step,lr,loss,val_loss"
    assert len(rows) == np.isfinite(result.losses).sum()
    run, step, lr, loss, val = rows[3].split(",")
    assert (run, step, val) == ("0", "3", "")
    assert (float(lr), float(loss)) == (result.lr[3], result.losses[0, 3])


def test_pictures_on_given_axes_and_overlaid(batches):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4)
    figure, (axes,) = drawing.subplots()
    assert result.plot(ax=axes) is figure
    assert len(axes.lines) == 2 + len(RULES)
    both = overlay({"one": result, "two": result})
    labels = [text.get_text() for text in both.axes[0].get_legend().get_texts()]
    assert labels == ["one", "two"]
    assert both.alt.startswith("The loss is lowest at lr: one ")
    titled = overlay({"one": result}, title="It falls")
    assert titled.alt.startswith("It falls. The loss is lowest at lr: one ")
    assert titled.get_suptitle() == "It falls"
    with pytest.raises(ValueError, match="at least one"):
        overlay({})


def test_an_empty_result_can_still_be_looked_at():
    model, optimizer = mlp_and_optimizer()
    data = [(torch.full((4, 64), float("nan")), torch.zeros(4, dtype=torch.int64))]
    result = lr_range_test(model, optimizer, cross_entropy, data)
    assert len(result.lr) == len(result.loss) == 0
    assert "first loss is nan, before any step" in result.stopped
    assert all("look at the data" in s.reason for s in result.suggestions().values())
    assert "No step was taken" in result.plot().alt
    assert "steps=0" in repr(result)


def test_quiet_by_default(batches, capsys):
    lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, num_steps=20)
    assert capsys.readouterr() == ("", "")


class Pair(NamedTuple):
    image: torch.Tensor
    label: torch.Tensor


def test_batches_of_any_form_are_moved_to_the_device():
    x, y = torch.ones(2, 3), torch.zeros(2)
    batch = {"pair": Pair(x, y), "list": [x, "text"], "tuple": (y, 3)}
    there = moved(batch, "meta")
    assert type(there["pair"]) is Pair
    tensors = [*there["pair"], there["list"][0], there["tuple"][0]]
    assert all(tensor.device.type == "meta" for tensor in tensors)
    assert (there["list"][1], there["tuple"][1]) == ("text", 3)


def test_a_given_device(batches):
    result = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4, device="cpu")
    other = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, 1e-4)
    np.testing.assert_array_equal(result.loss, other.loss)


def test_several_inputs_by_a_step_function():
    torch.manual_seed(0)
    model = nn.ModuleDict({"a": nn.Linear(3, 4), "b": nn.Linear(5, 4)})
    optimizer = torch.optim.Adam(model.parameters())
    data = [(torch.randn(8, 3), torch.randn(8, 5), torch.randn(8, 4)) for _ in range(4)]

    def step(model, batch):
        return nn.functional.mse_loss(model["a"](batch[0]) + model["b"](batch[1]), batch[2])

    result = lr_range_test(model, optimizer, None, data, 1e-3, 0.1, 30, step=step)
    assert result.loss[-4:].mean() < result.loss[:4].mean()


def test_losses_that_are_all_equal_and_negative_and_short():
    for loss in (np.full(40, 3.0), np.full(40, -3.0), np.zeros(40)):
        found = one_run(np.geomspace(1e-5, 1, 40), loss)
        assert all(s.lr is None for s in found.suggestions().values())
        np.testing.assert_allclose(found.smooth(), loss)
    falling = one_run(np.geomspace(1e-5, 1, 40), np.linspace(-1, -5, 40), "diverged at lr=1")
    assert falling.suggestions()["steepest"].lr is not None
    assert len(one_run(np.geomspace(1e-5, 1, 2), np.array([1.0, 0.5])).smooth()) == 2


def test_a_parameter_outside_the_model_is_given_back_too(batches):
    model, temperature = toys.mlp(), nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.SGD([*model.parameters(), temperature], lr=0.1, momentum=0.9)
    temperature.grad = gradient = torch.tensor(7.0)

    def loss_fn(output, target):
        return cross_entropy(output * temperature, target)

    lr_range_test(model, optimizer, loss_fn, batches, 1e-3, 0.1, 12)
    assert temperature.item() == 1.0
    assert temperature.grad is gradient
    assert gradient.item() == 7.0


def test_an_optimizer_that_needs_a_closure_is_refused(batches):
    model = toys.mlp()
    optimizer = torch.optim.LBFGS(model.parameters())
    for run in (lr_range_test, train):
        with pytest.raises(TypeError, match=r"without a closure.*got LBFGS"):
            run(model, optimizer, cross_entropy, batches)


def test_linear_ladder_and_attached_warnings(batches):
    """A test before training must not use up torch's warning about the order of the steps."""
    model, optimizer = mlp_and_optimizer()
    scheduler = OneCycleLR(optimizer, 0.1, total_steps=10)
    lr_range_test(model, optimizer, cross_entropy, batches, 1e-3, 0.1, 12, "linear").plot()
    with pytest.warns(UserWarning, match=r"lr_scheduler.step\(\)` before"):
        scheduler.step()


def never_moves(kind):
    """A model whose loss is flat at small rates: it has no scale of its own yet."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    batches = toys.digits().train.batches(64)
    if kind == "a last layer of zeros":
        nn.init.zeros_(model[2].weight)
        nn.init.zeros_(model[2].bias)
    elif kind == "dead units":
        nn.init.constant_(model[0].bias, -1e3)
    elif kind != "as it is":
        batches = [next(iter(batches))]
    if kind == "one batch in bfloat16":
        model, batches = model.bfloat16(), [(batches[0][0].bfloat16(), batches[0][1])]
    return model, batches


FLAT = ["a last layer of zeros", "dead units", "one batch", "one batch in bfloat16"]


@pytest.mark.parametrize("kind", FLAT)
def test_a_flat_loss_is_no_divergence(kind):
    model, batches = never_moves(kind)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    result = lr_range_test(model, optimizer, cross_entropy, batches, progress=False)
    assert result.lr[-1] > 0.5, result.stopped


@pytest.mark.parametrize("kind", ["a last layer of zeros", "one batch", "as it is"])
def test_an_explosion_after_a_flat_start_is_still_seen(kind):
    model, batches = never_moves(kind)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    arguments = (model, optimizer, cross_entropy, batches)
    result = lr_range_test(*arguments, end_lr=1e4, num_steps=150, progress=False)
    assert result.diverged


def test_a_constant_loss_never_diverges():
    rng = random.Random(0)
    for _ in range(500):
        value, watch = rng.uniform(-10, 10), Divergence(2.0)
        assert {watch.verdict(value) for _ in range(100)} == {None}


def test_a_first_loss_that_is_nan_is_not_the_rates_fault(batches):
    model, optimizer = mlp_and_optimizer()
    nn.init.constant_(next(model.parameters()), float("nan"))
    result = lr_range_test(model, optimizer, cross_entropy, batches, progress=False)
    assert not result.diverged
    for suggestion in result.suggestions().values():
        assert suggestion.lr is None
        assert suggestion.reason.startswith("the first loss is nan, before any step: look at")
    with pytest.raises(ValueError, match="look at the data and the model"):
        result.policy(100)


def test_interrupted_repeats_keep_the_runs_so_far(batches):
    calls = []

    def loss_fn(output, target):
        calls.append(1)
        if len(calls) == 45:
            raise KeyboardInterrupt
        return cross_entropy(output, target)

    arguments = (*mlp_and_optimizer(), loss_fn, batches)
    with pytest.warns(UserWarning, match="interrupted in run 3 of 5"):
        result = lr_range_test(*arguments, 1e-4, 1.0, num_steps=20, repeats=5, progress=False)
    assert result.losses.shape == (3, 20)
    assert np.isfinite(result.losses).sum(1).tolist() == [20, 20, 4]
    assert [stop is None for stop in result.stops] == [True, True, False]
    calls.clear()
    calls += [1] * 44
    with pytest.raises(KeyboardInterrupt):  # nothing was seen yet
        lr_range_test(*arguments, num_steps=20, progress=False)


@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_a_model_without_weights_is_refused_before_anything_happens(batches):
    model = nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="run one batch through it first"):
        lr_range_test(model, optimizer, cross_entropy, batches, progress=False)
    model(next(iter(batches))[0])
    assert len(lr_range_test(model, optimizer, cross_entropy, batches, progress=False).lr) > 10


def test_validation_batches_that_cannot_start_again_are_told_apart_from_none(batches):
    once = iter([next(iter(batches))])
    with pytest.raises(ValueError, match="val_batches ran out and cannot start again"):
        lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, val_batches=once)
    with pytest.raises(ValueError, match="val_batches is empty"):
        lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, val_batches=[])


def test_clipped_gradients_bear_larger_rates(batches):
    def test(**options):
        arguments = (*mlp_and_optimizer(), cross_entropy, batches)
        return lr_range_test(*arguments, 1e-3, 100.0, progress=False, **options)

    assert test(clip=0.01).lr[-1] > 3 * test().lr[-1]
    np.testing.assert_array_equal(test(clip=1e9).loss, test().loss)
    with pytest.raises(ValueError, match="clip must be a finite number above 0, got 0"):
        test(clip=0)


def test_a_scaled_loss_is_recorded_unscaled_and_the_scaler_given_back(batches):
    plain = lr_range_test(*mlp_and_optimizer(), cross_entropy, batches, progress=False)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    arguments = (*mlp_and_optimizer(), cross_entropy, batches)
    before = scaler.state_dict()
    scaled = lr_range_test(*arguments, scaler=scaler, progress=False)
    np.testing.assert_allclose(scaled.loss[:80], plain.loss[:80], rtol=1e-3)
    assert scaler.state_dict() == before
    with pytest.raises(TypeError, match=r"scaler must be a torch\.amp\.GradScaler, got int"):
        lr_range_test(*arguments, scaler=1024, progress=False)
