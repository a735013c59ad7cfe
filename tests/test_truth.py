import re

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances as live_widgets

from onecycle_widgets import RangeTest, SmoothingExplorer, toys
from onecycle_widgets.evidence.comparison_figures import truth_figure
from onecycle_widgets.evidence.rule_cost import ground_truth, range_tests
from onecycle_widgets.range_test.suggest import RULES


@pytest.fixture(scope="module")
def truth():
    return ground_truth(toys.digits(), [0.01, 0.1, 1.0], 60, seeds=3, train_seeds=2)


def test_range_tests_are_of_fresh_models(truth):
    assert truth.tests.losses.shape == (3, 100)
    assert len(set(truth.tests.losses[:, 0])) == 3
    again = range_tests(toys.digits(), 3)
    np.testing.assert_array_equal(again.losses, truth.tests.losses)


def test_cost_is_what_a_peak_loses_against_the_best(truth):
    (accuracy,) = truth.trained.validation.values()
    mean = 100 * accuracy.mean(1)
    assert truth.cost(0.1) == pytest.approx(mean.max() - mean[1])
    assert truth.cost(0.01) > truth.cost(0.1)
    assert truth.cost(1e-9) == truth.cost(0.01)
    between = np.sqrt(0.01 * 0.1)
    assert truth.cost(between) == pytest.approx((truth.cost(0.01) + truth.cost(0.1)) / 2)


def test_table_and_picture(truth):
    lines = truth.table().splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(RULES)
    figure = truth_figure(truth.tests, truth.trained)
    assert figure.alt.startswith("Trained for real, peaks of 0.1 to 0.1")
    assert figure.axes[1].get_ylabel() == "accuracy (%)"


def test_stack_refuses_other_ladders(truth):
    with pytest.raises(ValueError, match="one ladder"):
        RangeTest.stack([truth.tests, range_tests(toys.digits(), 1, start_lr=1e-5)])
    with pytest.raises(ValueError, match="at least one"):
        RangeTest.stack([])


def test_smoothing_explorer(truth):
    run = truth.tests.runs[0]
    before = len(live_widgets)
    explorer = SmoothingExplorer(run)
    first = explorer._image.value
    explorer.decades = 1.5
    assert explorer._image.value != first
    wide = run.suggestions(1.5)["steepest"]
    assert f"steepest: {wide!r}" in explorer._picks.value
    assert "decades=1.5" in repr(explorer)
    explorer._field.value = 0.3
    assert explorer.decades == 0.3
    explorer._field.value = -1.0
    assert explorer.decades == 0.0
    picture = explorer._repr_mimebundle_()["text/html"]
    assert re.match(
        r'<img [^>]*alt="Smoothed over 0.0 decades" src="data:image/png;base64,iV', picture
    )
    with pytest.raises(TypeError, match="result must be a RangeTest, got str"):
        SmoothingExplorer("curve")
    explorer.close()
    assert len(live_widgets) == before


def test_double_precision_stays_double():
    assert range_tests(toys.digits(dtype=torch.float64), 1).loss.dtype == np.float64
