"""The lab: from data to a trained, compared and exported one-cycle run, without code."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

import ipywidgets as widgets
import numpy as np
import traitlets

from ..explorer.widget import OneCycleExplorer
from ..frontend.closing import close_all, close_earlier, for_storage
from ..policy.one_cycle import OneCycle
from ..range_test.result import RangeTest
from . import run as lab_run
from .controls import TaskControls, button, heading, line, row
from .interrupts import INTERRUPTS
from .pictures import BoundaryPicture, accuracy_picture, loss_picture, range_picture
from .run import Run
from .task import StoppedError, Task
from .ties import ShownLater, link, weakly
from .widgets import Plot, RunTable
from .worker import Job, Latest, Stopped, shielded

CONTROLS = (
    "presets", "total_steps", "max_lr", "div_factor", "final_div_factor", "pct_start",
    "anneal_strategy", "three_phase", "cycle_momentum", "base_momentum", "max_momentum",
    "log_rate", "code",
)  # fmt: skip
MOST_RUNS = 12


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
        Schedule that the explorer shows at first; default
        ``OneCycle(max_lr=0.1, total_steps=300)``.

    Attributes
    ----------
    task : Task
        What is trained; assign to it, or use the controls.
    explorer : OneCycleExplorer
        The schedule; `explorer.policy` is what trains.
    range_test : RangeTest or None
        The last range test that ended; None before that.
    runs : tuple of Run
        The trainings that ended and were not removed, the last twelve.
    live : bool
        Train again whenever schedule or task change; a training under way is abandoned, and
        none is kept.
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
    """

    task = traitlets.Instance(Task)
    range_test = traitlets.Instance(RangeTest, allow_none=True)
    runs = traitlets.Tuple()
    live = traitlets.Bool(False)
    error = traitlets.Unicode("")
    status = traitlets.Unicode("ready")

    def __init__(self, task: Task | None = None, policy: OneCycle | None = None) -> None:
        policy = policy or OneCycle(max_lr=0.1, total_steps=300)
        self._worker = Latest(weakly(self._failed))
        self.controls = TaskControls(task or Task())
        self.explorer = OneCycleExplorer(policy, controls=CONTROLS)
        self._plane_picture: BoundaryPicture | None = None
        self._boundary: object = None  # what it shows
        super().__init__(task=self.controls.task)
        self._make_plots()
        self.children = [
            heading("1. What to train"),
            self.controls,
            heading("2. How large may the rate be?"),
            self._range_part(),
            heading("3. The schedule, and the training"),
            # Curves above, sliders below: on a projector both are in sight while one drags.
            self._train_part(),
            self.explorer,
            self._plane,
            heading("4. Compare"),
            self._table,
        ]
        link(self.controls, self, "task")
        moved, show_runs = weakly(self._moved), weakly(self._show_runs)
        self.observe(lambda _: moved(), "task")
        self.explorer.observe(lambda _: moved(), "policy")
        self.observe(lambda _: show_runs(), "runs")
        close_earlier(self)

    def _make_plots(self) -> None:
        self._range_plot = Plot(picture=range_picture([]))
        take = weakly(self._take)
        self._range_plot.observe(lambda change: take(change.new), "taken")
        layout = {"flex": "1 1 300px", "min_width": "0"}
        self._loss = Plot(picture=loss_picture([], []), layout=layout)
        self._accuracy = Plot(picture=accuracy_picture([], []), layout=layout)
        self._plane = widgets.HTML()
        self._table = RunTable(weakly(self._asked))

    def _range_part(self) -> widgets.VBox:
        start = button("Run the range test", weakly(self.test_range), "primary")
        buttons = row([start, button("Stop the test", weakly(self.stop))])
        hint = widgets.HTML(line("Click on the curve, slide below it, or take a rule's pick:"))
        self._picks = row([])
        return widgets.VBox([buttons, self._range_plot, hint, self._picks])

    def _train_part(self) -> widgets.VBox:
        text = "live: train again on every change"
        live = widgets.Checkbox(description=text, indent=False, layout={"width": "auto"})
        link(self, live, "live", "value")
        train, stop = weakly(self.train), weakly(self.stop)
        buttons = row([button("Train", train, "primary"), button("Stop", stop), live])
        self._progress = widgets.IntProgress(description="progress", layout={"width": "300px"})
        status, alert = widgets.HTML(line(self.status)), widgets.HTML()
        self.observe(lambda change: setattr(status, "value", line(change.new)), "status")
        self.observe(lambda change: setattr(alert, "value", line(change.new, "alert")), "error")
        going = row([self._progress, status])
        plots = row([self._loss, self._accuracy])
        return widgets.VBox([buttons, going, alert, plots])

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
        told, done = weakly(self._range_told), weakly(self._range_done)
        # What counts is what was asked for now, whatever is dragged while the job waits its turn.
        self._start(partial(_test_range, self.task, told, done))

    def _range_told(self, seen: list[tuple[float, float]]) -> None:
        lr, loss = seen[-1]
        self._range_plot.picture = range_picture(seen)
        self.status = f"range test: lr {lr:.2g}, loss {loss:.3g}"

    def _range_done(self, seen: list[tuple[float, float]], found: RangeTest | None) -> None:
        if found is None:
            self.status = f"range test stopped after {len(seen)} steps"
            return
        self._range_plot.picture = range_picture(seen, found)
        self.range_test = found
        self._offer(found)
        self.status = f"range test done; recommended: {found.recommended!r}"

    def _offer(self, found: RangeTest) -> None:
        """Show a button for each rule that has an answer."""
        old = self._picks.children
        self._picks.children = [
            button(f"{name}: {pick.lr:.3g}", partial(weakly(self._pick), pick.lr))
            for name, pick in found.suggestions().items()
            if pick.lr
        ]
        for one in old:
            close_all(one)

    def _pick(self, lr: float) -> None:
        self._range_plot.taken = float(f"{lr:.3g}")

    def _take(self, lr: float) -> None:
        """The peak that was taken from the curve goes into the schedule."""
        self.explorer.policy = self.explorer.policy.replace(max_lr=lr)

    def train(self) -> None:
        """Train with the present task and schedule, in the background; return at once.

        Examples
        --------
        >>> lab = Lab(Task("spirals"), OneCycle(0.3, 50))
        >>> lab.train()
        >>> lab.wait(), lab.runs[0].complete
        (True, True)
        """
        task, policy, live, self.error = self.task, self.explorer.policy, self.live, ""
        if task.splits[0].x.shape[1:] == (2,):
            # Now and here: matplotlib's style is the whole process's, and set for a moment.
            self._plane_picture = self._plane_picture or BoundaryPicture(task)
        begun = partial(weakly(self._begun), policy)
        told, done = partial(weakly(self._told), live=live), partial(weakly(self._done), live=live)
        self._start(partial(_train, task, policy, begun, told, done))

    def _start(self, job: Job) -> None:
        self._worker.start(job)
        INTERRUPTS.stop_later(self._worker)

    def _begun(self, policy: OneCycle) -> None:
        self._progress.max = policy.total_steps

    def _done(self, run: Run, live: bool) -> None:
        if live and not run.complete:
            return  # a newer one is on its way
        how = "done" if run.complete else "stopped"
        self.status = f"{how} after {run.done} steps, {run.seconds:.1f} s: {_accuracy(run)}"
        if not live:
            self.runs = (*self.runs, run)[-MOST_RUNS:]

    def _moved(self) -> None:
        """Task or schedule changed."""
        if self.live:
            self.train()

    def _told(self, run: Run, live: bool) -> None:
        """Bring the pictures in line with a training under way."""
        runs = (run,) if live else (*self.runs, run)
        names = lab_run.names(runs)
        self._loss.picture = loss_picture(runs, names, under_way=True)
        self._accuracy.picture = accuracy_picture(runs, names, under_way=True)
        self._progress.value = run.done
        self._show_plane(run)
        if live:
            return
        loss = np.median(run.loss[:, run.done - 1])
        self.status = f"step {run.done} of {run.policy.total_steps}, loss {loss:.3g}"
        # The cursor in the schedule follows: rate and momentum of this step. Should the
        # schedule become shorter at this moment, it stays where it is.
        with shielded(), suppress(traitlets.TraitError):
            self.explorer.step = max(run.done - 1, 0)

    def _show_plane(self, run: Run) -> None:
        if run.boundary is None:
            self._plane.value, self._boundary = "", None
            return
        if run.boundary is not self._boundary:
            self._boundary = run.boundary
            assert self._plane_picture is not None
            self._plane.value = self._plane_picture.show(run)

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
        names = lab_run.names(self.runs)
        self._table.rows = [_row(n, run) for n, run in zip(names, self.runs, strict=True)]
        last = self.runs[-1] if self.runs else None
        self._table.script = last.task.script(last.policy) if last else ""
        self._loss.picture = loss_picture(self.runs, names)
        self._accuracy.picture = accuracy_picture(self.runs, names)

    def _asked(self, what: str, place: int | None) -> None:
        """A button of the table was pressed."""
        if what == "csv":
            self._table.save("runs.csv", lab_run.to_csv(self.runs))
        elif place is None or place >= len(self.runs):
            return  # a second click on a row that is just being removed
        elif what == "remove":
            self.runs = (*self.runs[:place], *self.runs[place + 1 :])
        else:
            self._table.script = self.runs[place].task.script(self.runs[place].policy)

    def _failed(self, error: Exception) -> None:
        self.error = f"{type(error).__name__}: {error}"
        self.status = "stopped by an error"

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
        data = {**(super()._repr_mimebundle_(**kwargs) or {}), "text/plain": repr(self)}
        if not for_storage():
            return data
        figure = self.explorer.policy.plot()
        return {**data, "text/html": figure.html(alt=f"The lab, at its schedule. {figure.alt}")}


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
    begun: Callable[[], object],
    told: Callable[[Run], object],
    done: Callable[[Run], object],
    stopped: Stopped,
) -> None:
    """What the thread does for `Lab.train`; it knows no lab."""
    begun()
    done(lab_run.train(task, policy, stopped, told))


def _accuracy(run: Run) -> str:
    if not np.isfinite(run.final).any():
        return "not measured"
    return f"{100 * np.median(run.final):.1f} % of the held-out data right"


def _row(name: str, run: Run) -> list[str]:
    """The cells of a run, as `RunTable` shows them."""
    final, last = 100 * run.final, run.loss[:, max(run.done, 1) - 1]
    total = run.policy.total_steps
    return [
        name,
        str(run.done) if run.complete else f"{run.done} of {total}",
        f"{np.median(last):.3g}" if np.isfinite(last).all() else "diverged",
        f"{np.median(final):.1f}",
        f"{final.min():.1f} to {final.max():.1f}",
    ]
