"""A kernel's interrupt stops what trains in the background.

An interrupt is a KeyboardInterrupt in the cell that runs. Between two cells there is none, and
ipykernel ignores the signal; whoever presses the square button then means the training. So while
something trains, the signal is listened to where it would be ignored. Only the main thread may do
that, and only between two messages: the kernel's own event loop sees to it.
"""

import asyncio
import signal
import threading
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from IPython.core.getipython import get_ipython

from .worker import Latest

LOOK = 0.2  # seconds between two looks at what the signal does


class Interrupts:
    """Stops the jobs of workers when the kernel is interrupted.

    Outside of a kernel nothing happens: a program that is interrupted ends, or goes on as it likes.

    Examples
    --------
    >>> worker, interrupts = Latest(failed=print), Interrupts()
    >>> worker.start(lambda stopped: None)
    >>> interrupts.stop_later(worker)
    >>> worker.wait()
    True
    """

    def __init__(self) -> None:
        self._workers: WeakSet[Latest] = WeakSet()
        self._looking = False

    def stop_later(self, worker: Latest) -> None:
        """Stop a worker's job, which was just started, when there is an interrupt.

        Parameters
        ----------
        worker : Latest
            What is stopped.
        """
        shell = get_ipython()
        if shell is None or threading.current_thread() is not threading.main_thread():
            return
        self._workers.add(worker)
        shell.events.register("post_run_cell", self._after_cell)  # IPython keeps it once
        if not self._looking:
            with suppress(RuntimeError):  # no loop: IPython in a terminal
                loop = asyncio.get_running_loop()
                loop.call_soon(self._look, loop)
                self._looking = True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over the signal where it is ignored; give it back when nothing is under way."""
        now = signal.getsignal(signal.SIGINT)
        self._looking = any(not worker.wait(0) for worker in list(self._workers))
        if self._looking:
            if now is signal.SIG_IGN:
                signal.signal(signal.SIGINT, self._stop)
            loop.call_later(LOOK, self._look, loop)
        elif now == self._stop:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _stop(self, *_: object) -> None:
        for worker in list(self._workers):
            worker.stop()

    def _after_cell(self, result: Any) -> None:
        """What an interrupted cell left under way goes with it."""
        if isinstance(result.error_in_exec, KeyboardInterrupt):
            self._stop()


INTERRUPTS = Interrupts()
