"""One thread in the background that does the newest job; an older one is abandoned.

Python cannot kill a thread, so a job must end by itself: it is handed a question, "should I end?",
and asks it after every step. Each job has a turn of its own behind that question. So a new job can
be announced while the old one is still in its last step, and the old one cannot mistake the new
one's permission for its own.

A thread that is still inside torch while Python shuts down aborts the process. So at exit every
job is asked to end, and its thread is waited for.
"""

import atexit
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

Stopped = Callable[[], bool]
Job = Callable[[Stopped], object]


@contextmanager
def shielded() -> Iterator[None]:
    """Let go on what others' code is called in: an error is shown as Python shows a thread's.

    Examples
    --------
    >>> before, threading.excepthook = threading.excepthook, lambda error: print(error.exc_value)
    >>> with shielded():
    ...     1 / 0
    division by zero
    >>> threading.excepthook = before
    """
    try:
        yield
    except BaseException:  # SystemExit, too, ends a thread only, and would end ours
        thread = threading.current_thread()
        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), thread)))


class Turn:
    """How long a job may go on.

    Examples
    --------
    >>> turn = Turn()
    >>> turn.over()
    False
    >>> turn.end(patience=60), turn.over()
    (None, False)
    >>> turn.end(), turn.over()
    (None, True)
    """

    def __init__(self) -> None:
        self._until = math.inf

    def end(self, patience: float = 0.0) -> None:
        """Let it end now, or after so many seconds; whoever asks for less has the last word."""
        self._until = min(self._until, time.monotonic() + patience)

    def over(self) -> bool:
        """Whether the job should end."""
        return time.monotonic() >= self._until


class Latest:
    """Run jobs off the main thread, one at a time; only the newest counts.

    A job is given a function that says whether it should end. Starting another job, or
    `stop`, makes that true: nothing waits, and nothing is killed.

    Parameters
    ----------
    failed : callable
        ``failed(error)`` is told of an exception that a job did not catch; called in the
        background thread. Should it raise one itself, that one is shown as Python shows a thread's.

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
        self._turn = Turn()  # of the job under way
        self._next: Job | None = None
        self._thread: threading.Thread | None = None
        self._alive = self._ended = False

    def start(self, job: Job, patience: float = 0.0) -> None:
        """Do this job as soon as the one under way has ended; return at once.

        Parameters
        ----------
        job : callable
            ``job(stopped)``; it should ask ``stopped()`` often, and end when that is true.
        patience : float, default 0
            Seconds that the one under way may still take to come to its end. Later jobs do not
            lengthen them, and of several jobs that wait only the last has its turn.

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
            self._turn.end(patience)
            self._next = None if self._ended else job
            if self._next and not self._alive:
                self._alive = True
                self._thread = threading.Thread(target=self._work, daemon=True)
                _working.add(self)
                self._thread.start()

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
            self._turn.end()
            # The thread is not waited for: it ends by itself when it finds nothing more to do.
            self._next = None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do; say whether so.

        A job that waits for itself would wait for ever: in the background thread the answer is
        False at once.

        Parameters
        ----------
        timeout : float, optional
            Most seconds to wait; default: until the end.

        Raises
        ------
        KeyboardInterrupt
            When somebody interrupts: after the job under way was asked to end, and has ended.

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
        try:
            return self._idle(timeout)
        except KeyboardInterrupt:
            self.stop()
            self._idle(None)  # what was done belongs to who interrupts
            raise

    def _idle(self, timeout: float | None) -> bool:
        if self.inside():
            return False
        with self._changed:
            return self._changed.wait_for(lambda: not self._alive, timeout)

    @property
    def waiting(self) -> bool:
        """Whether a job waits for its turn."""
        return self._next is not None

    def inside(self) -> bool:
        """Whether this is the thread in the background.

        Examples
        --------
        >>> said = []
        >>> worker = Latest(failed=print)
        >>> worker.start(lambda stopped: said.append(worker.inside()))
        >>> worker.wait(), said, worker.inside()
        (True, [True], False)
        """
        return threading.current_thread() is self._thread

    def end(self) -> None:
        """Ask the job under way to end, wait until its thread has gone, and begin no other.

        Examples
        --------
        >>> def endless(stopped):
        ...     while not stopped():
        ...         pass
        >>> before, worker = threading.active_count(), Latest(failed=print)
        >>> worker.start(endless)
        >>> worker.end()
        >>> threading.active_count() == before
        True
        """
        with self._changed:
            self._ended = True
            self.stop()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                # Under the lock, so that no job can be left behind just when the thread ends.
                if self._next is None:
                    self._alive = False
                    self._changed.notify_all()
                    return
                job, self._next = self._next, None
                # A fresh one: the old job still has to see that it should end.
                self._turn = turn = Turn()
            with shielded():  # whatever it is, the next job must have its turn
                try:
                    job(turn.over)
                except Exception as error:
                    self._failed(error)
            del job  # an object that it holds should not live on while the next one is done


# Those whose thread may be alive; a thread keeps its own worker.
_working: WeakSet[Latest] = WeakSet()


@atexit.register
def _end_all() -> None:
    """Leave no thread inside torch when Python shuts down."""
    for worker in list(_working):
        worker.end()
