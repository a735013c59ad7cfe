"""The front end in Node: what needs no browser, and the modules as they are loaded."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.frontend.surface_tables import surface_table

TESTS = Path(__file__).parent / "frontend"
NO_NODE = (
    "no Node found: install version 18 or later (Debian, Ubuntu: apt-get install nodejs; "
    "macOS: brew install node) and put it on the PATH"
)


@pytest.fixture(scope="session")
def node():
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(NO_NODE)
        pytest.skip(NO_NODE)
    return found


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_needs_no_browser(node, tmp_path):
    """Where the modules lie they lack the tables, and a package.json that calls them modules."""
    modules = tmp_path / "onecycle_widgets" / "frontend"
    shutil.copytree(frontend.FOLDER, modules)
    tables = json.dumps(frontend.tables() | {"surface": surface_table()})
    (modules / "tables.js").write_text(f"export const TABLES = {tables};\n", encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    copied = shutil.copytree(TESTS, tmp_path / "tests" / "frontend")
    files = sorted(copied.glob("*.test.mjs"))
    assert files
    output = run(node, "--test", "--test-reporter=spec", *files)
    assert re.search(r" pass [1-9]", output), output
    assert " skipped 0\n" in output, output
    assert " todo 0\n" in output, output


BUNDLES = [*frontend.MODULES.values(), *map(frontend.page_modules, frontend.PAGE_MODULES)]
BUNDLES += map(frontend.site_modules, frontend.ON_A_SITE)


@pytest.mark.parametrize("names", BUNDLES, ids=lambda names: names[-1])
def test_joined_modules_declare_each_name_once(node, tmp_path, names):
    """They share a scope: Node refuses a second declaration, whatever it is of."""
    bundle = tmp_path / "bundle.mjs"
    bundle.write_text(frontend.joined(*names), encoding="utf-8")
    run(node, "--check", bundle)
