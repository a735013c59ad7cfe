"""A person's own data in the forms that PyTorch has for them, as two splits in memory.

A training in the lab draws its batches itself, so that every seed has an order of its own and
repeats it. So it wants all samples in memory, as tensors; whatever comes is read once.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    TensorDataset,
    default_collate,
)

from .. import checks
from ..range_test.snapshot import Restored
from ..toys import Split, Toy

FORMS = (
    "a pair of tensors (inputs, targets), a data set of such samples, a DataLoader of one, or a "
    "pair of these, (train, held_out)"
)
LEAST = 5  # samples of which a fifth can be held out


def parts(data: Any) -> tuple[Split, Split]:
    """Return what to train on, and what is held out.

    Parameters
    ----------
    data : object
        ``(inputs, targets)``, two tensors or arrays with a row for each sample; a data set with a
        length whose samples are such pairs, or a list of samples; a DataLoader of a data set; or
        a pair ``(train, held_out)`` of any of these. Of a single one a fifth of the samples,
        drawn with seed 0, is held out, and of a Toy its own hold-out. (Give the pair where
        neighbouring samples are alike, as in time series.)

    Returns
    -------
    train, held_out : Split
        Tensors on the CPU. A data set is read once, from the first sample to the last, so that
        random transforms are drawn once, too; random states are given back.

    Raises
    ------
    TypeError, ValueError
        When it is none of these, or its samples do not go together.
    MemoryError
        When all samples together are more than the machine's memory.

    Examples
    --------
    >>> inputs, targets = torch.rand(100, 3), torch.arange(100) % 2
    >>> parts((inputs, targets))
    (Split(x=(80, 3), y=(80,)), Split(x=(20, 3), y=(20,)))
    >>> early, late = (inputs[:90], targets[:90]), TensorDataset(inputs[90:], targets[90:])
    >>> parts((early, late))
    (Split(x=(90, 3), y=(90,)), Split(x=(10, 3), y=(10,)))
    """
    # Whatever device or mode is the default where they are read must not stay with them; and a
    # transform may draw from anybody's generator.
    with torch.device("cpu"), torch.inference_mode(False), Restored([], []):
        if isinstance(data, Toy):
            return data.holdout()
        if isinstance(data, tuple) and len(data) == 2 and not all(map(_is_array, data)):
            train, held_out = _split("data[0]", data[0]), _split("data[1]", data[1])
            if train.x.shape[1:] != held_out.x.shape[1:]:
                shapes = f"{tuple(train.x.shape[1:])} and {tuple(held_out.x.shape[1:])}"
                raise ValueError(f"data to train on and held-out data must be alike, got {shapes}")
            return train, held_out
        split = _split("data", data)
        if len(split.y) < LEAST:
            raise ValueError(f"data must hold at least {LEAST} samples, got {len(split.y)}")
        return Toy("own", split, split, 0).holdout()


def batch_size_of(data: Any) -> int | None:
    """Samples in a batch where a DataLoader says so; else None.

    Examples
    --------
    >>> samples = [(float(i), i) for i in range(10)]
    >>> batch_size_of(DataLoader(samples, batch_size=5)), batch_size_of(samples)
    (5, None)
    """
    if isinstance(data, tuple) and data:
        return batch_size_of(data[0])
    return data.batch_size if isinstance(data, DataLoader) else None


def _is_array(value: Any) -> bool:
    return isinstance(value, Tensor | np.ndarray)


def _split(name: str, data: Any) -> Split:
    """Inputs and targets of one part, in whatever form."""
    if isinstance(data, DataLoader):
        data = _data_set(name, data)
    if isinstance(data, TensorDataset):
        data = data.tensors
    if isinstance(data, IterableDataset):
        raise TypeError(f"{name} must have a length, to be shuffled, got an IterableDataset")
    if isinstance(data, tuple) and len(data) == 2 and all(map(_is_array, data)):
        x, y = (torch.as_tensor(part).detach().cpu() for part in data)
    elif _is_array(data) or isinstance(data, tuple | str | dict) or not _has_samples(data):
        raise TypeError(f"{name} must be {FORMS}, got {checks.shown(type(data).__name__)}")
    else:
        x, y = _read(name, data)
    if not x.ndim or not y.ndim or len(x) != len(y):
        shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"{name} must have as many inputs as targets, got {shapes}")
    if not len(x):
        raise ValueError(f"{name} must hold samples, got none")
    for kind, values in (("inputs", x), ("targets", y)):
        if values.is_floating_point() and not bool(values.isfinite().all()):
            bad = int((~values.isfinite()).sum())
            raise ValueError(f"{name} must hold finite {kind}, got {bad} that are NaN or infinite")
    return Split(x, y)


def _has_samples(data: Any) -> bool:
    return hasattr(data, "__getitem__") and hasattr(data, "__len__")


def _data_set(name: str, loader: "DataLoader[Any]") -> Any:
    """The data set of a loader that only shuffles and stacks: another one cannot be repeated."""
    plain = isinstance(loader.sampler, RandomSampler | SequentialSampler)
    plain &= loader.batch_sampler is None or type(loader.batch_sampler) is BatchSampler
    if isinstance(loader.dataset, IterableDataset):
        return loader.dataset
    if not plain or loader.collate_fn is not default_collate:
        raise TypeError(
            f"{name} must be a DataLoader with torch's own samplers and collate_fn: the lab draws "
            "the batches itself. Pass its data set"
        )
    return loader.dataset


def _read(name: str, data: Any) -> tuple[Tensor, Tensor]:
    """All samples of a data set, stacked."""
    samples: list[tuple[Any, Any]] = []
    for index in range(len(data)):
        sample = data[index]
        if not isinstance(sample, tuple | list) or len(sample) != 2:
            raise TypeError(
                f"{name} must hold pairs (input, target), got {checks.shown(sample)} for sample "
                f"{index}"
            )
        if not index:
            first = torch.as_tensor(_stacked(name, [sample])[0])
            checks.memory(first.numel() * first.element_size() * len(data), name)
        samples.append((sample[0], sample[1]))
    if not samples:
        raise ValueError(f"{name} must hold samples, got none")
    x, y = _stacked(name, samples)
    return x, y


def _stacked(name: str, samples: list[Any]) -> Any:
    try:
        together = default_collate([tuple(sample) for sample in samples])
    except (TypeError, RuntimeError) as error:
        kinds = " and ".join(type(part).__name__ for part in samples[0])
        raise TypeError(
            f"{name} must hold tensors, arrays or numbers, all of one shape, got {kinds}; a "
            "transform such as ToTensor or Resize makes them so"
        ) from error
    if not all(isinstance(part, Tensor) for part in together):
        kinds = " and ".join(type(part).__name__ for part in samples[0])
        raise TypeError(f"{name} must hold tensors, arrays or numbers, got {kinds}")
    return together
