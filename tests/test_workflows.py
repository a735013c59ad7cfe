"""The workflows: they run README's commands, may do no more than they must, and take no surprises.

Here they cannot run. What can be read is held: the files themselves, and what their jobs call.
"""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from outside import project

from onecycle_widgets import __main__

ROOT = Path(__file__).parents[1]
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
MORE = {  # what a job may do besides reading the repository
    ("site", "deploy"): {"pages": "write", "id-token": "write"},
    ("release", "publish"): {"id-token": "write"},
}


def read(name):
    """A workflow; the word `on` is true in YAML 1.1."""
    return yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))


def runs(name, job=None):
    """The shell commands of a workflow, or of one of its jobs."""
    found = read(name)["jobs"]
    steps = [step for n, j in found.items() if job in (None, n) for step in j.get("steps", [])]
    return [step["run"] for step in steps if "run" in step]


def test_there_is_one_for_each_purpose():
    assert {*WORKFLOWS} == {"ranges", "release", "site", "tests"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_it_may_do_no_more_than_it_must(name):
    workflow = read(name)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    for job, content in workflow["jobs"].items():
        assert content.get("permissions", {}) == MORE.get((name, job), {})
        assert "steps" not in content or content["timeout-minutes"] <= 60
    text = WORKFLOWS[name].read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    for command in runs(name):
        assert "${{" not in command  # what others named would be run as shell


def test_every_action_is_pinned_by_the_hash_of_a_version_that_is_said():
    pins = {}
    for name, path in WORKFLOWS.items():
        for line in re.findall(r"uses: *(.+)", path.read_text(encoding="utf-8")):
            if line.startswith("./"):
                assert (ROOT / line.split()[0]).exists()
                continue
            found = re.fullmatch(r"([\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", line)
            assert found, f"{name}: {line}"
            pins.setdefault(found[1], set()).add(found.groups()[1:])
    assert len(pins) > 5
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


def test_linux_runs_all_that_ci_does():
    job = read("tests")["jobs"]["everything"]
    assert job["container"]["image"].startswith("python:3.11-")
    assert ".ci/run" in runs("tests", "everything")
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_every_system_and_python_runs_readmes_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r'^python -m pip install "\.\[test\]" && python -m pytest$', readme, re.M)[
        0
    ]
    job = read("tests")["jobs"]["without-browser"]
    assert f"{command} --ignore=tests/browser" in runs("tests", "without-browser")
    assert {os.partition("-")[0] for os in job["strategy"]["matrix"]["os"]} == {
        "ubuntu", "macos", "windows",
    }  # fmt: skip
    pythons = job["strategy"]["matrix"]["python"]
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]
    assert project()["requires-python"] == f">={pythons[0]}"
    named = {name.rpartition(" ")[2] for name in project()["classifiers"] if "Python :: 3." in name}
    assert len(named) > 1
    assert named <= {*pythons}  # only what is tried is promised


def test_what_is_called_of_the_package_is_there():
    commands = [command for name in WORKFLOWS for command in runs(name)]
    called = [c for c in commands if c.startswith("python -m onecycle_widgets ")]
    assert "python -m onecycle_widgets site public" in called
    for command in called:
        __main__.parser().parse_args(shlex.split(command)[3:])
    scripts = [script for c in commands for script in re.findall(r"python (tests/\S+)", c)]
    assert scripts
    assert all((ROOT / script).exists() for script in scripts)


def test_the_extras_that_are_installed_are_there():
    commands = [command for name in WORKFLOWS for command in runs(name)]
    extras = {extra for command in commands for extra in re.findall(r"\.\[(\w+)\]", command)}
    assert {"test", "site"} <= extras <= set(project()["optional-dependencies"])


def test_the_site_is_what_is_uploaded():
    upload = read("site")["jobs"]["build"]["steps"][-1]
    assert upload["uses"].startswith("actions/upload-pages-artifact@")
    assert f"site {upload['with']['path']}" in "\n".join(runs("site"))
    deploy = read("site")["jobs"]["deploy"]
    assert deploy["needs"] == "build"
    assert deploy["environment"]["name"] == "github-pages"


def test_a_release_is_tested_checked_and_of_the_version_that_its_tag_says():
    workflow = read("release")
    assert workflow[True] == {"push": {"tags": ["v*"]}}
    assert workflow["jobs"]["build"]["needs"] == "tests"
    assert workflow["jobs"]["publish"]["needs"] == "build"
    build = "\n".join(runs("release", "build"))
    checks = re.findall(r"^(?:check-wheel-contents|twine) .*", build, re.M)
    here = (ROOT / ".ci/run").read_text(encoding="utf-8").replace('"$work"/', "")
    assert len(checks) == 2
    assert all(f"\n{check}\n" in here for check in checks)
    assert '"$GITHUB_REF_NAME" = "v$(python -m hatchling version)"' in build
    assert "workflow_call" in read("tests")[True]
