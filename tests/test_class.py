"""The guide for lecturers and the page of pictures say what the stored lessons say."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import store_pictures
import yaml

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
GUIDE = (NOTEBOOKS / "CLASS.md").read_text()
PROJECT = "https://github.com/onecycle-widgets/onecycle-widgets"

# What the guide expects in class, and the words of the lesson that say so.
EXPECTED = [
    ("It is 299", "00", r"steps +0 to +299"),
    ("between 0.005 and 0.22", "00", r"'valley': 0\.00521[\s\S]*'edge': 0\.215"),
    ("*Halfway*, 0.11", "00", r"'halfway': 0\.114"),
    ("96.4 %. Guesses", "00", r"test accuracy 96\.4%"),
    ("Constant 95.1, step 95.6, one cycle 96.1", "00", r"95\.1 ±[\s\S]*95\.6 ±[\s\S]*96\.1 ±"),
    ("from -0.6 to +1.9", "00", r"from -0\.6 to \+1\.9"),
    ("Six points; one or two", "01", r"costs six points\. In ten it costs one or two"),
    ("1.1 to 1.5 times on these tasks", "03", r"needs 1\.1 to 1\.5 times"),
    ("9 times at a rate of 3", "03", r"At a rate of 3 the step schedule needs 9 times"),
    ("more than a quarter of the pairs", "03", r"more than a quarter of the pairs"),
    ("98 % for all five seeds", "06", r"at most 100 steps, five seeds[\s\S]*98 %"),
]


def words(number):
    """Everything that a stored lesson says: its prose, code and outputs."""
    cells = json.loads(next(NOTEBOOKS.glob(f"{number}_*.ipynb")).read_text())["cells"]
    parts = ["".join(cell["source"]) for cell in cells]
    for cell in cells:
        for output in cell.get("outputs", []):
            parts.append("".join(output.get("text", "")))
            parts.append("".join(output.get("data", {}).get("text/plain", "")))
    return "\n".join(parts).replace("\\n", "\n")


@pytest.mark.parametrize(("claim", "lesson", "pattern"), EXPECTED, ids=[e[0] for e in EXPECTED])
def test_the_guide_expects_what_the_lessons_show(claim, lesson, pattern):
    assert claim in GUIDE
    assert re.search(pattern, words(lesson)), pattern


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
    for lesson, section in re.findall(r"[Ll]esson (\d\d), section (\d+)", GUIDE):
        assert re.search(rf"^## {section}\. ", words(lesson), re.MULTILINE), (lesson, section)


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
    rows = dict(re.findall(r"^\| (0\d) \|.*\| (\d+) MB \|", GUIDE, re.MULTILINE))
    lessons = sorted(NOTEBOOKS.glob("0*.ipynb"))
    assert list(rows) == [path.name[:2] for path in lessons]
    for row, memory in rows.items():  # the last column follows from the others
        students = re.search(rf"^\| {row} \|.*\| (\d+) \|$", GUIDE, re.MULTILINE)[1]
        assert abs(14 * 1024 / (int(memory) + 106) - int(students)) < 1.1
    (command,) = set(re.findall(r"python (tests/benchmarks/\w+\.py)", GUIDE))
    assert (ROOT / command).is_file()


def test_the_page_of_pictures_is_made_from_the_stored_lessons():
    hint = "run python tests/store_pictures.py"
    assert (NOTEBOOKS / "README.md").read_text() == store_pictures.page(), hint
    for lesson in sorted(NOTEBOOKS.glob("0*.ipynb")):
        found = store_pictures.pictures(lesson)
        assert found or lesson.name == "06_lab.ipynb"
        for picture in found:
            assert (NOTEBOOKS / picture.file).read_bytes() == picture.png, hint
            assert len(picture.finding) > 20
