"""A figure in JupyterLab: dark in a dark theme, and on a phone as wide as its letters need."""

import io
import re

import nbformat
import numpy as np
import pytest
from homes import keep
from person import PHONE, PROJECTOR
from PIL import Image
from playwright.sync_api import expect

from onecycle_widgets import drawing

SOURCE = """\
from ipywidgets import HTML
from onecycle_widgets import OneCycle
display(OneCycle(0.1, 1000).plot(), HTML(OneCycle(0.1, 1000).plot().framed("700px")))"""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def shown(desk):
    """Runs a cell that shows a figure, and one in a widget, in a window of a size."""
    people = []

    def show(size):
        cell = nbformat.v4.new_code_cell(SOURCE)
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL)
        nbformat.write(notebook, desk.lab.folder / "notebooks" / "figure.ipynb")
        person = desk.open("figure.ipynb", size)
        people.append(person)
        person.run_first_cells(1)
        figures = person.page.locator(".jp-OutputArea img")
        expect(figures).to_have_count(2, timeout=60_000)
        return person, figures

    yield show
    for person in people:
        assert person.complaints == []
        person.close()


def colours(figure):
    """The paper's, and how many pixels are clearly blue, of a screenshot."""
    with Image.open(io.BytesIO(figure.screenshot())) as picture:
        pixels = np.asarray(picture.convert("RGB"), int)
    red, _, blue = pixels[40:-40, 40:-40].reshape(-1, 3).T
    return np.median(pixels[:3].reshape(-1, 3), 0), int((blue - red > 100).sum())


def test_a_figure_follows_the_theme(shown):
    person, figures = shown(PROJECTOR)
    for figure in figures.all():
        paper, blue = colours(figure)
        assert paper.min() == 255
        assert blue > 1000
    person.page.evaluate("document.body.setAttribute('data-jp-theme-light', 'false')")
    keep(person.page, "figure-dark")
    for figure in figures.all():
        paper, blue = colours(figure)
        assert paper.max() < 30
        assert blue > 1000  # the curve has kept its colour


def test_a_figure_is_as_wide_as_its_letters_need(shown):
    person, figures = shown(PHONE)
    figure = figures.first
    width = int(re.search(r"min-width: (\d+)px", drawing.READABLE)[1])
    assert figure.bounding_box()["width"] >= width
    assert person.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    keep(person.page, "figure-phone")
    figure.evaluate("(image) => image.scrollIntoView({ inline: 'end' })")
    box = figure.bounding_box()
    assert box["x"] < 0  # it scrolls, inside its cell
    assert box["x"] + box["width"] <= PHONE["width"]
