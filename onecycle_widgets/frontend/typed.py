"""What a person typed that is no number: why, in words for a person.

The front end leaves such text in the explorer's traits, and says the same words beside the field
(`checkTyped` in rules.js).
"""

import re
from collections.abc import Mapping
from typing import Any

from .. import checks

DOUBTS = {
    "empty": "{name} is empty: it must be {allowed}",
    "text": "{name} must be {allowed}, got {value}",
    "groups": (
        "{value} in {name} can be read in two ways: for one number write {point}, for two groups "
        "{spaced} with a space"
    ),
    "list": "{value} in {name}: write decimals with a point, groups with a comma and a space",
    "comma": "{value} in {name}: write decimals with a point, {point}",
    "thousands": (
        "{value} in {name} can be read in two ways: for the larger number write {joined}, for the "
        "smaller one {small}"
    ),
    "separators": "{value} in {name}: write {joined}, without separators",
}
WHOLE = checks.ALLOWED["whole"].format(least=1)
LISTED = ("max_lr", "base_momentum", "max_momentum")
GROUPED = ("total_steps", "epochs", "steps_per_epoch", "div_factor", "final_div_factor")
ALLOWED = {
    "max_lr": checks.ALLOWED["positive"],
    "div_factor": checks.ALLOWED["positive"],
    "final_div_factor": checks.ALLOWED["positive"],
    "pct_start": checks.ALLOWED["fraction"],
    "base_momentum": checks.ALLOWED["momentum"],
    "max_momentum": checks.ALLOWED["momentum"],
    "total_steps": WHOLE,
    "epochs": WHOLE,
    "steps_per_epoch": WHOLE,
}


def check(arguments: Mapping[str, Any]) -> None:
    """Refuse text where a number belongs.

    Parameters
    ----------
    arguments : mapping of str to object
        What the controls say, by parameter.

    Raises
    ------
    ValueError
        When one of them is text; the message says what to type instead.

    Examples
    --------
    >>> check({"max_lr": 0.1, "total_steps": ""})
    Traceback (most recent call last):
    ValueError: total_steps is empty: it must be a whole number of at least 1
    >>> check({"max_lr": "1,5"})
    Traceback (most recent call last):
    ValueError: '1,5' in max_lr can be read in two ways: for one number write 1.5, for two groups \
1, 5 with a space
    """
    for parameter in ALLOWED:
        value = arguments.get(parameter)
        items = enumerate(value) if isinstance(value, list) else ()
        named = [(parameter, value), *((f"{parameter}[{i}]", item) for i, item in items)]
        for name, text in named:
            if isinstance(text, str):
                raise ValueError(_message(parameter, name, text.strip()))


def _message(parameter: str, name: str, text: str) -> str:
    doubt = _doubt(parameter, text)
    return DOUBTS[doubt].format(
        name=name,
        allowed=ALLOWED[parameter],
        value=checks.shown(text),
        point=text.replace(",", ".", 1),
        spaced=text.replace(",", ", ", 1),
        joined=re.sub("[.,]", "", text),
        small=f"{float(text.replace(',', '.')):g}" if doubt == "thousands" else "",
    )


def _doubt(parameter: str, text: str) -> str:
    """Which message a text deserves."""
    if not text:
        return "empty"
    if parameter in GROUPED and re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", text):
        return "separators" if len(re.findall("[.,]", text)) > 1 else "thousands"
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        return "groups" if parameter in LISTED else "comma"
    return "list" if parameter in LISTED and re.search(r"[0-9],[0-9]", text) else "text"
