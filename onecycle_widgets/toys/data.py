"""Three small classification tasks, seeded, standardised, split; nothing is downloaded."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from .. import checks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Arrays = tuple[np.ndarray, np.ndarray]


class Batches:
    """Shuffled mini-batches of tensors that lie in memory; a new order in every epoch.

    A light stand-in for `torch.utils.data.DataLoader`, which collates sample by
    sample and would take longer than the training of a toy model.

    Parameters
    ----------
    split : Split
        The samples to draw from.
    batch_size : int
        Samples in each batch; the last, smaller one of an epoch is dropped, so that
        every optimizer step sees equally many.
    seed : int, default 0
        Seed of the order. Two objects of the same seed give the same batches.

    Attributes
    ----------
    generator : torch.Generator
        The source of the order, as in a DataLoader.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range, such as a `batch_size` above
        the number of samples.

    Examples
    --------
    >>> batches = Batches(spirals().train, batch_size=100)
    >>> len(batches), [tuple(x.shape) for x, y in batches][:2]
    (12, [(100, 2), (100, 2)])
    """

    def __init__(self, split: "Split", batch_size: int, seed: int = 0) -> None:
        self.split = split
        self.batch_size = checks.whole("batch_size", batch_size)
        if self.batch_size > len(split.y):
            raise ValueError(f"batch_size must be at most {len(split.y)}, got {batch_size}")
        self.generator = torch.Generator().manual_seed(checks.whole("seed", seed, least=0))

    def __len__(self) -> int:
        """Batches (optimizer steps) in an epoch."""
        return len(self.split.y) // self.batch_size

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.split.y), generator=self.generator)
        for index in order.split(self.batch_size)[: len(self)]:
            yield self.split.x[index], self.split.y[index]


class Split(NamedTuple):
    """Inputs and targets.

    Attributes
    ----------
    x : Tensor, shape (samples, ...)
        Inputs, a row for each sample.
    y : Tensor of int64, shape (samples,)
        Class labels, from 0.

    Examples
    --------
    >>> train = digits().train
    >>> train, train.y[:3].shape
    (Split(x=(1437, 64), y=(1437,)), torch.Size([3]))
    """

    x: Tensor
    y: Tensor

    def batches(self, batch_size: int = 64, seed: int = 0) -> Batches:
        """Return shuffled mini-batches, to iterate over as often as wanted.

        Parameters
        ----------
        batch_size : int, default 64
            Samples in each batch.
        seed : int, default 0
            Seed of the order.

        Examples
        --------
        >>> batches = digits().train.batches(batch_size=64)
        >>> x, y = next(iter(batches))
        >>> x.shape, y.shape, f"{len(batches)} steps an epoch"
        (torch.Size([64, 64]), torch.Size([64]), '22 steps an epoch')
        """
        return Batches(self, batch_size, seed)

    def plot(self, per_class: int = 3) -> "Figure":
        """Draw the first few images of each class, for inputs that are square images.

        Parameters
        ----------
        per_class : int, default 3
            Images of each class, below one another.

        Examples
        --------
        >>> digits().train.plot()
        1,437 images of 8 x 8 pixels, 10 classes
        """
        from .figure import images_figure

        return images_figure(self, per_class)

    def __repr__(self) -> str:
        return f"Split(x={tuple(self.x.shape)}, y={tuple(self.y.shape)})"


@dataclass(frozen=True)
class Toy:
    """A task: training data, test data, and how many classes there are.

    Attributes
    ----------
    name : str
        Name of the task.
    train, test : Split
        Training and test data; inputs standardised by the mean and the standard deviation of all
        values in the training data.
    classes : int
        Number of classes.

    Examples
    --------
    >>> toy = spirals()
    >>> toy.name, len(toy.train.y), len(toy.test.y), toy.classes
    ('spirals', 1200, 300, 3)
    """

    name: str
    train: Split
    test: Split
    classes: int

    def holdout(self, fraction: float = 0.2, seed: int = 0) -> tuple[Split, Split]:
        """Divide the training data once more, so that settings are not chosen on the test data.

        Parameters
        ----------
        fraction : float, default 0.2
            Share of the training samples that is kept for validation.
        seed : int, default 0
            Seed of the draw.

        Returns
        -------
        train, validation : Split
            The training samples in two parts that share none.

        Raises
        ------
        TypeError, ValueError
            When an argument is of the wrong kind, or one of the parts would be empty.

        Examples
        --------
        >>> train, validation = digits().holdout(0.2)
        >>> train, validation
        (Split(x=(1150, 64), y=(1150,)), Split(x=(287, 64), y=(287,)))
        """
        size = len(self.train.y)
        held = round(checks.fraction("fraction", fraction) * size)
        if not 0 < held < size:
            raise ValueError(
                f"fraction must leave samples on both sides, got {checks.shown(fraction)}"
            )
        generator = torch.Generator().manual_seed(checks.whole("seed", seed, least=0))
        order = torch.randperm(size, generator=generator)
        parts = order[held:], order[:held]
        train, validation = (Split(self.train.x[part], self.train.y[part]) for part in parts)
        return train, validation


def _standardised(
    name: str,
    train: Arrays,
    test: Arrays,
    dtype: torch.dtype,
) -> Toy:
    """Build a Toy from raw arrays, by the mean and deviation of all training values.

    Not of each pixel: those that are hardly ever inked would become outliers.
    """
    mean, scale = train[0].mean(), train[0].std()

    def split(x: np.ndarray, y: np.ndarray) -> Split:
        return Split(torch.as_tensor((x - mean) / scale, dtype=dtype), torch.as_tensor(y).long())

    return Toy(name, split(*train), split(*test), int(train[1].max()) + 1)


def digits(seed: int = 0, dtype: torch.dtype = torch.float32) -> Toy:
    """Real handwriting: 1,797 images of 8 x 8 pixels, ten classes, shipped in scikit-learn.

    Parameters
    ----------
    seed : int, default 0
        Seed of the stratified split into 1,437 training and 360 test images.
    dtype : torch.dtype, default torch.float32
        Type of the inputs; a model must have the same.

    Returns
    -------
    Toy
        Inputs of shape ``(samples, 64)``.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository (1998); `sklearn.datasets.load_digits`.

    Examples
    --------
    >>> toy = digits()
    >>> toy.train.x.shape, toy.test.x.shape, toy.classes
    (torch.Size([1437, 64]), torch.Size([360, 64]), 10)
    """
    return _standardised("digits", *digits_arrays(checks.whole("seed", seed, least=0)), dtype)


def digits_arrays(seed: int) -> tuple[Arrays, Arrays]:
    """Return the digits as scikit-learn has them, pixels from 0 to 16, in the two parts.

    Parameters
    ----------
    seed : int
        Seed of the split.

    Returns
    -------
    train, test : (inputs, labels)
        The arrays that `digits` standardises.

    Examples
    --------
    >>> (x, y), _ = digits_arrays(seed=0)
    >>> x.shape, y.shape, int(x.max())
    ((1437, 64), (1437,), 16)
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        x, y, test_size=360, stratify=y, random_state=seed
    )
    return (train_x, train_y), (test_x, test_y)


@lru_cache(maxsize=2)
def _mnist1d_arrays(seed: int) -> tuple[Arrays, Arrays]:
    from mnist1d.data import get_dataset_args, make_dataset

    arguments = get_dataset_args()
    arguments.seed = seed
    # make_dataset seeds the global generators of Python and NumPy: give them back.
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        data = make_dataset(arguments)
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
    return (data["x"], data["y"]), (data["x_test"], data["y_test"])


def mnist1d(seed: int = 42, dtype: torch.dtype = torch.float32) -> Toy:
    """MNIST-1D: 4,000 training and 1,000 test signals of 40 points, ten classes.

    Generated in about 2 s by the authors' package `mnist1d`; a second call is free.

    Parameters
    ----------
    seed : int, default 42
        Seed of the generation; 42 is the data set that the authors publish.
    dtype : torch.dtype, default torch.float32
        Type of the inputs; a model must have the same.

    Returns
    -------
    Toy
        Inputs of shape ``(samples, 1, 40)``.

    References
    ----------
    S. Greydanus, "Scaling down deep learning", arXiv:2011.14439.

    Examples
    --------
    >>> toy = mnist1d()
    >>> toy.train.x.shape, toy.test.x.shape, toy.classes
    (torch.Size([4000, 1, 40]), torch.Size([1000, 1, 40]), 10)
    """
    train, test = _mnist1d_arrays(checks.whole("seed", seed, least=0))
    train, test = ((x[:, None, :], y) for x, y in (train, test))
    return _standardised("mnist1d", train, test, dtype)


def spirals(
    samples: int = 1500,
    classes: int = 3,
    noise: float = 0.15,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> Toy:
    """Interleaved spiral arms in the plane: a task whose decision boundary can be drawn.

    Arm k at radius r has the angle ``2 pi (k / classes + 0.75 r)``, plus noise.

    Parameters
    ----------
    samples : int, default 1500
        Points in all; a fifth of them is the test data.
    classes : int, default 3
        Number of arms.
    noise : float, default 0.15
        Standard deviation of the angle, in radians.
    seed : int, default 0
        Seed of the points.
    dtype : torch.dtype, default torch.float32
        Type of the inputs; a model must have the same.

    Returns
    -------
    Toy
        Inputs of shape ``(samples, 2)``.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range: two classes and ten samples for
        each are the least.

    Examples
    --------
    >>> toy = spirals(samples=500, classes=2)
    >>> toy.train.x.shape, toy.train.y.unique().tolist()
    (torch.Size([400, 2]), [0, 1])
    """
    classes = checks.whole("classes", classes, least=2)
    samples = checks.whole("samples", samples, least=10 * classes)
    noise = checks.number("noise", noise)
    if noise < 0:
        raise ValueError(f"noise must be 0 or more, got {checks.shown(noise)}")
    rng = np.random.default_rng(checks.whole("seed", seed, least=0))
    y = rng.permutation(np.arange(samples) % classes)
    # The root spreads the points evenly over the disc, but for its middle, where the arms meet.
    radius = np.sqrt(rng.uniform(0.02, 1.0, samples))
    angle = 2 * np.pi * (y / classes + 0.75 * radius) + noise * rng.standard_normal(samples)
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    cut = samples - samples // 5
    return _standardised("spirals", (x[:cut], y[:cut]), (x[cut:], y[cut:]), dtype)
