"""Servers of the tests' own, on loopback: waited for, and gone at the end with all they started."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from waiting import wait_until

PATIENCE = 60  # seconds to start, and to end: a busy machine is slow


class Server(NamedTuple):
    """A server that answers."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def wait_for(self, path: str) -> None:
        """Wait until it gives the page; show its log when it does not."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):  # not up yet, or not ready for this
                urllib.request.urlopen(f"{self.url}/{path}", timeout=PATIENCE).close()
                return
            time.sleep(0.2)
        page = path.partition("?")[0]  # the rest may hold a token
        raise RuntimeError(f"no answer from {self.url}/{page}:\n{self.log.read_text()}")


@contextmanager
def serving(program: list[str], page: str, folder: Path, **places: str) -> Iterator[Server]:
    """Run a Jupyter server while in the block, which begins when it answers.

    Parameters
    ----------
    program : list of str
        Module and arguments; a free port is chosen here.
    page : str
        What it must give first. It should be cheap to serve.
    folder : Path
        Where it runs, and keeps its log.
    **places
        More variables of its environment.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", *program, "--no-browser", f"--port={port}"]
    log = folder / "server.log"
    with started(command, log, cwd=folder, env=os.environ | places) as process:
        server = Server(f"http://127.0.0.1:{port}", process, log)
        server.wait_for(page)
        yield server


@contextmanager
def jupyter_server(folder: Path, settings: Path, *options: str) -> Iterator[Server]:
    """Serve a folder as Jupyter does whose only settings are a file's, as in Binder's image."""
    shutil.copy(settings, folder / "jupyter_server_config.json")
    own = dict.fromkeys(("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"), str(folder))
    program = ["jupyter", "server", "--allow-root", "--ip=127.0.0.1"]
    program += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", *options]
    with serving(program, "api", folder, **own) as server:
        yield server


@contextmanager
def started(
    command: list[str], log: Path, patience: float = PATIENCE, **options: object
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command while in the block; an error in the block is what is reported."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
        try:
            yield process
        finally:
            end(process, patience)


def end(process: "subprocess.Popen[bytes]", patience: float = PATIENCE) -> None:
    """Ask a process to end, kill it when it does not, and kill all that it leaves behind.

    A kernel is in a session of its own, where no signal to its server's group arrives, and
    nobody knows whose it was once the server has ended: look before.
    """
    family = descendants(process)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    family |= descendants(process)  # it may have started more meanwhile
    process.kill()  # nothing happens to one that has ended
    process.wait(patience)
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    wait_until(lambda: not any(map(runs, family)), "the end of what it started", patience)


def descendants(process: "subprocess.Popen[bytes]") -> set[psutil.Process]:
    """Its children, their children, and so on."""
    if process.poll() is None:  # else its number may be somebody else's by now
        with suppress(psutil.NoSuchProcess):
            return set(psutil.Process(process.pid).children(recursive=True))
    return set()


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended; a zombie has, and only waits for somebody to ask how."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
