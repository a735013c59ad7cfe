"""The explorer outside JupyterLab: in Notebook 7 and in Voilà."""

import json
import re
import urllib.request
from pathlib import Path

import nbformat
from person import PROJECTOR, Person
from playwright.sync_api import expect
from servers import jupyter_server
from waiting import wait_until

from onecycle_widgets import OneCycle

SETTINGS = Path(__file__).parents[2] / "voila.json"
SOURCE = "from onecycle_widgets import OneCycleExplorer\nexplorer = OneCycleExplorer()\nexplorer"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def write(path):
    cell = nbformat.v4.new_code_cell(SOURCE)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL), path)


def try_it(person):
    explorer = person.explorer()
    earlier = len(person.complaints)  # the hosts' own, such as fonts from a network
    before = explorer.curves()
    explorer.slider("pct_start").focus()
    person.page.keyboard.press("ArrowRight")
    explorer.type("max_lr", "0.2")
    expect(explorer.code).to_have_text(OneCycle(0.2, 1000, pct_start=0.31).code())
    assert explorer.curves() != before
    explorer.type("pct_start", "1")
    expect(explorer.alert).to_contain_text("leaves no step for annealing")
    assert person.complaints[earlier:] == []
    person.close()


def test_notebook_7(browser, lab):
    write(lab.folder / "notebooks" / "seven.ipynb")
    person = Person(browser, PROJECTOR)
    person.page.goto(f"{lab.url}/notebooks/notebooks/seven.ipynb?token={lab.token}")
    cell = person.page.locator(".jp-Notebook .jp-Cell").first
    cell.click(timeout=60_000)
    expect(person.page.get_by_text(re.compile("Idle|Connecting")).first).to_be_attached()
    person.page.keyboard.press("Shift+Enter")
    try_it(person)


def test_voila(browser, voila, tmp_path):
    write(tmp_path / "explorer.ipynb")
    person = Person(browser, PROJECTOR)
    person.page.goto(voila(tmp_path / "explorer.ipynb"), timeout=60_000)
    try_it(person)


def test_three_reloads_leave_one_kernel(browser, tmp_path):
    """Voilà's page cannot shut its kernel down (voila issue 1458): the server must."""
    write(tmp_path / "explorer.ipynb")
    # Sooner than the settings have it, so that nobody waits for minutes.
    culling = json.loads(SETTINGS.read_text())["MappingKernelManager"]
    sooner = [f"--MappingKernelManager.{name}={culling[name] // 6}" for name in culling]
    with jupyter_server(tmp_path, SETTINGS, *sooner) as server:

        def kernels():
            with urllib.request.urlopen(f"{server.url}/api/kernels", timeout=60) as answer:
                return json.load(answer)

        person = Person(browser, PROJECTOR)
        person.page.goto(f"{server.url}/voila/render/explorer.ipynb", timeout=60_000)
        for _ in range(3):
            person.explorer()
            person.page.reload(timeout=60_000)
        person.explorer()
        wait_until(lambda: len(kernels()) == 1, "the end of the earlier kernels", 120)
        assert kernels()[0]["connections"] == 1
        person.close()
