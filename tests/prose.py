"""Hold the prose of a page against its data: every number is computed, true, or given.

A page is a lesson, or a file of Markdown or HTML. What holds it is a module of `tests/held`, with
three tables:

``FILLED``
    Sentences with f-string fields: ``"test accuracy {accuracy:.1%}"``. Filled from the names of
    the lesson, as they stand at the end of the section that says it, the sentence must come out
    as it stands on the page.
``TRUE``
    Words of the page, and an expression over the same names that must be true of them:
    ``{"the good rates move up": "low['one cycle'] > low['constant']"}``.
``GIVEN``
    Reasons, and the words that need no data for them: settings, definitions, citations.
    ``{"read in the paper, table 3": ["eight times fewer"]}``. ``re.compile`` gives a pattern.

The module's own functions can be used in expressions, and ``says(subject, pattern)`` for what
another lesson shows. Numbers in code, in links, and those of
lessons, headings and lists say nothing that could be wrong, and are left alone.
"""

import ast
import importlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from functools import cache
from html import unescape
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import store_lessons
from lessons import LESSONS
from store_lessons import MENTION

WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|fifty|hundreds?|thousands?"
    "|half|thirds|quarters?|tenth|hundredth|twice|most|all|none|never|wider|narrower|better|worse"
    "|best|worst|fewer|larger|smaller|higher|lower"
)
NUMBER = re.compile(rf"(?<![\w.])\d(?:[\d,.]*\d)?|½|\b(?:{WORDS})\b|\w*fold\b", re.IGNORECASE)
MARKERS = re.compile(r"^(?:#+ (?:Exercise )?|\s*|> )\d+\. |^\| \d+ \|", re.MULTILINE)
SILENT = re.compile(rf"`[^`]*`|\]\([^)]*\)|arXiv:\S+|https?://\S+|{MENTION.pattern}")

# What may stand on any page, for it says nothing of data.
EVERYWHERE = [
    re.compile(words, re.IGNORECASE)
    for words in (
        r"\b1cycle\b",
        r"\(click the three dots\)",
        r"lists all lessons",
        r"\bat all\b|\babove all\b|\bthat is all\b",
        r"\bone at a time\b",
        r"\*\*Time:\*\* \d+ minutes",  # `test_lessons` and the list hold it
        r"\bseconds, and a minute on a busy machine",
        r"less than half a minute",  # `test_project` runs each
        r"\b(?:two|three) phases\b|\bthree-phase\b",  # the names of two shapes
        r"\*\*Predict:\*\* [^?]*\?(?: (?:[^?.]|\.\d)*\?)*",  # a question asserts nothing
        r"\*\*Remember\*\* [^?]*\?(?: (?:[^?.]|\.\d)*\?)*",
        r"### (?:Exercise )?[a-f][.:] .*",  # the task; its check has the same figures
        r"\bsections? \d+",  # `test_class` looks them up
    )
]


class Place(NamedTuple):
    """A stretch of prose, and the names that its sentences may use."""

    where: str
    text: str
    names: Mapping[str, Any]


def blank(pattern: re.Pattern[str], text: str) -> str:
    """Return a text with spaces for what a pattern finds."""
    return pattern.sub(lambda found: " " * len(found[0]), text)


def flowing(text: str) -> str:
    """Return prose in one line, without the numbers of its headings and lists."""
    return " ".join(blank(MARKERS, text).split())


def shown(cell: dict[str, Any]) -> str:
    """Return what a stored code cell put out, as text."""
    texts = []
    for output in cell.get("outputs", []):
        plain = output.get("text") or output.get("data", {}).get("text/plain", "")
        texts.append("".join(plain))
    return "\n".join(texts)


def run(path: Path) -> list[Place]:
    """Run a lesson's code; return its prose, cell by cell, with the names of each one's section.

    Besides its own names a section has `shown`, the text of its stored outputs.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {"__name__": "__main__"}
    sections: list[tuple[list[tuple[str, str]], dict[str, Any]]] = [([], {"shown": ""})]
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                if re.search(r"^## ", source, re.MULTILINE):
                    sections.append(([], {"shown": ""}))
                sections[-1][0].append((cell["id"], source))
            else:
                with redirect_stdout(StringIO()):
                    exec(compile(source, cell["id"], "exec"), names)
                said = sections[-1][1]["shown"] + "\n" + shown(cell)
                sections[-1][1].update(names, shown=said)
    finally:
        os.chdir(before)
    places, known = [], {}
    for texts, names_then in sections:
        known = known | names_then
        places += [Place(cell_id, flowing(text), known) for cell_id, text in texts]
    return places


def page(path: Path, names: Mapping[str, Any]) -> list[Place]:
    """Return a page of Markdown or HTML, or a notebook's Markdown, section by section."""
    text = store_lessons.prose(path)
    if path.suffix == ".html":
        text = as_markdown(text)
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return [Place(part.splitlines()[0][:40], flowing(part), names) for part in parts if part]


def as_markdown(text: str) -> str:
    """Return what a reader of an HTML page gets: its text, and what its pictures are called.

    >>> as_markdown("<h2>Two</h2><pre>1</pre><p><code>a = 3</code> &amp; more</p>").split()
    ['##', 'Two', '`a', '=', '3`', '&', 'more']
    """
    text = re.sub(r"<(head|style|pre)\b.*?</\1>", " ", text, flags=re.DOTALL)
    text = re.sub(r'<svg[^>]*aria-label="([^"]*)".*?</svg>', r"\1", text, flags=re.DOTALL)
    text = re.sub(r"<h2>", "\n## ", re.sub(r"</?code>", "`", text))
    return unescape(re.sub(r"<[^>]+>", "\n", text)).replace("`\n", "` ").strip()


def literal(template: str) -> re.Pattern[str]:
    """Return a pattern that finds a sentence whatever stands in its fields.

    >>> literal("{gain:+.1f} points").findall("It is +0.5 points, or so.")
    ['+0.5 points']
    """
    pieces = _sentence(template).values
    pattern = ""
    for piece in pieces:
        if isinstance(piece, ast.Constant):
            pattern += re.escape(str(piece.value))
        else:
            pattern += r"(?:[^\s,;:()]|[,.](?=\d))+?"
    last = "" if isinstance(pieces[-1], ast.Constant) else r"(?![\w%]|[,.]\d)"
    first = "" if isinstance(pieces[0], ast.Constant) else r"(?<![\w.+-])"
    return re.compile(first + pattern + last)


def filled(template: str, names: Mapping[str, Any]) -> str:
    """Fill a sentence's fields.

    >>> filled("{100 * share:.0f} %", {"share": 0.961})
    '96 %'
    """
    code = compile(ast.Expression(_sentence(template)), template, "eval")
    return str(eval(code, dict(names)))


def _sentence(template: str) -> ast.JoinedStr:
    found = ast.parse(f"f'''{template}'''", mode="eval").body
    assert isinstance(found, ast.JoinedStr), f"no field in {template!r}"
    return found


def complaints(places: list[Place], holds: ModuleType | Any) -> Iterator[str]:
    """Yield what is wrong: a sentence that the data deny, a number that nothing holds.

    Parameters
    ----------
    places : list of Place
        The prose, from `run` or `page`.
    holds : module
        Its tables FILLED, TRUE and GIVEN.
    """
    own = vars(holds) | {"says": says}
    held: list[tuple[Place, re.Pattern[str]]] = []
    for template in holds.FILLED:
        pattern = literal(template)
        for place in _saying(places, pattern):
            said = {found[0] for found in pattern.finditer(place.text)}
            right = filled(template, dict(place.names) | own)
            if right not in said:
                yield f"{place.where} says {sorted(said)}; by the data it is {right!r}"
            held.append((place, re.compile(re.escape(right))))
        if not _saying(places, pattern):
            yield f"nothing says {template!r} any more"
    for words, condition in holds.TRUE.items():
        pattern = re.compile(re.escape(words))
        for place in _saying(places, pattern):
            if not eval(condition, dict(place.names) | own):
                yield f"{place.where} says {words!r}; the data deny it: not {condition}"
            held.append((place, pattern))
        if not _saying(places, pattern):
            yield f"nothing says {words!r} any more"
    for reason, fragments in holds.GIVEN.items():
        for words in fragments:
            pattern = words if isinstance(words, re.Pattern) else re.compile(re.escape(words))
            if not _saying(places, pattern):
                yield f"nothing says {pattern.pattern!r} any more ({reason})"
            held += [(place, pattern) for place in places]
    held += [(place, pattern) for place in places for pattern in EVERYWHERE]
    for place in places:
        text = blank(SILENT, place.text)
        covered = {
            at
            for where, pattern in held
            if where is place
            for found in pattern.finditer(place.text)
            for at in range(found.start(), found.end())
        }
        for number in NUMBER.finditer(text):
            if not covered.issuperset(range(number.start(), number.end())):
                around = place.text[max(0, number.start() - 40) : number.end() + 40]
                yield f"{place.where}: nothing holds {number[0]!r} in '...{around}...'"


def _saying(places: list[Place], pattern: re.Pattern[str]) -> list[Place]:
    return [place for place in places if pattern.search(place.text)]


def says(subject: str, pattern: str) -> bool:
    """Whether a stored lesson has words, in its prose or its outputs: for what another cites."""
    cells = json.loads(LESSONS[subject].path.read_text(encoding="utf-8"))["cells"]
    words = "\n".join("".join(cell["source"]) + "\n" + shown(cell) for cell in cells)
    return re.search(pattern, words.replace("\\n", "\n")) is not None


def table(name: str) -> ModuleType:
    """Return the module of `tests/held` that holds a page."""
    return importlib.import_module(f"held.{name}")


@cache
def lesson(subject: str) -> list[Place]:
    """Return the prose of a lesson of the list, with its names; it runs once in a process."""
    return run(LESSONS[subject].path)
