"""A quiz of printed logs: twenty learning rates, and what happened to them."""

from collections.abc import Callable
from typing import Any

import torch

from ..tables import Table
from .checking import HintError, self_check

Rates = list[float]
STEPS = 20
Torchs = torch.optim.lr_scheduler.OneCycleLR


def _optimizer() -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)


def _made(optimizer: Any, total_steps: int = STEPS, **options: Any) -> Any:
    return Torchs(optimizer, max_lr=options.pop("max_lr", 1.0), total_steps=total_steps, **options)


def _walk(scheduler: Any, steps: int, every: int = 1) -> Rates:
    """The rates of so many optimizer steps; the scheduler moves after every so many of them."""
    rates = [float(scheduler.optimizer.param_groups[0]["lr"])]
    for step in range(1, steps):
        scheduler.optimizer.step()
        if step % every == 0:
            scheduler.step()
        rates.append(float(scheduler.optimizer.param_groups[0]["lr"]))
    return rates


def _stopped() -> tuple[Rates, dict[str, Any], dict[str, Any]]:
    """The rates of nine steps, and the states that were saved then."""
    scheduler = _made(_optimizer())
    *rates, _ = _walk(scheduler, 10)
    return rates, scheduler.optimizer.state_dict(), scheduler.state_dict()


def _made_last() -> Rates:
    before, optimizer_state, state = _stopped()
    optimizer = _optimizer()
    optimizer.load_state_dict(optimizer_state)
    scheduler = _made(optimizer)
    scheduler.load_state_dict(state)
    return before + _walk(scheduler, 11)


def _optimizer_only() -> Rates:
    before, optimizer_state, _ = _stopped()
    scheduler = _made(_optimizer())
    scheduler.optimizer.load_state_dict(optimizer_state)
    return before + _walk(scheduler, 11)


def _second_cycle() -> Rates:
    optimizer = _optimizer()
    first = _made(optimizer)
    _made(optimizer, max_lr=0.5)
    return _walk(first, STEPS)


# By letter: what happened, its rates, and what to look at when the answer is another.
LOGS: dict[str, tuple[str, Callable[[], Rates], str]] = {
    "A": (
        "made with a shorter total_steps, then trained on",
        lambda: _walk(_made(_optimizer(), STEPS - 1), STEPS),
        "Compare the last two rates.",
    ),
    "B": (
        "optimizer loaded first, scheduler made after it",
        _made_last,
        "Compare steps 8, 9 and 10: one of them does not belong.",
    ),
    "C": (
        "three phases, pct_start=0.3",
        lambda: _walk(_made(_optimizer(), three_phase=True), STEPS),
        "For how many steps is the rate below the first one?",
    ),
    "D": (
        "stepped once per epoch",
        lambda: _walk(_made(_optimizer()), STEPS, every=5),
        "How often does the rate change?",
    ),
    "E": (
        "a second cycle on the same optimizer",
        _second_cycle,
        "The shape is right. Is the height?",
    ),
    "F": (
        "three phases, pct_start=0.7",
        lambda: _walk(_made(_optimizer(), three_phase=True, pct_start=0.7), STEPS),
        "Where does the rate end, and is the run long enough for the way down?",
    ),
    "G": (
        "only the optimizer's state was loaded",
        _optimizer_only,
        "From step 10 on, at which step of the cycle is the schedule?",
    ),
}
CAUSES = sorted(cause for cause, *_ in LOGS.values())


def printed_logs() -> Table:
    """Return the logs of the quiz: what the optimizer used, twenty steps of `max_lr` 1 each.

    Returns
    -------
    Table
        One row for each letter, and a sound training's first; a column for each step.

    Examples
    --------
    >>> [name for name, *_ in printed_logs().rows]
    ['sound', 'A', 'B', 'C', 'D', 'E', 'F', 'G']
    """
    logs = {"sound": _walk(_made(_optimizer()), STEPS)}
    logs |= {letter: rates() for letter, (_, rates, _) in LOGS.items()}
    rows = [(name, *(f"{rate:.2g}" for rate in rates)) for name, rates in logs.items()]
    return Table(("log", *map(str, range(STEPS))), rows)


def causes() -> Table:
    """Return what may have happened, each of it to one of the logs.

    Examples
    --------
    >>> len(causes().rows), causes().rows[0]
    (7, ('1', 'a second cycle on the same optimizer'))
    """
    rows = [(str(place + 1), cause) for place, cause in enumerate(CAUSES)]
    return Table(("number", "what happened"), rows, prose=True)


@self_check
def read_the_logs(answer: Any) -> str:
    """Check which mistake belongs to which of the printed logs.

    Parameters
    ----------
    answer : dict of str to int
        For 'A' to 'G' the number of a cause, from `causes`.

    Returns
    -------
    str
        One line for each log.

    Examples
    --------
    >>> print(read_the_logs({"A": 99}).splitlines()[0])
    ✗ A: say a number from 1 to 7.
    """
    if not isinstance(answer, dict):
        raise HintError(f"the answer should be a dict, not {type(answer).__name__}.")
    lines = []
    for letter, (cause, _, hint) in LOGS.items():
        said = answer.get(letter)
        number = next((n for n in range(1, len(CAUSES) + 1) if said == n), None)
        if number is None:
            lines.append(f"✗ {letter}: say a number from 1 to {len(CAUSES)}.")
        elif CAUSES[number - 1] == cause:
            lines.append(f"✓ {letter}: right.")  # its words would answer the stored exercise
        else:
            lines.append(f"✗ {letter}: something else happened. {hint}")
    return "\n".join(lines)
