"""Files that are written whole or not at all: a full disk, or a kill, leaves the old one."""

import os
import secrets
from pathlib import Path


def write(path: str | Path, content: str | bytes) -> Path:
    r"""Write a file beside its place, then move it there in one step.

    Parameters
    ----------
    path : str or Path
        Where; what is there is replaced only when the new file is complete. A link is followed;
        a pipe or a device, such as /dev/null, is written to.
    content : str or bytes
        Text is written in UTF-8, its lines ended by ``\n`` on every system.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OSError, ValueError
        When it cannot be written, or a text cannot be encoded; the old file is as it was.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write(f"{folder}/note.txt", "one").read_text()
    'one'
    """
    data = content.encode() if isinstance(content, str) else content
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return Path(path)
    # Not named after the target, whose own name may be as long as names can be.
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return Path(path)
