"""Where the explorer lives: in JupyterLab, and as one file from disk without a network."""

import os
import re
from pathlib import Path

import nbformat
from person import PROJECTOR, Person
from playwright.sync_api import expect
from waiting import wait_until

from onecycle_widgets import OneCycleExplorer

SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder, to look at what was seen
SETUP = """\
from onecycle_widgets import OneCycle, OneCycleExplorer
explorer = OneCycleExplorer()
explorer"""
ASK = "print([explorer.policy.code(), explorer.error, explorer.step, len(explorer.pins)])"


def keep(page, name, full_page=True):
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=full_page)


class Home:
    """Where the explorer lives: a notebook in JupyterLab, or a page on disk."""

    def __init__(self, kind, browser, lab, folder):
        self.kind, self.browser, self.lab, self.folder = kind, browser, lab, folder
        self.people = []

    def open(self, size=PROJECTOR, setup=SETUP, **options):
        person = Person(self.browser, size, accept_downloads=True, **options)
        person.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.people.append(person)
        if self.kind == "page":
            person.context.set_offline(True)
            person.page.goto(OneCycleExplorer().export(self.folder / "explorer.html").as_uri())
            return person, person.explorer()
        self.run(person, setup)
        return person, person.explorer()

    def run(self, person, setup, ask=ASK):
        """Open a notebook of two cells in JupyterLab, and run the first."""
        cells = [nbformat.v4.new_code_cell(text) for text in (setup, ask)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        name = f"{self.folder.name}.ipynb"
        nbformat.write(notebook, self.lab.folder / "notebooks" / name)
        person.open(self.lab.page(name))
        person.run_first_cells(1)

    def kernel_hears(self, person, text):
        """Wait until a cell prints a text: a change that is made while an earlier one is on its
        way is sent when that has arrived, which may be after the cell has asked."""
        wait_until(lambda: text in self.kernel_says(person), f"{text!r} in the kernel")

    def kernel_says(self, person):
        """What a cell prints that asks the kernel's explorer."""
        cell = person.page.locator(".jp-Notebook .jp-Cell").nth(1)
        cell.locator(".cm-content").click()
        before = cell.locator(".jp-InputPrompt").inner_text()
        person.page.keyboard.press("Control+Enter")
        prompt = cell.locator(".jp-InputPrompt")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"))
        return cell.locator(".jp-OutputArea-output").inner_text().strip()
