"""The guide for lecturers and the page of pictures say what the stored lessons say."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import store_pictures
import yaml
from lessons import LESSONS, NOTEBOOKS

ROOT = Path(__file__).parents[1]
GUIDE = (NOTEBOOKS / "CLASS.md").read_text()
PROJECT = "https://github.com/onecycle-widgets/onecycle-widgets"

# What the guide expects in class, and the words of the lesson that say so.
EXPECTED = [
    ("It is 299", "start_here", r"steps +0 to +299"),
    ("between 0.005 and 0.22", "start_here", r"'valley': 0\.00521[\s\S]*'edge': 0\.215"),
    ("*Halfway*, 0.11", "start_here", r"'halfway': 0\.114"),
    ("96.4 %. Guesses", "start_here", r"test accuracy 96\.4%"),
    (
        "Constant 95.1, step 95.6, one cycle 96.1",
        "start_here",
        r"95\.1 ±[\s\S]*95\.6 ±[\s\S]*96\.1 ±",
    ),
    ("from -0.6 to +1.9", "start_here", r"from -0\.6 to \+1\.9"),
    ("Six points; one or two", "policy", r"costs six points\. In ten it costs one or two"),
    ("1.1 to 1.5 times on these tasks", "super_convergence", r"needs 1\.1 to 1\.5 times"),
    (
        "9 times at a rate of 3",
        "super_convergence",
        r"At a rate of 3 the step schedule needs 9 times",
    ),
    ("more than a quarter of the pairs", "super_convergence", r"more than a quarter of the pairs"),
    ("98 % for all five seeds", "lab", r"at most 100 steps, five seeds[\s\S]*98 %"),
]


def words(subject):
    """Everything that a stored lesson says: its prose, code and outputs."""
    cells = json.loads(LESSONS[subject].path.read_text())["cells"]
    parts = ["".join(cell["source"]) for cell in cells]
    for cell in cells:
        for output in cell.get("outputs", []):
            parts.append("".join(output.get("text", "")))
            parts.append("".join(output.get("data", {}).get("text/plain", "")))
    return "\n".join(parts).replace("\\n", "\n")


@pytest.mark.parametrize(("claim", "subject", "pattern"), EXPECTED, ids=[e[0] for e in EXPECTED])
def test_the_guide_expects_what_the_lessons_show(claim, subject, pattern):
    assert claim in GUIDE
    assert re.search(pattern, words(subject)), pattern


@pytest.mark.parametrize("page", ["CLASS.md", "README.md"])
def test_every_link_leads_somewhere(page):
    text = (NOTEBOOKS / page).read_text()
    places = re.findall(r"\]\(([^)\s]+)\)", text)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    assert len(places) > 10
    for place in places:
        if place.startswith("#"):
            assert place[1:] in anchors
        elif "://" not in place:
            assert (NOTEBOOKS / place).resolve().exists(), place


def test_sections_named_in_the_guide_are_there():
    subjects = {lesson.number: subject for subject, lesson in LESSONS.items()}
    for number, section in re.findall(r"[Ll]esson (\d\d), section (\d+)", GUIDE):
        prose = words(subjects[number])
        assert re.search(rf"^## {section}\. ", prose, re.MULTILINE), (number, section)


def test_the_links_of_nbgitpuller_open_what_is_here():
    (link,) = re.findall(r"https://YOUR-HUB\S+", GUIDE)
    query = parse_qs(urlparse(link).query)
    assert query["repo"] == [PROJECT]
    paths = [
        query["urlpath"][0],
        *parse_qs(re.search(r"urlpath=voila\S+?(?=`)", GUIDE)[0])["urlpath"],
    ]
    assert [path.split("/")[0] for path in paths] == ["lab", "voila"]
    for path in paths:
        below = path.split("onecycle-widgets/", 1)[1]
        assert (ROOT / below).is_file()
    packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert any(str(package).startswith("nbgitpuller") for package in packages)


def test_the_figures_of_the_class_have_a_row_for_every_lesson_and_their_command():
    rows = re.findall(r"^\| \[\d\d\]\((.+)\) \|.*\| (\d+) MB \| (\d+) \|$", GUIDE, re.MULTILINE)
    assert [name for name, *_ in rows] == [lesson.name for lesson in LESSONS.values()]
    for _, memory, students in rows:  # the last column follows from the others
        assert abs(14 * 1024 / (int(memory) + 106) - int(students)) < 1.1
    (command,) = set(re.findall(r"python (tests/benchmarks/\w+\.py)", GUIDE))
    assert (ROOT / command).is_file()


def test_the_page_of_pictures_is_made_from_the_stored_lessons():
    hint = "run python tests/store_pictures.py"
    assert (NOTEBOOKS / "README.md").read_text() == store_pictures.page(), hint
    for subject, lesson in LESSONS.items():
        found = store_pictures.pictures(lesson)
        assert found or subject == "lab"
        for picture in found:
            assert (NOTEBOOKS / picture.file).read_bytes() == picture.png, hint
            assert len(picture.finding) > 20
