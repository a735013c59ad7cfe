"""All tests at once take a process for each core, where pytest-xdist is installed."""

import os
import signal

import pytest

# It is no test, and a second module of this name, beside the browser's, could not be imported.
collect_ignore = ["conftest.py"]


@pytest.hookimpl(tryfirst=True)  # before xdist's own, which reads what is set here
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Divide the work where all tests are asked for and nobody said how (`-n 0`: not at all).

    A module's tests, and a notebook's cells, stay together.
    """
    option = config.option
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    open_to_choice = option.__dict__.get("numprocesses", 0) is None and option.dist == "no"
    # Each process comes here once more: it must not divide its share again.
    if everything and open_to_choice and not hasattr(config, "workerinput"):
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # or torch's threads outnumber the cores
        option.numprocesses = "logical"
        option.dist = "loadscope"
        option.loadscopereorder = False


def pytest_configure() -> None:
    """Let Ctrl-C interrupt, as the tests of it need.

    What a shell starts in the background, as by `nohup`, is to leave it unheard.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
