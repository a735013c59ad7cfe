"""A slider that smooths a stored range test: the raw losses stay, the view changes."""

import html
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
import traitlets

from .. import drawing
from ..frontend.closing import close_all, close_earlier
from ..range_test.result import RangeTest
from ..range_test.suggest import SMOOTHING


class SmoothingExplorer(widgets.VBox):
    """Drag the width of the smoothing window; curve and picks follow.

    Parameters
    ----------
    result : RangeTest
        The range test to look at; its raw losses stay as they are.

    Attributes
    ----------
    decades : float
        Width of the window, in decades of learning rate; 0 or more, 0 smooths nothing.

    Raises
    ------
    TypeError
        When `result` is not a RangeTest.

    Examples
    --------
    >>> import numpy as np
    >>> rates = np.geomspace(1e-3, 10, 60)
    >>> losses = 1 + np.log10(rates)[None] ** 2  # one run, lowest at a rate of 1
    >>> explorer = SmoothingExplorer(RangeTest(rates, losses, None, (None,), (1.0,), "exp"))
    >>> explorer.decades = 1.5
    >>> explorer.decades
    1.5
    """

    decades = traitlets.Float(SMOOTHING)

    def __init__(self, result: RangeTest) -> None:
        if not isinstance(result, RangeTest):
            raise TypeError(f"result must be a RangeTest, got {type(result).__name__}")
        self.result = result
        self._figure, (self._axes,) = drawing.subplots()
        self._image = widgets.HTML()
        self._picks = widgets.HTML()
        self._field = widgets.FloatText(
            value=SMOOTHING,
            step=0.1,
            description="decades",
            tooltip="Width of the smoothing window, in decades of learning rate.",
            layout={"width": "12em"},
        )
        slider = widgets.FloatSlider(
            value=SMOOTHING,
            min=0,
            max=3,
            step=0.1,
            readout=False,
            tooltip="Drag the width.",
            layout={"flex": "1 1 10em", "min_width": "0"},
        )
        row = widgets.HBox([self._field, slider], layout={"flex_flow": "row wrap"})
        super().__init__([row, self._image, self._picks])
        traitlets.link((slider, "value"), (self._field, "value"))
        traitlets.link((self, "decades"), (slider, "value"))
        self.observe(lambda _: self._show(), "decades")
        self._show()
        close_earlier(self)

    @traitlets.validate("decades")
    def _not_negative(self, proposal: Any) -> float:
        return max(float(proposal["value"]), 0.0)

    def close(self) -> None:
        """Close the explorer and all widgets inside it, with their layouts and styles."""
        close_all(self)

    def _show(self) -> None:
        # One figure, drawn again and again: its margins stay, so nothing jumps while dragging.
        with mpl.rc_context(drawing.STYLE):
            self._axes.clear()
        self.result.plot(self._axes, self.decades)
        picks = self.result.suggestions(self.decades)
        lines = (f"{name}: {pick!r}" for name, pick in picks.items())
        self._picks.value = "<br>".join(html.escape(line) for line in lines)
        self._figure.set_finding(f"Smoothed over {self.decades:.1f} decades")
        self._image.value = self._figure.framed("720px")

    def __repr__(self) -> str:
        return f"SmoothingExplorer(decades={self.decades:.1f}, {self.result!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add a picture, for readers without a kernel."""
        live = super()._repr_mimebundle_(**kwargs) or {}
        return {**live, "text/plain": repr(self), "text/html": self._figure.html(drawing.READABLE)}
