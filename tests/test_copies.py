"""The lessons travel with the package, and the command line that hands them out."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from lessons import NOTEBOOKS, PATHS
from outside import python, tracked

import onecycle_widgets
from onecycle_widgets import __main__, evidence, lessons
from onecycle_widgets.evidence import journeys, rule_results

ROOT = Path(__file__).parents[1]


def test_what_travels_is_what_the_repository_has():
    """No checkpoint and no unfinished run, but every notebook, page and picture."""
    found = lessons.names(NOTEBOOKS)
    wanted = ["data/journeys.npz", "images/lab.png", "explorer.html", "surface.html", "card.html"]
    wanted += [
        "decision.html",
        "surprises.html",
        "CLASS.md",
        "GLOSSARY.md",
        "SURPRISES.md",
        "README.md",
    ]
    assert {*wanted, *(path.name for path in PATHS)} <= set(found)
    listed = tracked(NOTEBOOKS)
    if listed is not None:  # an unpacked sdist is no repository
        assert listed == found


def test_no_link_leads_out_of_the_lessons():
    """In a folder of somebody's there is nothing around them."""
    pages = [
        NOTEBOOKS / name for name in lessons.names(NOTEBOOKS) if name.endswith(("md", "ipynb"))
    ]
    links = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if page.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        found = re.findall(r"\]\(([^)#\s]+)", text)
        links += [(page, link) for link in found if not link.startswith(("http", "attachment:"))]
    assert len(links) > 100
    lost = [
        (page.name, link)
        for page, link in links
        if not (page.parent / link).exists()
        or not (page.parent / link).resolve().is_relative_to(NOTEBOOKS.resolve())
    ]
    assert lost == []


@pytest.fixture
def source(tmp_path):
    """Lessons of two files, one of them in a folder, beside what nobody wants."""
    folder = tmp_path / "source"
    for name in ("first.ipynb", "data/a.npz", ".ipynb_checkpoints/first.ipynb", "data/.tmp"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}, first edition")
    return folder


def contents(folder):
    return {n: (folder / n).read_text() for n in lessons.names(folder) if (folder / n).is_file()}


def test_a_copy_has_all_and_nothing_hidden(source, tmp_path):
    done = lessons.copy(tmp_path / "new" / "mine", source)
    assert done.written == ["data/a.npz", "first.ipynb"]
    assert done.renewed == done.kept == done.same == []
    assert contents(tmp_path / "new" / "mine") == contents(source)


def test_copied_again_nothing_is_written(source, tmp_path):
    lessons.copy(tmp_path / "mine", source)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "mine").rglob("*.ipynb")}
    done = lessons.copy(tmp_path / "mine", source)
    assert done.same == ["data/a.npz", "first.ipynb"]
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "mine").rglob("*.ipynb")}


def test_an_upgrade_renews_what_nobody_changed_and_keeps_the_rest(source, tmp_path):
    mine = tmp_path / "mine"
    lessons.copy(mine, source)
    (mine / "first.ipynb").write_text("my answers")
    (mine / "notes.txt").write_text("my notes")
    for edition in ("second", "third"):
        (source / "first.ipynb").write_text(f"lesson, {edition} edition")
        (source / "data/a.npz").write_text(f"data, {edition} edition")
        done = lessons.copy(mine, source)
        assert (done.renewed, done.kept) == (["data/a.npz"], ["first.ipynb"])
        assert "kept first.ipynb: it was changed" in str(done)
        assert contents(mine) == {
            "first.ipynb": "my answers",
            "data/a.npz": f"data, {edition} edition",
            "notes.txt": "my notes",
        }
    (mine / "first.ipynb").rename(mine / "mine.ipynb")  # as the message advises
    assert lessons.copy(mine, source).written == ["first.ipynb"]
    assert (mine / "mine.ipynb").read_text() == "my answers"


@pytest.mark.parametrize("record", [None, "{", "[1]", '{"first.ipynb": 3}'])
def test_without_a_record_that_can_be_read_whatever_differs_is_kept(source, tmp_path, record):
    mine = tmp_path / "mine"
    lessons.copy(mine, source)
    if record is None:
        (mine / lessons.RECORD).unlink()
    else:
        (mine / lessons.RECORD).write_text(record)
    (source / "first.ipynb").write_text("lesson, second edition")
    assert lessons.copy(mine, source).kept == ["first.ipynb"]
    assert (mine / "first.ipynb").read_text() == "first.ipynb, first edition"


def test_what_was_put_back_by_hand_counts_as_a_copy_again(source, tmp_path):
    mine = tmp_path / "mine"
    shutil.copytree(source, mine)  # without the command, so without a record
    lessons.copy(mine, source)
    (source / "data/a.npz").write_text("data, second edition")
    assert lessons.copy(mine, source).renewed == ["data/a.npz"]


def test_a_folder_where_a_file_should_be_is_kept(source, tmp_path):
    (tmp_path / "mine/data/a.npz").mkdir(parents=True)
    assert lessons.copy(tmp_path / "mine", source).kept == ["data/a.npz"]


def test_the_lessons_are_not_copied_over_themselves(source, tmp_path):
    for folder in (source, source / "data", source / "data" / ".."):
        with pytest.raises(ValueError, match="folder must not be where the lessons come from"):
            lessons.copy(folder, source)
    (tmp_path / "mine").write_text("a file")
    with pytest.raises(NotADirectoryError, match="folder must be a folder, got the file"):
        lessons.copy(tmp_path / "mine", source)
    assert (tmp_path / "mine").read_text() == "a file"


def test_a_package_without_lessons_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "PACKAGE", tmp_path / "onecycle_widgets")
    with pytest.raises(FileNotFoundError, match=r"not with the package in .*install it again"):
        lessons.home()


@pytest.mark.parametrize(
    "load", [lambda f: evidence.load("decay", f), rule_results.load, journeys.load]
)
def test_a_data_file_that_is_missing_names_the_command(load, tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load(tmp_path)
    assert f"to get it: {lessons.COMMAND}; to make it: python -m onecycle" in str(caught.value)
    options = __main__.parser().parse_args(lessons.COMMAND.split()[3:])
    assert (options.command, options.folder) == ("lessons", Path("FOLDER"))


def test_lessons_on_the_command_line(tmp_path, capsys):
    __main__.main(["lessons", str(tmp_path / "mine")])
    first = tmp_path / "mine" / PATHS[0].name
    assert first.read_bytes() == PATHS[0].read_bytes()
    assert capsys.readouterr().out.endswith(f"open the first: python -m jupyterlab {first}\n")


def test_open_starts_jupyterlab_on_the_first_lesson(tmp_path):
    """Through `python -m jupyterlab`: here with one that only says what it was asked for."""
    (tmp_path / "jupyterlab").mkdir()
    (tmp_path / "jupyterlab/__init__.py").touch()
    (tmp_path / "jupyterlab/__main__.py").write_text("import sys; print(sys.argv[1:])")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = python(tmp_path, "-m", "onecycle_widgets", "lessons", "mine", "--open", path=path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{[str(Path('mine', PATHS[0].name))]}\n")


def test_open_says_that_jupyterlab_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(__main__, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="JupyterLab is not installed: python -m pip install"):
        __main__.main(["lessons", str(tmp_path / "mine"), "--open"])
    assert (tmp_path / "mine" / PATHS[0].name).exists()  # copied all the same


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (["page", "explorer", "a.html"], "explorer"),
        (["page", "surface", "a.html"], "surface"),
        (["a.html"], "explorer"),
    ],
)
def test_pages_on_the_command_line(words, page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    __main__.main(words)
    assert capsys.readouterr().out == "wrote a.html\n"
    stored = NOTEBOOKS / f"{page}.html"
    assert Path("a.html").read_text(encoding="utf-8") == stored.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "copy the lessons, with their data and the guide, into a folder"),
        (["lessons"], "the following arguments are required: FOLDER"),
        (["lesons", "x"], "invalid choice: 'lesons' (choose from"),
        (["explorer"], "invalid choice: 'explorer' (choose from"),
        (["page", "lessons", "x.html"], "invalid choice: 'lessons' (choose from"),
        (["page", "explorer"], "the following arguments are required: FILE"),
        (["page", "explorer", "a.html", "b.html"], "unrecognized arguments: b.html"),
        (["lessons", "x", "--opne"], "unrecognized arguments: --opne"),
        (["lessons", str(NOTEBOOKS)], "folder must not be where the lessons come from"),
        (["lessons", str(ROOT / "LICENSE")], "folder must be a folder, got the file"),
        (["evidence", "x", "nothing"], "no such experiment: nothing"),
    ],
)
def test_wrong_words_are_refused_and_nothing_is_written(
    words, sentence, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        __main__.main(words)
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_and_version(capsys, monkeypatch):
    def said(*words):
        with pytest.raises(SystemExit) as caught:
            __main__.main([*words])
        assert caught.value.code == 0
        return capsys.readouterr().out

    assert said("--version") == f"onecycle-widgets {onecycle_widgets.__version__}\n"
    text = said("--help")
    assert text.startswith("usage: python -m onecycle_widgets ")
    assert all(word in text for word in ("lessons", "page", "evidence", "--version", "FILE.html"))
    assert "usage: python -m onecycle_widgets.evidence " in said("evidence", "--help")
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/onecycle"])
    assert said("--help").startswith("usage: onecycle ")
