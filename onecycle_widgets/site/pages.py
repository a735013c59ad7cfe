"""Writes what Sphinx reads: the lessons and pages as they are stored, and the pages around them."""

import html
import json
import re
import shutil
import tomllib
from importlib.resources import files as resources
from pathlib import Path
from string import Template
from typing import Any

from .. import files
from ..explorer import OneCycleExplorer, SurfaceExplorer
from ..frontend import bundle
from . import api

ROOM = resources(__package__)
NOTEBOOKS = "notebooks"  # where the lessons are, in the repository and in the site
BRANCH = "main"
# Names of pages that would be one on systems that do not tell letters' cases apart.
RENAMED = {"SURPRISES.md": "CATALOGUE.md"}
# What stands beside the lessons, in the order of the front page, where it is there at all.
BESIDE = {
    "explorer.html": ("The explorer", ", on a page of its own"),
    "surface.html": ("Balls on a loss surface", ", on a page of its own"),
    "lab.html": ("The lab", ": range test, schedule, training and comparison, in the browser"),
    "recipes.ipynb": ("Recipes", ": one cycle in real training code, one framework after another"),
    "README.md": ("The lessons in pictures", ": every figure with its finding"),
    "SURPRISES.md": ("PyTorch's surprises", ": what happens, why, and a program that shows it"),
    "surprises.html": ("PyTorch's surprises, searched", " by what you see"),
    "GLOSSARY.md": ("Glossary", ", and further reading"),
    "card.html": ("Recap card", ", one page for print"),
    "decision.html": ("Decision card", ": which schedule, when; one page for print"),
    "CLASS.md": ("Ready for class", ": plans, pitfalls, slides, a server for the students"),
}
# Lessons speak to who runs them; here nobody can.
NOTE = (
    "A page with stored results: no Python runs here. Explorers and surfaces are alive all the "
    "same; where a text says <em>run the cell</em>, what comes of it stands below already, and an "
    "exercise shows the check of an answer that is not right yet. To change code and have "
    "<em>your</em> answers checked, run the notebook:"
)
LIVE = '<div class="ow-stored" data-widget="{widget}"'
NEW_LAB = re.compile(r"Lab\(.*\b0 runs\)", re.S)
DOCUMENT = re.compile(r'href="(\w+\.md)')
TITLE = re.compile(r"(?:^# |<title>)([^<\n]+)", re.M)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]*)((?:#[^)\s]*)?)\)")

Cell = dict[str, Any]


def write(home: Path, source: Path) -> None:
    """Write all that Sphinx reads.

    Parameters
    ----------
    home : Path
        The lessons, their pages and pictures.
    source : Path
        The folder to write into, which is made.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from onecycle_widgets import lessons
    >>> with TemporaryDirectory() as folder:
    ...     write(lessons.home(), Path(folder) / "source")
    ...     sorted(path.name for path in Path(folder, "source").iterdir())
    ['_site', '_templates', 'api', 'conf.py', 'index.md', 'notebooks']
    """
    place = source / NOTEBOOKS
    shutil.copytree(home / "images", place / "images")
    for path in sorted(home.glob("*.md")):
        files.write(place / document(path.name), linked(path.read_text(encoding="utf-8"), home))
    for path in sorted(home.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        made = json.dumps(lesson(notebook, path.name, home))
        files.write(place / path.name, made)
    files.write(source / "index.md", front(home))
    for name, text in api.pages().items():
        (source / "api").mkdir(exist_ok=True)
        files.write(source / "api" / f"{name}.rst", text)
    files.write(source / "conf.py", _text("conf.py"))
    templates, static = source / "_templates", source / "_site"
    templates.mkdir()
    files.write(templates / "search.html", _text("templates/search.html"))
    static.mkdir()
    for part in ("site.css", "site.js", "icon.svg"):
        files.write(static / part, _text(f"static/{part}"))
    files.write(static / "widgets.css", bundle.style())
    for widget in bundle.ON_A_SITE:
        files.write(static / f"{widget}.js", bundle.living(widget))


def beside(home: Path, made: Path) -> None:
    """Lay the pages that need no Sphinx, and the notebooks themselves, beside what it made.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from onecycle_widgets import lessons
    >>> with TemporaryDirectory() as folder:
    ...     beside(lessons.home(), Path(folder))
    ...     (Path(folder) / "notebooks" / "explorer.html").is_file()
    True
    """
    place = made / NOTEBOOKS
    place.mkdir(parents=True, exist_ok=True)
    for path in sorted(home.glob("*.ipynb")):
        shutil.copy(path, place / path.name)
    for path in sorted(home.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        files.write(place / path.name, DOCUMENT.sub(_to_page, text))


def linked(text: str, home: Path) -> str:
    """Return Markdown with the links that are not to documents as the site has them.

    Parameters
    ----------
    text : str
        Markdown, as it is stored.
    home : Path
        The folder that its links start from.

    Examples
    --------
    >>> from onecycle_widgets import lessons
    >>> linked("[the page](explorer.html), [more](GLOSSARY.md)", lessons.home())
    '[the page](page:explorer.html), [more](GLOSSARY.md)'
    """

    def replace(found: re.Match[str]) -> str:
        path, part = found.groups()
        if path in RENAMED:
            return f"]({document(path)}{part})"
        if path.endswith(".html"):
            return f"](page:{path}{part})"
        if (home / path).is_dir():
            return f"]({bundle.HOME}/tree/{BRANCH}/{NOTEBOOKS}/{path})"
        return found.group()

    return LINK.sub(replace, text)


def lesson(notebook: dict[str, Any], name: str, home: Path) -> dict[str, Any]:
    """Return a lesson as the site shows it: what is stored lives, solutions are closed.

    Parameters
    ----------
    notebook : dict
        The notebook, as JSON has it.
    name : str
        Its file's name.
    home : Path
        The folder that its links start from.

    Examples
    --------
    >>> from onecycle_widgets import lessons
    >>> title = {"cell_type": "markdown", "metadata": {}, "source": ["# A lesson"]}
    >>> shown = lesson({"cells": [title]}, "a_lesson.ipynb", lessons.home())
    >>> [cell["source"][:20] for cell in shown["cells"]]
    ['# A lesson', '<p class="ow-note">A']
    """
    cells = [cell for cell in notebook["cells"] if "colab" not in cell["metadata"].get("tags", [])]
    title, *rest = [_shown(cell, home) for cell in cells]
    head = {"cell_type": "markdown", "id": "launch", "metadata": {}, "source": launch(name)}
    return {**notebook, "cells": [title, head, *rest]}


def launch(name: str) -> str:
    """Return what a lesson's page is, and the buttons that open the lesson elsewhere, as HTML.

    Parameters
    ----------
    name : str
        Its file's name.

    Examples
    --------
    >>> launch("a_lesson.ipynb").count("<a ")
    4
    """
    owner = bundle.HOME.removeprefix("https://github.com/")
    path = f"{NOTEBOOKS}/{name}"
    places = {
        "Run it in Binder": f"https://mybinder.org/v2/gh/{owner}/{BRANCH}?urlpath=lab/tree/{path}",
        "Run it in Colab": f"https://colab.research.google.com/github/{owner}/blob/{BRANCH}/{path}",
        "On your own machine": "../index.html#on-your-own-machine",
    }
    links = [f'<a href="{html.escape(to)}">{text}</a>' for text, to in places.items()]
    links.append(f'<a href="{name}" download>Download it</a>')
    return f'<p class="ow-note">{NOTE}</p>\n<p class="ow-launch">{" ".join(links)}</p>\n'


def living(widget: str, state: dict[str, Any], picture: str) -> str:
    """Return the place where a script brings a widget to life, with its picture until then.

    Parameters
    ----------
    widget : {'explorer', 'surface'}
        Which one.
    state : dict
        Its traits, as JSON has them.
    picture : str
        HTML.

    Examples
    --------
    >>> living("explorer", {"max_lr": 0.1}, "<p>a picture</p>").partition(">")[0]
    '<div class="ow-stored" data-widget="explorer"'
    """
    place = LIVE.format(widget=widget)
    kept = f'<script type="application/json">{bundle.in_page(state)}</script>'
    return f"{place}>{kept}{picture}</div>"


def front(home: Path) -> str:
    """Return the front page, in Markdown.

    Parameters
    ----------
    home : Path
        The lessons.

    Examples
    --------
    >>> from onecycle_widgets import lessons
    >>> front(lessons.home()).count("ow-stored")
    2
    """
    listed = tomllib.loads((home / "lessons.toml").read_text(encoding="utf-8")).values()
    names = [f"{number:02d}_{lesson['file']}" for number, lesson in enumerate(listed)]
    rows = [
        f"| [{name[:2]} {lesson['title']}]({NOTEBOOKS}/{name}.ipynb) "
        f"| {lesson['minutes']} min | {lesson['can']} |"
        for name, lesson in zip(names, listed, strict=True)
    ]
    widgets = {"explorer": OneCycleExplorer, "surface": SurfaceExplorer}
    alive = {
        name: living(name, bundle.plain(kind().kept()), f"<p>{bundle.WORDS[name]['title']}</p>")
        for name, kind in widgets.items()
    }
    template = Template(_text("templates/index.md"))
    known = _beside(home)
    links = "\n".join(f"- [{text}]({name}){more}" for name, (text, more) in known.items())
    lists = {
        "rows": rows,
        "lessons": [
            f"{name[:2]} {lesson['title']} <{NOTEBOOKS}/{name}>"
            for name, lesson in zip(names, listed, strict=True)
        ],
        "documents": [
            f"{text} <{NOTEBOOKS}/{Path(document(name)).stem}>"
            for name, (text, _) in known.items()
            if not name.endswith(".html")
        ],
        "api": [f"api/{name}" for name in api.ROOMS],
    }
    texts = {name: "\n".join(lines) for name, lines in lists.items()}
    # The front page stands above the lessons' folder, where these links start.
    texts["beside"] = re.sub(r"\]\((page:)?", rf"](\g<1>{NOTEBOOKS}/", linked(links, home))
    return template.substitute(alive, **texts, home=bundle.HOME, first=names[0])


def document(name: str) -> str:
    """Return the name in the site of a page of Markdown.

    Examples
    --------
    >>> document("GLOSSARY.md")
    'GLOSSARY.md'
    """
    return RENAMED.get(name, name)


def _to_page(found: re.Match[str]) -> str:
    return f'href="{Path(document(found[1])).with_suffix(".html")}'


def _beside(home: Path) -> dict[str, tuple[str, str]]:
    """What stands beside the lessons: what `BESIDE` knows, then the rest by its own title."""
    known = {name: told for name, told in BESIDE.items() if (home / name).is_file()}
    for path in sorted([*home.glob("*.md"), *home.glob("*.html")]):
        title = TITLE.search(path.read_text(encoding="utf-8"))
        known.setdefault(path.name, (title[1] if title else path.stem, ""))
    return known


def _text(name: str) -> str:
    return ROOM.joinpath(*name.split("/")).read_text(encoding="utf-8")


def _shown(cell: Cell, home: Path) -> Cell:
    if cell["cell_type"] == "markdown":
        text = "".join(cell["source"]).replace(" (click the three dots)", "")
        return {**cell, "source": linked(text, home)}
    metadata = dict(cell["metadata"])
    if "solution" in metadata.get("tags", []):
        metadata["tags"] = [*metadata["tags"], "hide-cell"]
        metadata["mystnb"] = {
            "code_prompt_show": "Show one solution",
            "code_prompt_hide": "Hide it",
        }
    outputs = [_alive(output, home) for output in cell["outputs"]]
    return {**cell, "metadata": metadata, "outputs": outputs}


def _alive(output: dict[str, Any], home: Path) -> dict[str, Any]:
    data = output.get("data", {})
    stored = data.get(bundle.STORED)
    if stored:
        text = living(stored["widget"], stored["state"], "".join(data.get("text/html", "")))
    # A lab with runs shows what came of them; one without is there to be used.
    elif NEW_LAB.match("".join(data.get("text/plain", ""))) and (home / "lab.html").is_file():
        text = '<iframe class="ow-frame" src="lab.html" title="The lab" loading="lazy"></iframe>'
    else:
        return output
    return {**output, "data": {"text/html": text}}
