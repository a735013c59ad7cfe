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
from ..policy import frameworks, rules
from ..policy.one_cycle import OneCycle
from ..policy.presets import PRESETS
from . import controls, typed

HOME = "https://github.com/onecycle-widgets/onecycle-widgets"
PAGE = "https://onecycle-widgets.github.io/onecycle-widgets/notebooks/explorer.html"
MOST_PINS = 4
FOLDER = files(__package__)
# What each widget loads; a module may import from those before it.
MODULES = {
    "explorer": ("text", "dom", "curve", "policy", "rules", "axes", "picture", "grips", "handles",
                 "chart", "controls", "readouts", "series", "pins", "files", "save", "state",
                 "memory", "player", "project", "presets", "predict", "looks", "sticky",
                 "explorer"),
    "plot": ("text", "dom", "axes", "picture", "plot"),
    "runs": ("dom", "files", "runs"),
}  # fmt: skip
# The style sheets that every widget gets; a later one may override those before it.
STYLES = ("theme", "layout", "chart", "controls", "panels", "lab", "narrow", "project")


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
        "most_pins": MOST_PINS,
        "frameworks": frameworks.FRAMEWORKS,
        "codes": frameworks.texts(),
    }


def joined(*names: str) -> str:
    """Return modules as one: imports between them are dropped, and so is the word 'export'.

    Parameters
    ----------
    *names : str
        Modules in this folder, without '.js', each behind those that it imports from.

    Examples
    --------
    >>> code = joined("text", "dom")
    >>> any(line.startswith(("import ", "export ")) for line in code.splitlines())
    False
    """
    # TABLES stands in for tables.js, which is no file: words and defaults come from Python, so that
    # both sides of the wire say the same.
    parts = [f"const TABLES = {json.dumps(tables())};"] if "rules" in names else []
    for name in names:
        text = FOLDER.joinpath(f"{name}.js").read_text(encoding="utf-8")
        # Whole statements at the start of a line, as our modules write them; the word in a text
        # or a comment stays. What was imported is there already: it stands further up.
        text = re.sub(r"^import [^;]*;\n", "", text, flags=re.M)
        parts.append(re.sub(r"^export (?=async|class|const|function)", "", text, flags=re.M))
    return "\n".join(parts)


@functools.cache
def script(widget: str = "explorer") -> str:
    """Return the module that anywidget loads.

    Parameters
    ----------
    widget : {'explorer', 'plot', 'runs'}
        Which front end, a key of `MODULES`.

    Examples
    --------
    >>> script("plot").splitlines()[-1]
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


def page(state: dict[str, Any]) -> str:
    """Return a self-contained HTML page that shows the explorer.

    Parameters
    ----------
    state : dict
        Its synced traits, as `OneCycleExplorer.export` collects them.

    Examples
    --------
    >>> page({"max_lr": 0.1}).splitlines()[0]
    '<!DOCTYPE html>'
    """
    # No text can end the script or begin a comment: "<" does not occur in JSON written like this.
    plain = {name: _in_json(value, name) for name, value in state.items()}
    safe = json.dumps(plain, allow_nan=False).replace("<", "\\u003c")
    template = Template(FOLDER.joinpath("page.html").read_text(encoding="utf-8"))
    code = joined(*MODULES["explorer"], "page").replace("</script", "<\\/script")
    script, css = f"\n{code}\n", f"\n{sheet('page', *STYLES)}\n"
    # Nothing but these two may run or be styled, and nothing be loaded, whatever the link says.
    policy = (
        f"default-src 'none'; img-src data:; script-src '{_digest(script)}'; "
        f"style-src '{_digest(css)}'; base-uri 'none'; form-action 'none'"
    )
    return template.substitute(csp=policy, css=css, home=HOME, state=safe, script=script)


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
