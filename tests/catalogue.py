"""The catalogue of torch's surprises, as its lesson has it: every reproduction, runnable alone."""

import ast
import json
from collections.abc import Callable, Iterator
from typing import Any

from lessons import LESSONS

LESSON = LESSONS["scheduler"].path


def cells() -> list[dict[str, Any]]:
    """The lesson's cells, their sources joined."""
    found = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in found]


def tagged(cell: dict[str, Any], tag: str) -> bool:
    return tag in cell["metadata"].get("tags", [])


def surprises(**instead: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield title and reproduction of each surprise.

    Parameters
    ----------
    **instead
        Names to replace in the cells, such as ``lr_scheduler``.
    """
    namespace: dict[str, Any] = {}
    title = ""
    for cell in cells():
        if cell["cell_type"] == "markdown" and "\n#### " in f"\n{cell['source']}":
            title = cell["source"].split("#### ")[-1].split("\n")[0]
        if tagged(cell, "catalogue"):
            exec(cell["source"], namespace)
            namespace |= {"both": lambda reproduction: reproduction, **instead}
        if tagged(cell, "surprise"):
            body = ast.parse(cell["source"]).body
            last = body.pop()
            assert isinstance(last, ast.Expr)
            exec(compile(ast.Module(body, []), title, "exec"), namespace)
            yield title, eval(compile(ast.Expression(last.value), title, "eval"), namespace)
