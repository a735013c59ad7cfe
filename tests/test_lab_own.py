"""A person's own model and data in the lab: what is taken, what is refused, and to the digit."""

import copy
import csv
import io
import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import (
    DataLoader,
    IterableDataset,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
)

from onecycle_widgets import OneCycle, Setting, evaluate, toys, train
from onecycle_widgets.lab import run as lab_run
from onecycle_widgets.lab import wire
from onecycle_widgets.lab.draws import OwnDraws
from onecycle_widgets.lab.one_by_one import OneByOne, pieces
from onecycle_widgets.lab.own import OwnTask
from onecycle_widgets.lab.own_data import parts
from onecycle_widgets.lab.task import StoppedError, Task

POLICY = OneCycle(0.05, 24)
TRAIN, HELD_OUT = toys.spirals(dtype=torch.float64).holdout()
ENDED = OneCycle(1e200, 24)


def never():
    return False


def quiet(*_):
    return None


def trained(task, policy=POLICY):
    return lab_run.train(task, policy, never, quiet)


def plain():
    return toys.mlp(2, 3, (16,), dtype=torch.float64)


def dropping():
    """A model that the engine cannot stack: it draws, and has a layer without a rule."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        layers = nn.Linear(2, 16), nn.LayerNorm(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3)
        return nn.Sequential(*layers).double()


class Net(nn.Module):
    """As people write them: its own forward, and BatchNorm."""

    def __init__(self, seed=0):
        super().__init__()
        torch.manual_seed(seed)  # as people do, too
        self.first, self.norm = nn.Linear(2, 12), nn.BatchNorm1d(12)
        self.last = nn.Linear(12, 3)
        self.double()

    def forward(self, x):
        return self.last(functional.silu(self.norm(self.first(x))))


def own(model=None, data=(TRAIN, HELD_OUT), **options):
    return OwnTask.of(model or plain(), data, **options)


X, Y = TRAIN.x[:100], TRAIN.y[:100]
SAMPLES = [(x, int(y)) for x, y in zip(X, Y, strict=True)]


class Noisy:
    """A data set whose transform is random, by everybody's generators."""

    def __len__(self):
        return 100

    def __getitem__(self, index):
        noise = torch.rand(()) + random.random() + np.random.random()
        return X[index] + 0 * noise, Y[index]


@pytest.mark.parametrize(
    "data",
    [
        (X, Y),
        toys.Split(X, Y),
        (X.numpy(), Y.numpy()),
        TensorDataset(X, Y),
        SAMPLES,
        Noisy(),
        DataLoader(TensorDataset(X, Y), batch_size=20, shuffle=True),
        Subset(TensorDataset(TRAIN.x, TRAIN.y), range(100)),
    ],
)
def test_forms_of_data(data):
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    kept, held_out = parts(data)
    expected = toys.Toy("x", toys.Split(X, Y), toys.Split(X, Y), 3).holdout()
    for found, wanted in zip((*kept, *held_out), (*expected[0], *expected[1]), strict=True):
        assert torch.equal(found, wanted)
    after = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]
    both, late = parts((data, TensorDataset(X[:7], Y[:7])))
    assert len(both.y) == 100
    assert torch.equal(both.x, X)
    assert len(late.y) == 7
    wanted = 20 if isinstance(data, DataLoader) else 64
    assert own(data=data).batch_size == wanted


def test_a_toy_keeps_its_own_hold_out():
    assert torch.equal(own(data=toys.spirals(dtype=torch.float64)).splits[1].x, HELD_OUT.x)


class Stream(IterableDataset):
    def __iter__(self):
        return iter(SAMPLES)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (5, "data must be a pair of tensors .inputs, targets., a data set .* got 'int'"),
        (X, "data must be a pair of tensors .* got 'Tensor'"),
        ({"x": X}, "data must be a pair of tensors .* got 'dict'"),
        ((X, Y, Y), "data must be a pair of tensors .* got 'tuple'"),
        ((X, Y[:50]), r"data must have as many inputs as targets, got \(100, 2\) and \(50,\)"),
        ((X[:4], Y[:4]), "data must hold at least 5 samples, got 4"),
        (((X, Y), (X[:0], Y[:0])), r"data\[1\] must hold samples, got none"),
        (((X, Y), (X[:, :1], Y)), r"must be alike, got \(2,\) and \(1,\)"),
        ((X / 0, Y), "data must hold finite inputs, got 200 that are NaN or infinite"),
        (([], (X, Y)), r"data\[0\] must hold samples, got none"),
        ([1, 2, 3, 4, 5], r"data must hold pairs \(input, target\), got 1 for sample 0"),
        ([("a", 1)] * 5, "data must hold tensors, arrays or numbers, got str and int"),
        ([(object(), 1)] * 5, "all of one shape, got object and int; a transform"),
        ([(X[0], 1), (X[0, :1], 1)] * 3, "all of one shape, got Tensor and int"),
        (Stream(), "data must have a length, to be shuffled, got an IterableDataset"),
        (DataLoader(Stream()), "data must have a length"),
        (
            DataLoader(SAMPLES, sampler=WeightedRandomSampler([1.0] * 100, 50)),
            "data must be a DataLoader with torch's own samplers .* Pass its data set",
        ),
        (DataLoader(SAMPLES, collate_fn=list), "torch's own samplers and collate_fn"),
    ],
)
def test_data_that_are_refused(data, words):
    with pytest.raises((TypeError, ValueError), match=words):
        own(data=data)


def two_layers(last):
    return nn.Sequential(nn.Linear(2, 4), nn.Linear(4, last)).double()


def nothing(output, target):
    return float("nan") * output.sum()


REAL = TRAIN.x[:, :1], TRAIN.x[:, 1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"model": 5}, "model must be a torch.nn.Module, or a function that makes one, got int"),
        ({"model": lambda: 5}, "got int from the function"),
        ({"model": nn.Identity()}, "model must have parameters to train"),
        ({"model": nn.Linear(3, 3).double()}, r"model cannot take the inputs, .*\(16, 2\) of torc"),
        ({"model": nn.Linear(2, 3)}, "the model's parameters are torch.float32: convert one"),
        ({"model": two_layers(2)}, "targets must be from 0 to 1, since the model has 2 outputs, g"),
        ({"data": (X, Y.int())}, r"targets must be torch.int64 .* got torch.int32: .long\(\)"),
        ({"data": (X, Y.double())}, "targets must be class labels .* for regression give loss_fn"),
        ({"data": (X, Y), "loss_fn": 5}, "loss_fn must be a function, got int"),
        (
            {"model": nn.Linear(1, 1).double(), "data": REAL, "loss_fn": functional.mse_loss},
            r"loss_fn cannot compare the model's output, \(16, 1\) of torch.float64, and the targe",
        ),
        ({"loss_fn": lambda a, b: a.sum(1)}, r"loss_fn must return a scalar tensor, got \(16,\)"),
        ({"loss_fn": nothing}, "the loss of the first samples is nan, before any step"),
        ({"loss_fn": lambda a, b: a.sum().detach()}, "the loss has no gradient from"),
        ({"optimizer": "lion"}, "optimizer must be one of"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"batch_size": 961}, "batch_size must be at most 960, got 961"),
        ({"weight_decay": -1}, "weight_decay must be 0 or more"),
        ({"seeds": 101}, "seeds must be at most 100 in the lab, got 101"),
    ],
)
def test_what_does_not_go_together(arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        own(**arguments)


def test_a_module_that_cannot_be_copied():
    model = plain()
    model.stream = (number for number in range(3))
    with pytest.raises(TypeError, match="model must be a module that can be copied"):
        own(model)


MODELS = {"layers": plain, "dropout": dropping, "own class": Net}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_run_is_what_train_does(kind, optimizer):
    model = MODELS[kind]()
    before = copy.deepcopy(model.state_dict())
    task = own(model, optimizer=optimizer, weight_decay=0.01, seeds=2)
    assert (task.own.stacked, task.own.draws) == (kind == "layers", kind == "dropout")
    state = torch.get_rng_state()
    run = trained(task)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    setting = Setting(POLICY, weight_decay=0.01, optimizer=optimizer)
    for seed in range(2):
        net = copy.deepcopy(model)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            stepper = setting.make_optimizer(net.parameters())
            scheduler, batches = POLICY.scheduler(stepper), TRAIN.batches(64, seed)
            alone = train(net, stepper, functional.cross_entropy, batches, scheduler)
        final = evaluate(net, pieces(HELD_OUT))
        close = {"rtol": 1e-9} if task.own.stacked else {"rtol": 0}
        np.testing.assert_allclose(run.loss[seed], alone.loss, **close)
        np.testing.assert_allclose((run.final_loss[seed], run.final[seed]), final, **close)


def test_random_numbers_beside_a_model_that_draws():
    """Somebody draws in every step, by the same thread: neither changes the other."""
    task = own(dropping(), seeds=2)
    alone, drawn = trained(task), []
    torch.manual_seed(3)
    run = lab_run.train(task, POLICY, lambda: drawn.append(torch.rand(()).item()), quiet)
    np.testing.assert_array_equal(run.loss, alone.loss)
    torch.manual_seed(3)
    assert len(drawn) > 40
    assert drawn == [torch.rand(()).item() for _ in drawn]


DRAWS = {
    "dropout": lambda: functional.dropout(torch.ones(9)),
    "alpha_dropout": lambda: functional.alpha_dropout(torch.ones(9), training=True),
    "rand": lambda: torch.rand(9),
    "randn": lambda: torch.randn(9),
    "randint": lambda: torch.randint(3, 99, (9,)),
    "randperm": lambda: torch.randperm(9),
    "rand_like": lambda: torch.rand_like(torch.ones(9)),
    "rand_like of a kind": lambda: torch.rand_like(torch.ones(9), dtype=torch.float64),
    "randn_like": lambda: torch.randn_like(torch.ones(9)),
    "randint_like": lambda: torch.randint_like(torch.ones(9), 3, 99),
    "randint_like from 0": lambda: torch.randint_like(torch.ones(9), 99),
    "normal": lambda: torch.normal(torch.zeros(9), 1.0),
    "bernoulli": lambda: torch.bernoulli(torch.full((9,), 0.5)),
    "multinomial": lambda: torch.multinomial(torch.ones(9), 5),
    "rrelu": lambda: functional.rrelu(-torch.ones(9), training=True),
    "gumbel_softmax": lambda: functional.gumbel_softmax(torch.ones(9)),
    "attention": lambda: functional.scaled_dot_product_attention(
        *[torch.ones(1, 3, 4)] * 3, dropout_p=0.5
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_whatever_draws_has_a_generator(name):
    torch.manual_seed(4)
    wanted = DRAWS[name]()
    torch.manual_seed(8)
    state = torch.get_rng_state()
    with OwnDraws(4) as draws:
        found = DRAWS[name]()
    assert torch.equal(found, wanted)
    assert torch.equal(torch.get_rng_state(), state)
    assert draws.drew


def test_dropout_as_a_gpu_does_it():
    x = torch.ones(1000, dtype=torch.float64, requires_grad=True)
    state = torch.get_rng_state()
    with OwnDraws(4):
        dropped, kept = torch.native_dropout(x, 0.25, True)
        dropped.sum().backward()
        nothing, _ = torch.native_dropout(x, 1.0, True)
        same, _ = torch.native_dropout(x, 0.25, False)
    assert 700 < kept.sum() < 800
    torch.testing.assert_close(dropped, kept.double() / 0.75)
    torch.testing.assert_close(x.grad, kept.double() / 0.75)
    assert not nothing.any()
    assert torch.equal(same, x)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_generator_that_somebody_chose_is_theirs():
    with OwnDraws(4) as draws:
        torch.rand(3, generator=torch.Generator())
        torch.empty(3).uniform_(generator=torch.Generator())
    assert not draws.drew


FILLED = {
    "layers": "from onecycle_widgets import toys\n"
    "model = toys.mlp(2, 3, (16,), dtype=torch.float64)\n",
    "dropout": "import test_lab_own\nmodel = test_lab_own.dropping()\n",
    "own class": "import test_lab_own\nmodel = test_lab_own.Net\n",
}


@pytest.mark.parametrize("kind", FILLED)
def test_the_script_repeats_the_run_to_the_digit(kind):
    model = Net if kind == "own class" else MODELS[kind]()
    task = own(model, toys.spirals(dtype=torch.float64), seeds=2, optimizer="adamw")
    run = trained(task)
    lines = ["import sys, torch", "sys.path.insert(0, 'tests')"]
    for line in task.script(POLICY).splitlines():
        if line.startswith("model = ..."):
            assert task.model in line
            lines += FILLED[kind].splitlines()
        elif line.startswith("data = ..."):
            assert "960 inputs (2,) of float64, targets of int64; held out: 240" in line
            lines += ["from onecycle_widgets import toys"]
            lines += ["data = toys.spirals(dtype=torch.float64)"]
        else:
            lines.append(line)
    found = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    wanted = []
    for seed in range(2):
        wanted += [f"seed {seed} last loss {float(run.loss[seed, -1])}"]
        loss, accuracy = float(run.final_loss[seed]), float(run.final[seed])
        wanted += [f"held-out loss {loss} accuracy {accuracy}"]
    assert found.stdout.splitlines() == wanted


def test_a_script_names_the_loss():
    given = {functional.mse_loss: "functional.mse_loss", nn.L1Loss(): "...  # L1Loss()"}
    for loss_fn, text in given.items():
        task = own(nn.Linear(1, 1).double(), (REAL[0], REAL[0]), loss_fn=loss_fn)
        assert f"loss_fn = {text}\n" in task.script(POLICY)


def test_stacked_or_one_by_one_it_is_the_same():
    task = own(plain(), seeds=3, weight_decay=0.01)
    run = trained(task)
    models = [task.make(seed=seed) for seed in range(3)]
    alone = OneByOne(models, task.setting(POLICY), task.splits, 20)
    assert list(alone.steps())[-1] == 24
    np.testing.assert_allclose(run.loss, alone.outcome.train_loss, rtol=1e-9)
    np.testing.assert_allclose(run.held_out_loss, alone.outcome.loss["held out"], rtol=1e-9)
    np.testing.assert_allclose(run.accuracy, alone.outcome.accuracy["held out"])
    assert run.points == tuple(alone.points)
    grid = lab_run.plane(task)
    assert (run.boundary.ravel() == alone.answers(grid).numpy()).all()


def test_what_numpy_has_no_kind_for_trains_one_by_one():
    """The engine is handed arrays, and NumPy has no bfloat16."""
    coarse, held_out = (toys.Split(x.bfloat16(), y) for x, y in (TRAIN, HELD_OUT))
    labels = own(plain().bfloat16(), (coarse, held_out), seeds=2)
    values = toys.Split(X.float(), X.bfloat16())

    def loss_fn(output, y):
        return functional.mse_loss(output, y.float())  # torch 2.7 has no gradient of two kinds

    numbers = own(nn.Linear(2, 2), (values, values), loss_fn=loss_fn, seeds=2)
    for task in (labels, numbers):
        assert not task.own.stacked
        run = trained(task)
        assert run.complete
        assert np.isfinite(run.loss).all()
        assert np.isfinite(run.final_loss).all()
    shown = wire.plane_wired(trained(labels))
    floats = np.frombuffer(shown["points"], "<f4").reshape(-1, 2)
    first = coarse.x[coarse.y == 0][:2].float().numpy()
    np.testing.assert_array_equal(floats[:2], first)


def test_a_training_stops_within_a_step():
    task, asked = own(dropping(), seeds=3), []

    def stopped():
        asked.append(1)
        return len(asked) >= 7

    run = lab_run.train(task, POLICY, stopped, quiet)
    assert len(asked) == 7  # once before each seed's step, and once after each step of all
    assert run.done == 1
    assert np.isfinite(run.loss[:, 0]).all()
    assert np.isnan(run.loss[:, 1:]).all()
    assert run.final.shape == (3,)


def test_nobody_waits_for_the_held_out_data():
    measured = []

    class Slow(Net):
        def forward(self, x):
            if not self.training:
                measured.append(len(x))
            return super().forward(x)

    many = toys.Split(TRAIN.x.repeat(5, 1), TRAIN.y.repeat(5))
    run = lab_run.train(own(Slow, (TRAIN, many)), POLICY, lambda: len(measured) > 1, quiet)
    assert measured == [500, 500]
    assert run.done == 1  # the step after which they were measured is not counted
    assert np.isnan(run.loss[0, 1:]).all()


def test_regression_has_a_loss_and_no_accuracy():
    x = torch.linspace(-1, 1, 100, dtype=torch.float64).view(-1, 1)
    data = TensorDataset(x, x**2)
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    for loss_fn in (functional.mse_loss, nn.SmoothL1Loss()):
        task = own(model, data, loss_fn=loss_fn, seeds=2)
        assert task.own.stacked
        run = trained(task)
        assert task.chance is None
        assert not task.planar
        assert np.isnan(run.accuracy).all()
        assert np.isfinite(run.held_out_loss).all()
        rows = list(csv.DictReader(io.StringIO(lab_run.to_csv([run]))))
        assert len(rows) == 48
        assert rows[0]["data"] == "own"
        assert rows[0]["model"] == "Sequential, 25 weights"
        assert {row["held_out_accuracy"] for row in rows} == {""}
        assert float(rows[-1]["held_out_loss"]) == run.final_loss[1]
        found = task.range_test(never, quiet)
        assert found.lr[0] == 1e-6
        assert found.losses.shape == (2, 100)


def test_toys_keep_their_columns():
    run = trained(Task("spirals"))
    assert lab_run.to_csv([run]).splitlines()[0].endswith(",loss,held_out_accuracy")
    assert np.isfinite(run.held_out_loss).all()


@pytest.mark.parametrize("kind", MODELS)
def test_the_range_test_repeats_and_touches_nothing(kind):
    task, state = own(MODELS[kind](), seeds=2), torch.get_rng_state()
    first, again = task.range_test(never, quiet), task.range_test(never, quiet)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert torch.equal(torch.get_rng_state(), state)
    with pytest.raises(StoppedError):
        task.range_test(lambda: True, quiet)


def test_what_is_frozen_stays_frozen():
    model = Net()
    model.norm.eval()
    model.first.weight.requires_grad_(False)
    task, seen = own(model), []
    frozen = task.make(seed=0)
    training = task.begin(POLICY, never)
    for _ in training.steps():
        net = training.models[0]
        seen.append(torch.equal(net.norm.running_mean, frozen.norm.running_mean))
        seen.append(torch.equal(net.first.weight, frozen.first.weight))
    assert all(seen)
    assert not torch.equal(net.last.weight, frozen.last.weight)


def test_a_frozen_part_keeps_layers_from_the_stack():
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 3)).double()
    assert own(model).own.stacked
    model[1].eval()
    assert not own(model).own.stacked


@pytest.mark.parametrize("kind", MODELS)
def test_a_diverged_run_is_kept_as_far_as_it_came(kind):
    run = trained(own(MODELS[kind](), seeds=2), ENDED)
    assert run.complete
    assert np.isfinite(run.loss[:, 0]).all()
    assert np.isnan(run.loss[:, -1]).all()
    assert np.isnan(run.final_loss).all()
    assert run.final.tolist() == [float((HELD_OUT.y == 0).double().mean())] * 2


def test_seeds_of_a_module_and_of_a_function():
    """A module is the start of every seed; a function makes another one for each."""
    state, drawn = torch.get_rng_state(), random.getstate()
    for model, alike in ((plain(), True), (Net, False), (lambda: nn.Linear(2, 3).double(), False)):
        task = own(model, seeds=2)
        one, other = (next(task.make(seed=seed).parameters()) for seed in (0, 1))
        assert torch.equal(one, other) == alike
        again = next(own(model, seeds=2).make(seed=1).parameters())
        assert torch.equal(other, again)
    assert torch.equal(torch.get_rng_state(), state)
    assert random.getstate() == drawn


def test_the_lab_keeps_a_copy():
    model = plain()
    task = own(model)
    before = trained(task).loss
    with torch.no_grad():
        model[-1].weight.zero_()
    np.testing.assert_array_equal(trained(task).loss, before)


def test_other_choices_for_the_same_task():
    task = own(seeds=1)
    more = replace(task, seeds=3, optimizer="adamw")
    assert (more.data, more.model, more.own) == ("", task.model, task.own)
    assert more == replace(task, seeds=3, optimizer="adamw")
    assert more != task
    assert more != replace(own(seeds=1), seeds=3, optimizer="adamw")
    assert repr(more) == (
        "OwnTask('Sequential, 99 weights', train=(960, 2), held_out=(240, 2), "
        "optimizer='adamw', batch_size=64, weight_decay=0.0, seeds=3)"
    )
    with pytest.raises(ValueError, match="batch_size must be at most 960"):
        replace(task, batch_size=5000)


def test_chance_knows_that_classes_are_not_equally_frequent():
    y = torch.tensor([0] * 90 + [1] * 10)
    chance = own(nn.Linear(2, 2).double(), ((X, y), (X, y))).chance
    assert chance.accuracy == pytest.approx(0.9)
    assert chance.loss == pytest.approx(-0.9 * np.log(0.9) - 0.1 * np.log(0.1))


def test_labels_that_do_not_count():
    y = Y.clone()
    y[:30] = -100
    task = own(data=((X, y), (X, Y)))
    assert not task.own.stacked
    assert np.isfinite(trained(task).loss).all()
    assert task.chance.accuracy < 0.5


def test_a_module_made_where_nothing_can_learn():
    with torch.inference_mode():
        task = own(lambda: nn.Linear(2, 3).double())
    assert np.isfinite(trained(task).loss).all()
