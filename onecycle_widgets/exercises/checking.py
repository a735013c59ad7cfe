"""What all self-checks share: their words, their hints, how they run a student's function."""

import functools
import html
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec

import numpy as np

from ..policy.one_cycle import OneCycle

RIGHT = "✓ Right."
NOT_YET = "✗ Not yet:"
# A line's mark: the colour of its bar and a tint of it that any theme's text can be read on.
COLOURS = {"✓": ("#1a7f37", "rgba(26, 127, 55, 0.13)"), "✗": ("#bf5700", "rgba(191, 87, 0, 0.13)")}

Given = ParamSpec("Given")


class Reply(str):
    """What a check says: plain text, which a notebook shows as a card for each line.

    A card has a mark, a word and a colour, so that none of them is needed alone.

    Examples
    --------
    >>> reply = Reply("✗ Not yet: look at the last step.")
    >>> reply
    ✗ Not yet: look at the last step.
    >>> "<b>✗ Not yet:</b> look at the last step." in reply._repr_html_()
    True
    """

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return "".join(map(_card, self.splitlines()))


def _card(line: str) -> str:
    bar, tint = COLOURS.get(line[:1], ("#6e7781", "rgba(110, 119, 129, 0.13)"))
    word = next((words for words in (RIGHT, NOT_YET) if line.startswith(words)), line[:1])
    rest = html.escape(line.removeprefix(word))
    style = f"border-left: 6px solid {bar}; background-color: {tint}; padding: 8px 12px"
    return f'<div style="{style}"><b>{word}</b>{rest}</div>'


class HintError(Exception):
    """An answer is wrong; the message is the hint.

    Examples
    --------
    >>> print(HintError("look at the last step."))
    ✗ Not yet: look at the last step.
    """

    def __str__(self) -> str:
        return f"{NOT_YET} {self.args[0]}"


def self_check(check: Callable[Given, str]) -> Callable[Given, str]:
    """Let a check raise `HintError`: the student reads the hint, not a traceback.

    Parameters
    ----------
    check : callable
        Returns a text that begins with `RIGHT`, or raises `HintError`.

    Returns
    -------
    callable
        The same check; what it says is a `Reply`, which a notebook shows as a card.

    Examples
    --------
    >>> @self_check
    ... def positive(answer):
    ...     if answer <= 0:
    ...         raise HintError("on which side of zero should it lie?")
    ...     return RIGHT
    >>> print(positive(-1), positive(1), sep=" / ")
    ✗ Not yet: on which side of zero should it lie? / ✓ Right.
    """

    @functools.wraps(check)
    def reply(*arguments: Given.args, **named: Given.kwargs) -> str:
        try:
            return Reply(check(*arguments, **named))
        except HintError as hint:
            return Reply(str(hint))

    return reply


def one_cycle(answer: Any) -> OneCycle:
    """Return the student's policy, or raise `HintError` when the answer is something else.

    Examples
    --------
    >>> one_cycle(OneCycle(0.1, 100)).total_steps
    100
    >>> print(self_check(one_cycle)(0.1))
    ✗ Not yet: the answer should be a OneCycle(...), not float.
    """
    if not isinstance(answer, OneCycle):
        raise HintError(f"the answer should be a OneCycle(...), not {type(answer).__name__}.")
    return answer


def one_group(policy: OneCycle) -> None:
    """Raise `HintError` when a policy has parameter groups, for which no exercise asks.

    Examples
    --------
    >>> one_group(OneCycle(0.1, 100))
    >>> print(self_check(one_group)(OneCycle([0.1, 0.2], 100)))
    ✗ Not yet: one parameter group is enough; give numbers, not lists.
    """
    if policy.groups is not None:
        raise HintError("one parameter group is enough; give numbers, not lists.")


def asked(answer: Any, what: str) -> Callable[..., Any]:
    """Return the student's function so that its errors become hints.

    Parameters
    ----------
    answer : object
        The student's answer, whatever it is.
    what : str
        What it should be, in words, for the hint.

    Returns
    -------
    callable
        Calls `answer`; an error in it becomes a `HintError` that quotes it.

    Raises
    ------
    HintError
        At once when `answer` is no function.

    Examples
    --------
    >>> asked(len, "a function")([1, 2])
    2
    >>> print(self_check(asked(lambda steps: 1 / steps, "a function"))(0))
    ✗ Not yet: your function stopped with ZeroDivisionError: division by zero
    """
    if not callable(answer):
        raise HintError(f"the answer should be {what}, not {type(answer).__name__}.")

    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return answer(*arguments, **named)
        except HintError:  # from what it was given to call
            raise
        except Exception as error:  # the student's own mistake, whatever it is
            shown = f"{type(error).__name__}: {error}"
            raise HintError(f"your function stopped with {shown}") from error

    return call


def numbers(value: Any, count: int, what: str) -> list[float]:
    """Return `count` real numbers of a student's answer, or raise `HintError`.

    Parameters
    ----------
    value : object
        What should be an iterable of numbers.
    count : int
        How many there should be.
    what : str
        What they are, in words, for the hint.

    Examples
    --------
    >>> numbers((1, 2.5), 2, "the answer")
    [1.0, 2.5]
    >>> print(self_check(numbers)([1], 2, "the answer"))
    ✗ Not yet: the answer should be 2 numbers, not 1.
    """
    try:
        found = [float(item) for item in value]
    except (TypeError, ValueError) as error:
        raise HintError(f"{what} should be {count} numbers, not {value!r:.60}.") from error
    if len(found) != count:
        raise HintError(f"{what} should be {count} numbers, not {len(found)}.")
    return found


def number(value: Any) -> bool:
    """Whether a value is a plain, finite number (numpy's count, True and False do not).

    Examples
    --------
    >>> number(0.1), number(np.float32(3)), number(True), number(float("nan")), number("3")
    (True, True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def matched(
    answer: Any, key: Mapping[str, tuple[str, str]], names: Sequence[str], once: str
) -> str:
    """Compare what a student says of each letter; a line for each.

    Parameters
    ----------
    answer : object
        What should be a dict from letters to names.
    key : mapping of str to (str, str)
        For each letter its name, and where to look when another was given.
    names : sequence of str
        All names, in an order that gives nothing away.
    once : str
        What to say when one name is given twice.

    Examples
    --------
    >>> key = {"A": ("sun", "which is warm?"), "B": ("moon", "which is cold?")}
    >>> print(matched({"A": "sun", "B": "sun"}, key, ["moon", "sun"], "Each is there once."))
    ✓ A: right.
    ✗ B: which is cold?
    ✗ Each is there once.
    """
    if not isinstance(answer, Mapping):
        raise HintError(f"the answer should be a dict, not {type(answer).__name__}.")
    lines = []
    for letter, (name, hint) in key.items():
        given = answer.get(letter)
        if not isinstance(given, str) or given not in names:
            lines.append(f"✗ {letter}: choose one of: {', '.join(names)}; got {given!r:.40}.")
        elif given == name:
            lines.append(f"✓ {letter}: right.")
        else:
            lines.append(f"✗ {letter}: {hint}")
    given = [answer.get(letter) for letter in key]
    if any(given.count(name) > 1 for name in names):
        lines.append(f"✗ {once}")
    return "\n".join(lines)
