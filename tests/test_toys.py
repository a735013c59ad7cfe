import itertools
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from onecycle_widgets import OneCycleLR, evaluate, toys, train

SHAPES = {
    "digits": (1437, 360, (64,), 10),
    "mnist1d": (4000, 1000, (1, 40), 10),
    "spirals": (1200, 300, (2,), 3),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_standardised_and_seeded(name):
    make = getattr(toys, name)
    toy = make()
    train_size, test_size, shape, classes = SHAPES[name]
    assert toy.name == name
    assert toy.train.x.shape == (train_size, *shape)
    assert toy.test.x.shape == (test_size, *shape)
    assert toy.classes == classes
    assert toy.train.x.dtype == torch.float32
    assert toy.train.y.dtype == torch.int64
    assert set(toy.train.y.tolist()) == set(toy.test.y.tolist()) == set(range(classes))
    assert toy.train.x.mean().item() == pytest.approx(0, abs=1e-4)
    assert toy.train.x.std(correction=0).item() == pytest.approx(1, abs=1e-4)
    assert torch.equal(make().train.x, toy.train.x)
    assert make(dtype=torch.float64).test.x.dtype == torch.float64
    assert not torch.equal(make(seed=7).train.x, toy.train.x)


@pytest.mark.parametrize("name", SHAPES)
def test_global_random_states_are_left_alone(name):
    toys.data._mnist1d_arrays.cache_clear()
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()
    getattr(toys, name)()
    toys.mlp(seed=1), toys.convnet(seed=1)
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
    assert torch.equal(torch.get_rng_state(), before[2])


def by_torch(seed, make):
    """What the process's generator gives."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        return [parameter for layer in make() for parameter in layer.parameters()]


@pytest.mark.parametrize("seed", [0, 1, 2**40 + 7])
@pytest.mark.parametrize(
    ("inputs", "hidden", "classes"),
    [(64, (64, 64), 10), (2, (16,), 3), (40, (100, 100), 10), (1, (1,), 1), (5, (3, 77, 2), 9)],
)
def test_weights_are_those_that_torch_draws_for_the_seed(inputs, hidden, classes, seed):
    widths = [inputs, *hidden, classes]
    wanted = by_torch(seed, lambda: [nn.Linear(a, b) for a, b in itertools.pairwise(widths)])
    own = list(toys.mlp(inputs, classes, hidden, seed, torch.float64).parameters())
    assert [p.tolist() for p in own] == [p.double().tolist() for p in wanted]


@pytest.mark.parametrize(("channels", "blocks"), [(1, 0), (12, 1), (24, 3)])
def test_convolutions_are_those_that_torch_draws_for_the_seed(channels, blocks):
    def make():
        first = nn.Conv1d(1, channels, 5, bias=False)
        inner = [nn.Conv1d(channels, channels, 3, bias=False) for _ in range(2 * blocks)]
        return [first, *inner, nn.Linear(channels, 10)]

    own = list(toys.convnet(channels=channels, blocks=blocks, seed=3).parameters())
    drawn = [p for place, p in enumerate(own) if p.ndim > 1 or place == len(own) - 1]
    assert [p.tolist() for p in drawn] == [p.tolist() for p in by_torch(3, make)]


def test_weights_mind_no_default_dtype_and_follow_the_default_device():
    kinds = toys.mlp, toys.convnet, toys.residual_mlp
    usual = [list(make(seed=3).parameters()) for make in kinds]
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        other = [list(make(seed=3).parameters()) for make in kinds]
    finally:
        torch.set_default_dtype(before)
    for one, two in zip(usual, other, strict=True):
        assert all(map(torch.equal, one, two))
    with torch.device("meta"):
        assert all(p.is_meta for make in kinds for p in make(seed=3).parameters())


def test_holdout_divides_the_training_data():
    toy = toys.spirals()
    train_on, held_out = toy.holdout(0.25)
    assert (len(train_on.y), len(held_out.y)) == (900, 300)
    both = torch.cat([train_on.x, held_out.x])
    assert torch.equal(both.sort(0).values, toy.train.x.sort(0).values)
    with pytest.raises(ValueError, match="fraction"):
        toy.holdout(0.0)


def test_batches():
    split = toys.spirals().train
    batches = split.batches(50, seed=3)
    assert len(batches) == 24
    first, second = list(batches), list(batches)
    assert all(x.shape == (50, 2) and y.shape == (50,) for x, y in first)
    assert not torch.equal(first[0][0], second[0][0])  # a new order in every epoch
    seen = torch.cat([x for x, _ in first])
    assert torch.equal(seen.sort(0).values, split.x.sort(0).values)
    again = list(split.batches(50, seed=3))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    assert len(list(split.batches(500))) == 2  # an incomplete batch is dropped
    with pytest.raises(ValueError, match="batch_size must be at most 1200, got 2000"):
        split.batches(2000)


MODELS = {
    "digits": lambda: (toys.digits(), toys.mlp(), 0.1, 0.93),
    "mnist1d": lambda: (toys.mnist1d(), toys.convnet(channels=16, blocks=2), 0.2, 0.8),
    "spirals": lambda: (toys.spirals(), toys.mlp(2, 3), 0.3, 0.95),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_small_model_learns_it(name):
    toy, model, max_lr, wanted = MODELS[name]()
    optimizer = torch.optim.SGD(model.parameters(), lr=max_lr, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr, total_steps=200)
    train(model, optimizer, cross_entropy, toy.train.batches(64), scheduler, progress=False)
    assert evaluate(model, toy.test)[1] > wanted


def test_models_are_seeded():
    for make in (toys.mlp, toys.convnet):
        same = [next(iter(make(seed=2).parameters())) for _ in range(2)]
        assert torch.equal(*same)
        assert not torch.equal(same[0], next(iter(make(seed=3).parameters())))
    assert next(toys.convnet(dtype=torch.float64).parameters()).dtype == torch.float64
    assert sum(p.numel() for p in toys.mlp().parameters()) == 8970


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: toys.spirals(samples=5), "samples"),
        (lambda: toys.spirals(classes=1), "classes"),
        (lambda: toys.spirals(noise=-1), "noise"),
        (lambda: toys.digits(seed=-1), "seed"),
        (lambda: toys.mlp(hidden=(0,)), "hidden"),
        (lambda: toys.convnet(channels=0), "channels"),
    ],
)
def test_bad_input(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_pictures_of_the_digits():
    figure = toys.digits().train.plot()
    assert figure.alt == "1,437 images of 8 x 8 pixels, 10 classes"
    assert figure.axes[0].images[0].get_array().shape == (27, 90)


def by_block(init, seed):
    """By how much each of eight blocks multiplies the mean square of the signal."""
    signal, found = toys.digits(dtype=torch.float64).train.x, []
    net = toys.residual_mlp(blocks=8, init=init, seed=seed, dtype=torch.float64)
    with torch.no_grad():
        for layer in net:
            before, signal = signal, layer(signal)
            if hasattr(layer, "body"):
                found.append((signal.square().mean() / before.square().mean()).item())
    assert net[-1].out_features == 10
    assert not any(isinstance(m, torch.nn.BatchNorm1d) for m in net.modules())
    return found


def test_a_residual_net_without_normalisation_triples_the_signal_in_each_block():
    """He's weights double it where a ReLU halves it again; no ReLU follows a block's last layer."""
    grown = [by_block("he", seed) for seed in range(10)]
    assert np.shape(grown) == (10, 8)
    assert np.mean(grown) == pytest.approx(3, rel=0.05)
    assert by_block("zero last", 0) == [1.0] * 8


def test_a_residual_net_is_its_seeds_and_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    one, twin, other = (toys.residual_mlp(seed=seed) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one[4].body[0].weight, twin[4].body[0].weight)
    assert not torch.equal(one[4].body[0].weight, other[4].body[0].weight)
    zero = toys.residual_mlp(seed=3, init="zero last")
    assert torch.equal(zero[4].body[0].weight, one[4].body[0].weight)
    assert not zero[4].body[2].weight.any()
    with pytest.raises(ValueError, match="init must be 'he' or 'zero last', got 'xavier'"):
        toys.residual_mlp(init="xavier")
    with pytest.raises(ValueError, match="blocks"):
        toys.residual_mlp(blocks=-1)
