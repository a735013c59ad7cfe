"""Where the explorer lives: in JupyterLab, and as one file from disk without a network."""

import os
import re
from pathlib import Path

import nbformat
from desk import LOOKS
from lessons import NOTEBOOKS
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

OVERFLOW = """(root) => [...root.querySelectorAll("*")]
    .filter((e) => e.clientWidth > 0 && !e.closest(".ow-code, .ow-tip, .ow-legends"))
    .filter((e) => e.getBoundingClientRect().right > root.getBoundingClientRect().right + 1)
    .map((e) => e.outerHTML.slice(0, 80))"""
# Every two words that lie over one another, as far as they are in sight. Lines of running text
# may touch, of which boxes are higher than letters; what is drawn may not.
COVERED = """(root) => {
    const words = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        const shown = element.checkVisibility({ visibilityProperty: true })
            && getComputedStyle(element).clipPath === "none";
        if (!node.data.trim() || !shown || element.closest("option, .ow-where")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            let { left, top, right, bottom } = box;
            for (let up = element; up !== root; up = up.parentElement) {
                if (up instanceof SVGElement) continue;
                if (getComputedStyle(up).overflow === "visible") continue;
                const edge = up.getBoundingClientRect();
                [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
                [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
            }
            if (right - left > 2 && bottom - top > 4)
                words.push({ element, text: node.data.trim(), left, top, right, bottom,
                    drawn: element instanceof SVGElement, above: element.closest(".ow-sticky") });
        }
    }
    const over = (a, b) => {
        const [across, down] = a.drawn && b.drawn ? [0, 2] : [2, 4];
        return Math.min(a.right, b.right) - Math.max(a.left, b.left) > across
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > down;
    };
    return words.flatMap((a, i) => words.slice(i + 1)
        // What stays on top hides what has scrolled under it.
        .filter((b) => a.element !== b.element && a.above === b.above && over(a, b))
        .map((b) => [a.text, b.text]));
}"""


def keep(page, name, full_page=True):
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=full_page)


def run_the_lab(page, link):
    """Open the lab's page, and let a range test and a training of 60 steps end."""
    page.goto(f"{(NOTEBOOKS / 'lab.html').as_uri()}#max_lr=0.1&total_steps=60&{link}")
    for press, ends in (("Run the range test", "range test done"), ("Train", "done after 60")):
        page.get_by_role("button", name=press, exact=True).click()
        expect(page.locator(".ow-status")).to_contain_text(ends, timeout=60_000)


class Home:
    """Where the explorer lives: a notebook in JupyterLab, or a page on disk."""

    def __init__(self, kind, browser, desk, folder):
        self.kind, self.browser, self.desk, self.folder = kind, browser, desk, folder
        self.people = []

    def open(self, size=PROJECTOR, setup=SETUP, *, fresh=False, **options):
        if self.kind == "lab" and options.keys() <= LOOKS.keys():
            person = self.run(setup, size=size, fresh=fresh, **options)
            return person, person.explorer()
        person = Person(self.browser, size, accept_downloads=True, **options)
        person.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.people.append(person)
        if self.kind == "page":
            person.context.set_offline(True)
            person.page.goto(OneCycleExplorer().export(self.folder / "explorer.html").as_uri())
            return person, person.explorer()
        person.open(self.desk.lab.page(self.write(setup)))
        person.run_first_cells(1)
        return person, person.explorer()

    def run(self, setup, ask=ASK, size=PROJECTOR, *, fresh=False, **looks):
        """A person who has opened a notebook of two cells in JupyterLab, and run the first."""
        person = self.desk.open(self.write(setup, ask), size, fresh=fresh, **looks)
        self.people.append(person)
        person.run_first_cells(1)
        return person

    def write(self, setup, ask=ASK):
        """Write a notebook of two cells where JupyterLab finds it; returns its name."""
        cells = [nbformat.v4.new_code_cell(text) for text in (setup, ask)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        name = f"{self.folder.name}.ipynb"
        nbformat.write(notebook, self.desk.lab.folder / "notebooks" / name)
        return name

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
