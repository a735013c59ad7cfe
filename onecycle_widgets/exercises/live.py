"""What a check does beside answering, where a person looks on: a sign of life, a short message."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython import get_ipython
from IPython.display import display

from ..frontend.closing import for_storage

EVERY = 1.0  # seconds between two ticks of the clock
POLICY = str(Path(__file__).parents[1] / "policy" / "one_cycle.py")


@contextmanager
def training(what: str) -> Iterator[None]:
    """Say that a check is at work, with a running clock, until it is done.

    Nothing is shown where a notebook is run to be stored: there nobody waits, and the clock
    would be another number each time.

    Parameters
    ----------
    what : str
        What trains, for the reader: 'ten networks'.

    Examples
    --------
    >>> with training("ten networks"):
    ...     found = 1 + 1
    >>> found
    2
    """
    if for_storage():
        yield
        return
    begun, done = time.monotonic(), threading.Event()
    clock = display(_text(f"… Training {what}."), raw=True, display_id=True)

    def tick() -> None:
        while not done.wait(EVERY):
            spent = time.monotonic() - begun
            clock.update(_text(f"… Training {what}: {spent:.0f} s so far."), raw=True)

    ticking = threading.Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield
    finally:
        done.set()
        ticking.join()
        clock.update(_text(f"Trained {what}: {time.monotonic() - begun:.0f} s."), raw=True)


def _text(words: str) -> dict[str, str]:
    return {"text/plain": words}


def message_only(shell: Any) -> None:
    """Let an impossible policy say what is wrong in one line, without a page of traceback.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's, whose cells raise. Only errors from the package's own checks of a policy
        become short; all others keep their traceback, and ``%tb`` shows this one's, too.

    Examples
    --------
    >>> class Shell:
    ...     def set_custom_exc(self, kinds, handler):
    ...         print("asks the handler first:", *(kind.__name__ for kind in kinds))
    >>> message_only(Shell())
    asks the handler first: ValueError TypeError
    """

    def brief(
        shell: Any, kind: type, error: Exception, tb: TracebackType, tb_offset: int | None = None
    ) -> list[str]:
        if not _of_a_policy(tb, shell.user_ns):
            shell.showtraceback((kind, error, tb), tb_offset=tb_offset)
            return []
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, tb
        lines = [f"✗ OneCycle: {error}"]
        shell._showtraceback(kind, error, lines)
        return lines

    shell.set_custom_exc((ValueError, TypeError), brief)


def _of_a_policy(tb: TracebackType | None, cell: dict[str, Any]) -> bool:
    """Whether the cell's own code called a policy that refused; `cell` is its namespace."""
    after: list[str] = []  # the files that the error went through since it left the cell's code
    while tb is not None:
        mine = tb.tb_frame.f_globals is cell
        after = [] if mine else [*after, tb.tb_frame.f_code.co_filename]
        tb = tb.tb_next
    # A dataclass's own __init__ has no file.
    return next((file for file in after if file != "<string>"), "") == POLICY


if (running := get_ipython()) is not None:
    message_only(running)
