"""What a block does to model and optimizer is undone at its end, down to the very objects."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

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


def test_a_sparse_buffer_that_was_changed_in_place_is_as_before(model, optimizer):
    buffer = torch.tensor([1.0, 2.0, 0.0, 0.0]).to_sparse()
    model.register_buffer("sparse", buffer)
    with restored(model, optimizer):
        buffer.mul_(3.0)
        buffer.add_(torch.tensor([0.0, 0.0, 0.0, 7.0]).to_sparse())
    assert model.sparse is buffer
    assert buffer.to_dense().tolist() == [1.0, 2.0, 0.0, 0.0]
    assert buffer.is_coalesced()


def test_hooks_of_a_parameter_are_as_before(model, optimizer):
    weight, bias = model[0].weight, model[0].bias
    once = weight.register_hook(lambda gradient: 0 * gradient)
    with restored(model, optimizer):
        once.remove()
        weight.register_hook(lambda gradient: gradient + 1)
        bias.register_hook(lambda gradient: gradient + 1)
        bias.register_post_accumulate_grad_hook(lambda p: p.grad.fill_(5.0))
    model[0](torch.ones(1, 3)).sum().backward()
    assert weight.grad.tolist() == [[0.0] * 3] * 4
    assert bias.grad.tolist() == [1.0] * 4


def test_a_gradient_that_is_a_view_keeps_its_values(model, optimizer):
    bucket = torch.full((12,), 7.0)
    model[0].weight.grad = gradient = bucket.view(4, 3)
    with restored(model, optimizer):
        bucket.zero_()  # as DistributedDataParallel does with gradient_as_bucket_view=True
    assert model[0].weight.grad is gradient
    assert gradient.tolist() == [[7.0] * 3] * 4


def test_a_graph_made_before_can_be_used_when_nothing_moved(model, optimizer):
    loss = model(torch.randn(5, 3)).square().sum()
    model[1].eval()
    with restored(model, optimizer):
        pass
    loss.backward()
    assert model[0].weight.grad is not None


class Counts(torch.utils.data.Sampler):
    """Begins to count epochs with the first one."""

    def __iter__(self):
        self.epoch = getattr(self, "epoch", 0) + 1
        return iter(range(self.epoch, 8))

    def __len__(self):
        return 8


class CountingLoader(DataLoader):
    """Begins to count its epochs with the first one."""

    def __iter__(self):
        self.epoch = getattr(self, "epoch", 0) + 1
        return super().__iter__()


def test_a_count_that_begins_in_the_block_begins_anew(model, optimizer):
    loader = CountingLoader(range(8), sampler=Counts())
    with restored(model, optimizer, loader):
        assert len(list(loader)) == 7
    assert not hasattr(loader, "epoch")
    assert not hasattr(loader.sampler, "epoch")
    assert len(list(loader)) == 7


def test_numpys_bare_generators_are_as_before(model, optimizer):
    model.bits = np.random.PCG64(3)
    with restored(model, optimizer):
        drawn = model.bits.random_raw()
    assert model.bits.random_raw() == drawn


def test_a_parametrization_that_was_added_is_gone(model, optimizer):
    with restored(model, optimizer):
        nn.utils.parametrizations.weight_norm(model[0])
    assert type(model[0]) is nn.Linear
    assert not nn.utils.parametrize.is_parametrized(model[0])
