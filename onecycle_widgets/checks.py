"""Argument checks: every message names the argument, the value, and what is allowed."""

import math
import operator
import sys
import warnings
from collections.abc import Callable
from numbers import Real
from typing import Any

Scalar = float | tuple[float, ...]


def number(name: str, value: Any, allowed: str = "a finite number") -> float:
    """Return `value` as a finite Python float; 0-d arrays and tensors count as numbers."""
    if getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be {allowed}, got {value!r} ({type(value).__name__})")
    result = float(value)
    if not math.isfinite(result):
        raise ValueError(f"{name} must be {allowed}, got {result!r}")
    return result


def positive(name: str, value: Any) -> float:
    """Return `value` as a finite float above zero."""
    allowed = "a finite number above 0"
    result = number(name, value, allowed)
    if result <= 0:
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return result


def momentum(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1)."""
    allowed = "a number in [0, 1)"
    result = number(name, value, allowed)
    if not 0 <= result < 1:
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return result


def fraction(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1]."""
    allowed = "a number between 0 and 1"
    result = number(name, value, allowed)
    if not 0 <= result <= 1:
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return result


def per_group(name: str, value: Any, check: Callable[[str, Any], float]) -> Scalar:
    """Apply `check` to one number, or to each number of a list, tuple, or 1-d array or tensor."""
    if getattr(value, "ndim", None) == 1:
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return check(name, value)
    if not value:
        raise ValueError(f"{name} must hold one number per parameter group, got an empty list")
    return tuple(check(f"{name}[{index}]", item) for index, item in enumerate(value))


def whole(name: str, value: Any, least: int = 1) -> int:
    """Return `value` as a Python int of at least `least`; booleans and floats are refused."""
    allowed = f"a whole number of at least {least}"
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        raise TypeError(f"{name} must be {allowed}, got {value!r} (a boolean)")
    try:
        result = operator.index(value)
    except TypeError:
        kind = type(value).__name__
        raise TypeError(f"{name} must be {allowed}, got {value!r} ({kind})") from None
    if result < least:
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return result


def flag(name: str, value: Any) -> bool:
    """Return `value` as a Python bool; only booleans (Python's or NumPy's) are accepted."""
    if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
        raise TypeError(f"{name} must be True or False, got {value!r} ({type(value).__name__})")
    return bool(value)


def warn(message: str) -> None:
    """Warn at the line of the caller outside this package."""
    package = __name__.partition(".")[0]
    level, frame = 1, sys._getframe()
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(package):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    warnings.warn(message, UserWarning, stacklevel=level)
