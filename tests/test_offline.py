"""After installation the course needs no network: every lesson runs in a process without one.

Two ways, one inside the other. A guard in every Python process refuses all but loopback, notes
who asked for what, and works everywhere; where the system gives us one, a network namespace
without any way out holds for programs in other languages, too. The home folder is empty, so that
nothing downloaded earlier can help.
"""

import json
import os
import site
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import nbformat
import pytest
from lessons import PATHS
from offline import NAMESPACE, loads

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "onecycle_widgets"

# An audit hook sees what Python's sockets are asked for, whichever library asks; it cannot be
# taken off again. As sitecustomize it is in child processes, too.
GUARD = r"""
import os, sys

def guard(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]  # a tuple, or a path where the socket is a local one
        host = address[0] if isinstance(address, tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if not host or host in ("localhost", "::1") or host.startswith("127."):
        return
    with open(os.environ["ATTEMPTS"], "a") as attempts:
        attempts.write(f"{event}: {host}\n")
    raise OSError(f"there is no network here: {event}: {host}")

sys.addaudithook(guard)
"""
# Every code cell, as a kernel would run it, but without a kernel, which costs seconds.
RUNNER = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for number, cell in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["cells"]):
    if cell["cell_type"] == "code":
        result = shell.run_cell("".join(cell["source"]), store_history=True)
        if not result.success:
            sys.exit(f"cell {number}: {result.error_before_exec or result.error_in_exec!r}")
"""
BY_HAND = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"  # nobody's


def run_offline(notebook, folder):
    """What went wrong, and what the notebook asked of the network: '' twice if all is well."""
    (folder / "guard").mkdir(parents=True)
    (folder / "guard" / "sitecustomize.py").write_text(GUARD)
    attempts = folder / "attempts"
    attempts.touch()
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    homes = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "TORCH_HOME", "SCIKIT_LEARN_DATA")
    settings = {
        "PYTHONPATH": str(folder / "guard"),
        "ATTEMPTS": str(attempts),
        "PYTHONUSERBASE": site.getuserbase(),  # what is installed stays, if it is below home
        "MPLCONFIGDIR": matplotlib.get_cachedir(),  # a list of fonts
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
    }
    settings |= dict.fromkeys((*homes, "IPYTHONDIR"), str(folder / "home"))
    (folder / "home").mkdir()
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-c", RUNNER, str(notebook)],
        env=kept | settings,
        cwd=notebook.parent,
        capture_output=True,
        encoding="utf-8",
    )
    failure = (done.stdout[-2000:] + done.stderr[-2000:]) if done.returncode else ""
    return failure, attempts.read_text()


@pytest.fixture(scope="module")
def runs(tmp_path_factory, request):
    """All lessons, two at a time, the longest first."""
    folder = tmp_path_factory.mktemp("offline")
    with ThreadPoolExecutor(2) as pool:
        asked = [i for i in request.session.items if "test_lesson_needs_no_network" in i.name]
        paths = [item.callspec.params["path"] for item in asked]
        yield {p: pool.submit(run_offline, p, folder / p.stem) for p in paths}
        pool.shutdown(cancel_futures=True)


# The first lesson and the last here, the others by a command of their own: they take two minutes.
FIRST_AND_LAST = (PATHS[0], PATHS[-1])
LESSONS = [
    pytest.param(path, marks=[] if path in FIRST_AND_LAST else [pytest.mark.at_length])
    for path in PATHS
]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_needs_no_network(path, runs):
    failure, attempts = runs[path].result()
    assert not attempts, f"{path.name} asked for\n{attempts}"
    assert not failure, failure


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("import urllib.request\nurllib.request.urlopen('http://example.org')", "example.org"),
        (f"try:\n    {BY_HAND}\nexcept OSError:\n    pass", "192.0.2.1"),  # said by nobody
        (f'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "{BY_HAND}"])', "192.0"),
    ],
    ids=["urlopen", "swallowed", "child"],
)
def test_an_attempt_is_found_and_named(source, address, tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbformat.write(notebook, tmp_path / "asks.ipynb")
    _, attempts = run_offline(tmp_path / "asks.ipynb", tmp_path / "run")
    assert address in attempts


def test_loopback_is_allowed_by_the_guard_and_nothing_by_the_namespace(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(GUARD)
    listen = "import socket; s = socket.create_server(('127.0.0.1', 0)); "
    listen += "socket.create_connection(s.getsockname())"
    settings = {"PYTHONPATH": str(tmp_path), "ATTEMPTS": str(tmp_path / "attempts")}
    subprocess.run([sys.executable, "-c", listen], env=os.environ | settings, check=True)
    assert not (tmp_path / "attempts").exists()
    if NAMESPACE:
        command = [*NAMESPACE, sys.executable, "-c", BY_HAND]
        assert "unreachable" in subprocess.run(command, capture_output=True, text=True).stderr


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        "<img src=http://example.org/x.png>",
        "@import 'https://example.org/x.css';",
        "a { background: url(https://example.org/x.png) }",
        'import d3 from "https://cdn.example/d3.js";',
        'import "https://cdn.example/d3.js";',
        "await import(`https://cdn.example/d3.js`)",
        'fetch("https://example.org/data.json")',
        'new WebSocket("wss://example.org")',
        'request.open("GET", "https://example.org")',
        'image.src = "https://example.org/x.png"',
        "![a badge](https://example.org/badge.svg)",
    ],
)
def test_loading_is_seen(text):
    assert loads(text)


def test_the_static_pages_and_the_front_end_load_nothing():
    pages = [ROOT / "notebooks" / f"{name}.html" for name in ("explorer", "surface")]
    parts = [path for path in PACKAGE.rglob("*") if path.suffix in (".js", ".css", ".html")]
    assert len(parts) > 10
    for path in [*pages, *parts, *PACKAGE.rglob("*.py")]:
        assert not loads(path.read_text(), path.suffix == ".html"), path.name
    assert not loads('<a href="https://github.com">x</a><svg xmlns="http://www.w3.org/2000/svg">')


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_stored_lesson_loads_nothing(path):
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "markdown":
            assert not loads("".join(cell["source"]))
        for output in cell.get("outputs", []):
            for kind, content in output.get("data", {}).items():
                text = "".join(content) if isinstance(content, list | str) else json.dumps(content)
                if not kind.startswith("image/") or kind == "image/svg+xml":
                    assert not loads(text), kind
