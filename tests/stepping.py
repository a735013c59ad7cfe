"""The reference: step a scheduler through a whole cycle and write down what the optimizer used."""

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

TORCH = torch.optim.lr_scheduler.OneCycleLR


def sgd(groups: int = 1, **options: Any) -> torch.optim.SGD:
    params = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)]
    return torch.optim.SGD(params, **{"lr": 1.0, "momentum": 0.9, **options})


def used(optimizer: torch.optim.Optimizer) -> tuple[list[float], list[float]]:
    """Learning rate and momentum (or beta1) of each group, as they are now."""
    groups = optimizer.param_groups
    momenta = [g["momentum"] if "momentum" in g else g["betas"][0] for g in groups]
    return [float(g["lr"]) for g in groups], momenta


def walk(
    optimizer: torch.optim.Optimizer, scheduler: Any, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return lr and momentum, each of shape (groups, steps); one scheduler step between two."""
    rows = []
    for step in range(steps):
        rows.append(used(optimizer))
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    lr, momentum = (np.array(column).T for column in zip(*rows, strict=True))
    return lr, momentum


@st.composite
def settings_of_a_cycle(draw: Any) -> dict[str, Any]:
    """Draw arguments that torch can bear: its own unsound corners are left out."""
    steps = draw(st.integers(1, 60))
    three_phase = draw(st.booleans())
    pct_start = draw(st.floats(0, 0.5 if three_phase else 1))
    width = pct_start * steps - 1
    if width == 0 or width >= steps - 1:
        pct_start = 0.3 if steps != 1 else 0.0
    lows = sorted(draw(st.tuples(*[st.floats(0, 0.999)] * 2)))
    return {
        "total_steps": steps,
        "three_phase": three_phase,
        "pct_start": pct_start,
        "anneal_strategy": draw(st.sampled_from(["cos", "linear"])),
        "base_momentum": lows[0],
        "max_momentum": lows[1],
        "div_factor": draw(st.floats(1e-2, 1e4)),
        "final_div_factor": draw(st.floats(1e-2, 1e6)),
        "max_lr": draw(st.floats(1e-8, 1e3)),
    }
