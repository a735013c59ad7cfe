"""The package is light to import, and a schedule needs neither torch nor scipy nor matplotlib."""

import ast
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import onecycle_widgets

HEAVY = ("torch", "scipy", "matplotlib")
HOME = Path(onecycle_widgets.__file__).parent
ROOMS = {
    "onecycle_widgets": HOME / "__init__.py",
    **{f"onecycle_widgets.{path.parent.name}": path for path in sorted(HOME.glob("*/__init__.py"))},
}
LAZY = [room for room, path in ROOMS.items() if "__getattr__" in path.read_text()]
# Imports of these fail as if they were not installed.
WITHOUT = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
"""


# A warning is an error, but for what ipywidgets 8.1.0 itself does.
STRICT = ("-W", "error", "-W", "default:Deprecated in traitlets 4.1:DeprecationWarning")


def fresh(code, *arguments, warnings=STRICT):
    """Run code in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, *warnings, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LOADED = "import json, sys; print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"


def test_the_import_loads_nothing_heavy():
    loaded = json.loads(fresh(f"import onecycle_widgets; {LOADED}"))
    assert "onecycle_widgets" in loaded
    heavy = {*HEAVY, "numpy", "ipywidgets", "anywidget", "IPython", "sklearn", "PIL"}
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize("name", ["OneCycleExplorer", "SurfaceExplorer"])
def test_an_explorer_that_is_shown_loads_no_torch(name):
    code = f"from onecycle_widgets import {name} as E; E()._repr_mimebundle_(); " + LOADED
    assert {"torch", "scipy"}.isdisjoint(json.loads(fresh(code)))


# Each name in a copy of a process that has loaded torch and nothing else: torch knows nothing of
# us, and loading it takes most of the time.
COPIES = """
import os, sys, warnings
import torch

for name in sys.argv[1:]:
    copy = os.fork()
    if not copy:
        warnings.simplefilter("error")
        warnings.filterwarnings("default", "Deprecated in traitlets 4.1", DeprecationWarning)
        import onecycle_widgets
        there = getattr(onecycle_widgets, name) is not None
        print(name, there, *{"sklearn", "scipy.stats"}.intersection(sys.modules), flush=True)
        os._exit(0)
    os.waitpid(copy, 0)
"""
ONE_BY_ONE = """
import onecycle_widgets, sys
there = getattr(onecycle_widgets, sys.argv[1]) is not None
print(there, *{"sklearn", "scipy.stats"}.intersection(sys.modules))
"""


@pytest.fixture(scope="module")
def had_first():
    """What came of each name as the first that is asked for; a name that raised is not there."""
    names = onecycle_widgets.__all__
    if not hasattr(os, "fork"):
        return {name: fresh(ONE_BY_ONE, name).strip() for name in names}
    lines = fresh(COPIES, *names, warnings=[]).splitlines()
    return dict(line.split(maxsplit=1) for line in lines)


@pytest.mark.parametrize("name", onecycle_widgets.__all__)
def test_every_name_can_be_had_first(name, had_first):
    """Whatever is imported first: nothing hangs on what was imported before.

    Nor does it load scikit-learn or SciPy's statistics, which take a second each.
    """
    assert had_first.get(name) == "True", fresh(ONE_BY_ONE, name)


@pytest.mark.parametrize("room", ROOMS)
def test_tab_completion_offers_the_face_and_what_every_module_has(room):
    module = importlib.import_module(room)
    assert {*module.__all__, *vars(module)} <= set(dir(module))


@pytest.mark.parametrize("room", LAZY)
def test_a_type_checker_sees_what_python_finds(room):
    """The same names from the same modules, and no `__getattr__`: with it any name would do."""
    tree = ast.parse(ROOMS[room].read_text())
    branches = {ast.unparse(n.test): n.body for n in tree.body if isinstance(n, ast.If)}
    bound = [ast.unparse(node) for node in tree.body if not isinstance(node, ast.If)]
    assert not [line for line in bound if "__getattr__" in line]
    (found,) = branches["not TYPE_CHECKING"]
    names = ast.literal_eval(found.value.args[1])
    here = room.removeprefix("onecycle_widgets").removeprefix(".")
    seen = {
        alias.name: ".".join(filter(None, (here, line.module or alias.name)))
        for line in branches["TYPE_CHECKING"]
        for alias in line.names
    }
    assert seen == names


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="'onecycle_widgets' has no attribute 'TwoCycle'"):
        _ = onecycle_widgets.TwoCycle
    assert not hasattr(onecycle_widgets, "_ipython_display_")  # who asks for it gets no surprise


def test_traits_are_made_with_colabs_traitlets():
    """Its 5.7 takes no type of a value, as in `traitlets.List[str]`; in quotes nobody asks it."""
    found = [
        f"{path.relative_to(HOME)}: {ast.unparse(node)}"
        for path in sorted(HOME.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).startswith("traitlets.")
    ]
    assert found == []


def test_a_schedule_needs_no_torch(tmp_path):
    code = (
        WITHOUT
        + """
from onecycle_widgets import OneCycle, OneCycleExplorer, SurfaceExplorer
from onecycle_widgets.policy.baselines import Cosine

policy = OneCycle(max_lr=0.1, total_steps=10)
explorer = OneCycleExplorer(policy)
explorer.pct_start = 0.4
shown, _ = explorer._repr_mimebundle_()
print(policy.curve().lr.max(), len(policy.code()), explorer.policy.pct_start, sorted(shown))
print(Cosine(0.1, 10).curve().lr[0], explorer.export(sys.argv[1]).stat().st_size > 10_000)
sys.argv[1:] = [sys.argv[1].replace("page", "again")]
import runpy
runpy.run_module("onecycle_widgets", run_name="__main__")
"""
    )
    first, second, third = fresh(code, str(tmp_path / "page.html")).splitlines()
    largest, length, share, mimes = first.split(maxsplit=3)
    assert float(largest) == 0.1
    assert int(length) == len(onecycle_widgets.OneCycle(max_lr=0.1, total_steps=10).code())
    assert float(share) == 0.4
    assert "text/plain" in mimes
    assert "text/html" not in mimes  # the stored picture needs matplotlib
    assert second == "0.1 True"
    assert third.startswith("wrote")


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("OneCycle(0.1, 10).scheduler(None)", "OneCycle.scheduler needs torch, which is not"),
        ("OneCycle(0.1, 10).plot()", "OneCycle.plot needs matplotlib, which is not installed"),
        ("Constant(0.1, 10).scheduler(None)", "Constant.scheduler needs torch, which is not"),
        ("onecycle_widgets.lr_range_test", "onecycle_widgets.lr_range_test needs torch"),
        ("onecycle_widgets.OneCycleLR", "onecycle_widgets.OneCycleLR needs torch"),
        ("onecycle_widgets.sweep", "onecycle_widgets.sweep needs"),
        ("onecycle_widgets.Lab", "onecycle_widgets.Lab needs"),
        ("onecycle_widgets.toys", "onecycle_widgets.toys needs torch"),
    ],
)
def test_what_needs_a_library_says_so_in_one_sentence(what, sentence):
    code = (
        WITHOUT
        + f"""
import onecycle_widgets
from onecycle_widgets import OneCycle
from onecycle_widgets.policy.baselines import Constant
try:
    {what}
except ModuleNotFoundError as error:
    print(error)
"""
    )
    (line,) = fresh(code).splitlines()
    assert line.startswith(sentence)
    assert "python -m pip install" in line
