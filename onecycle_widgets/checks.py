"""Argument checks: every message names the argument, the value, and what is allowed.

Each check returns the value as plain Python, whatever it came as (NumPy, torch, 0-d arrays), so
that what is stored can be compared, printed and saved. A wrong kind is a TypeError, a value out
of range a ValueError.
"""

import math
import operator
import os
import sys
import warnings
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

Scalar = float | tuple[float, ...]
LONGEST = 100  # letters of a value in a message
# The explorer's front end says the same words: it is given these texts.
WRONG_KIND = "{name} must be {allowed}, got {value} ({kind})"
OUT_OF_RANGE = "{name} must be {allowed}, got {value}"
EMPTY = "{name} must hold one number per parameter group, got an empty list"
ALLOWED = {
    "number": "a finite number",
    "positive": "a finite number above 0",
    "momentum": "a number in [0, 1)",
    "fraction": "a number between 0 and 1",
    "whole": "a whole number of at least {least}",
    "flag": "True or False",
}


def shown(value: Any) -> str:
    """Return a value as a message shows it: its repr, shortened; whatever it is, without an error.

    Examples
    --------
    >>> shown("0.1"), shown(10**5000)
    ("'0.1'", 'a whole number of about 5001 digits')
    >>> len(shown([0.1] * 1000))
    100
    """
    try:
        text = repr(value)
    except Exception:  # a repr may do anything; Python's own refuses integers of 4,300 digits
        text = f"a {type(value).__name__} that cannot be shown"
        if isinstance(value, int):
            text = f"a whole number of about {math.floor(math.log10(abs(value))) + 1} digits"
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _kind(name: str, allowed: str, value: Any, kind: str | None = None) -> TypeError:
    kind = kind or type(value).__name__
    return TypeError(WRONG_KIND.format(name=name, allowed=allowed, value=shown(value), kind=kind))


def _range(name: str, allowed: str, value: Any) -> ValueError:
    return ValueError(OUT_OF_RANGE.format(name=name, allowed=allowed, value=shown(value)))


def _is_flag(value: Any) -> bool:
    """Whether it is a boolean: Python's, NumPy's, or an array or tensor of them."""
    return isinstance(value, bool) or str(getattr(value, "dtype", "")) in ("bool", "torch.bool")


def number(name: str, value: Any, allowed: str = ALLOWED["number"]) -> float:
    """Return `value` as a finite Python float; 0-d arrays and tensors count as numbers.

    Parameters
    ----------
    name : str
        Name of the argument; the message begins with it.
    value : object
        The value that was passed for it.
    allowed : str
        What the message says would be right.

    Raises
    ------
    TypeError
        When it is no real number; booleans and text are none.
    ValueError
        When it is NaN or infinite.

    Examples
    --------
    >>> number("decades", np.array(0.5))
    0.5
    >>> number("decades", "0.5")
    Traceback (most recent call last):
    TypeError: decades must be a finite number, got '0.5' (str)
    """
    plain = value
    if getattr(value, "ndim", None) == 0:
        try:
            plain = None if np.ma.is_masked(value) else value.item()
        except Exception:  # a tensor without values: on the meta device, sparse, a look-alike
            plain = None
    if _is_flag(plain) or not isinstance(plain, Real):
        raise _kind(name, allowed, value)
    try:
        result = float(plain)
    except OverflowError:  # 10**400
        raise _range(name, allowed, value) from None
    except Exception:  # a number of somebody's own
        raise _kind(name, allowed, value) from None
    if not math.isfinite(result):
        raise _range(name, allowed, result)
    return result


def positive(name: str, value: Any) -> float:
    """Return `value` as a finite float above zero.

    Examples
    --------
    >>> positive("max_lr", 0)
    Traceback (most recent call last):
    ValueError: max_lr must be a finite number above 0, got 0
    """
    allowed = ALLOWED["positive"]
    result = number(name, value, allowed)
    if result <= 0:
        raise _range(name, allowed, value)
    return result


def momentum(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1): at 1, old gradients would never be forgotten.

    Examples
    --------
    >>> momentum("base_momentum", 1.0)
    Traceback (most recent call last):
    ValueError: base_momentum must be a number in [0, 1), got 1.0
    """
    allowed = ALLOWED["momentum"]
    result = number(name, value, allowed)
    if not 0 <= result < 1:
        raise _range(name, allowed, value)
    return result


def fraction(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1].

    Examples
    --------
    >>> fraction("pct_start", 30)
    Traceback (most recent call last):
    ValueError: pct_start must be a number between 0 and 1, got 30
    """
    allowed = ALLOWED["fraction"]
    result = number(name, value, allowed)
    if not 0 <= result <= 1:
        raise _range(name, allowed, value)
    return result


def per_group(name: str, value: Any, check: Callable[[str, Any], float]) -> Scalar:
    """Apply `check` to one number, or to each number of a list, tuple, or 1-d array or tensor.

    Examples
    --------
    >>> per_group("max_lr", 0.1, positive), per_group("max_lr", [0.1, 0.01], positive)
    (0.1, (0.1, 0.01))
    >>> per_group("max_lr", [0.1, -0.01], positive)
    Traceback (most recent call last):
    ValueError: max_lr[1] must be a finite number above 0, got -0.01
    """
    if getattr(value, "ndim", None) == 1:
        try:
            value = value.tolist()
        except Exception:  # a tensor without values
            return check(name, value)
    if not isinstance(value, (list, tuple)):
        return check(name, value)
    if hasattr(value, "lr"):  # what a range test suggests: a rate, and the reason for it
        allowed = f"{name} must be a number or a list of numbers"
        raise TypeError(f"{allowed}, got {shown(value)}: give its lr")
    if not value:
        raise ValueError(EMPTY.format(name=name))
    return tuple(check(f"{name}[{index}]", item) for index, item in enumerate(value))


def whole(name: str, value: Any, least: int = 1) -> int:
    """Return `value` as a Python int of at least `least`; booleans and floats are refused.

    Examples
    --------
    >>> whole("total_steps", np.int64(100))
    100
    >>> whole("total_steps", 0)
    Traceback (most recent call last):
    ValueError: total_steps must be a whole number of at least 1, got 0
    """
    allowed = ALLOWED["whole"].format(least=least)
    if _is_flag(value):
        raise _kind(name, allowed, value, "a boolean")
    try:
        result = operator.index(value)
    except Exception:  # TypeError; a tensor without values raises what it likes
        raise _kind(name, allowed, value) from None
    if result < least:
        raise _range(name, allowed, value)
    try:
        float(result)
    except OverflowError:
        raise _range(name, f"{allowed} and at most 1e308", value) from None
    return result


def flag(name: str, value: Any) -> bool:
    """Return `value` as a Python bool; only booleans (Python's or NumPy's) are accepted.

    Examples
    --------
    >>> flag("three_phase", 1)
    Traceback (most recent call last):
    TypeError: three_phase must be True or False, got 1 (int)
    """
    if not isinstance(value, bool | np.bool_):
        raise _kind(name, ALLOWED["flag"], value)
    return bool(value)


def memory(size: int, what: str) -> None:
    """Refuse what this machine cannot hold, before the system ends the process for it.

    Parameters
    ----------
    size : int
        Bytes that are needed.
    what : str
        What needs them; the message begins with it.

    Raises
    ------
    MemoryError
        When the machine has fewer in all; on Windows never.

    Examples
    --------
    >>> memory(8 * 1000, "a short curve")
    """
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):  # Windows refuses by itself
        most = sys.maxsize
    if size > most:
        needed, there = (f"{number / 1e9:,.0f} GB" for number in (size, most))
        raise MemoryError(f"{what} needs {needed} of memory, of which there are {there}")


def warn(message: str) -> None:
    """Warn at the line of the caller outside this package: that is the one to look at.

    Warns
    -----
    UserWarning
        With this message.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     warn("no warm-up")
    >>> str(caught[0].message)
    'no warm-up'
    """
    package = __name__.partition(".")[0]
    level, frame = 1, sys._getframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(package):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    warnings.warn(message, UserWarning, stacklevel=level)
