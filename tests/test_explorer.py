import base64
import gc
import hashlib
import json
import re
import subprocess
import sys
import tracemalloc
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances as live_widgets
from stepping import sgd, walk

from onecycle_widgets import Lab, OneCycle, OneCycleExplorer, RangeTest, SurfaceExplorer
from onecycle_widgets.explorer.smoothing import SmoothingExplorer
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.frontend import closing as cells
from onecycle_widgets.frontend.controls import PARTS, SPECS
from onecycle_widgets.policy.baselines import Cosine, Step
from onecycle_widgets.policy.falling import Falling
from onecycle_widgets.policy.figure import schedule_figure

PARAMETERS = list(OneCycle.__dataclass_fields__)


@pytest.fixture
def explorer():
    explorer = OneCycleExplorer()
    yield explorer
    explorer.close()


def from_the_browser(explorer, **values):
    """What arrives when a person moves a control: one message, maybe with several values."""
    explorer.set_state(json.loads(json.dumps(values)))


def test_a_control_for_every_parameter():
    assert sorted(SPECS) == sorted(PARAMETERS)
    for spec in SPECS.values():
        assert spec.tip.endswith(".")
        assert "\n" not in spec.tip
    defaults = {row["name"]: row.get("default") for row in frontend.tables()["parameters"]}
    for name, field in OneCycle.__dataclass_fields__.items():
        if name not in ("max_lr", "total_steps", "epochs", "steps_per_epoch"):
            assert defaults[name] == field.default


CHANGES = [
    ("max_lr", 0.25), ("max_lr", [0.1, 0.02]), ("total_steps", 321), ("pct_start", 0.42),
    ("anneal_strategy", "linear"), ("three_phase", True), ("div_factor", 12),
    ("final_div_factor", 77.5), ("cycle_momentum", False), ("base_momentum", 0.7),
    ("max_momentum", 0.97),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_a_moved_control_changes_the_policy(explorer, name, value):
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "policy")
    from_the_browser(explorer, **{name: value})
    assert explorer.policy == OneCycle(**({"max_lr": 0.1, "total_steps": 1000} | {name: value}))
    assert seen == [explorer.policy]
    assert getattr(explorer, name) == value


def test_values_that_come_together_are_read_together(explorer):
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "policy")
    from_the_browser(explorer, pct_start=0.45, three_phase=True, div_factor=10)
    assert seen == [OneCycle(0.1, 1000, pct_start=0.45, three_phase=True, div_factor=10)]


def test_nothing_is_sent_back_for_a_moved_control(explorer, monkeypatch):
    sent = []
    monkeypatch.setattr(explorer.comm, "send", lambda data, **_: sent.append(data))
    from_the_browser(explorer, pct_start=0.45)
    from_the_browser(explorer, div_factor=10, max_lr=1)  # whole numbers: 10 is 10.0
    assert [data for data in sent if data["method"] == "update"] == []
    explorer.pct_start = 0.2
    assert [data["state"] for data in sent if data["method"] == "update"] == [{"pct_start": 0.2}]


IMPOSSIBLE = [
    ("pct_start", 1.0), ("max_lr", -1), ("max_lr", "abc"), ("max_lr", []), ("total_steps", 0),
    ("total_steps", 2.5), ("base_momentum", 0.99), ("anneal_strategy", "cosine"),
    ("steps_per_epoch", 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE)
def test_an_impossible_value_says_why_and_leaves_the_policy(explorer, name, value):
    policy = explorer.policy
    from_the_browser(explorer, **{name: value})
    given = {"max_lr": 0.1, "total_steps": 1000} | {name: value}
    with pytest.raises((TypeError, ValueError)) as python:
        OneCycle(**given)
    # To who typed it, without the name of the type, which is Python's.
    assert explorer.error == str(python.value).removesuffix(" (str)")
    assert name in explorer.error
    assert explorer.policy == policy
    from_the_browser(explorer, **{name: getattr(policy, name) or 10})
    assert explorer.error == ""
    assert explorer.policy == policy


def test_mending_an_impossible_pair_by_the_other_control(explorer):
    from_the_browser(explorer, pct_start=0.7)
    from_the_browser(explorer, three_phase=True)
    assert "at most 0.5" in explorer.error
    from_the_browser(explorer, pct_start=0.4)
    assert explorer.policy == OneCycle(0.1, 1000, pct_start=0.4, three_phase=True)
    assert explorer.error == ""


def test_surprises_do_not_warn_again_and_again(explorer):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from_the_browser(explorer, pct_start=0)
    assert explorer.policy.notes[0].startswith("no warm-up")


def test_budget_of_epochs_times_steps(explorer):
    assert (explorer.epochs, explorer.steps_per_epoch) == (10, 100)
    from_the_browser(explorer, budget="epochs", epochs=4, steps_per_epoch=25)
    assert explorer.policy == OneCycle(0.1, epochs=4, steps_per_epoch=25)
    assert explorer.total_steps == 100
    explorer.policy = OneCycle(0.1, 60)
    assert (explorer.budget, explorer.total_steps) == ("total_steps", 60)


def test_assigning_a_policy_moves_the_controls(explorer):
    policy = OneCycle([0.02, 0.1], 77, pct_start=0.4, anneal_strategy="linear")
    explorer.pct_start = 5
    explorer.policy = policy
    assert explorer.max_lr == [0.02, 0.1]
    for name in ("total_steps", "pct_start", "anneal_strategy", "cycle_momentum"):
        assert getattr(explorer, name) == getattr(policy, name)
    assert (explorer.policy, explorer.error) == (policy, "")


def test_the_cursor(explorer):
    explorer.step = 299
    with pytest.raises(traitlets.TraitError, match="step must be 0 to 999, got 1000"):
        explorer.step = 1000
    assert explorer.step == 299
    from_the_browser(explorer, total_steps=5000, step=4999)
    assert (explorer.step, explorer.policy.total_steps) == (4999, 5000)


def test_pins(explorer):
    from_the_browser(explorer, pins=[{"max_lr": 1, "total_steps": 10, "pct_start": 0}])
    with pytest.warns(UserWarning, match="no warm-up"):
        assert explorer.pins == [OneCycle(1.0, 10, pct_start=0)]
    explorer.pins = [*explorer.pins, OneCycle([0.1, 0.2], 30)]
    assert explorer.get_state("pins")["pins"][1] == {"max_lr": [0.1, 0.2], "total_steps": 30}
    with pytest.raises(traitlets.TraitError):
        explorer.pins = [explorer.policy] * 5
    assert len(explorer.pins) == 2


RIVALS_PINNED = [Cosine(0.1, 1000, warmup=0.1), Step(0.2, 500, milestones=(0.6,))]


def test_the_schedules_that_a_cycle_is_compared_with_can_be_pinned(explorer):
    explorer.pins = RIVALS_PINNED
    sent = explorer.get_state("pins")["pins"]
    assert sent[1] == {"schedule": "Step", "lr": 0.2, "total_steps": 500, "milestones": [0.6]}
    explorer.pins = []
    from_the_browser(explorer, pins=sent)
    assert explorer.pins == RIVALS_PINNED
    names = (
        r"Cosine\(warmup=0.1\): from .*; Step\(lr=0.2, total_steps=500, milestones=\[0.6\]\): no"
    )
    assert re.search(names, schedule_figure(explorer.policy, explorer.pins).alt)


def test_a_schedule_that_the_browser_cannot_draw_is_not_pinned(explorer):
    class Root(Falling):
        def factor(self, step):
            return 1 / (1 + step)

    with pytest.raises(traitlets.TraitError):
        explorer.pins = [Root(0.1, 100)]


def test_scheduler(explorer):
    from_the_browser(explorer, total_steps=30)
    optimizer = sgd()
    rates = walk(optimizer, explorer.scheduler(optimizer), 30)[0][0]
    np.testing.assert_array_equal(rates, explorer.policy.curve().lr)


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match="policy must be a OneCycle, got 'one cycle'"):
        OneCycleExplorer(policy="one cycle")
    with pytest.raises(ValueError, match=r"controls must be among total_steps, .*; got 'lr'"):
        OneCycleExplorer(controls=["pct_start", "lr"])
    with pytest.raises(TypeError, match=r"controls must be a list of names, got 'lr' \(str\)"):
        OneCycleExplorer(controls="lr")


def test_a_reader_is_asked_first():
    explorer = OneCycleExplorer(ask="peak")
    assert explorer.get_state(["ask", "guess"]) == {"ask": "peak", "guess": None}
    from_the_browser(explorer, guess=[420, 0.05])
    assert explorer.guess == [420.0, 0.05]
    explorer.close()
    with pytest.raises(ValueError, match="ask must be 'peak' or None, got 'valley'"):
        OneCycleExplorer(ask="valley")


def test_controls():
    explorer = OneCycleExplorer(controls=("pct_start", *PARTS))
    assert explorer.get_state("controls") == {"controls": ["pct_start", *PARTS]}
    explorer.close()


def test_closing_leaves_no_widgets_behind(explorer):
    gc.collect()
    before = len(live_widgets)
    other = OneCycleExplorer()
    assert len(live_widgets) == before + 2  # the explorer and its layout
    other.close()
    assert len(live_widgets) == before
    assert other.policy == explorer.policy


def smoothing():
    lr = np.geomspace(1e-4, 1, 40)
    return SmoothingExplorer(RangeTest(lr, np.cos(lr)[None], None, (None,), (1.0,), "exp"))


@pytest.mark.parametrize("make", [OneCycleExplorer, smoothing])
def test_running_a_cell_again_closes_what_it_made(monkeypatch, make):
    run = {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}}
    shell = SimpleNamespace(get_parent=lambda: run)
    monkeypatch.setattr(cells, "get_ipython", lambda: shell)
    before = len(live_widgets)
    both = [make(), make()]  # two in one run live side by side
    alive = len(live_widgets) - before
    assert alive >= 4
    run["metadata"], run["header"] = {"cellId": "b"}, {"msg_id": "2"}
    other = make()
    run["metadata"] = {"cellId": "a"}
    for number in range(3, 23):
        run["header"] = {"msg_id": str(number)}
        both.append(make())
    assert len(live_widgets) == before + alive
    assert both[0].comm is None
    assert other.comm is not None
    other.close()
    both[-1].close()
    assert len(live_widgets) == before


def test_a_picture_for_readers_without_a_kernel(explorer):
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == "OneCycleExplorer(OneCycle(max_lr=0.1, total_steps=1000))"
    assert 'src="data:image/png;base64,iVBOR' in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert 'alt="The 1cycle explorer. From 0.004 up to 0.1 (step 299)' in data["text/html"]


def test_what_is_asked_is_not_told_by_the_stored_picture():
    explorer = OneCycleExplorer(ask="peak")
    stored = explorer._repr_mimebundle_()[0]["text/html"]
    assert "Where will the peak be?" in stored
    assert "<img" not in stored
    explorer.guess = [200, 0.1]  # and now that the reader has said it, everything is shown
    assert "From 0.004 up to 0.1 (step 299)" in explorer._repr_mimebundle_()[0]["text/html"]
    explorer.close()


def test_the_stored_state_shows_it_again(explorer):
    explorer.pins = [explorer.policy.replace(pct_start=0.1)]
    explorer.three_phase = True
    stored = explorer._repr_mimebundle_()[0][frontend.STORED]
    assert stored["widget"] == "explorer"
    assert json.loads(json.dumps(stored["state"])) == stored["state"] == explorer.kept()
    assert stored["state"]["three_phase"] is True
    assert stored["state"]["pins"][0]["pct_start"] == 0.1
    assert not {"_esm", "_css", "page"} & set(stored["state"])  # the site has its own


@pytest.mark.parametrize("kind", [OneCycleExplorer, SurfaceExplorer, Lab])
def test_colab_is_told_who_draws_it(kind, monkeypatch):
    url = "https://example.org/manager.js"
    manager = SimpleNamespace(
        enable_custom_widget_manager=lambda: None, _widgets=SimpleNamespace(_installed_url=url)
    )
    monkeypatch.setitem(sys.modules, "google.colab.output", manager)
    shown = kind()
    data, metadata = shown._repr_mimebundle_()
    told = metadata["application/vnd.jupyter.widget-view+json"]["colab"]
    assert told == {"custom_widget_manager": {"url": url}}
    assert data["text/plain"] == repr(shown)
    assert 'src="data:image/png;base64,iVBOR' in data["text/html"]
    shown.close()


class Shell:
    """What a kernel's shell knows of the request that had the present cell run."""

    def __init__(self, metadata):
        self.metadata = metadata

    def get_parent(self):
        return {"metadata": self.metadata, "header": {"msg_id": "1"}}


@pytest.mark.parametrize(("metadata", "drawn"), [({}, True), ({"cellId": "of-jupyterlab"}, False)])
def test_the_picture_is_drawn_only_where_a_notebook_is_stored(
    explorer, monkeypatch, metadata, drawn
):
    monkeypatch.setattr(cells, "get_ipython", lambda: Shell(metadata))
    data, _ = explorer._repr_mimebundle_()
    assert ("text/html" in data) == (frontend.STORED in data) == drawn
    assert data["text/plain"] == "OneCycleExplorer(OneCycle(max_lr=0.1, total_steps=1000))"
    assert "application/vnd.jupyter.widget-view+json" in data


@pytest.mark.parametrize("total_steps", [10**8, 10**12])
def test_an_explorer_of_any_length_is_shown(total_steps):
    tracemalloc.start()
    explorer = OneCycleExplorer(OneCycle(0.1, total_steps))
    data, _ = explorer._repr_mimebundle_()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"(step {3 * total_steps // 10 - 1})" in data["text/html"]
    assert most < 50e6  # the whole curve takes 16 bytes a step
    explorer.close()


def test_the_page_is_one_file(explorer, tmp_path):
    explorer.policy = OneCycle([0.1, 0.01], 50)
    text = explorer.export(tmp_path / "page.html").read_text()
    stored = re.search(r'<script type="application/json" id="state">(.*?)</script>', text, re.S)
    state = json.loads(stored[1])
    assert state["max_lr"] == [0.1, 0.01]
    assert state["_start"]["total_steps"] == 1000
    assert not re.search(r'(src|href)="(?!data:,|https://github.com/)', text)  # links apart
    assert "@import" not in text
    assert len(text) < 200_000


AWKWARD = [
    float("nan"), float("inf"), [0.1, float("nan")], "<!--<script>", "</script>", 10**400,
    {"__proto__": 1}, {1, 2}, None, 1e-320, "${csp}",
]  # fmt: skip


@pytest.mark.parametrize("value", AWKWARD, ids=lambda value: str(value)[:10])
def test_a_page_can_be_written_of_any_state(explorer, tmp_path, value):
    explorer.max_lr = value
    text = explorer.export(tmp_path / "page.html").read_text()
    (stored,) = re.findall(r'<script type="application/json" id="state">(.*)</script>', text)
    assert "<" not in stored
    found = json.loads(stored, parse_constant=pytest.fail)["max_lr"]
    assert isinstance(found, (str, list, float, type(None)))


def test_the_page_allows_nothing_but_itself(explorer, tmp_path):
    text = explorer.export(tmp_path / "page.html").read_text()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert "unsafe" not in policy
    for kind, inside in (
        ("script", r'<script type="module">(.*)</script>'), ("style", "<style>(.*)</style>"),
    ):  # fmt: skip
        (code,) = re.findall(inside, text, re.S)
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_the_stored_page_is_fresh(tmp_path):
    fresh = tmp_path / "explorer.html"
    command = [sys.executable, "-m", "onecycle_widgets", str(fresh)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert str(fresh) in done.stdout
    stored = frontend.FOLDER.parent.parent / "notebooks" / "explorer.html"
    reason = "store it again: python -m onecycle_widgets notebooks/explorer.html"
    assert fresh.read_text() == (stored.read_text()), reason
