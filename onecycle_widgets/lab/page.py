"""The lab as one HTML file: the view, with an engine of its own in place of a kernel."""

from pathlib import Path

from .. import files
from ..frontend import bundle
from ..policy.one_cycle import OneCycle
from .stored import stored
from .task import Task
from .trainer import trainer_tables
from .widget import LabView


def export(path: str | Path, task: Task | None = None, policy: OneCycle | None = None) -> Path:
    """Write the lab as one HTML file, which trains in the browser, without kernel or network.

    Parameters
    ----------
    path : str or Path
        The file.
    task : Task, optional
        What is trained at first; default: the digits, one seed.
    policy : OneCycle, optional
        Schedule at first; default ``OneCycle(max_lr=0.1, total_steps=300)``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        When the task's data are none of those that the page carries.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     page = export(f"{folder}/lab.html", Task("spirals"))
    ...     page.name, page.stat().st_size < 600_000
    ('lab.html', True)
    """
    task = task or Task()
    known = list(stored()["samples"])
    if task.data not in known:
        raise ValueError(f"data must be one of {', '.join(known)} in a page, got {task.data!r}")
    view = LabView(policy or OneCycle(max_lr=0.1, total_steps=300), task, asked=lambda *_: None)
    state = view.kept()
    view.close()
    offered = state["offers"]
    offered["data"] = [pair for pair in offered["data"] if pair[0] in known]
    offered["nets"] = {name: offered["nets"][name] for name in known}
    return files.write(path, bundle.page(state, "lab", trainer_tables()))
