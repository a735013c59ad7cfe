"""The catalogue of torch's surprises stays true: each reproduction, run anew."""

import csv
import inspect
import re

import numpy as np
import pytest
import torch
from catalogue import PAGE, VERSIONS, entries, surprises
from store_surprises import SEARCH, renewed, search_page

from onecycle_widgets import OneCycleLR
from onecycle_widgets.evidence.surprises import both, reaction, versions

SAME = object()  # ours as torch's
KEY, VALUE, ZERO, TYPE = KeyError, ValueError, ZeroDivisionError, TypeError
NAN = float("nan")
# What torch's `SequentialLR` said of its own doings until 2.9.
BY_TORCH = {
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where"
    " possible"
}
# And what it words otherwise: in torch 2.7, and in those after it.
WORDED = {"when resuming an optimizer": "when resuming scheduler with last_epoch >= 0."}
# Title's beginning: torch's reaction, ours, and words of our warning.
EXPECTED = {
    "The peak comes one step early": ([0.04, 0.52, 1, *[...] * 6, 4e-6], SAME, ""),
    "The peak falls between two steps": (0.9891, SAME, ""),
    "A warm-up of exactly one step": (ZERO, VALUE, ""),
    "Too few steps, no warm-up": ([0.9944, 0.4626, 4e-6], SAME, "no warm-up"),
    "`pct_start=0.0` is no pure decay": ([0.9755, 0.9045], SAME, "no warm-up"),
    "`pct_start=0` is refused": (VALUE, [0.9755, 0.9045], "no warm-up"),
    "`pct_start=1.0` never anneals": (1.0, VALUE, ""),
    "One step means the smallest rate": ([4e-6], SAME, "no warm-up"),
    "One call of `step` too many": ([0.0495, 4e-6, 0.0495], [0.0495, 4e-6, 4e-6], ""),
    "... or below zero": ([0.1429, 4e-6, -0.1429], [0.1429, 4e-6, 4e-6], ""),
    "The error comes a call late": ({"last_epoch": 11}, {"last_epoch": 10}, ""),
    "Three phases with `pct_start` above 0.5": (0.52, VALUE, ""),
    "Three phases with `pct_start=0.5`": ([0.1806, 0.04, 4e-6], SAME, ""),
    "Three phases with the default": ([0.5055, 0.319], SAME, ""),
    "Three phases in five steps": ([0.04, 0.04, 0.03, 0.01, 4e-6], SAME, "no rise"),
    "`final_div_factor` divides the first": (4e-6, SAME, ""),
    "Values are not checked": ([NAN, NAN], VALUE, ""),
    "Momenta upside down": (0.85, VALUE, ""),
    "NumPy's whole numbers": (VALUE, 10, ""),
    "`total_steps` wins": (5, SAME, ""),
    "The optimizer's own rate": (0.04, SAME, ""),
    "So is its momentum": (0.95, SAME, ""),
    "Adam's beta1": ([0.95, 0.99], SAME, ""),
    "Optimizers without momentum": (VALUE, VALUE, ""),
    "One number for all groups": ([0.04, 0.04], SAME, ""),
    "An array is not a list": ([[0.004, 0.04], [0.004, 0.04]], [0.004, 0.04], ""),
    "A group that joins later": (KEY, VALUE, ""),
    "The schedule lives in the optimizer": ([0.04, 3.52, 7.0], SAME, ""),
    "A rate set by hand": ([5.0, 0.52], SAME, ""),
    "`get_lr` is not for looking": (0.95, SAME, "get_last_lr"),
    "A second cycle overwrites": (0.5, SAME, ""),
    "It leaves tracks": ({"rate": 0.04, "momentum": 0.95}, SAME, ""),
    "It cannot be chained": ([0.04, 0.26, 0.5, 0.4752], SAME, ""),
    "Before it in `SequentialLR`": ([0.004, *[...] * 4, 0.04, 0.52, 1], SAME, ""),
    "After it in `SequentialLR`": ([..., 4e-6, 0.04, 0.04], SAME, ""),
    "Two cycles in `SequentialLR`": (0.5, SAME, ""),
    "`last_epoch` wants": (KEY, [0.8117], ""),
    "The saved `last_epoch`": ({"as saved": 0.7169, "less one": 0.8117}, SAME, ""),
    "... and then the arguments": ([0.8117], SAME, "is ignored when resuming"),
    "Optimizer first, scheduler second": (
        {"says": 0.8117, "trains with": 0.04}, {"says": 0.8117, "trains with": 0.8117}, "",
    ),
    "An optimizer's state without": (KEY, VALUE, ""),
    "A cycle cannot be made longer": (20, SAME, "the loaded schedule is used"),
    "Nor by setting": ([4e-6, 0.1883, 0.6113, 0.9505, 0.9505, 0.6113], SAME, ""),
    "A loaded state is shared": (True, False, ""),
    "The kind of annealing": (0.7169, SAME, ""),
    "The scheduler before the optimizer": (1, SAME, "Detected call of"),
    "A step that the gradient scaler": ({"schedule at step": 3}, SAME, ""),
    "A rate that is a tensor": ({"the same": True, "rate": 0.04}, SAME, ""),
    "... a beta1 that is a tensor": ([0.95, 0.999], SAME, ""),
    "`verbose` is gone": (TYPE, "Adjusting learning rate of group 0 to 5.2000e-01.", ""),
    "`print_lr` is gone": (
        AttributeError, "Adjusting learning rate of group 0 to 5.0000e-01.", "",
    ),
}  # fmt: skip
CATALOGUE = list(surprises())


def agrees(found, wanted):
    if wanted is ...:
        return True
    if isinstance(wanted, dict):
        return all(agrees(found[key], part) for key, part in wanted.items())
    if isinstance(wanted, list):
        found = list(found)
        return len(found) == len(wanted) and all(map(agrees, found, wanted))
    if isinstance(wanted, (str, bool)):
        return found == wanted
    return float(found) == pytest.approx(wanted, abs=6e-5, rel=1e-3, nan_ok=True)


def test_every_entry_is_numbered_and_expected():
    titles = [title for title, _ in CATALOGUE]
    assert [title.split(". ")[0] for title in titles] == [str(n + 1) for n in range(len(titles))]
    begins = list(EXPECTED)
    assert len(begins) == len(titles)
    for title, begin in zip(titles, begins, strict=True):
        assert title.split(". ", 1)[1].startswith(begin)


@pytest.mark.parametrize(
    ("entry", "expected"),
    list(zip(CATALOGUE, EXPECTED.values(), strict=False)),
    ids=[title.split(".")[0] for title, _ in CATALOGUE],
)
def test_the_catalogue_is_true(entry, expected):
    title, reproduction = entry
    theirs, ours, warned = expected
    found = both(reproduction)
    for result, wanted in ((found.torch, theirs), (found.ours, theirs if ours is SAME else ours)):
        if isinstance(wanted, type):
            assert type(result.error) is wanted, f"{title}: {result}"
        else:
            assert result.error is None, f"{title}: {result}"
            assert agrees(result.value, wanted), f"{title}: {result}"
    said = [words for words in found.ours.warned if words not in BY_TORCH]
    assert warned in " ".join(said)
    assert bool(said) == bool(warned)
    if theirs is not ZERO and ours is SAME:
        assert str(found.torch).split("; warns")[0] == str(found.ours).split("; warns")[0]


def test_each_entry_says_what_ours_does_what_one_sees_and_what_it_concerns():
    members = {*inspect.signature(OneCycleLR).parameters, *dir(OneCycleLR)}
    found = entries()
    assert PAGE.read_text().count("\n### ") == len(found) == len(EXPECTED)
    for entry in found:
        assert re.search(r"\b[Oo]urs\b", entry.prose), entry.title
        assert set(entry.concerns) <= members, entry.title
        assert entry.see


def test_the_page_and_its_search_are_stored_as_they_come_out():
    hint = "run python tests/store_surprises.py"
    text = PAGE.read_text()
    now = renewed(text)
    for words in BY_TORCH:
        now = now.replace(f"; warns: {words}", "")
    for before, since in WORDED.items():
        now = now.replace(before, since)
    assert now == text, hint
    assert SEARCH.read_text() == search_page(), hint


def test_outcome_shows_values_errors_and_warnings():
    def noisy(make):
        import warnings

        warnings.warn("Beware. Of much.", stacklevel=1)
        return {"a": torch.tensor(0.12345), "b": [np.array([1.0]), True, "x"]}

    found = reaction(noisy, OneCycleLR)
    assert str(found) == "a tensor 0.1235, b [array [1], True, x]; warns: Beware"

    def broken(make):
        raise KeyError("first line\nsecond")

    assert str(reaction(broken, OneCycleLR)) == "KeyError: 'first line"
    table = both(noisy)
    assert repr(table).splitlines()[0].startswith("torch: a tensor")
    assert "<table>" in table._repr_html_()


def test_the_table_of_releases():
    path = VERSIONS
    with path.open(newline="", encoding="utf-8") as file:
        (_, *releases), *rows = csv.reader(file)
    assert [title for title, *_ in rows] == [title for title, _ in CATALOGUE]
    release = next((r for r in releases if torch.__version__.startswith(r)), None)
    for (title, reproduction), (_, *texts) in zip(CATALOGUE, rows, strict=True):
        found = str(both(reproduction).torch)
        assert release is None or texts[releases.index(release)] == found, title
    changed = versions(path).rows
    assert {title.split(".")[0] for title, _ in changed} == {"11", "34", "48", "50", "51"}
    assert len(versions(path, "2.7").rows) == 0
