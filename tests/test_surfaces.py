"""Loss surfaces and the balls on them: formulas against differences, balls against torch."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from onecycle_widgets import OneCycle
from onecycle_widgets.policy.baselines import SCHEDULES
from onecycle_widgets.surfaces import RIVALS, SURFACES, bells, roll, steering

NAMES = list(SURFACES)
NEAR = 1e-5


def places(surface, count=200):
    """Random places in the box, where balls can be."""
    left, right, low, high = surface.box
    rng = np.random.default_rng(20261128)
    return rng.uniform(left, right, count), rng.uniform(low, high, count)


def test_there_is_a_surface_for_each_idea():
    assert NAMES == ["bowl", "ravine", "valley", "wells", "falling"]
    ideas = {surface.idea for surface in SURFACES.values()}
    assert len(ideas) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_the_losss_difference(name):
    at = SURFACES[name].at
    x, y = places(SURFACES[name])
    here = at(x, y)
    across = (at(x + NEAR, y).loss - at(x - NEAR, y).loss) / (2 * NEAR)
    up = (at(x, y + NEAR).loss - at(x, y - NEAR).loss) / (2 * NEAR)
    np.testing.assert_allclose(here.gx, across, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(here.gy, up, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_curvature_is_the_gradients_differences_largest_eigenvalue(name):
    at = SURFACES[name].at
    x, y = places(SURFACES[name])
    sides = [at(x + NEAR, y), at(x - NEAR, y), at(x, y + NEAR), at(x, y - NEAR)]
    right, left, above, below = (np.stack([side.gx, side.gy], -1) for side in sides)
    hessian = np.stack([right - left, above - below], -1) / (2 * NEAR)
    largest = np.linalg.eigvalsh((hessian + hessian.swapaxes(-1, -2)) / 2)[:, -1]
    np.testing.assert_allclose(at(x, y).curvature, largest, rtol=1e-5, atol=1e-3)


def test_a_surface_takes_numbers_and_what_broadcasts():
    row, column = np.linspace(-1, 1, 4), np.linspace(-1, 1, 3)[:, None]
    place = SURFACES["valley"].at(row, column)
    assert {field.shape for field in place} == {(3, 4)}
    assert place.curvature.shape == (3, 4)
    assert float(SURFACES["valley"].at(row[1], column[2, 0]).loss) == place.loss[2, 1]


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("nesting", [0.98, 1.02])
def test_the_bowl_bears_a_rate_up_to_its_limit(momentum, nesting):
    """2(1 + momentum) / curvature, on both sides of it, without noise."""
    bowl = replace(SURFACES["bowl"], start=(-0.3, 0.2))  # the first steps reach far
    limit = 2 * (1 + momentum) / float(bowl.at(0, 0).curvature)
    steps = 3000
    run = roll(bowl, np.full(steps, nesting * limit), np.full(steps, momentum), noise=0, balls=9)
    if nesting < 1:
        assert run.flown == 0
        assert run.losses[-1] < 1e-6 * run.losses[0]
    else:
        assert run.flown == 9
        assert np.isnan(run.curvature[-1])


def test_the_noise_is_nearly_normal_and_independent():
    noise = bells(seed=7, balls=300, steps=300)
    flat = noise.reshape(-1)
    assert abs(flat.mean()) < 0.01
    assert abs(flat.var() - 1) < 0.01
    assert abs((flat**4).mean() - 3) < 0.2  # 2.85: eight bytes, not a true bell
    assert np.abs(flat).max() < 4.9
    assert (np.abs(flat) > 2).mean() == pytest.approx(0.0455, abs=0.004)
    shifts = {"ball": noise[:, 1:] * noise[:, :-1], "step": noise[1:] * noise[:-1]}
    shifts["axis"] = noise[..., 0] * noise[..., 1]
    shifts["seed"] = noise * bells(seed=8, balls=300, steps=300)
    for name, product in shifts.items():
        assert abs(product.mean()) < 0.01, name


def test_more_balls_and_more_steps_go_on_where_fewer_end():
    many = bells(seed=3, balls=20, steps=30)
    np.testing.assert_array_equal(bells(seed=3, balls=5, steps=30), many[:, :5])
    np.testing.assert_array_equal(bells(seed=3, balls=20, steps=10), many[:10])
    assert not np.array_equal(bells(seed=2**32 - 1, balls=20, steps=30), many)


@pytest.mark.parametrize("name", NAMES)
def test_the_balls_roll_as_torchs_sgd_moves_weights(name):
    """The gradient by autograd, the noise by hand; momentum and rate of a cycle."""
    surface, balls, seed = SURFACES[name], 4, 5
    run = roll(surface, *steering(OneCycle(0.01, 60)), balls=balls, seed=seed)
    noise = torch.from_numpy(bells(seed, balls, 61)) * torch.tensor(
        surface.noise, dtype=torch.float64
    )
    weights = [torch.tensor(values[0], requires_grad=True) for values in (run.x, run.y)]
    optimizer = torch.optim.SGD(weights, lr=1.0, momentum=0.9)
    for step, (rate, momentum) in enumerate(zip(run.rate, run.momentum, strict=True)):
        optimizer.param_groups[0].update(lr=float(rate), momentum=float(momentum))
        here = surface.at(*(weight.detach().numpy() for weight in weights))
        for axis, (weight, slope) in enumerate(zip(weights, (here.gx, here.gy), strict=True)):
            weight.grad = torch.from_numpy(slope.copy()) + noise[step + 1, :, axis]
        optimizer.step()
        np.testing.assert_allclose(weights[0].detach(), run.x[step + 1], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(weights[1].detach(), run.y[step + 1], rtol=1e-9, atol=1e-12)
    assert run.flown == 0


def test_who_leaves_the_box_stays_at_its_border():
    ravine = SURFACES["ravine"]
    run = roll(ravine, np.full(60, 0.3), np.full(60, 0.9), balls=7)
    assert run.flown == 7
    left, right, low, high = ravine.box
    assert ((run.x >= left) & (run.x <= right) & (run.y >= low) & (run.y <= high)).all()
    for ball, step in enumerate(run.left):
        assert (run.x[step:, ball] == run.x[step, ball]).all()
        assert run.y[step, ball] in (low, high)
    assert np.isfinite(run.losses).all()


@pytest.mark.parametrize("schedule", RIVALS)
def test_rivals_have_the_peak_and_the_length_of_the_cycle(schedule):
    rate, momentum = steering(OneCycle(0.2, 50), schedule, momentum=0.8)
    np.testing.assert_array_equal(rate, SCHEDULES[schedule](0.2, 50).curve().lr)
    assert rate.max() == 0.2
    assert (momentum == 0.8).all()


def test_a_cycle_brings_its_own_momentum_unless_it_does_not_cycle_it():
    assert steering(OneCycle(0.1, 100))[1].min() == 0.85
    assert set(steering(OneCycle(0.1, 100, cycle_momentum=False), momentum=0.5)[1]) == {0.5}


def final(name, schedule="one cycle", peak=0.1, steps=None, at=-1, **options):
    surface = SURFACES[name]
    policy = OneCycle(peak, steps or surface.steps)
    return roll(surface, *steering(policy, schedule), **options).losses[at]


def test_the_ravine_wants_a_rate_that_changes():
    constant = [final("ravine", "constant", rate) for rate in (0.001, 0.01, 0.1)]
    assert final("ravine", "one cycle", 0.03) < 0.7 * min(constant)


@pytest.mark.parametrize("seed", range(3))
def test_in_the_valley_a_large_rate_travels_and_a_small_one_settles(seed):
    small = final("valley", "constant", 0.003, seed=seed)
    large = final("valley", "constant", seed=seed)
    stable = final("valley", "warm-up, stable, decay", at=280, seed=seed)
    decayed = final("valley", "warm-up, stable, decay", seed=seed)
    cycle = final("valley", seed=seed)
    assert decayed < 1.2
    assert cycle < 1.2
    assert min(small, large, stable) > 1.5
    middle = final("valley", at=200, seed=seed)
    assert middle - cycle > 0.3  # the loss falls at the end


@pytest.mark.parametrize("seed", range(3))
def test_a_high_peak_leaves_the_sharp_well(seed):
    wells = SURFACES["wells"]
    shares = [
        roll(wells, *steering(OneCycle(peak, wells.steps)), seed=seed).share_beyond(wells.border)
        for peak in (0.03, 0.1, 0.2)
    ]
    assert shares[0] == 0
    assert 0.1 < shares[1] < 0.4
    assert shares[2] > 0.95


def test_the_ridge_between_the_wells_is_where_the_balls_part():
    wells = SURFACES["wells"]
    across = np.linspace(-1.2, 1.2, 241)
    heights = wells.at(across, 0.0).loss
    assert across[heights.argmax()] == pytest.approx(wells.border, abs=0.05)


def test_where_the_curvature_falls_a_warm_up_bears_what_a_constant_rate_does_not():
    falling = SURFACES["falling"]
    cycle = roll(falling, *steering(OneCycle(0.1, falling.steps)))
    constant = roll(falling, *steering(OneCycle(0.1, falling.steps), "constant"))
    assert cycle.flown == 0
    assert (constant.left >= 0).all()
    assert constant.left.max() <= 5
    limit = 2 * (1 + cycle.momentum) / cycle.rate
    assert (cycle.curvature[:-1] < limit).all()
    assert constant.curvature[0] > 10 * 2 * 1.9 / 0.1
