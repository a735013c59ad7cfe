"""Give every lesson the number of its place in `notebooks/lessons.toml`, wherever it is mentioned.

    python tests/store_lessons.py

Run it after a change of the list. It renames the notebooks, rewrites links, "lesson 03" and the
like in all prose, makes README's table of lessons, and calls `store_pictures`. Which number a
lesson had is read from its notebook's name; a new one has a number that is free, such as 99.
When a mention is wrong beforehand, or cannot be renumbered, nothing is written.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import store_pictures
from lessons import LIST, RECIPES, Lesson, lesson_files, listed

ROOT = Path(__file__).parents[1]
# Python names a lesson by its subject, and `store_pictures` makes notebooks/README.md.
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "pyproject.toml",
    "notebooks/CLASS.md",
    "notebooks/GLOSSARY.md",
    "notebooks/SURPRISES.md",
)
NOTEBOOK = re.compile(r"(?<!\d)(\d\d)_\w+\.ipynb")
LINK = re.compile(r"\[(?:[Ll]esson )?(\d\d)(?: [^][]*)?\]\([^()]*?(\d\d)_\w+\.ipynb\)")
# All numbers that are a lesson's: in a notebook's name, at the beginning of a link to one, and
# in prose, where several may follow each other.
MENTION = re.compile(
    r"(?<!\d)\d\d(?=_\w+\.ipynb)"
    r"|(?<=\[)\d\d(?=(?: [^][]*)?\]\([^()]*\.ipynb\))"
    r"|[Ll]essons?\s\d\d(?:(?:,|,? and|,? or)\s\d\d)*(?!\d)"
)
UNCLEAR = {  # what no renumbering can keep right
    r"[Ll]essons?\s\d(?!\d)": "a lesson's number has two digits",
    r"[Ll]essons?\s\d\d\s?(?:to|-|–)\s?\d\d": "name each lesson: a range may grow",
    r"\b(?:last|previous|next) lesson": "name the lesson: its neighbours may change",
}
STRAY = re.compile(r"(?<![\w%:/-])(?<!\d[.,])0\d(?![\w%:/-]|[.,]\d)")  # 03, but not 0.03 or 3e-03
TABLE = re.compile(r"(?<=<!-- lessons -->\n\n).*?(?=\n<!-- end of lessons -->)", re.DOTALL)
ROWS = re.compile(r"(?:^\| \[\d\d\]\([^()]*\.ipynb\) \|.*\n){2,}", re.MULTILINE)


class LessonError(ValueError):
    """The lessons and what mentions them do not fit together; each line says where."""


def stored(folder: Path, lessons: dict[str, Lesson]) -> dict[str, Path]:
    """Return the notebook of each lesson, under whatever number it is stored.

    Raises
    ------
    LessonError
        When a lesson has no notebook or several, a notebook has no lesson, or two have one number.
    """
    wrong, found = [], {}
    for subject, lesson in lessons.items():
        paths = sorted(folder.glob(f"[0-9][0-9]_{lesson.file}.ipynb"))
        if len(paths) == 1:
            found[subject] = paths[0]
        else:
            wrong.append(f"{subject}: {len(paths)} notebooks are called NN_{lesson.file}.ipynb")
    files = {lesson.file for lesson in lessons.values()}
    for path in lesson_files(folder):
        if path.stem[3:] not in files:
            wrong.append(f"{path.name}: not in {LIST}")
    numbers = [path.name[:2] for path in found.values()]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    wrong += [f"two notebooks have the number {number}: give the new one 99" for number in twice]
    if wrong:
        raise LessonError("\n".join(wrong))
    return found


def prose(page: Path) -> str:
    """Return what a page says: all of its text, or a notebook's Markdown cells."""
    text = page.read_text(encoding="utf-8")
    if page.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def written_by_hand(page: Path) -> str:
    """Return what a page says without the table of lessons, which is made anew."""
    return TABLE.sub("", prose(page))


def complaints(text: str, names: set[str]) -> Iterator[str]:
    """Yield what is wrong with the mentions in a text, when the notebooks have these names."""
    known = {name[:2] for name in names}
    for mention in MENTION.finditer(text):
        if not known.issuperset(re.findall(r"\d\d", mention[0])):
            yield f"{mention[0]!r}: there is no such lesson"
    for notebook in NOTEBOOK.finditer(text):
        if notebook[0] not in names:
            yield f"{notebook[0]}: there is no such notebook"
    for link in LINK.finditer(text):
        if link[1] != link[2]:
            yield f"{link[0]}: it says another lesson than it leads to"
    for pattern, why in UNCLEAR.items():
        for found in re.finditer(pattern, text):
            yield f"{found[0]!r}: {why}"
    for number in STRAY.finditer(MENTION.sub("", text)):
        yield f"{number[0]!r}: if this is a lesson, say 'lesson {number[0]}'"


def renumbered(text: str, numbers: dict[str, str]) -> str:
    """Return a text with new numbers in every mention of a lesson."""
    return MENTION.sub(
        lambda mention: re.sub(r"\d\d", lambda number: numbers[number[0]], mention[0]), text
    )


def table(lessons: dict[str, Lesson]) -> str:
    """Return README's table of lessons."""
    head = "| lesson | time | what you will be able to do |\n|---|---|---|\n"
    return head + "".join(
        f"| [{lesson.number} {lesson.title}](notebooks/{lesson.name}) | {lesson.minutes} min "
        f"| {lesson.can} |\n"
        for lesson in lessons.values()
    )


def page_text(page: Path, numbers: dict[str, str], lessons: dict[str, Lesson]) -> str:
    """Return a page with new numbers, the table of lessons, and rows in the lessons' order."""
    text = renumbered(written_by_hand(page), numbers)
    text = TABLE.sub(lambda _: table(lessons), text)
    return ROWS.sub(lambda rows: "".join(sorted(rows[0].splitlines(keepends=True))), text)


def notebook_text(notebook: Path, numbers: dict[str, str]) -> str:
    """Return a notebook with new numbers in its prose and, of a lesson, in the ids of its cells."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    old = notebook.name[:2]
    for cell in content["cells"]:
        cell["id"] = re.sub(rf"^{old}(?=-\d+$)", numbers.get(old, old), cell["id"])
        if cell["cell_type"] == "markdown":
            source = renumbered("".join(cell["source"]), numbers)
            cell["source"] = source.splitlines(keepends=True)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def store(root: Path = ROOT) -> None:
    """Number the lessons of a repository by their places in its list.

    Raises
    ------
    LessonError
        When that would leave a mention wrong; then nothing has been written.
    """
    lessons = listed(root / "notebooks")
    notebooks = stored(root / "notebooks", lessons)
    names = {path.name for path in notebooks.values()}
    numbers = {notebooks[subject].name[:2]: lesson.number for subject, lesson in lessons.items()}
    pages = [root / name for name in PAGES]
    recipes = root / "notebooks" / RECIPES.name
    wrong = [
        f"{page.name}: {complaint}"
        for page in (*pages, recipes, *notebooks.values())
        for complaint in complaints(written_by_hand(page), names)
    ]
    if wrong:
        raise LessonError("\n".join(wrong))
    written = {page: page_text(page, numbers, lessons) for page in pages}
    written[recipes] = notebook_text(recipes, numbers)
    for subject, notebook in notebooks.items():
        written[lessons[subject].path] = notebook_text(notebook, numbers)
    for notebook in notebooks.values():
        notebook.unlink()  # only now, for a name may have been another lesson's
    for path, text in written.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    store_pictures.store(root / "notebooks")


if __name__ == "__main__":
    try:
        store()
    except LessonError as error:
        sys.exit(str(error))
