"""The repository itself: lessons, environments, the layers of the package."""

import ast
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import store_address
import yaml
from lessons import LESSONS, NOTEBOOKS, PATHS, RECIPES
from outside import project
from packaging.requirements import Requirement
from store_notebooks import colab_cell

from onecycle_widgets import OneCycleLR
from onecycle_widgets.frontend import bundle

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "onecycle_widgets"
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}
NBVAL_TAGS = {"nbval-ignore-output", "nbval-skip", "raises-exception"}


# What a kernel says of its language; a notebook without it is unsaved as soon as it is opened.
LANGUAGE = {
    "codemirror_mode", "file_extension", "mimetype", "name", "nbconvert_exporter",
    "pygments_lexer", "version",
}  # fmt: skip


def conda():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def test_the_list_has_every_notebook():
    assert sorted(NOTEBOOKS.rglob("*.ipynb")) == sorted([*PATHS, RECIPES])


@pytest.mark.parametrize("path", [*PATHS, RECIPES], ids=lambda path: path.name)
def test_lesson_is_stored_from_one_clean_run(path):
    assert path.stat().st_size < 500_000
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    asked = {**colab_cell(), "execution_count": 1}
    assert code[0] == asked, f"run python tests/store_notebooks.py {path}"
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
    assert set(notebook.metadata["language_info"]) == LANGUAGE


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_lesson_has_the_parts_of_a_lesson(path):
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    first = "\n\n".join(cell.source for cell in cells[:2])  # a slide holds no more than one
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


def test_no_two_stored_pictures_of_the_explorer_are_the_same():
    """A section's picture shows the setting of the section: what it compares, pinned."""
    seen = {}
    for path in PATHS:
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                explorer = data.get("text/plain", "").startswith("OneCycleExplorer(")
                if explorer and "<img" in data["text/html"]:  # a question has no picture
                    seen.setdefault(data["text/html"], []).append(cell["id"])
    assert len(seen) > 7
    assert [cells for cells in seen.values() if len(cells) > 1] == []


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
    first, lab = PATHS[0].name, LESSONS["lab"].name
    in_order = [
        f"\ngit clone {bundle.HOME}\ncd {bundle.HOME.rpartition('/')[2]}\n",
        "\npython -m venv .venv\n",
        "\npython -m pip install torch --index-url https://download.pytorch.org/whl/cpu\n",
        f"\npython -m pip install . && python -m jupyter lab notebooks/{first}\n",
        '\npython -m pip install ".[test]" && python -m pytest\n',
    ]
    places = [text.find(command) for command in in_order]
    assert -1 not in places
    assert places == sorted(places)  # who enters one after the other needs none again
    assert f"urlpath=lab/tree/notebooks/{first}" in text
    assert f"urlpath=voila%2Frender%2Fnotebooks%2F{lab}" in text
    local = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert len(local) >= 3
    assert [link for link in local if not (ROOT / link).exists()] == []
    for path in PATHS:
        assert f"notebooks/{path.name}" in text


def test_the_index_names_every_parameter_and_method_and_where_it_is_taught():
    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`.+) \| .+ \| (\[\d.+) \| (.+) \|$", text, flags=re.M)
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


TOLD = ("md", "toml", "yml", "yaml", "py", "js", "html", "ipynb")  # what may say an address


def addresses(paths):
    """Every mention of the project's address: the file, the owner, the name."""
    ours = {"onecycle-widgets", *bundle.HOME.split("/")[-2:]}
    patterns = (
        r"(?:github(?:usercontent)?\.com|/v2/gh)(?:/|%2F)([\w-]+)(?:/|%2F)([\w-]+)",
        r"//([\w-]+)\.github\.io/([\w-]+)",
    )
    return [
        (path.name, *parts)
        for path in paths
        for pattern in patterns
        for parts in re.findall(pattern, path.read_text(encoding="utf-8"))
        if ours & {*parts}
    ]


def test_the_address_of_the_project_is_the_same_everywhere():
    """It is not known yet; what must change together with HOME is what this test names."""
    owner, name = bundle.HOME.removeprefix("https://github.com/").split("/")
    assert bundle.PAGES.startswith(f"https://{owner}.github.io/{name}/")
    parts = ("onecycle_widgets", "notebooks", "tests", "binder", ".github")
    files = [path for part in parts for kind in TOLD for path in (ROOT / part).rglob(f"*.{kind}")]
    files += [path for kind in TOLD for path in ROOT.glob(f"*.{kind}")]
    told = addresses(files)
    assert len(told) > 8
    assert [place for place in told if place[1:] != (owner, name)] == []


def test_another_address_is_written_everywhere(tmp_path):
    for name in store_address.REPEATED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text(encoding="utf-8")
        text = store_address.renamed(text, bundle.HOME, "https://github.com/some-body/the.course")
        (tmp_path / name).write_text(text, encoding="utf-8")
    copies = [tmp_path / name for name in store_address.REPEATED]
    assert addresses(copies) == []
    told = {copy.name: copy.read_text(encoding="utf-8") for copy in copies}
    assert 'HOME = "https://github.com/some-body/the.course"\n' in told["bundle.py"]
    assert "https://mybinder.org/v2/gh/some-body/the.course/main?urlpath=lab" in told["README.md"]
    assert "repo=https%3A%2F%2Fgithub.com%2Fsome-body%2Fthe.course&" in told["CLASS.md"]
    assert "urlpath=lab%2Ftree%2Fthe.course%2Fnotebooks" in told["CLASS.md"]


def test_ci_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert 'python -m pip install ".[test]" && python -m pytest\n' in script


def lint_imports(folder):
    """What import-linter says of the package in a folder, under the contracts of pyproject."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config"]
    return subprocess.run(
        [*command, str(ROOT / "pyproject.toml")],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_imports_go_to_lower_floors_only():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kept, 0 broken" in done.stdout


def test_the_map_by_folder_is_the_contracts():
    """CONTRIBUTING's table has the rooms that there are, on the floors of the contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    floors = {
        room: len(layers) - n for n, layer in enumerate(layers) for room in layer.split(" | ")
    }
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.M)
    told = {
        name.removesuffix(".py").removesuffix("/"): int(floor)
        for floor, names in rows
        for name in re.findall(r"`([\w/.]+)`", names)
    }
    assert told == floors
    there = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert set(floors) == there - {"__init__", "__pycache__"}


def test_the_map_names_files_that_are_there():
    """Each in a room of its row, whatever moves; elsewhere a mention leads with its folder."""
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    for names, text in re.findall(r"^\| \d \| (.+?) \| (.+) \|$", guide, flags=re.M):
        rooms = [PACKAGE / room for room in re.findall(r"`(\w+)/`", names)]
        for file in re.findall(r"`(\w+\.py)`", text):
            assert any((room / file).exists() for room in rooms), file
    for page in ("README.md", "CONTRIBUTING.md", "notebooks/CLASS.md"):
        mentioned = re.findall(
            r"(?<![\w/.-])\w+/[\w./]+\.(?:py|js|toml|cfg|csv)\b", (ROOT / page).read_text()
        )
        lost = [m for m in mentioned if not ((ROOT / m).exists() or (PACKAGE / m).exists())]
        assert lost == [], page


def test_a_script_that_is_python_once_more_names_the_module():
    headers = {
        path.name: re.match(r"(?://.*\n)*", path.read_text())[0]
        for path in sorted(PACKAGE.rglob("*.js"))
    }
    twins = {
        n: re.findall(r"[\w/]+\.py", text) for n, text in headers.items() if "once more" in text
    }
    surface = {"noise.js", "landscapes.js", "balls.js", "rivals.js"}
    lab = {"names.js", "divergence.js", "suggest.js", "wired.js"}
    policy = {"curve.js", "policy.js", "baselines.js", "rules.js"}
    assert set(twins) == policy | surface | lab
    for name, modules in twins.items():
        assert modules, name
        assert all((PACKAGE / module).exists() for module in modules), name


BREACHES = {
    "an import of a higher floor": ("toys/data.py", "from ..training import train"),
    "an import of a room on the same floor": ("sweeps/setting.py", "from .. import range_test"),
    "an import inside a function": (
        "policy/curve.py", "def f():\n    from ..toys import mlp\n    return mlp",
    ),
    "a circle within a room": ("policy/curve.py", "from .one_cycle import OneCycle"),
    "a widget where things are computed": ("policy/rules.py", "import ipywidgets"),
    "a room without a floor": ("attic/__init__.py", ""),
}  # fmt: skip


@pytest.mark.parametrize("breach", BREACHES)
def test_the_floors_notice(breach, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    file, line = BREACHES[breach]
    path = tmp_path / PACKAGE.name / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert re.search(r"BROKEN|not listed|missing", done.stdout, re.IGNORECASE), done.stdout


SOURCES = [path for kind in ("py", "js", "css") for path in sorted(PACKAGE.rglob(f"*.{kind}"))]


LONGER: dict[str, str] = {}  # files of more than 400 lines, each with its reason


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_small(path):
    name = str(path.relative_to(PACKAGE))
    assert len(path.read_text().splitlines()) <= 400 or LONGER[name]


WITHOUT_EXAMPLE = {  # public functions whose docstrings run nothing, each with its reason
    "__main__.main": "a command line: it reads the arguments of the process",
    "__main__.make": "some seconds of Sphinx; tests/test_site.py makes a site",
    "__main__.show": "it starts JupyterLab",
    "evidence.averaged.main": "a command line, and minutes of training",
    "evidence.averaged.measure": "minutes of training; `load_watched` shows what it stored",
    "evidence.averaged.watch": "minutes of training; `average` shows the average",
    "evidence.changed.main": "a command line, and minutes of training",
    "evidence.changed.measure": "minutes of training; `way` shows what is trained",
    "evidence.finetuned.main": "a command line, and minutes of training",
    "evidence.finetuned.measure": "minutes of training; `learn` shows one",
    "evidence.journeys.main": "a command line, and minutes of training",
    "evidence.journeys.measure": "minutes of training; `travel` shows one",
    "evidence.rebuild.main": "a command line, and hours of training",
    "evidence.rule_results.main": "a command line, and minutes of training",
    "evidence.rule_results.measure": "minutes of training; `measured` shows one task",
    "evidence.schedule_free.learn": "seconds of training; `ScheduleFree` shows what is stored",
    "evidence.schedule_free.main": "a command line, and minutes of training",
    "evidence.schedule_free.measure": "minutes of training; `load` shows what it stored",
    "site.make.build": "some seconds of Sphinx; tests/test_site.py makes a site",
    "site.extension.setup": "Sphinx calls it",
}


def public_parts():
    """Every public function and class at the top of a module: its name and its docstring."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            defined = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            if defined and not node.name.startswith("_"):
                yield f"{module}.{node.name}", ast.get_docstring(node) or ""


def test_every_public_function_and_class_shows_an_example():
    parts = dict(public_parts())
    assert "policy.one_cycle.OneCycle" in parts
    without = {name for name, docstring in parts.items() if ">>>" not in docstring}
    assert without == set(WITHOUT_EXAMPLE)


def test_parameters_are_told_in_phrases_that_stand_alone():
    """No "Of the trainings.": who reads one line of a docstring should understand it."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines = [
        (path.name, line.strip())
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, documented)
        for line in (ast.get_docstring(node) or "").splitlines()
    ]
    assert len(lines) > 1000
    assert [found for found in lines if found[1].startswith("Of ")] == []


def test_the_front_ends_imports_point_backwards():
    bundles = bundle.bundles()
    scripts = list((PACKAGE / "frontend").rglob("*.js"))
    assert {path.stem for path in scripts} == {name for names in bundles for name in names}
    for path in scripts:
        imported = re.findall(r'from "\./(\w+)\.js"', path.read_text())
        for names in bundles:
            if path.stem in names:
                known = [*names[: names.index(path.stem)], *["tables"] * ("rules" in names)]
                known += ["stored"] * (names == bundle.ENGINE)
                assert set(imported) <= set(known), path.name
        used = re.sub(r"^import [^;]*;\n", "", path.read_text(), flags=re.M)
        for names in re.findall(r"^import \{([^}]*)\}", path.read_text(), flags=re.M):
            for name in filter(None, map(str.strip, names.split(","))):
                assert re.search(rf"\b{name}\b", used), f"{path.name} does not use {name}"


def test_every_style_sheet_is_used():
    sheets = {path.stem for path in (PACKAGE / "frontend").rglob("*.css")}
    assert sheets == {"page", *bundle.STYLES}


def test_the_front_ends_checks_are_of_one_version():
    config = (ROOT / ".biome.jsonc").read_text()
    version = re.search(r"biomejs\.dev/schemas/([\d.]+)/", config)[1]
    for name in (".ci/run", ".pre-commit-config.yaml", "CONTRIBUTING.md"):
        found = re.findall(r"@biomejs/biome@([\d.]+)", (ROOT / name).read_text())
        assert found == [version], name


def test_nothing_moves_by_itself():  # prefers-reduced-motion asks for what is so for everybody
    style = bundle.style()
    assert not re.search(r"transition|animation|scroll-behavior", style)


def test_stored_notebooks_are_plain_json_with_stable_ids():
    for path in PATHS:
        text = path.read_text()
        ids = [cell["id"] for cell in json.loads(text)["cells"]]
        assert len(set(ids)) == len(ids)
        assert text.endswith("}\n")
