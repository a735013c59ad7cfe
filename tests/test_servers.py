"""What the tests start is gone at their end, whatever happens."""

import sys

import psutil
import pytest
from servers import descendants, runs, serving, started
from waiting import wait_until

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
# Like a server with a kernel: the child is in a session of its own.
FAMILY = f"""{DEAF}
import subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-c", "{DEAF}; print('deaf', flush=True); time.sleep(600)"],
    start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
POLITE = """
import signal, sys, time
def leave(*_):
    time.sleep(0.5)
    print("good-bye", flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
while True:  # a signal just before a long sleep would be noticed after it
    time.sleep(0.1)
"""


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def says(log, word):
    wait_until(lambda: word in log.read_text(), f"{word!r} in the log")


def kin(process):
    return {psutil.Process(process.pid), *descendants(process)}


def test_who_ignores_the_request_to_end_is_gone_with_its_children(log):
    with started([sys.executable, "-c", FAMILY], log, patience=1) as process:
        says(log, "deaf")
        family = kin(process)
        assert [runs(one) for one in family] == [True, True]
    assert not any(map(runs, family))


def slip(log, family):
    with started([sys.executable, "-c", FAMILY], log, patience=1) as process:
        says(log, "deaf")
        family |= kin(process)
        assert [runs(one) for one in family] == [True, True]
        raise ZeroDivisionError


def test_an_error_in_the_block_is_the_one_that_is_reported(log):
    family = set()
    with pytest.raises(ZeroDivisionError):
        slip(log, family)
    assert len(family) == 2
    assert not any(map(runs, family))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no request to end")
def test_who_listens_may_take_its_time(log):
    with started([sys.executable, "-c", POLITE], log) as process:
        says(log, "ready")
    assert process.returncode == 7
    assert "good-bye" in log.read_text()


def test_who_has_ended_already_is_no_error(log):
    with started([sys.executable, "-c", "raise SystemExit(3)"], log) as process:
        assert process.wait(30) == 3
    assert process.returncode == 3


def test_a_server_that_does_not_start_shows_why(tmp_path):
    with (
        pytest.raises(RuntimeError, match=r"no answer from .*/api:\n.*No module named no_such"),
        serving(["no_such_server"], "api?token=secret", tmp_path),
    ):
        pytest.fail("the block began")


def test_waiting_has_an_end_and_says_for_what():
    asked = []
    wait_until(lambda: asked.append(1) or len(asked) == 3, "three questions")
    assert len(asked) == 3
    with pytest.raises(AssertionError, match=r"not within 0.05 s: the end of the world"):
        wait_until(lambda: False, "the end of the world", seconds=0.05)
