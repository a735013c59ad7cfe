"""Argument checks: every message names the argument, the value, and what is allowed."""

import math
import operator
import os
import sys
import warnings
from collections.abc import Callable
from numbers import Real
from typing import Any

Scalar = float | tuple[float, ...]
# The explorer's front end says the same words: it is given these texts.
WRONG_KIND = "{name} must be {allowed}, got {value!r} ({kind})"
OUT_OF_RANGE = "{name} must be {allowed}, got {value!r}"
EMPTY = "{name} must hold one number per parameter group, got an empty list"
ALLOWED = {
    "number": "a finite number",
    "positive": "a finite number above 0",
    "momentum": "a number in [0, 1)",
    "fraction": "a number between 0 and 1",
    "whole": "a whole number of at least {least}",
    "flag": "True or False",
}


def _kind(name: str, allowed: str, value: Any, kind: str | None = None) -> TypeError:
    kind = kind or type(value).__name__
    return TypeError(WRONG_KIND.format(name=name, allowed=allowed, value=value, kind=kind))


def _range(name: str, allowed: str, value: Any) -> ValueError:
    return ValueError(OUT_OF_RANGE.format(name=name, allowed=allowed, value=value))


def number(name: str, value: Any, allowed: str = ALLOWED["number"]) -> float:
    """Return `value` as a finite Python float; 0-d arrays and tensors count as numbers."""
    if getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise _kind(name, allowed, value)
    result = float(value)
    if not math.isfinite(result):
        raise _range(name, allowed, result)
    return result


def positive(name: str, value: Any) -> float:
    """Return `value` as a finite float above zero."""
    allowed = ALLOWED["positive"]
    result = number(name, value, allowed)
    if result <= 0:
        raise _range(name, allowed, value)
    return result


def momentum(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1)."""
    allowed = ALLOWED["momentum"]
    result = number(name, value, allowed)
    if not 0 <= result < 1:
        raise _range(name, allowed, value)
    return result


def fraction(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1]."""
    allowed = ALLOWED["fraction"]
    result = number(name, value, allowed)
    if not 0 <= result <= 1:
        raise _range(name, allowed, value)
    return result


def per_group(name: str, value: Any, check: Callable[[str, Any], float]) -> Scalar:
    """Apply `check` to one number, or to each number of a list, tuple, or 1-d array or tensor."""
    if getattr(value, "ndim", None) == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return check(name, value)
    if not value:
        raise ValueError(EMPTY.format(name=name))
    return tuple(check(f"{name}[{index}]", item) for index, item in enumerate(value))


def whole(name: str, value: Any, least: int = 1) -> int:
    """Return `value` as a Python int of at least `least`; booleans and floats are refused."""
    allowed = ALLOWED["whole"].format(least=least)
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        raise _kind(name, allowed, value, "a boolean")
    try:
        result = operator.index(value)
    except TypeError:
        raise _kind(name, allowed, value) from None
    if result < least:
        raise _range(name, allowed, value)
    return result


def flag(name: str, value: Any) -> bool:
    """Return `value` as a Python bool; only booleans (Python's or NumPy's) are accepted."""
    if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
        raise _kind(name, ALLOWED["flag"], value)
    return bool(value)


def memory(size: int, what: str) -> None:
    """Refuse what this machine cannot hold, before the system ends the process for it.

    Parameters
    ----------
    size : int
        Bytes that are needed.
    what : str
        What for; the message begins with it.
    """
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):  # Windows refuses by itself
        most = sys.maxsize
    if size > most:
        needed, there = (f"{number / 1e9:,.0f} GB" for number in (size, most))
        raise MemoryError(f"{what} needs {needed} of memory, of which there are {there}")


def warn(message: str) -> None:
    """Warn at the line of the caller outside this package."""
    package = __name__.partition(".")[0]
    level, frame = 1, sys._getframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(package):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    warnings.warn(message, UserWarning, stacklevel=level)
