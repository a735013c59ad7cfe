"""Stored experiments are read once, and again as soon as a byte of them has changed."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onecycle_widgets.evidence import experiments, studies
from onecycle_widgets.sweeps.result import Sweep

DATA = Path(__file__).parents[1] / "notebooks" / "data"
NAME, FAMILY = "short_shapes", "two phases"


@pytest.fixture
def folder(tmp_path):
    for path in DATA.glob(f"{NAME}.*.npz"):
        shutil.copy(path, tmp_path)
    return tmp_path


def turned_round(folder):
    """Store the report with its seeds' results in reverse order; return its path."""
    path = folder / f"{NAME}.report.npz"
    report = Sweep.load(path)
    turned = {on: values[:, ::-1] for on, values in report.accuracy.items()}
    replace(report, accuracy=turned).save(path, train_loss=False)
    return path


def test_what_has_not_changed_is_not_read_again(folder):
    assert experiments.load(NAME, folder) is experiments.load(NAME, folder)


def test_what_has_changed_is_read_anew(folder):
    first = experiments.load(NAME, folder)
    turned_round(folder)
    second = experiments.load(NAME, folder)
    np.testing.assert_array_equal(second.reported(FAMILY), first.reported(FAMILY)[::-1])
    np.testing.assert_array_equal(second.tuning(FAMILY), first.tuning(FAMILY))


def test_what_was_damaged_since_is_refused(folder):
    experiments.load(NAME, folder)
    path = folder / f"{NAME}.report.npz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match="path must be a sweep's file"):
        experiments.load(NAME, folder)


def test_another_plan_is_refused_though_the_files_were_read(folder, monkeypatch):
    plan = experiments.load(NAME, folder).experiment
    monkeypatch.setitem(studies.EXPERIMENTS, NAME, replace(plan, reports=4))
    with pytest.raises(ValueError, match="another plan"):
        experiments.load(NAME, folder)


def test_who_loads_it_next_finds_it_as_it_was(folder):
    with pytest.raises(ValueError, match="read-only"):
        experiments.load(NAME, folder).tuning(FAMILY)[0, 0] = 1.0


def test_losses_that_were_not_stored_are_nan(folder):
    runs = experiments.load(NAME, folder).candidates
    assert runs.train_loss.shape == (*runs.complete.shape, 60)
    assert runs.train_loss.dtype == np.float64
    assert np.isnan(runs.train_loss).all()
