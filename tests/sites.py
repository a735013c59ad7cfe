"""The web site, made once for all tests of a run, in a process without a network."""

import json
import os
import subprocess
import sys
from pathlib import Path

from offline import NAMESPACE
from waiting import wait_until

PATIENCE = 300  # seconds; it takes ten on a machine that has nothing else to do


def made(tmp_path_factory) -> tuple[Path, str]:
    """Return the folder of the site, and what its making printed."""
    base = tmp_path_factory.getbasetemp()
    # The workers of pytest-xdist have folders of their own in one that they share.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, told = shared / "site", shared / "site.json"
    try:
        (shared / "site.begun").mkdir()
    except FileExistsError:  # who came first makes it
        wait_until(told.exists, "the site of another worker", PATIENCE)
    else:
        command = [*NAMESPACE, sys.executable, "-m", "onecycle_widgets", "site", str(folder)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE)
        words = {"rc": done.returncode, "out": done.stdout, "err": done.stderr}
        (shared / "site.part").write_text(json.dumps(words))
        (shared / "site.part").rename(told)
    done = json.loads(told.read_text())
    assert done["rc"] == 0, done["err"]
    return folder, done["out"]
