"""Loss surfaces over two weights, each for one idea: loss, gradient and Hessian as formulas.

They are made of the four basic operations (and of a root, for the largest eigenvalue), which every
machine rounds alike; `frontend/landscapes.js` repeats them, operation by operation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Local(NamedTuple):
    """A surface at some places: each field has their shape.

    Attributes
    ----------
    loss : ndarray
        The height.
    gx, gy : ndarray
        The gradient.
    hxx, hxy, hyy : ndarray
        The Hessian.

    Examples
    --------
    >>> place = SURFACES["bowl"].at(1.0, 0.0)
    >>> float(place.loss), float(place.gx), float(place.curvature)
    (10.0, 20.0, 20.0)
    """

    loss: Array
    gx: Array
    gy: Array
    hxx: Array
    hxy: Array
    hyy: Array

    @property
    def curvature(self) -> Array:
        """The largest eigenvalue of the Hessian; a rate above 2(1 + momentum) over it explodes."""
        half = (self.hxx - self.hyy) / 2
        largest: Array = (self.hxx + self.hyy) / 2 + np.sqrt(half * half + self.hxy * self.hxy)
        return largest


Shape = Mapping[str, Any]
Formula = Callable[[Array, Array, Shape], tuple[Array, ...]]


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss surface, and how balls are set on it.

    Attributes
    ----------
    title : str
        Its name for readers.
    where : str
        Its name in a sentence.
    idea : str
        The one thing that it shows.
    formula : callable
        ``formula(x, y, shape)`` returns what `Local` holds.
    shape : mapping
        The formula's constants.
    view : tuple of float
        The part of it that is shown: left, right, low, high.
    start : tuple of float
        Where the balls start.
    spread : tuple of float
        Standard deviation of their places there, along x and y.
    noise : tuple of float
        Standard deviation of the gradient's noise along x and y, at a noise of 1.
    steps : int
        Steps of a run that shows its idea.
    log : bool
        Whether its losses are read in decades.
    border : float or None
        With two wells, the x beyond which a ball is in the wide one.
    square : bool
        Whether a step along x is as long in the picture as one along y.
    places : tuple
        Names of places: a text, x and y.
    reach : float
        How far beyond the view a ball may swing before it counts as flown off, in halves of it.
    tint : float
        Power of the height that its colour stands for: the lower, the more colours for the depths.

    Examples
    --------
    >>> SURFACES["wells"].title, SURFACES["wells"].border
    ('two wells', -0.5)
    """

    title: str
    where: str
    idea: str
    formula: Formula
    shape: Shape
    view: tuple[float, float, float, float]
    start: tuple[float, float]
    spread: tuple[float, float]
    noise: tuple[float, float]
    steps: int = 400
    log: bool = True
    border: float | None = None
    square: bool = False
    places: tuple[tuple[str, float, float], ...] = ()
    reach: float = 1.0
    tint: float = 0.5

    def at(self, x: ArrayLike, y: ArrayLike) -> Local:
        """Return loss, gradient and Hessian at some places.

        Parameters
        ----------
        x, y : array_like
            The two weights; of one shape, or shapes that broadcast.
        """
        px, py = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        return Local(*self.formula(px, py, self.shape))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The view, and `reach` halves of it more on each side: who leaves it has flown off."""
        left, right, low, high = self.view
        x, y = self.reach * (right - left) / 2, self.reach * (high - low) / 2
        return left - x, right + x, low - y, high + y


def _quadratic(x: Array, y: Array, shape: Shape) -> tuple[Array, ...]:
    a, b = shape["across"], shape["along"]
    loss = 0.5 * (b * x * x + a * y * y)
    still = np.zeros_like(x)
    return loss, b * x, a * y, b + still, still, a + still


def _bump(x: Array, at: float, width: float) -> tuple[Array, Array, Array]:
    """``1 / (1 + z * z)`` of ``z = (x - at) / width``, and its two derivatives."""
    per = 1 / width
    z = (x - at) * per
    u = 1 / (1 + z * z)
    return u, -2 * z * u * u * per, (8 * z * z * u - 2) * u * u * per * per


def _river(x: Array, y: Array, shape: Shape) -> tuple[Array, ...]:
    bed = turn = bend = np.zeros_like(x)
    for height, at, width in shape["bends"]:
        u, du, ddu = _bump(x, at, width)
        bed, turn, bend = bed + height * u, turn + height * du, bend + height * ddu
    b, c = shape["along"], shape["across"]
    off, way = y - bed, x - shape["lake"]
    return (
        shape["floor"] + 0.5 * b * way * way + 0.5 * c * off * off,
        b * way - c * off * turn,
        c * off,
        b + c * (turn * turn - off * bend),
        -c * turn,
        c + np.zeros_like(x),
    )


def _wells(x: Array, y: Array, shape: Shape) -> tuple[Array, ...]:
    k = shape["rim"]
    loss, gx, gy = shape["floor"] + 0.5 * k * (x * x + y * y), k * x, k * y
    hxy = np.zeros_like(x)
    hxx = hyy = k + hxy
    for at, width in (shape["sharp"], shape["wide"]):
        per = 1 / width
        dx, dy = (x - at) * per, y * per
        u = 1 / (1 + dx * dx + dy * dy)
        slope = 2 * u * u * per
        bend = slope * per
        loss, gx, gy = loss - u, gx + slope * dx, gy + slope * dy
        hxx = hxx + bend * (1 - 4 * dx * dx * u)
        hxy = hxy - bend * 4 * dx * dy * u
        hyy = hyy + bend * (1 - 4 * dy * dy * u)
    return loss, gx, gy, hxx, hxy, hyy


def _gorge(x: Array, y: Array, shape: Shape) -> tuple[Array, ...]:
    u, du, ddu = _bump(x, 0.0, shape["length"])
    c = shape["plain"] + shape["gorge"] * u
    dc, ddc = shape["gorge"] * du, shape["gorge"] * ddu
    b, way = shape["along"], x - shape["lake"]
    loss = 0.5 * b * way * way + 0.5 * c * y * y
    return loss, b * way + 0.5 * dc * y * y, c * y, b + 0.5 * ddc * y * y, dc * y, c


SURFACES = {
    "bowl": Surface(
        "bowl",
        "in the bowl",
        "A rate above 2(1 + momentum) / curvature explodes; below, the balls come to rest.",
        _quadratic,
        {"across": 20.0, "along": 20.0},
        view=(-2.4, 2.4, -1.6, 1.6),
        start=(-1.6, 0.9),
        spread=(0.08, 0.08),
        noise=(1.0, 1.0),
        square=True,
        reach=20.0,  # close below the limit the first swings go far, and come back
    ),
    "ravine": Surface(
        "ravine",
        "in the ravine",
        "The steep direction limits the rate; the flat one, 100 times flatter, needs it.",
        _quadratic,
        {"across": 20.0, "along": 0.2},
        view=(-9.5, 5.5, -2.5, 2.5),
        start=(-8.0, 1.0),
        spread=(0.2, 0.1),
        noise=(1.5, 1.5),
        steps=100,
        reach=20.0,
    ),
    "valley": Surface(
        "river valley",
        "in the river valley",
        "A large rate travels along the river, a small one settles to its bed.",
        _river,
        {
            "floor": 1.0,
            "along": 0.008,
            "across": 12.0,
            "lake": 16.0,
            "bends": ((0.9, 3.0, 2.0), (-0.9, 8.0, 2.0), (0.9, 13.0, 2.0)),
        },
        view=(-3.0, 21.0, -2.8, 3.2),
        start=(-1.0, 0.35),
        spread=(0.1, 0.1),
        noise=(0.0, 1.5),
        log=False,
        places=(("lake", 17.0, -0.55),),
        tint=0.3,
    ),
    "wells": Surface(
        "two wells",
        "between two wells",
        "From the sharp well to the wide one: a high peak leaves what a low one stays in.",
        _wells,
        {"floor": 1.2, "rim": 0.2, "sharp": (-1.2, 0.28), "wide": (1.2, 1.1)},
        view=(-2.55, 3.15, -1.9, 1.9),
        start=(-1.2, 0.0),
        spread=(0.03, 0.03),
        noise=(0.4, 0.4),
        log=False,
        border=-0.5,
        square=True,
        places=(("sharp", -1.2, -0.5), ("wide", 1.2, -1.3)),
    ),
    "falling": Surface(
        "falling curvature",
        "where the curvature falls",
        "Steep at the start, flat later: with a warm-up the balls bear a peak that would "
        "throw them out at once.",
        _gorge,
        {"gorge": 400.0, "plain": 12.0, "length": 1.0, "along": 0.25, "lake": 8.0},
        view=(-2.0, 12.0, -1.1, 1.1),
        start=(0.0, 0.2),
        spread=(0.02, 0.02),
        noise=(1.0, 1.0),
        places=(("gorge", 0.0, -0.55), ("plain", 8.0, -0.7)),
        tint=0.25,
    ),
}
"""Every surface, by the name that `SurfaceExplorer` takes."""
