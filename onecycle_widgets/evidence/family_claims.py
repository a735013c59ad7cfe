"""What the lesson on which schedule claims, computed from stored data; its rules: `family_rules`.

Each function takes the folder of stored data and returns one `Claim`.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from . import averaged, budgets, changed, estimates, finetuned, schedule_free
from .changed import GOES_ON, KNOWN_DOUBLED, KNOWN_HALVED, PLANNED, STOPPED, STRAIGHT
from .claims import Claim, Folder
from .estimates import Array
from .experiments import load
from .family_rules import AHEAD, BARS, LEVEL
from .rules import Part
from .studies import EXPERIMENTS, MOMENTUM_STEPS, TEXT_LENGTHS, WITH, WITHOUT

OURS, FREE = "one cycle", "schedule-free"
NETS = {
    "residual": "the residual net without normalisation, SGD",
    "mnist1d": "the normalised ConvNet, SGD",
    "digits": "the plain net, SGD",
    "text_pre": "the transformer that normalises before its parts, AdamW",
    "text_post": "the transformer that normalises after its parts, AdamW",
}
"""Experiments, and what a reader calls them."""

BRIEF = {"warm-up, stable, decay": "stable-decay"}
SHORT = {
    "residual": "residual net",
    "mnist1d": "ConvNet",
    "digits": "plain net",
    "text_pre": "text, pre",
    "text_post": "text, post",
}
LONG = 100  # steps: what is shorter counts on the text only
MOST = 400  # and what is longer only the lesson on super-convergence looks at


def unit(net: str) -> str:
    """Return what a net's scores are counted in.

    Examples
    --------
    >>> unit("mnist1d"), unit("text_pre")
    ('points', 'hundredths of a nat')
    """
    return "hundredths of a nat" if net.startswith("text") else "points"


def lengths(net: str, folder: Folder = "data") -> tuple[int, ...]:
    """Return the lengths at which schedules are compared on a net.

    Examples
    --------
    >>> from pathlib import Path
    >>> lengths("mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    (100, 200, 400)
    """
    every = budgets.lengths(load(net, folder), OURS)
    return tuple(n for n in every if net.startswith("text") or LONG <= n <= MOST)


def lead(net: str, kind: str, steps: int, folder: Folder = "data") -> Array | None:
    """Return how far a schedule is ahead of one cycle, draw by draw; None where it is not known.

    Returns
    -------
    ndarray, shape (1 + DRAWS,), or None
        In the net's `unit`; below zero where one cycle is better.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> round(float(lead("mnist1d", "constant", 200, folder)[0]), 1)
    -10.5
    """
    ours = estimates.accuracy(load(net, folder), f"{OURS}, {steps} steps")
    if kind == FREE:
        norm = net.removeprefix("text_")
        return schedule_free.load(folder).accuracy(norm, steps) - ours if norm != net else None
    family = f"{kind}, {steps} steps"
    for name in (net, f"{net}_more"):  # some schedules joined a study later
        if name in EXPERIMENTS and family in EXPERIMENTS[name].families:
            return estimates.accuracy(load(name, folder), family) - ours
    return None


def _parts(net: str, kinds: Iterable[str], sign: int, bar: int, folder: Folder) -> tuple[Part, ...]:
    found = []
    for kind in kinds:
        for steps in lengths(net, folder):
            draws = lead(net, kind, steps, folder)
            if draws is not None:
                found.append(Part(f"{kind}, {steps} steps", sign * draws, BARS[unit(net)][bar]))
    return tuple(found)


def level(net: str, folder: Folder = "data") -> Claim:
    """What ends near zero is as good as one cycle, on one net.

    Examples
    --------
    >>> from pathlib import Path
    >>> found = level("mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> found.parts[0].name
    'step, 100 steps'
    """
    text = f"Whatever ends near zero is as good as one cycle: {NETS[net]}"
    return Claim(text, "", _parts(net, LEVEL, 1, 1, folder), unit(net))


def ahead(net: str, folder: Folder = "data") -> Claim:
    """One cycle is ahead of what does not end near zero, on one net.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> ahead("mnist1d", folder).verdict
    'seen'
    """
    text = f"One cycle is ahead of what ends high: {NETS[net]}"
    return Claim(text, "", _parts(net, AHEAD, -1, 0, folder), unit(net))


def warm_up(norm: str, folder: Folder = "data") -> Claim:
    """With AdamW cosine is better with a warm-up than without, on one of the transformers.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> warm_up("post", folder).verdict
    'ruled out'
    """
    evidence = load(f"text_{norm}_warmup", folder)
    parts = []
    for steps in TEXT_LENGTHS:
        gained = estimates.ahead(evidence, f"{WITH}, {steps} steps", f"{WITHOUT}, {steps} steps")
        parts.append(Part(f"{steps} steps", gained, BARS[unit("text")][0]))
    place = {"pre": "before", "post": "after"}[norm]
    text = f"With AdamW a warm-up helps the transformer that normalises {place} its parts"
    return Claim(text, "", tuple(parts), unit("text"))


def schedule_is_free(norm: str, folder: Folder = "data") -> Claim:
    """An optimizer without a schedule is as good as one cycle, on one of the transformers.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> [part.name for part in schedule_is_free("pre", folder).parts]
    ['schedule-free, 50 steps', 'schedule-free, 100 steps', 'schedule-free, 200 steps']
    """
    net = f"text_{norm}"
    text = f"Schedule-free AdamW is as good as one cycle: {SHORT[net]}"
    return Claim(text, "", _parts(net, (FREE,), 1, 1, folder), unit(net))


def momentum_chosen(norm: str, folder: Folder = "data") -> Claim:
    """With a momentum of their own choice, schedules are as good as schedule-free AdamW.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> [part.name for part in momentum_chosen("pre", folder).parts]
    ['one cycle', 'linear']
    """
    evidence = load(f"text_{norm}_momentum", folder)
    free = schedule_free.load(folder, schedule_free.MOMENTA).accuracy(norm, MOMENTUM_STEPS)
    parts = tuple(
        Part(kind, estimates.accuracy(evidence, kind) - free, BARS[unit("text")][1])
        for kind in evidence.experiment.families
    )
    text = "With the momentum chosen, schedules are as good as schedule-free"
    return Claim(f"{text}: {SHORT[f'text_{norm}']}", "", parts, unit("text"))


def _changes(
    text: str,
    ways: tuple[str, str],
    kinds: Sequence[str],
    sign: int,
    bar: int,
    nets: Sequence[str],
    folder: Folder,
) -> Claim:
    """A claim on what a way loses to another, or that it loses nothing."""
    (way, other), parts = ways, []
    for net in nets:
        found = changed.load_changed(net, folder)
        for kind in kinds:
            cost = estimates.sampled(found.of(kind, other)) - estimates.sampled(found.of(kind, way))
            name = f"{BRIEF.get(kind, kind)}: {SHORT[net]}"
            parts.append(Part(name, sign * cost, BARS[unit(net)][bar]))
    return Claim(text, "", tuple(parts), unit(nets[0]))


STABLE = ("warm-up, stable, decay", "constant")
PLANNING = (OURS, "cosine")
SGD, TEXT = ("residual", "mnist1d"), ("text_pre",)  # whose budget changes; their units differ


def goes_on(folder: Folder = "data", nets: Sequence[str] = SGD) -> Claim:
    """Doubled at 80 %: a rate that was still high goes on, as if it had been known.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> goes_on(folder).surely[:2]
    ['constant: residual net', 'constant: ConvNet']
    """
    text = "Doubled: what had not begun to fall goes on as if it had been known"
    return _changes(text, (GOES_ON, KNOWN_DOUBLED), STABLE, -1, 1, nets, folder)


def jumps(folder: Folder = "data", nets: Sequence[str] = SGD) -> Claim:
    """Doubled at 80 %: one cycle and cosine jump to the new plan.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> jumps(folder).verdict
    'undecided'
    """
    text = "Doubled: to jump to the new plan's rate is as good as if it had been known"
    return _changes(text, (GOES_ON, KNOWN_DOUBLED), PLANNING, -1, 1, nets, folder)


def ends_as_planned(folder: Folder = "data", nets: Sequence[str] = SGD) -> Claim:
    """Doubled at 80 %: to end as planned costs something.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> len(ends_as_planned(folder).surely)
    7
    """
    text = "Doubled: to end as planned, and leave the rest, costs something"
    return _changes(text, (PLANNED, KNOWN_DOUBLED), changed.KINDS, 1, 0, nets, folder)


def stops(folder: Folder = "data", nets: Sequence[str] = SGD) -> Claim:
    """Halved at 80 %: to stop in the middle of the fall costs something.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> stops(folder).verdict
    'opposite'
    """
    text = "Halved: to stop where the end now is costs something"
    return _changes(text, (STOPPED, KNOWN_HALVED), PLANNING, 1, 0, nets, folder)


def straight_down(folder: Folder = "data", nets: Sequence[str] = SGD) -> Claim:
    """Halved at 80 %: from there in a straight line to zero.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> straight_down(folder).verdict
    'undecided'
    """
    text = "Halved: a straight line to zero is as good as if it had been known"
    return _changes(text, (STRAIGHT, KNOWN_HALVED), changed.KINDS, -1, 1, nets, folder)


def best_look(folder: Folder = "data") -> Claim:
    """The best of the looks on the way is better than the last.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> best_look(folder).surely
    ['constant: ConvNet']
    """
    parts = []
    for net in averaged.NETS:
        found = averaged.load_watched(net, folder)
        for kind in changed.KINDS:
            gained = found.best(kind) - found.reported(kind)[:, -1]
            parts.append(_point(f"{BRIEF.get(kind, kind)}: {SHORT[net]}", gained))
    return Claim("The best checkpoint of twenty is better than the last", "", tuple(parts))


def half_way(folder: Folder = "data") -> Claim:
    """Half-way a cycle is behind a constant rate.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> half_way(folder).verdict
    'undecided'
    """
    parts = []
    for net in averaged.NETS:
        found = averaged.load_watched(net, folder)
        middle = averaged.LOOKS // 2 - 1
        behind = found.reported("constant")[:, middle] - found.reported(OURS)[:, middle]
        parts.append(_point(SHORT[net], behind))
    return Claim("Half-way, one cycle is behind the constant rate", "", tuple(parts))


def averages(folder: Folder = "data") -> list[Claim]:
    """What a running average of the weights is good for: three claims.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> [claim.verdict for claim in averages(folder)]
    ['undecided', 'undecided', 'ruled out']
    """
    texts = (
        "A constant rate with averaged weights is as good as one cycle",
        "Along a constant rate the average is better than the last weights",
        "At the end of one cycle the average is better than the last weights",
    )
    parts: list[list[Part]] = [[], [], []]
    for net in averaged.NETS:
        found = averaged.load_watched(net, folder)
        mean, last, end = (
            found.averaged("constant")[:, -1],
            found.reported("constant")[:, -1],
            found.reported(OURS)[:, -1],
        )
        parts[0].append(_point(SHORT[net], mean - end, bar=1))
        parts[1].append(_point(SHORT[net], mean - last))
        parts[2].append(_point(SHORT[net], found.averaged(OURS)[:, -1] - end))
    return [Claim(text, "", tuple(each)) for text, each in zip(texts, parts, strict=True)]


def _point(name: str, gained: Array, bar: int = 0) -> Part:
    return Part(name, estimates.sampled(gained), BARS["points"][bar])


def fine_tuning(folder: Folder = "data") -> list[Claim]:
    """Six claims on fine-tuning, each of one part.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = Path(__file__).parents[2] / "notebooks" / "data"
    >>> [claim.verdict for claim in fine_tuning(folder)][:3]
    ['seen', 'seen', 'undecided']
    """
    found = finetuned.load(folder)
    one = found.accuracy(finetuned.ONE)
    pairs = {
        "The old weights are better than new ones": one - found.accuracy(finetuned.SCRATCH),
        "The whole net is better than the new head alone": one - found.accuracy(finetuned.HEAD),
        "Discriminative rates are better than one rate": found.accuracy(finetuned.SPREAD) - one,
        "First the head is better than everything at once": found.accuracy(finetuned.FIRST) - one,
        "The peak that suits new weights is too large": (
            one - found.accuracy(finetuned.ONE, chosen_by=finetuned.SCRATCH)
        ),
        "With AdamW a warm-up is better than none": (
            found.accuracy(finetuned.WARM) - found.accuracy(finetuned.COLD)
        ),
    }
    return [
        Claim(text, "", (Part("ten signals of each class", np.asarray(draws), BARS["points"][0]),))
        for text, draws in pairs.items()
    ]
