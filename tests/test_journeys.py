"""Trainings looked at on the way: what is stored, a sample run afresh, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from onecycle_widgets import OneCycle, toys
from onecycle_widgets.evidence import journey_figures, journeys, stored
from onecycle_widgets.evidence.journeys import FILE, LOOKS, NAMES, SEEDS, WAYS, Way, limit, steps
from onecycle_widgets.exercises import why_it_works
from onecycle_widgets.policy.baselines import Constant

DATA = Path(__file__).parents[1] / "notebooks" / "data"


@pytest.fixture(scope="module")
def seen():
    return journeys.load(DATA)


def test_a_sample_run_afresh_finds_what_is_stored(seen):
    name, seed = ("MLP", "peak 0.1"), 3
    again, kept = journeys.travel(WAYS[name], seed), seen.of(*name)
    np.testing.assert_allclose(again.loss, kept.loss[seed], rtol=0.05)
    np.testing.assert_allclose(again.sharpness, kept.sharpness[seed], rtol=0.2)
    np.testing.assert_allclose(again.distance, kept.distance[seed], rtol=0.01, atol=0.01)
    np.testing.assert_allclose(again.test, kept.test[seed], atol=1.5)


def test_a_training_that_dies_is_not_a_number_from_then_on(seen):
    name = "residual", "constant"
    again, kept = journeys.travel(WAYS[name], 0), seen.of(*name)
    assert again.sharpness[0] == pytest.approx(kept.sharpness[0, 0], rel=0.02)
    for values in (again.loss, kept.loss[0], kept.sharpness[0], kept.distance[0]):
        assert np.isfinite(values[0])
        assert np.isnan(values[1:]).all()


def test_a_journey_is_the_plain_loop():
    way = Way("digits", toys.mlp, OneCycle(0.1, 40), 1e-3)
    model, digits = toys.mlp(seed=1), toys.digits()
    optimizer = way.setting.make_optimizer(model.parameters())
    scheduler = OneCycle(0.1, 40).scheduler(optimizer)
    order = digits.train.batches(64, seed=1)
    batches = [*order, *order]
    for x, y in batches[:40]:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        loss = cross_entropy(model(digits.train.x[:512]), digits.train.y[:512]).item()
        right = (model(digits.test.x).argmax(1) == digits.test.y).float().mean().item()
    found = journeys.travel(way, seed=1)
    assert found.loss[-1] == pytest.approx(loss, rel=1e-5)
    assert found.test[-1] == pytest.approx(100 * right)


def test_looks_are_spread_over_the_training_from_before_the_first_step_to_after_the_last():
    for way in WAYS.values():
        at = steps(way)
        assert len(at) == LOOKS
        assert (at[0], at[-1]) == (0, way.schedule.total_steps)
        assert (np.diff(at) > 0).all()


def test_the_limit_follows_rate_and_momentum():
    constant = limit(Way("digits", toys.mlp, Constant(0.1, 200), 0.0))
    np.testing.assert_allclose(constant, 2 * 1.9 / 0.1)
    cycle = OneCycle(0.1, 400)
    curve = cycle.curve()
    found = limit(Way("digits", toys.mlp, cycle, 0.0))
    np.testing.assert_allclose(found[3], 2 * (1 + curve.momentum[30]) / curve.lr[30])
    assert found[-1] == pytest.approx(2 * (1 + curve.momentum[-1]) / curve.lr[-1])


def test_nothing_is_stored_that_cannot_be(seen):
    for name in NAMES:
        part = seen.of(*name)
        alive = np.isfinite(part.loss)
        assert (np.diff(alive.astype(int)) <= 0).all()  # who is dead stays dead
        for values in (part.loss, part.test_loss, part.distance):
            assert (values[alive] >= 0).all()
        assert ((part.test[alive] >= 0) & (part.test[alive] <= 100)).all()
        assert (part.distance[:, 0] == 0).all()


def test_what_is_damaged_or_belongs_to_another_plan_is_refused(seen, tmp_path, monkeypatch):
    arrays = {name: getattr(seen, name)[:1] for name in seen.__dataclass_fields__}
    stored.save(tmp_path / FILE, journeys._plan(), arrays)
    with pytest.raises(ValueError, match=rf"must hold .*\({len(NAMES)}, {SEEDS}, {LOOKS}\)"):
        journeys.load(tmp_path)
    (tmp_path / FILE).write_bytes((DATA / FILE).read_bytes()[:1000])
    with pytest.raises(ValueError, match="damaged"):
        journeys.load(tmp_path)
    monkeypatch.setattr(journeys, "LOOKS", 21)
    with pytest.raises(
        ValueError, match=r"another plan: python -m onecycle_widgets\.evidence\.jour"
    ):
        journeys.load(DATA)


def test_the_table_of_the_exercise_shows_whose_it_is(seen):
    table = why_it_works.four_ways(seen)
    for column, (letter, name) in enumerate(why_it_works.SHOWN.items(), start=1):
        assert table.header[column] == letter
        sharpness = seen.of(*name).sharpness[0]
        assert table.rows[0][column] == f"{sharpness[0]:.3g}"
        assert table.rows[-1][column] == f"{sharpness[-1]:.3g}"


def test_the_figures_say_who_dies(seen):
    rows = {"dies": ("residual", "constant"), "lives": ("residual", "one cycle")}
    alt = journey_figures.stability(seen, rows, "Some die").alt
    assert alt.startswith("Some die. dies: 5 seeds begin at")
    assert alt.count("4 die") == 1
