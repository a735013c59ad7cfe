"""Run the catalogue of surprises with the scheduler of many PyTorch releases.

`python tests/benchmarks/torch_versions.py` (extra: bench) writes
`notebooks/data/torch_versions.csv`, which the catalogue's page shows. Of each release only the file
`torch/optim/lr_scheduler.py` is fetched, out of its wheel on PyPI (a megabyte, not gigabytes),
and run on the installed PyTorch: so only the scheduler differs.
"""

import csv
import sys
import types
import urllib.request
from json import load
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import torch
from catalogue import VERSIONS as STORED
from catalogue import surprises

from onecycle_widgets.evidence.surprises import reaction

RELEASES = [f"1.{minor}.0" for minor in range(3, 14)] + [f"2.{minor}.0" for minor in range(16)]
GONE = types.ModuleType("torch._six")  # releases before 2.0 take infinity from there
vars(GONE)["inf"] = float("inf")


def scheduler_file(release: str) -> str:
    """The text of a release's lr_scheduler.py."""
    from remotezip import RemoteZip  # the extra bench has it

    kind = {"Accept": "application/vnd.pypi.simple.v1+json"}
    index = urllib.request.Request("https://pypi.org/simple/torch/", headers=kind)
    with urllib.request.urlopen(index) as answer:
        files = [f for f in load(answer)["files"] if f["filename"].startswith(f"torch-{release}-")]
    smallest = min(files, key=lambda file: file["size"] or 0)
    with RemoteZip(smallest["url"]) as wheel:
        text: bytes = wheel.read("torch/optim/lr_scheduler.py")
    return text.decode()


def module_of(release: str) -> types.ModuleType:
    """The release's scheduler, living beside the installed optimizers."""
    module = types.ModuleType(f"torch.optim.lr_scheduler_{release.replace('.', '_')}")
    module.__package__ = "torch.optim"
    sys.modules[module.__name__] = module
    sys.modules.setdefault("torch._six", GONE)
    exec(compile(scheduler_file(release), f"lr_scheduler.py of {release}", "exec"), vars(module))
    return module


def main() -> None:
    found: dict[str, list[str]] = {}
    for release in RELEASES:
        module = module_of(release)
        for title, reproduction in surprises(lr_scheduler=module):
            found.setdefault(title, []).append(str(reaction(reproduction, module.OneCycleLR)))
        print(release, flush=True)
    with STORED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["surprise", *RELEASES])
        writer.writerows([title, *texts] for title, texts in found.items())
    print(f"on torch {torch.__version__}: {STORED}")


if __name__ == "__main__":
    main()
