"""The repository itself: lessons, environments, the layers of the package."""

import ast
import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from onecycle_widgets import OneCycleLR, frontend

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
PACKAGE = ROOT / "onecycle_widgets"
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}
NBVAL_TAGS = {"nbval-ignore-output", "nbval-skip", "raises-exception"}


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def conda():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def test_there_are_lessons():
    assert (ROOT / "notebooks" / "00_start_here.ipynb") in LESSONS


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_lesson_is_stored_from_one_clean_run(path):
    assert path.stat().st_size < 500_000
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})
            # JupyterLab shows no alt text of an image/png; an HTML picture has its own.
            assert not any(kind.startswith("image/") for kind in output.get("data", {}))
            for picture in re.findall(r"<img[^>]*>", output.get("data", {}).get("text/html", "")):
                assert re.search(r'alt="[^"]{15,}"', picture), picture[:200]
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_lesson_has_the_parts_of_a_lesson(path):
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    first = cells[0].source
    for part in ("**After this lesson you can**", "**You need**", "**Time:**"):
        assert part in first
    for part in ("**Predict:**", "Exercise", "## Summary", "**Next:**"):
        assert part in prose
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", [])]
    assert "exercise" in tags
    assert "solution" in tags
    for cell in cells:
        if NBVAL_TAGS & set(cell.metadata.get("tags", [])):
            assert re.search(r"^# The output varies: ", cell.source), "a tag needs its reason"


def test_conda_environment_asks_for_the_same_as_pyproject():
    wanted = {}
    declared = project()
    optional = declared["optional-dependencies"]
    extras = [r for r in optional["test"] if r.startswith("nbval")]
    extras += optional["voila"] + optional["hub"]
    for text in [*declared["dependencies"], *extras]:
        requirement = Requirement(text)
        name = CONDA_NAMES.get(requirement.name, requirement.name)
        wanted[name] = str(requirement.specifier)
    *packages, pip = conda()["dependencies"]
    found = {}
    for text in [*packages, *pip["pip"]]:
        name, specifier = re.fullmatch(r"([\w-]+)(.*)", text).groups()
        found[name] = specifier
    python = found.pop("python")
    found.pop("pip")
    assert found == wanted
    assert Requirement(f"python{project()['requires-python']}").specifier.contains(python[1:])


def test_binder_reads_the_same_environment():
    assert (ROOT / "binder" / "environment.yml").resolve() == ROOT / "environment.yml"


def test_what_binder_would_install():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    assert f"Building conda environment for python={sys.version_info[0]}." in log
    assert "python=3.10" not in log  # what repo2docker takes when it finds no version
    assert '--file "binder/environment.yml"' in log
    assert "RUN ./binder/postBuild" in log
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in log
    assert "pip install --no-cache-dir --no-deps ." in (ROOT / "binder/postBuild").read_text()
    for script in ("postBuild", "start"):
        assert (ROOT / "binder" / script).stat().st_mode & 0o111


def test_readme_has_the_commands_and_links_that_work():
    text = (ROOT / "README.md").read_text()
    assert "python -m pip install . && python -m jupyter lab notebooks/00_start_here.ipynb" in text
    assert 'python -m pip install ".[test]" && python -m pytest' in text
    assert "urlpath=lab/tree/notebooks/00_start_here.ipynb" in text
    assert "urlpath=voila%2Frender%2Fnotebooks%2F06_lab.ipynb" in text
    local = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert len(local) >= 3
    assert [link for link in local if not (ROOT / link).exists()] == []
    for lesson in LESSONS:
        assert f"notebooks/{lesson.name}" in text


def test_the_index_names_every_parameter_and_method_and_where_it_is_taught():
    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`.+) \| .+ \| (\[0.+) \| (.+) \|$", text, flags=re.M)
    named = [name.removesuffix("()") for row in rows for name in re.findall(r"`([^`]+)`", row[0])]
    methods = {n for n, f in inspect.getmembers(OneCycleLR, inspect.isfunction) if n[0] != "_"}
    assert {"step", "get_last_lr", "print_lr", "state_dict", "load_state_dict"} <= methods
    assert sorted(named) == sorted({*inspect.signature(OneCycleLR).parameters, *methods})
    for names, lessons, sections in rows:
        paths = re.findall(r"\]\((notebooks/[^)]+)\)", lessons)
        prose = [
            "".join(cell["source"])
            for path in paths
            for cell in json.loads((ROOT / path).read_text())["cells"]
            if cell["cell_type"] == "markdown"
        ]
        headings = re.findall(r"^#+ (.+)$", "\n".join(prose), flags=re.M)
        for section in sections.split("; "):
            assert any(heading.startswith(section) for heading in headings), section
        for name in re.findall(r"`([^`(]+)", names):
            assert any(name in (ROOT / path).read_text() for path in paths), name


def test_ci_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert 'python -m pip install ".[test]" && python -m pytest\n' in script


# From the inside to the outside; a module may import from its own ring and those before it.
RINGS = [
    {"checks", "rules", "curve", "presets", "drawing", "schedule_figure", "policy", "scheduler"},
    {"snapshot", "loop", "suggest", "figures", "range_result", "export", "range_test", "training",
     "toys", "comparison", "truth", "tables", "exercises", "schedules", "setting", "optimizers",
     "stacked", "engine", "executors", "sweep", "sweep_result", "sweep_csv", "plans", "evidence",
     "claims", "verdicts", "evidence_figures",
     "evidence_tables", "evidence_views", "surprises", "step_figures",
     "lab_task", "lab_run", "lab_pictures"},
    {"cells", "controls", "frontend", "explorer", "smoothing", "__main__", "worker", "plot",
     "lab_parts", "lab"},
]  # fmt: skip


def imported_modules(path):
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            yield from [node.module.split(".")[0]] if node.module else [a.name for a in node.names]


def test_imports_point_inward():
    ring_of = {name: number for number, ring in enumerate(RINGS) for name in ring}
    modules = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]
    assert len(modules) > 15
    found = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules}
    assert found == set(ring_of)
    for path in modules:
        own = ring_of[path.relative_to(PACKAGE).parts[0].removesuffix(".py")]
        for name in imported_modules(path):
            assert ring_of[name] <= own, f"{path.name} imports {name}"


SOURCES = [path for kind in ("py", "js", "css") for path in sorted(PACKAGE.rglob(f"*.{kind}"))]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_modules_are_small(path):
    assert len(path.read_text().splitlines()) <= 300


def test_the_front_ends_imports_point_backwards():
    bundles = [*frontend.MODULES.values(), (*frontend.MODULES["explorer"], "page")]
    scripts = list(PACKAGE.rglob("*.js"))
    assert {path.stem for path in scripts} == {name for names in bundles for name in names}
    for path in scripts:
        imported = re.findall(r'from "\./(\w+)\.js"', path.read_text())
        for names in bundles:
            if path.stem in names:
                known = [*names[: names.index(path.stem)], *["tables"] * ("rules" in names)]
                assert set(imported) <= set(known), path.name
        used = re.sub(r"^import [^;]*;\n", "", path.read_text(), flags=re.M)
        for names in re.findall(r"^import \{([^}]*)\}", path.read_text(), flags=re.M):
            for name in filter(None, map(str.strip, names.split(","))):
                assert re.search(rf"\b{name}\b", used), f"{path.name} does not use {name}"


def test_every_style_sheet_is_used():
    sheets = {path.stem for path in PACKAGE.rglob("*.css")}
    assert sheets == {"page", *frontend.STYLES}


def test_the_front_ends_checks_are_of_one_version():
    config = (ROOT / ".biome.jsonc").read_text()
    version = re.search(r"biomejs\.dev/schemas/([\d.]+)/", config)[1]
    for name in (".ci/run", ".pre-commit-config.yaml", "CONTRIBUTING.md"):
        found = re.findall(r"@biomejs/biome@([\d.]+)", (ROOT / name).read_text())
        assert found == [version], name


def test_nothing_moves_by_itself():  # prefers-reduced-motion asks for what is so for everybody
    style = frontend.style()
    assert not re.search(r"transition|animation|scroll-behavior", style)


def test_stored_notebooks_are_plain_json_with_stable_ids():
    for path in LESSONS:
        text = path.read_text()
        ids = [cell["id"] for cell in json.loads(text)["cells"]]
        assert len(set(ids)) == len(ids)
        assert text.endswith("}\n")
