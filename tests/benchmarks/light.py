"""How light is the import? Each line in a fresh process: `python tests/benchmarks/light.py`.

Seconds and memory (MB) for importing the package, for a schedule, for an explorer, and for what
needs torch; beside them Python alone and torch alone. Medians of several runs, in turn, so that a
slow minute of the machine slows all alike.
"""

import statistics
import subprocess
import sys

RUNS = 7
MEASURE = """
import resource, sys, time
start = time.perf_counter()
{code}
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, used / (1024 * 1024 if sys.platform == "darwin" else 1024))
"""
CODES = {
    "nothing": "pass",
    "import onecycle_widgets": "import onecycle_widgets",
    "a schedule's curve": "from onecycle_widgets import OneCycle; OneCycle(0.1, 1000).curve()",
    "an explorer": "from onecycle_widgets import OneCycleExplorer; OneCycleExplorer()",
    "a scheduler": "from onecycle_widgets import OneCycleLR",
    "a range test": "from onecycle_widgets import lr_range_test",
    "import torch": "import torch",
}


def measured(code: str) -> tuple[float, float]:
    command = [sys.executable, "-c", MEASURE.format(code=code)]
    seconds, memory = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120
    ).stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in CODES}
    for _ in range(RUNS):
        for name, code in CODES.items():
            found[name].append(measured(code))
    torch = statistics.median(seconds for seconds, _ in found["import torch"])
    print(f"{'in a fresh process':<26}{'seconds':>8}{'of torch':>10}{'MB':>7}")
    for name, pairs in found.items():
        seconds, memory = (statistics.median(part) for part in zip(*pairs, strict=True))
        print(f"{name:<26}{seconds:8.3f}{seconds / torch:10.2f}{memory:7.0f}")


if __name__ == "__main__":
    main()
