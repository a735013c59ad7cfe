"""The lab: from data to a trained, compared and exported one-cycle run, without code."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import traitlets

from ..frontend.closing import close_all, close_earlier
from ..frontend.shown import mime_bundle
from ..policy.one_cycle import OneCycle
from ..range_test.result import RangeTest
from . import run as lab_run
from . import wire
from .interrupts import INTERRUPTS
from .own import OwnTask
from .run import Run
from .task import StoppedError, Task
from .ties import ShownLater, link, weakly
from .widget import LabView
from .wire import BUSY, SAID
from .worker import Job, Latest, Stopped, shielded

MOST_RUNS = 12
PATIENCE = 1.5  # seconds that a live training has to come to its end when a newer one waits


class Lab(ShownLater):
    """Choose a task, find `max_lr`, shape the cycle, train, compare.

    Everything trains in the background: the view stays alive, 'Stop' or an interrupt of the kernel
    ends a training after the step under way, and an error is shown where it belongs. The lab draws
    from random generators of its own: nothing that runs beside it changes its numbers, nor it
    theirs. Running a notebook's cell again closes the lab of its last run; a lab that was never
    shown ends with the last name for it.

    Parameters
    ----------
    task : Task, optional
        What is trained at first; default: the digits, one seed.
    policy : OneCycle, optional
        Schedule at first; default ``OneCycle(max_lr=0.1, total_steps=300)``.
    model, data, loss_fn : optional
        Instead of a task your own: a model (or a function that makes one) and data, and the loss
        unless it is cross-entropy. `OwnTask.of` says what they can be.

    Raises
    ------
    TypeError, ValueError
        When they do not go together, or one is missing.

    Attributes
    ----------
    task : Task
        What is trained; assign to it, or use the controls.
    explorer : LabView
        What is shown, with the schedule: `explorer.policy` is what trains.
    range_test : RangeTest or None
        The last range test that ended; None before that.
    runs : tuple of Run
        The trainings that ended and were not removed, the last twelve.
    live : bool
        Train now, and again whenever schedule or task change. While a hand drags, the training
        under way comes to its end if that is soon, and then the newest has its turn; none is kept.
    error, status : str
        What went wrong, '' when nothing did; and what is going on.

    Examples
    --------
    >>> lab = Lab()
    >>> lab.train()
    >>> lab.wait()
    True
    >>> len(lab.runs)
    1

    With a model and data of your own:

    >>> import torch
    >>> x = torch.rand(500, 3)
    >>> mine = Lab(model=torch.nn.Linear(3, 2), data=(x, (x[:, 0] > x[:, 1]).long()))
    >>> mine.train()
    >>> mine.wait(), bool(mine.runs[0].final[0] > 0.8)
    (True, True)
    """

    task = traitlets.Instance(Task)
    range_test = traitlets.Instance(RangeTest, allow_none=True)
    runs = traitlets.Tuple()
    live = traitlets.Bool(False)
    error = traitlets.Unicode("")
    status = traitlets.Unicode("ready")

    def __init__(
        self,
        task: Task | None = None,
        policy: OneCycle | None = None,
        *,
        model: Any = None,
        data: Any = None,
        loss_fn: Any = None,
    ) -> None:
        self._worker = Latest(weakly(self._failed))  # first: a lab that is refused is closed, too
        policy = policy or OneCycle(max_lr=0.1, total_steps=300)
        if any(part is not None for part in (model, data, loss_fn)):
            task = _own(task, model, data, loss_fn)
        self._keys: WeakKeyDictionary[Run, int] = WeakKeyDictionary()
        self._counted = 0
        self.explorer = LabView(policy, task or Task(), weakly(self._asked))
        super().__init__(task=self.explorer.task)
        self.children = [self.explorer]
        for name in ("task", "live"):
            link(self.explorer, self, name)
        link(self, self.explorer, "status")
        moved, show_runs = weakly(self._moved), weakly(self._show_runs)
        tell, guess = weakly(self._show_problem), weakly(self._show_chance)
        self.observe(lambda _: moved(), ["task", "live"])
        self.observe(lambda _: guess(), "task")
        self.explorer.observe(lambda _: moved(), "policy")
        self.explorer.observe(lambda _: tell(), "doubt")
        self.observe(lambda _: tell(), "error")
        self.observe(lambda _: show_runs(), "runs")
        self._show_chance()
        close_earlier(self)

    def _show_chance(self) -> None:
        self.explorer.chance = wire.chance_wired(self.task)

    def _show_problem(self) -> None:
        self.explorer.problem = self.explorer.doubt or self.error

    def test_range(self) -> None:
        """Run the LR range test in the background; return at once.

        Examples
        --------
        >>> lab = Lab(Task("spirals"))
        >>> lab.test_range()
        >>> lab.wait(), lab.range_test.recommended.lr is not None
        (True, True)
        """
        self.error = ""
        task = self.task
        told = partial(weakly(self._range_told), task)
        done = partial(weakly(self._range_done), task)
        # What counts is what was asked for now, whatever is dragged while the job waits its turn.
        self._start(BUSY["range"], partial(_test_range, task, told, done))

    def _range_told(self, task: Task, seen: list[tuple[float, float]]) -> None:
        lr, loss = seen[-1]
        self.explorer.range = wire.range_wired(task, seen)
        self.status = SAID["range"].format(lr=f"{lr:.2g}", loss=f"{loss:.3g}")

    def _range_done(
        self, task: Task, seen: list[tuple[float, float]], found: RangeTest | None
    ) -> None:
        if found is None:
            self.status = SAID["range_stopped"].format(done=len(seen))
            return
        self.explorer.range = wire.range_wired(task, seen, found)
        self.range_test = found
        lr, reason = found.recommended
        rate = SAID["none"] if lr is None else f"{lr:.3g}"
        self.status = SAID["range_done"].format(rate=rate, reason=reason)

    def train(self) -> None:
        """Train with the present task and schedule, in the background; return at once.

        What was trained to its end, and is one of `runs`, is not trained again, since it would
        come to the same numbers: the view marks its row.

        Examples
        --------
        >>> lab = Lab(Task("spirals"), OneCycle(0.3, 50))
        >>> lab.train()
        >>> lab.wait(), lab.runs[0].complete
        (True, True)
        >>> lab.train()
        >>> lab.wait(), len(lab.runs)
        (True, 1)
        """
        self.error = ""
        there = lab_run.alike(self.runs, self.task, self.explorer.policy)
        if there is not None and there.complete:
            self.status = SAID["there"]
            self.explorer.mark(self._key(there))
        else:
            self._begin(live=False)

    def _begin(self, live: bool) -> None:
        task, policy, self.error = self.task, self.explorer.policy, ""
        key = self._counted = self._counted + 1
        told = partial(weakly(self._told), key, live=live)
        done = partial(weakly(self._done), key, live=live)
        job = partial(_train, task, policy, told, done)
        self._start(BUSY["train"], job, PATIENCE if live else 0.0)

    def _start(self, kind: str, job: Job, patience: float = 0.0) -> None:
        self._worker.start(partial(_at_work, weakly(self._at), kind, job), patience)
        INTERRUPTS.stop_later(self._worker)

    def _at(self, kind: str) -> None:
        """What is going on in the background; '' for nothing."""
        if kind or not self._worker.waiting:
            self.explorer.busy = kind

    def _told(self, key: int, run: Run, live: bool) -> None:
        """Bring the view in line with a training under way."""
        self.explorer.plane = wire.plane_wired(run)
        self.explorer.under_way = wire.run_wired(run, key, live)
        if live:
            return
        loss = np.median(run.loss[:, run.done - 1])
        told = {"done": run.done, "total": run.policy.total_steps, "loss": f"{loss:.3g}"}
        self.status = SAID["under_way"].format(**told)
        self.explorer.step = max(run.done - 1, 0)  # the cursor follows

    def _done(self, key: int, run: Run, live: bool) -> None:
        if live and not run.complete:
            return  # a newer one is on its way, or it was stopped: the last whole one stays
        told = {"done": run.done, "seconds": f"{run.seconds:.1f}", "right": _accuracy(run)}
        said = SAID["done" if run.complete else "stopped"].format(**told)
        if live:
            self.status = said
            return
        self._keys[run] = key
        # Of two of the same, at least one was stopped: the shorter is the beginning of the other.
        earlier = lab_run.alike(self.runs, run.task, run.policy)
        others = [one for one in self.runs if one is not earlier]
        if len(others) >= MOST_RUNS:
            said += SAID["dropped"].format(most=MOST_RUNS)
        further = run if earlier is None or run.done > earlier.done else earlier
        self.runs = (*others, further)[-MOST_RUNS:]
        self.explorer.under_way = None
        self.status = said

    def _moved(self) -> None:
        """Task, schedule or live mode changed."""
        if self.live:
            self._begin(live=True)

    def stop(self) -> None:
        """End what is under way after its present step; return at once.

        Examples
        --------
        >>> lab = Lab(policy=OneCycle(0.1, 100_000))
        >>> lab.train()
        >>> lab.stop()
        >>> lab.wait(), any(run.complete for run in lab.runs)
        (True, False)
        """
        self._worker.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is under way; say whether so.

        Parameters
        ----------
        timeout : float, optional
            Most seconds to wait; default: until the end.

        Raises
        ------
        KeyboardInterrupt
            When somebody interrupts: what is under way has ended by then, and is kept.

        Examples
        --------
        >>> Lab().wait(timeout=1)  # nothing was begun
        True
        """
        return self._worker.wait(timeout)

    def _show_runs(self) -> None:
        self.explorer.runs = [wire.run_wired(run, self._key(run)) for run in self.runs]

    def _key(self, run: Run) -> int:
        """What the view calls a run, also one that somebody else has put into `runs`."""
        if run not in self._keys:
            self._counted += 1
            self._keys[run] = self._counted
        return self._keys[run]

    def _asked(self, what: str, key: int | None) -> None:
        """A person pressed a button of the view."""
        plain = {"train": self.train, "stop": self.stop, "range": self.test_range}
        if what in plain:
            if what != "stop" and self.explorer.doubt:  # not with the task from before it
                self.status = SAID["not_started"]
                return
            plain[what]()
            return
        if what == "csv":
            self.explorer.answer("csv", lab_run.to_csv(self.runs), "runs.csv")
            return
        # Not there: a second click on a row that is just being removed.
        found = [run for run in self.runs if self._key(run) == key]
        if found and what == "script":
            self.explorer.answer("script", found[0].task.script(found[0].policy), "run.py")
        elif found and what == "remove":
            self.runs = tuple(run for run in self.runs if run is not found[0])

    def _failed(self, error: Exception) -> None:
        self.error = f"{type(error).__name__}: {error}"
        self.status = SAID["failed"]
        if not (self.explorer.under_way or {}).get("live"):
            self.explorer.under_way = None

    def close(self) -> None:
        """Stop what is under way, and close the lab and all widgets inside it.

        Examples
        --------
        >>> lab = Lab()
        >>> lab.close()
        >>> lab.comm is None
        True
        """
        self._worker.stop()
        close_all(self)
        super().close()

    def notify_change(self, change: Any) -> None:
        """Tell observers; in the background their errors are shown, and the work goes on."""
        with shielded() if self._worker.inside() else nullcontext():
            super().notify_change(change)

    def __repr__(self) -> str:
        return f"Lab({self.task!r}, {self.explorer.policy!r}, {len(self.runs)} runs)"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add the schedule's picture where a notebook is stored, for readers without a kernel."""
        live = super()._repr_mimebundle_(**kwargs)
        # A box knows nothing of Colab; the view in it, which is anywidget's, does.
        view = self.explorer._repr_mimebundle_() if live else None
        return mime_bundle(view and (live, view[1]), repr(self), self._picture)

    def _picture(self) -> str:
        figure = self.explorer.policy.plot()
        return figure.html(alt=f"The lab, at its schedule. {figure.alt}")


def _own(task: Task | None, model: Any, data: Any, loss_fn: Any) -> OwnTask:
    """The task that a person's own model and data make."""
    if task is not None:
        raise ValueError("give a task, or a model and data of your own, not both")
    for name, part in (("model", model), ("data", data)):
        if part is None:
            raise ValueError(f"{name} is missing: your own model and data go together")
    return OwnTask.of(model, data, loss_fn)


def _at_work(at: Callable[[str], object], kind: str, job: Job, stopped: Stopped) -> None:
    """Do a job, and say before and after it what is going on."""
    at(kind)
    try:
        job(stopped)
    finally:
        at("")


def _test_range(
    task: Task, told: Callable[..., object], done: Callable[..., object], stopped: Stopped
) -> None:
    """What the thread does for `Lab.test_range`; it knows no lab."""
    seen: list[tuple[float, float]] = []

    def note(lr: float, loss: float) -> None:
        seen.append((lr, loss))
        if len(seen) % 10 == 0:
            told(seen)

    try:
        found = task.range_test(stopped, note)
    except StoppedError:
        found = None
    done(seen, found)


def _train(
    task: Task,
    policy: OneCycle,
    told: Callable[[Run], object],
    done: Callable[[Run], object],
    stopped: Stopped,
) -> None:
    """What the thread does for `Lab.train`; it knows no lab."""
    done(lab_run.train(task, policy, stopped, told))


def _accuracy(run: Run) -> str:
    if np.isfinite(run.final).any():
        return SAID["right"].format(share=f"{100 * np.median(run.final):.1f}")
    if np.isfinite(run.final_loss).any():
        return f"loss {np.median(run.final_loss):.3g} on the held-out data"
    return SAID["unmeasured"]
