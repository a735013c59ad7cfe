"""JupyterLab on loopback and the system's Chromium: a lesson used as a person uses it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from desk import Desk
from homes import Home
from playwright.sync_api import Browser
from programs import NO_CHROMIUM, SHELL, Lab, find_chromium, running_chromium, running_lab
from servers import serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_chromium(SHELL)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    # Without a graphics card, what imitates one works harder than who never asks for it.
    with running_chromium(chromium, "--disable-gpu") as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with running_lab(folder) as lab:
        yield lab


@pytest.fixture(scope="session")
def desk(browser: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(browser, lab, request.session)
    yield desk
    desk.close()


@pytest.fixture
def voila() -> Iterator[Callable[[Path], str]]:
    """Serves a notebook by Voilà: called with its path, it returns the address of the page."""
    with ExitStack() as servers:

        def serve(notebook: Path) -> str:
            folder = notebook.parent
            own = dict.fromkeys(("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"), str(folder))
            cheap = "voila/static/voila.js"  # asked for the page, it would run the notebook
            server = serving(["voila", notebook.name], cheap, folder, **own)
            return servers.enter_context(server).url

        yield serve


@contextmanager
def lived_in(kind: str, browser: Browser, desk: Desk, folder: Path) -> Iterator[Home]:
    """A home in which nobody complains."""
    home = Home(kind, browser, desk, folder)
    yield home
    for person in home.people:
        assert person.complaints == []
        person.close()


@pytest.fixture(params=["lab", "page"])
def home(
    request: pytest.FixtureRequest, browser: Browser, desk: Desk, tmp_path: Path
) -> Iterator[Home]:
    with lived_in(request.param, browser, desk, tmp_path) as home:
        yield home


@pytest.fixture
def in_lab(browser: Browser, desk: Desk, tmp_path: Path) -> Iterator[Home]:
    """The explorer's home in JupyterLab, for what needs a kernel."""
    with lived_in("lab", browser, desk, tmp_path) as home:
        yield home
