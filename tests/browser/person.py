"""What a person does in JupyterLab, in words."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as OutOfTime

PROJECTOR = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}
LYING = {"width": 844, "height": 390}  # the phone on its side
# JupyterLab asks for files that may be missing, and says so in the console.
HARMLESS = re.compile(r"status of 404|favicon")
# JupyterLab itself is asked, because cells far from the window are not in the page.
WITHOUT_NUMBER = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .filter((cell) => cell.type === "code" && cell.sharedModel.source.trim())
  .filter((cell) => cell.executionCount === null)
  .map((cell) => cell.sharedModel.source)"""
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Person:
    """A person with a browser window.

    Parameters
    ----------
    browser : Browser
        Chromium.
    size : dict
        Width and height of the window.
    desk : Page, optional
        A window that others have used and will use (``desk.py``); by default a new one.
    options
        More options of a browser context, such as ``color_scheme``.
    """

    def __init__(
        self, browser: Browser, size: dict[str, int], desk: Page | None = None, **options: Any
    ) -> None:
        self.desk = desk
        self.page: Page = desk or browser.new_context(viewport=size, **options).new_page()  # type: ignore[arg-type]
        self.context = self.page.context
        self.narrow = size["width"] < 600
        self.complaints: list[str] = []
        self.page.on("pageerror", self._note)
        self.page.on("console", self._listen)

    def _note(self, error: Any) -> None:
        self.complaints.append(str(error))

    def _listen(self, message: Any) -> None:
        if message.type == "error" and not HARMLESS.search(message.text):
            self.complaints.append(message.text)

    def open(self, url: str) -> None:
        """Open a lesson alone, whatever was open before."""
        self.page.goto(f"{url}&reset")
        self.sees_a_notebook()

    def sees_a_notebook(self) -> None:
        """Wait for a notebook, and for its kernel."""
        expect(self.page.locator(".jp-Notebook")).to_be_visible(timeout=60_000)
        expect(self.page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
        if self.narrow:  # a phone has no room for the list of files
            self.page.get_by_role("tab", name=re.compile("File Browser")).click()

    def run_all_cells(self) -> None:
        """Run the lesson to its end: every cell of code has the number that comes with its end."""
        self.choose("Edit", "Clear Outputs of All Cells")  # the numbers of the stored run, too
        assert self.page.evaluate(WITHOUT_NUMBER) != []
        self.choose("Run", "Run All Cells")
        try:
            self.page.wait_for_function(f"({WITHOUT_NUMBER})().length === 0", timeout=120_000)
        except OutOfTime as late:
            raise AssertionError(f"not run: {self.page.evaluate(WITHOUT_NUMBER)}") from late
        expect(self.page.get_by_text("| Idle")).to_be_visible(timeout=30_000)

    def choose(self, menu: str, item: str) -> None:
        for name in (menu, item):
            self.page.get_by_role("menuitem", name=name, exact=True).click()

    def picture(self) -> Locator:
        """The image of a widget."""
        picture = self.page.locator("img.ow-picture").first
        picture.scroll_into_view_if_needed(timeout=60_000)
        expect(picture).to_be_visible()
        return picture

    def explorer(self, place: int = 0) -> "Explorer":
        """An explorer in the page, by default the first, scrolled to."""
        root = self.page.locator(".onecycle-explorer").nth(place)
        root.locator(".ow-chart").scroll_into_view_if_needed(timeout=30_000)
        expect(root.locator(".ow-chart")).to_be_visible()
        return Explorer(root)

    def run_first_cells(self, count: int) -> None:
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").first.click()
        for _ in range(count):
            self.page.keyboard.press("Shift+Enter")

    def places(self, *parts: Locator) -> list[Any]:
        """Where parts lie in the window: what stays on top of it follows a scroll in the frame
        after, so two frames pass first."""
        self.page.evaluate(TWO_FRAMES)
        return [part.bounding_box() for part in parts]

    def slider(self, name: str) -> Locator:
        row = self.page.locator(".widget-hbox").filter(has=self.field(name))
        return row.locator("[role=slider]").first

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(name, exact=True).first

    def close(self) -> None:
        """Close the window, or leave it to who comes next."""
        if self.desk is None:
            self.context.close()
        else:
            self.desk.remove_listener("pageerror", self._note)
            self.desk.remove_listener("console", self._listen)


class Explorer:
    """The explorer, by the names that a person (or a screen reader) knows things by."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.page = root.page

    def field(self, name: str) -> Locator:
        return self.root.get_by_label(name, exact=True)

    def slider(self, name: str) -> Locator:
        return self.root.get_by_role("slider", name=f"{name} slider", exact=True)

    def handle(self, name: str) -> Locator:
        """A handle on the curve."""
        return self.root.get_by_role("slider", name=name, exact=True)

    def middle(self, name: str) -> tuple[float, float]:
        """Where a handle lies in the window."""
        box = self.handle(name).locator(".ow-knob").bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, name: str, dx: float, dy: float) -> tuple[float, float]:
        """Pull a handle by so many pixels; returns by how many it has moved when it is let go."""
        x, y = self.middle(name)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=8)
        at, down = self.middle(name)
        self.page.mouse.up()
        return at - x, down - y

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def type(self, name: str, text: str) -> None:
        self.field(name).fill(text)
        self.field(name).press("Enter")

    @property
    def code(self) -> Locator:
        return self.root.get_by_label(re.compile("^the (torch call|code for .*)$"))

    @property
    def cursor(self) -> Locator:
        return self.root.get_by_role("slider", name="step", exact=True)

    @property
    def where(self) -> Locator:
        return self.root.locator(".ow-where")

    @property
    def stopped(self) -> Locator:
        """What a handle says when it cannot go on."""
        return self.root.locator(".ow-stopped")

    @property
    def alert(self) -> Locator:
        return self.root.get_by_role("alert").filter(has_text=re.compile("."))

    def readout(self, name: str) -> Locator:
        return self.root.locator("dl > div").filter(has_text=name)

    def curves(self) -> list[str]:
        """The drawn lines, the current curve's last."""
        script = "paths => paths.map((path) => path.getAttribute('d'))"
        drawn: list[str] = self.root.locator(".ow-lines path").evaluate_all(script)
        return drawn
