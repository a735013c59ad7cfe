"""Write a page: `python -m onecycle_widgets page surface notebooks/surface.html`."""

import argparse

from .explorer.surface import SurfaceExplorer
from .explorer.widget import OneCycleExplorer

PAGES = {"explorer": OneCycleExplorer, "surface": SurfaceExplorer}


def main() -> None:
    """Read the command line and export a page.

    ``python -m onecycle_widgets page explorer explorer.html`` prints ``wrote explorer.html``; in
    Python `OneCycleExplorer.export` does the same with settings of your own. A file alone is the
    explorer's.
    """
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets",
        description="Write the explorer, or the surface, as one HTML file that is alive offline, "
        "without a kernel.",
        usage="%(prog)s page {explorer,surface} FILE, or %(prog)s FILE",
    )
    parser.add_argument("words", nargs="+", metavar="FILE", help="where to write it")
    words = parser.parse_args().words
    page, name, file = words if len(words) == 3 else ["page", "explorer", *words][:3]
    if len(words) not in (1, 3) or page != "page" or name not in PAGES:
        parser.error(f"expected 'page explorer FILE' or 'page surface FILE', got {words}")
    print(f"wrote {PAGES[name]().export(file)}")


if __name__ == "__main__":
    main()
