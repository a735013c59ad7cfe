"""Hard cases for whatever promises to give a training state back: models, optimizers, loaders.

Each case makes a world, always the same one. Two are made; in one a range test is run; then both
are looked at and trained on. They must not differ in a single bit. Most cases were reported to one
finder or another; `tests/benchmarks/range_test.py` shows how others fare with them.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import BatchSampler, DataLoader, Dataset, Sampler, TensorDataset
from tqdm import tqdm

CLASSES, INPUTS, SAMPLES, SIZE = 3, 6, 48, 8


@dataclass
class World:
    """What a range test gets, and what else is to be compared afterwards."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    batches: Iterable[Any]
    loss_fn: Callable[[Any, Any], Tensor] = cross_entropy
    options: dict[str, Any] = field(default_factory=dict)
    look: Callable[[], Any] = lambda: None
    raises: type[BaseException] | None = None


def data(seed: int = 0) -> TensorDataset:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(SAMPLES, INPUTS, generator=generator, dtype=torch.float64)
    return TensorDataset(x, torch.randint(CLASSES, (SAMPLES,), generator=generator))


def loader(dataset: Any = None, **options: Any) -> DataLoader:
    return DataLoader(dataset or data(), **({"batch_size": SIZE, "shuffle": True} | options))


def mlp(*between: nn.Module) -> nn.Sequential:
    torch.manual_seed(1)
    layers = [nn.Linear(INPUTS, 8), *(between or (nn.ReLU(),)), nn.Linear(8, CLASSES)]
    return nn.Sequential(*layers).double()


def sgd(model: nn.Module, **options: Any) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), lr=0.05, **({"momentum": 0.9} | options))


def usual(model: nn.Module | None = None, batches: Any = None, **changes: Any) -> World:
    model = model or mlp()
    return World(
        model, changes.pop("optimizer", None) or sgd(model), batches or loader(), **changes
    )


CASES: dict[str, Callable[[], World]] = {}


def case(make: Callable[[], World]) -> Callable[[], World]:
    CASES[make.__name__.replace("_", " ")] = make
    return make


@case
def a_plain_model() -> World:
    return usual()


@case
def adam_under_way() -> World:
    model = mlp()
    world = usual(model, optimizer=torch.optim.Adam(model.parameters(), lr=0.01))
    train(world, 3)
    return world


@case
def dropout_and_batch_norm() -> World:
    return usual(mlp(nn.BatchNorm1d(8), nn.Dropout(0.5)))


@case
def a_frozen_batch_norm_left_in_eval_mode() -> World:
    model = mlp(nn.BatchNorm1d(8), nn.ReLU())
    model[1].eval()
    return usual(model, look=lambda: model[1].running_mean.tolist())


@case
def gradients_under_way() -> World:
    world = usual()
    x, y = data()[:SIZE]
    cross_entropy(world.model(x), y).backward()
    return world


@case
def a_learned_temperature_in_the_optimizer_only() -> World:
    model, heat = mlp(), nn.Parameter(torch.ones((), dtype=torch.float64))
    optimizer = torch.optim.SGD([*model.parameters(), heat], lr=0.05, momentum=0.9)
    return usual(
        model,
        optimizer=optimizer,
        loss_fn=lambda output, y: cross_entropy(output * heat, y),
        look=heat.item,
    )


@case
def a_tensor_learning_rate() -> World:
    model = mlp()
    rate = torch.tensor(0.05)
    return usual(model, optimizer=torch.optim.SGD(model.parameters(), lr=rate), look=rate.item)


@case
def tied_weights() -> World:
    model = mlp(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    model[3].weight = model[1].weight
    return usual(model, look=lambda: model[3].weight is model[1].weight)


def with_buffer(buffer: Tensor) -> World:
    model = mlp()
    model.register_buffer("position", buffer, persistent=False)
    return usual(model, look=lambda: (model.position is buffer, buffer.tolist()))


@case
def an_expanded_buffer() -> World:
    return with_buffer(torch.arange(8).expand(2, -1))


@case
def an_unfolded_buffer() -> World:
    return with_buffer(torch.arange(8.0).unfold(0, 3, 1))


class Moves(nn.Module):
    """Changes a buffer whose elements share memory."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("row", torch.zeros(1, 8, dtype=torch.float64).expand(SIZE, -1))

    def forward(self, x: Tensor) -> Tensor:
        self.row[0] += x.detach().mean(0)
        return x + self.row


@case
def an_expanded_buffer_that_moves() -> World:
    return usual(mlp(Moves()))


@case
def a_buffer_made_in_inference_mode() -> World:
    with torch.inference_mode():
        buffer = torch.arange(4.0)
    return with_buffer(buffer)


class ActNorm(nn.Module):
    """Takes scale and shift from its first batch; a flag says whether it did."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(8))
        self.shift = nn.Parameter(torch.zeros(8))
        self.initialized = False

    def forward(self, x: Tensor) -> Tensor:
        if not self.initialized:
            with torch.no_grad():
                self.scale.copy_(1 / x.std(0))
                self.shift.copy_(-x.mean(0))
            self.initialized = True
        return (x + self.shift) * self.scale


@case
def a_layer_initialized_by_its_first_batch() -> World:
    model = mlp(ActNorm(), nn.ReLU())
    return usual(model, look=lambda: model[1].initialized)


class Merging(nn.Module):
    """A low-rank layer that adds itself to the weight in eval mode, and takes itself out again."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(8), requires_grad=False)
        self.low = nn.Parameter(torch.full((8, 8), 0.1))
        self.merged = False

    def train(self, mode: bool = True) -> "Merging":
        super().train(mode)
        if mode == self.merged:
            with torch.no_grad():
                self.weight += -self.low if self.merged else self.low
            self.merged = not self.merged
        return self

    def forward(self, x: Tensor) -> Tensor:
        return x @ (self.weight if self.merged else self.weight + self.low)


def merging(**options: Any) -> World:
    model = mlp(Merging(), nn.ReLU())
    layer = model[1]
    return usual(model, options=options, look=lambda: (layer.merged, layer.weight.tolist()))


class Freezes(nn.Module):
    """Stops training one of its weights after a few batches, as gradual freezing does."""

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Parameter(torch.ones(8))
        self.late = nn.Parameter(torch.ones(8), requires_grad=False)
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        if self.calls == 3:
            self.early.requires_grad_(False)
            self.late.requires_grad_(True)
        return x * self.early * self.late


@case
def weights_frozen_and_thawed_on_the_way() -> World:
    return usual(mlp(Freezes()))


class SwitchesOff(nn.Module):
    """Puts its BatchNorm into eval mode once it has seen some batches."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.calls = nn.BatchNorm1d(8), 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        if self.calls == 4:
            self.norm.eval()
        return self.norm(x)


@case
def a_batch_norm_put_into_eval_mode_on_the_way() -> World:
    return usual(mlp(SwitchesOff(), nn.ReLU()))


class Hooks(nn.Module):
    """Registers a hook at every call, and removes its first one: the output depends on them."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Tanh()
        self.first = self.inner.register_forward_hook(lambda _, __, output: 1.1 * output)

    def forward(self, x: Tensor) -> Tensor:
        self.first.remove()
        self.inner.register_forward_hook(lambda _, __, output: 0.9 * output)
        return self.inner(x)


@case
def hooks_of_modules_that_come_and_go() -> World:
    model = mlp(Hooks())
    return usual(model, look=lambda: len(model[1].inner._forward_hooks))


class Recent(nn.Module):
    """Keeps the last means in a deque, the calls in a set, and a table of lists."""

    def __init__(self) -> None:
        super().__init__()
        self.means: deque[float] = deque([0.5], maxlen=3)
        self.calls: set[int] = {0}
        self.table = ([1.0], {"odd": [0]})

    def forward(self, x: Tensor) -> Tensor:
        self.means.append(float(x.detach().mean()))
        self.calls.add(len(self.calls))
        self.table[0].append(self.means[-1])
        self.table[1]["odd"][0] += 1
        return x + sum(self.means) + 0.01 * len(self.calls)


@case
def a_deque_a_set_and_a_tuple_of_lists() -> World:
    layer = Recent()
    means, calls, table = layer.means, layer.calls, layer.table
    return usual(
        mlp(layer, nn.ReLU()),
        look=lambda: (
            list(means), sorted(calls), list(table),
            layer.means is means, layer.calls is calls, layer.table is table,
        ),
    )  # fmt: skip


@case
def a_layer_that_merges_in_eval_mode() -> World:
    world = merging()
    world.model.eval()
    return world


@case
def a_layer_that_merges_measured_on_validation_batches() -> World:
    return merging(val_batches=loader(data(1), shuffle=False))


class Remembers(nn.Module):
    """Keeps a hidden state, counts its calls, and logs what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.h = torch.zeros(8, dtype=torch.float64)
        self.calls = 0
        self.log: dict[str, list[float]] = {"mean": []}
        self.histogram = np.zeros(4)

    def forward(self, x: Tensor) -> Tensor:
        self.h = 0.9 * self.h + x.mean(0).detach()
        self.calls += 1
        self.log["mean"].append(float(x.detach().mean()))
        self.histogram[self.calls % 4] += 1
        return x + self.h


@case
def hidden_state_counters_and_logs() -> World:
    model = mlp(Remembers())
    layer, log, histogram = model[1], model[1].log, model[1].histogram
    return usual(
        model,
        look=lambda: (
            layer.h.tolist(), layer.calls, layer.log, layer.log is log,
            layer.histogram.tolist(), layer.histogram is histogram,
        ),
    )  # fmt: skip


class Counter:
    """Nobody but its owner knows how to put it back."""

    value = 0


class Extra(nn.Module):
    """A state that only get_extra_state tells of."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = Counter()

    def get_extra_state(self) -> int:
        return self.counter.value

    def set_extra_state(self, state: int) -> None:
        self.counter.value = state

    def forward(self, x: Tensor) -> Tensor:
        self.set_extra_state(self.get_extra_state() + 1)
        return x * (1 + 0.01 * self.get_extra_state())


@case
def extra_state() -> World:
    model = mlp(Extra(), nn.ReLU())
    return usual(model, look=model[1].get_extra_state)


class ExtraTable(Extra):
    """Its extra state holds a tensor, which it goes on writing into."""

    def __init__(self) -> None:
        super().__init__()
        self.counter.value = {"seen": torch.zeros(8, dtype=torch.float64)}

    def forward(self, x: Tensor) -> Tensor:
        self.counter.value["seen"] += x.detach().abs().mean(0)
        return x + 0.01 * self.counter.value["seen"]


@case
def extra_state_that_holds_a_tensor() -> World:
    model = mlp(ExtraTable(), nn.ReLU())
    return usual(model, look=lambda: model[1].get_extra_state()["seen"].tolist())


@case
def weight_norm_and_spectral_norm() -> World:
    model = mlp()
    layer = torch.nn.utils.parametrizations.weight_norm(model[2])
    torch.nn.utils.parametrizations.spectral_norm(model[0])
    return usual(model, look=lambda: layer.weight.tolist())


class StaleWeight(nn.Module):
    """Computes its weight before each forward pass and keeps it as a plain attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(8, 8))
        self.weight = self.g * 2  # no leaf

    def forward(self, x: Tensor) -> Tensor:
        self.weight = self.g * 2
        return x @ self.weight


@case
def a_computed_weight_as_attribute() -> World:
    model = mlp(StaleWeight())
    return usual(model, look=lambda: model[1].weight.tolist())


class OwnNoise(nn.Module):
    """Noise from generators of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.torch_rng = torch.Generator().manual_seed(3)
        self.numpy_rng = np.random.default_rng(3)
        self.python_rng = random.Random(3)

    def forward(self, x: Tensor) -> Tensor:
        noise = torch.rand(x.shape, generator=self.torch_rng, dtype=x.dtype)
        return x + noise + self.numpy_rng.random() + self.python_rng.random()


@case
def noise_from_generators_of_its_own() -> World:
    return usual(mlp(OwnNoise()))


class Grows(nn.Module):
    """Replaces one submodule and adds another while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Tanh()

    def forward(self, x: Tensor) -> Tensor:
        self.inner = nn.Sigmoid()
        self.add_module("late", nn.Identity())
        return self.late(self.inner(x))


@case
def submodules_replaced_and_added() -> World:
    model = mlp(Grows())
    return usual(model, look=lambda: [name for name, _ in model.named_modules()] + [repr(model)])


@case
def a_parameter_group_that_joins() -> World:
    model, late = mlp(), nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = sgd(model)

    def loss_fn(output: Tensor, y: Tensor) -> Tensor:
        if len(optimizer.param_groups) == 1:
            optimizer.add_param_group({"params": [late]})
        return cross_entropy(output, y) + 0 * late.sum()

    return usual(
        model, optimizer=optimizer, loss_fn=loss_fn, look=lambda: len(optimizer.param_groups)
    )


class Lookahead(torch.optim.Optimizer):
    """Keeps an inner optimizer, whose groups it shares, and slow weights of its own."""

    def __init__(self, inner: torch.optim.Optimizer) -> None:
        self.inner, self.count = inner, 0
        super().__init__([p for g in inner.param_groups for p in g["params"]], {"lr": 0.05})
        self.param_groups = inner.param_groups
        self.slow = [p.detach().clone() for g in self.param_groups for p in g["params"]]

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        self.inner.step()
        self.count += 1
        if self.count % 3 == 0:
            fast = [p for g in self.param_groups for p in g["params"]]
            for slow, parameter in zip(self.slow, fast, strict=True):
                slow += 0.5 * (parameter - slow)
                parameter.copy_(slow)


@case
def an_optimizer_that_wraps_another() -> World:
    model = mlp()
    optimizer = Lookahead(sgd(model))
    world = usual(model, optimizer=optimizer)
    train(world, 2)

    def look() -> Any:
        states = [s["momentum_buffer"].tolist() for s in optimizer.inner.state.values()]
        return states, optimizer.count, [slow.tolist() for slow in optimizer.slow]

    world.look = look
    return world


class Two(torch.optim.Optimizer):
    """One optimizer for matrices and one for the rest, held in a list; it takes turns."""

    def __init__(self, model: nn.Module) -> None:
        every = list(model.parameters())
        matrices = [p for p in every if p.ndim > 1]
        self.parts = [
            torch.optim.SGD(matrices, lr=0.05, momentum=0.9),
            torch.optim.AdamW([p for p in every if p.ndim == 1], lr=0.05),
        ]
        super().__init__(every, {"lr": 0.05})
        self.param_groups = [group for part in self.parts for group in part.param_groups]

    def step(self, closure: Any = None) -> None:
        for part in self.parts:
            part.step()
        self.parts.reverse()


@case
def an_optimizer_that_holds_two_in_a_list() -> World:
    model = mlp()
    optimizer = Two(model)
    world = usual(model, optimizer=optimizer)
    train(world, 3)

    def look() -> Any:
        kinds = [type(part).__name__ for part in optimizer.parts]
        return kinds, [
            plain(dict(state)) for part in optimizer.parts for state in part.state.values()
        ]

    world.look = look
    return world


@case
def references_in_groups_and_state() -> World:
    model = mlp()
    optimizer = sgd(model)
    first, second, *_ = model.parameters()
    optimizer.param_groups[0]["mod"] = model[0]
    optimizer.state[first]["twin"] = second
    optimizer.state[first]["ref"] = first * 2  # no leaf
    state = optimizer.state[first]
    return usual(
        model,
        optimizer=optimizer,
        look=lambda: (
            optimizer.param_groups[0]["mod"] is model[0],
            optimizer.state[first] is state,
            state["twin"] is second,
            state["ref"].tolist(),
        ),
    )


@case
def an_average_moved_by_a_hook() -> World:
    model = mlp()
    average, optimizer = AveragedModel(model), sgd(model)
    optimizer.register_step_post_hook(lambda *_: average.update_parameters(model))
    return usual(
        model,
        optimizer=optimizer,
        options={"also": [average]},
        look=lambda: (average.n_averaged.item(), [p.tolist() for p in average.parameters()]),
    )


@case
def a_loss_that_changes_the_models_precision() -> World:
    model = mlp()

    def loss_fn(output: Tensor, y: Tensor) -> Tensor:
        model.float()
        model.double()
        return cross_entropy(output, y)

    return usual(model, loss_fn=loss_fn)


@case
def a_loss_that_draws_from_everybodys_generators() -> World:
    def loss_fn(output: Tensor, y: Tensor) -> Tensor:
        drawn = random.random() + np.random.rand() + torch.rand(()).item()
        return cross_entropy(output, y) * (1 + 0.1 * drawn)

    return usual(loss_fn=loss_fn)


@case
def a_loss_that_raises() -> World:
    calls: list[int] = []

    def loss_fn(output: Tensor, y: Tensor) -> Tensor:
        calls.append(1)
        if len(calls) == 5:
            raise RuntimeError("on purpose")
        return cross_entropy(output, y)

    return usual(loss_fn=loss_fn, raises=RuntimeError, look=lambda: calls.extend([0] * 99))


@case
def a_model_that_changes_precision_and_raises() -> World:
    model = mlp()

    def loss_fn(output: Tensor, y: Tensor) -> Tensor:
        if model[0].weight.dtype == torch.float64 and not hasattr(model, "tried"):
            model.tried = True
            model.float()
            raise ArithmeticError("on purpose")
        return cross_entropy(output, y)

    world = usual(model, loss_fn=loss_fn, raises=ArithmeticError)
    world.look = lambda: (hasattr(model, "tried"), setattr(model, "tried", True))[0]
    return world


class Epochs(Sampler):
    """Another order in each epoch, from a count."""

    def __init__(self) -> None:
        self.epoch = 0

    def __iter__(self) -> Any:
        self.epoch += 1
        generator = torch.Generator().manual_seed(self.epoch)
        return iter(torch.randperm(SAMPLES, generator=generator).tolist())

    def __len__(self) -> int:
        return SAMPLES


@case
def a_sampler_that_counts_epochs() -> World:
    return usual(batches=loader(sampler=Epochs(), shuffle=False))


class InPlace(Epochs):
    """Shuffles its own list, with a NumPy generator."""

    def __init__(self) -> None:
        self.order, self.rng = list(range(SAMPLES)), np.random.default_rng(0)

    def __iter__(self) -> Any:
        self.rng.shuffle(self.order)
        return iter(list(self.order))


@case
def a_sampler_that_shuffles_its_list_with_numpy() -> World:
    return usual(batches=loader(sampler=InPlace(), shuffle=False))


class OwnBatches(BatchSampler):
    """A batch sampler with a generator of its own."""

    def __init__(self) -> None:
        super().__init__(range(SAMPLES), SIZE, False)
        self.generator = torch.Generator().manual_seed(5)

    def __iter__(self) -> Any:
        return iter(torch.randperm(SAMPLES, generator=self.generator).reshape(-1, SIZE).tolist())


@case
def a_batch_sampler_with_a_generator() -> World:
    return usual(batches=DataLoader(data(), batch_sampler=OwnBatches()))


@case
def a_loader_with_a_generator() -> World:
    return usual(batches=loader(generator=torch.Generator().manual_seed(7)))


@case
def a_loader_in_a_progress_bar() -> World:
    wrapped = loader(generator=torch.Generator().manual_seed(7))
    return usual(batches=tqdm(wrapped, disable=True))


class Prefetch:
    """A wrapper around a loader, as many write one."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def __iter__(self) -> Any:
        yield from self.loader


@case
def a_loader_in_a_wrapper() -> World:
    return usual(batches=Prefetch(loader(sampler=Epochs(), shuffle=False)))


class Augmented(Dataset):
    """Adds noise that `transform` draws."""

    def __init__(self, transform: Any) -> None:
        self.inner, self.transform = data(), transform

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, index: int) -> Any:
        x, y = self.inner[index]
        return x + self.transform(), y


class Draws:
    """A transform with a generator of its own."""

    def __init__(self, draw: Callable[[Any], float], rng: Any) -> None:
        self.draw, self.rng = draw, rng

    def __call__(self) -> float:
        return self.draw(self.rng)


class Composed:
    def __init__(self, *transforms: Any) -> None:
        self.transforms = list(transforms)

    def __call__(self) -> float:
        return sum(transform() for transform in self.transforms)


@case
def a_data_set_with_a_torch_generator() -> World:
    rng = torch.Generator().manual_seed(1)
    draws = Draws(lambda rng: torch.rand((), generator=rng).item(), rng)
    return usual(batches=loader(Augmented(draws)))


@case
def a_data_set_with_numpys_legacy_generator() -> World:
    draws = Draws(lambda rng: rng.rand(), np.random.RandomState(1))
    return usual(batches=loader(Augmented(draws)))


@case
def transforms_with_generators_deep_inside() -> World:
    numpy = Draws(lambda rng: rng.random(), np.random.default_rng(1))
    python = Draws(lambda rng: rng.random(), random.Random(1))
    subset = torch.utils.data.Subset(Augmented(Composed(numpy, Composed(python))), range(SAMPLES))
    return usual(batches=loader(subset))


@case
def workers_that_are_kept() -> World:
    return usual(batches=loader(num_workers=1, persistent_workers=True))


@case
def workers_that_are_kept_and_under_way() -> World:
    world = usual(batches=loader(num_workers=1, persistent_workers=True))
    train(world, 3)
    kept = world.batches._iterator
    world.look = lambda: world.batches._iterator is kept
    return world


def train(world: World, steps: int) -> list[float]:
    """Train on, as a person's own loop would; return the losses."""
    losses: list[float] = []
    while len(losses) < steps:
        for x, y in world.batches:
            world.optimizer.zero_grad()
            loss = world.loss_fn(world.model(x), y)
            loss.backward()
            world.optimizer.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break
    return losses


def plain(value: Any) -> Any:
    """A value that can be compared: tensors as numbers, parameters by place."""
    if isinstance(value, Tensor):
        return value.tolist()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value if isinstance(value, (int, float, str, bool, type(None))) else type(value).__name__


def fingerprint(world: World) -> dict[str, Any]:
    """Everything that could tell that something was run, and how training goes on."""
    model, optimizer = world.model, world.optimizer
    every = [p for group in optimizer.param_groups for p in group["params"]]
    seen = {
        "look": plain(world.look()),
        "modes": [module.training for module in model.modules()],
        "values": [plain(tensor) for tensor in (*every, *model.buffers())],
        "kinds": [str(tensor.dtype) for tensor in (*every, *model.buffers())],
        "gradients": [plain(p.grad) for p in every],
        "frozen": [p.requires_grad for p in every],
        "groups": [{k: plain(v) for k, v in g.items() if k != "params"}
                   for g in optimizer.param_groups],
        "state": [plain(dict(optimizer.state.get(p, {}))) for p in every],
        "draws": [random.random(), float(np.random.rand()), torch.rand(()).item()],
    }  # fmt: skip
    model.train(seen["modes"][0])
    return seen | {"losses": train(world, 8)}
