"""Write the explorer as one HTML file: `python -m onecycle_widgets notebooks/explorer.html`."""

import argparse

from .explorer.widget import OneCycleExplorer


def main() -> None:
    """Read the command line and export the page.

    ``python -m onecycle_widgets explorer.html`` prints ``wrote explorer.html``; in Python
    `OneCycleExplorer.export` does the same with settings of your own.
    """
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets",
        description="Write the explorer as one HTML file that is alive offline, without a kernel.",
    )
    parser.add_argument("file", help="where to write it, such as explorer.html")
    print(f"wrote {OneCycleExplorer().export(parser.parse_args().file)}")


if __name__ == "__main__":
    main()
