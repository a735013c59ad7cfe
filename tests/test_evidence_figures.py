import numpy as np
import pytest

from onecycle_widgets.evidence import charts as figures
from onecycle_widgets.evidence import estimates
from onecycle_widgets.evidence.estimates import Estimate
from onecycle_widgets.tables import Table


def overlap(figure):
    """Pairs of texts whose boxes lie over one another."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [figure._suptitle]
    for axes in figure.axes:
        texts += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            inside = [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
            texts += [label for label in inside if label.get_visible()]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in texts if t.get_text()]
    inside = [name for name, box in boxes if box.x0 < 0 or box.x1 > figure.bbox.x1 or box.y0 < 0]
    pairs = [
        (a, b)
        for i, (a, first) in enumerate(boxes)
        for b, second in boxes[i + 1 :]
        if first.overlaps(second)
    ]
    return inside + pairs


RNG = np.random.default_rng(0)
CURVES = {
    name: estimates.sampled(RNG.normal(90, 2, size=(5, 10)))
    for name in ("one cycle", "step", "cosine")
}
FINDING = "A title that is long enough to need two lines, as many of the findings do in the lessons"


def test_lines_show_means_and_intervals():
    figure = figures.lines((1, 2, 4, 8, 16), CURVES, ("steps", "accuracy"), FINDING)
    assert repr(figure) == figure.alt
    means = ", ".join(f"{value:.1f}" for value in CURVES["step"][:, 0])
    assert figure.alt.startswith(f"{FINDING}. At steps 1, 2, 4, 8, 16: one cycle: ")
    assert f"step: {means};" in figure.alt
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("steps", "accuracy")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(CURVES)
    for container, rows in zip(axes.containers, CURVES.values(), strict=True):
        middle, _, (bars,) = container
        np.testing.assert_allclose(middle.get_ydata(), rows[:, 0])
        for segment, row in zip(bars.get_segments(), rows, strict=True):
            estimate = estimates.estimate(row)
            np.testing.assert_allclose(segment[:, 1], [estimate.low, estimate.high])
    assert overlap(figure) == []


def test_lines_without_seeds():
    figure = figures.lines((1, 2), {"a": np.array([1.0, 2.0])}, ("x", "y"), "up")
    (axes,) = figure.axes
    assert axes.lines[0].get_ydata().tolist() == [1, 2]


@pytest.mark.parametrize("mark", [False, True])
def test_maps_share_one_scale(mark):
    x, y = [float(f"{0.01 * 10 ** (i / 5):.3g}") for i in range(16)], (50, 100, 200, 400)
    grids = {"one cycle": RNG.uniform(20, 90, (4, 16)), "step": RNG.uniform(10, 80, (4, 16))}
    figure = figures.maps(x, y, grids, ("rate", "steps"), FINDING, mark)
    left, right, bar = figure.axes
    row, column = np.unravel_index(grids["step"].argmax(), (4, 16))
    assert f"highest at rate {x[column]:g}, steps {y[row]:g}." in figure.alt
    for axes, (name, grid) in zip((left, right), grids.items(), strict=True):
        (mesh,) = axes.collections
        np.testing.assert_array_equal(mesh.get_array().reshape(4, 16), grid)
        assert axes.get_title(loc="left") == name
        assert axes.get_xlabel() == "rate"
        assert [t.get_text() for t in axes.get_xticklabels()] == ["0.01", "0.1", "1", "10"]
        if mark:
            best = axes.lines[0].get_ydata() - 0.5
            assert best.tolist() == grid.argmax(0).tolist()
    assert left.collections[0].get_clim() == right.collections[0].get_clim()
    assert bar.get_xlabel() == figures.ACCURACY
    assert overlap(figure) == []


def test_dots_are_in_order():
    rows = {f"a rather long name {i}": Estimate(i, i - 1, i + 2) for i in range(4)}
    figure = figures.dots(rows, "points", FINDING)
    (axes,) = figure.axes
    assert "a rather long name 2: 2.0 [1.0, 4.0]" in figure.alt
    assert [text.get_text() for text in axes.get_yticklabels()] == list(rows)
    line = axes.containers[0][0]
    assert line.get_xdata().tolist() == [0, 1, 2, 3]
    assert (np.diff(line.get_ydata()) < 0).all()
    assert overlap(figure) == []


def test_a_table_of_sentences():
    table = Table(("claim", "paper", "here"), [("one", "8 <", "2")], prose=True)
    assert table == "one\n  paper: 8 <\n  here: 2"
    assert '<td style="text-align: left"><b>paper:</b> 8 &lt;<br><b>here:</b> 2</td>' in (
        table._repr_html_()
    )
