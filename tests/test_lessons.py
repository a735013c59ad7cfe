"""The list of lessons, what is said of them, and renumbering, tried on a copy of the repository."""

import json
import re
import shutil

import pytest
from lessons import (
    LESSONS,
    LIST,
    NOTEBOOKS,
    PATHS,
    RECIPES,
    is_colab,
    lesson_files,
    listed,
)
from store_lessons import (
    MENTION,
    PAGES,
    ROOT,
    ROWS,
    LessonError,
    complaints,
    prose,
    renumbered,
    store,
    written_by_hand,
)

from onecycle_widgets.frontend import bundle

SOME = {"00_start_here.ipynb", "01_the_policy.ipynb", "03_other.ipynb", "06_lab.ipynb"}
MARKDOWN = ("README.md", "CONTRIBUTING.md", "notebooks/README.md", "notebooks/CLASS.md")
WORDS = {"ten": 10}  # numbers that a lesson spells out
PLACE = "super_convergence"  # the dummy comes before it
ENTRY = """[dummy]
file = "dummy"
title = "A dummy"
minutes = 1
can = "do nothing more"
talk = false

"""


def dead_links(page):
    """Links of a page that lead to no file."""
    links = re.findall(r"\]\(([^)\s#]+)", prose(page))
    return [link for link in links if "://" not in link and not (page.parent / link).exists()]


def state(data):
    """What an explorer's stored output says of its traits."""
    return data[bundle.STORED]["state"]


@pytest.mark.parametrize(
    "page", [*(ROOT / p for p in PAGES), RECIPES, *PATHS], ids=lambda p: p.name
)
def test_what_is_said_of_lessons_is_right(page):
    assert list(complaints(prose(page), {path.name for path in PATHS})) == []
    assert dead_links(page) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_who_is_asked_sees_the_answer_in_no_other_picture(path):
    outputs = [
        output["data"]
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if bundle.STORED in output.get("data", {})
    ]
    cycles = ["".join(data["text/plain"]) for data in outputs]
    asked = [c for c, data in zip(cycles, outputs, strict=True) if state(data).get("ask")]
    assert [cycle for cycle in asked if cycles.count(cycle) > 1] == []
    assert path not in (LESSONS["start_here"].path, LESSONS["policy"].path) or asked


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("as lesson 42 says", "no such lesson"),
        ("Lessons 01, 02, and 42", "no such lesson"),
        ("[here](42_lab.ipynb)", "no such lesson"),
        ("[here](00_policy.ipynb)", "no such notebook"),
        ("[Lesson 01](notebooks/00_start_here.ipynb)", "another lesson"),
        ("[01 Start](00_start_here.ipynb)", "another lesson"),
        ("see lesson 3", "two digits"),
        ("lessons 01 to 03", "a range"),
        ("lessons 01–03", "a range"),
        ("as in the previous lesson", "neighbours"),
        ("as we saw in 03, it falls", "say 'lesson 03'"),
        ("| 06 | 0.6 s |", "say 'lesson 06'"),
    ],
)
def test_an_unclear_mention_is_found(text, why):
    assert why in "\n".join(complaints(text, SOME))


@pytest.mark.parametrize(
    "text",
    [
        "Lessons 00, 01 and 03 at 0.03, 1e-03, 7.04 and 01:05, in 2003",
        "[Lesson 00](00_start_here.ipynb), [01](notebooks/01_the_policy.ipynb), ![a](b/03-1.png)",
        "Lesson [00](00_start_here.ipynb); run=voila%2F06_lab.ipynb",
    ],
)
def test_a_clear_mention_is_not_complained_about(text):
    assert list(complaints(text, SOME)) == []


def test_every_number_of_a_mention_is_renewed_once():
    text = "Lessons 01, 02 and 03 ([03 New](03_x.ipynb), [01](a/01_y.ipynb)): 0.01, b%2F02_z.ipynb"
    after = "Lessons 02, 03 and 01 ([01 New](01_x.ipynb), [02](a/02_y.ipynb)): 0.01, b%2F03_z.ipynb"
    assert renumbered(text, {"01": "02", "02": "03", "03": "01"}) == after


def test_what_is_not_prose_calls_a_lesson_by_its_subject():
    folders = ("onecycle_widgets", "tests", "binder", ".ci")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    sources = [p for p in sources if p.is_file() and p.suffix not in (".pyc", ".wasm")]
    assert len(sources) > 100
    for path in sources:
        if path.name not in ("test_lessons.py", "store_lessons.py"):
            assert not re.search(MENTION, path.read_text(encoding="utf-8")), path.name


def test_what_a_lesson_needs_comes_before_and_what_is_next_comes_after():
    links = 0
    for path in PATHS:
        for said, earlier in (("You need", True), ("Next:", False)):
            (paragraph,) = re.findall(rf"^\*\*{said}\*\*.*$", prose(path), re.MULTILINE)
            for number in re.findall(r"\((\d\d)_", paragraph):
                links += 1
                assert (number < path.name[:2]) == earlier, (path.name, paragraph)
    assert links > 10


@pytest.mark.parametrize("subject", LESSONS)
def test_the_list_gives_the_time_that_the_lesson_gives(subject):
    (line,) = re.findall(r"^\*\*Time:\*\*.*$", prose(LESSONS[subject].path), re.MULTILINE)
    found = re.findall(r"(\w+) (?:minutes|more)", line)
    assert sum(WORDS.get(word) or int(word) for word in found) == LESSONS[subject].minutes


@pytest.mark.parametrize("subject", LESSONS)
def test_the_time_of_a_lesson_is_enough_to_read_it(subject):
    """Reckoned, not felt: words, lines of code, and a while for each prediction and exercise."""
    cells = json.loads(LESSONS[subject].path.read_text())["cells"]
    tags = [cell["metadata"].get("tags", []) for cell in cells]
    said = prose(LESSONS[subject].path)
    code = [
        line
        for cell, tagged in zip(cells, tags, strict=True)
        if cell["cell_type"] == "code" and not {"solution", "colab"} & {*tagged}
        for line in cell["source"]
    ]
    least = len(said.split()) / 180 + len(code) / 15
    least += 0.7 * said.count("**Predict") + 5 * sum("exercise" in tagged for tagged in tags)
    assert least <= LESSONS[subject].minutes <= 1.6 * least


NO_QUESTION = {  # lessons that do not begin with a question about an earlier one, and why
    "start_here": "there is none before it",
}


@pytest.mark.parametrize("subject", [s for s in LESSONS if s not in NO_QUESTION])
def test_a_lesson_begins_with_a_question_about_an_earlier_one_and_ends_with_the_answer(subject):
    cells = json.loads(LESSONS[subject].path.read_text())["cells"]
    first, last = "\n\n".join("".join(c["source"]) for c in cells[:2]), "".join(cells[-1]["source"])
    (number,) = re.findall(r"^\*\*Remember\*\* \(lesson (\d\d)\): .+\?", first, re.MULTILINE)
    assert number < LESSONS[subject].number
    assert re.search(r"^\*\*Remembered\?\*\* .+", last, re.MULTILINE)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "notebooks/CLASS.md"])
def test_the_talks_are_named(page):
    *numbers, last = [lesson.number for lesson in LESSONS.values() if lesson.talk]
    assert f"Lessons {', '.join(numbers)} and {last} are talks as well" in prose(ROOT / page)


@pytest.fixture
def copy(tmp_path):
    """The pages and lessons of this repository, and what their links lead to."""
    for name in (*MARKDOWN, *PAGES, "LICENSE"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks", dirs_exist_ok=True)
    return tmp_path


def tree(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def numbers(lessons):
    return {subject: lesson.number for subject, lesson in lessons.items()}


def dummy(lessons, own):
    """The prose of the dummy lesson, and what it says of others when the lessons are these."""
    number, after, lab = numbers(lessons), lessons[PLACE], lessons["lab"]
    return [
        "# A dummy\n\n**After this lesson you can**\n\n- nothing more.\n\n**You need** nothing.",
        f"Lessons {after.number}, {number['scheduler']} and {lab.number} are not lesson {own}; "
        f"see [{lab.number}]({lab.name}).",
        f"## Summary\n\n- Nothing.\n\n**Next:** [{after.title}]({after.name}).",
    ]


def insert(root):
    """Insert the dummy lesson into the list; return the list as it was."""
    text = (root / "notebooks" / LIST).read_text()
    before, after = text.split(f"[{PLACE}]")
    (root / "notebooks" / LIST).write_text(f"{before}{ENTRY}[{PLACE}]{after}")
    cells = [{"cell_type": "markdown", "id": f"99-{place:02d}", "metadata": {}, "source": [text]}
             for place, text in enumerate(dummy(LESSONS, "99"))]  # fmt: skip
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "notebooks" / "99_dummy.ipynb").write_text(json.dumps(notebook))
    return text


def mentioned(root):
    """The subjects that every page names, in order; tables with a row for each lesson left out."""
    files = {path.name[:2]: path.stem[3:] for path in (root / "notebooks").glob("*.ipynb")}
    pages = [root / page for page in PAGES]
    pages += [path for path in (root / "notebooks").glob("*.ipynb") if "dummy" not in path.name]
    found = {}
    for page in pages:
        text = ROWS.sub("", written_by_hand(page))
        mentions = [number for m in MENTION.findall(text) for number in re.findall(r"\d\d", m)]
        found[re.sub(r"^\d\d_", "", page.name)] = [files[number] for number in mentions]
    return found


def code(root):
    """Everything but prose of every lesson."""
    found = {}
    for path in (root / "notebooks").glob("*.ipynb"):
        notebook = json.loads(path.read_text())
        cells = [c | {"id": c["id"][2:]} for c in notebook["cells"] if c["cell_type"] == "code"]
        found[path.stem[3:]] = notebook | {"cells": cells}
    return found


def test_the_repository_is_as_renumbering_leaves_it(copy):
    before = tree(copy)
    store(copy)
    assert tree(copy) == before, "run python tests/store_lessons.py"


def assert_all_fits(root, lessons):
    """Names, ids, links and mentions agree with the list."""
    names = {lesson.name for lesson in lessons.values()}
    assert {path.name for path in lesson_files(root / "notebooks")} == names
    for lesson in lessons.values():
        cells = json.loads(lesson.path.read_text())["cells"]
        ids = [cell["id"] for cell in cells if not is_colab(cell)]
        assert ids == [f"{lesson.number}-{place:02d}" for place in range(len(ids))]
    pages = [root / page for page in (*MARKDOWN, f"notebooks/{RECIPES.name}")]
    pages += [lesson.path for lesson in lessons.values()]
    for page in pages:
        assert dead_links(page) == [], page
        assert list(complaints(prose(page), names)) == [], page


def test_a_lesson_is_inserted_and_taken_out_again(copy):
    before, named, computed = tree(copy), mentioned(copy), code(copy)
    assert sum(map(len, named.values())) > 80
    text = insert(copy)
    store(copy)
    lessons = listed(copy / "notebooks")
    own, after, lab = lessons["dummy"], lessons[PLACE], lessons["lab"]
    assert own.number == LESSONS[PLACE].number < after.number
    assert mentioned(copy) == named
    assert code(copy) == computed | {"dummy": code(copy)["dummy"]}
    assert_all_fits(copy, lessons)

    # The same once more in words, without the patterns that find mentions.
    assert prose(own.path) == "\n\n".join(dummy(lessons, own.number))
    readme, pictures, guide = (prose(copy / page) for page in (MARKDOWN[0], *MARKDOWN[2:]))
    row = f"| [{own.number} A dummy](notebooks/{own.name}) | 1 min | do nothing more |\n"
    assert f"{row}| [{after.number} {after.title}](notebooks/{after.name}) |" in readme
    assert f"`max_lr / div_factor` | [{lessons['policy'].number}](notebooks/" in readme
    assert f"voila%2Frender%2Fnotebooks%2F{lab.name})" in readme
    was = rf"\| \[{LESSONS['lab'].number}\]\({LESSONS['lab'].name}\) (\|.+)"  # what was measured
    (measured,) = re.findall(was, prose(ROOT / MARKDOWN[3]))
    assert f"\n| [{lab.number}]({lab.name}) {measured}" in guide
    assert f", elsewhere 1.4 times at most. Lesson {after.number}, section 7" in guide
    assert pictures.index(f"({own.name})") < pictures.index(f"images/{after.number}-1.png")
    assert not list((copy / "notebooks" / "images").glob(f"{own.number}-*"))

    own.path.unlink()
    (copy / "notebooks" / LIST).write_text(text)
    store(copy)
    assert tree(copy) == before


def test_a_lesson_is_moved_and_moved_back(copy):
    before, named = tree(copy), mentioned(copy)
    path = copy / "notebooks" / LIST
    text = path.read_text()
    head, *entries = re.split(r"(?m)^(?=\[)", text.rstrip() + "\n\n")
    path.write_text("".join([head, entries[-1], *entries[:-1]]))
    store(copy)
    lessons = listed(copy / "notebooks")
    assert list(lessons) == [list(LESSONS)[-1], *list(LESSONS)[:-1]]
    assert mentioned(copy) == named
    assert_all_fits(copy, lessons)
    guide = prose(copy / "notebooks" / "CLASS.md")
    rows = re.findall(r"^\| \[(\d\d)\]", guide, re.MULTILINE)
    assert rows == sorted(rows)
    assert len(rows) > 5
    path.write_text(text)
    store(copy)
    assert tree(copy) == before


def broken_mention(root):
    page = root / "CONTRIBUTING.md"
    page.write_text(page.read_text() + "\nSee lesson 98.\n")


def number_twice(root):
    insert(root)
    folder = root / "notebooks"
    (folder / "99_dummy.ipynb").rename(folder / f"{LESSONS[PLACE].number}_dummy.ipynb")


def not_in_the_list(root):
    shutil.copy(root / "notebooks" / LESSONS["lab"].name, root / "notebooks" / "99_more.ipynb")


def no_notebook(root):
    insert(root)
    (root / "notebooks" / "99_dummy.ipynb").unlink()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (broken_mention, "CONTRIBUTING.md: 'lesson 98': there is no such lesson"),
        (number_twice, f"two notebooks have the number {LESSONS[PLACE].number}"),
        (not_in_the_list, "99_more.ipynb: not in lessons.toml"),
        (no_notebook, "dummy: 0 notebooks are called NN_dummy.ipynb"),
    ],
)
def test_a_renumbering_that_would_go_wrong_writes_nothing(copy, spoil, why):
    spoil(copy)
    before = tree(copy)
    with pytest.raises(LessonError) as error:
        store(copy)
    assert why in str(error.value)
    assert tree(copy) == before
