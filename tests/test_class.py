"""The guide for lecturers and the page of pictures say what the stored lessons say."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
import store_pictures
import yaml
from lessons import LESSONS, NOTEBOOKS

from onecycle_widgets.frontend import bundle

ROOT = Path(__file__).parents[1]
GUIDE = (NOTEBOOKS / "CLASS.md").read_text()
PROJECT = bundle.HOME


def words(subject):
    """Everything that a stored lesson says: its prose, code and outputs."""
    cells = json.loads(LESSONS[subject].path.read_text())["cells"]
    parts = ["".join(cell["source"]) for cell in cells]
    for cell in cells:
        for output in cell.get("outputs", []):
            parts.append("".join(output.get("text", "")))
            parts.append("".join(output.get("data", {}).get("text/plain", "")))
    return "\n".join(parts).replace("\\n", "\n")


@pytest.mark.parametrize("page", ["CLASS.md", "README.md", "GLOSSARY.md"])
def test_every_link_leads_somewhere(page):
    text = (NOTEBOOKS / page).read_text()
    places = re.findall(r"\]\(([^)\s]+)\)", text)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    assert len(places) >= 8
    for place in places:
        if place.startswith("#"):
            assert place[1:] in anchors
        elif "://" not in place:
            assert (NOTEBOOKS / place).resolve().exists(), place


def test_the_glossary_is_in_order_and_linked_from_the_lessons():
    text = (NOTEBOOKS / "GLOSSARY.md").read_text().split("## Further reading")
    words = re.findall(r"^- \*\*(.+?)\*\*: .+\.", text[0], re.MULTILINE)
    assert len(words) > 25
    assert [w.strip("`").lower() for w in words] == sorted(w.strip("`").lower() for w in words)
    assert all(re.search(r": .+", line) for line in text[1].strip().splitlines() if line)
    for subject in ("start_here", "policy", "range_test", "scheduler", "lab"):
        assert "](GLOSSARY.md)" in words_of_first_cells(subject)


def words_of_first_cells(subject):
    cells = json.loads(LESSONS[subject].path.read_text())["cells"][:2]
    return "".join(line for cell in cells for line in cell["source"])


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
    (server,) = re.findall(r"server takes another (\d+) MB on a hub", GUIDE)
    for _, memory, students in rows:  # the last column follows from the others
        assert abs(14 * 1024 / (int(memory) + int(server)) - int(students)) < 1.1
    commands = set(re.findall(r"python (tests/benchmarks/\w+\.py)", GUIDE))
    assert len(commands) == 2
    assert all((ROOT / command).is_file() for command in commands)


def test_the_page_of_pictures_is_made_from_the_stored_lessons():
    hint = "run python tests/store_pictures.py"
    assert (NOTEBOOKS / "README.md").read_text() == store_pictures.page(), hint
    for subject, lesson in LESSONS.items():
        found = store_pictures.pictures(lesson)
        assert found or subject == "lab"
        for picture in found:
            assert (NOTEBOOKS / picture.file).read_bytes() == picture.png, hint
            assert len(picture.finding) > 20
