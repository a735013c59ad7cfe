"""The lab without a browser: tasks, trainings that can stop, scripts that repeat, errors shown."""

import csv
import io
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from waiting import wait_until

from onecycle_widgets import Lab, OneCycle, train
from onecycle_widgets.lab import run as lab_run
from onecycle_widgets.lab import view, wire
from onecycle_widgets.lab.offered import MODELS
from onecycle_widgets.lab.task import StoppedError, Task
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


def said(lab):
    """Let the lab answer into a list instead of to a browser."""
    answers = []
    lab.explorer.answer = lambda *answer: answers.append(answer)
    return answers


def press(lab, what, key=None, **state):
    """A button of the view, as its front end tells of it."""
    message = {"do": what, "state": state} | ({} if key is None else {"key": key})
    lab.explorer._handle_custom_msg(message, [])


def numbers(wired):
    return np.frombuffer(wired, "<f4")


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


def test_own_model_and_data_have_the_same_view():
    x = torch.linspace(-1, 1, 200).view(-1, 1)
    lab = Lab(model=nn.Linear(1, 1), data=(x, 2 * x), loss_fn=nn.functional.mse_loss, policy=QUICK)
    view = lab.explorer
    assert (view.data, view.offers["data"], view.chance) == ("", [], None)
    view.set_state({"optimizer": "adamw", "seeds": 2})
    assert (view.problem, lab.task.optimizer, lab.task.seeds) == ("", "adamw", 2)
    run = trained(lab)
    assert run.task.own is lab.task.own
    (row,) = view.runs
    assert row["measure"] == "loss"
    np.testing.assert_allclose(numbers(row["accuracy"]), np.median(run.held_out_loss, 0), rtol=1e-6)
    assert row["final"] == run.final_loss.tolist()
    assert "on the held-out data" in lab.status
    lab.task = Task("spirals")
    assert view.offers["data"] != []
    lab.close()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": nn.Linear(2, 2)}, "data is missing"),
        ({"data": (torch.rand(9, 2), torch.arange(9))}, "model is missing"),
        ({"loss_fn": nn.functional.mse_loss}, "model is missing"),
        ({"task": Task(), "model": nn.Linear(2, 2)}, "a task, or a model and data"),
    ],
)
def test_half_of_ones_own_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        Lab(**given)


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
    view, answers = lab.explorer, said(lab)
    press(lab, "range")
    assert lab.wait(60)
    assert view.range["ended"]
    assert view.range["task"]["net"] == "MLP, 2 layers of 64"
    assert list(view.range["picks"]) == ["steepest", "minimum/10", "valley", "edge", "halfway"]
    assert view.range["note"] == ""
    assert view.range["picks"]["halfway"] == lab.range_test.recommended.lr > 0.01
    peak = float(f"{lab.range_test.recommended.lr:.3g}")
    # What was changed just before goes along: the browser may still hold it back.
    press(lab, "train", max_lr=peak)
    assert lab.wait(60)
    assert lab.explorer.policy.max_lr == lab.runs[0].policy.max_lr == peak
    assert lab.status == view.status
    assert lab.status.startswith("done after 40 steps")
    assert (view.step, view.busy, view.under_way) == (39, "", None)
    (row,) = view.runs
    assert row["settings"]["max_lr"] == f"{peak:g}"
    press(lab, "script", row["key"])
    press(lab, "csv")
    assert [answer[::2] for answer in answers] == [("script", "run.py"), ("csv", "runs.csv")]
    assert answers[0][1] == lab.runs[0].task.script(lab.runs[0].policy)
    assert len(answers[1][1].splitlines()) == 41
    for _ in range(2):  # and a second click
        press(lab, "remove", row["key"])
        assert lab.runs == ()
        assert view.runs == []


def test_controls_and_task_follow_each_other(lab):
    view = lab.explorer
    view.set_state({"data": "mnist1d", "net": "ConvNet, 4 layers"})
    assert lab.task == Task("mnist1d")
    view.batch_size = 4000
    assert view.problem == "batch_size must be at most 3200, got 4000"
    assert lab.task.batch_size == 64  # the last possible one
    lab.task = Task("spirals", seeds=2)
    assert view.problem == ""
    assert [view.data, view.batch_size, view.seeds] == ["spirals", 64, 2]
    assert view.chance["accuracy"] < 0.4
    for wrong in ("", "many", None, [1], 1e400):
        view.seeds = wrong
        assert "seeds must be" in view.problem
        assert lab.task.seeds == 2


def test_what_is_refused_does_not_train_with_the_values_from_before(lab):
    for what in ("train", "range"):
        lab.status = "done after 300 steps"
        press(lab, what, seeds="many")
        assert lab.status == lab.explorer.status == "not started: a value is refused"
        assert lab.wait(60)
        assert (lab.runs, lab.range_test) == ((), None)
    press(lab, "train", seeds=1)
    assert lab.wait(60)
    assert len(lab.runs) == 1


def test_an_error_shows_and_the_next_training_works(lab):
    lab.explorer.policy = OneCycle([0.1, 0.2], 40)
    lab.train()
    assert lab.wait(60)
    assert "schedule must have one parameter group" in lab.error == lab.explorer.problem
    assert lab.explorer.busy == ""
    assert lab.runs == ()
    lab.explorer.policy = QUICK
    trained(lab)


def noted(monkeypatch):
    """A list of what every training of a lab comes to."""
    trainings, original = [], lab_run.train

    def note(*arguments):
        trainings.append(original(*arguments))
        return trainings[-1]

    monkeypatch.setattr(lab_run, "train", note)
    return trainings


def under_way(lab, steps):
    wait_until(
        lambda: (lab.explorer.under_way or {}).get("total") == steps, f"a training of {steps} steps"
    )


def test_live_trains_at_once(lab, monkeypatch):
    trainings = noted(monkeypatch)
    lab.live = True
    assert lab.wait(60)
    assert [run.policy for run in trainings] == [lab.explorer.policy]
    assert lab.explorer.under_way["complete"]
    lab.live = False
    assert lab.wait(60)
    assert len(trainings) == 1
    assert lab.runs == ()


def test_live_replaces_what_takes_long(lab, monkeypatch):
    trainings = noted(monkeypatch)
    lab.explorer.policy = OneCycle(0.1, 50_000)
    lab.live = True
    for steps in (50_000, 60_000):
        lab.explorer.policy = OneCycle(0.1, steps)
        under_way(lab, steps)
    lab.explorer.policy = OneCycle(0.1, 30)
    assert lab.wait(60)
    assert [run.policy.total_steps for run in trainings] == [50_000, 60_000, 30]
    assert [run.complete for run in trainings] == [False, False, True]
    assert lab.runs == ()
    assert lab.explorer.under_way["live"]
    assert lab.explorer.under_way["complete"]
    assert lab.status.startswith("done after 30 steps")


def test_live_trainings_come_to_their_end_while_a_hand_drags(lab, monkeypatch):
    """Ten seconds of dragging once came to no result: each change ended the training before it."""
    trainings = noted(monkeypatch)
    monkeypatch.setattr(view, "PATIENCE", 1000)  # a busy machine needs more than people have
    lab.live = True
    moves = 0

    def dragged():
        nonlocal moves
        moves += 1
        lab.explorer.max_lr = 0.1 + moves / 1e4
        return sum(run.complete for run in trainings) >= 3

    wait_until(dragged, "three trainings, while the rate moves all the time", 120)
    assert lab.wait(60)
    assert all(run.complete for run in trainings)
    assert len(trainings) < moves  # several moves are one training
    assert trainings[-1].policy.max_lr == lab.explorer.policy.max_lr  # the last place has its turn
    assert lab.runs == ()


def test_patience_is_counted_from_the_first_that_waits():
    worker, turns = Latest(print), []
    started = threading.Event()

    def endless(stopped):
        started.set()
        wait_until(stopped, "the end of its turn")
        turns.append("endless")

    worker.start(endless)
    assert started.wait(10)
    while "endless" not in turns:  # each would lengthen it, if it could
        worker.start(lambda stopped: turns.append("next"), patience=0.2)
    assert worker.wait(10)
    assert turns[-1] == "next"
    worker.start(endless)
    worker.start(lambda stopped: None, patience=1000)
    worker.stop()
    assert worker.wait(10)


def test_stop_keeps_what_is_there(lab):
    lab.explorer.policy = OneCycle(0.1, 100_000)
    lab.train()
    under_way(lab, 100_000)
    assert lab.explorer.busy == "training"
    press(lab, "stop")
    assert lab.wait(60)
    (run,) = lab.runs
    assert 0 < run.done < 100_000
    assert lab.status.startswith(f"stopped after {run.done} steps")
    (row,) = lab.explorer.runs
    assert (row["done"], row["total"], row["complete"]) == (run.done, 100_000, False)
    assert len(row["at"]) <= 1500
    assert row["at"][-1] < run.done


def test_the_oldest_of_twelve_runs_is_dropped_and_it_says_so(lab):
    def train_at(peak):
        lab.explorer.policy = OneCycle(peak, 8)
        trained(lab)

    for place in range(12):
        train_at(0.1 + place / 100)
    assert "dropped" not in lab.status
    keys = [row["key"] for row in lab.explorer.runs]
    second = lab.runs[1]
    train_at(0.3)
    assert lab.status.endswith("; the oldest run was dropped, 12 are kept")
    assert lab.runs[0] is second
    assert [row["key"] for row in lab.explorer.runs][:-1] == keys[1:]


def test_what_was_trained_to_its_end_is_marked_and_not_trained_again(lab, monkeypatch):
    trainings, marked = noted(monkeypatch), []
    lab.explorer.mark = marked.append
    first = trained(lab)
    press(lab, "train")
    assert lab.wait(60)
    assert (lab.runs, trainings) == ((first,), [first])
    assert marked == [row["key"] for row in lab.explorer.runs]
    assert lab.status.startswith("trained already, to the same numbers")
    press(lab, "train", seeds=2)
    assert lab.wait(60)
    press(lab, "train", seeds=1, max_lr=0.2)
    assert lab.wait(60)
    press(lab, "train", max_lr=0.1, optimizer="adamw")
    assert lab.wait(60)
    assert len(lab.runs) == 4
    press(lab, "remove", marked[0])
    press(lab, "train", optimizer="sgd")
    assert lab.wait(60)
    assert len(lab.runs) == 4
    assert lab.runs[-1] is not first
    np.testing.assert_array_equal(lab.runs[-1].loss, first.loss)
    assert len(marked) == 1


def test_a_stopped_run_gives_way_to_the_same_that_came_further(lab, monkeypatch):
    original = lab_run.train
    for steps, kept in ((9, 9), (5, 9), (12, 12), (40, 40)):
        asked = []

        def train_some(task, policy, stopped, told, steps=steps, asked=asked):
            return original(task, policy, lambda: asked.append(1) or len(asked) >= steps, told)

        monkeypatch.setattr(lab_run, "train", train_some)
        trained(lab)
        assert [run.done for run in lab.runs] == [kept]
    assert lab.runs[0].complete


def test_what_is_trained_by_a_press_in_live_mode_is_kept(lab):
    lab.live = True
    press(lab, "train", max_lr=0.2)
    assert lab.wait(60)
    (run,) = lab.runs
    assert run.policy.max_lr == 0.2
    assert lab.explorer.under_way is None


def test_several_seeds_are_a_median_and_a_band():
    run = lab_run.train(Task("spirals", seeds=3), QUICK, never, quiet)
    wired = wire.run_wired(run, 1)
    for low, middle, high in (
        ("low", "loss", "high"),
        ("accuracy_low", "accuracy", "accuracy_high"),
    ):
        ends = [numbers(wired[name]) for name in (low, middle, high)]
        assert (ends[0] <= ends[1]).all()
        assert (ends[1] <= ends[2]).all()
    np.testing.assert_allclose(numbers(wired["loss"]), np.median(run.loss, 0), rtol=1e-6)
    assert len(wired["final"]) == 3
    alone = wire.run_wired(lab_run.train(Task(), QUICK, never, quiet), 1)
    assert "low" not in alone


def test_a_diverged_run_is_shown_as_far_as_it_has_numbers(lab):
    lab.task = Task(seeds=2)
    lab.explorer.policy = OneCycle(1e200, 40)
    run = trained(lab)
    assert not np.isfinite(run.loss[:, -1]).any()
    (row,) = lab.explorer.runs
    assert row["diverged"] == 2
    loss = numbers(row["loss"])
    assert loss[0] == pytest.approx(np.median(run.loss[:, 0]))
    assert np.isposinf(loss[-1])
    assert row["final"] == [None, None] or all(0 <= one <= 1 for one in row["final"])


def test_a_range_test_of_several_runs_grows_run_by_run():
    seen = [(0.01, 2.0), (0.1, 1.0), (0.01, 3.0), (0.1, 2.5)]
    wired = wire.range_wired(Task(), seen[:3])
    assert (numbers(wired["lr"]).size, wired["ended"], wired["picks"]) == (1, False, {})
    wired = wire.range_wired(Task(), seen)
    assert numbers(wired["loss"]).tolist() == [3.0, 2.5]


def test_the_plane_shows_the_answers_and_some_data():
    run = lab_run.train(Task("spirals", seeds=2), QUICK, never, quiet)
    wired = wire.plane_wired(run)
    classes = np.frombuffer(wired["classes"], np.uint8).reshape(wired["side"], -1)
    assert (classes == run.boundary).all()
    points = numbers(wired["points"]).reshape(-1, 2)
    assert len(points) == len(wired["labels"]) == 360
    for axis, place in (("x", 0), ("y", 1)):
        low, high = wired[axis]
        assert low < points[:, place].min() < points[:, place].max() < high
    assert wire.plane_wired(lab_run.train(Task(), QUICK, never, quiet)) is None


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
