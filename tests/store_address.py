"""Give the project another public address: `python tests/store_address.py https://github.com/A/B`.

It stands in one line, `HOME` in `onecycle_widgets/frontend/bundle.py`; what cannot read that line
(README, the guide, the pages) repeats it. This writes all of them.
"""

import re
import subprocess
import sys
from pathlib import Path

from onecycle_widgets.frontend import bundle

ROOT = Path(__file__).parents[1]
HOME = re.compile(r"https://github\.com/([\w-]+)/([\w.-]+)")
REPEATED = ("README.md", "notebooks/CLASS.md", "onecycle_widgets/frontend/bundle.py")


def mentions(owner: str, name: str) -> re.Pattern[str]:
    """Return a pattern that finds an address of the project, or of something it has elsewhere.

    >>> bool(mentions("a", "b").search("https://mybinder.org/v2/gh/a/b/main"))
    True
    """
    between = "(/|%2F)"
    return re.compile(
        rf"(?P<host>github\.com|/v2/gh){between}(?P<owner>{owner}){between}(?P<name>{name})(?![\w-])"
        rf"|//(?P<site>{owner})\.github\.io/(?P<page>{name})(?![\w-])"
        rf"|(?P<view>urlpath=(?:lab%2Ftree|voila%2Frender)%2F)(?P<clone>{name})(?=%2F)"
    )


def renamed(text: str, old: str, new: str) -> str:
    """Return a text with the project's new address wherever it had the old one.

    >>> renamed("see https://a.github.io/b/c", "https://github.com/a/b", "https://github.com/d/e")
    'see https://d.github.io/e/c'
    """
    owner, name = HOME.fullmatch(new).groups()

    def anew(found: re.Match[str]) -> str:
        if found["host"]:
            return f"{found['host']}{found[2]}{owner}{found[4]}{name}"
        return f"//{owner}.github.io/{name}" if found["site"] else f"{found['view']}{name}"

    return mentions(*map(re.escape, HOME.fullmatch(old).groups())).sub(anew, text)


def main(new: str) -> None:
    if not HOME.fullmatch(new):
        sys.exit(f"the address must be like https://github.com/OWNER/NAME, got {new!r}")
    for name in REPEATED:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        path.write_text(renamed(text, bundle.HOME, new), encoding="utf-8", newline="\n")
    for widget in bundle.PAGE_MODULES:  # by a Python that knows the new address
        page = ["page", widget, f"notebooks/{widget}.html"]
        subprocess.run([sys.executable, "-m", "onecycle_widgets", *page], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
