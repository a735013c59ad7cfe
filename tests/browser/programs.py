"""The programs that the browser's tests start: the system's Chromium, and JupyterLab."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright
from servers import serving

# Chromium without a window: the same engine, which draws with half the work.
SHELL = "chromium-headless-shell"
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


def find_chromium(*rather: str) -> str | None:
    """Where the first program is that the system has."""
    return next(filter(None, map(shutil.which, (*rather, *CHROMIUMS))), None)


@contextmanager
def running_chromium(path: str, *options: str) -> Iterator[Browser]:
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*quiet, *options])
        yield browser
        browser.close()


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
