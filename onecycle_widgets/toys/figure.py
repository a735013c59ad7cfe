"""A picture of a toy's data."""

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from .. import drawing

if TYPE_CHECKING:
    from .data import Split


def images_figure(split: "Split", per_class: int = 3) -> drawing.Figure:
    """Draw the first few square images of each class.

    Parameters
    ----------
    split : Split
        Images; inputs of shape ``(samples, side * side)``.
    per_class : int, default 3
        Images of each class, which are the rows of the picture.

    Returns
    -------
    Figure
        A column for each class.

    Examples
    --------
    >>> from onecycle_widgets import toys
    >>> images_figure(toys.digits().test).alt
    '360 images of 8 x 8 pixels, 10 classes'
    """
    classes = int(split.y.max()) + 1
    side = round(split.x[0].numel() ** 0.5)
    figure, (axes,) = drawing.subplots(height=0.4 + 0.56 * per_class)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01)
    # One canvas, with a blank pixel between the images.
    canvas = np.full((per_class * (side + 1), classes * (side + 1)), float(split.x.min()))
    for label in range(classes):
        for row, image in enumerate(split.x[split.y == label][:per_class]):
            y, x = row * (side + 1), label * (side + 1)
            canvas[y : y + side, x : x + side] = image.reshape(side, side)
    with mpl.rc_context(drawing.STYLE):
        axes.imshow(canvas, cmap="gray_r", aspect="equal")
        axes.set_axis_off()
        figure.set_finding(f"{len(split.y):,} images of {side} x {side} pixels, {classes} classes")
    return figure
