"""What a block does to model and optimizer is undone at its end, down to the very objects."""

import pytest
import torch
from torch import nn

from onecycle_widgets.range_test.snapshot import restored


@pytest.fixture
def model():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


@pytest.fixture
def optimizer(model):
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def test_a_tensor_learning_rate_is_the_same_tensor_with_the_same_value(model):
    lr = torch.tensor(0.05)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, foreach=False)
    with restored(model, optimizer):
        lr.fill_(7.0)
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == torch.tensor(0.05).item()
    with restored(model, optimizer):
        optimizer.param_groups[0]["lr"] = torch.tensor(3.0)
    assert optimizer.param_groups[0]["lr"] is lr


def test_parameters_and_buffers_that_were_replaced_come_back_themselves(model, optimizer):
    layer, norm = model
    weight, mean = layer.weight, norm.running_mean
    before = weight.detach().clone(), mean.clone()
    with restored(model, optimizer):
        layer.weight = nn.Parameter(torch.ones(4, 3))
        norm.running_mean = torch.ones(4)
        layer.register_buffer("extra", torch.zeros(1))
        weight.data.fill_(5.0)
    assert layer.weight is weight
    assert norm.running_mean is mean
    assert torch.equal(weight, before[0])
    assert torch.equal(mean, before[1])
    assert not hasattr(layer, "extra")


def test_what_was_frozen_or_thawed_is_as_before(model, optimizer):
    layer = model[0]
    layer.bias.requires_grad_(False)
    with restored(model, optimizer):
        layer.weight.requires_grad_(False)
        layer.bias.requires_grad_(True)
    assert layer.weight.requires_grad
    assert not layer.bias.requires_grad


def test_gradients_are_set_aside_so_that_none_is_added_to_them(model, optimizer):
    weight = model[0].weight
    weight.grad = gradient = torch.full((4, 3), 7.0)
    with restored(model, optimizer):
        assert weight.grad is None
        model(torch.randn(5, 3)).square().sum().backward()
        assert weight.grad is not None
    assert weight.grad is gradient
    assert torch.equal(gradient, torch.full((4, 3), 7.0))
    assert model[0].bias.grad is None
