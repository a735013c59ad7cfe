"""The page trains to torch's numbers: samples, weights, batches, losses, range tests."""

import base64
import itertools
import random

import numpy as np
import pytest
import torch
from test_one_truth import log_uniform, random_policy
from torch.nn.functional import cross_entropy

from onecycle_widgets import OneCycle, Setting, lr_range_test, toys, train
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.lab.trainer import trainer_tables

SEED, TASKS, STEPS = 20261129, 200, 100
SHAPES = {"digits": {"inputs": 64, "classes": 10}, "spirals": {"inputs": 2, "classes": 3}}
TOLERANCE = {"sgd": 1e-8, "adamw": 1e-6}  # AdamW divides by tiny gradients
OPENED = """
globalThis.onecycle = doorOf(new Crew(TABLES.trainer.engine));
globalThis.refusal = (name, given) => onecycle[name](given).then(
    () => "", (error) => error.message);
"""
SHOWN = """
const text = (array) => {
    let bytes = "";
    for (const byte of new Uint8Array(array.slice().buffer)) bytes += String.fromCharCode(byte);
    return btoa(bytes);
};
globalThis.engine = {
    samples: (data) => {
        const { train, held } = samplesOf(data);
        return [train, held].map(({ x, y }) => [text(x), text(y)]);
    },
    weights: (widths, seed) => drawnLayers(widths, seed).flatMap(
        ({ weight, bias }) => [text(weight), text(bias)]),
    batches: (samples, size, seed, count) => {
        const batches = new Batches(samples, size, seed);
        return Array.from({ length: count }, () => text(batches.next()));
    },
};
"""


@pytest.fixture(scope="module")
def page(browser):
    """A blank page that holds what the lab's page holds, but for what one sees."""
    page = browser.new_page()
    page.goto("about:blank")
    tables = trainer_tables()
    door = frontend.joined(*frontend.BEFORE_DOOR, *frontend.DOOR, more=tables)
    page.add_script_tag(type="module", content=door + OPENED)
    page.add_script_tag(type="module", content=tables["trainer"]["engine"] + SHOWN)
    page.wait_for_function("globalThis.onecycle && globalThis.engine")
    yield page
    page.close()


def numbers(text, kind=np.float64):
    return np.frombuffer(base64.b64decode(text), kind)


@pytest.fixture(scope="module")
def splits():
    return {name: getattr(toys, name)(dtype=torch.float64).holdout() for name in SHAPES}


@pytest.mark.parametrize("data", SHAPES)
def test_the_samples_are_the_toys(page, splits, data):
    for split, (x, y) in zip(splits[data], page.evaluate("engine.samples", data), strict=True):
        np.testing.assert_array_equal(numbers(x), split.x.numpy().ravel())
        np.testing.assert_array_equal(numbers(y, np.uint8), split.y.numpy())


class Task:
    """A random task: what the page is asked, and the same in torch."""

    def __init__(self, rng, splits):
        self.data = rng.choice([*SHAPES])
        self.split = splits[self.data][0]
        self.hidden = [rng.randint(1, 40) for _ in range(rng.choice([0, 1, 2, 2, 3, 5]))]
        self.optimizer = rng.choice([*TOLERANCE])
        self.batch_size = rng.choice([1, 7, 16, 32, 64, 64, 100, 333])
        self.weight_decay = rng.choice([0, 1e-4, 0.01, 0.1])
        self.seed = rng.choice([rng.randrange(10), rng.randrange(2**32), rng.randrange(2**50)])
        self.asked = {
            name: getattr(self, name)
            for name in ("data", "hidden", "optimizer", "batch_size", "weight_decay", "seed")
        }
        first = 1e-4 if self.optimizer == "sgd" else 1e-5
        self.ladder = {
            "start_lr": log_uniform(rng, first / 3, 3 * first),
            "end_lr": log_uniform(rng, 3, 30),
            "num_steps": rng.randint(60, 110),
        }
        self.batches = self.split.batches(self.batch_size, seed=self.seed)

    def fresh(self, policy=None):
        """A model, its optimizer, and batches that begin anew."""
        model = toys.mlp(
            **SHAPES[self.data], hidden=self.hidden, seed=self.seed, dtype=torch.float64
        )
        setting = Setting(
            policy or OneCycle(0.1, 10, cycle_momentum=False),
            weight_decay=self.weight_decay,
            batch_size=self.batch_size,
            optimizer=self.optimizer,
        )
        optimizer = setting.make_optimizer(model.parameters())
        return model, optimizer, self.split.batches(self.batch_size, seed=self.seed)

    def range_test(self):
        model, optimizer, batches = self.fresh()
        return lr_range_test(
            model, optimizer, cross_entropy, batches, **self.ladder, progress=False
        )

    def train(self, policy):
        model, optimizer, batches = self.fresh(policy)
        steps = min(STEPS, policy.total_steps)
        scheduler = policy.scheduler(optimizer)
        return train(
            model, optimizer, cross_entropy, batches, scheduler, total_steps=steps, progress=False
        )

    def policy(self, rng, pick):
        """A policy whose peak is at most what the range test picks, as arguments and as value."""
        while True:
            given, _ = random_policy(rng, 300)
            if isinstance(given["max_lr"], float):
                break
        given["max_lr"] = pick * rng.uniform(0.1, 1)
        # What falls to the peak, or rises from it, is beyond what the range test picked.
        for name in ("div_factor", "final_div_factor"):
            given[name] = max(given[name], 1.0)
        return given, OneCycle(**given)


@pytest.fixture(scope="module")
def tasks(splits):
    rng = random.Random(SEED)
    return [Task(rng, splits) for _ in range(TASKS)]


def test_weights_and_batches_are_torchs_to_the_bit(page, tasks):
    for task in tasks:
        model, _, batches = task.fresh()
        shape = SHAPES[task.data]
        widths = [shape["inputs"], *task.hidden, shape["classes"]]
        drawn = page.evaluate("([...given]) => engine.weights(...given)", [widths, task.seed])
        for found, wanted in zip(drawn, model.parameters(), strict=True):
            np.testing.assert_array_equal(numbers(found), wanted.detach().numpy().ravel())
        count = len(batches) + 3  # into the second epoch
        asked = [len(task.split.y), task.batch_size, task.seed, count]
        chosen = page.evaluate("([...given]) => engine.batches(...given)", asked)
        passes = itertools.chain.from_iterable(itertools.repeat(batches))
        epochs = [x for x, _ in itertools.islice(passes, count)]
        for found, wanted in zip(chosen, epochs, strict=True):
            rows = task.split.x[torch.from_numpy(numbers(found, np.int32).copy()).long()]
            assert torch.equal(rows, wanted)


@pytest.mark.filterwarnings("ignore:.*warm-up", "ignore:no rise")
def test_losses_and_range_tests_are_torchs(page, tasks):
    rng = random.Random(SEED)
    worst, stopped, picked = dict.fromkeys(TOLERANCE, 0.0), 0, 0
    for task in tasks:
        wanted = task.range_test()
        found = page.evaluate("onecycle.rangeTest", {**task.asked, **task.ladder})
        assert found["stopped"] == wanted.stopped, task.asked
        np.testing.assert_allclose(found["lr"], wanted.lr, rtol=1e-12)
        # Where it explodes, the last digit grows as fast as the loss does.
        sound = wanted.lr <= (wanted.suggestions()["edge"].lr or 0)
        ours, theirs = np.array(found["loss"])[sound], wanted.loss[sound]
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        for rule, (lr, reason) in wanted.suggestions().items():
            ours = found["suggestions"][rule]
            assert ours["reason"] == reason, task.asked
            assert ours["lr"] == (lr and pytest.approx(lr, rel=1e-6)), task.asked
        stopped += wanted.stopped is not None
        picked += wanted.recommended.lr is not None
        given, policy = task.policy(rng, wanted.recommended.lr or 1e-3)
        history = task.train(policy)
        ours = page.evaluate("onecycle.train", {**task.asked, "policy": given})
        assert len(ours["loss"]) == policy.total_steps
        difference = np.abs(ours["loss"][: len(history.loss)] / history.loss - 1).max()
        worst[task.optimizer] = max(worst[task.optimizer], difference)
        assert difference < TOLERANCE[task.optimizer], (task.asked, given)
    print(f"largest relative difference {worst}; {stopped} stopped, {picked} picked")
    assert min(stopped, picked) > TASKS / 2
