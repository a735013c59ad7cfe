"""The rules that read a learning rate off a curve, at their borders, on curves made for it."""

import re

import numpy as np
import pytest

from onecycle_widgets import OneCycle
from onecycle_widgets.range_test.suggest import (
    MIN_POINTS,
    RULES,
    Suggestion,
    edge,
    halfway,
    minimum,
    refusal,
    scatter,
    steepest,
    suggestions,
    valley,
)
from onecycle_widgets.training.smooth import smooth


def curve(*loss):
    """Learning rates a factor of two apart, and these losses."""
    return 1e-4 * 2.0 ** np.arange(len(loss)), np.array(loss, dtype=float)


def test_a_suggestion_reads_as_its_rate_and_its_reason():
    assert repr(Suggestion(0.12345, "it falls fastest")) == "0.123 (it falls fastest)"
    assert repr(Suggestion(None, "no descent")) == "none (no descent)"


@pytest.mark.parametrize("given", [Suggestion(0.1, "the edge"), Suggestion(None, "too few")])
def test_a_suggestion_is_no_rate_but_has_one(given):
    with pytest.raises(TypeError, match=re.escape(f"got {given!r}: give its lr")):
        OneCycle(given, 69)


@pytest.mark.parametrize("window", range(1, 16))
def test_smoothing_is_the_plain_mean_of_an_odd_window(window):
    loss = np.random.default_rng(0).standard_normal(12)
    width = min(window, 12)
    width = width if width % 2 else width - 1
    half = width // 2
    inner = np.convolve(loss, np.full(width, 1 / width), "valid")
    found = smooth(loss, window)
    np.testing.assert_allclose(found[half : 12 - half], inner)
    if half:  # straight at the ends: the line that fits the first window best, and the last
        line = np.polyval(np.polyfit(np.arange(width), loss[:width], 1), np.arange(half))
        np.testing.assert_allclose(found[:half], line)
        line = np.polyval(np.polyfit(np.arange(width), loss[::-1][:width], 1), np.arange(half))
        np.testing.assert_allclose(found[::-1][:half], line)


def test_the_scatter_is_that_of_the_noise_whatever_the_trend_and_the_explosion():
    noise = 0.3 * np.random.default_rng(0).standard_normal(20_000)
    trend = np.linspace(3, 1, 20_000)
    trend[-500:] += np.geomspace(1, 1e9, 500)
    assert scatter(trend + noise) == pytest.approx(0.3, rel=0.05)
    assert scatter(np.array([1.0, 3.0])) == pytest.approx(1.4826 * 2 / np.sqrt(2))
    assert scatter(np.array([1.0])) == 0.0


def test_the_steepest_point_may_be_the_lowest_and_never_lies_beyond_it():
    lr, loss = curve(9, 8.9, 8.8, 8.7, 8.6, 1, 9, 2, 9, 9)
    assert steepest(lr, loss, None).lr == lr[5]
    lr, loss = curve(1, 9, 2, 9)
    assert steepest(lr, loss, None).lr == lr[0]


def test_a_tenth_of_the_minimum_needs_a_minimum_or_a_divergence():
    lr, loss = curve(9, 5, 2, 3, 8)
    assert minimum(lr, loss, None).lr == pytest.approx(lr[2] / 10)
    lr, loss = curve(9, 5, 4, 3, 2)
    assert minimum(lr, loss, "diverged").lr == pytest.approx(lr[4] / 10)
    assert minimum(lr, loss, None).lr is None


def test_a_plateau_is_no_part_of_the_valleys_descent():
    lr, loss = curve(*[5] * 12, 4, 3, 2, 1, *[6] * 4)
    first, last = 0, 15  # of the points at 5 the first counts, and only that
    assert valley(lr, loss, None).lr == lr[(first + last) // 2]
    lr, loss = curve(1, 2, *[9] * 12, 8, 7, 6, 5, 5, 5, 5)
    first, last = 2, 17
    assert valley(lr, loss, None).lr == lr[(first + last) // 2]


def test_a_descent_of_a_single_step_is_a_valley_too():
    lr, loss = curve(9, 1, 2, 3, 4, 5)
    found = valley(lr, loss, None)
    assert found.lr == lr[0]
    assert found.reason.endswith(f"{lr[0]:.2g} to {lr[1]:.2g}")


def test_a_tenth_of_the_drop_above_the_lowest_is_within_the_edge():
    lr, loss = curve(15, 10, 5, 6, 6.25, 7)
    assert edge(lr, loss, None).lr == lr[3]  # the bar is at 5 + 0.1 * (15 - 5)


def test_ten_points_are_enough_and_nine_are_not():
    lr, loss = curve(*np.linspace(3, 1, MIN_POINTS - 2), 2, 3)
    assert len(lr) == 10
    assert all(found.lr is not None for found in suggestions(lr, loss, None).values())
    found = suggestions(lr[1:], loss[1:], None)
    assert all("of which 10 are needed" in refused.reason for refused in found.values())


def test_a_descent_counts_from_twice_the_noise_on():
    lr, loss = curve(*np.linspace(3, 1, 12), 2, 3)
    heard = suggestions(lr, loss, None, noise=0.99)
    assert list(heard) == list(RULES)
    assert all(found.lr is not None for found in heard.values())
    lost = suggestions(lr, loss, None, noise=1.0)
    assert all(found.reason.startswith("no descent") for found in lost.values())


@pytest.mark.parametrize(
    ("gap", "share", "said"),
    [
        (1, 1 / 2, "but at most half the edge"),  # rungs from the steepest point to the edge
        (2, 1 / 2, "edge, 0.2"),
        (4, 1 / 4, "edge, 0.82"),
        (5, 1 / 5, "but at least a fifth of the edge"),
    ],
)
def test_halfway_stays_between_a_fifth_and_a_half_of_the_edge(gap, share, said):
    lr, loss = curve(*[9.0] * 9, 1.0, *[1.0] * gap, 20.0)
    top, low = edge(lr, loss, None).lr, steepest(lr, loss, None).lr
    found = halfway(lr, loss, None)
    assert top / low == 2**gap
    assert found.lr == pytest.approx(share * top)
    assert found.reason.endswith(said)


def fall(drop, start=2.0):
    """A curve that falls by `drop` and turns up."""
    return curve(*np.linspace(start, start - drop, 12), start, 2 * start)


def test_a_weak_descent_is_small_beside_both_the_loss_and_the_scatter():
    for drop, noise, refused in [
        (0.099, 0.0083, True),  # 4.95 % of the loss, 11.9 times the scatter
        (0.101, 0.0083, False),  # more than 5 % of the loss
        (0.099, 0.0082, False),  # more than twelve times the scatter
        (0.4, 0.19, False),  # small batches: much scatter, but a clear share
        (0.4, 0.2, True),  # no descent at all: twice the scatter
        (0.001, 0.0, False),  # no scatter: all data in every batch
    ]:
        lr, loss = fall(drop)
        said = refusal(lr, loss, "diverged", noise)
        assert (said is not None) == refused, (drop, noise, said)


def test_a_large_constant_part_hides_no_clear_descent():
    lr, loss = fall(0.5)
    assert refusal(lr, loss + 100, "diverged", 0.02) is None
    assert refusal(lr, loss - 100, "diverged", 0.02) is None
    assert refusal(lr, loss + 100, "diverged", 0.05) is not None


def test_a_weak_descent_says_how_weak_and_what_to_change():
    lr, loss = fall(0.05)
    (said,) = {found.reason for found in suggestions(lr, loss, "diverged", 0.01).values()}
    assert said.startswith("a weak descent: the loss falls by 2.5 % only, 5.0 times its scatter")
    for remedy in ("layers", "initialisation", "normalisation", "optimizer", "num_steps"):
        assert remedy in said
