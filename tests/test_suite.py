"""How the tests themselves are run: in several processes, and with other packages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import ranges

HERE = Path(__file__).parent
SAYS = """
import os

def test_says():
    threads = os.environ.get("OMP_NUM_THREADS", "any number of")
    print("in", os.environ.get("PYTEST_XDIST_WORKER", "one process"), "with", threads, "threads")
"""


@pytest.mark.parametrize(
    ("words", "said"),
    {
        "-p xdist": " with 1 threads",
        "-p xdist -n 0": "in one process with any number of threads",
        "-p xdist tests": "in one process with any number of threads",
        "": "in one process with any number of threads",
    }.items(),
)
def test_all_at_once_take_several_processes(words, said, tmp_path):
    """Not what somebody asked for by name: the processes would cost more than they save."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/conftest.py").write_bytes((HERE / "conftest.py").read_bytes())
    (tmp_path / "tests/test_it.py").write_text(SAYS)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "OMP_"))}
    own["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # as where xdist is not installed
    command = [sys.executable, "-m", "pytest", "-rP", "-p", "no:cacheprovider", *words.split()]
    done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout


@pytest.mark.parametrize(
    ("which", "resolution"), [("oldest", "lowest-direct"), ("newest", "highest")]
)
def test_the_ranges_are_tried_with_every_extra_package_of_the_tests(which, resolution, tmp_path):
    empty, install, _, tests = ranges.commands(which, tmp_path, [])
    assert str(tmp_path) in empty
    wanted = ["--resolution", resolution, "--editable", ".[test]", *ranges.ALSO[which]]
    assert install[install.index("--resolution") :] == wanted
    assert Path(tests[0]).parent.parent == tmp_path
    assert tests[1:] == ["-m", "pytest", "--ignore=tests/browser"]
    assert ranges.commands(which, tmp_path, ["tests"])[-1][1:] == ["-m", "pytest", "tests"]
