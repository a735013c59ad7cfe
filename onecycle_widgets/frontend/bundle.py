"""The explorer's front end: its small modules joined into one, and a page that needs no kernel."""

import functools
import json
import re
from dataclasses import MISSING, fields
from importlib.resources import files
from string import Template
from typing import Any

from .. import checks
from ..policy import rules
from ..policy.one_cycle import OneCycle
from ..policy.presets import PRESETS
from . import controls

HOME = "https://github.com/onecycle-widgets/onecycle-widgets"
PAGE = "https://onecycle-widgets.github.io/onecycle-widgets/notebooks/explorer.html"
MOST_PINS = 4
FOLDER = files(__package__)
# What each widget loads; a module may import from those before it.
MODULES = {
    "explorer": ("text", "dom", "curve", "policy", "rules", "axes", "picture", "chart", "controls",
                 "readouts", "series", "pins", "files", "save", "state", "presets", "explorer"),
    "plot": ("text", "dom", "axes", "picture", "plot"),
    "runs": ("dom", "files", "runs"),
}  # fmt: skip
# The style sheets that every widget gets; a later one may override those before it.
STYLES = ("theme", "layout", "chart", "controls", "panels", "lab", "narrow")


def tables() -> dict[str, Any]:
    """What the front end must know of Python: messages, controls, defaults, presets."""
    unset = (MISSING, None)
    return {
        "messages": {
            "wrong_kind": checks.WRONG_KIND,
            "out_of_range": checks.OUT_OF_RANGE,
            "empty": checks.EMPTY,
            "allowed": checks.ALLOWED,
            "impossible": rules.IMPOSSIBLE,
            "surprising": rules.SURPRISING,
        },
        "parameters": controls.table(),
        "order": [field.name for field in fields(OneCycle)],
        "defaults": {f.name: None if f.default in unset else f.default for f in fields(OneCycle)},
        "presets": {name: preset._asdict() for name, preset in PRESETS.items()},
        "most_pins": MOST_PINS,
    }


def joined(*names: str) -> str:
    """The modules as one: imports between them are dropped, and so is the word 'export'."""
    parts = [f"const TABLES = {json.dumps(tables())};"] if "rules" in names else []
    for name in names:
        text = FOLDER.joinpath(f"{name}.js").read_text(encoding="utf-8")
        text = re.sub(r"^import [^;]*;\n", "", text, flags=re.M)
        parts.append(re.sub(r"^export (?=async|class|const|function)", "", text, flags=re.M))
    return "\n".join(parts)


@functools.cache
def script(widget: str = "explorer") -> str:
    """The module that anywidget loads."""
    return joined(*MODULES[widget]) + "\nexport default { render };\n"


def sheet(*names: str) -> str:
    """The style sheets as one."""
    parts = (FOLDER.joinpath("styles", f"{name}.css") for name in names)
    return "".join(part.read_text(encoding="utf-8") for part in parts)


@functools.cache
def style() -> str:
    """The style sheet that anywidget loads."""
    return sheet(*STYLES)


def page(state: dict[str, Any]) -> str:
    """A self-contained HTML page that shows the explorer from `state`, its synced traits."""
    # No text of ours can end the script: "</" does not occur in JSON written like this.
    safe = json.dumps(state).replace("</", "<\\/")
    template = Template(FOLDER.joinpath("page.html").read_text(encoding="utf-8"))
    code = joined(*MODULES["explorer"], "page").replace("</script", "<\\/script")
    css = sheet("page", *STYLES)
    return template.substitute(css=css, home=HOME, state=safe, script=code)
