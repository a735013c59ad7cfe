"""The catalogue of torch's surprises, as its page has it: every reproduction, runnable alone."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lessons import NOTEBOOKS

PAGE = NOTEBOOKS / "SURPRISES.md"
VERSIONS = NOTEBOOKS / "data" / "torch_versions.csv"
ENTRY = re.compile(
    r"^### (?P<title>\d+\. .+)\n\n"
    r"\*\*You see:\*\* (?P<see>.+)\. \*\*It concerns:\*\* (?P<concerns>.+)\.\n\n"
    r"(?P<prose>(?:(?!```).*\n)+?)\n?"
    r"```python\n(?P<code>[\s\S]+?)\n```\n\n"
    r"```text\n(?P<shown>[\s\S]+?)\n```$",
    re.MULTILINE,
)
SHARED = re.compile(r"^## What all entries use\n\n```python\n([\s\S]+?)\n```$", re.MULTILINE)


class Entry(NamedTuple):
    """A surprise: its title, what one sees, what it concerns, and the program that shows it."""

    title: str
    see: str
    concerns: tuple[str, ...]
    prose: str
    code: str
    shown: str


def entries(page: Path = PAGE) -> list[Entry]:
    """Return the entries of the page, in order."""
    return [
        Entry(**found.groupdict() | {"concerns": tuple(re.findall(r"`(\w+)`", found["concerns"]))})
        for found in ENTRY.finditer(page.read_text(encoding="utf-8"))
    ]


def surprises(**instead: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield title and reproduction of each surprise.

    Parameters
    ----------
    **instead
        Names to replace in the programs, such as ``lr_scheduler``.
    """
    shared = SHARED.search(PAGE.read_text(encoding="utf-8"))
    assert shared
    namespace: dict[str, Any] = {}
    exec(shared[1], namespace)
    namespace |= {"both": lambda reproduction: reproduction, **instead}
    for entry in entries():
        body = ast.parse(entry.code).body
        last = body.pop()
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(body, []), entry.title, "exec"), namespace)
        code = compile(ast.Expression(last.value), entry.title, "eval")
        yield entry.title, eval(code, namespace)
