"""What ties the lab to its parts and to its thread, without keeping it alive.

A lab that nobody can reach any more should end its training. So its parts and its thread hold it
weakly, and ipywidgets, which keeps every widget it knows, does not know it before it is shown.
"""

import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakMethod, ref

import ipywidgets as widgets
import traitlets


def weakly(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls a method as long as its object lives, and does not keep it.

    Parameters
    ----------
    method : bound method
        What to call; once its object has gone, nothing is called, and None returned.

    Examples
    --------
    >>> class Lamp:
    ...     def light(self):
    ...         return "on"
    >>> lamp = Lamp()
    >>> light = weakly(lamp.light)
    >>> light()
    'on'
    >>> del lamp
    >>> light() is None
    True
    """
    held = WeakMethod(method)

    def call(*arguments: Any, **named: Any) -> Any:
        alive = held()
        return None if alive is None else alive(*arguments, **named)

    return call


def link(one: traitlets.HasTraits, other: traitlets.HasTraits, name: str) -> None:
    """Give two objects the same value of a trait, as `traitlets.link` does, but hold both weakly.

    Parameters
    ----------
    one, other : traitlets.HasTraits
        The first says what both are to begin with.
    name : str
        Name of the trait.

    Examples
    --------
    >>> slider, text = widgets.IntSlider(3), widgets.IntText(0)
    >>> link(slider, text, "value")
    >>> text.value = 7
    >>> slider.value
    7
    """
    setattr(other, name, getattr(one, name))
    for source, target in ((one, ref(other)), (other, ref(one))):

        def carry(change: Any, target: Any = target) -> None:
            alive = target()
            if alive is not None:
                setattr(alive, name, change.new)

        source.observe(carry, name)


class ShownLater(widgets.VBox):
    """A box that belongs to whoever made it, and to ipywidgets only once it is shown.

    Other widgets live until they are closed, from their making on. This one closes itself when it
    was never shown and the last name for it has gone.

    Examples
    --------
    >>> box = ShownLater()
    >>> box.comm is None
    True
    >>> outer = widgets.VBox([box])  # which is how a browser may come to see it
    >>> box.comm is None
    False
    """

    _shown = _closed = False

    def open(self) -> None:
        """Open a comm, but not from the constructor."""
        if self._shown and not self._closed:
            super().open()

    @property
    def model_id(self) -> str:
        """Name of the comm, which is opened for who asks: he is going to show the widget."""
        self._shown = True
        self.open()
        name: str = super().model_id
        return name

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        """Close it; but at Python's end what closing needs is gone, and so is who would be told."""
        if not ending():
            super().__del__()

    def close(self) -> None:
        """Close it for good, whether it was shown or not."""
        self._closed = True
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """A view for who is going to show it; once it is closed there is none."""
        if self._closed:
            return None
        _ = self.model_id
        return super()._repr_mimebundle_(**kwargs)
