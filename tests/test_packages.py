"""The wheel and the sdist: what is in them, and what they say of the project."""

import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import Distribution
from pathlib import Path
from typing import NamedTuple

import pytest
from lessons import NOTEBOOKS
from outside import ROOT, python, tracked

import onecycle_widgets
from onecycle_widgets import lessons
from onecycle_widgets.evidence import journeys
from onecycle_widgets.frontend.bundle import HOME, PAGES

RAW = HOME.replace("//github.com/", "//raw.githubusercontent.com/")


class Packages(NamedTuple):
    wheel: Path
    sdist: Path
    about: Distribution


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Both packages, built here, without the network that an isolated build would need."""
    if importlib.util.find_spec("hatchling") is None:
        assert not os.environ.get("CI"), "in CI nothing may skip"
        pytest.skip("needs hatchling: python -m pip install hatchling")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder / "site")
    (about,) = (folder / "site").glob("*.dist-info")
    return Packages(wheel, sdist, Distribution.at(about))


def test_the_wheel_alone_has_everything_that_the_lessons_need(packages, tmp_path):
    assert packages.wheel.stat().st_size < 5_000_000
    site = packages.wheel.parent / "site"
    done = python(tmp_path, "-m", "onecycle_widgets", "lessons", "mine", path=site)
    assert done.returncode == 0, done.stderr
    names = lessons.names(NOTEBOOKS)
    assert f"{len(names)} written, 0 renewed, 0 there already, 0 kept" in done.stdout
    for name in names:
        assert (tmp_path / "mine" / name).read_bytes() == (NOTEBOOKS / name).read_bytes(), name
    load = (
        "from onecycle_widgets.evidence import journeys as j; print(j.__file__, len(j.load().loss))"
    )
    done = python(tmp_path / "mine", "-c", load, path=site)
    assert done.returncode == 0, done.stderr
    where, ways = done.stdout.rsplit(maxsplit=1)
    assert Path(where).is_relative_to(site)
    assert int(ways) == len(journeys.WAYS)


def test_the_wheel_says_what_it_is(packages):
    about = packages.about
    assert about.version == onecycle_widgets.__version__
    assert about.metadata["Metadata-Version"] == "2.4"  # which every tool reads that uploads it
    assert about.metadata["Author"] == "The onecycle-widgets developers"
    (script,) = about.entry_points
    assert (script.name, script.value) == ("onecycle", "onecycle_widgets.__main__:main")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"version = {{{about.version}}}" in readme
    assert f"### {about.version}" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_wheel_says_where_the_project_is(packages):
    said = dict(line.split(", ") for line in packages.about.metadata.get_all("Project-URL"))
    site = PAGES.removesuffix("notebooks")
    assert said.pop("Homepage") == site
    assert said.pop("Repository") == HOME
    assert {"Issues", "Changelog"} == set(said)
    assert all(url.startswith(f"{HOME}/") for url in said.values())


def links(text):
    """Where the links of a Markdown text lead, and from where its pictures come."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if link not in pictures], pictures


def test_on_pypi_every_link_of_readme_leads_somewhere(packages):
    """Its page shows README beside no other file: what was relative leads to this version's."""
    about = packages.about
    assert about.metadata["Description-Content-Type"] == "text/markdown"
    shown = links(about.metadata["Description"])
    stored = links((ROOT / "README.md").read_text(encoding="utf-8"))
    for found, before, base in zip(
        shown, stored, (f"{HOME}/blob/v{about.version}/", f"{RAW}/v{about.version}/"), strict=True
    ):
        assert [link.removeprefix(base) for link in found] == before
        ours = [link.removeprefix(base) for link in found if link.startswith(base)]
        assert ours
        assert [path for path in ours if not (ROOT / path.partition("#")[0]).exists()] == []
        assert all(re.match("https://|#", link) for link in found)


def test_the_sdist_has_what_its_tests_read(packages):
    """All that git has; so `python -m pytest` passes in an unpacked sdist as in a clone."""
    with tarfile.open(packages.sdist) as file:
        names = file.getnames()
    packed = {name.partition("/")[2] for name in names} - {"PKG-INFO"}
    assert {".ci/run", ".github/workflows/tests.yml", "binder/environment.yml"} < packed
    known = tracked(ROOT, new=False)
    if known is not None:
        assert set(known) - packed == set()
        assert packed <= set(tracked(ROOT))
