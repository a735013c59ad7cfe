"""The house style of every picture: colours, sizes, and a figure that carries its alt text."""

import base64
import html
import io
import textwrap
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as BaseFigure
from PIL import Image

# Okabe and Ito's palette, safe for colour-blind readers (jfly.uni-koeln.de/color).
BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E69F00",
    "#CC79A7",
    "#56B4E9",
)
INK = "#222222"
SHADES = ("#EAF2F8", "#FDF1E4", "#EFEFEF")
# A line's colour, dashes and marker: never told apart by the colour alone.
LINES = (
    (BLUE, "-", "o"),
    (VERMILION, "--", "s"),
    (GREEN, "-.", "^"),
    (PURPLE, ":", "D"),
    (ORANGE, (0, (1, 1)), "v"),
    (INK, "-", "x"),
)
LINE = 58  # letters of a title that fit above a picture
STYLE: Any = {
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "white",
    "legend.fontsize": 11,
    "lines.linewidth": 2.2,
}
# Few inches and many dots: the letters stay readable on a phone and from the last row.
WIDTH, HEIGHT, DPI = 5.6, 3.9, 125
# On a phone a picture as narrow as the page has letters that nobody can read: it scrolls instead.
# At this width the smallest, exponents on an axis, have 11 pixels.
READABLE = 'class="ow-drawn" style="min-width: 530px; border-radius: 4px"'
# A dark theme, by the marks of Jupyter, VS Code and Colab, turns a picture into a light one on
# dark: colours keep their names and stand out more than they do on white.
MARKS = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]')
TURNED = "invert(0.93) hue-rotate(180deg) brightness(1.15)"
FOLLOW = f"<style>:is({', '.join(MARKS)}) img.ow-drawn {{ filter: {TURNED}; }}</style>"
# Fixed margins (inches) keep the axes still while numbers change, and draw twice as fast.
MARGINS = {"left": 1.0, "right": 0.15, "top": 0.35, "bottom": 0.55}


class Figure(BaseFigure):
    """A matplotlib figure that a notebook shows with its alt text, without pyplot.

    Attributes
    ----------
    alt : str
        What the picture shows, in words and numbers; also its plain-text form.
    below : str
        HTML that a notebook shows below the picture, such as its numbers in a table.

    Examples
    --------
    >>> figure, (axes,) = subplots()
    >>> line = axes.plot([0, 1], [2.3, 0.4])
    >>> figure.set_finding("The loss falls")
    >>> figure
    The loss falls
    """

    alt = ""
    below = ""

    def set_finding(self, text: str, title: str = "") -> None:
        """State what the picture shows, above it and as its alt text; long text takes two lines.

        Parameters
        ----------
        text : str
            What it shows, in words and numbers.
        title : str, default ''
            A shorter text for the place above the picture.

        Examples
        --------
        >>> figure, axes = subplots()
        >>> figure.set_finding("Of three rates the middle one is best")
        >>> figure.alt
        'Of three rates the middle one is best'
        """
        self.alt = text
        lines = textwrap.wrap(title or text, LINE)
        style = {"ha": "left", "va": "top", "fontsize": STYLE["font.size"], "linespacing": 1.3}
        self.suptitle("\n".join(lines), x=0.01, y=0.995, **style)
        room = MARGINS["top"] + 0.23 * (len(lines) - 1)
        self.subplots_adjust(top=1 - room / self.get_figheight())

    def png(self) -> bytes:
        """Return the picture as a small PNG of 64 colours, for slow links and stored notebooks.

        Examples
        --------
        >>> figure, axes = subplots()
        >>> figure.png()[1:4]
        b'PNG'
        """
        canvas = self.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        buffer = io.BytesIO()
        picture.quantize(64, dither=Image.Dither.NONE).save(buffer, format="png")
        return buffer.getvalue()

    def html(self, look: str = READABLE, alt: str = "") -> str:
        """Return the picture as an HTML image with its alt text (or another).

        A style follows, by which it is dark where the page around it is.

        Parameters
        ----------
        look : str
            Class and style of the image, as HTML; by default it is never too narrow to be read.
        alt : str, default ''
            Alt text to use instead of the figure's own, not escaped yet.

        Examples
        --------
        >>> figure, axes = subplots()
        >>> figure.set_finding("Rates < 1")
        >>> figure.html().partition(" alt=")[2][:20]
        '"Rates &lt; 1" src="'
        """
        data = base64.b64encode(self.png()).decode()
        words = html.escape(alt or self.alt)
        return f'<img {look} alt="{words}" src="data:image/png;base64,{data}">{FOLLOW}'

    def framed(self, width: str) -> str:
        """Return the picture for `ipywidgets.HTML`, as wide as there is room, up to `width`.

        On a phone it scrolls, as every other picture does: see `READABLE`.

        Parameters
        ----------
        width : str
            Largest width, in CSS, such as '700px'.
        """
        fits = f"width: 100%; min-width: 530px; max-width: {width}"
        return self.html(f'class="ow-picture ow-drawn" style="{fits}"')

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        # HTML, because JupyterLab and nbconvert show no alt text of an image/png.
        return {"text/plain": self.alt, "text/html": self.html() + self.below}

    def __repr__(self) -> str:
        return self.alt or super().__repr__()


def subplots(
    rows: int = 1, height: float = HEIGHT, columns: int = 1, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure in the house style and its axes, row by row.

    Parameters
    ----------
    rows, columns : int, default 1
        Panels below and beside one another.
    height : float, default 3.9
        Height in inches; the width is always the same, 5.6.
    **options
        Passed on to `matplotlib.figure.Figure.subplots`, such as ``sharex=True``.

    Returns
    -------
    figure : Figure
        Not known to pyplot, so nothing needs to close it.
    axes : list of matplotlib.axes.Axes
        All panels in one list.

    Examples
    --------
    >>> figure, axes = subplots(rows=2, columns=3, sharex=True)
    >>> len(axes), axes[0].get_xlabel()
    (6, '')
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI)
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False, **options).ravel().tolist()
    figure.subplots_adjust(
        left=MARGINS["left"] / WIDTH,
        right=1 - MARGINS["right"] / WIDTH,
        top=1 - MARGINS["top"] / height,
        bottom=MARGINS["bottom"] / height,
        hspace=0.25,
    )
    return figure, axes
