"""Self-checks of lesson 03."""

from typing import Any

from ..setting import Setting
from .words import RIGHT


def fair_comparison(ours: Any, theirs: Any, seeds: Any) -> str:
    """Check the exercise of lesson 03: plan a comparison that nobody can call unfair.

    Parameters
    ----------
    ours, theirs : sequence of Setting
        The candidates of one cycle, and those of the step schedule.
    seeds : int
        How many runs each setting gets.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.
    """
    for name, candidates in (("ours", ours), ("theirs", theirs)):
        if not isinstance(candidates, (list, tuple)) or not candidates:
            return f"✗ Not yet: {name} should be a list of Setting(...)."
        if not all(isinstance(candidate, Setting) for candidate in candidates):
            return f"✗ Not yet: {name} should hold Setting(...) objects only."
    if {s.kind for s in ours} != {"OneCycle"} or {s.kind for s in theirs} != {"Step"}:
        return "✗ Not yet: ours should all be OneCycle schedules, and theirs Step schedules."
    if len({s.total_steps for s in (*ours, *theirs)}) > 1:
        return "✗ Not yet: somebody may train longer than the others."
    if len({(s.batch_size, s.optimizer, s.momentum) for s in (*ours, *theirs)}) > 1:
        return "✗ Not yet: batch size, optimizer and momentum should be the same for all."
    rates = [sorted({s.peak for s in candidates}) for candidates in (ours, theirs)]
    if rates[0] != rates[1]:
        return f"✗ Not yet: ours may choose from the rates {rates[0]}, theirs from {rates[1]}."
    if len(rates[0]) < 4 or rates[0][-1] / rates[0][0] < 30:
        return "✗ Not yet: too few rates, or too close: at least four, from end to end 30-fold."
    pairs = [sorted((s.peak, s.weight_decay) for s in c) for c in (ours, theirs)]
    if pairs[0] != pairs[1]:
        return "✗ Not yet: rates agree, but not the weight decays that go with them."
    if not isinstance(seeds, int) or seeds < 5:
        return f"✗ Not yet: with {seeds!r} seeds, luck may decide. Take at least 5."
    return f"{RIGHT} {len(ours)} candidates each, equal steps, {seeds} seeds."
