"""Widgets belong to the cell that made them: running it again, or closing one, leaves nothing."""

from collections.abc import Hashable
from typing import Any
from weakref import WeakSet

import ipywidgets as widgets
from IPython.core.getipython import get_ipython

_made: dict[Hashable, tuple[Any, WeakSet[Any]]] = {}


def _request() -> dict[str, Any]:
    """The message that had the present cell run; {} outside a notebook."""
    shell: Any = get_ipython()
    return shell.get_parent() if hasattr(shell, "get_parent") else {}


def for_storage() -> bool:
    """Whether a program runs the cell, to store what comes out: then a still picture is wanted.

    JupyterLab, Notebook and VS Code name the cell in their requests. nbconvert, nbclient and
    nbval do not: nothing alive will be shown there, and whoever opens the file on GitHub sees
    the picture instead of the widget. Drawing it takes matplotlib a few tenths of a second.

    Examples
    --------
    >>> for_storage()  # nothing alive is shown where these examples run
    True
    """
    return _request().get("metadata", {}).get("cellId") is None


def close_all(widget: widgets.Widget) -> None:
    """Close a widget and all that is inside it: children, styles, layouts.

    Examples
    --------
    >>> box = widgets.VBox([widgets.Button()])
    >>> (button,) = box.children
    >>> close_all(box)
    >>> button.comm is None
    True
    """
    # ipywidgets closes the box alone: what is inside would live on, each with its own comm.
    inside = [*getattr(widget, "children", ()), getattr(widget, "style", None)]
    for part in [*inside, getattr(widget, "layout", None)]:
        if isinstance(part, widgets.Widget):
            close_all(part)
    widgets.Widget.close(widget)


def close_earlier(widget: widgets.Widget) -> None:
    """Close what earlier runs of the same notebook cell made, and remember `widget` as its own.

    ipywidgets keeps every widget alive until it is closed, so a cell that is run again
    would leave its last run's models and comms behind. Outside a notebook nothing happens.

    Examples
    --------
    >>> button = widgets.Button()
    >>> close_earlier(button)  # outside a notebook there is no earlier run
    >>> button.comm is None
    False
    """
    request = _request()
    cell = request.get("metadata", {}).get("cellId")
    if cell is None:
        return
    run = request["header"]["msg_id"]
    # A cell may make several widgets in one run: only those of another run are old. They are held
    # weakly, so that this table keeps nothing alive.
    earlier, made = _made.get(cell, (run, WeakSet()))
    if earlier != run:
        for old in list(made):
            old.close()
        made = WeakSet()
    made.add(widget)
    _made[cell] = run, made
