"""The surface as Python sees it: traits, losses, what is refused, its picture and its page."""

import gc
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances as live_widgets

from onecycle_widgets import OneCycle, SurfaceExplorer
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.frontend.surface_tables import MOST_BALLS, MOST_STEPS, OWN, STEERING
from onecycle_widgets.surfaces import RIVALS, SURFACES, roll, steering
from onecycle_widgets.surfaces.presets import PRESETS


@pytest.fixture
def explorer():
    explorer = SurfaceExplorer()
    yield explorer
    explorer.close()


def from_the_browser(explorer, **values):
    """What arrives when a person moves a control."""
    explorer.set_state(json.loads(json.dumps(values)))


@pytest.mark.parametrize("name", SURFACES)
def test_it_starts_with_the_surfaces_own_length(name):
    explorer = SurfaceExplorer(surface=name)
    assert explorer.policy == OneCycle(0.1, SURFACES[name].steps)
    assert explorer.step == SURFACES[name].steps
    assert explorer.losses.shape == (SURFACES[name].steps + 1,)
    explorer.close()


def test_the_losses_are_those_of_the_engine_whatever_is_changed(explorer):
    def agree():
        moved = steering(explorer.policy, explorer.schedule, explorer.momentum)
        surface = SURFACES[explorer.surface]
        run = roll(surface, *moved, explorer.noise, explorer.balls, explorer.seed)
        np.testing.assert_array_equal(explorer.losses, run.losses)

    agree()
    explorer.policy = OneCycle(0.05, 120)
    agree()
    changes = {"surface": "wells", "noise": 0.5, "balls": 30, "seed": 4, "schedule": "cosine"}
    before = explorer.losses
    for name, value in changes.items():
        setattr(explorer, name, value)
        agree()
        assert not np.array_equal(explorer.losses, before), name
        before = explorer.losses
    explorer.momentum = 0.5
    agree()
    from_the_browser(explorer, max_lr=0.2, total_steps=60, noise=2)
    assert explorer.policy == OneCycle(0.2, 60)
    agree()


def test_what_has_not_changed_is_not_rolled_again(explorer):
    run = explorer.run
    explorer.trails = True
    explorer.step = 10
    assert explorer.run is run
    explorer.seed = 1
    assert explorer.run is not run


def test_the_share_in_the_wide_well_is_counted(explorer):
    assert explorer.share_in_wide is None
    explorer.surface = "wells"
    low, high = [], []
    for seed in range(3):
        explorer.seed = seed
        explorer.max_lr = 0.03
        low.append(explorer.share_in_wide)
        explorer.max_lr = 0.2
        high.append(explorer.share_in_wide)
    assert low == [0, 0, 0]
    assert min(high) > 0.95


BAD = {
    "surface": [("moon", ValueError), (3, ValueError)],
    "schedule": [("two cycles", ValueError), (None, ValueError)],
    "noise": [(-1, ValueError), (float("nan"), ValueError), ("much", TypeError)],
    "balls": [(0, ValueError), (MOST_BALLS + 1, ValueError), (2.5, TypeError), (True, TypeError)],
    "seed": [(-1, ValueError), (2**32, ValueError), ("x", TypeError)],
    "momentum": [(1, ValueError), (-0.1, ValueError), ("x", TypeError)],
}
CASES = [(name, value, kind) for name, cases in BAD.items() for value, kind in cases]


@pytest.mark.parametrize(("name", "value", "kind"), CASES)
def test_what_cannot_be_is_refused_with_name_value_and_what_is_right(explorer, name, value, kind):
    before = getattr(explorer, name)
    message = rf"^{name} must be .+(got|; got) .*{re.escape(repr(value))}"
    with pytest.raises(kind, match=message):
        SurfaceExplorer(**{name: value})
    with pytest.raises(kind, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_a_policy_must_be_one_that_a_browser_rolls(explorer):
    with pytest.raises(TypeError, match=r"policy must be a OneCycle, got 0\.1"):
        SurfaceExplorer(0.1)
    for policy, message in (
        (OneCycle(0.1, MOST_STEPS + 1), "total_steps must be at most 2000 on a surface, got 2001"),
        (OneCycle([0.1, 0.2], 100), r"max_lr must be one number, got \[0.1, 0.2\]"),
        (
            OneCycle(0.1, 100, max_momentum=[0.95, 0.9]),
            r"max_momentum must be one number, got \[0.95, 0.9\]",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            SurfaceExplorer(policy)
        with pytest.raises(ValueError, match=message):
            explorer.policy = policy
    from_the_browser(explorer, total_steps=5000)
    assert explorer.error == "total_steps must be at most 2000 on a surface, got 5000"
    assert explorer.policy == OneCycle(0.1, 400)
    from_the_browser(explorer, total_steps=500)
    assert explorer.error == ""


def test_pins_are_settings_that_can_roll(explorer):
    own = {name: getattr(explorer, name) for name in explorer.SETTINGS if name != "step"}
    pin = {"max_lr": 0.2, "total_steps": 100} | own
    from_the_browser(explorer, pins=[pin, pin | {"surface": "bowl"}])
    assert [pin["surface"] for pin in explorer.pins] == ["valley", "bowl"]
    with pytest.raises(ValueError, match="surface must be one of"):
        explorer.pins = [pin | {"surface": "moon"}]
    with pytest.raises(traitlets.TraitError):
        explorer.pins = [pin] * 5


def test_a_step_is_one_that_can_be(explorer):
    explorer.step = 0
    with pytest.raises(traitlets.TraitError, match="step must be 0 to 2000, got 2001"):
        explorer.step = 2001


def test_every_preset_is_a_surface_and_a_schedule_that_there_are():
    assert {preset.surface for preset in PRESETS.values()} == set(SURFACES)
    for name, preset in PRESETS.items():
        explorer = SurfaceExplorer(surface=preset.surface, schedule=preset.schedule, balls=5)
        explorer.max_lr = preset.max_lr
        assert explorer.policy.max_lr == preset.max_lr, name
        assert preset.look.endswith(".")
        explorer.close()


FOUND = {  # what a preset's sentence says is what its balls do
    "bowl: below the limit": lambda run: run.flown == 0 and run.losses[-1] < 0.1,
    "bowl: above the limit": lambda run: run.flown == 200,
    "ravine: a small constant rate": lambda run: run.losses[-1] > 3,
    "ravine: a large constant rate": lambda run: abs(run.x[-1].mean()) < 1 < run.losses[-1],
    "ravine: one cycle": lambda run: run.losses[-1] < 0.15,
    "valley: a small constant rate": lambda run: run.x[-1].mean() < 1.5,
    "valley: a large constant rate": lambda run: run.x[-1].mean() > 11 and run.losses[-1] > 1.5,
    "valley: warm-up, stable, decay": lambda run: run.losses[279] > 1.5 > 1.2 > run.losses[-1],
    "valley: one cycle": lambda run: run.losses[-1] < 1.2,
    "wells: a low peak": lambda run: run.share_beyond(-0.5) == 0,
    "wells: a high peak": lambda run: run.share_beyond(-0.5) > 0.95,
    "falling curvature: with a warm-up": lambda run: run.flown == 0,
    "falling curvature: without": lambda run: run.flown == 200 and run.left.max() < 5,
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_what_it_says(name):
    preset = PRESETS[name]
    surface = SURFACES[preset.surface]
    for seed in range(2):
        moved = steering(OneCycle(preset.max_lr, surface.steps), preset.schedule)
        assert FOUND[name](roll(surface, *moved, seed=seed)), seed


def test_no_constant_rate_ends_as_low_in_the_ravine_as_one_cycle():
    """What the preset's sentence says."""
    ravine = SURFACES["ravine"]
    rates = np.geomspace(0.001, 0.1, 25)
    constant = min(
        roll(ravine, *steering(OneCycle(float(rate), 100), "constant")).losses[-1] for rate in rates
    )
    assert roll(ravine, *steering(OneCycle(0.03, 100))).losses[-1] < constant


def test_the_controls_stand_for_traits(explorer):
    for name in (*STEERING, *OWN):
        assert explorer.has_trait(name)
    assert frontend.script("surface").count("const TABLES = ") == 1


def test_a_picture_for_readers_without_a_kernel(explorer):
    data, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    stored = {"widget": "surface", "state": frontend.plain(explorer.kept())}
    assert data[frontend.STORED] == stored  # so a site has the surface again, and no explorer
    said = "Balls on a loss surface, one cycle. In the river valley, 200 balls: the mean loss"
    assert f'alt="{said} goes from 2.46 to 1.15"' in data["text/html"]
    own = {name: getattr(explorer, name) for name in explorer.SETTINGS if name != "step"}
    explorer.pins = [
        {"max_lr": 0.003, "total_steps": 400} | own | {"schedule": "constant"},
        {"max_lr": 0.1, "total_steps": 400} | own | {"surface": "bowl"},
    ]
    pinned = explorer._repr_mimebundle_()[0]["text/html"]
    assert re.search(r'alt="[^"]+ to 1.15; constant, 0.003: 1.98"', pinned)
    assert data["text/plain"] == (
        "SurfaceExplorer(OneCycle(max_lr=0.1, total_steps=400), surface='valley')"
    )
    explorer.schedule = RIVALS[0]
    assert repr(explorer).endswith(", surface='valley', schedule='constant')")


def test_closing_it_leaves_nothing_behind():
    gc.collect()
    before = len(live_widgets)
    explorer = SurfaceExplorer(surface="bowl", balls=3)
    assert len(live_widgets) == before + 2  # it and its layout
    explorer.close()
    assert len(live_widgets) == before
    assert len(explorer.losses) == 401


def test_the_page_holds_the_state_and_allows_nothing_but_itself(explorer, tmp_path):
    explorer.surface, explorer.noise, explorer.step = "wells", 0.5, 20
    text = explorer.export(tmp_path / "surface.html").read_text()
    (stored,) = re.findall(r'<script type="application/json" id="state">(.*)</script>', text)
    state = json.loads(stored)
    assert (state["surface"], state["noise"], state["step"]) == ("wells", 0.5, 20)
    assert state["_start"]["surface"] == "valley"
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert "unsafe" not in policy


def test_the_stored_page_is_fresh(tmp_path):
    fresh = tmp_path / "surface.html"
    command = [sys.executable, "-m", "onecycle_widgets", "page", "surface", str(fresh)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert str(fresh) in done.stdout
    stored = frontend.FOLDER.parent.parent / "notebooks" / "surface.html"
    reason = f"store it again: python -m onecycle_widgets page surface notebooks/{stored.name}"
    assert fresh.read_text() == stored.read_text(), reason


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ["page", "moon", "x.html"],
            "invalid choice: 'moon' (choose from 'explorer', 'surface', 'lab')",
        ),
        (["page", "surface"], "required: FILE"),
    ],
)
def test_the_command_line_says_what_it_expected(tmp_path, words, why):
    command = [sys.executable, "-m", "onecycle_widgets", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 2
    assert why in done.stderr
    assert not list(tmp_path.iterdir())
