"""Wait for what comes sooner or later, but never for ever."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Ask again and again until it is so; when time is up, fail and say what did not come.

    A question costs, too: the longer it takes, the more rarely it is asked.
    """
    deadline = time.monotonic() + seconds
    pause = 0.01
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(pause)
        pause = min(1.1 * pause, 0.25)
