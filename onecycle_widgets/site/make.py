"""Builds the site: `pages` writes what Sphinx reads, Sphinx makes the pages and the search.

Why Sphinx: its search is a script and an index that lie beside the pages, so that it works without
a network and from disk; MyST-NB reads stored notebooks; autodoc reads our docstrings; and one tool
checks the links between all of them. Why Furo: small, readable on a phone, with a dark theme.
"""

import io
import shutil
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import checks, lessons
from . import pages

NEEDED = ("sphinx", "myst_nb", "furo", "sphinx_copybutton")
MARK = ".onecycle-site"  # a folder that has it was written here, and may be written again


def build(folder: str | Path) -> list[str]:
    """Write the site into a folder.

    Parameters
    ----------
    folder : str or Path
        Where to: a folder that is not there, an empty one, or an earlier site, which is replaced.

    Returns
    -------
    list of str
        What Sphinx warned of; none as long as all links lead somewhere.

    Raises
    ------
    ModuleNotFoundError
        When what builds it is not installed.
    FileExistsError
        When there is something else at `folder`.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ModuleNotFoundError(
            f'the site needs {", ".join(missing)}: python -m pip install "onecycle-widgets[site]"'
        )
    folder = Path(folder)
    ours = (folder / MARK).is_file()
    if folder.exists() and not ours and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(
            f"folder must be new, empty, or an earlier site, got {checks.shown(str(folder))}"
        )
    with TemporaryDirectory() as work:
        source, made = Path(work) / "source", Path(work) / "made"
        pages.write(lessons.home(), source)
        warnings = _sphinx(source, made, Path(work) / "trees")
        pages.beside(lessons.home(), made)
        (made / MARK).touch()
        if ours:
            shutil.rmtree(folder)
        shutil.copytree(made, folder, dirs_exist_ok=True)
    return warnings


def _sphinx(source: Path, made: Path, trees: Path) -> list[str]:
    from sphinx.application import Sphinx  # the extra
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    heard = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(source, source, made, trees, "html", status=None, warning=heard, freshenv=True)
        app.build(force_all=True)
    (made / ".buildinfo").unlink(missing_ok=True)  # for a next build, of which there is none
    place = f"{source}/"
    return [line.replace(place, "") for line in heard.getvalue().splitlines() if line.strip()]
