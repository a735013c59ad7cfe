"""The lab's view: one widget that shows schedule, loss, accuracy and runs, and says what is wanted.

It trains nothing. The lab tells it what has become of trainings (`lab.wire` says in which form) and
hears what a person changes or asks for. A web page drives the same view with a worker instead.
"""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import traitlets

from ..explorer.steered import PARAMETERS, Steered
from ..frontend import bundle as frontend
from ..policy.one_cycle import OneCycle
from ..sweeps.setting import OPTIMIZERS
from .offered import MODELS
from .own import OwnTask
from .task import Task
from .wire import Wired, task_wired
from .worker import shielded

TASK = ("data", "net", "optimizer", "batch_size", "weight_decay", "seeds")
WRITTEN = frozenset((*PARAMETERS, "budget", *TASK))


def _told() -> "traitlets.Instance[Wired | None]":
    """A trait for what the lab tells the view, or None."""
    return traitlets.Instance(dict, allow_none=True).tag(sync=True)


class LabView(Steered):
    """What the lab shows, and the schedule and task that are set in it.

    Parameters
    ----------
    policy : OneCycle
        The schedule at first.
    task : Task
        What is trained at first.
    asked : callable
        ``asked(what, key)``, when a person wants 'train', 'stop' or 'range', and of a run, by its
        key, 'remove' or 'script'; or 'csv'.

    Attributes
    ----------
    policy : OneCycle
        The current, always valid schedule. Assign to it, or observe it.
    task : Task
        What the controls say; the last possible task while they say something impossible.
    doubt : str
        Why what they say is impossible; '' when it is not.
    step : int
        Where the cursor stands, from 0.
    live : bool
        Whether to train again on every change.
    status, problem, busy : str
        What is going on; what went wrong; and 'training', 'range test' or ''.
    planar : bool
        Whether the task's data lie in the plane, so that a model's answers can be shown on it.
    runs, under_way, range, chance, plane
        What has come of trainings: see `lab.wire`.

    Examples
    --------
    >>> view = LabView(OneCycle(0.1, 300), Task(), asked=print)
    >>> view.seeds = 0
    >>> view.doubt != "", view.task.seeds
    (True, 1)
    >>> view
    LabView(OneCycle(max_lr=0.1, total_steps=300))
    """

    SETTINGS = TASK
    KEPT = (*TASK, "step", "live", "offers", "status", "problem", "busy", "runs", "under_way",
            "range", "chance", "planar", "plane")  # fmt: skip

    _esm = traitlets.Unicode(frontend.script("lab")).tag(sync=True)
    _css = traitlets.Unicode(frontend.style()).tag(sync=True)

    task = traitlets.Instance(Task)
    doubt = traitlets.Unicode("", read_only=True)

    step = traitlets.Int(0).tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)
    # Any: a field holds what was typed. Whether it can be, and why not, Task says.
    data = traitlets.Any().tag(sync=True)
    net = traitlets.Any().tag(sync=True)
    optimizer = traitlets.Any().tag(sync=True)
    batch_size = traitlets.Any().tag(sync=True)
    weight_decay = traitlets.Any().tag(sync=True)
    seeds = traitlets.Any().tag(sync=True)

    offers = traitlets.Dict().tag(sync=True)
    status = traitlets.Unicode("ready").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    busy = traitlets.Unicode("").tag(sync=True)
    planar = traitlets.Bool(False).tag(sync=True)
    runs: "traitlets.List[Wired]" = traitlets.List().tag(sync=True)
    under_way = _told()
    range = _told()
    chance = _told()
    plane = _told()

    def __init__(
        self, policy: OneCycle, task: Task, asked: Callable[[str, int | None], object]
    ) -> None:
        self._asked = asked
        self._telling = False
        super().__init__(policy, task=task, offers=offers(task), **task_wired(task))
        self.on_msg(LabView._heard)

    def _heard(self, message: dict[str, Any], _: Any) -> None:
        # A change that was made just before may still wait in the browser, behind its message.
        state = {name: value for name, value in message["state"].items() if name in WRITTEN}
        self.set_state(state)
        self._asked(message["do"], message.get("key"))

    @traitlets.observe(*TASK)
    def _read_task(self, _: Any = None) -> None:
        """Take what the task's controls say, or say why it is impossible."""
        if self._telling:
            return
        values = {name: getattr(self, name) for name in TASK}
        names = {"data": values.pop("data"), "model": values.pop("net")}
        try:
            # Whose model and data are their own keeps them.
            own = isinstance(self.task, OwnTask)
            task = replace(self.task, **values) if own else Task(**names, **values)
        except (TypeError, ValueError) as error:
            self.set_trait("doubt", str(error))
            return
        self.set_trait("doubt", "")
        self.task = task

    @traitlets.observe("task")
    def _show_task(self, _: Any = None) -> None:
        """Bring the controls in line with the task."""
        # Each trait reports its change at once, half-way between two tasks: not to be read.
        self._telling = True
        try:
            with self.hold_sync():
                self.offers, self.planar = offers(self.task), self.task.planar
                for name, value in task_wired(self.task).items():
                    setattr(self, name, value)
        finally:
            self._telling = False
        self.set_trait("doubt", "")

    def answer(self, kind: str, text: str, name: str = "") -> None:
        """Send the browser a text that was asked for.

        Parameters
        ----------
        kind : {'script', 'csv'}
            What it is: shown, or saved.
        text : str
            The text.
        name : str
            Name of the file.

        Examples
        --------
        >>> view = LabView(OneCycle(0.1, 300), Task(), asked=print)
        >>> view.answer("csv", "run,step", "runs.csv")
        """
        self.send({"answer": kind, "text": text, "name": name})

    def mark(self, key: int) -> None:
        """Have the row of a run noticed, which somebody is about to train once more.

        Parameters
        ----------
        key : int
            What the view calls the run.

        Examples
        --------
        >>> view = LabView(OneCycle(0.1, 300), Task(), asked=print)
        >>> view.mark(1)
        """
        self.send({"answer": "there", "key": key})

    def notify_change(self, change: Any) -> None:
        """Tell observers; what they raise in the background is shown, and the work goes on."""
        main = threading.current_thread() is threading.main_thread()
        with nullcontext() if main else shielded():
            super().notify_change(change)

    def __repr__(self) -> str:
        return f"LabView({self.policy!r})"


def offers(task: Task) -> dict[str, Any]:
    """Return what can be chosen in the view; nobody's own data are among others to choose from.

    Parameters
    ----------
    task : Task
        What is trained.

    Examples
    --------
    >>> offers(Task())["nets"]["spirals"]
    ['MLP, 2 layers of 64', 'MLP, 1 layer of 16']
    """
    known = {} if isinstance(task, OwnTask) else MODELS
    return {
        "data": [[name, name] for name in known],
        "nets": {name: list(models) for name, models in known.items()},
        "optimizers": list(OPTIMIZERS),
    }
