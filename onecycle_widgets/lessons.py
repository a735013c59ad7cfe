"""The lessons that travel with the package: notebooks, their data, the pages and the guide.

A wheel has them in ``_lessons``; a checkout, and an editable install of it, in ``notebooks``.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from . import checks, files

COMMAND = "python -m onecycle_widgets lessons FOLDER"  # what gets them, for messages
PACKAGE = Path(__file__).parent
# What was copied, by its content: so a later copy knows a file that nobody changed since.
RECORD = ".onecycle-lessons.json"
LEFT_OUT = ("__pycache__",)  # and whatever is hidden: checkpoints, runs that are not finished


@dataclass(frozen=True)
class Copied:
    """What a copy did; each a list of paths below the folder, in order.

    Parameters
    ----------
    written : list of str
        Files that were not there.
    renewed : list of str
        Earlier copies that nobody had changed, replaced.
    kept : list of str
        Files that differ from the lessons' and were not copied like this: somebody's work.
    same : list of str
        Files that were there already, byte for byte.

    Examples
    --------
    >>> print(Copied(written=["CLASS.md"], renewed=[], kept=["notes.md"], same=[]))
    1 written, 0 renewed, 0 there already, 1 kept
    kept notes.md: it was changed; move it away to get the one of this version
    """

    written: list[str]
    renewed: list[str]
    kept: list[str]
    same: list[str]

    def __str__(self) -> str:
        numbers = f"{len(self.written)} written, {len(self.renewed)} renewed, "
        numbers += f"{len(self.same)} there already, {len(self.kept)} kept"
        changed = "it was changed; move it away to get the one of this version"
        return "\n".join([numbers, *(f"kept {name}: {changed}" for name in self.kept)])


def home() -> Path:
    """Where the lessons are that belong to this package.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        When the package was taken out of its checkout without them.

    Examples
    --------
    >>> (home() / "data").is_dir()
    True
    """
    for folder in (PACKAGE / "_lessons", PACKAGE.parent / "notebooks"):
        if (folder / "lessons.toml").is_file():
            return folder
    raise FileNotFoundError(
        f"the lessons are not with the package in {checks.shown(str(PACKAGE))}; "
        "install it again: python -m pip install --force-reinstall --no-deps onecycle-widgets"
    )


def first(folder: str | Path) -> Path:
    """Where the lesson to begin with is in a copy.

    Parameters
    ----------
    folder : str or Path
        Where the lessons were copied.

    Returns
    -------
    Path

    Examples
    --------
    >>> first("mine").parent.name, first("mine").name[3:]
    ('mine', 'start_here.ipynb')
    """
    return Path(folder) / min(path.name for path in home().glob("*.ipynb"))


def copy(folder: str | Path, source: str | Path | None = None) -> Copied:
    """Copy the lessons into a folder, and leave alone what somebody changed there.

    Parameters
    ----------
    folder : str or Path
        Where to; it is made if it is not there. Copied again, after an upgrade, it gets what is
        new: an earlier copy is replaced as long as its content is what was copied.
    source : str or Path, optional
        What to copy; default: `home`.

    Returns
    -------
    Copied
        What was written, renewed, kept, and there already.

    Raises
    ------
    ValueError
        When `folder` is where the lessons come from, or below it.
    NotADirectoryError
        When `folder` is a file.
    FileNotFoundError
        When the lessons are not with the package.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     done = copy(folder)
    ...     lesson = first(folder)
    ...     _ = lesson.write_text("what I found out")
    ...     copy(folder).kept == [lesson.name], lesson.read_text()
    (True, 'what I found out')
    """
    source, folder = Path(source or home()), Path(folder)
    if folder.exists() and not folder.is_dir():
        given = checks.shown(str(folder))
        raise NotADirectoryError(f"folder must be a folder, got the file {given}")
    if folder.resolve().is_relative_to(source.resolve()):
        raise ValueError(
            f"folder must not be where the lessons come from, got {checks.shown(str(folder))}"
        )
    done = Copied([], [], [], [])
    earlier = _recorded(folder)
    for name in names(source):
        content, place = (source / name).read_bytes(), folder / name
        there = _digest(place.read_bytes()) if place.is_file() else None
        now = _digest(content)
        if there == now:
            done.same.append(name)
        elif place.exists() and there != earlier.get(name, now):  # a folder is kept, too
            done.kept.append(name)
            continue
        else:
            (done.written if there is None else done.renewed).append(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            files.write(place, content)
        earlier[name] = now
    files.write(folder / RECORD, json.dumps(earlier, indent=1, sort_keys=True) + "\n")
    return done


def names(source: Path) -> list[str]:
    """The files of the lessons in a folder: all but hidden ones, such as checkpoints.

    Parameters
    ----------
    source : Path
        The folder.

    Returns
    -------
    list of str
        Paths below it, with ``/`` on every system, sorted.

    Examples
    --------
    >>> [name for name in names(home()) if name.endswith(".csv")]
    ['data/torch_versions.csv']
    """
    found = [path.relative_to(source) for path in source.rglob("*") if path.is_file()]
    return sorted(
        path.as_posix()
        for path in found
        if not any(part.startswith(".") or part in LEFT_OUT for part in path.parts)
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _recorded(folder: Path) -> dict[str, str]:
    """What an earlier copy noted; nothing where there is none, or none that can be read."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}  # then everything that differs counts as changed, and is kept
    return found if isinstance(found, dict) else {}
