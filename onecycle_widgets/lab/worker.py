"""One thread in the background that does the newest job; an older one is abandoned."""

import threading
from collections.abc import Callable

Stopped = Callable[[], bool]
Job = Callable[[Stopped], object]


class Latest:
    """Run jobs off the main thread, one at a time; only the newest counts.

    A job is given a function that says whether it should end. Starting another job, or
    `stop`, makes that true: nothing waits, and nothing is killed.

    Parameters
    ----------
    failed : callable
        Told of an exception that a job did not catch; called in the background thread.
    """

    def __init__(self, failed: Callable[[Exception], object]) -> None:
        self._failed = failed
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._next: tuple[Job, threading.Event] | None = None
        self._alive = False

    def start(self, job: Job) -> None:
        """Do this job as soon as the one under way has ended; return at once."""
        with self._changed:
            self._stop.set()
            self._stop = threading.Event()
            self._next = (job, self._stop)
            if not self._alive:
                self._alive = True
                threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Ask the job under way to end, and forget the next; return at once."""
        with self._changed:
            self._stop.set()
            self._next = None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do, for `timeout` seconds at most; say whether so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._alive, timeout)

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._next is None:
                    self._alive = False
                    self._changed.notify_all()
                    return
                (job, stop), self._next = self._next, None
            try:
                job(stop.is_set)
            except Exception as error:  # whatever it is, the next job must have its turn
                self._failed(error)
