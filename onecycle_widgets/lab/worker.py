"""One thread in the background that does the newest job; an older one is abandoned.

Python cannot kill a thread, so a job must end by itself: it is handed a question, "should I end?",
and asks it after every step. Each job has an event of its own behind that question. So a new job
can be announced while the old one is still in its last step, and the old one cannot mistake the
new one's permission for its own.
"""

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
        ``failed(error)`` is told of an exception that a job did not catch; called in the
        background thread.

    Examples
    --------
    >>> done = []
    >>> worker = Latest(failed=done.append)
    >>> worker.start(lambda stopped: done.append("trained"))
    >>> worker.wait(), done
    (True, ['trained'])
    """

    def __init__(self, failed: Callable[[Exception], object]) -> None:
        self._failed = failed
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._next: tuple[Job, threading.Event] | None = None
        self._alive = False

    def start(self, job: Job) -> None:
        """Do this job as soon as the one under way has ended; return at once.

        Parameters
        ----------
        job : callable
            ``job(stopped)``; it should ask ``stopped()`` often, and end when that is true.

        Examples
        --------
        An error goes to `failed`, and the next job has its turn:

        >>> errors = []
        >>> worker = Latest(failed=errors.append)
        >>> worker.start(lambda stopped: 1 / 0)
        >>> worker.wait(), errors
        (True, [ZeroDivisionError('division by zero')])
        """
        with self._changed:
            self._stop.set()
            # A fresh event, not a cleared one: the old job still has to see that it should end.
            self._stop = threading.Event()
            self._next = (job, self._stop)
            if not self._alive:
                self._alive = True
                threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Ask the job under way to end, and forget the next; return at once.

        Examples
        --------
        >>> def endless(stopped):
        ...     while not stopped():
        ...         pass
        >>> worker = Latest(failed=print)
        >>> worker.start(endless)
        >>> worker.stop()
        >>> worker.wait()
        True
        """
        with self._changed:
            self._stop.set()
            # The thread is not waited for: it ends by itself when it finds nothing more to do.
            self._next = None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do; say whether so.

        Parameters
        ----------
        timeout : float, optional
            Most seconds to wait; default: until the end.

        Examples
        --------
        >>> worker = Latest(failed=print)
        >>> go_on = threading.Event()
        >>> worker.start(lambda stopped: go_on.wait())
        >>> worker.wait(timeout=0.01)
        False
        >>> go_on.set()
        >>> worker.wait()
        True
        """
        with self._changed:
            return self._changed.wait_for(lambda: not self._alive, timeout)

    def _work(self) -> None:
        while True:
            with self._changed:
                # Under the lock, so that no job can be left behind just when the thread ends.
                if self._next is None:
                    self._alive = False
                    self._changed.notify_all()
                    return
                (job, stop), self._next = self._next, None
            try:
                job(stop.is_set)
            except Exception as error:  # whatever it is, the next job must have its turn
                self._failed(error)
