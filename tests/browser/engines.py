"""Firefox and WebKit as the system has them, spoken to in W3C's own words.

Playwright drives neither: it wants builds of its own. Firefox understands WebDriver BiDi by
itself; WebKit's driver comes with WebKitGTK, whose window needs a screen, which is a virtual one.
Both take the same descriptions of what mouse and keyboard do.
"""

import itertools
import json
import os
import re
import shutil
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import websocket
from servers import started
from waiting import wait_until

SIZE = {"width": 1280, "height": 900}
PATIENCE = 60  # seconds: a busy machine is slow
KEYS = {
    "Enter": "\ue007",
    "Control": "\ue009",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}
# Values go to and fro as JSON, of which neither browser has a dialect.
CALL = "async (...given) => JSON.stringify((await ({})(...given.map(JSON.parse))) ?? null)"

THERE = """(url) => !window.before && location.href === url
    && document.readyState === "complete" && document.activeElement !== null"""


class Engine:
    """A window of a browser that saves files into `folder`, without asking."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, url: str) -> None:
        """Show a page, loaded.

        On a busy machine both answer while the page before is still there, or an empty one in
        between: these would take what is focused, or pressed, along with them.
        """
        self.ask("() => { window.before = true; }")
        self.go(url)
        wait_until(lambda: self.ask(THERE, url), url, PATIENCE)

    def go(self, url: str) -> None:
        """Tell the window to show a page."""
        raise NotImplementedError

    def act(self, source: dict[str, Any]) -> None:
        """Let the mouse or the keyboard do something."""
        raise NotImplementedError

    def call(self, function: str, texts: list[str]) -> str:
        """Call a function of JavaScript in the page: texts in, a text out."""
        raise NotImplementedError

    def ask(self, function: str, *values: object) -> Any:
        """Call a function of JavaScript in the page, with what JSON can say."""
        return json.loads(self.call(CALL.format(function), [json.dumps(one) for one in values]))

    def press(self, *names: str) -> None:
        """Press keys together, and let them go."""
        codes = [KEYS.get(name, name) for name in names]
        down = [{"type": "keyDown", "value": code} for code in codes]
        up = [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self.act({"type": "key", "id": "keyboard", "actions": down + up})

    def pull(self, *places: tuple[float, float]) -> None:
        """Press the mouse's button at the first place, and hold it on the way to the last."""
        first, *moves = (
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 30} for x, y in places
        )
        down = {"type": "pointerDown", "button": 0}
        self.act({"type": "pointer", "id": "mouse", "actions": [first, down, *moves]})

    def let_go(self) -> None:
        up = {"type": "pointerUp", "button": 0}
        self.act({"type": "pointer", "id": "mouse", "actions": [up]})

    def saved(self, name: str) -> str:
        """Wait until a file is saved whole; return its text, and put the file away."""
        path = self.folder / name
        sizes = itertools.pairwise(
            path.stat().st_size if path.exists() else 0 for _ in itertools.count()
        )

        def whole() -> bool:
            before, after = next(sizes)
            return before == after > 0

        wait_until(whole, f"{name} saved", PATIENCE)
        text = path.read_text(encoding="utf-8")
        path.unlink()
        return text


class Firefox(Engine):
    """Firefox, over WebDriver BiDi."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder)
        # Firefox refuses whoever names an origin, as a web page would.
        self.wire = websocket.create_connection(address, timeout=PATIENCE, suppress_origin=True)
        self.numbers = itertools.count()
        self.tell("session.new", capabilities={})
        self.window = self.tell("browsingContext.getTree")["contexts"][0]["context"]
        self.tell("browsingContext.setViewport", context=self.window, viewport=SIZE)

    def tell(self, method: str, **params: object) -> dict[str, Any]:
        number = next(self.numbers)
        self.wire.send(json.dumps({"id": number, "method": method, "params": params}))
        answer = json.loads(self.wire.recv())
        while answer.get("id") != number:
            answer = json.loads(self.wire.recv())
        assert answer["type"] == "success", (method, answer)
        return answer["result"]

    def go(self, url: str) -> None:
        self.tell("browsingContext.navigate", context=self.window, url=url, wait="complete")

    def act(self, source: dict[str, Any]) -> None:
        self.tell("input.performActions", context=self.window, actions=[source])

    def call(self, function: str, texts: list[str]) -> str:
        answer = self.tell(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": text} for text in texts],
            target={"context": self.window},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return str(answer["result"]["value"])


class WebKit(Engine):
    """WebKitGTK's small browser, over WebDriver."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder)
        self.address = f"{address}/session"
        self.address += f"/{self.tell('', capabilities={})['sessionId']}"
        self.tell("/window/rect", **SIZE)

    def tell(self, path: str, **params: object) -> Any:
        body = json.dumps(params).encode()
        with urllib.request.urlopen(self.address + path, body, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]

    def go(self, url: str) -> None:
        self.tell("/url", url=url)

    def act(self, source: dict[str, Any]) -> None:
        self.tell("/actions", actions=[source])

    def call(self, function: str, texts: list[str]) -> str:
        script = f"return ({function})(...arguments)"
        return str(self.tell("/execute/sync", script=script, args=texts))


def needed(names: str, install: str) -> str:
    """Where the first program is that the system has; without any, skip, or fail in CI."""
    if found := next(filter(None, map(shutil.which, names.split())), None):
        return found
    message = f"no {names.split()[0]} found: {install}, and put it on the PATH"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def running_firefox(folder: Path) -> Iterator[Firefox]:
    install = "install Firefox (Debian: apt-get install firefox-esr)"
    program = needed("firefox firefox-esr", install)
    profile = folder / "profile"
    profile.mkdir()
    wishes = {
        "browser.download.folderList": 2,  # a folder of one's own
        "browser.download.dir": str(folder),
        "browser.download.always_ask_before_handling_new_types": False,
        # It asks nobody for news.
        "app.update.auto": False,
        "app.normandy.enabled": False,
        "browser.safebrowsing.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "services.settings.server": "data:,",
    }
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(wish)});" for name, wish in wishes.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [program, "--headless", "--no-remote", "--profile", str(profile)]
    command += ["--remote-debugging-port", "0"]
    log, home = folder / "firefox.log", os.environ | {"HOME": str(folder)}
    with started(command, log, cwd=folder, env=home):

        def addresses() -> list[str]:
            return re.findall(r"BiDi listening on (ws://\S+)", log.read_text())

        wait_until(addresses, "Firefox's address", PATIENCE)
        firefox = Firefox(folder, f"{addresses()[0]}/session")
        yield firefox
        firefox.wire.close()


@contextmanager
def running_webkit(folder: Path) -> Iterator[WebKit]:
    install = "install WebKitGTK's driver (Debian, Ubuntu: apt-get install webkit2gtk-driver)"
    program = needed("WebKitWebDriver", install)
    screen = needed("Xvfb", "install a virtual screen (Debian, Ubuntu: apt-get install xvfb)")
    read, write = os.pipe()
    command = [screen, "-displayfd", str(write), "-screen", "0", "1400x1000x24"]
    with started(command, folder / "screen.log", pass_fds=[write]), os.fdopen(read) as number:
        os.close(write)
        own = {"DISPLAY": f":{number.readline().strip()}", "GDK_BACKEND": "x11"}
        own["HOME"] = str(folder)  # where it saves files
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [program, f"--port={port}"]
        with started(command, folder / "webkit.log", cwd=folder, env=os.environ | own):
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{address}/status"), "WebKit's driver", PATIENCE)
            yield WebKit(folder, address)


def answers(url: str) -> bool:
    with suppress(OSError):
        urllib.request.urlopen(url, timeout=PATIENCE).close()
        return True
    return False


ENGINES: dict[str, Callable[[Path], AbstractContextManager[Engine]]] = {
    "firefox": running_firefox,
    "webkit": running_webkit,
}
