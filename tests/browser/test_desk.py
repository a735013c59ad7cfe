"""Who sits down where others have sat finds a kernel that knows nothing of them."""

from homes import Home
from playwright.sync_api import expect

LEAVE = """\
from ipywidgets import IntSlider, jslink
from onecycle_widgets import OneCycleExplorer
mine, explorer = IntSlider(), OneCycleExplorer()
jslink((mine, "value"), (explorer, "total_steps"))
display(mine)
explorer"""
LOOK = """\
import os
from ipywidgets.widgets.widget import _instances
comms = get_ipython().kernel.comm_manager.comms
print(globals().get("mine"), Out, len(_instances), len(comms))
print("process", os.getpid())"""


def finds(home, fresh=False):
    """What is left in the kernel, and which process it is."""
    person = home.run(LOOK, fresh=fresh)
    cell = person.page.locator(".jp-Notebook .jp-Cell").first
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[1]:")
    person.close()
    return cell.locator(".jp-OutputArea-output").inner_text().split("\n")[:2]


def test_a_kernel_that_is_handed_over_knows_nothing_of_earlier_people(browser, desk, tmp_path):
    home = Home("lab", browser, desk, tmp_path)
    new = finds(home)
    assert new[0] == "None {} 0 0"
    person, _ = home.open(setup=LEAVE)
    person.close()
    assert finds(home) == new
    assert finds(home, fresh=True)[1] != new[1]
