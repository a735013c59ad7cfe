"""The largest eigenvalue of the Hessian: known answers, nothing changed, clear refusals."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from onecycle_widgets import sharpness, toys

X = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [2.0, 0.0, 1.0]], dtype=torch.float64)
Y = torch.zeros(3, 1, dtype=torch.float64)


def whole_hessian(model, loss_fn, batch):
    """Every second derivative, one by one."""
    weights = [p for p in model.parameters() if p.requires_grad]
    grads = torch.autograd.grad(loss_fn(model(batch[0]), batch[1]), weights, create_graph=True)
    flat = torch.cat([grad.flatten() for grad in grads])
    rows = [
        torch.autograd.grad(g, weights, retain_graph=True, materialize_grads=True) for g in flat
    ]
    return np.array([torch.cat([part.flatten() for part in row]).numpy() for row in rows])


def test_a_quadratic_whose_answer_is_known():
    line = nn.Linear(3, 1, bias=False, dtype=torch.float64)
    expected = np.linalg.eigvalsh(2 * (X.T @ X / 3).numpy())[-1]
    assert sharpness(line, mse_loss, (X, Y)) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("inputs", [1, 2])
def test_models_of_one_or_two_weights(inputs):
    line = nn.Linear(inputs, 1, bias=False, dtype=torch.float64)
    x = X[:, :inputs]
    expected = np.linalg.eigvalsh(2 * (x.T @ x / 3).numpy())[-1]
    assert sharpness(line, mse_loss, (x, Y)) == pytest.approx(expected)


def test_a_small_net_against_its_whole_hessian():
    model = toys.mlp(inputs=3, classes=2, hidden=(5,), dtype=torch.float64)
    batch = X, torch.tensor([0, 1, 1])
    expected = np.linalg.eigvalsh(whole_hessian(model, cross_entropy, batch))[-1]
    assert sharpness(model, cross_entropy, batch) == pytest.approx(expected, rel=1e-3)


def test_the_largest_not_that_of_largest_magnitude():
    """A saddle that bends down more than up."""

    class Saddle(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.zeros(4, dtype=torch.float64))

        def forward(self, x):
            return (x * self.w**2).sum() / 2

    bends = torch.tensor([-50.0, 1.0, 3.0, 2.0], dtype=torch.float64)
    assert sharpness(Saddle(), lambda out, _: out, (bends, None)) == pytest.approx(3, rel=1e-3)


def test_what_does_not_curve_has_none():
    line = nn.Linear(3, 1, bias=False, dtype=torch.float64)
    assert sharpness(line, lambda out, _: out.sum(), (X, Y)) == 0.0


def test_frozen_weights_do_not_count():
    model = nn.Sequential(
        nn.Linear(3, 3, dtype=torch.float64), nn.Linear(3, 1, dtype=torch.float64)
    )
    model[0].requires_grad_(False)
    hidden = torch.cat([model[0](X), torch.ones(3, 1, dtype=torch.float64)], dim=1).detach()
    expected = np.linalg.eigvalsh(2 * (hidden.T @ hidden / 3).numpy())[-1]
    assert sharpness(model, mse_loss, (X, Y)) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_stays_as_it_was(training):
    model = nn.Sequential(
        nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 2)
    ).train(training)
    batch = X.float(), torch.tensor([0, 1, 1])
    cross_entropy(model(batch[0]), batch[1]).backward()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    grads = [p.grad.clone() for p in model.parameters()]
    before = torch.random.get_rng_state()
    first = sharpness(model, cross_entropy, batch)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(module.training == training for module in model.modules())
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), grads, strict=True))
    with torch.no_grad():
        assert sharpness(model, cross_entropy, batch) == pytest.approx(first)


def test_the_residual_net_starts_sharp_and_the_plain_one_does_not():
    x, y = toys.digits().train
    batch = x[:128], y[:128]
    sharp, zero, plain = (
        sharpness(model, cross_entropy, batch)
        for model in (toys.residual_mlp(), toys.residual_mlp(init="zero last"), toys.mlp())
    )
    assert sharp > 20 * zero > 20 * plain


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": 3}, TypeError, "model must be"),
        ({"loss_fn": "mse"}, TypeError, "loss_fn must be callable"),
        ({"batch": X}, TypeError, "batch must be a pair"),
        ({"tolerance": 0}, ValueError, "tolerance"),
        ({"seed": -1}, ValueError, "seed"),
        ({"model": nn.ReLU()}, ValueError, "weights that require gradients"),
        ({"loss_fn": lambda out, _: out}, ValueError, "scalar"),
        ({"loss_fn": lambda out, _: out.sum() * float("nan")}, ValueError, "finite"),
    ],
)
def test_what_is_refused(change, error, message):
    given = {"model": nn.Linear(3, 1, dtype=torch.float64), "loss_fn": mse_loss, "batch": (X, Y)}
    with pytest.raises(error, match=message):
        sharpness(**given | change)
