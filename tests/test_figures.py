import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from onecycle_widgets import OneCycle, drawing
from onecycle_widgets.evidence import Comparison
from onecycle_widgets.evidence.charts import lines
from onecycle_widgets.policy.figure import POINTS, schedule_figure, shown_steps
from onecycle_widgets.policy.step_figures import over_steps, panels
from onecycle_widgets.training import History


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("shade", drawing.SHADES)
@pytest.mark.parametrize("color", [drawing.BLUE, drawing.INK])
def test_curves_stand_out_from_every_shade(color, shade):
    ratio = (luminance(shade) + 0.05) / (luminance(color) + 0.05)
    assert ratio > 3  # WCAG: graphical objects


POLICIES = {
    "default": OneCycle(0.1, 1000),
    "three phases": OneCycle(0.1, 100, three_phase=True),
    "groups": OneCycle([0.1, 0.02], 50),
    "long": OneCycle(1e-5, 100_000, anneal_strategy="linear"),
    "short": OneCycle(0.1, 5),
    "narrow phases": OneCycle.presets()["paper, three phases"],
    "narrow warm-up": OneCycle(0.000123456, 1000, pct_start=0.06),
    "no momentum": OneCycle(0.1, 10, cycle_momentum=False),
    "flat momentum": OneCycle(0.1, 10, base_momentum=0.9, max_momentum=0.9),
}


@pytest.mark.parametrize("name", POLICIES)
def test_the_picture_shows_the_curve(name):
    policy = POLICIES[name]
    figure = policy.plot()
    curve = policy.curve()
    top, bottom = figure.axes
    for row, line in zip(np.atleast_2d(curve.lr), top.lines, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), row[line.get_xdata()])
        assert line.get_ydata().max() == row.max()  # the peak is never lost
    assert len(bottom.lines) == (0 if curve.momentum is None else len(top.lines))
    assert {text.get_text() for text in bottom.texts} >= {p.name for p in policy.phases[:2]} or (
        curve.momentum is None
    )
    assert [axes.get_ylabel() for axes in figure.axes] == ["learning rate", "momentum"]
    assert bottom.get_xlabel() == "step (batch)"


@pytest.mark.parametrize("name", POLICIES)
def test_nothing_is_cut_off(name):
    figure = POLICIES[name].plot()
    figure.canvas.draw()
    box = figure.bbox
    for part in (*figure.axes, *figure.texts):
        extent = part.get_tightbbox() if part in figure.axes else part.get_window_extent()
        assert extent.x0 >= -1, part
        assert extent.x1 <= box.x1 + 1, part
        assert extent.y0 >= -1, part
        assert extent.y1 <= box.y1 + 1, part


def test_the_finding_is_title_alt_text_and_plain_text():
    figure = OneCycle(0.1, 1000).plot()
    data = figure._repr_mimebundle_()
    assert data["text/plain"] == "From 0.004 up to 0.1 (step 299), then down to 4e-07"
    assert f'alt="{figure.alt}" src="data:image/png;base64,iVBOR' in data["text/html"]
    assert data["text/html"].startswith(f"<img {drawing.READABLE} alt=")  # it scrolls on a phone
    assert figure.alt == repr(figure)
    assert figure.get_suptitle() == figure.alt


@pytest.mark.filterwarnings("ignore:no warm-up")
def test_the_finding_without_warm_up():
    assert OneCycle(0.1, 1000, pct_start=0.0).plot().alt.startswith("No warm-up: the rate falls")


def test_long_curves_are_thinned_but_keep_the_borders():
    policy = OneCycle(0.1, 100_000, pct_start=0.12345, three_phase=True)
    steps = shown_steps(policy)
    assert len(steps) <= POINTS + 6
    for phase in policy.phases:
        assert {phase.first, phase.last} <= set(steps.tolist())


@pytest.mark.parametrize("total_steps", [10**8, 10**12, 10**17, 10**30])
def test_a_picture_costs_the_same_for_any_length(total_steps):
    figure = OneCycle([0.1, 0.02], total_steps).plot()
    assert all(len(line.get_xdata()) <= POINTS + 6 for axes in figure.axes for line in axes.lines)
    peak = round(0.3 * total_steps - 1)
    assert f"up to 0.1 (step {peak})" in figure.alt
    assert figure.png()


def test_png_is_small_and_the_same_every_time(tmp_path):
    figures = [OneCycle(0.1, 1000).plot() for _ in range(2)]
    first, second = (figure.png() for figure in figures)
    assert first == second
    assert len(first) < 30_000
    (tmp_path / "picture.png").write_bytes(first)
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.size == (700, 487)


def test_no_file_uses_pyplot():
    folder = Path(drawing.__file__).parent
    sources = list(folder.rglob("*.py"))
    assert len(sources) > 15
    assert not [path for path in sources if re.search(r"import.*pyplot", path.read_text())]


MANY = len(drawing.LINES) + 2  # more than there are looks: these begin again
NAMED = {f"schedule {n}": np.linspace(0.1, 1.0 + n, 5) for n in range(MANY)}
RATES = np.geomspace(0.01, 1, 5)
CROWDED = {
    "the groups of a training": lambda: History(
        np.stack([*NAMED.values()]), np.ones((MANY, 5)), np.ones(5), np.ones(5)
    ).plot(),
    "schedules over the steps": lambda: over_steps(NAMED, "Many rise"),
    "curves of evidence": lambda: lines(RATES, NAMED, ("rate", "accuracy"), "Many rise"),
    "compared schedules": lambda: Comparison(
        RATES, {name: row[:, None] / 10 for name, row in NAMED.items()}, {}, {}, total_steps=9
    ).plot(),
}


@pytest.mark.parametrize("picture", CROWDED)
def test_no_line_is_left_out_where_there_are_more_than_looks(picture):
    axes = CROWDED[picture]().axes[0]
    assert len([line for line in axes.lines if len(line.get_xdata()) == 5]) >= MANY


LETTERS = CROWDED | {
    "decades": lambda: schedule_figure(OneCycle(0.1, 1000), log_rate=True),
    "panels": lambda: panels({f"schedule {n}": np.ones(5) for n in range(4)}, "Four are alike"),
}


@pytest.mark.parametrize("picture", LETTERS)
def test_letters_have_11_pixels_on_a_phone(picture):
    """The smallest are the exponents of decades, at 0.7 of their line (matplotlib's mathtext)."""
    figure = LETTERS[picture]()
    figure.canvas.draw()
    by = float(re.search(r"min-width: (\d+)px", drawing.READABLE)[1]) / figure.bbox.width
    letters = [
        text.get_fontsize() / 72 * figure.dpi * by * (0.7 if "^" in text.get_text() else 1)
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text()
    ]
    assert len(letters) > 10
    assert min(letters) >= 11
