"""The web site, as files: nothing is missing, nothing is fetched, and no link leads nowhere."""

import importlib.util
import json
import re
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import unquote, urlsplit

import pytest
import sites
from lessons import LESSONS, NOTEBOOKS, PATHS, RECIPES
from offline import loads

from onecycle_widgets import __main__ as command
from onecycle_widgets.frontend import bundle
from onecycle_widgets.site import api, build, pages

LARGEST = 2_000_000
NAMES = [path.stem for path in PATHS]
DRAWN = re.compile(r"OneCycleExplorer\(|SurfaceExplorer\(")  # what is alive without Python


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    return sites.made(tmp_path_factory)[0]


class Page(HTMLParser):
    """What a page refers to, what can be referred to in it, and its pictures."""

    def __init__(self, path):
        super().__init__()
        self.links, self.ids, self.images = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "img":
            self.images.append(found)


@pytest.fixture(scope="session")
def parsed(site):
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def cells(name):
    return json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def test_it_is_made_without_a_warning_and_without_a_network(tmp_path_factory):
    folder, told = sites.made(tmp_path_factory)
    assert told == f"wrote {folder / 'index.html'}\n"


def test_every_lesson_and_every_page_is_there(site):
    there = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    asked = {f"notebooks/{name}.html" for name in NAMES}
    asked |= {f"notebooks/{path.name}" for path in NOTEBOOKS.glob("*.html")}
    documents = [pages.document(path.name) for path in (*NOTEBOOKS.glob("*.md"), RECIPES)]
    asked |= {f"notebooks/{Path(name).stem}.html" for name in documents}
    asked |= {f"api/{name}.html" for name in api.ROOMS}
    assert there == asked | {"index.html", "search.html"}
    folded = [path.relative_to(site).as_posix().lower() for path in site.rglob("*")]
    assert len(set(folded)) == len(folded)  # there are systems that do not tell A from a


def test_every_page_can_be_reached_from_the_front(site, parsed):
    reached, ahead = set(), [site / "index.html"]
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            paths = (urlsplit(link).path for link in parsed[page].links)
            places = ((page.parent / unquote(path)).resolve() for path in paths if path)
            ahead += [place for place in places if place in parsed]
    assert set(parsed) - reached == set()


def test_links_lead_somewhere(site, parsed):
    broken = []
    for path, page in parsed.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            named = unquote(parts.fragment)
            if not target.is_file() or (named and named not in parsed[target].ids):
                broken.append((path.name, link))
    assert broken == []


def test_nothing_is_fetched_from_elsewhere(site):
    texts = [path for path in site.rglob("*") if path.suffix in (".html", ".js", ".css", ".svg")]
    assert len(texts) > 30
    for path in texts:
        found = loads(path.read_text(encoding="utf-8"), path.suffix in (".html", ".svg"))
        assert not found, path.name


@pytest.mark.parametrize("name", NAMES)
def test_a_lessons_page_is_small_and_its_pictures_are_told(name, site, parsed):
    path = site / "notebooks" / f"{name}.html"
    assert path.stat().st_size < LARGEST
    for image in parsed[path].images:
        assert image.get("alt", "").strip(), str(image)[:200]


@pytest.mark.parametrize("name", NAMES)
def test_explorers_are_alive_and_solutions_are_closed(name, site):
    text = (site / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    outputs = [output for cell in cells(name) for output in cell.get("outputs", [])]
    drawn = ["".join(output.get("data", {}).get("text/plain", "")) for output in outputs]
    assert text.count('class="ow-stored"') == sum(1 for words in drawn if DRAWN.match(words))
    solutions = [c for c in cells(name) if "solution" in c["metadata"].get("tags", [])]
    assert len(solutions) >= 3
    assert text.count("Show one solution") == len(solutions)
    assert not re.search(r"<details[^>]* open", text)


def test_pages_load_the_scripts_of_what_they_show(site):
    front = (site / "index.html").read_text(encoding="utf-8")
    glossary = (site / "notebooks" / "GLOSSARY.html").read_text(encoding="utf-8")
    for widget in bundle.ON_A_SITE:
        assert re.search(rf'<script defer="defer" src="_static/{widget}\.js', front), widget
        assert f"{widget}.js" not in glossary


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_says_that_nothing_runs_here_and_can_be_opened_elsewhere(name, site, parsed):
    text = (site / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
    assert 0 < text.find(pages.NOTE) < text.find("Run it in Binder") < text.find("<h2")
    links = parsed[site / "notebooks" / f"{name}.html"].links
    assert "../index.html#on-your-own-machine" in links
    owner = bundle.HOME.removeprefix("https://github.com/")
    path = f"notebooks/{name}.ipynb"
    assert f"https://mybinder.org/v2/gh/{owner}/main?urlpath=lab/tree/{path}" in links
    assert f"https://colab.research.google.com/github/{owner}/blob/main/{path}" in links
    assert f"{name}.ipynb" in links
    assert (site / path).read_bytes() == (NOTEBOOKS / f"{name}.ipynb").read_bytes()


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("hessian", "notebooks/03_why_it_works"),
        ("annihil", "notebooks/GLOSSARY"),
        ("keyerror", "notebooks/CATALOGUE"),
        ("jupyterhub_config", "notebooks/CLASS"),
        ("accumul", "api/training"),
    ],
)
def test_the_search_knows_words_of_lessons_pages_and_api(word, page, site):
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    found = index["terms"][word]
    numbers = found if isinstance(found, list) else [found]
    assert page in [index["docnames"][number] for number in numbers]


def test_two_sites_of_one_version_are_the_same(site):
    """Nothing of when and where it was made is in it."""
    for path in site.rglob("*"):
        if path.suffix in (".html", ".js", ".css"):
            text = path.read_text(encoding="utf-8")
            assert str(Path.home()) not in text, path.name
            text = re.sub(r"base64,[\w+/=]+", "", text)  # where any letters may meet
            assert not re.search(f"{gettempdir()}|{date.today():%b %d, %Y}| at 0x", text), path.name


def test_the_front_page_lists_the_lessons(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    for lesson in LESSONS.values():
        assert f"{lesson.minutes} min" in text
        assert f"{lesson.number} {lesson.title}" in text


def test_a_new_page_beside_the_lessons_appears_by_itself(tmp_path):
    (tmp_path / "lessons.toml").write_bytes((NOTEBOOKS / "lessons.toml").read_bytes())
    (tmp_path / "RECIPES.md").write_text("# Recipes for the kitchen\n\nSalt.\n")
    (tmp_path / "card.html").write_text("<title>not this one</title>")
    (tmp_path / "lab.html").touch()
    text = pages.front(tmp_path)
    assert "- [Recipes for the kitchen](notebooks/RECIPES.md)\n" in text
    assert "\nRecipes for the kitchen <notebooks/RECIPES>\n" in text
    assert "- [Recap card](page:notebooks/card.html), one page for print\n" in text
    assert "- [The lab](page:notebooks/lab.html)" in text
    assert "Glossary" not in text


def test_a_lab_without_runs_is_there_to_be_used(tmp_path):
    cell = {"cell_type": "code", "metadata": {}, "source": "lab"}
    new = {"data": {"text/plain": ["Lab(Task(data='digits'),\n", " 0 runs)"], "text/html": "x"}}
    used = {"data": {"text/plain": "Lab(Task(data='digits'), 10 runs)", "text/html": "x"}}
    title = {"cell_type": "markdown", "metadata": {}, "source": "# The lab"}
    notebook = {"cells": [title, {**cell, "outputs": [new, used]}]}
    shown = pages.lesson(notebook, "lab.ipynb", tmp_path)["cells"][-1]["outputs"]
    assert shown == [new, used]  # its page is not there
    (tmp_path / "lab.html").touch()
    first, second = pages.lesson(notebook, "lab.ipynb", tmp_path)["cells"][-1]["outputs"]
    assert 'src="lab.html" title="The lab"' in first["data"]["text/html"]
    assert second == used


def test_formulas_are_drawn_by_the_browser(tmp_path):
    source = tmp_path / "source"
    pages.write(NOTEBOOKS, source)
    for path in [*source.glob("notebooks/*"), *source.glob("api/*")]:
        if path.is_file():
            path.unlink()
    (source / "index.md").write_text("# One\n\nHalf: $\\frac{1}{2}$.\n\n$$a < \\frac{2}{\\eta}$$\n")
    code = "import sys; from pathlib import Path; from onecycle_widgets.site.make import _sphinx; "
    code += "print(_sphinx(*map(Path, sys.argv[1:])))"
    places = [str(source), str(tmp_path / "made"), str(tmp_path / "trees")]
    done = subprocess.run(
        [sys.executable, "-c", code, *places], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "[]\n"
    text = (tmp_path / "made" / "index.html").read_text(encoding="utf-8")
    assert text.count("<math") == text.count("<mfrac>") == 2
    assert 'display="block"' in text
    assert "MathJax" not in text


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(FileExistsError, match="folder must be new, empty, or an earlier site"):
        build(tmp_path)
    with pytest.raises(FileExistsError, match=r"thesis\.tex"):
        build(tmp_path / "thesis.tex")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_is_missing_is_told_with_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("onecycle_widgets.site.make.NEEDED", ("sphinx", "no_such_theme"))
    assert importlib.util.find_spec("no_such_theme") is None
    with pytest.raises(SystemExit, match="2"):
        command.main(["site", str(tmp_path / "site")])
    told = capsys.readouterr().err
    assert 'no_such_theme: python -m pip install "onecycle-widgets[site]"' in told
    assert not (tmp_path / "site").exists()
