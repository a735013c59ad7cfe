"""Side by side: what a few lines do with torch's `OneCycleLR`, and what they do with ours."""

import csv
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..policy.scheduler import OneCycleLR
from ..tables import Table


@dataclass(frozen=True)
class Reaction:
    """What a reproduction came to.

    Attributes
    ----------
    value : object
        What it returned; None when it raised.
    error : Exception or None
        What it raised.
    warned : tuple of str
        The warnings on the way, without repetitions.

    Examples
    --------
    >>> print(Reaction([0.25, 1 / 3], error=None, warned=("mind the gap",)))
    [0.25, 0.3333]; warns: mind the gap
    >>> print(Reaction(None, ValueError("too short. Try more."), warned=()))
    ValueError: too short
    """

    value: Any
    error: Exception | None
    warned: tuple[str, ...]

    def __str__(self) -> str:
        if self.error is not None:
            text = f"{type(self.error).__name__}: {_first(str(self.error).strip(chr(34)))}"
        else:
            text = _shown(self.value)
        return "; ".join([text, *(f"warns: {warning}" for warning in self.warned)])


@dataclass(frozen=True)
class Both:
    """The reaction of torch's class, and with ours.

    Attributes
    ----------
    torch, ours : Reaction
        What the same lines came to with either.

    Examples
    --------
    >>> Both(Reaction(1.0, None, ()), Reaction(0.5, None, ()))
    torch: 1
    ours: 0.5
    """

    torch: Reaction
    ours: Reaction

    def table(self) -> Table:
        """Return one row for each.

        Examples
        --------
        >>> Both(Reaction(1.0, None, ()), Reaction(0.5, None, ())).table().rows
        (('torch', '1'), ('ours', '0.5'))
        """
        return Table(("with", "result"), [("torch", str(self.torch)), ("ours", str(self.ours))],
                     prose=True)  # fmt: skip

    def __repr__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def reaction(reproduction: Callable[[Any], Any], scheduler: type) -> Reaction:
    """Run a reproduction with one class.

    Parameters
    ----------
    reproduction : callable
        The smallest code that surprises: given the class, it returns what it saw.
    scheduler : type
        Torch's ``OneCycleLR`` or ours.

    Returns
    -------
    Reaction
        Errors and warnings are part of it; none comes through.

    Examples
    --------
    >>> def first_rate(scheduler):
    ...     optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    ...     return scheduler(optimizer, max_lr=1.0, total_steps=10, pct_start=0.3).get_last_lr()
    >>> print(reaction(first_rate, OneCycleLR))
    [0.04]
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value, error = None, None
        try:
            value = reproduction(scheduler)
        except Exception as raised:  # whatever torch raises is what is to be shown
            error = raised
    warned = dict.fromkeys(_first(str(warning.message)) for warning in caught)
    return Reaction(value, error, tuple(warned))


def _first(message: str) -> str:
    """The first sentence of a message; a KeyError shows its line breaks as two letters."""
    return re.split(r"\. |\n|\\n", message)[0]


def both(reproduction: Callable[[Any], Any]) -> Both:
    """Run a reproduction with torch's ``OneCycleLR``, then with ours.

    Parameters
    ----------
    reproduction : callable
        Given the class, it returns what it saw; it is called twice, so it makes its own optimizer.

    Examples
    --------
    >>> def first_rate(scheduler):
    ...     optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    ...     return scheduler(optimizer, max_lr=1.0, total_steps=10, pct_start=0.1).get_last_lr()
    >>> print(both(first_rate).torch)
    ZeroDivisionError: float division by zero
    >>> type(both(first_rate).ours.error).__name__
    'ValueError'
    """
    theirs = torch.optim.lr_scheduler.OneCycleLR
    return Both(reaction(reproduction, theirs), reaction(reproduction, OneCycleLR))


def versions(path: str | Path = "data/torch_versions.csv", since: str = "1.10") -> Table:
    """Return the surprises that are not the same in all releases of torch, and since when.

    Parameters
    ----------
    path : str or Path
        The file that `tests/benchmarks/torch_versions.py` stored: the reaction in each release.
    since : str, default '1.10'
        The first release to compare.

    Returns
    -------
    Table
        A row for each surprise that changed. What differs in wording or warnings only is left out.

    Examples
    --------
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> versions(data / "torch_versions.csv").header
    ('surprise', 'in the releases')
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        (_, *releases), *rows = csv.reader(file)
    first = releases.index(f"{since}.0")
    changed = []
    for title, *texts in rows:
        pairs = zip(releases[first:], texts[first:], strict=True)
        runs = [list(run) for _, run in groupby(pairs, lambda pair: _essence(pair[1]))]
        spans = [(run[0][0][:-2], run[-1][0][:-2], _essence(run[0][1])) for run in runs]
        if len(spans) > 1:
            told = [f"{a} to {b}: {text}" if a != b else f"{a}: {text}" for a, b, text in spans]
            changed.append((title.replace("`", ""), "; ".join(told)))
    return Table(("surprise", "in the releases"), changed, prose=True)


def _essence(text: str) -> str:
    """A reaction's value, or the type of its error."""
    error = re.match(r"\w+Error(?=:)", text)
    return error.group() if error else text.split("; warns: ")[0]


def _shown(value: Any) -> str:
    """Numbers with four digits, lists and mappings in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_shown(part) for part in value) + "]"
    if isinstance(value, torch.Tensor):
        return f"tensor {_shown(value.tolist())}"
    if isinstance(value, np.ndarray):
        return f"array {_shown(value.tolist())}"
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    return f"{float(value):.4g}"
