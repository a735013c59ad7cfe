import copy
from collections import UserDict, defaultdict
from collections.abc import MutableMapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from onecycle_widgets import OneCycle, evaluate, lr_range_test, toys, train
from onecycle_widgets.evidence.comparison import COMPARED, compare
from onecycle_widgets.tables import Table
from onecycle_widgets.training import History
from onecycle_widgets.training import step as loop
from onecycle_widgets.training.batches import moved


def small(lr=0.1, **options):
    model = toys.mlp(hidden=(16,))
    return model, torch.optim.SGD(model.parameters(), lr=lr, **{"momentum": 0.9, **options})


@pytest.fixture(scope="module")
def digits():
    return toys.digits()


def test_one_scheduler_step_per_batch_and_everything_recorded(digits):
    model, optimizer = small()
    policy = OneCycle(0.2, 60)
    scheduler = policy.scheduler(optimizer)
    batches = digits.train.batches(64)
    history = train(model, optimizer, cross_entropy, batches, scheduler, progress=False)
    np.testing.assert_array_equal(history.lr, policy.curve().lr)
    np.testing.assert_array_equal(history.momentum, policy.curve().momentum)
    assert history.loss.shape == history.accuracy.shape == (60,)
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.accuracy[-10:].mean() > 0.8
    assert scheduler.last_epoch == 60


def test_the_loop_is_the_plain_loop(digits):
    data = list(digits.train.batches(64))[:3]
    model, optimizer = small()
    history = train(model, optimizer, cross_entropy, data, total_steps=7, progress=False)
    twin, other = small()
    for step in range(7):
        x, y = data[step % 3]
        loss = cross_entropy(twin(x), y)
        assert loss.item() == history.loss[step]
        other.zero_grad()
        loss.backward()
        other.step()
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(a, b)


def test_several_groups_and_no_momentum():
    model = toys.mlp(hidden=(4,))
    groups = [{"params": model[1].parameters()}, {"params": model[3].parameters(), "lr": 0.5}]
    optimizer = torch.optim.Adagrad(groups, lr=0.1)
    data = [(torch.randn(4, 64), torch.tensor([0, 1, 2, 3]))]
    history = train(model, optimizer, cross_entropy, data, total_steps=3, progress=False)
    assert history.lr.tolist() == [[0.1] * 3, [0.5] * 3]
    assert np.isnan(history.momentum).all()


def test_regression_has_no_accuracy():
    model = nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters())
    data = [(torch.randn(4, 2), torch.randn(4, 1))]
    history = train(model, optimizer, mse_loss, data, total_steps=3, progress=False)
    assert np.isnan(history.accuracy).all()
    assert history.momentum.tolist() == [0.9] * 3


def test_default_length_is_one_pass(digits):
    batches = digits.train.batches(64)
    history = train(*small(), cross_entropy, batches, progress=False)
    assert len(history.loss) == len(batches) == 22


@pytest.mark.parametrize(
    ("changes", "kind", "match"),
    [
        ({"scheduler": "cos"}, TypeError, "scheduler must have a step method, got str"),
        ({"model": None}, TypeError, "model must be a torch.nn.Module, got NoneType"),
        ({"optimizer": "sgd"}, TypeError, "optimizer must be a torch.optim.Optimizer, got str"),
        ({"loss_fn": 5}, TypeError, "loss_fn must be a function, got int"),
        ({"step": 5}, TypeError, "step must be a function, got int"),
        ({"val_batches": 5}, TypeError, "val_batches must be an iterable of batches, got int$"),
        (
            {"val_batches": TensorDataset(torch.zeros(4, 64), torch.zeros(4))},
            TypeError,
            "batches, got TensorDataset; put it into a DataLoader",
        ),
        ({"total_steps": 0}, ValueError, "total_steps"),
        ({"batches": iter([])}, ValueError, "total_steps must be given"),
        ({"batches": []}, ValueError, "batches is empty"),
        ({"batches": [], "total_steps": 3}, ValueError, "batches is empty"),
        ({"batches": iter([1]), "total_steps": 3}, TypeError, "pair"),
    ],
)
def test_bad_input(changes, kind, match):
    data = [(torch.randn(4, 64), torch.tensor([0, 1, 2, 3]))]
    model, optimizer = small()
    arguments = {"model": model, "optimizer": optimizer, "loss_fn": cross_entropy, "batches": data}
    with pytest.raises(kind, match=match):
        train(**(arguments | changes))


def test_a_scheduler_that_wants_a_loss_is_refused_before_anything_happens():
    model, optimizer = small()
    before = copy.deepcopy(model.state_dict())
    data = [(torch.randn(4, 64), torch.tensor([0, 1, 2, 3]))]
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.raises(TypeError, match="scheduler must count batches, got ReduceLROnPlateau"):
        train(model, optimizer, cross_entropy, data, plateau)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


class Stream(IterableDataset):
    """Batches without a length."""

    def __iter__(self):
        yield from [(torch.randn(4, 64), torch.tensor([0, 1, 2, 3]))] * 3


def test_a_loader_without_a_length_is_trained_on_and_validated():
    batches = DataLoader(Stream(), batch_size=None)
    arguments = (*small(), cross_entropy, batches)
    history = train(*arguments, total_steps=4, val_batches=batches, progress=False)
    assert np.flatnonzero(np.isfinite(history.val_loss)).tolist() == [3]
    with pytest.raises(ValueError, match="total_steps must be given when batches has no length"):
        train(*arguments)


def test_a_group_that_joins_on_the_way_has_no_rate_before():
    model, _ = small()
    first, *others = model.parameters()
    optimizer = torch.optim.SGD([first], lr=0.1)
    data = [(torch.randn(4, 64), torch.tensor([0, 1, 2, 3]))]

    def loss_fn(output, target):
        if len(optimizer.param_groups) == 1:
            optimizer.add_param_group({"params": others, "lr": 0.2})
        return cross_entropy(output, target)

    history = train(model, optimizer, loss_fn, data, total_steps=3, progress=False)
    np.testing.assert_array_equal(history.lr, [[0.1] * 3, [np.nan, 0.2, 0.2]])


def test_a_history_without_steps_can_be_shown():
    nothing = np.array([])
    assert repr(History(nothing, nothing, nothing, nothing)) == "History(steps=0)"


def test_the_model_is_put_into_training_mode_and_left_there():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = [(torch.full((4, 3), 5.0) + torch.eye(4, 3), torch.zeros(4, 1))]
    train(model, optimizer, mse_loss, data, progress=False)
    assert model[0].running_mean.mean() > 0.1  # it was in training mode at the step
    assert all(module.training for module in model.modules())


class Bar:
    """What is known of a progress bar."""

    def __init__(self, total, disable, **looks):
        self.total, self.hidden, self.n, self.closed = total, disable, 0, None

    def update(self, by):
        self.n += by

    def close(self):
        self.closed = f"{self.n} of {self.total}"


def test_the_bar_moves_with_every_step_and_an_early_end_is_no_error(monkeypatch):
    bars = []
    monkeypatch.setattr(loop, "tqdm", lambda **options: bars.append(Bar(**options)) or bars[-1])
    data = [(torch.randn(4, 64), torch.tensor([0, 1, 2, 3]))] * 3
    train(*small(), cross_entropy, data)
    train(*small(), cross_entropy, data, progress=False)
    with pytest.raises(ValueError, match="batches ran out after 3"):
        train(*small(), cross_entropy, iter(data), total_steps=5)
    assert [bar.closed for bar in bars] == ["3 of 3"] * 3  # else a notebook shows it in red
    assert [bar.hidden for bar in bars] == [False, True, False]


def test_batches_go_where_the_model_is_or_where_they_are_sent():
    there = nn.Linear(2, 2, device="meta")
    assert loop.LossOf(there, mse_loss).device.type == "meta"
    assert loop.LossOf(there, mse_loss, device="cpu").device.type == "cpu"
    assert loop.LossOf(nn.Flatten(), mse_loss).device is None


@pytest.mark.parametrize(
    ("output", "target"),
    [
        (None, None),  # a step function of its own
        ((torch.eye(3),), torch.arange(3)),
        (torch.eye(3), [0, 1, 2]),
        (torch.ones(3), torch.ones(3, dtype=torch.int64)),
        (torch.ones(3, 2, 4), torch.zeros(3, dtype=torch.int64)),
        (torch.eye(3), torch.arange(3.0)),
        (torch.eye(3), torch.eye(3, dtype=torch.int64)),
    ],
)
def test_only_scores_and_labels_have_an_accuracy(output, target):
    assert np.isnan(loop.accuracy_of(output, target))


def test_accuracy_is_the_share_of_labels_with_the_highest_score():
    assert loop.accuracy_of(torch.eye(4)[[0, 1, 3]], torch.tensor([0, 2, 3])) == 2 / 3


def test_evaluate_gives_the_flags_back(digits):
    model = nn.Sequential(toys.mlp(), nn.Dropout(0.9))
    model[0].eval()
    first, second = evaluate(model, digits.test), evaluate(model, digits.test)
    assert first == second  # no dropout while evaluating
    assert model.training
    assert not model[0].training
    loss, accuracy = first
    assert 0 <= accuracy <= 1
    assert loss > 0


class Interrupted(nn.Sequential):
    """Somebody presses Ctrl-C while it goes into evaluation mode."""

    def eval(self):
        super().eval()
        raise KeyboardInterrupt


def test_an_interrupt_on_the_way_to_evaluation_mode_leaves_no_flag_behind():
    model = Interrupted(nn.Dropout())
    with pytest.raises(KeyboardInterrupt), loop.evaluating(model):
        raise AssertionError("it was not interrupted")
    assert [module.training for module in model.modules()] == [True, True]


def test_history_picture(digits):
    history = train(*small(), cross_entropy, digits.train.batches(64), total_steps=40)
    assert repr(history) == f"History(steps=40, last loss={history.loss[-1]:.4g})"
    with pytest.raises(AttributeError):
        history.loss = history.lr
    assert {history: "a key"}[history] == "a key"  # told apart, not compared
    figure = history.plot()
    assert figure.alt.startswith(f"The loss falls from {history.loss[0]:.2f}")
    assert [axes.get_ylabel() for axes in figure.axes] == ["learning rate", "loss"]


def test_comparison_chooses_on_validation_and_reports_on_test(digits):
    fixed = {"found": ("one cycle", 0.07)}
    rates = [0.001, 0.1]
    result = compare(digits, rates, 30, fixed=fixed, seeds=2, report_seeds=3, progress=False)
    assert list(result.validation) == list(COMPARED)
    assert {a.shape for a in result.validation.values()} == {(2, 2)}
    assert {a.shape for a in result.test.values()} == {(3,)}
    assert result.chosen == {"constant": 0.1, "step": 0.1, "one cycle": 0.1, "found": 0.07}
    assert result.test["one cycle"].mean() > 0.8
    assert result.good_rates("one cycle", 0.2) == (0.1, 0.1)
    assert "found" in result.table()
    assert "one cycle" in result.plot(mark=0.07).alt
    again = compare(digits, rates, 30, fixed=fixed, seeds=2, report_seeds=3, progress=False)
    assert again.table() == result.table()


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"rates": []}, "rates must rise"),
        ({"rates": [0.2, 0.1]}, "rates must rise"),
        ({"rates": [0.1, -1]}, "rates"),
        ({"fixed": {"x": ("cosine", 0.1)}}, "fixed must name one of"),
        ({"report_seeds": 1}, "report_seeds"),
    ],
)
def test_comparison_bad_input(digits, changes, match):
    with pytest.raises(ValueError, match=match):
        compare(digits, **({"rates": [0.1], "progress": False} | changes))


def test_table_is_text_and_html():
    table = Table(("schedule", "lr"), [("one cycle", "0.1"), ("a<b", "12")])
    assert str(table).splitlines() == ["schedule    lr", "one cycle  0.1", "a<b         12"]
    assert (
        '<th scope="row">a&lt;b</th><td style="white-space: nowrap">12</td>' in table._repr_html_()
    )


class Attributes(dict):
    """A dictionary whose items are attributes, as sklearn's Bunch."""

    def __getattr__(self, name):
        return self[name]


class Selves(dict):
    """A dictionary that is its own attributes."""

    def __init__(self, items):
        super().__init__(items)
        self.__dict__ = self


class Wrapped(UserDict):
    """What tokenizers return is of this kind."""


class Keeps(MutableMapping):
    """A mapping around a dictionary, of which a shallow copy shares it."""

    def __init__(self, **items):
        self.items_by_name = items

    def __getitem__(self, name):
        return self.items_by_name[name]

    def __setitem__(self, name, value):
        self.items_by_name[name] = value

    def __delitem__(self, name):
        del self.items_by_name[name]

    def __iter__(self):
        return iter(self.items_by_name)

    def __len__(self):
        return len(self.items_by_name)


@dataclass(frozen=True)
class Sample:
    """A batch as a dataclass."""

    x: torch.Tensor
    name: str = "a"


class Pair(tuple):
    """A tuple with a constructor of its own."""

    __slots__ = ()

    def __new__(cls, x, y):
        return super().__new__(cls, (x, y))


class Named(NamedTuple):
    """A named tuple."""

    x: torch.Tensor
    y: int


class Rows(list):
    """A list that knows something."""


class Graph:
    """Moves itself, as the batches of PyTorch Geometric do."""

    def __init__(self, place="cpu"):
        self.place = place

    def to(self, device):
        return Graph(str(device))


ONE = torch.zeros(2)
BATCHES = {
    "attributes": (Attributes(x=ONE, y=3), lambda b: b.x),
    "selves": (Selves({"x": ONE}), lambda b: b.x),
    "a user's dictionary": (Wrapped(x=ONE), lambda b: b["x"]),
    "a mapping around a dictionary": (Keeps(x=ONE), lambda b: b["x"]),
    "a default dictionary": (defaultdict(int, x=ONE), lambda b: b["x"]),
    "a dataclass": (Sample(ONE), lambda b: b.x),
    "a tuple of its own": (Pair(ONE, 2), lambda b: b[0]),
    "a named tuple": (Named(ONE, 2), lambda b: b.x),
    "a list of its own": (Rows([ONE, "a"]), lambda b: b[0]),
    "nested": ({"a": [Sample(ONE), (ONE,)]}, lambda b: b["a"][1][0]),
    "a view": (MappingProxyType({"x": ONE}), lambda b: b["x"]),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_keeps_its_type_wherever_it_goes(name):
    batch, look = BATCHES[name]
    there = moved(batch, "meta")
    assert type(there) is type(batch)
    assert look(there).device.type == "meta"
    assert look(batch).device.type == "cpu"  # the batch itself is the loader's
    assert moved(batch, "cpu") is batch
    assert moved(batch, None) is batch


def test_a_batch_that_moves_itself_is_asked():
    assert moved([Graph()], "meta")[0].place == "meta"
    packed = torch.nn.utils.rnn.pack_sequence([torch.ones(2), torch.ones(1)])
    assert moved(packed, "meta").data.device.type == "meta"
    rows = Rows([ONE])
    rows.kept = "this"
    assert moved(rows, "meta").kept == "this"


def test_what_was_left_in_eval_mode_stays_there():
    model = nn.Sequential(nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Linear(8, 10))
    seen = set()
    model[1].register_forward_pre_hook(lambda module, _: seen.add(module.training))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    arguments = (model, optimizer, cross_entropy, toys.digits().train.batches(64))
    model[1].eval()
    train(*arguments, total_steps=2, progress=False)
    lr_range_test(*arguments, num_steps=10, progress=False)
    assert seen == {False}
    model.eval()  # the whole model: as evaluation leaves it, nobody froze a part
    lr_range_test(*arguments, num_steps=10, progress=False)
    assert seen == {False, True}
    assert not model[1].training


def test_a_scheduler_under_way_trains_what_is_left(digits):
    model, optimizer = small()
    scheduler = OneCycle(0.1, 20).scheduler(optimizer)
    arguments = (model, optimizer, cross_entropy, digits.train.batches(64), scheduler)
    first = train(*arguments, total_steps=8, progress=False)
    rest = train(*arguments, progress=False)
    assert len(rest.loss) == 12
    curve = OneCycle(0.1, 20).curve().lr
    np.testing.assert_array_equal(np.concatenate([first.lr, rest.lr]), curve)
    weights = [p.tolist() for p in model.parameters()]
    with pytest.raises(
        ValueError, match="scheduler has done its total_steps=20: to train on, make"
    ):
        train(*arguments, progress=False)
    assert [p.tolist() for p in model.parameters()] == weights


def test_a_resumed_scheduler_trains_what_is_left(digits):
    model, optimizer = small()
    scheduler = OneCycle(0.1, 20).scheduler(optimizer, last_epoch=7)  # eight batches were trained
    history = train(
        model, optimizer, cross_entropy, digits.train.batches(64), scheduler, progress=False
    )
    np.testing.assert_array_equal(history.lr, OneCycle(0.1, 20).curve().lr[8:])


def test_accumulated_batches_are_one_large_batch(digits):
    whole = [(digits.train.x[:64], digits.train.y[:64])]
    parts = [(digits.train.x[i : i + 16], digits.train.y[i : i + 16]) for i in range(0, 64, 16)]
    losses = []
    for batches, accumulate in ((whole, 1), (parts, 4)):
        model, optimizer = small()
        model.double()
        batches = [(x.double(), y) for x, y in batches]
        scheduler = OneCycle(0.1, 10).scheduler(optimizer)
        history = train(
            model, optimizer, cross_entropy, batches, scheduler, accumulate=accumulate,
            progress=False,
        )  # fmt: skip
        assert scheduler.last_epoch == 10
        losses.append(history.loss)
        accuracy = history.accuracy
    np.testing.assert_allclose(*losses, rtol=1e-10)
    assert 0 <= accuracy.min() <= accuracy.max() <= 1
    assert len(train(*small(), cross_entropy, parts, accumulate=3, progress=False).loss) == 2


def test_a_step_function_and_a_context_are_used(digits):
    batches = [{"pixels": x, "label": y} for x, y in list(digits.train.batches(64))[:3]]
    seen = []

    def step(model, batch):
        seen.append(torch.is_autocast_enabled("cpu"))
        return cross_entropy(model(batch["pixels"]), batch["label"])

    model, optimizer = small()
    context = torch.autocast("cpu", torch.bfloat16)
    history = train(model, optimizer, None, batches, step=step, context=context, progress=False)
    assert seen == [True] * 3
    assert np.isnan(history.accuracy).all()
    loss, accuracy = evaluate(model, batches, step=step)
    assert np.isfinite(loss)
    assert np.isnan(accuracy)
    with pytest.raises(TypeError, match="loss_fn must be a function when no step function"):
        train(model, optimizer, None, batches, progress=False)


def test_validation_is_measured_when_it_is_due(digits):
    train_part, held_out = digits.holdout()
    batches = list(train_part.batches(64))[:5]
    held = list(held_out.batches(32))
    arguments = (cross_entropy, batches)
    model, optimizer = small()
    history = train(model, optimizer, *arguments, total_steps=12, val_batches=held, progress=False)
    assert np.flatnonzero(np.isfinite(history.val_loss)).tolist() == [4, 9, 11]
    loss_of = loop.LossOf(model, cross_entropy)
    assert history.val_loss[-1] == loop.mean_loss(model, loss_of, held)
    every = {"total_steps": 7, "val_batches": held, "val_every": 3, "progress": False}
    history = train(*small(), *arguments, **every)
    assert np.flatnonzero(np.isfinite(history.val_loss)).tolist() == [2, 5, 6]
    assert train(*small(), *arguments, progress=False).val_loss is None
    plain = train(*small(), *arguments, total_steps=7, progress=False)
    np.testing.assert_array_equal(history.loss, plain.loss)  # looking changes nothing


def test_an_interrupted_training_returns_what_was_done(digits):
    calls = []

    def loss_fn(output, target):
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return cross_entropy(output, target)

    arguments = (*small(), loss_fn, digits.train.batches(64))
    with pytest.warns(UserWarning, match="interrupted after 7 of 20 steps"):
        history = train(*arguments, total_steps=20, progress=False)
    assert not history.complete
    assert len(history.loss) == len(history.lr) == 7
    assert repr(history).endswith(", interrupted)")
    calls.clear()
    calls += [1] * 7
    with pytest.raises(KeyboardInterrupt):
        train(*arguments, total_steps=20, progress=False)


def test_a_step_counts_when_the_validation_after_it_is_interrupted(digits):
    model, optimizer = small()
    scheduler = OneCycle(0.1, 20).scheduler(optimizer)

    def loss_fn(output, target):
        if not model.training:
            raise KeyboardInterrupt
        return cross_entropy(output, target)

    batches = digits.train.batches(64)
    with pytest.warns(UserWarning, match="interrupted after 3 of 20 steps"):
        history = train(
            model, optimizer, loss_fn, batches, scheduler, val_batches=batches, val_every=3,
            progress=False,
        )  # fmt: skip
    assert len(history.loss) == scheduler.last_epoch == 3
    assert np.isnan(history.val_loss).all()
    assert model.training


def test_a_training_that_diverged_is_drawn_as_far_as_there_are_numbers():
    loss = np.array([2.0, 3.0, 9.0, np.nan, np.nan])
    history = History(loss, loss, loss, loss)
    assert history.plot().alt == "The loss diverges from 2.00: it is nan at step 3"
    nothing = History(loss[3:], loss[3:], loss[3:], loss[3:])
    assert nothing.plot().alt == "The first loss is nan"
    assert nothing.plot().png()
    none = History(loss[5:], loss[5:], loss[5:], loss[5:])
    assert none.plot().alt == "No step was taken"
    assert none.plot().png()


def test_a_step_that_a_scaler_skips_does_not_move_the_schedule(digits):
    model, optimizer = small()
    scheduler = OneCycle(0.1, 6).scheduler(optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    calls = []

    def loss_fn(output, target):
        calls.append(1)
        loss = cross_entropy(output, target)
        return loss * 1e38 if len(calls) == 3 else loss  # overflows once it is scaled

    history = train(
        model, optimizer, loss_fn, digits.train.batches(64), scheduler, total_steps=6,
        scaler=scaler, progress=False,
    )  # fmt: skip
    curve = OneCycle(0.1, 6).curve().lr
    np.testing.assert_array_equal(history.lr, curve[[0, 1, 2, 2, 3, 4]])
    assert all(torch.isfinite(p).all() for p in model.parameters())


def test_a_loader_is_evaluated_as_a_whole(digits):
    model, _ = small()
    model.double()
    x, y = digits.test.x.double(), digits.test.y
    loss, accuracy = evaluate(model, (x, y))
    uneven = [(x[:100], y[:100]), (x[100:], y[100:])]
    found = evaluate(model, uneven)
    assert found[0] == pytest.approx(loss, rel=1e-12)
    assert found[1] == pytest.approx(accuracy, rel=1e-12)
    with pytest.raises(ValueError, match="data is empty"):
        evaluate(model, [])
