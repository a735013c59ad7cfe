"""The repository from outside: Python that does not see it, and what git says of it."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def project() -> dict:
    """What pyproject.toml says of the project."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def python(folder: Path, *words: str, path: Path | str = "") -> "subprocess.CompletedProcess[str]":
    """Run Python in a folder with nothing of this repository on its path."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(path), "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def tracked(folder: Path, *, new: bool = True) -> list[str] | None:
    """List a folder's files as git has them, and the `new` ones; None where git has nothing.

    So it is in an unpacked sdist, even where that lies inside another repository.
    """
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return None
    command = ["git", "ls-files", "-c", *(["-o", "--exclude-standard"] if new else []), "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    if done.returncode:  # a repository of somebody else's, which git does not trust
        return None
    return sorted(name for name in done.stdout.splitlines() if (folder / name).exists())
