"""The code for each framework, as far as no framework is needed; tests/frameworks runs it."""

import ast
import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onecycle_widgets import OneCycle
from onecycle_widgets.policy.frameworks import FRAMEWORKS

OTHERS = [name for name in FRAMEWORKS if name != "torch"]
WITH_TORCHS = ["torch", "lightning", "transformers", "accelerate"]


@st.composite
def cycles(draw):
    """Cycles of every shape, one to three groups, with and without a warm-up."""
    three = draw(st.booleans())
    groups = draw(st.integers(1, 3))
    rates = draw(st.lists(st.floats(1e-5, 10), min_size=groups, max_size=groups))
    share = draw(st.floats(0, 0.5 if three else 0.99))
    steps = draw(st.integers(4, 60))
    low, high = sorted(draw(st.floats(0.01, 0.99)) for _ in range(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return OneCycle(
            rates if groups > 1 else rates[0],
            steps,
            pct_start=0.3 if share * steps == 1 else share,
            anneal_strategy=draw(st.sampled_from(["cos", "linear"])),
            cycle_momentum=draw(st.booleans()),
            base_momentum=draw(st.sampled_from([low, [low] * groups])),
            max_momentum=high,
            div_factor=draw(st.floats(1, 100)),
            final_div_factor=draw(st.floats(1, 1e5)),
            three_phase=three,
        )


@pytest.mark.parametrize("framework", FRAMEWORKS)
@settings(max_examples=60, deadline=None)
@given(cycles())
def test_a_text_is_a_program_that_names_the_cycles_numbers(framework, policy):
    text = policy.code(framework)
    ast.parse(text)
    for number in (*policy.per_group("max_lr"), policy.total_steps):
        assert repr(number) in text
    assert not re.search(r"^\?|\$", text, re.MULTILINE)  # every gap is filled
    assert text == text.strip()
    if framework in WITH_TORCHS:
        call = policy.code()
        assert all(line.strip() in text for line in call.split("\n"))


@settings(max_examples=300, deadline=None)
@given(cycles())
def test_what_is_computed_without_torch_is_the_curve(policy):
    """The part that the texts for fastai, Keras and optax share needs NumPy alone."""
    text = policy.code("optax")
    names = {}
    exec(text[text.index("import numpy") : text.index("import optax")], names)
    exec(text[text.index("# OneCycle(") : text.index("def schedule(")], names)
    curve = policy.curve()
    pairs = [(names["rates"], curve.lr)]
    if policy.cycle_momentum:
        pairs.append((names["momenta"], curve.momentum))
    for rows, wanted in pairs:
        found = [names["at_each_step"](row) for row in (rows if policy.groups else [rows])]
        room = 1e-13 * np.max(wanted)
        np.testing.assert_allclose(found, np.atleast_2d(wanted), rtol=1e-12, atol=room)


@pytest.mark.parametrize("name", ["tensorflow", "Torch", "", None, ["keras"]])
def test_an_unknown_framework_is_refused_in_words(name):
    with pytest.raises(ValueError, match="framework must be one of") as refused:
        OneCycle(0.1, 100).code(name)
    choices = ", ".join(map(repr, FRAMEWORKS))
    assert str(refused.value) == f"framework must be one of {choices}; got {name!r}"


def test_torch_has_two_names():
    policy = OneCycle(0.1, 100)
    assert policy.code("pytorch") == policy.code("torch") == policy.code()


@pytest.mark.filterwarnings("ignore:no warm-up")
def test_fastai_gets_its_own_call_where_that_can_say_it():
    fitting = OneCycle([0.1, 0.2], 100, div_factor=10, final_div_factor=50, pct_start=0.25)
    text = fitting.code("fastai")
    for line in ("lr_max=[0.1, 0.2]", "div_final=10.0 * 50.0", "pct_start=0.25 - 1 / 100"):
        assert f"    {line},\n" in text
    for changes in (
        {"three_phase": True},
        {"anneal_strategy": "linear"},
        {"cycle_momentum": False},
        {"base_momentum": [0.8, 0.9]},
        {"pct_start": 0.005},
    ):
        text = fitting.replace(**changes).code("fastai")
        assert "ParamScheduler(" in text
        assert "fit_one_cycle(" not in text


@pytest.mark.parametrize("framework", OTHERS)
def test_lines_fit_an_editor(framework):
    policy = OneCycle(0.1, 1000, div_factor=10, final_div_factor=100, three_phase=True)
    for one in (policy, policy.replace(three_phase=False), policy.replace(max_lr=[0.1, 0.2])):
        lines = one.code(framework).split("\n")
        assert max(len(line) for line in lines if "OneCycle(max_lr" not in line) <= 100
