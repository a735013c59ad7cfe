"""Make the page for readers without a kernel from the stored lessons: `notebooks/README.md`.

    python tests/store_pictures.py

For each lesson: what it teaches, every figure with what it found, and the summary. Run it after
a lesson was stored; a test compares.
"""

import base64
import json
import re
from pathlib import Path
from typing import NamedTuple

from lessons import NOTEBOOKS, Lesson, listed

FOLDER = "images"
WIDGETS = {  # by subject
    "start_here": (
        "explorer.png",
        "The explorer: learning rate above momentum over 1,000 steps, phases shaded and named, "
        "four pinned curves, each with its number; beside them a control for every parameter of "
        "OneCycleLR, below them read-outs and the torch call to copy.",
    ),
    "lab": (
        "lab.png",
        "The lab after two trainings: the settings and the buttons; below them learning rate, "
        "momentum, loss and held-out accuracy of both runs on one axis of steps, one line solid, "
        "one dashed; beside them the range test with its picks, and the schedule's controls; at "
        "the foot the table of runs, each with its line.",
    ),
}
OPENING = """# The lessons in pictures

What the lessons teach and what they found, for reading without Python: every figure as it was \
computed, with its finding, and each lesson's summary. To move the controls yourself, open \
[the explorer](explorer.html) or [balls on a loss surface](surface.html) (download them; they need \
nothing else), or start a lesson: `python -m onecycle_widgets lessons FOLDER --open`, once \
the package is installed. Lecturers: [Ready for class](CLASS.md).
"""


class Picture(NamedTuple):
    """A figure of a lesson: its file in `notebooks`, its bytes, and what it shows."""

    file: str
    png: bytes
    finding: str


def pictures(lesson: Lesson) -> list[Picture]:
    """Return the figures of a stored lesson; a widget's picture has no finding and is left out."""
    found = []
    for cell in json.loads(lesson.path.read_text())["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = "".join(data.get("text/plain", ""))
            html = "".join(data.get("text/html", ""))
            png = re.search(r'src="data:image/png;base64,([^"]+)"', html)
            if png and not re.match(r"\w+\(", text):
                file = f"{FOLDER}/{lesson.number}-{len(found) + 1}.png"
                found.append(Picture(file, base64.b64decode(png[1]), text))
    return found


def section(subject: str, lesson: Lesson) -> str:
    """Return what the page says of a lesson."""
    cells = json.loads(lesson.path.read_text())["cells"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    title, text = prose[0].splitlines()[0].removeprefix("# "), "\n\n".join(prose)
    goals = re.search(r"\*\*After this lesson you can\*\*\n\n(.*?)\n\n", text, re.DOTALL)
    summary = re.search(r"## Summary\n\n(.*?)(?:\n\n\*\*(?:Remembered|Next)|$)", text, re.DOTALL)
    assert goals, subject
    assert summary, subject
    parts = [f"## [{title}]({lesson.name})", "**You learn to**", goals[1]]
    if subject in WIDGETS:
        file, alt = WIDGETS[subject]
        parts.append(f"![{alt}]({FOLDER}/{file})")
    for picture in pictures(lesson):
        parts += [f"![{alt_text(picture.finding)}]({picture.file})"]
    return "\n\n".join([*parts, "**In short**", summary[1]])


def alt_text(finding: str) -> str:
    """Return a finding for the brackets of a Markdown picture."""
    return finding.replace("\n", " ").replace("[", "(").replace("]", ")")


def page(folder: Path = NOTEBOOKS) -> str:
    """Return the whole page."""
    sections = [section(subject, lesson) for subject, lesson in listed(folder).items()]
    return "\n\n".join([OPENING.strip(), *sections]) + "\n"


def store(folder: Path = NOTEBOOKS) -> None:
    """Write the page and its pictures, and remove pictures that no lesson has any more."""
    current = {p.file: p.png for lesson in listed(folder).values() for p in pictures(lesson)}
    for old in (folder / FOLDER).glob("[0-9][0-9]-*.png"):
        if f"{FOLDER}/{old.name}" not in current:
            old.unlink()
    for file, png in current.items():
        (folder / file).write_bytes(png)
    (folder / "README.md").write_text(page(folder))


if __name__ == "__main__":
    store()
