"""Run lessons from top to bottom and store them: `python tests/store_notebooks.py [FILE ...]`.

Without files, all lessons. What differs from run to run is left out: live widgets
(their pictures stay) and time stamps. What the kernel says of its language stays: JupyterLab
writes it into a notebook that lacks it, and would call every lesson unsaved when it is opened.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LESSONS = Path(__file__).parent.parent / "notebooks"
LIVE = "application/vnd.jupyter.widget-view+json"


def store(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}
    )
    client.record_timing = False
    client.store_widget_state = False
    client.execute()
    for number, cell in enumerate(notebook.cells):
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
