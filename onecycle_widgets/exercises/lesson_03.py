"""Self-checks of lesson 03: steps to a target, a fair plan."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..sweeps.setting import Setting
from .words import RIGHT, HintError, asked, number

Array = NDArray[Any]
NEVER = float("inf")


def steps_to_target(answer: Any) -> str:
    """Check the first exercise of lesson 03: the first length that reaches a target.

    Parameters
    ----------
    answer : callable
        ``answer(steps, accuracy, target)`` returns the first of `steps` whose accuracy is the
        target or more; None or infinity when there is none. The first two are arrays.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.
    """
    cases = _measurements()
    right = [_first(*case) for case in cases]
    try:
        find = asked(answer, "a function")
        found = [_found(find, *case) for case in cases]
        if found == right:
            return f"{RIGHT} First, not last; equal counts; and never is never."
        for mistake, hint in MISTAKES.items():
            if found == [float(mistake(*case)) for case in cases]:
                raise HintError(hint)
        wrong = next(n for n in range(len(cases)) if found[n] != right[n])
        steps, accuracy, target = cases[wrong]
        example = f"for {accuracy.tolist()} and target {target:g}"
        if right[wrong] == NEVER:
            raise HintError(f"{example} you say {found[wrong]:g}. What if none reaches it?")
        if found[wrong] not in steps:
            raise HintError(f"{example} you say {found[wrong]:g}: it should be one of the steps.")
        raise HintError(f"{example} (steps {steps.tolist()}) you say {found[wrong]:g}.")
    except HintError as hint:
        return str(hint)


def _measurements() -> list[tuple[Array, Array, float]]:
    """Forty times steps, accuracies that do not always rise, and a target."""
    rng = np.random.default_rng(3)
    cases = []
    for place in range(40):
        steps = 50 * rng.integers(1, 9, size=rng.integers(4, 8)).cumsum()
        accuracy = np.round(np.linspace(60, 90, len(steps)) + rng.normal(0, 8, len(steps)))
        target = float(rng.choice(accuracy)) + (0.0, 0.5, -0.5, 0.0)[place % 4]
        if place % 5 == 1:
            target = accuracy.max() + 1
        cases.append((steps, accuracy, target))
    return cases


def _first(steps: Array, accuracy: Array, target: float) -> float:
    reached = steps[accuracy >= target]
    return float(reached[0]) if len(reached) else NEVER


def _strictly(steps: Array, accuracy: Array, target: float) -> float:
    return _first(steps, accuracy, np.nextafter(target, np.inf))


def _last(steps: Array, accuracy: Array, target: float) -> float:
    return -_first(-steps[::-1], accuracy[::-1], target) if accuracy.max() >= target else NEVER


def _for_good(steps: Array, accuracy: Array, target: float) -> float:
    return _first(steps, np.minimum.accumulate(accuracy[::-1])[::-1], target)


def _sorted(steps: Array, accuracy: Array, target: float) -> float:
    at = np.searchsorted(accuracy, target)
    return float(steps[at]) if at < len(steps) else NEVER


def _or(steps: Array, accuracy: Array, target: float, instead: float) -> float:
    return instead if accuracy.max() < target else _first(steps, accuracy, target)


MISTAKES: dict[Callable[..., Any], str] = {
    lambda s, a, t: (a >= t).argmax(): "that is a place in the list. How many steps is it?",
    _strictly: "an accuracy that equals the target has reached it.",
    _last: "that is the last length that reaches the target.",
    _for_good: "that is where it stays at the target; where does it first get there?",
    lambda s, a, t: s[a.argmax()]: "that is where the accuracy is best, whatever the target.",
    _sorted: "these accuracies do not always rise; a search in a sorted list misses that.",
    lambda s, a, t: _or(s, a, t, s[0]): "when none reaches the target, you say the first length.",
    lambda s, a, t: _or(s, a, t, s[-1]): "when none reaches the target, you say the last length.",
    lambda s, a, t: _or(s, a, t, 0): "when none reaches the target, 0 steps would be wonderful.",
}


def _found(find: Callable[..., Any], steps: Array, accuracy: Array, target: float) -> float:
    never = accuracy.max() < target
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = find(steps.copy(), accuracy.copy(), target)
    except HintError as hint:
        when = "when none reaches the target, " if never else ""
        raise HintError(f"{when}{hint.args[0]}") from hint
    if isinstance(found, np.ndarray) and found.size == 1:
        found = found.item()
    if found is None or (isinstance(found, (float, np.floating)) and found == NEVER):
        return NEVER
    if not number(found):
        raise HintError(f"it should return one of the steps, or None, not {found!r:.40}.")
    return float(found)


def fair_comparison(ours: Any, theirs: Any, seeds: Any) -> str:
    """Check the exercise of lesson 03: plan a comparison that nobody can call unfair.

    Parameters
    ----------
    ours, theirs : sequence of Setting
        The candidates of one cycle, and those of the step schedule.
    seeds : int or sequence of int
        How many runs each setting gets, or which seeds.

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
    if isinstance(seeds, (list, tuple, range)):
        seeds = len(seeds)
    if not isinstance(seeds, (int, np.integer)) or seeds < 5:
        return f"✗ Not yet: with {seeds!r} seeds, luck may decide. Take at least 5."
    return f"{RIGHT} {len(ours)} candidates each, equal steps, {seeds} seeds."
