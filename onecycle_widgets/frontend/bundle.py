"""The explorer's front end: its small modules joined into one, and a page that needs no kernel.

anywidget loads one module, and a page opened from disk may import none. So the modules are joined
as text, without a build step: `import` and `export` go, and what is left shares one scope. Hence
no two modules of a widget may give a name twice, and each stands behind those it uses.
"""

import base64
import functools
import hashlib
import json
import math
import re
from dataclasses import MISSING, fields
from importlib.resources import files
from string import Template
from typing import Any

from .. import checks
from ..policy import frameworks, rivals, rules
from ..policy.one_cycle import OneCycle
from ..policy.presets import PRESETS
from . import controls, typed
from .lab_tables import lab_table
from .surface_tables import surface_table

# The project's public address: whatever else needs it has it from this line (CONTRIBUTING).
HOME = "https://github.com/onecycle-widgets/onecycle-widgets"
PAGES = "https://{}.github.io/{}/notebooks".format(*HOME.split("/")[-2:])
PAGE = f"{PAGES}/explorer.html"
SURFACE_PAGE = f"{PAGES}/surface.html"
# The kind of output by which a stored notebook keeps a widget's state; whoever does not know it,
# as JupyterLab or GitHub, leaves it out and shows the picture.
STORED = "application/vnd.onecycle.state+json"
MOST_PINS = 4
FOLDER = files(__package__)
# What each widget loads; a module may import from those before it.
MODULES = {
    "explorer": ("text", "dom", "curve", "policy", "rules", "axes", "picture", "grips", "handles",
                 "chart", "controls", "readouts", "baselines", "series", "pins", "files", "save",
                 "state", "memory", "player", "project", "presets", "predict", "looks", "sticky",
                 "telling", "tip", "view", "mount", "explorer"),
    "surface": ("text", "dom", "curve", "policy", "rules", "axes", "picture", "grips", "handles",
                "controls", "baselines", "series", "state", "memory", "player", "sticky", "files",
                "noise", "landscapes", "balls", "rivals", "setting", "ground", "relief", "strips",
                "findings", "compared", "bar", "telling", "view", "mount", "surface"),
    "lab": ("text", "dom", "curve", "policy", "rules", "axes", "picture", "grips", "handles",
            "controls", "baselines", "series", "state", "memory", "player", "project", "presets",
            "sticky", "telling", "files", "names", "trained", "single", "runrows", "verdict",
            "moment", "told", "levels", "board", "task", "rangeplot", "legend", "plane", "side",
            "tip", "labbar", "script", "view", "mount", "lab"),
}  # fmt: skip
# What trains in a page: its workers load it, from a text that the page carries.
ENGINE = ("curve", "random", "weights", "arithmetic", "machine", "samples", "network", "optimizers",
          "ladder", "training", "divergence", "climb", "worker")  # fmt: skip
# The door to it: the functions that a page gives the browser's console, and what they need.
BEFORE_DOOR = ("text", "policy", "rules", "trained")
DOOR = ("ladder", "suggest", "rangetest", "crew", "door")
# What a widget's static page runs after its modules.
PAGE_MODULES = {"explorer": ("pagemodel", "page"), "surface": ("pagemodel", "surface_page"),
                "lab": ("pagemodel", *DOOR, "wired", "trainer", "lablink", "labpage")}  # fmt: skip
ON_A_SITE = ("explorer", "surface")  # what comes to life in a page of the web site
WORDS = {
    "explorer": {
        "title": "The 1cycle policy: an explorer",
        "description": "Explore the 1cycle policy: every parameter of PyTorch's OneCycleLR under a "
        "slider.",
        "heading": "The 1cycle policy",
        "lead": "Learning rate and momentum over one training run, as PyTorch's "
        "<code>OneCycleLR</code> sets them. Move a slider; copy the call.",
    },
    "surface": {
        "title": "Why it works: balls on a loss surface",
        "description": "Why the learning rate goes up and down: balls on a loss surface, moved by "
        "SGD under a schedule that you drag about.",
        "heading": "Why it works: balls on a loss surface",
        "lead": "Each ball is a training run of two weights: SGD with momentum and noise. Drag the "
        "schedule's handles, the time, or a slider; pin a run to compare.",
    },
    "lab": {
        "title": "The lab: train under a learning-rate schedule, in your browser",
        "description": "Drag a 1cycle schedule and watch the loss follow: real networks train in "
        "your browser, to PyTorch's own numbers.",
        "heading": "The lab",
        "lead": "Real networks train in this page, to PyTorch's own numbers. Run the range test, "
        "take its peak, train; or tick <b>live</b> and drag the schedule.",
    },
}
"""What a static page says around its widget."""
# The style sheets that every widget gets; a later one may override those before it.
STYLES = ("theme", "layout", "chart", "controls", "panels", "lab", "runs", "surface", "narrow",
          "project")  # fmt: skip


def tables() -> dict[str, Any]:
    """What the front end must know of Python: messages, controls, defaults, presets.

    Returns
    -------
    dict
        Plain data that JSON can hold.

    Examples
    --------
    >>> tables()["defaults"]["pct_start"], tables()["order"][:2]
    (0.3, ['max_lr', 'total_steps'])
    """
    unset = (MISSING, None)
    return {
        "messages": {
            "wrong_kind": checks.WRONG_KIND,
            "out_of_range": checks.OUT_OF_RANGE,
            "empty": checks.EMPTY,
            "allowed": checks.ALLOWED,
            "impossible": rules.IMPOSSIBLE,
            "surprising": rules.SURPRISING,
            "unseen": controls.UNSEEN,
            "typed": typed.DOUBTS,
            "link": controls.LINK,
            "drawn": controls.DRAWN,
            "gone": controls.GONE,
            "asked": controls.ASKED,
        },
        "parameters": controls.table(),
        "order": [field.name for field in fields(OneCycle)],
        "defaults": {f.name: None if f.default in unset else f.default for f in fields(OneCycle)},
        "presets": {name: preset._asdict() for name, preset in PRESETS.items()},
        "baselines": {
            "defaults": rivals.defaults(),
            "known": {name: rival._asdict() for name, rival in rivals.RIVALS.items()},
        },
        "most_pins": MOST_PINS,
        "frameworks": frameworks.FRAMEWORKS,
        "codes": frameworks.texts(),
    }


def joined(*names: str, more: dict[str, Any] | None = None) -> str:
    """Return modules as one: imports between them are dropped, and so is the word 'export'.

    Parameters
    ----------
    *names : str
        Modules in this folder, without '.js', each behind those that it imports from.
    more : dict, optional
        What else they must know of Python, besides `tables()`.

    Examples
    --------
    >>> code = joined("text", "dom")
    >>> any(line.startswith(("import ", "export ")) for line in code.splitlines())
    False
    """
    # TABLES stands in for tables.js, which is no file: words and defaults come from Python, so that
    # both sides of the wire say the same.
    known = tables() | ({"surface": surface_table()} if "landscapes" in names else {})
    known |= {"lab": lab_table()} if "lab" in names else {}
    known |= more or {}
    parts = [f"const TABLES = {json.dumps(known)};"] if "rules" in names else []
    for name in names:
        text = FOLDER.joinpath(f"{name}.js").read_text(encoding="utf-8")
        # Whole statements at the start of a line, as our modules write them; the word in a text
        # or a comment stays. What was imported is there already: it stands further up.
        text = re.sub(r"^import [^;]*;\n", "", text, flags=re.M)
        parts.append(re.sub(r"^export (?=async|class|const|function)", "", text, flags=re.M))
    return "\n".join(parts)


def engine(stored: dict[str, Any]) -> str:
    """Return the script of the workers that train in a page.

    Parameters
    ----------
    stored : dict
        What they train on and with, as `onecycle_widgets.lab.stored.stored` gives it.

    Examples
    --------
    >>> engine({}).splitlines()[0]
    'const STORED = {};'
    """
    return f"const STORED = {json.dumps(stored)};\n{joined(*ENGINE)}"


@functools.cache
def script(widget: str = "explorer") -> str:
    """Return the module that anywidget loads.

    Parameters
    ----------
    widget : {'explorer', 'surface', 'lab'}
        Which front end, a key of `MODULES`.

    Examples
    --------
    >>> script("lab").splitlines()[-1]
    'export default { render };'
    """
    return joined(*MODULES[widget]) + "\nexport default { render };\n"


def sheet(*names: str) -> str:
    """Return style sheets as one.

    Parameters
    ----------
    *names : str
        Files in ``styles``, without their ending.

    Examples
    --------
    >>> sheet("chart", "controls") == sheet("chart") + sheet("controls")
    True
    """
    parts = (FOLDER.joinpath("styles", f"{name}.css") for name in names)
    return "".join(part.read_text(encoding="utf-8") for part in parts)


@functools.cache
def style() -> str:
    """Return the style sheet of all widgets.

    Examples
    --------
    >>> ".ow-" in style()
    True
    """
    return sheet(*STYLES)


def page_modules(widget: str) -> tuple[str, ...]:
    """Return the modules of a widget's static page.

    Parameters
    ----------
    widget : {'explorer', 'surface', 'lab'}
        Which one, a key of `PAGE_MODULES`.

    Examples
    --------
    >>> page_modules("surface")[-3:]
    ('surface', 'pagemodel', 'surface_page')
    """
    return (*MODULES[widget], *PAGE_MODULES[widget])


def bundles() -> list[tuple[str, ...]]:
    """Return every list of modules that are joined into one.

    Examples
    --------
    >>> ENGINE in bundles(), page_modules("surface") in bundles()
    (True, True)
    """
    pages, site = map(page_modules, PAGE_MODULES), map(site_modules, ON_A_SITE)
    return [*MODULES.values(), *pages, *site, ENGINE, (*BEFORE_DOOR, *DOOR)]


def site_modules(widget: str) -> tuple[str, ...]:
    """Return the modules by which a widget lives in a page of the web site.

    Parameters
    ----------
    widget : {'explorer', 'surface'}
        Which one, of `ON_A_SITE`.

    Examples
    --------
    >>> site_modules("surface")[-3:]
    ('surface', 'pagemodel', 'living')
    """
    return (*MODULES[widget], "pagemodel", "living")


def page(
    state: dict[str, Any], widget: str = "explorer", more: dict[str, Any] | None = None
) -> str:
    """Return a self-contained HTML page that shows a widget.

    Parameters
    ----------
    state : dict
        Its synced traits, as `OneCycleExplorer.export` collects them.
    widget : {'explorer', 'surface', 'lab'}
        Which one, a key of `PAGE_MODULES`.
    more : dict, optional
        What else its modules must know of Python, besides `tables()`.

    Examples
    --------
    >>> page({"max_lr": 0.1}).splitlines()[0]
    '<!DOCTYPE html>'
    """
    safe = in_page(plain(state))
    template = Template(FOLDER.joinpath("page.html").read_text(encoding="utf-8"))
    code = joined(*page_modules(widget), more=more).replace("</script", "<\\/script")
    script, css = f"\n{code}\n", f"\n{sheet('page', *STYLES)}\n"
    # Nothing but these two may run or be styled, and nothing be loaded, whatever the link says.
    # The lab's workers are made of a text in the script, and compile their arithmetic.
    able, workers = (" 'wasm-unsafe-eval'", "; worker-src blob:") if widget == "lab" else ("", "")
    policy = (
        f"default-src 'none'; img-src data:; script-src '{_digest(script)}'{able}{workers}; "
        f"style-src '{_digest(css)}'; base-uri 'none'; form-action 'none'"
    )
    filled = {"csp": policy, "css": css, "home": HOME, "state": safe, "script": script}
    return template.substitute(WORDS[widget], **filled)


def stored(widget: str, state: dict[str, Any]) -> dict[str, Any]:
    """Return what a stored notebook holds beside a widget's picture, so that a site has it alive.

    Parameters
    ----------
    widget : {'explorer', 'surface'}
        Which one, of `ON_A_SITE`.
    state : dict
        Its synced traits, as for `page`.

    Examples
    --------
    >>> stored("explorer", {"max_lr": 0.1})
    {'application/vnd.onecycle.state+json': {'widget': 'explorer', 'state': {'max_lr': 0.1}}}
    """
    return {STORED: {"widget": widget, "state": plain(state)}}


def plain(state: dict[str, Any]) -> dict[str, Any]:
    """Return synced traits as JSON can hold them.

    Examples
    --------
    >>> plain({"max_lr": float("nan")})
    {'max_lr': 'nan'}
    """
    return {name: _in_json(value, name) for name, value in state.items()}


def in_page(value: Any) -> str:
    r"""Return a value as JSON that stands in a page's script: no text in it can end the script.

    Examples
    --------
    >>> in_page({"max_lr": "</script>"})
    '{"max_lr": "\\u003c/script>"}'
    """
    # Nor can one begin a comment: "<" does not occur in JSON written like this.
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def living(widget: str) -> str:
    """Return the script that brings a widget to life wherever a page of a site has its state.

    It is no module, which a page opened from disk could not load.

    Parameters
    ----------
    widget : {'explorer', 'surface'}
        Which one, of `ON_A_SITE`.

    Examples
    --------
    >>> living("surface").splitlines()[-2]
    'bringToLife("surface", render);'
    """
    code = joined(*site_modules(widget))
    return f"(() => {{\n{code}\nbringToLife({json.dumps(widget)}, render);\n}})();\n"


def _digest(text: str) -> str:
    """How a page's Content-Security-Policy names a script or a style sheet inside it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _in_json(value: Any, name: str = "") -> Any:
    """A synced value as JSON has it; what JSON cannot hold becomes the text that would be typed."""
    if isinstance(value, dict) and name not in controls.SPECS:  # pins, and where it started
        return {key: _in_json(item, key) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_json(item) for item in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    try:
        sound = isinstance(value, (int, float)) and math.isfinite(value)
    except OverflowError:  # 10**400
        sound = False
    return value if sound else checks.shown(value)
