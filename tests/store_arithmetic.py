"""Compile the page's arithmetic: `arithmetic.ts`, AssemblyScript, into `arithmetic.wasm`.

    python tests/store_arithmetic.py

It needs Node, and npm's registry for the compiler, whose version stands here: the same bytes come
out everywhere.
"""

import shutil
import subprocess
import sys
from pathlib import Path

FRONTEND = Path(__file__).parents[1] / "onecycle_widgets" / "frontend"
STORED = FRONTEND / "arithmetic.wasm"
COMPILER = "assemblyscript@0.28.20"
OPTIONS = ("-O3", "--enable", "simd", "--runtime", "stub", "--noAssert")


def compiled(target: Path) -> bytes:
    """Compile into a file, and return what is in it."""
    npx = shutil.which("npx")
    if npx is None:
        sys.exit("npx is missing: it comes with Node (https://nodejs.org)")
    source = str(FRONTEND / "arithmetic.ts")
    command = [npx, "--yes", "-p", COMPILER, "asc", source, "-o", str(target), *OPTIONS]
    subprocess.run(command, check=True)
    return target.read_bytes()


if __name__ == "__main__":
    print(f"{STORED}: {len(compiled(STORED))} bytes")
