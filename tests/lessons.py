"""The lessons as `notebooks/lessons.toml` lists them; a test finds one by its subject."""

import tomllib
from pathlib import Path
from typing import NamedTuple

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LIST = "lessons.toml"
RECIPES = NOTEBOOKS / "recipes.ipynb"  # a page to look things up in, and no lesson


class Lesson(NamedTuple):
    """A lesson of the list; its number is its place there."""

    number: str
    folder: Path
    file: str
    title: str
    minutes: int
    can: str
    talk: bool

    @property
    def name(self) -> str:
        """The notebook's name, its number first."""
        return f"{self.number}_{self.file}.ipynb"

    @property
    def path(self) -> Path:
        return self.folder / self.name


def listed(folder: Path = NOTEBOOKS) -> dict[str, Lesson]:
    """Return the lessons of a folder's list by subject, in reading order."""
    tables = tomllib.loads((folder / LIST).read_text(encoding="utf-8"))
    return {
        subject: Lesson(f"{place:02d}", folder, **table)
        for place, (subject, table) in enumerate(tables.items())
    }


def lesson_files(folder: Path = NOTEBOOKS) -> list[Path]:
    """Return a folder's notebooks without the page of recipes, by name."""
    return [path for path in sorted(folder.glob("*.ipynb")) if path.name != RECIPES.name]


LESSONS = listed()
PATHS = [lesson.path for lesson in LESSONS.values()]


def is_colab(cell: dict) -> bool:
    """Whether it is the cell that prepares Google Colab, which `store_notebooks` puts in."""
    return "colab" in cell["metadata"].get("tags", [])
