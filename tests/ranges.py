"""The tests with the oldest packages that pyproject.toml admits, or with the newest there are.

    python tests/ranges.py oldest
    python tests/ranges.py newest tests/test_policy.py -x

Each has a virtual environment of its own below `build`, made anew by uv with the Python that runs
this. What follows is for pytest; without it, everything runs but the browser's tests. PyPI's torch
for Linux brings gigabytes of CUDA along; with UV_TORCH_BACKEND=cpu uv takes the CPU's builds.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# `lowest-direct`: the oldest of what we ask for ourselves; what those ask for is up to date.
RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}
# What came with the oldest of ours, where its newest is not for them.
ALSO = {"oldest": ["pyparsing<3.3"], "newest": []}  # matplotlib 3.8's
WITHOUT_BROWSER = ("--ignore=tests/browser",)
TOLD = ("torch", "numpy", "anywidget", "ipywidgets", "jupyterlab")


def commands(which: str, folder: Path, arguments: list[str]) -> list[list[str]]:
    """Return what is run, one after the other."""
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    uv = [sys.executable, "-m", "uv"]
    install = [*uv, "pip", "install", "--python", python, "--resolution", RESOLUTIONS[which]]
    return [
        [*uv, "venv", "--clear", "--python", sys.executable, str(folder)],
        [*install, "--editable", ".[test]", *ALSO[which]],
        [*uv, "pip", "show", "--python", python, *TOLD],
        [python, "-m", "pytest", *(arguments or WITHOUT_BROWSER)],
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("which", choices=RESOLUTIONS)
    options, rest = parser.parse_known_args(arguments)
    for command in commands(options.which, ROOT / "build" / options.which, rest):
        status = subprocess.run(command, cwd=ROOT).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
