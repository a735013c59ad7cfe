"""The lab beside somebody's program: neither disturbs the other, and it ends when it should."""

import gc
import random
import signal
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances as live_widgets
from jupyter_client.manager import start_new_kernel
from waiting import wait_until

from onecycle_widgets import Lab, OneCycle
from onecycle_widgets.lab.offered import splits
from onecycle_widgets.lab.task import Task
from onecycle_widgets.lab.worker import Latest

# Many weights and few steps: most of the time models are made, from random numbers.
DRAWING = Task("digits", "MLP, 6 layers of 64", seeds=20)
SHORT, ENDLESS = OneCycle(0.05, 10), OneCycle(0.1, 100_000)
RESULTS = {"train": lambda lab: lab.runs[-1].loss, "test_range": lambda lab: lab.range_test.losses}


def begun(job, task=DRAWING, policy=SHORT):
    lab = Lab(task, policy)
    getattr(lab, job)()
    return lab


def outcome(lab, job):
    assert lab.wait(120)
    assert lab.error == ""
    found = RESULTS[job](lab)
    lab.close()
    return found


def seed_all():
    random.seed(7), np.random.seed(7), torch.manual_seed(7)


def draw():
    return random.random(), np.random.random(), torch.rand(()).item()


def training():
    """A lab in the midst of a long training."""
    lab = begun("train", Task(), ENDLESS)
    wait_until(lambda: lab.explorer.under_way, "a step of the training")
    return lab


def background():
    return [thread for thread in threading.enumerate() if thread.name.endswith("(_work)")]


@pytest.mark.parametrize("job", RESULTS)
def test_random_numbers_beside_the_lab(job):
    alone = outcome(begun(job), job)
    seed_all()
    lab, drawn = begun(job), []
    while not lab.wait(0):
        drawn.append(draw())
    np.testing.assert_array_equal(outcome(lab, job), alone)
    seed_all()
    assert len(drawn) > 100
    assert drawn == [draw() for _ in drawn]


@pytest.mark.parametrize("second", RESULTS)
def test_two_labs_at_once(second):
    alone = {job: outcome(begun(job), job) for job in RESULTS}
    before = torch.get_rng_state()
    for _ in range(3):
        labs = begun("test_range"), begun(second)
        for lab, job in zip(labs, ("test_range", second), strict=True):
            np.testing.assert_array_equal(outcome(lab, job), alone[job])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("task", [Task(), Task("mnist1d", optimizer="adamw")])
def test_the_default_dtype_changes_no_digit(task, kind):
    before = torch.get_default_dtype()
    alone = {job: outcome(begun(job, task), job) for job in RESULTS}
    torch.set_default_dtype(kind)
    try:
        for job in RESULTS:
            np.testing.assert_array_equal(outcome(begun(job, task), job), alone[job])
    finally:
        torch.set_default_dtype(before)


def test_data_that_are_kept_are_ordinary_tensors():
    splits.cache_clear()
    with torch.device("meta"), torch.inference_mode():
        lab = begun("train", Task("spirals"))
        x = lab.task.splits[0].x
    assert x.device == torch.device("cpu")
    assert not x.is_inference()
    assert np.isfinite(outcome(lab, "train")).all()


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize(("job", "trait"), [("train", "status"), ("test_range", "range_test")])
def test_an_observer_that_raises_is_shown_and_disturbs_nothing(job, trait, kind, monkeypatch):
    shown = []
    monkeypatch.setattr(threading, "excepthook", lambda error: shown.append(error.exc_type))
    lab = Lab(policy=SHORT)

    def broken(change):
        raise kind("no")

    lab.observe(broken, trait)
    lab.explorer.observe(broken, "step")
    getattr(lab, job)()
    assert lab.wait(60)
    assert set(shown) == {kind}
    assert lab.error == ""
    lab.unobserve(broken, trait)
    lab.explorer.unobserve(broken, "step")
    assert RESULTS[job](lab).shape[0] == 1
    lab.train()
    assert lab.wait(60)
    assert lab.runs[-1].complete
    lab.close()


def test_a_worker_whose_own_telling_fails_goes_on(monkeypatch):
    shown, done = [], []
    monkeypatch.setattr(threading, "excepthook", lambda error: shown.append(error.exc_type))

    def failed(error):
        raise LookupError

    def job(stopped):
        raise ValueError

    worker = Latest(failed)
    worker.start(job)
    assert worker.wait(10)
    worker.start(lambda stopped: sys.exit())
    assert worker.wait(10)
    worker.start(lambda stopped: done.append(worker.wait()))  # for itself: not for ever
    assert worker.wait(10)
    assert shown == [LookupError, SystemExit]
    assert done == [False]


PROGRAM = """
import time
from onecycle_widgets import Lab, OneCycle
lab = Lab(policy=OneCycle(0.1, 100_000))
lab.observe(lambda change: lab.train(), "runs")  # one more when it is stopped: not at the end
lab.train()
while not lab.explorer.under_way:
    time.sleep(0.001)
raise SystemExit({code})
"""


def test_a_program_ends_while_the_lab_trains():
    """Four at once: a thread that was inside torch aborted three of four."""
    codes = [0, 0, 0, 3]
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(code=code)], stderr=subprocess.PIPE, text=True
        )
        for code in codes
    ]
    ends = [(program.communicate(timeout=120)[1], program.returncode) for program in programs]
    assert ends == [("", code) for code in codes]


def test_a_lab_that_nobody_has_ends_its_training():
    alive, threads = set(live_widgets), background()
    lab = training()
    gone = weakref.ref(lab)
    del lab
    gc.collect()
    wait_until(lambda: background() == threads, "the end of the thread")
    assert gone() is None
    assert set(live_widgets) - alive == set()


def test_a_lab_that_was_shown_lives_until_it_is_closed():
    threads, lab = background(), training()
    lab._repr_mimebundle_()
    held = weakref.ref(lab)
    del lab
    gc.collect()
    lab = held()
    assert lab is not None
    assert live_widgets[lab.model_id] is lab
    assert background() != threads
    lab.close()
    assert lab.wait(30)
    assert lab.comm is None
    assert "application/vnd.jupyter.widget-view+json" not in Lab._repr_mimebundle_(lab)[0]


def test_labs_made_again_and_again_leave_one_thread():
    threads = background()
    for _ in range(4):
        lab = training()
    wait_until(lambda: len(background()) == len(threads) + 1, "the end of the earlier ones")
    lab.close()
    wait_until(lambda: background() == threads, "the end of the last")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pthread_kill")
def test_an_interrupt_while_waiting_stops_and_keeps_what_is_there():
    lab = training()
    main = threading.main_thread().ident
    timer = threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        lab.wait(120)
    assert lab.wait(0)
    assert 0 < lab.runs[0].done < 100_000
    lab.explorer.policy = SHORT
    lab.train()
    assert lab.wait(60)
    assert [run.complete for run in lab.runs] == [False, True]
    lab.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_the_kernels_interrupt_stops_a_training():
    manager, client = start_new_kernel(kernel_name="python3")

    def said(code):
        texts = []

        def note(message):
            texts.append(message["content"].get("text") or message["content"].get("evalue") or "")

        client.execute_interactive(code, timeout=60, output_hook=note)
        return "".join(texts).strip()

    def interrupted():
        manager.interrupt_kernel()
        time.sleep(0.2)
        return said("print(lab.wait(0))") == "True"

    try:
        said("import time; from onecycle_widgets import Lab, OneCycle")
        said("lab = Lab(policy=OneCycle(0.1, 100_000)); lab.train()")
        assert said("print(lab.wait(0.2))") == "False"
        wait_until(interrupted, "the end of the training, between two cells")
        other = "lab.explorer.policy = OneCycle(0.2, 100_000); lab.train()"
        client.execute(f"{other}; print('begun'); time.sleep(600)")
        wait_until(
            lambda: client.get_iopub_msg(timeout=60)["content"].get("text") == "begun\n", "a cell"
        )
        manager.interrupt_kernel()
        # What is asked while the interrupted cell is cleared away is not answered.
        wait_until(
            lambda: (
                said("print(lab.wait(0), [run.complete for run in lab.runs])")
                == "True [False, False]"
            ),
            "the end of the training in the interrupted cell",
        )
        wait_until(
            lambda: said("print(get_ipython().kernel.saved_sigint_handler)") == "1",
            "the signal being ignored again",
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
