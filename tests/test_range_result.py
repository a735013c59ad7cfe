"""Views on the losses of several runs, on numbers made for it."""

import numpy as np
import pytest

from onecycle_widgets import RangeTest
from onecycle_widgets.range_test.result import Stop

LADDER = np.geomspace(1e-3, 1.0, 7)


def result(losses, stops=None, val=None, ladder=LADDER, ratios=(1.0,)):
    losses = np.atleast_2d(losses)
    stops = tuple(Stop(s) if type(s) is str else s for s in stops or (None,) * len(losses))
    return RangeTest(ladder, losses, val, stops, ratios, "exp")


def test_runs_put_together_are_the_same_runs():
    one, two = result(np.arange(7.0), ["diverged"]), result(np.ones((2, 7)))
    both = RangeTest.stack([one, two])
    np.testing.assert_array_equal(both.losses, [range(7), np.ones(7), np.ones(7)])
    assert both.stops == ("diverged", None, None)
    assert both.ratios == (1.0,)
    assert both.mode == "exp"
    assert both.val_losses is None
    np.testing.assert_array_equal(RangeTest.stack([two]).losses, two.losses)


def test_validation_losses_are_put_together_when_every_test_has_them():
    with_val = result(np.ones(7), val=np.full((1, 7), 2.0))
    other = result(np.ones(7), val=np.full((1, 7), 3.0))
    both = RangeTest.stack([with_val, other])
    np.testing.assert_array_equal(both.val_losses, [[2.0] * 7, [3.0] * 7])
    np.testing.assert_array_equal(both.val_loss, [2.5] * 7)
    assert RangeTest.stack([with_val, result(np.ones(7))]).val_losses is None


@pytest.mark.parametrize(
    "other", [result(np.ones(7), ladder=2 * LADDER), result(np.ones(7), ratios=(0.1, 1.0))]
)
def test_runs_on_other_ladders_or_with_other_ratios_are_not_put_together(other):
    for pair in ([result(np.ones(7)), other], [other, result(np.ones(7))]):
        with pytest.raises(ValueError, match="must share one ladder and one set of ratios"):
            RangeTest.stack(pair)


def test_nothing_cannot_be_put_together():
    with pytest.raises(ValueError, match="at least one RangeTest, got none"):
        RangeTest.stack([])


def test_each_run_is_a_result_of_its_own():
    losses, val = np.arange(14.0).reshape(2, 7), np.arange(14.0, 28.0).reshape(2, 7)
    first, second = result(losses, [None, "diverged at lr=1"], val=val).runs
    for number, run in enumerate((first, second)):
        np.testing.assert_array_equal(run.losses, losses[number : number + 1])
        np.testing.assert_array_equal(run.val_losses, val[number : number + 1])
    assert (first.stops, second.stops) == ((None,), ("diverged at lr=1",))
    assert [run.val_losses for run in result(losses).runs] == [None, None]


def test_a_step_counts_when_half_of_the_runs_took_it():
    losses = np.ones((4, 7))
    losses[0, 2:] = losses[1, 5:] = losses[2, 6:] = np.nan
    losses[3] = 3.0
    found = result(losses)
    np.testing.assert_array_equal(found.lr, LADDER[:6])
    np.testing.assert_array_equal(found.loss, [1, 1, 1, 1, 1, 2])  # the median of who took it


def test_a_test_has_stopped_when_more_than_half_of_its_runs_have():
    assert result(np.ones((2, 7)), [None, "diverged at lr=1"]).stopped is None
    stops = [None, "diverged at lr=1", "diverged at lr=2"]
    assert result(np.ones((3, 7)), stops).stopped == "2 of 3 runs stopped; diverged at lr=2"
    assert result(np.ones(7), ["diverged at lr=1"]).stopped == "diverged at lr=1"


def test_who_ran_out_of_batches_has_not_diverged():
    assert result(np.ones(7), ["diverged at lr=1"]).diverged
    assert not result(np.ones(7), [Stop("batches ran out after 7", diverged=False)]).diverged
    assert not result(np.ones(7)).diverged


def test_results_cannot_be_changed_and_are_told_apart():
    one, twin = result(np.ones(7)), result(np.ones(7))
    with pytest.raises(AttributeError):
        one.mode = "linear"
    assert {one: "one", twin: "twin"}[one] == "one"


def test_an_explosion_is_cut_to_as_much_above_the_start_as_the_best_lies_below():
    found = result([4, 9, 4, 1, 2, 3, 1e9])
    start, best = 4, 1  # the start is the median of the first five
    np.testing.assert_array_equal(found.smooth(0), [4, 7, 4, 1, 2, 3, start + (start - best)])
    rising = result([1, 2, 3, 4, 5, 6, 7])  # never below its start: cut there
    np.testing.assert_array_equal(rising.smooth(0), [1, 2, 3, 4, 5, 5, 5])


def test_the_window_is_as_wide_as_its_decades():
    found = result([3, 3, 3, 0, 3, 3, 3])  # two rungs a decade
    np.testing.assert_array_equal(found.smooth(0.5), found.loss)  # two points have no middle
    for decades in (1, 1.6):  # three points; four, but for the middle
        np.testing.assert_allclose(found.smooth(decades), [3, 3, 2, 2, 2, 3, 3])
    np.testing.assert_allclose(found.smooth(2)[2:5], [2.4, 2.4, 2.4])


def test_the_spread_holds_every_runs_pick_but_no_refusal():
    ladder = np.geomspace(1e-4, 1.0, 40)
    falling = 2 - np.tanh(np.log10(ladder / 1e-2))
    early = 2 - np.tanh(np.log10(ladder / 1e-3))
    flat = np.ones(40)
    found = result([falling, flat, early], ladder=ladder).spread(decades=0)
    assert len(found["steepest"]) == 2
    assert found["steepest"] == pytest.approx([1e-3, 1e-2], rel=0.3)
    assert len(found["edge"]) == 0
    assert len(result(falling, ladder=ladder).spread()["steepest"]) == 1


def test_it_reads_as_its_runs_steps_and_rates():
    expected = "RangeTest(runs=2, steps=7, lr=0.001..1, stopped=None)"
    assert repr(result(np.ones((2, 7)))) == expected
    one = result(np.ones(7), ["diverged at lr=1"])
    assert repr(one) == "RangeTest(steps=7, lr=0.001..1, stopped='diverged at lr=1')"
