"""JupyterLab on loopback and the system's Chromium: a lesson used as a person uses it."""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from homes import Home
from playwright.sync_api import Browser, sync_playwright
from servers import serving

ROOT = Path(__file__).parents[2]
CHROMIUMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


NO_CHROMIUM = (
    "no Chromium found: install it (Debian, Ubuntu: apt-get install chromium; macOS: "
    "brew install --cask chromium; or Google Chrome) and put it on the PATH"
)


class Lab(NamedTuple):
    url: str
    token: str
    folder: Path

    def page(self, lesson: str) -> str:
        return f"{self.url}/lab/tree/notebooks/{lesson}?token={self.token}"


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_chromium()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with running_chromium(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with running_lab(folder) as lab:
        yield lab


@contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """A server of its own settings, on `folder`, whose `notebooks` it serves."""
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    token = secrets.token_hex(16)
    places = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    program = ["jupyter", "lab", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0"]
    program += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    program += ["--expose-app-in-browser"]  # so that the page can be asked what its cells do
    own = {name: str(folder / place) for name, place in places.items()}
    with serving(program, f"api?token={token}", folder, **own) as server:
        yield Lab(server.url, token, folder)


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


@pytest.fixture(params=["lab", "page"])
def home(
    request: pytest.FixtureRequest, browser: Browser, lab: Lab, tmp_path: Path
) -> Iterator[Home]:
    home = Home(request.param, browser, lab, tmp_path)
    yield home
    for person in home.people:
        assert person.complaints == []
        person.close()
