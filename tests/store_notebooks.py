"""Run lessons from top to bottom and store them: `python tests/store_notebooks.py [FILE ...]`.

Without files, all lessons. What differs from run to run is left out: live widgets
(their pictures stay) and time stamps. What the kernel says of its language stays: JupyterLab
writes it into a notebook that lacks it, and would call every lesson unsaved when it is opened.

The first cell of code is the same everywhere, and does nothing but in Google Colab: it is put in
here.
"""

import sys
from pathlib import Path

import nbformat
from lessons import is_colab
from nbclient import NotebookClient

from onecycle_widgets.frontend.bundle import HOME

# Without what the package asks for: Colab has its own PyTorch, IPython and ipywidgets, which must
# stay as they are, and lacks these two.
COLAB = f"""\
# Google Colab only: install what the lesson needs, and fetch its data.
import sys

if "google.colab" in sys.modules:
    get = "pip install --quiet --no-deps git+{HOME}"
    get_ipython().system(f"{{get}} && pip install --quiet anywidget mnist1d && onecycle lessons .")
"""
LESSONS = Path(__file__).parent.parent / "notebooks"
LIVE = "application/vnd.jupyter.widget-view+json"


def colab_cell() -> nbformat.NotebookNode:
    """Return the cell that prepares Google Colab; run elsewhere, it does nothing."""
    hidden = {"jupyter": {"source_hidden": True}, "slideshow": {"slide_type": "skip"}}
    cell = nbformat.v4.new_code_cell(COLAB.strip(), metadata={**hidden, "tags": ["colab"]})
    return nbformat.NotebookNode({**cell, "id": "colab"})


def put_colab_cell(notebook: nbformat.NotebookNode) -> None:
    """Let it be the first cell of code."""
    kinds = [cell["cell_type"] for cell in notebook.cells]
    notebook.cells.insert(kinds.index("code"), colab_cell())


def store(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not is_colab(cell)]
    own = list(notebook.cells)  # the others are counted without it
    put_colab_cell(notebook)
    client = NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}
    )
    client.coalesce_streams = True  # else a slow cell's prints are cut where the clock says
    client.record_timing = False
    client.store_widget_state = False
    client.execute()
    for number, cell in enumerate(own):
        cell["id"] = f"{path.stem.split('_')[0]}-{number:02d}"
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(LIVE, None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": notebook.metadata["language_info"],  # nbclient has asked the kernel
    }
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in map(Path, sys.argv[1:] or sorted(LESSONS.rglob("*.ipynb"))):
        store(name)
        print(f"stored {name}: {name.stat().st_size / 1000:.0f} kB")
