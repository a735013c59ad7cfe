import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from onecycle_widgets import OneCycle, evaluate, sweep, toys, train
from onecycle_widgets.policy.baselines import Constant, Cosine, Linear, Step
from onecycle_widgets.sweeps import engine
from onecycle_widgets.sweeps.result import Sweep, interval
from onecycle_widgets.sweeps.setting import Setting
from onecycle_widgets.sweeps.stacked_modules import Vmapped, stack


class Strange(nn.Module):
    """What the engine has no rule for: it goes through vmap, running statistics too."""

    def __init__(self, seed, dtype=torch.float64):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.inner = nn.Linear(64, 12)
            self.norm = nn.BatchNorm1d(12)
            self.last = nn.Linear(12, 10, bias=False)
        self.scale = nn.Parameter(torch.tensor(1.5))
        self.to(dtype)

    def forward(self, x):
        return self.last(torch.sin(self.scale * self.norm(self.inner(x))))


def tied(seed, dtype=torch.float64):
    """The same layer twice."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = nn.Linear(64, 64)
        return nn.Sequential(layer, nn.Tanh(), layer, nn.Linear(64, 10)).to(dtype)


def wide(seed, dtype=torch.float64):
    """Every option of the layers that have a rule."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        frozen = nn.Conv1d(4, 8, 3, groups=2, dilation=2, padding="same")
        frozen.weight.requires_grad_(False)
        return nn.Sequential(
            nn.Conv1d(1, 4, 5, stride=2),
            nn.BatchNorm1d(4, momentum=0.3, eps=1e-3),
            nn.GELU(),
            frozen,
            nn.BatchNorm1d(8, affine=False),
            nn.ReLU(),
            nn.Conv1d(8, 6, 3, padding=1, padding_mode="circular"),
            nn.AdaptiveAvgPool1d(2),
            nn.Flatten(-2),
            nn.BatchNorm1d(12, track_running_stats=False),
            nn.Linear(12, 10, bias=False),
        ).to(dtype)


class Remembering(nn.Module):
    """A buffer that is assigned anew in every step, and used when evaluating."""

    def __init__(self, seed, dtype=torch.float64):
        super().__init__()
        self.inner = toys.mlp(hidden=(8,), seed=seed, dtype=dtype)
        self.register_buffer("mean", torch.zeros(10, dtype=dtype))

    def forward(self, x):
        out = self.inner(x)
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * out.mean(0).detach()
        return out - self.mean


def built(change):
    """An MLP with something done to it that the rules must not overlook."""

    def model(seed, dtype=torch.float64):
        net = toys.mlp(hidden=(64, 64), seed=seed, dtype=dtype)
        change(net)
        return net

    return model


def tie(net):
    net[3].weight = net[1].weight


def hook(net):
    net[3].register_forward_hook(lambda module, inputs, output: 2 * output)


def share(net):
    norm = nn.BatchNorm1d(64, affine=False, dtype=net[1].weight.dtype)
    net[2], net[4] = norm, norm


def sequence(seed, dtype=torch.float64):
    """A linear layer over the rows of the picture, each by itself."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Unflatten(1, (8, 8)), nn.Linear(8, 6), nn.Tanh(), nn.Flatten(), nn.Linear(48, 10)
        ).to(dtype)


MODELS = {
    "sequence": ("digits", sequence),
    "tied": ("digits", built(tie)),
    "hooked": ("digits", built(hook)),
    "shared state": ("digits", built(share)),
    "reassigned": ("digits", Remembering),
    "mlp": ("digits", partial(toys.mlp, hidden=(16, 16))),
    "convnet": ("mnist1d", partial(toys.convnet, channels=6, blocks=1)),
    "residual": ("digits", partial(toys.residual_mlp, width=12, blocks=2, init="zero last")),
    "vmapped": ("digits", Strange),
    "shared": ("digits", tied),
    "options": ("mnist1d", wide),
}
SGD = (
    Setting(OneCycle(0.1, 40), weight_decay=1e-3),
    Setting(Step(0.05, 25), momentum=0.8, batch_size=32),
    Setting(Cosine(0.03, 40), momentum=0.0),
    Setting(Linear(0.03, 40), weight_decay=0.01),
)
ADAMW = (
    Setting(OneCycle(0.01, 40), weight_decay=0.1, optimizer="adamw"),
    Setting(Constant(0.003, 40), momentum=0.8, optimizer="adamw"),
)


def small(name, dtype=torch.float64):
    toy = getattr(toys, name)(dtype=dtype)
    first = [toys.Split(x[:n], y[:n]) for (x, y), n in ((toy.train, 300), (toy.test, 120))]
    return toys.Toy(name, *first, toy.classes)


def alone(model, data, setting, seed):
    """Train one member by `train`, with torch's own optimizer and scheduler."""
    net = model(seed=seed)
    optimizer = setting.make_optimizer(net.parameters())
    scheduler = setting.schedule.scheduler(optimizer)
    batches = data.train.batches(setting.batch_size, seed=seed)
    steps = setting.total_steps
    history = train(net, optimizer, cross_entropy, batches, scheduler, steps, progress=False)
    return history.loss, *evaluate(net, data.test)


@pytest.mark.parametrize("settings", [SGD, ADAMW], ids=["sgd", "adamw"])
@pytest.mark.parametrize("family", MODELS)
def test_every_member_trains_as_if_alone(family, settings):
    toy, model = MODELS[family]
    model, data = partial(model, dtype=torch.float64), small(toy)
    result = sweep(model, data, settings, seeds=[0, 7], at_once=5, progress=False)
    assert result.complete.all()
    for row, setting in enumerate(settings):
        for column, seed in enumerate(result.seeds):
            losses, loss, accuracy = alone(model, data, setting, seed)
            found = result.train_loss[row, column]
            np.testing.assert_allclose(found[: len(losses)], losses, rtol=1e-9, atol=1e-11)
            assert np.isnan(found[len(losses) :]).all()
            # Evaluation mode: the running statistics are each member's own.
            assert result.loss["test"][row, column, -1] == pytest.approx(loss, rel=1e-8)
            assert result.final()[row, column] == pytest.approx(accuracy)


@pytest.mark.parametrize("family", ["mlp", "convnet"])
def test_single_precision_agrees_to_its_rounding(family):
    toy, model = MODELS[family]
    data, setting = small(toy, torch.float32), Setting(OneCycle(0.05, 20))
    result = sweep(model, data, [setting], seeds=3, progress=False)
    for column in range(3):
        losses = alone(model, data, setting, column)[0]
        np.testing.assert_allclose(result.train_loss[0, column], losses, rtol=2e-4, atol=1e-5)


def test_known_layers_are_stacked_and_others_go_through_vmap():
    def kinds(model):
        return [type(part) for part in stack([model(seed=0), model(seed=1)]).modules()]

    assert Vmapped not in kinds(toys.mlp) + kinds(toys.convnet)
    assert kinds(Strange) == kinds(tied) == [Vmapped]
    assert kinds(wide).count(Vmapped) == 2  # circular padding, a pool to two values


def test_what_vmap_gets_wrong_is_refused():
    with pytest.raises(ValueError, match="no Embedding with a padding_idx"):
        stack([nn.Sequential(nn.Embedding(5, 3, padding_idx=0))])


def test_models_must_be_alike():
    with pytest.raises(ValueError, match="one architecture"):
        sweep(lambda seed: toys.mlp(hidden=(4 + seed,)), small("digits"), [SGD[0]], 2)
    with pytest.raises(ValueError, match="parameters to train"):
        sweep(lambda seed: nn.Flatten(), small("digits"), [SGD[0]], 2)


@pytest.mark.parametrize("kind", [Constant, Step, Cosine, Linear])
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 97])
def test_schedules_are_torchs(kind, steps):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, rates = kind(0.3, steps).scheduler(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(kind(0.3, steps).curve().lr, rates, rtol=1e-12)
    assert kind(0.3, steps).curve().momentum is None


WILD = Setting(Constant(1e308, 60))


def test_a_diverged_member_disturbs_neither_the_others_nor_the_clock(monkeypatch):
    data, calm = small("digits"), Setting(OneCycle(0.1, 60))
    model = partial(toys.mlp, hidden=(16,), dtype=torch.float64)
    rows, step = [], engine.Training._step

    def counted(self, x, y, number):
        rows.append(len(x))
        step(self, x, y, number)

    monkeypatch.setattr(engine.Training, "_step", counted)
    mixed = sweep(model, data, [WILD, calm, WILD], seeds=2, points=3, progress=False)
    assert mixed.diverged.tolist() == [[True, True], [False, False], [True, True]]
    assert mixed.complete.all()
    # After the first look only the sound members are trained.
    assert rows == [6] * engine.CHECK + [2] * (60 - engine.CHECK)
    rows.clear()
    pure = sweep(model, data, [calm], seeds=2, points=3, progress=False)
    np.testing.assert_array_equal(mixed.train_loss[1], pure.train_loss[0])
    np.testing.assert_array_equal(mixed.accuracy["test"][1], pure.accuracy["test"][0])
    # It has the losses up to its end, and the accuracy of a model full of NaN.
    finite = np.isfinite(mixed.train_loss[0])
    assert (finite.sum(1) >= 1).all()
    assert (finite.sum(1) < engine.CHECK).all()
    assert np.isnan(mixed.loss["test"][0, :, -1]).all()
    hopeless = toys.mlp(hidden=(16,), dtype=torch.float64)
    for parameter in hopeless.parameters():
        parameter.data.fill_(float("nan"))
    assert mixed.final()[0].tolist() == [evaluate(hopeless, data.test)[1]] * 2
    rows.clear()
    gone = sweep(model, data, [WILD], seeds=2, progress=False)
    assert gone.diverged.all()
    assert len(rows) == engine.CHECK  # nobody left


def test_a_member_that_only_its_evaluation_shows_as_diverged():
    # One step: the loss is measured before it, and finite.
    result = sweep(toys.mlp, toys.digits(), [Setting(Constant(1e38, 1))], 2, progress=False)
    assert np.isfinite(result.train_loss).all()
    assert result.diverged.all()


def test_measured_along_the_way():
    data, model = small("digits"), partial(toys.mlp, hidden=(16,), dtype=torch.float64)
    settings = [Setting(Constant(0.05, 25)), Setting(Constant(0.05, 10))]
    result = sweep(model, data, settings, 2, points=5, progress=False)
    assert result.steps.tolist() == [[5, 10, 15, 20, 25], [2, 4, 6, 8, 10]]
    np.testing.assert_allclose(  # a constant rate does not know how long it will last
        result.accuracy["test"][0, :, 1], result.accuracy["test"][1, :, 4]
    )


def test_regression_with_another_loss():
    x = torch.linspace(-1, 1, 40, dtype=torch.float64)[:, None]
    data = toys.Split(x, x**2)
    model = partial(toys.mlp, 1, 1, (8,), dtype=torch.float64)
    setting = Setting(OneCycle(0.1, 80), batch_size=20)
    result = sweep(model, data, [setting], 2, {"all": data}, loss_fn=mse_loss, progress=False)
    assert np.isnan(result.final("all")).all()
    assert (result.loss["all"][0, :, 0] < 0.1 * result.train_loss[0, :, 0]).all()
    net = model(seed=1)
    optimizer = setting.make_optimizer(net.parameters())
    batches, scheduler = data.batches(20, seed=1), setting.schedule.scheduler(optimizer)
    history = train(net, optimizer, mse_loss, batches, scheduler, progress=False)
    np.testing.assert_allclose(result.train_loss[0, 1], history.loss, rtol=1e-9)


@pytest.fixture(scope="module")
def found():
    settings = (*SGD[:2], Setting(Constant(1e30, 12), optimizer="sgd"))
    return sweep(toys.mlp, small("digits", torch.float32), settings, [3, 1], progress=False)


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_files_give_everything_back(found, suffix, tmp_path):
    read = Sweep.load(found.save(tmp_path / f"found{suffix}"))
    assert read.settings == found.settings
    assert read.seeds == found.seeds
    for name in ("train_loss", "diverged", "complete", "steps"):
        np.testing.assert_array_equal(getattr(read, name), getattr(found, name))
    for name in ("loss", "accuracy"):
        ours, theirs = getattr(found, name), getattr(read, name)
        assert list(ours) == list(theirs)
        np.testing.assert_array_equal(ours["test"], theirs["test"])
    assert read.summary() == found.summary()


def test_a_csv_file_of_an_interrupted_sweep(tmp_path):
    calls = []

    def loss_fn(output, target):
        calls.append(1)
        if len(calls) == 33:  # the evaluations count, too
            raise KeyboardInterrupt
        return cross_entropy(output, target)

    settings, data = [Setting(Constant(0.1, 50), batch_size=32)], small("digits")
    model = partial(toys.mlp, hidden=(8,), dtype=torch.float64)
    with pytest.warns(UserWarning, match="^0 of 2 runs"):
        part = sweep(model, data, settings, 2, points=5, loss_fn=loss_fn, progress=False)
    assert 0 < np.isfinite(part.loss["test"]).sum() < 2 * 5
    read = Sweep.load(part.save(tmp_path / "part.csv"))
    np.testing.assert_array_equal(read.loss["test"], part.loss["test"])
    np.testing.assert_array_equal(read.train_loss, part.train_loss)


def test_rows_of_a_csv_file_may_be_sorted_otherwise(found, tmp_path):
    path = found.save(tmp_path / "found.csv")
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *reversed(rows)]))
    read = Sweep.load(path)
    assert read.settings == found.settings
    np.testing.assert_array_equal(read.train_loss[:, ::-1], found.train_loss)


def test_files_that_are_something_else(found, tmp_path):
    with pytest.raises(ValueError, match=r"path must end in '.npz' or '.csv', got 'x.txt'"):
        found.save("x.txt")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"must be a sweep's file.*x\.csv"):
        Sweep.load(tmp_path / "x.csv")


def test_summary_shows_what_varies(found):
    table = found.summary()
    assert table.header == (
        "schedule", "peak", "steps", "decay", "momentum", "batch", "median test, %",
        "95 % interval", "diverged",
    )  # fmt: skip
    assert table.rows[2][:2] == ("Constant", "1e+30")
    assert [row[4] for row in table.rows] == ["cycled", "0.8", "0.9"]
    assert table.rows[2][-1] == "2"
    one = found.select(kind="OneCycle")
    assert one.summary().header[0] == "schedule"
    assert len(one.summary().header) == 4
    with pytest.raises(ValueError, match="no setting has"):
        found.select(kind="Cosine")


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        low, high = interval(rng.normal(size=20), np.mean)
        hits += low <= 0 <= high
    assert 175 <= hits <= 197  # the percentile bootstrap of 20 covers about 93 %
    assert interval([0.5]) == (0.5, 0.5)
    assert interval([0.5] * 4) == (0.5, 0.5)


def test_an_interrupt_keeps_what_is_done():
    calls = []

    def loss_fn(output, target):
        calls.append(1)
        if len(calls) == 70:
            raise KeyboardInterrupt
        return cross_entropy(output, target)

    settings, data = [Setting(Constant(0.1, n)) for n in (30, 60, 20)], small("digits")
    model = partial(toys.mlp, hidden=(8,), dtype=torch.float64)
    with pytest.warns(UserWarning, match=r"^2 of 6 runs are complete"):
        result = sweep(model, data, settings, 2, {}, loss_fn=loss_fn, progress=False)
    assert result.complete.tolist() == [[True, True], [False, False], [False, False]]
    assert np.isfinite(result.train_loss[0, :, :30]).all()
    assert np.isfinite(result.train_loss[1, :, :39]).all()
    assert np.isnan(result.train_loss[1, :, 39:]).all()
    assert np.isnan(result.train_loss[2]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"settings": []}, "at least one"),
        ({"settings": [OneCycle(0.1, 10)]}, "settings must be Setting objects"),
        ({"seeds": 0}, "seeds must be a whole number of at least 1"),
        ({"seeds": [1, 1]}, "each once"),
        ({"seeds": []}, "at least one"),
        ({"points": 41}, "points must be at most the shortest total_steps, got 41"),
        ({"at_once": 0}, "at_once must be"),
        ({"measure": {"none": toys.Split(torch.zeros(0, 64), torch.zeros(0))}}, "hold samples"),
        ({"executor": 3}, "executor must be a concurrent.futures.Executor"),
        ({"settings": [Setting(OneCycle(0.1, 9), batch_size=999)]}, "at most 300, got 999"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = {"settings": [SGD[0]], "seeds": 2, "progress": False, **change}
    with pytest.raises((TypeError, ValueError), match=message):
        sweep(toys.mlp, small("digits"), **arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schedule": 0.1}, "schedule must be one of OneCycle, Step, Cosine, Linear, Constant"),
        ({"schedule": OneCycle([0.1, 0.2], 9)}, "one parameter group"),
        ({"weight_decay": -1}, "weight_decay must be 0 or more"),
        ({"momentum": 1.0}, "momentum must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"optimizer": "adam"}, "optimizer must be one of"),
    ],
)
def test_bad_settings_are_refused(change, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Setting(**{"schedule": OneCycle(0.1, 9), **change})
    with pytest.raises(ValueError, match="lr must be a finite number above 0, got -1"):
        Step(-1, 10)


# Executors ---------------------------------------------------------------------------------

FEW = tuple(Setting(OneCycle(lr, steps)) for lr in (0.05, 0.1) for steps in (20, 30))
LOSS = {13: "always", 14: "once"}  # what these seeds do to the process that trains them


def deadly(seed, folder):
    """A model whose seed may take its worker along."""
    mark = Path(folder, str(seed))
    if LOSS.get(seed) == "always" or (LOSS.get(seed) == "once" and not mark.exists()):
        mark.touch()
        os._exit(1)
    return toys.mlp(seed=seed)


def same(result, expected, rows=slice(None)):
    np.testing.assert_allclose(result.train_loss[rows], expected.train_loss[rows], rtol=1e-3)
    assert result.settings == expected.settings


def test_threads_give_the_same():  # and the global generator is as before
    data = small("digits", torch.float32)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    expected = sweep(toys.mlp, data, FEW, 3, at_once=2, progress=False)
    with ThreadPoolExecutor(3) as pool:
        result = sweep(toys.mlp, data, FEW, 3, at_once=2, executor=pool, progress=False)
    np.testing.assert_array_equal(result.train_loss, expected.train_loss)
    np.testing.assert_array_equal(result.final(), expected.final())
    assert torch.equal(torch.get_rng_state(), state)


def test_a_pool_that_is_broken_already_costs_nothing_but_time():
    class Broken(ThreadPoolExecutor):
        def submit(self, *arguments):
            raise BrokenExecutor

    data = small("digits", torch.float32)
    with Broken(1) as pool:
        result = sweep(toys.mlp, data, FEW[:1], 2, executor=pool, progress=False)
    same(result, sweep(toys.mlp, data, FEW[:1], 2, progress=False))


def test_an_error_in_a_group_is_the_callers(tmp_path):
    def broken(seed):
        raise RuntimeError("no such layer")

    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="no such layer"):
        sweep(broken, small("digits"), FEW, 2, executor=pool, progress=False)


def test_a_process_pool_and_a_worker_lost_half_way(tmp_path):
    data, seeds = small("digits", torch.float32), [0, 13, 2, 5]
    expected = sweep(toys.mlp, data, FEW[:1], seeds, progress=False)
    model = partial(deadly, folder=str(tmp_path))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        whole = sweep(toys.mlp, data, FEW, [0, 13], executor=pool, progress=False)
        with pytest.warns(UserWarning, match="worker was lost|are complete") as caught:
            result = sweep(model, data, FEW[:1], seeds, at_once=1, executor=pool, progress=False)
    same(whole, sweep(toys.mlp, data, FEW, [0, 13], progress=False))
    assert result.complete.tolist() == [[True, False, True, True]]
    same(result, expected, np.s_[:, [0, 2, 3]])
    texts = [str(warning.message) for warning in caught]
    assert any("a worker was lost with a group of 1 runs (OneCycle seed 13" in t for t in texts)
    assert any(text.startswith("3 of 4 runs are complete") for text in texts)


def test_dask_and_a_worker_lost_half_way(tmp_path):
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    data, seeds = small("digits", torch.float32), [0, 13, 2]
    expected = sweep(toys.mlp, data, FEW[:1], seeds, progress=False)
    quiet = {
        "distributed.scheduler.allowed-failures": 1,
        "distributed.worker.profile.enabled": False,
    }
    options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "silence_logs": 50}
    options["dashboard_address"] = "127.0.0.1:0"  # None was the usual port once, which may be taken
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(**options) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor()
        whole = sweep(toys.mlp, data, FEW, [0, 13], executor=executor, progress=False)
        model = partial(deadly, folder=str(tmp_path))
        options = {"at_once": 1, "executor": executor, "progress": False}
        again = sweep(model, data, FEW[:1], [0, 14, 2], **options)
        with pytest.warns(UserWarning, match="worker was lost|2 of 3 runs are complete"):
            result = sweep(model, data, FEW[:1], seeds, **options)
    same(whole, sweep(toys.mlp, data, FEW, [0, 13], progress=False))
    assert again.complete.all()  # Dask tried it again
    assert (tmp_path / "14").exists()
    assert result.complete.tolist() == [[True, False, True]]
    same(result, expected, np.s_[:, [0, 2]])
