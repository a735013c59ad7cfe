"""A browser window in which JupyterLab is open already: loading it takes longer than most tests."""

import pytest
from person import PROJECTOR, Person
from playwright.sync_api import Browser, Page
from programs import Lab

LOOKS = {"color_scheme": "light", "reduced_motion": "no-preference"}
# Nothing is open any more but the list of files, and the theme is the first.
CLEAR = """() => {
  for (const open of [...jupyterapp.shell.widgets("main")]) open.dispose();
  document.body.setAttribute("data-jp-theme-light", "true");
  jupyterapp.shell.expandLeft();
}"""
# The kernel knows no name and no widget any more, and counts its cells from one.
FORGET = """\
import ipywidgets
ipywidgets.Widget.close_all()
get_ipython().reset()"""
# Starting a kernel, and importing in it, takes longer than most tests: a notebook finds the one
# whose session has its path, as after a reload. One that does not answer, or is restarting, goes.
HAND_OVER = """async ([path, forget]) => {
  const { sessions } = jupyterapp.serviceManager;
  await sessions.refreshRunning();
  for (const model of [...sessions.running()]) {
    const kernelConnectionOptions = { handleComms: false }; // nobody is left to close them here
    const session = sessions.connectTo({ model, kernelConnectionOptions });
    const code = { code: forget, silent: true, store_history: false };
    const late = new Promise((resolve) => setTimeout(resolve, 10_000));
    const done = session.kernel.requestExecute(code).done.catch(() => undefined);
    const reply = await Promise.race([done, late]);
    if (reply?.content.status === "ok") await session.setPath(path);
    else await sessions.shutdown(model.id);
    session.dispose();
  }
}"""
FRESH = "() => jupyterapp.serviceManager.sessions.shutdownAll()"
# Its own kernel is ready: the status line may still tell of the last one.
OPEN = """async (path) => {
  const open = { path, factory: "Notebook" };
  const panel = await jupyterapp.commands.execute("docmanager:open", open);
  await panel.context.ready;
  await panel.sessionContext.ready;
}"""


class Desk:
    """A window with JupyterLab and one kernel, where one person after the other sits down.

    Where a test has failed nobody sits down any more: the next window is a new one, and so is
    the kernel.
    """

    def __init__(self, browser: Browser, lab: Lab, session: pytest.Session) -> None:
        self.browser, self.lab, self.session = browser, lab, session
        self.page: Page | None = None
        self.failed = 0

    def open(
        self,
        name: str,
        size: dict[str, int] = PROJECTOR,
        *,
        fresh: bool = False,
        who: type[Person] = Person,
        **looks: str,
    ) -> Person:
        """Return a person with a notebook, and nothing else, before them.

        A `fresh` kernel is for who runs a lesson, or asks what is left in it, or restarts it: of
        one that was handed over JupyterLab's debugger knows more, and complains when it goes.
        """
        if self.failed != self.session.testsfailed:
            self.close()
            self.failed, fresh = self.session.testsfailed, True
        path = f"notebooks/{name}"
        self.page = self.page or self.load()
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        self.page.emulate_media(**LOOKS | looks)  # type: ignore[arg-type]
        self.page.mouse.move(0, 0)
        self.page.evaluate(CLEAR)
        if fresh:
            self.page.evaluate(FRESH)
        else:
            self.page.evaluate(HAND_OVER, [path, FORGET])
        person = who(self.browser, size, self.page)
        self.page.evaluate(OPEN, path)
        person.sees_a_notebook()
        return person

    def load(self) -> Page:
        context = self.browser.new_context(accept_downloads=True)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{self.lab.url}/lab?token={self.lab.token}&reset")
        started = "window.jupyterapp?.shell.currentWidget"  # the launcher
        page.wait_for_function(started, timeout=60_000)
        return page

    def close(self) -> None:
        if self.page is not None:
            self.page.context.close()
            self.page = None
