"""The command line: `python -m onecycle_widgets lessons FOLDER`, or `onecycle lessons FOLDER`."""

import argparse
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

from . import __version__, lessons


def parser() -> argparse.ArgumentParser:
    """The words that the command line knows.

    Returns
    -------
    argparse.ArgumentParser

    Examples
    --------
    >>> options = parser().parse_args(["lessons", "here", "--open"])
    >>> options.command, options.folder.name, options.open
    ('lessons', 'here', True)
    """
    script = Path(sys.argv[0]).stem == "onecycle"
    words = argparse.ArgumentParser(
        prog="onecycle" if script else "python -m onecycle_widgets",
        description="Copy the lessons, write a page that is alive offline, or make the stored "
        "experiments again.",
        epilog="FILE.html alone is short for: page explorer FILE.html",
    )
    words.add_argument("--version", action="version", version=f"onecycle-widgets {__version__}")
    commands = words.add_subparsers(dest="command", metavar="COMMAND", required=True)

    what = "copy the lessons, with their data and the guide, into a folder"
    copying = commands.add_parser(
        "lessons",
        help=what,
        description=f"{what.capitalize()}. Copied again after an upgrade, it renews what nobody "
        "changed, and says what it kept.",
    )
    copying.add_argument("folder", type=Path, metavar="FOLDER", help="where to, such as lessons")
    copying.add_argument("--open", action="store_true", help="then start JupyterLab on the first")

    what = "write the explorer, the surface or the lab as one HTML file, alive without a kernel"
    page = commands.add_parser("page", help=what, description=f"{what.capitalize()}.")
    page.add_argument("page", choices=("explorer", "surface", "lab"), help="which")
    page.add_argument("file", metavar="FILE", help="where to write it, such as explorer.html")

    what = "make a web site of the lessons, whose widgets are alive without a kernel"
    making = commands.add_parser(
        "site",
        help=what,
        description=f"{what.capitalize()}. It fetches nothing, works from disk, too, and needs the "
        'extra "site" to be made.',
    )
    making.add_argument("folder", type=Path, metavar="FOLDER", help="where to, such as site")

    # Its words are those of the module it stands for, --help included.
    commands.add_parser("evidence", add_help=False, help="run the stored experiments anew (hours)")
    return words


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and do what it says.

    ``python -m onecycle_widgets lessons FOLDER`` copies the lessons, and with ``--open`` shows
    them; ``python -m onecycle_widgets page explorer explorer.html`` writes a page, as
    `OneCycleExplorer.export` does with settings of your own; ``evidence`` is
    ``python -m onecycle_widgets.evidence``.

    Parameters
    ----------
    arguments : list of str, optional
        Default: those of the process.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if len(words) == 1 and words[0].endswith(".html"):
        words = ["page", "explorer", *words]
    reader = parser()
    if not words:  # who does not know any yet is told all of them
        reader.exit(2, reader.format_help())
    options, rest = reader.parse_known_args(words)
    if options.command == "evidence":
        from .evidence.rebuild import main as rebuild  # torch, which nobody else here needs

        return rebuild(rest)
    if rest:
        reader.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.command == "page":
        print(f"wrote {write_page(options.page, options.file)}")
        return None
    if options.command == "site":
        return make(options.folder, reader)
    try:
        print(lessons.copy(options.folder))
    except (OSError, ValueError) as error:
        reader.error(str(error))
    lesson = lessons.first(options.folder)
    if not options.open:
        print(f"open the first: python -m jupyterlab {lesson}")
        return None
    return show(lesson)


def write_page(name: str, file: str) -> Path:
    """Write a page, as it is at first.

    Parameters
    ----------
    name : {'explorer', 'surface', 'lab'}
        Which page.
    file : str
        Where to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_page("explorer", f"{folder}/explorer.html").name
    'explorer.html'
    """
    # Only what is asked for is loaded: the lab brings torch along.
    if name == "lab":
        from .lab.page import export

        return export(file)
    from .explorer import OneCycleExplorer, SurfaceExplorer

    return (OneCycleExplorer if name == "explorer" else SurfaceExplorer)().export(file)


def make(folder: Path, reader: argparse.ArgumentParser) -> None:
    """Write the site, and say what is not right with it.

    Parameters
    ----------
    folder : Path
        Where to.
    reader : argparse.ArgumentParser
        Tells what went wrong.
    """
    from .site import build  # widgets, which nobody else here needs

    try:
        warnings = build(folder)
    except (ModuleNotFoundError, OSError) as error:
        reader.error(str(error))
    print("\n".join([*warnings, f"wrote {folder / 'index.html'}"]))


def show(lesson: Path) -> None:
    """Start JupyterLab on a lesson, in this process, so that Ctrl-C is JupyterLab's to answer.

    Parameters
    ----------
    lesson : Path
        The notebook.

    Raises
    ------
    SystemExit
        When JupyterLab is not installed, and when it ends.
    """
    if find_spec("jupyterlab") is None:
        sys.exit("JupyterLab is not installed: python -m pip install jupyterlab")
    sys.argv = ["jupyterlab", str(lesson)]
    runpy.run_module("jupyterlab", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
