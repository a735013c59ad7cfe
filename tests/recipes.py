"""The page of recipes taken apart: the program of each recipe, as the page shows it."""

import json
import re
from pathlib import Path
from typing import NamedTuple

from lessons import RECIPES, is_colab

CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PRINTED = re.compile(r"^print\(\w+\.code\(.*\)\)$", re.MULTILINE)


class Recipe(NamedTuple):
    """A recipe: what is said before it, and its program, which follows the page's first cell."""

    title: str
    prose: str
    program: str
    runs_here: bool  # in cells, and not as a block to copy


def piece(cell: dict) -> str:
    """What a cell adds to its recipe's program; a text that it prints, it adds."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return "\n".join(CODE.findall(source))
    if not PRINTED.search(source):
        return source
    (output,) = cell["outputs"]
    return PRINTED.sub("", source) + "".join(output["text"])


def sections(page: Path = RECIPES) -> list[list[dict]]:
    """The page's cells, a list for each of its headings of the second rank."""
    found: list[list[dict]] = []
    for cell in json.loads(page.read_text(encoding="utf-8"))["cells"]:
        if "".join(cell["source"]).startswith("## "):
            found.append([])
        if found:
            found[-1].append(cell)
    return found


def first_cell(page: Path = RECIPES) -> str:
    """What all programs follow."""
    code = [cell for cell in sections(page)[0] if cell["cell_type"] == "code"]
    (shared,) = [cell for cell in code if not is_colab(cell)]
    return "".join(shared["source"])


def recipes(page: Path = RECIPES) -> dict[str, Recipe]:
    """The recipes by title, in order: the sections that name a trap."""
    found = {}
    for cells in sections(page):
        title, _, prose = "".join(cells[0]["source"]).partition("\n")
        if "**The trap:**" in prose:
            pieces = [piece(cell) for cell in cells]
            blocks = any("```python" in "".join(cell["source"]) for cell in cells)
            title = title.removeprefix("## ")
            # PyTorch's own text is shown once more where it is used.
            if not blocks:
                pieces = [p for p, c in zip(pieces, cells, strict=True) if not printing(c)]
            found[title] = Recipe(title, CODE.sub("", prose), "\n".join(pieces), not blocks)
    return found


def printing(cell: dict) -> bool:
    """Whether a cell prints a policy's code."""
    return bool(PRINTED.search("".join(cell["source"])))


def altered(recipe: Recipe, *changes: tuple[str, str]) -> str:
    """Its program with other lines, each of which must be there once."""
    program = recipe.program
    for before, after in changes:
        assert program.count(before) == 1, before
        program = program.replace(before, after)
    return program


def run(program: str) -> dict:
    """Run the first cell and a program after it; what they bind."""
    names: dict = {"__name__": "recipe"}
    exec(compile(first_cell(), "first cell", "exec"), names)
    exec(compile(program, "recipe", "exec"), names)
    return names
