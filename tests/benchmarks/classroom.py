"""What a class needs: time and memory of every lesson, and of many students at once.

    python tests/benchmarks/classroom.py               # both parts, ten students
    python tests/benchmarks/classroom.py --lessons     # every lesson, one after the other
    python tests/benchmarks/classroom.py --students 30 --lesson lab

Every lesson: the seconds from starting a kernel's process until it answers, the seconds from the
first cell to the last, and the most memory that the kernel and its children held. Then how many
students fit into 16 GB, each with a kernel and a JupyterLab server of their own (measured too,
after its page was fetched, and what a hub adds counted), when 2 GB are kept for the system and the
hub.

Students at once: that many kernels start together on this machine, and each runs the lesson to
its end. The seconds of each count from the common start; kernels stay until the last is done, as
in a class. Their memory is added up in two ways: as resident, where the pages of torch's
libraries count for every kernel, and with shared pages counted once, as the machine has them.

Kernels and server listen on loopback only. One torch thread each, as on Binder (binder/start).
A kernel is started and thrown away beforehand, so files are read from the cache of the system.
Memory is looked at ten times a second; on Linux, peaks in between count as well for a lesson.
"""

import argparse
import asyncio
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
import nbformat
import psutil
import torch
from jupyter_client.manager import AsyncKernelManager
from lessons import LESSONS, PATHS
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from servers import serving

ROOT = Path(__file__).absolute().parents[2]
FIRST = PATHS[0]
ROOM, KEPT = 16 * 1024, 2 * 1024  # MiB: a server's, and those for the system and the hub
ON_A_HUB = 54  # MiB that a student's server takes more under JupyterHub: hub.py measures it
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}
PATIENCE = 600  # seconds for a cell: a machine with many students is slow


class Student(NamedTuple):
    """How a lesson went: seconds to the kernel's first answer, seconds after it, and an error."""

    start: float
    run: float
    error: str


class Kernel:
    """A kernel process of its own, started by `attend`."""

    def __init__(self) -> None:
        self._manager = AsyncKernelManager(kernel_name="python3", ip="127.0.0.1")

    @property
    def pid(self) -> int | None:
        return getattr(self._manager.provisioner, "pid", None)

    async def attend(self, lesson: Path) -> Student:
        """Start, and run a lesson from top to bottom, or to its first error."""
        begin = ready = time.perf_counter()
        error = ""
        try:
            runner = NotebookClient(
                nbformat.read(lesson, as_version=4), self._manager, timeout=PATIENCE
            )
            await self._manager.start_kernel(
                cwd=str(lesson.parent), env=ENVIRONMENT, stderr=subprocess.DEVNULL
            )
            runner.kc = self._manager.client()
            runner.kc.start_channels()
            await runner.kc.wait_for_ready(timeout=PATIENCE)
            ready = time.perf_counter()
            await runner.async_execute()
        except CellExecutionError as failed:
            error = f"{failed.ename}: {failed.evalue}"
        except (DeadKernelError, RuntimeError, TimeoutError) as failed:
            error = f"{type(failed).__name__}: {failed}"  # killed, or it never answered
        return Student(ready - begin, time.perf_counter() - ready, error)

    async def close(self) -> None:
        if self._manager.has_kernel:
            await self._manager.shutdown_kernel(now=True)


def in_proc(pid: int, file: str, name: str) -> float | None:
    """MiB on a line of a file in /proc; None where there is no such line (not Linux, ended)."""
    try:
        text = Path(f"/proc/{pid}/{file}").read_text()
    except OSError:
        return None
    found = re.search(rf"^{name}:\s+(\d+) kB", text, flags=re.MULTILINE)
    return int(found[1]) / 1024 if found else None


class Memory:
    """MiB at the peak of some processes and their children together, while in the `with` block."""

    def __init__(self, pids: Callable[[], Iterable[int | None]]) -> None:
        self.resident = self.shared_once = 0.0
        self._pids, self._over = pids, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        over = False
        while not over:  # and once more at the end
            over = self._over.wait(0.1)
            seen = [one for pid in self._pids() if pid for one in family(pid)]
            self.resident = max(self.resident, sum(resident for resident, _ in seen))
            self.shared_once = max(self.shared_once, sum(shared for _, shared in seen))


def family(pid: int) -> Iterator[tuple[float, float]]:
    """MiB of a process and of each of its children: resident, and with a share of shared pages."""
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            resident = process.memory_info().rss / 2**20
            yield resident, in_proc(process.pid, "smaps_rollup", "Pss") or resident
    except psutil.NoSuchProcess:
        return


async def attend(lesson: Path, count: int) -> tuple[list[Student], Memory, float]:
    """Many students in one lesson, their kernels' memory together, and the first one's peak."""
    kernels = [Kernel() for _ in range(count)]
    try:
        with Memory(lambda: [kernel.pid for kernel in kernels]) as memory:
            students = await asyncio.gather(*(kernel.attend(lesson) for kernel in kernels))
        peak = in_proc(kernels[0].pid or 0, "status", "VmHWM") or 0
        return students, memory, peak
    finally:
        await asyncio.gather(*(kernel.close() for kernel in kernels))


@contextmanager
def jupyter_server() -> Iterator[int]:
    """A JupyterLab server, as one student has it; its process id, once its page was fetched."""
    with tempfile.TemporaryDirectory() as folder:
        token = secrets.token_hex(16)
        program = ["jupyter", "lab", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0"]
        program += [f"--IdentityProvider.token={token}"]
        program += [f"--ServerApp.root_dir={ROOT / 'notebooks'}"]
        places = ["JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
        own = dict.fromkeys(places, folder) | {"OMP_NUM_THREADS": "1"}
        page = f"lab/tree/{FIRST.name}?token={token}"
        with serving(program, page, Path(folder), **own) as server:
            server.wait_for(f"api/contents/{FIRST.name}?token={token}")
            yield server.process.pid


def every_lesson() -> bool:
    """Print a line for each lesson; whether all ran to their ends."""
    with jupyter_server() as pid:
        server = in_proc(pid, "status", "VmHWM") or sum(resident for resident, _ in family(pid))
    print(f"a student's JupyterLab server: {server:.0f} MiB")
    print(f"{'lesson':34} {'start, s':>8} {'run, s':>8} {'MiB':>6}  students per 16 GB")
    good = True
    for lesson in PATHS:
        (student,), memory, peak = asyncio.run(attend(lesson, 1))
        peak = max(peak, memory.resident)  # children count in the second
        fit = int((ROOM - KEPT) / (server + ON_A_HUB + peak))
        line = f"{lesson.stem:34} {student.start:8.1f} {student.run:8.1f} {peak:6.0f}  {fit:18}"
        print(line, student.error, flush=True)
        good = good and not student.error
    return good


def many_students(lesson: Path, count: int) -> bool:
    """Print a line for each student; whether all reached the end."""
    students, memory, _ = asyncio.run(attend(lesson, count))
    print(f"{count} kernels at once, {lesson.stem}")
    for number, student in enumerate(students, 1):
        seconds = f"start {student.start:5.1f} s, end {student.start + student.run:6.1f} s"
        print(f"  {number:3}: {seconds}  {student.error}")
    ends = [student.start + student.run for student in students if not student.error]
    if ends:
        print(f"  median {statistics.median(ends):.1f} s, slowest {max(ends):.1f} s", end=", ")
    print(f"{count - len(ends)} of {count} failed")
    both = f"{memory.resident:.0f} MiB resident, {memory.shared_once:.0f} MiB"
    print(f"  memory at the peak, all kernels: {both} with shared pages counted once")
    return len(ends) == count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, help="kernels at once (10)")
    parser.add_argument("--lesson", choices=LESSONS, help="what they run (the first)")
    parser.add_argument("--lessons", action="store_true", help="every lesson, one by one")
    options = parser.parse_args()
    both = options.students is None and not options.lessons
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"Python {sys.version.split()[0]}, torch {torch.__version__}, {cores} cores")
    print(
        f"load of the machine before: {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    )
    asyncio.run(attend(FIRST, 1))
    good = every_lesson() if both or options.lessons else True
    if both or options.students is not None:
        lesson = LESSONS[options.lesson].path if options.lesson else FIRST
        good = many_students(lesson, options.students or 10) and good
    sys.exit(not good)


if __name__ == "__main__":
    main()
