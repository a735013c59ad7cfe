"""Front ends that the lab is made of: a plot that the kernel describes, and the table of runs."""

from collections.abc import Callable

import anywidget
import traitlets

from ..frontend import bundle as frontend

COLUMNS = ["run", "steps", "last loss", "held out, %", "least to most"]


class Plot(anywidget.AnyWidget):
    """Lines, bands and marks, drawn by the browser; a place on it can be taken.

    Attributes
    ----------
    picture : dict
        What to draw, as the functions of `lab.pictures` make it.
    taken : float or None
        The place that was clicked, or slid to, on the horizontal axis.

    Examples
    --------
    >>> from onecycle_widgets.lab.pictures import range_picture
    >>> plot = Plot(picture=range_picture([(0.01, 2.3), (0.1, 1.5)]))
    >>> plot
    Plot('LR range test: 2 steps')
    >>> plot.taken is None
    True
    """

    _esm = traitlets.Unicode(frontend.script("plot")).tag(sync=True)
    _css = traitlets.Unicode(frontend.style()).tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    taken = traitlets.Float(None, allow_none=True).tag(sync=True)

    def __repr__(self) -> str:
        return f"Plot({self.picture.get('title', '')!r})"


class RunTable(anywidget.AnyWidget):
    """The lab's runs as a table; buttons remove one, show its script, and save them all.

    Parameters
    ----------
    asked : callable
        ``asked(what, row)``, when a person wants 'remove', 'script' (of a row) or 'csv'.

    Attributes
    ----------
    rows : list of list of str
        The texts of each run's cells, under `COLUMNS`.
    script : str
        The code shown below.

    Examples
    --------
    >>> table = RunTable(asked=print)
    >>> table.rows = [["max_lr=0.1", "300", "0.05", "97.1", "96.5 to 97.6"]]
    >>> table
    RunTable(1 runs)
    """

    _esm = traitlets.Unicode(frontend.script("runs")).tag(sync=True)
    _css = traitlets.Unicode(frontend.style()).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode(), COLUMNS).tag(sync=True)
    rows = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    script = traitlets.Unicode("").tag(sync=True)

    def __init__(self, asked: Callable[[str, int | None], object]) -> None:
        super().__init__()
        self.on_msg(lambda _, message, __: asked(message["what"], message["row"]))

    def save(self, name: str, text: str) -> None:
        """Let the browser save a file.

        Parameters
        ----------
        name : str
            Name of the file.
        text : str
            What is in it.

        Examples
        --------
        >>> table = RunTable(asked=print)
        >>> table.save("runs.csv", "run,step")
        """
        self.send({"name": name, "text": text})

    def __repr__(self) -> str:
        return f"RunTable({len(self.rows)} runs)"
