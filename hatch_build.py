"""What the built package says of itself: its addresses, and README as PyPI can show it.

PyPI shows README beside no other file, so a relative link leads nowhere there. Here each is made
absolute, and leads to the files of the same version: a release is tagged `v` and its number.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

HOME = "onecycle_widgets/frontend/bundle.py"  # where the repository's address stands


class Metadata(MetadataHookInterface):
    """Fills in what pyproject.toml lists as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the addresses and the description to what is known of the project."""
        root = Path(self.root)
        home = address(root)
        owner, name = home.split("/")[-2:]
        metadata["urls"] = {
            "Homepage": f"https://{owner}.github.io/{name}/",
            "Repository": home,
            "Issues": f"{home}/issues",
            "Changelog": f"{home}/blob/main/CONTRIBUTING.md#changes",
        }
        readme = (root / "README.md").read_text(encoding="utf-8")
        text = absolute(readme, home, f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def address(root: Path) -> str:
    """Return the repository's address, read from the one line that has it."""
    text = (root / HOME).read_text(encoding="utf-8")
    found = re.search(r'^HOME = "(https://github\.com/[\w-]+/[\w.-]+)"$', text, re.MULTILINE)
    if found is None:
        raise ValueError(f'{HOME} must have a line HOME = "https://github.com/OWNER/NAME"')
    return found[1]


def absolute(text: str, home: str, version: str) -> str:
    """Return Markdown whose pictures and links lead to the repository's files of a version."""
    raw = home.replace("//github.com/", "//raw.githubusercontent.com/")
    text = re.sub(r"(!\[[^\]]*\]\()(?![a-z]+:)", rf"\1{raw}/{version}/", text)
    return re.sub(r"(\]\()(?![a-z]+:|#)", rf"\1{home}/blob/{version}/", text)
