"""The lab without a browser: tasks, trainings that can stop, scripts that repeat, errors shown."""

import csv
import io
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from waiting import wait_until

from onecycle_widgets import Lab, OneCycle, train
from onecycle_widgets.lab import run as lab_run
from onecycle_widgets.lab.pictures import (
    BoundaryPicture,
    accuracy_picture,
    loss_picture,
    range_picture,
)
from onecycle_widgets.lab.task import MODELS, StoppedError, Task
from onecycle_widgets.lab.worker import Latest

QUICK = OneCycle(0.1, 40)


def never():
    return False


def quiet(*_):
    return None


@pytest.fixture
def lab():
    lab = Lab(policy=QUICK)
    yield lab
    lab.close()


def trained(lab):
    lab.train()
    assert lab.wait(60)
    assert lab.error == ""
    return lab.runs[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"data": "cats"}, "data must be one of digits, spirals, mnist1d, got 'cats'"),
        ({"model": "cat"}, "model must be one of: MLP, 2 layers of 64; .* got 'cat'"),
        ({"optimizer": "lion"}, "optimizer must be one of"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"batch_size": 5000}, "batch_size must be at most 1150, got 5000"),
        ({"weight_decay": -1.0}, "weight_decay must be 0 or more"),
        ({"seeds": 0}, "seeds must be"),
        ({"seeds": 101}, "seeds must be at most 100 in the lab, got 101"),
    ],
)
def test_impossible_tasks(arguments, words):
    with pytest.raises(ValueError, match=words):
        Task(**arguments)


@pytest.mark.parametrize(("data", "model"), [(d, m) for d, ms in MODELS.items() for m in ms])
def test_every_model_trains_and_its_range_test_runs(data, model):
    task = Task(data, model, batch_size=32)
    run = lab_run.train(task, OneCycle(0.01, 8), never, quiet)
    assert run.complete
    assert np.isfinite(run.loss).all()
    assert run.accuracy.shape == (1, 8)
    assert (run.boundary is None) == (data != "spirals")
    with pytest.raises(StoppedError):
        task.range_test(lambda: True, quiet)


def test_a_mistyped_length_does_not_exhaust_the_memory():
    words = "total_steps must be at most 100000 in the lab, got 10000000"
    with pytest.raises(ValueError, match=words):
        lab_run.train(Task(), OneCycle(0.1, 10_000_000), never, quiet)


def test_a_run_ends_after_the_step_under_way():
    asked = []

    def stopped():
        asked.append(1)
        return len(asked) == 7

    run = lab_run.train(Task(), QUICK, stopped, quiet)
    assert run.done == 7
    assert not run.complete
    assert np.isfinite(run.loss[0, :7]).all()
    assert np.isnan(run.loss[0, 7:]).all()


def test_the_range_test_stops_before_the_next_step():
    seen = []
    with pytest.raises(StoppedError):
        Task().range_test(lambda: len(seen) == 5, lambda *pair: seen.append(pair))
    assert len(seen) == 5


@pytest.mark.parametrize(
    "task", [Task(seeds=3), Task("spirals", optimizer="adamw"), Task("mnist1d")]
)
def test_the_script_repeats_the_run_to_the_digit(task):
    policy = OneCycle(0.02, 24, pct_start=0.4, three_phase=True)
    run = lab_run.train(task, policy, never, quiet)
    done = subprocess.run(
        [sys.executable, "-c", task.script(policy)], capture_output=True, text=True, check=True
    )
    losses, accuracies = done.stdout.splitlines()
    assert losses == f"last loss of each seed: {run.loss[:, -1].tolist()}"
    assert accuracies == f"held-out accuracy: {run.final.tolist()}"


def test_the_boundary_is_the_first_seeds_model():
    task = Task("spirals", optimizer="adamw", seeds=3)
    run = lab_run.train(task, QUICK, never, quiet)
    model = task.make(seed=0)
    optimizer = task.setting(QUICK).make_optimizer(model.parameters())
    batches = task.splits[0].batches(task.batch_size, seed=0)
    train(model, optimizer, cross_entropy, batches, QUICK.scheduler(optimizer), progress=False)
    with torch.no_grad():
        alone = model.eval()(lab_run.plane(task)).argmax(-1).numpy()
    assert len(np.unique(alone)) > 1
    assert (run.boundary == alone.reshape(run.boundary.shape)).all()


def test_a_stopped_run_keeps_its_last_boundary():
    told = []
    run = lab_run.train(Task("spirals"), OneCycle(0.1, 100_000), lambda: len(told) > 1, told.append)
    assert not run.complete
    assert run.boundary is not None
    assert run.boundary is told[-2].boundary


def test_names_tell_runs_apart():
    runs = [
        lab_run.Run(Task(weight_decay=w), OneCycle(lr, 10), 0, *[np.zeros((1, 10))] * 2, (10,), 0.0)
        for lr, w in ((0.1, 0.0), (0.2, 0.0), (0.1, 1e-4))
    ]
    assert lab_run.names(runs[:1]) == ["max_lr=0.1"]
    assert lab_run.names(runs[:2]) == ["max_lr=0.1", "max_lr=0.2"]
    assert lab_run.names(runs) == [
        "max_lr=0.1, weight_decay=0",
        "max_lr=0.2, weight_decay=0",
        "max_lr=0.1, weight_decay=0.0001",
    ]


def test_csv_holds_every_step(lab):
    first = trained(lab)
    lab.explorer.policy = OneCycle(0.1, 10, cycle_momentum=False)
    second = trained(lab)
    rows = list(csv.DictReader(io.StringIO(lab_run.to_csv(lab.runs))))
    assert len(rows) == 50
    assert [float(row["loss"]) for row in rows[:40]] == first.loss[0].tolist()
    assert float(rows[39]["held_out_accuracy"]) == first.final[0]
    assert float(rows[49]["held_out_accuracy"]) == second.final[0]
    assert [float(row["lr"]) for row in rows[40:]] == second.policy.curve().lr.tolist()
    assert {row["momentum"] for row in rows[40:]} == {""}
    assert {row["cycle_momentum"] for row in rows[40:]} == {"False"}


def test_the_whole_way(lab):
    lab.test_range()
    assert lab.wait(60)
    assert lab.range_test.recommended.lr > 0.01
    picks = {button.description.split(":")[0]: button for button in lab._picks.children}
    picks["halfway"].click()
    peak = float(f"{lab.range_test.recommended.lr:.3g}")
    assert lab.explorer.policy.max_lr == peak
    run = trained(lab)
    assert run.policy.max_lr == peak
    assert lab.status.startswith("done after 40 steps")
    assert lab.explorer.step == 39
    assert [row[0] for row in lab._table.rows] == [f"max_lr={peak:g}"]
    lab._asked("remove", 0)
    assert lab.runs == ()
    assert lab._table.rows == []
    lab._asked("remove", 0)  # a second click


def test_controls_and_task_follow_each_other(lab):
    fields = lab.controls.fields
    fields["data"].value = "mnist1d"
    assert lab.task == Task("mnist1d")
    assert fields["model"].value == "ConvNet, 4 layers"
    fields["batch_size"].value = 4000
    assert lab.controls.error == "batch_size must be at most 3200, got 4000"
    assert lab.task.batch_size == 64  # the last possible one
    lab.task = Task("spirals", seeds=2)
    assert lab.controls.error == ""
    assert fields["data"].value == "spirals"
    assert fields["batch_size"].value == 64
    assert fields["seeds"].value == 2


def test_an_error_shows_and_the_next_training_works(lab):
    lab.explorer.policy = OneCycle([0.1, 0.2], 40)
    lab.train()
    assert lab.wait(60)
    assert "schedule must have one parameter group" in lab.error
    assert lab.runs == ()
    lab.explorer.policy = QUICK
    trained(lab)


def test_live_trains_again_and_abandons_the_older(lab, monkeypatch):
    trainings, original = [], lab_run.train

    def noted(*arguments):
        trainings.append(original(*arguments))
        return trainings[-1]

    monkeypatch.setattr(lab_run, "train", noted)
    lab.live = True
    for steps in (50_000, 60_000):
        lab.explorer.policy = OneCycle(0.1, steps)
        wait_until(lambda n=steps: lab._progress.max == n, f"a training of {steps} steps")
    lab.explorer.policy = OneCycle(0.1, 30)
    assert lab.wait(60)
    assert [run.policy.total_steps for run in trainings] == [50_000, 60_000, 30]
    assert [run.complete for run in trainings] == [False, False, True]
    assert lab.runs == ()
    assert lab.status.startswith("done after 30 steps")


def test_stop_keeps_what_is_there(lab):
    lab.explorer.policy = OneCycle(0.1, 100_000)
    lab.train()
    wait_until(lambda: lab._progress.value > 0, "a step of the training")
    lab.stop()
    assert lab.wait(60)
    (run,) = lab.runs
    assert 0 < run.done < 100_000
    assert lab.status.startswith(f"stopped after {run.done} steps")
    assert lab._table.rows[0][1] == f"{run.done} of 100000"


def test_several_seeds_are_a_median_and_a_band():
    run = lab_run.train(Task("spirals", seeds=3), QUICK, never, quiet)
    for picture in (loss_picture([run], ["x"]), accuracy_picture([run], ["x"])):
        (line,), (band,) = picture["lines"], picture["bands"]
        assert all(
            a <= b <= c for a, b, c in zip(band["low"], line["values"], band["high"], strict=True)
        )
    assert 'alt="After step 40, by the first seed; ' in BoundaryPicture(run.task).show(run)


def test_a_diverged_run_is_shown_as_far_as_it_has_numbers(lab):
    lab.task = Task(seeds=2)
    lab.explorer.policy = OneCycle(1e200, 40)
    run = trained(lab)
    assert not np.isfinite(run.loss[:, -1]).any()
    assert lab._loss.picture["title"].startswith("The loss diverges from 2.")
    assert lab._loss.picture["lines"][0]["values"][0] > 0
    assert lab._table.rows[0][2] == "diverged"


def test_pictures_before_anything_is_known():
    for picture in (range_picture([]), loss_picture([], []), accuracy_picture([], [])):
        assert picture["lines"] in ([], [{"at": [], "values": [], "look": 0, "faint": True}])
        assert picture["x"]["high"] > picture["x"]["low"]


def test_only_the_newest_job_counts():
    failures, done = [], []
    worker = Latest(failures.append)
    started = threading.Event()

    def first(stopped):
        started.set()
        wait_until(stopped, "a request to stop")
        done.append("first")

    worker.start(first)
    assert started.wait(10)
    worker.start(lambda stopped: done.append("second"))
    worker.start(lambda stopped: done.append("third"))
    assert worker.wait(10)
    assert done[0] == "first"
    assert done[-1] == "third"
    assert failures == []

    def broken(stopped):
        raise RuntimeError("no")

    worker.start(broken)
    assert worker.wait(10)
    assert [str(failure) for failure in failures] == ["no"]
    worker.start(lambda stopped: done.append("after"))
    assert worker.wait(10)
    assert done[-1] == "after"


def test_closing_stops_and_leaves_nothing():
    from ipywidgets.widgets.widget import _instances

    alive = set(_instances)
    lab = Lab(policy=OneCycle(0.1, 100_000))
    lab.train()
    lab.close()
    assert lab.wait(30)
    assert set(_instances) - alive == set()
