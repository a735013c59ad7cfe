"""Pieces of the lab's view: headings, buttons, and the controls of a task."""

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from ..sweeps.setting import OPTIMIZERS
from .task import MODELS, Task

TIPS = {
    "data": "What to learn: toys that train in seconds.",
    "model": "A network that fits the data.",
    "optimizer": "SGD with momentum, or AdamW.",
    "batch_size": "Samples a step.",
    "weight_decay": "How much every step shrinks the weights.",
    "seeds": "How many trainings at once, from other weights, with other batches.",
}


def heading(text: str) -> widgets.HTML:
    """A section's name.

    Examples
    --------
    >>> heading("1. What to train").value
    '<h3>1. What to train</h3>'
    """
    return widgets.HTML(f"<h3>{html.escape(text)}</h3>")


def line(text: str, role: str = "status") -> str:
    """Return a line of HTML that a screen reader is told of when it changes.

    Parameters
    ----------
    text : str
        What it says; nothing at all gives ''.
    role : {'status', 'alert'}
        An alert interrupts, and is coloured.

    Examples
    --------
    >>> line("done after 300 steps")
    '<span role="status">done after 300 steps</span>'
    >>> line("")
    ''
    """
    color = ' style="color: #a33c00"' if role == "alert" else ""
    return f'<span role="{role}"{color}>{html.escape(text)}</span>' if text else ""


def row(children: Any, width: str = "100%") -> widgets.HBox:
    """Things side by side, in several rows where the page is narrow.

    Examples
    --------
    >>> len(row([widgets.Button(), widgets.Button()]).children)
    2
    """
    layout = {"flex_flow": "row wrap", "width": width, "align_items": "center"}
    return widgets.HBox(children, layout=layout)


def button(text: str, action: Callable[[], object], style: str = "") -> widgets.Button:
    """Return a button as wide as its text.

    Parameters
    ----------
    text : str
        What stands on it.
    action : callable
        Called without arguments when it is pressed.
    style : {'', 'primary', 'success', 'info', 'warning', 'danger'}
        Colour, as in ipywidgets.

    Examples
    --------
    >>> pressed = []
    >>> button("Train", lambda: pressed.append("Train")).click()
    >>> pressed
    ['Train']
    """
    made = widgets.Button(description=text, button_style=style, layout={"width": "auto"})
    made.on_click(lambda _: action())
    return made


class TaskControls(widgets.VBox):
    """A control for every part of a task, and what is wrong with their present combination.

    Parameters
    ----------
    task : Task
        What the controls say at first.

    Attributes
    ----------
    task : Task
        What the controls say; the last possible task while they say something impossible.
    error : str
        Why what they say is impossible; '' when it is not.

    Examples
    --------
    >>> controls = TaskControls(Task())
    >>> controls.fields["seeds"].value = 0
    >>> controls.error != "", controls.task.seeds
    (True, 1)
    """

    task = traitlets.Instance(Task)
    error = traitlets.Unicode("")

    def __init__(self, task: Task) -> None:
        wide, narrow = {"width": "260px"}, {"width": "190px"}
        whole = {"description_width": "initial"}  # names are not cut
        choose = {"data": tuple(MODELS), "model": (), "optimizer": OPTIMIZERS}
        self.fields: dict[str, Any] = {
            name: widgets.Dropdown(
                description=name, options=options, tooltip=TIPS[name], layout=wide, style=whole
            )
            for name, options in choose.items()
        }
        for name, kind in (
            ("batch_size", widgets.IntText),
            ("weight_decay", widgets.FloatText),
            ("seeds", widgets.IntText),
        ):
            self.fields[name] = kind(
                description=name, tooltip=TIPS[name], layout=narrow, style=whole
            )
        self._alert = widgets.HTML()
        self._showing = False
        super().__init__([row(tuple(self.fields.values())), self._alert], task=task)
        self._show()
        for name, field in self.fields.items():
            field.observe(lambda _, name=name: self._read(name), "value")
        self.observe(lambda _: self._show(), "task")
        self.observe(
            lambda change: setattr(self._alert, "value", line(change.new, "alert")), "error"
        )

    def _read(self, changed: str) -> None:
        """Take what the controls say, or say why it is impossible."""
        if self._showing:
            return
        values = {name: field.value for name, field in self.fields.items()}
        if changed == "data":
            values["model"] = ""  # the first that fits
        try:
            task = Task(**values)
        except (TypeError, ValueError) as error:
            self.error = str(error)
            return
        self.error = ""
        self.task = task

    def _show(self) -> None:
        """Bring the controls in line with the task."""
        # Each field reports its change at once, half-way between two tasks: not to be read.
        self._showing = True
        try:
            self.fields["model"].options = tuple(MODELS[self.task.data])
            for name, field in self.fields.items():
                field.value = getattr(self.task, name)
        finally:
            self._showing = False
        self.error = ""
