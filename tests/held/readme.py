"""What holds README; each held lesson is a name here, by its subject."""

import csv
import json
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from catalogue import entries
from hard_cases import CASES
from lessons import LESSONS, NOTEBOOKS

from onecycle_widgets.range_test.suggest import RULES
from onecycle_widgets.surfaces import SURFACES

ROOT = Path(__file__).parents[2]
TITLES = ["bowl", "ravine", "river valley", "two wells", "falling curvature"]
GUIDE = (NOTEBOOKS / "CLASS.md").read_text(encoding="utf-8")


def python():
    """The oldest Python that the package takes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["requires-python"].removeprefix(">=")


def major(package):
    return version(package).split(".")[0]


def gone(surprise):
    """The release of torch from which on something raises, by the stored table."""
    with (NOTEBOOKS / "data" / "torch_versions.csv").open(encoding="utf-8") as file:
        releases, *rows = csv.reader(file)
    (found,) = (row for row in rows if row[0].endswith(surprise))
    last = max(i for i, did in enumerate(found) if not re.match(r"\w+Error: ", did))
    return releases[last + 1].removesuffix(".0")


def exercises(subject):
    """Exercises of a lesson, by the tags of their cells."""
    cells = json.loads(LESSONS[subject].path.read_text(encoding="utf-8"))["cells"]
    return sum("exercise" in cell["metadata"].get("tags", []) for cell in cells)


def seconds():
    """How long each lesson runs, as tests/benchmarks/classroom.py measured it for the guide."""
    found = re.findall(r"^\| \[\d\d\].* s \| (\d+) s \|", GUIDE, re.MULTILINE)
    assert len(found) == len(LESSONS)
    return [int(one) for one in found]


FILLED = [
    "(Python {python()} or newer;",
    "PyTorch's {len(entries())} surprises",
    "print each rate (gone from PyTorch {gone('`verbose` is gone')}, works in ours)",
    "print a rate (gone from PyTorch {gone('`print_lr` is gone')}, works in ours)",
    "(in all {len(CASES)} hard cases",
    "JupyterLab {major('jupyterlab')}, Notebook {major('notebook')}, Voilà",
]
TRUE = {
    "about: bowl, ravine, river valley, two wells, falling curvature.": (
        "[one.title for one in SURFACES.values()] == TITLES"
    ),
    "Each has three exercises or more": "min(map(exercises, LESSONS)) >= 3",
    "runs from top to bottom in less than a minute on two cores": (
        "max(seconds()) < 60 and 'on two cores without a GPU' in GUIDE"
    ),
    "plans for 45 and 90 minutes": (
        "re.findall(r'^## (\\d+) minutes', GUIDE, re.MULTILINE) == ['45', '90']"
    ),
    "20 students on 16 GB, measured": "'who works at the same time: 20 on 16 GB**' in GUIDE",
    "read seven silent mistakes off a log of learning rates": (
        r"says('scheduler', r'Each of the seven happened once')"
    ),
    "Five rules side by side": "len(RULES) == 5",
}
GIVEN = {
    "the list of the lessons, from which `store_lessons` makes the table": [
        *(f"| {lesson.minutes} min |" for lesson in LESSONS.values()),
        *(lesson.can for lesson in LESSONS.values()),
    ],
    "sections of lessons, which `test_project` looks up": [re.compile(r"\| (?:\d+\. [^|]+)+\|")],
    "what the picture shows": ["over 1,000 steps", "four pinned curves"],
    "advice": [
        "PowerShell 5 does not know",
        "enter the two halves",
    ],
    "surprises of the catalogue, whose programs `test_surprises` runs": [
        "where torch divides by zero, accepts NaN or never anneals"
    ],
    "a ratio, measured by python tests/benchmarks/sweep.py": [
        "on two cores several times as many models a second"
    ],
    "the releases in which `tests/browser/test_engines.py` ran; it holds the numbers, too": [
        "in Firefox 153 and in WebKit (WebKitGTK 2.50, Safari's engine)",
        "less than 1e-13 of themselves (in cycles of more than 3,000 steps, by less than 1e-15 of",
        "the others show Python's numbers to the digit",
    ],
    "where the code is, and a name": ["from arithmetic that is there twice", "BSD-3-Clause"],
}
