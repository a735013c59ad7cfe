"""What a notebook shows of a widget: alive, in words, and as a picture where it is stored."""

from collections.abc import Callable
from typing import Any

from .closing import for_storage


def mime_bundle(
    live: Any,
    words: str,
    picture: Callable[[], str],
    state: Callable[[], dict[str, Any]] = dict,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what ``_repr_mimebundle_`` of a widget gives: the data, and what Colab must know.

    Parameters
    ----------
    live : (dict, dict) or None
        What anywidget gives; None once the widget is closed.
    words : str
        The widget in words.
    picture : callable
        Its picture as HTML. It is asked for where a notebook is stored, for readers without a
        kernel, and left out where there is no matplotlib.
    state : callable, optional
        What brings it to life on a web site; asked for where a notebook is stored.

    Examples
    --------
    >>> mime_bundle(None, "a widget", lambda: "<p>its picture</p>")
    ({'text/plain': 'a widget', 'text/html': '<p>its picture</p>'}, {})
    """
    data, metadata = live or ({}, {})
    data = {**data, "text/plain": words}
    if not for_storage():
        return data, metadata
    data |= state()
    try:
        return {**data, "text/html": picture()}, metadata
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "matplotlib":
            raise
        return data, metadata  # the widget itself needs none
