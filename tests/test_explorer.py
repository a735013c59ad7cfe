import gc

import numpy as np
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances as live_widgets
from stepping import sgd, walk

from onecycle_widgets import OneCycle, OneCycleExplorer
from onecycle_widgets.controls import SPECS
from onecycle_widgets.explorer import MULTIPLIED, OWN
from onecycle_widgets.presets import PRESETS


@pytest.fixture
def explorer():
    explorer = OneCycleExplorer()
    yield explorer
    explorer.close()


def control(explorer, name):
    return explorer._controls[name]


def test_a_control_for_every_parameter(explorer):
    parameters = list(OneCycle.__dataclass_fields__)
    assert sorted(SPECS) == sorted(parameters)
    for name, spec in SPECS.items():
        assert control(explorer, name).widget is not None
        assert spec.tip.endswith(".")


CHANGES = [
    ("max_lr", 0.25), ("total_steps", 321), ("pct_start", 0.42), ("anneal_strategy", "linear"),
    ("three_phase", True), ("div_factor", 12.5), ("final_div_factor", 77.0),
    ("cycle_momentum", False), ("base_momentum", 0.7), ("max_momentum", 0.97),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_typing_changes_the_policy_the_picture_and_the_code(explorer, name, value):
    before = explorer._image.value, explorer._code.value
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "policy")
    control(explorer, name).field.value = value
    assert explorer.policy == OneCycle(**({"max_lr": 0.1, "total_steps": 1000} | {name: value}))
    assert seen == [explorer.policy]
    assert explorer._image.value != before[0]
    assert f"{name}={value!r}" in explorer._code.value.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("name", "slide", "value"),
    [("max_lr", 0.5012, 0.5), ("total_steps", 316.2, 320), ("pct_start", 0.43, 0.43)],
)
def test_sliding_takes_round_values_into_the_field(explorer, name, slide, value):
    control(explorer, name).slider.value = slide
    assert control(explorer, name).field.value == value
    assert getattr(explorer.policy, name) == value


def test_the_browsers_rounding_of_a_slider_is_no_move(explorer):
    control(explorer, "div_factor").slider.value = 10**1.4  # where 25 is drawn
    assert explorer.policy.div_factor == 25
    control(explorer, "div_factor").slider.value = 10**1.45
    assert explorer.policy.div_factor == 28


def test_a_value_beyond_the_sliders_range_can_be_typed(explorer):
    control(explorer, "max_lr").field.value = 50.0
    assert explorer.policy.max_lr == 50
    assert control(explorer, "max_lr").slider.value == 10
    assert control(explorer, "max_lr").field.value == 50


IMPOSSIBLE = [
    ("pct_start", 1.0, "pct_start=1.0"),
    ("max_lr", -1.0, "max_lr must be a finite number above 0, got -1.0"),
    ("max_lr", float("nan"), "max_lr"),
    ("total_steps", 0, "total_steps"),
    ("base_momentum", 0.99, "base_momentum=0.99"),
]


@pytest.mark.parametrize(("name", "value", "match"), IMPOSSIBLE)
def test_an_impossible_value_shows_its_message_and_leaves_the_picture(explorer, name, value, match):
    policy, picture = explorer.policy, explorer._image.value
    control(explorer, name).field.value = value
    assert match in explorer.error
    with pytest.raises(ValueError, match=match.replace("(", r"\(")) as python:
        OneCycle(**({"max_lr": 0.1, "total_steps": 1000} | {name: value}))
    assert explorer.error == str(python.value)
    assert "role='alert'" in explorer._message.value
    assert match in explorer._message.value
    assert (explorer.policy, explorer._image.value) == (policy, picture)
    control(explorer, name).field.value = getattr(policy, name)
    assert explorer.error == explorer._message.value == ""


def test_mending_an_impossible_pair_by_the_other_control(explorer):
    control(explorer, "pct_start").field.value = 0.7
    control(explorer, "three_phase").field.value = True
    assert "at most 0.5" in explorer.error
    control(explorer, "pct_start").field.value = 0.4
    assert explorer.policy == OneCycle(0.1, 1000, pct_start=0.4, three_phase=True)
    assert explorer.error == ""


def test_surprises_are_shown_as_a_note(explorer):
    control(explorer, "pct_start").field.value = 0.0
    assert "no warm-up" in explorer._message.value
    assert "role='status'" in explorer._message.value
    assert explorer.error == ""


@pytest.mark.parametrize("name", PRESETS)
def test_presets_keep_the_rate_and_the_budget(explorer, name):
    explorer.policy = OneCycle(0.3, epochs=5, steps_per_epoch=40)
    explorer._preset.value = name
    expected = OneCycle(0.3, epochs=5, steps_per_epoch=40, **PRESETS[name].settings)
    assert explorer.policy == expected
    assert explorer._preset.value == name
    assert "Source" in explorer._source.value
    control(explorer, "div_factor").field.value = 3.0
    assert explorer._preset.value == OWN


def test_budget_of_epochs_times_steps(explorer):
    explorer._budget.value = MULTIPLIED
    control(explorer, "epochs").field.value = 4
    control(explorer, "steps_per_epoch").field.value = 25
    assert explorer.policy == OneCycle(0.1, epochs=4, steps_per_epoch=25)
    assert control(explorer, "total_steps").field.value == 100
    assert control(explorer, "total_steps").field.disabled
    assert not control(explorer, "epochs").field.disabled


def test_assigning_a_policy_moves_the_controls(explorer):
    policy = OneCycle(0.02, 77, pct_start=0.4, anneal_strategy="linear", cycle_momentum=False)
    explorer.policy = policy
    for name in ("max_lr", "total_steps", "pct_start", "anneal_strategy", "cycle_momentum"):
        assert control(explorer, name).value == getattr(policy, name)
    assert control(explorer, "max_momentum").field.disabled
    assert explorer.policy == policy


def test_the_cursor(explorer):
    explorer.step = 299
    assert explorer._cursor.value == 299
    for text in ("step <b>299</b> of 999", "warm-up", "lr <b>0.1</b>", "momentum <b>0.85</b>"):
        assert text in explorer._readout.value
    explorer._cursor.value = 300
    assert explorer.step == 300
    assert "annealing" in explorer._readout.value
    control(explorer, "total_steps").field.value = 100
    assert explorer.step == 99  # the cursor stays inside the cycle
    with pytest.raises(traitlets.TraitError, match="step must be 0 to 99, got 100"):
        explorer.step = 100


def test_scheduler(explorer):
    control(explorer, "total_steps").field.value = 30
    optimizer = sgd()
    rates = walk(optimizer, explorer.scheduler(optimizer), 30)[0][0]
    np.testing.assert_array_equal(rates, explorer.policy.curve().lr)


def test_wrong_policies_are_refused():
    with pytest.raises(traitlets.TraitError, match="one parameter group"):
        OneCycleExplorer(OneCycle([0.1, 0.2], 100))
    with pytest.raises(TypeError, match="policy must be a OneCycle, got 'one cycle'"):
        OneCycleExplorer(policy="one cycle")


def test_one_figure_whatever_happens(explorer):
    figure = explorer._picture.figure
    artists = len(figure.findobj())
    for share in np.linspace(0.1, 0.8, 50):
        control(explorer, "pct_start").slider.value = share
    explorer.policy = OneCycle(0.1, 1000)
    assert explorer._picture.figure is figure
    assert len(figure.findobj()) <= artists + 20  # ticks come and go; curves do not pile up


def test_closing_leaves_no_widgets_behind():
    gc.collect()
    before = len(live_widgets)
    for _ in range(3):
        explorer = OneCycleExplorer()
        assert len(live_widgets) > before + len(SPECS)
        explorer.close()
    assert len(live_widgets) == before


def test_a_picture_for_readers_without_a_kernel(explorer):
    data, metadata = explorer._repr_mimebundle_()
    assert data["text/plain"] == "OneCycleExplorer(OneCycle(max_lr=0.1, total_steps=1000))"
    assert data["image/png"].startswith("iVBOR")
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "From 0.004 up to 0.1 (step 299)" in metadata["image/png"]["alt"]
