"""The little that Sphinx is taught here: formulas without a network, and widgets that live."""

from typing import Any

from ..frontend import bundle
from .pages import LIVE


def setup(app: Any) -> dict[str, bool]:
    """Teach Sphinx what it does not know; Sphinx calls this."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("html-page-context", _enliven)
    app.connect("autodoc-process-docstring", _property, priority=400)  # Napoleon comes at 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mathml(formula: str, block: bool = False) -> str:
    r"""Return a formula of LaTeX as MathML, which browsers draw themselves.

    Parameters
    ----------
    formula : str
        Without dollars.
    block : bool, default False
        Whether it stands in a line of its own.

    Examples
    --------
    >>> "<mfrac>" in mathml(r"\frac{1}{2}")
    True
    """
    from docutils.utils.math.latex2mathml import tex2mathml

    text: str = tex2mathml(formula, as_block=block)
    return text


def _inline(translator: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(mathml(node.astext()))
    raise SkipNode


def _block(translator: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    translator.body.append(f'<div class="math">{mathml(node.astext(), block=True)}</div>')
    raise SkipNode


def _enliven(app: Any, name: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """A page loads the script of those widgets that it has."""
    for widget in bundle.ON_A_SITE:
        if LIVE.format(widget=widget) in context.get("body", ""):
            app.add_js_file(f"{widget}.js", defer="defer")


def _property(app: Any, what: str, name: str, it: Any, options: Any, lines: list[str]) -> None:
    """In the first line of a property Napoleon takes what stands before a colon for its type."""
    if what == "property":
        lines.insert(0, "")
