"""What the lab's view is told: runs, a range test, a plane of answers, as plain data and bytes.

Numbers travel as bytes of single precision, which the browser draws from: a run under way is a few
kilobytes ten times a second. The view reads the same from a web page's own trainings.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frontend.lab_tables import WORDS
from ..range_test.result import RangeTest
from ..range_test.suggest import RECOMMENDED
from .run import Run, plane
from .task import Task

Array = NDArray[np.float64]
Wired = dict[str, Any]
MOST = 1500  # places in a curve
POINTS_A_CLASS = 120  # training data drawn on a plane
BUSY = {"train": "training", "range": "range test"}
SAID = {
    "range": "range test: lr {lr}, loss {loss}",
    "range_stopped": "range test stopped after {done} steps",
    "range_done": "range test done; recommended: {rate} ({reason})",
    "none": "none",
    "refused": "No peak to recommend: {reason}.",
    "under_way": "step {done} of {total}, loss {loss}",
    "done": "done after {done} steps, {seconds} s: {right}",
    "stopped": "stopped after {done} steps, {seconds} s: {right}",
    "there": "trained already, to the same numbers: see the marked row (remove it to train again)",
    "dropped": "; the oldest run was dropped, {most} are kept",
    "right": "{share} % of the held-out data right",
    "unmeasured": "not measured",
    "not_started": WORDS["not_started"],
    "failed": "stopped by an error",
}
"""What the lab says of what is under way; the notebook and the page say the same."""


def floats(values: Any) -> bytes:
    """Return numbers as little-endian bytes of single precision.

    Parameters
    ----------
    values : array_like
        What is beyond single precision becomes infinite.

    Examples
    --------
    >>> floats([1.0, 2.0]).hex()
    '0000803f00000040'
    """
    with np.errstate(over="ignore"):
        return np.asarray(values).astype("<f4").tobytes()


def run_wired(run: Run, key: int, live: bool = False) -> Wired:
    """Return a run for the view.

    Parameters
    ----------
    run : Run
        Finished, stopped or under way.
    key : int
        What the view calls it.
    live : bool, default False
        Whether it is one of many that follow a hand, and none of the runs that are kept.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> from onecycle_widgets.lab.run import train
    >>> run = train(Task(seeds=2), OneCycle(0.1, 20), lambda: False, lambda run: None)
    >>> wired = run_wired(run, key=7)
    >>> wired["key"], wired["complete"], len(wired["loss"]) // 4, wired["settings"]["max_lr"]
    (7, True, 20, '0.1')
    """
    every = -(-max(run.done, 1) // MOST)
    at = list(range(0, run.done, every))
    # Infinite, not NaN: a median over the seeds then counts a diverged one as the worst.
    loss = np.where(np.isfinite(run.loss), run.loss, np.inf)[:, at]
    measured = [i for i, point in enumerate(run.points) if point <= run.done]
    # Regression has no accuracy: there the loss on the held-out data stands in its place.
    right = run.task.chance is not None or bool(np.isfinite(run.accuracy[:, measured]).any())
    kind, final = (run.accuracy, run.final) if right else (run.held_out_loss, run.final_loss)
    told: Wired = {
        "key": key,
        "live": live,
        "complete": run.complete,
        "done": run.done,
        "total": run.policy.total_steps,
        "seconds": run.seconds,
        "settings": run.settings(),
        "policy": run.policy.arguments(),
        "at": at,
        "points": [run.points[i] for i in measured],
        "measure": "accuracy" if right else "loss",
        "final": [float(one) if math.isfinite(one) else None for one in final],
        "diverged": int((~np.isfinite(run.loss[:, max(run.done, 1) - 1])).sum()) if run.done else 0,
        **_spread("loss", "low", "high", loss),
        **_spread("accuracy", "accuracy_low", "accuracy_high", kind[:, measured]),
    }
    return told


def _spread(middle: str, low: str, high: str, rows: Array) -> dict[str, bytes]:
    """The median of some rows, and their ends where there are several."""
    told = {middle: floats(np.median(rows, axis=0))}
    if len(rows) > 1:
        told |= {low: floats(rows.min(0)), high: floats(rows.max(0))}
    return told


def range_wired(
    task: Task, seen: list[tuple[float, float]], found: RangeTest | None = None
) -> Wired:
    """Return a range test for the view: as far as it has come, or what it found.

    Parameters
    ----------
    task : Task
        What is tested.
    seen : list of (float, float)
        Learning rate and loss of every step so far, of all runs one after the other.
    found : RangeTest, optional
        What was found, once the test is done.

    Examples
    --------
    >>> wired = range_wired(Task(), [(0.01, 2.3), (0.1, 1.5)])
    >>> wired["ended"], wired["task"]["optimizer"], len(wired["lr"]) // 4
    (False, 'sgd', 2)
    """
    told: Wired = {"task": task_wired(task), "ended": found is not None, "picks": {}, "note": ""}
    if found is None:
        rates = np.array([lr for lr, _ in seen])
        # Of several runs, one after the other, the latest; only a new one goes back.
        begun = np.flatnonzero(np.diff(rates) < 0)
        first = int(begun[-1]) + 1 if len(begun) else 0
        lr, loss = rates[first:], np.array([loss for _, loss in seen[first:]])
        told |= {"recommended": "", "smooth": b""}
        return told | {"lr": floats(lr), "loss": floats(loss)}
    picks = {name: float(pick.lr) for name, pick in found.suggestions().items() if pick.lr}
    return told | {
        "picks": picks,
        "recommended": RECOMMENDED,
        "note": "" if found.recommended.lr else found.recommended.reason,
        "lr": floats(found.lr),
        "loss": floats(found.loss),
        "smooth": floats(found.smooth()),
    }


def task_wired(task: Task) -> Wired:
    """Return a task's parts as the view names them.

    Examples
    --------
    >>> task_wired(Task("spirals"))["net"]
    'MLP, 2 layers of 64'
    """
    return {
        "data": task.data,
        "net": task.model,
        "optimizer": task.optimizer,
        "batch_size": task.batch_size,
        "weight_decay": task.weight_decay,
        "seeds": task.seeds,
    }


def chance_wired(task: Task) -> Wired | None:
    """Return what guessing is worth, or None where there are no classes.

    Examples
    --------
    >>> found = chance_wired(Task())
    >>> round(found["loss"], 2), round(found["accuracy"], 1)
    (2.3, 0.1)
    """
    return None if task.chance is None else task.chance._asdict()


def plane_wired(run: Run) -> Wired | None:
    """Return the plane of a run's answers, with some training data on it; None where it has none.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> from onecycle_widgets.lab.run import train
    >>> run = train(Task("spirals"), OneCycle(0.1, 20), lambda: False, lambda run: None)
    >>> wired = plane_wired(run)
    >>> wired["side"], len(wired["classes"]), len(wired["labels"])
    (60, 3600, 360)
    """
    if run.boundary is None:
        return None
    # In double precision, since NumPy has no bfloat16.
    x, grid = (places.cpu().double().numpy() for places in (run.task.splits[0].x, plane(run.task)))
    y = run.task.splits[0].y.cpu().numpy()
    kinds = [kind for kind in np.unique(y) if kind >= 0]  # -100 marks what does not count
    some = np.concatenate([np.flatnonzero(y == kind)[:POINTS_A_CLASS] for kind in kinds])
    return {
        "side": len(run.boundary),
        "classes": run.boundary.astype(np.uint8).tobytes(),
        "x": [float(grid[0, 0]), float(grid[-1, 0])],
        "y": [float(grid[0, 1]), float(grid[-1, 1])],
        "points": floats(x[some].ravel()),
        "labels": y[some].astype(np.uint8).tobytes(),
    }
