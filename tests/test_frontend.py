"""The front end in Node: what needs no browser, and the modules as they are loaded."""

import json
import os
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from store_arithmetic import STORED, compiled

from onecycle_widgets import OneCycle
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.frontend.lab_tables import lab_table
from onecycle_widgets.frontend.surface_tables import surface_table
from onecycle_widgets.lab.run import Run, names
from onecycle_widgets.lab.stored import stored
from onecycle_widgets.lab.task import Task
from onecycle_widgets.lab.trainer import trainer_tables

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


def answered(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_needs_no_browser(node, tmp_path):
    """Where the modules lie they lack the tables, and a package.json that calls them modules."""
    modules = tmp_path / "onecycle_widgets" / "frontend"
    shutil.copytree(frontend.FOLDER, modules)
    known = frontend.tables() | {"surface": surface_table(), "lab": lab_table()}
    tables = json.dumps(known | trainer_tables())
    (modules / "tables.js").write_text(f"export const TABLES = {tables};\n", encoding="utf-8")
    data = json.dumps(stored())
    (modules / "stored.js").write_text(f"export const STORED = {data};\n", encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    copied = shutil.copytree(TESTS, tmp_path / "tests" / "frontend")
    files = sorted(copied.glob("*.test.mjs"))
    assert files
    output = answered(node, "--test", "--test-reporter=spec", *files)
    assert re.search(r" pass [1-9]", output), output
    assert " skipped 0\n" in output, output
    assert " todo 0\n" in output, output


NAMED = """
import { readFileSync } from "node:fs";
import { runNames } from "./onecycle_widgets/frontend/names.js";
const groups = JSON.parse(readFileSync(process.argv.at(-1), "utf8"));
console.log(JSON.stringify(groups.map((settings) => runNames(settings))));
"""


def test_runs_have_the_same_names_as_in_python(node, tmp_path):
    shutil.copytree(frontend.FOLDER, tmp_path / "onecycle_widgets" / "frontend")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "named.mjs").write_text(NAMED)
    policies = [
        OneCycle(0.1, 50),
        OneCycle(0.1, 50, pct_start=0.5),
        OneCycle(0.25, epochs=5, steps_per_epoch=10),
        OneCycle(0.1, 60, cycle_momentum=False),
    ]
    tasks = Task(), Task(weight_decay=1e-4), Task("spirals", optimizer="adamw", seeds=5)
    nan = np.full((1, 1), np.nan)
    runs = [Run(task, policy, 0, nan, nan, (1,), 0.0) for task in tasks for policy in policies]
    groups = [list(some) for size in (1, 2, 3) for some in combinations(runs, size)]
    given = tmp_path / "given.json"
    settings = [[{"settings": run.settings()} for run in group] for group in groups]
    given.write_text(json.dumps(settings))
    found = json.loads(answered(node, tmp_path / "named.mjs", given))
    assert found == [names(group) for group in groups]
    assert len(found) > 200


@pytest.mark.parametrize("names", frontend.bundles(), ids=lambda names: names[-1])
def test_joined_modules_declare_each_name_once(node, tmp_path, names):
    """They share a scope: Node refuses a second declaration, whatever it is of."""
    bundle = tmp_path / "bundle.mjs"
    bundle.write_text(frontend.joined(*names), encoding="utf-8")
    answered(node, "--check", bundle)


def test_the_arithmetic_is_compiled_from_its_source(node, tmp_path):
    """The bytes that are stored are those that the compiler makes of arithmetic.ts today."""
    try:
        made = compiled(tmp_path / "arithmetic.wasm")
    except subprocess.CalledProcessError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the compiler did not come from npm's registry, or refuses: {error}")
    assert made == STORED.read_bytes()
