"""The API's pages: one for each room, with what it offers, from the docstrings."""

from typing import NamedTuple


class Room(NamedTuple):
    """What stands together on a page.

    Parameters
    ----------
    title : str
        What the page is called.
    modules : tuple of str
        Modules of the package; each says by its `__all__` what it offers.

    Examples
    --------
    >>> ROOMS["sweeps"].modules
    ('sweeps',)
    """

    title: str
    modules: tuple[str, ...]


ROOMS = {
    "policy": Room("The policy and its rivals", ("policy", "policy.baselines")),
    "range_test": Room("The LR range test", ("range_test",)),
    "training": Room("Training and comparing", ("training", "evidence")),
    "sweeps": Room("Many models at once", ("sweeps",)),
    "widgets": Room("Widgets", ("explorer", "lab")),
    "toys": Room("Data, models and surfaces", ("toys", "surfaces")),
}


def pages() -> dict[str, str]:
    """Return the pages by name, in reStructuredText.

    Examples
    --------
    >>> print(pages()["sweeps"])
    Many models at once
    ===================
    <BLANKLINE>
    .. automodule:: onecycle_widgets.sweeps
       :members:
    <BLANKLINE>
    """
    return {name: _page(room) for name, room in ROOMS.items()}


def _page(room: Room) -> str:
    parts = [f"{room.title}\n{'=' * len(room.title)}\n"]
    for module in room.modules:
        parts.append(f".. automodule:: onecycle_widgets.{module}\n   :members:\n")
    return "\n".join(parts)
