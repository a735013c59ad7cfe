"""Arrays of an experiment in one small file: with the plan they belong to, and a checksum."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import checks, files, lessons
from ..sweeps.storage import digest_of


def save(path: str | Path, plan: str, arrays: dict[str, NDArray[Any]]) -> Path:
    """Write arrays and their plan, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Where to.
    plan : str
        What the arrays were made by; `load` refuses them for any other.
    arrays : dict of str to ndarray
        By name; no name may be ``plan`` or ``checksum``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = save(Path(folder) / "some.npz", "a plan", {"loss": np.ones(2)})
    ...     load(path, "a plan", "some_module")
    {'loss': array([1., 1.])}
    """
    buffer = io.BytesIO()
    labels = {"plan": np.array(plan), "checksum": np.array(digest_of(arrays))}
    np.savez_compressed(buffer, **labels, **arrays)  # type: ignore[arg-type]
    return files.write(Path(path), buffer.getvalue())


def load(path: str | Path, plan: str, module: str) -> dict[str, NDArray[Any]]:
    """Read what `save` wrote.

    Parameters
    ----------
    path : str or Path
        Where it lies.
    plan : str
        The plan that the arrays must have been made by.
    module : str
        Name of the module that makes the file anew, for the message.

    Raises
    ------
    FileNotFoundError
        When it is not there.
    ValueError
        When it is damaged, was changed, or belongs to another plan.

    Examples
    --------
    >>> load("nowhere/some.npz", "a plan", "some_module")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: folder must hold some.npz, ... python -m onecycle_widgets lessons FOLDER; ...
    """
    path = Path(path)
    if not path.exists():
        given = checks.shown(str(path.parent))
        raise FileNotFoundError(
            f"folder must hold {path.name}, as the lessons' data does, got {given}; to get it: "
            f"{lessons.COMMAND}; to make it: python -m {module} FOLDER"
        )
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        found, checksum = str(arrays.pop("plan")), str(arrays.pop("checksum"))
    except Exception as error:  # a damaged file can make every library raise anything
        raise ValueError(f"{path} is damaged: {type(error).__name__}: {error}") from error
    if checksum != digest_of(arrays):
        raise ValueError(f"{path} was changed after it was stored")
    if found != plan:
        raise ValueError(f"{path} was stored for another plan: python -m {module} makes it anew")
    return arrays
