"""The front end in Node: what needs no browser, and the modules as they are loaded."""

import json
import os
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from random import Random

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
from onecycle_widgets.policy import rivals
from onecycle_widgets.policy.baselines import Cosine, Linear, Step, WarmupStableDecay
from onecycle_widgets.policy.rivals import CLASSES

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


def modules_in(folder):
    """Where the modules lie they lack the tables, and a package.json that calls them modules."""
    modules = folder / "onecycle_widgets" / "frontend"
    shutil.copytree(frontend.FOLDER, modules)
    known = frontend.tables() | {"surface": surface_table(), "lab": lab_table()}
    tables = json.dumps(known | trainer_tables())
    (modules / "tables.js").write_text(f"export const TABLES = {tables};\n", encoding="utf-8")
    data = json.dumps(stored())
    (modules / "stored.js").write_text(f"export const STORED = {data};\n", encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}')


def test_what_needs_no_browser(node, tmp_path):
    modules_in(tmp_path)
    copied = shutil.copytree(TESTS, tmp_path / "tests" / "frontend")
    files = sorted(copied.glob("*.test.mjs"))
    assert files
    output = run(node, "--test", "--test-reporter=spec", *files)
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
    modules_in(tmp_path)
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
    settings = [[{"settings": one.settings()} for one in group] for group in groups]
    given.write_text(json.dumps(settings))
    found = json.loads(run(node, tmp_path / "named.mjs", given))
    assert found == [names(group) for group in groups]
    assert len(found) > 200


@pytest.mark.parametrize("names", frontend.bundles(), ids=lambda names: names[-1])
def test_joined_modules_declare_each_name_once(node, tmp_path, names):
    """They share a scope: Node refuses a second declaration, whatever it is of."""
    bundle = tmp_path / "bundle.mjs"
    bundle.write_text(frontend.joined(*names), encoding="utf-8")
    run(node, "--check", bundle)


def test_the_arithmetic_is_compiled_from_its_source(node, tmp_path):
    """The bytes that are stored are those that the compiler makes of arithmetic.ts today."""
    try:
        made = compiled(tmp_path / "arithmetic.wasm")
    except subprocess.CalledProcessError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the compiler did not come from npm's registry, or refuses: {error}")
    assert made == STORED.read_bytes()


def a_schedule(random):
    """One of those that a cycle is compared with, of any shape."""
    kind = CLASSES[random.choice(list(CLASSES))]
    shape = {"warmup": round(random.uniform(0, 0.4), 3)}
    if kind is Step:
        shape |= {"milestones": [0.5, round(random.uniform(0.51, 0.99), 2)], "gamma": 0.3}
    if kind in (Cosine, Linear):
        shape |= {"floor": random.choice([0.0, 0.1, round(random.random(), 3)])}
    if kind is WarmupStableDecay:
        cooldown = random.choice(["linear", "1-sqrt"])
        shape |= {"decay_start": round(random.uniform(0.4, 0.99), 2), "cooldown": cooldown}
    return kind(10 ** random.uniform(-4, 0), random.randint(3, 400), **shape)


def test_the_schedules_that_a_cycle_is_compared_with_are_pythons(node, tmp_path):
    given = [a_schedule(Random(seed)) for seed in range(300)]
    modules_in(tmp_path)
    asked = json.dumps([rivals.plain(schedule) for schedule in given])
    (tmp_path / "curves.mjs").write_text(
        'import { Baseline } from "./onecycle_widgets/frontend/baselines.js";\n'
        f"const all = {asked}.map((values) => new Baseline(values));\n"
        "const steps = (one) => Array.from({ length: one.steps }, (_, step) => one.lr(step));\n"
        "console.log(JSON.stringify(all.map((one) => [one.name, one.peak, steps(one)])));\n"
    )
    found = json.loads(run(node, tmp_path / "curves.mjs"))
    for schedule, (name, peak, rates) in zip(given, found, strict=True):
        assert (name, peak) == (rivals.named(schedule), schedule.warmup_steps), schedule
        expected = schedule.curve().lr
        np.testing.assert_allclose(rates, expected, rtol=1e-13, atol=1e-15 * expected.max())
