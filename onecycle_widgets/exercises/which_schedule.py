"""Self-checks on which schedule, when: who can go on, a cool-down, an average, five cases."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..policy.baselines import (
    Constant,
    Cosine,
    InverseSquareRoot,
    Linear,
    Make,
    Step,
    WarmupStableDecay,
)
from ..policy.falling import Falling
from ..policy.one_cycle import OneCycle
from ..policy.warmed_up import COOLDOWNS
from .checking import RIGHT, HintError, asked, numbers, self_check

Array = NDArray[np.float64]
PLANNED = 100  # steps; doubled, twice as many


@dataclass(frozen=True, repr=False)
class _Dip(Falling):
    """A constant rate, halved for a while: its first step and its last one done tell nothing."""

    def factor(self, step: Array) -> Array:
        share = step / self.total_steps
        return np.where((share >= 0.1) & (share < 0.35), 0.5, 1.0)


def _makes() -> dict[str, tuple[Callable[[int], Any], bool]]:
    """Schedules of as many steps as one wants, and whether their beginning stays."""

    def warmed(make: Make, **shape: Any) -> Callable[[int], Any]:
        return lambda total: make(0.1, total, warmup=8 / total, **shape)

    return {
        "a constant rate": (partial(Constant, 0.1), True),
        "one cycle": (partial(OneCycle, 0.1), False),
        "cosine": (partial(Cosine, 0.1), False),
        "a straight line to zero": (partial(Linear, 0.1), False),
        "warm-up-stable-decay, 8 steps of warm-up, cool-down from 90 %": (
            warmed(WarmupStableDecay, decay_start=0.9),
            True,
        ),
        "warm-up-stable-decay, 8 steps of warm-up, cool-down from 50 %": (
            warmed(WarmupStableDecay, decay_start=0.5),
            False,
        ),
        "warm-up-stable-decay, a tenth of the steps as warm-up": (
            lambda total: WarmupStableDecay(0.1, total, warmup=0.1, decay_start=0.9),
            False,
        ),
        "a constant rate, halved for a quarter of the steps": (partial(_Dip, 0.1), False),
        "an inverse square root, 8 steps of warm-up": (warmed(InverseSquareRoot), True),
        "a step schedule that falls at 50 %": (partial(Step, 0.1), False),
        "a step schedule that falls at 90 %": (
            lambda total: Step(0.1, total, milestones=(0.9, 0.95)),
            True,
        ),
    }


@self_check
def can_go_on(answer: Any) -> str:
    """Check who can go on when the budget is doubled at 80 %.

    Parameters
    ----------
    answer : callable
        ``answer(make, steps)`` says whether the first 80 % of the schedule ``make(steps)`` are also
        the beginning of ``make(2 * steps)``.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> can_go_on(lambda make, steps: True)
    ✗ Not yet: one cycle begins otherwise when it is twice as long; you say that it goes on.
    """
    find = asked(answer, "a function")
    for name, (make, right) in _makes().items():
        found = find(make, PLANNED)
        if not isinstance(found, (bool, np.bool_)):
            raise HintError(f"it should return True or False, not {found!r:.60}.")
        if bool(found) and not right:
            raise HintError(
                f"{name} begins otherwise when it is twice as long; you say that it goes on."
            )
        if right and not found:
            raise HintError(
                f"{name} has the same first {PLANNED * 4 // 5} steps either way; you say that it "
                "cannot go on. Do you compare more than what is done?"
            )
    return f"{RIGHT} What counts is what is done: whoever has not begun to fall can go on."


@self_check
def cool_down(answer: Any) -> str:
    """Check the rates of a cool-down.

    Parameters
    ----------
    answer : callable
        ``answer(lr, steps, kind)`` returns the rates of `steps` optimizer steps that begin at `lr`
        and would be at zero one step after the last: 'linear', or '1-sqrt'.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> cool_down(lambda lr, steps, kind: np.linspace(lr, 0, steps))
    ✗ Not yet: your last rate is zero, so the last step does nothing. Be at zero one step later.
    """
    find = asked(answer, "a function")
    cases = [(lr, n, kind) for kind in COOLDOWNS for lr, n in ((0.1, 10), (0.003, 37))]
    found = [numbers(find(*case), case[1], "the cool-down") for case in cases]
    if _all_close(found, cases, _left):
        return f"{RIGHT} 1-sqrt falls fast first: its mean rate is two thirds of the line's."
    straight = {
        "your last rate is zero, so the last step does nothing. Be at zero one step later.": (
            lambda gone, kind: np.linspace(1, 0, len(gone))
        ),
        "your first rate is below lr already: the first step of the cool-down still has it.": (
            lambda gone, kind: 1 - gone - 1 / len(gone)
        ),
        "it rises: what is left is one minus what is gone.": lambda gone, kind: gone,
    }
    for hint, mistake in straight.items():
        if _all_close(found[:2], cases[:2], mistake):
            raise HintError(hint)
    if not _all_close(found[:2], cases[:2], _left):
        shown = np.round(found[0], 3).tolist()
        raise HintError(f"of 10 steps from 0.1 in a line you make {shown}.")
    if _all_close(found[2:], cases[2:], lambda gone, kind: 1 - gone):
        raise HintError("linear is right. Do you look at kind?")
    raise HintError("linear is right; 1-sqrt is one minus the root of the share that is gone.")


def _left(gone: Array, kind: str) -> Array:
    found: Array = COOLDOWNS[kind](gone)
    return found


def _all_close(
    found: list[list[float]],
    cases: list[tuple[float, int, str]],
    share: Callable[[Array, str], Array],
) -> bool:
    pairs = zip(found, cases, strict=True)
    return all(
        np.allclose(rates, lr * share(np.arange(steps) / steps, kind), rtol=1e-6, atol=1e-12)
        for rates, (lr, steps, kind) in pairs
    )


@self_check
def running_average(answer: Any) -> str:
    """Check an exponential average of weights.

    Parameters
    ----------
    answer : callable
        ``answer(weights, decay)`` returns the running average after the last row of an array of
        shape (steps, weights): it begins as the first row; with each further one it keeps the share
        `decay`, and takes the rest from the row.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> running_average(lambda weights, decay: weights.mean(axis=0))
    ✗ Not yet: that is the plain mean: the first weights count as much as the last.
    """
    find = asked(answer, "a function")
    rng = np.random.default_rng(0)
    cases = [(rng.normal(1, 1, (n, 3)), d) for n, d in ((40, 0.9), (15, 0.5), (1, 0.9))]
    found = [numbers(find(w.copy(), d), 3, "the average") for w, d in cases]

    def agrees(average: Callable[[Array, float], Array]) -> bool:
        return all(
            np.allclose(mine, average(w, d), rtol=1e-6)
            for mine, (w, d) in zip(found, cases, strict=True)
        )

    if agrees(_average):
        return f"{RIGHT} With a decay of 0.9 it remembers about ten steps: the noise of one fades."
    mistakes: dict[str, Callable[[Array, float], Array]] = {
        "that is the plain mean: the first weights count as much as the last.": (
            lambda w, d: w.mean(0)
        ),
        "the shares are exchanged: it keeps `decay` of itself.": lambda w, d: _average(w, 1 - d),
        "you begin at zero, which the average remembers for long: begin as the first row.": (
            lambda w, d: _average(np.concatenate([0 * w[:1], w]), d)
        ),
        "those are the last weights themselves.": lambda w, d: w[-1],
        "the last row is missing.": lambda w, d: _average(w[:-1] if len(w) > 1 else w, d),
    }
    for hint, mistake in mistakes.items():
        if agrees(mistake):
            raise HintError(hint)
    if not np.allclose(found[2], cases[2][0][0]):
        made = np.round(found[2], 3).tolist()
        raise HintError(f"of one row it should be that row; you make {made}.")
    raise HintError(
        "of one row it is right; of more it is not. Each further row takes the share 1 - decay, "
        "and the average keeps the share decay: together one."
    )


def _average(weights: Array, decay: float) -> Array:
    mean: Array = weights[0]
    for row in weights[1:]:
        mean = decay * mean + (1 - decay) * row
    return mean


CASES = {
    "final": "plan the fall",
    "open end": "fall late",
    "cut short": "down at once",
    "sharp start": "warm up",
    "few samples": "move all layers",
}
"""The five cases of the last exercise, and what to do in each."""

WHY = {
    "final": "its length is known and will not change: what does that allow from the beginning?",
    "open end": "nobody knows yet when it ends: what must not have begun?",
    "cut short": "it is on its way and must end soon: what brings the loss down in few steps?",
    "sharp start": "the trouble is over after the first steps: what helps a sharp start?",
}


@self_check
def five_cases(answer: Any) -> str:
    """Check what to do in five cases.

    Parameters
    ----------
    answer : dict
        For each of the keys 'final', 'open end', 'cut short', 'sharp start' and 'few samples' one
        of 'plan the fall', 'fall late', 'down at once', 'warm up' and 'move all layers'.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> five_cases({case: "warm up" for case in CASES})
    ✗ Not yet: each of the five is needed once; you give 'warm up' several times.
    """
    if not isinstance(answer, dict) or set(answer) != set(CASES):
        raise HintError(f"it should be a dict with the keys {', '.join(map(repr, CASES))}.")
    given = list(answer.values())
    for word in given:
        if word not in CASES.values():
            raise HintError(f"{word!r} is none of {', '.join(map(repr, CASES.values()))}.")
    for word in CASES.values():
        if given.count(word) > 1:
            raise HintError(f"each of the five is needed once; you give {word!r} several times.")
    for case, why in WHY.items():  # with these four right, the fifth is
        if answer[case] != CASES[case]:
            raise HintError(f"{case}: {why}")
    return f"{RIGHT} Four questions decide: is the length known, will it stay, start, and task."
