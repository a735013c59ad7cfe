"""The experiments of the second round: every schedule chooses its rate, its decay and its shape.

A shape is one parameter with three values, the same number for everybody: where one cycle peaks,
where the step schedule falls (the Super-Convergence paper's 5/8 and 7/8 and a late pair among
them), how long others warm up, where the decay begins. Ranges of rates are wide enough that the
best lies inside, as a pilot with other seeds said; a weight decay of 0 is no end of a range, since
there is none below it. All in all about 46,000 trainings, most of them to choose.

What the data said of the ranges afterwards: on the residual net of eight blocks everybody chose
a shape at the end of the range (the latest peak and falls, the longest warm-up), on the normalised
net the step schedule did; and with AdamW one cycle chose its highest rate at every length. The
lesson on super-convergence says so where it matters.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

from .. import toys
from ..policy.ablated import Ablated
from ..policy.baselines import (
    PAPERS,
    Constant,
    Cosine,
    InverseSquareRoot,
    Linear,
    Make,
    Step,
    WarmupStableDecay,
)
from ..policy.one_cycle import OneCycle
from ..sweeps.setting import Setting
from ..toys.text import TEST
from ..toys.transformer import NORMS
from .first_round import FIRST_ROUND
from .plans import SIGNALS, Experiment, Families, Family, grid

Shapes = Sequence[Mapping[str, Any]]

_MILESTONES: Shapes = tuple({"milestones": m} for m in ((0.5, 0.75), PAPERS, (0.8, 0.95)))
_COOLDOWNS: Shapes = tuple({"decay_start": share} for share in (0.5, 0.7, 0.9))
_WARMUPS: Shapes = tuple({"warmup": share} for share in (0.0, 0.1, 0.3))

KINDS: dict[str, tuple[Make, Shapes]] = {
    "one cycle": (OneCycle, tuple({"pct_start": share} for share in (0.1, 0.3, 0.5))),
    "step": (Step, _MILESTONES),
    "cosine": (Cosine, _WARMUPS),
    "linear": (Linear, _WARMUPS),
    "warm-up, stable, decay": (
        WarmupStableDecay,
        _COOLDOWNS,
    ),
    "warm-up, stable, 1-sqrt": (
        partial(WarmupStableDecay, cooldown="1-sqrt"),
        _COOLDOWNS,
    ),
    "inverse square root": (
        InverseSquareRoot,
        tuple({"warmup": share} for share in (0.05, 0.1, 0.3)),
    ),
    "constant": (Constant, _WARMUPS),
    "step with warm-up": (
        partial(Step, milestones=PAPERS),
        tuple({"warmup": share} for share in (0.1, 0.2, 0.3)),
    ),
}
"""The schedules compared: what makes them, and the shapes that each may choose from."""

ALL = ("one cycle", "step", "cosine", "linear", "warm-up, stable, decay", "constant")
BOTH = ("one cycle", "step")

LENGTHS: dict[str, tuple[int, ...]] = {
    "mnist1d": (100, 200, 400, 800),
    "digits": (25, 50, 100, 200, 400),
    "residual": (50, 100, 200, 400),
}
LONGER = (800, 1600)  # for the step schedule alone on the residual net: the others need it not
STEPS = 400  # of the experiments that look at one length
BLOCKS = (2, 4, 8, 16)  # of the residual net
CONVOLUTIONS = (1, 2, 4)  # blocks of the normalised net
SAMPLES = (200, 400, 1600, 3200)  # the last: what is left when a fifth is held out
HIGH_RATES, HIGH_DECAYS = (0.1, 0.3, 1.0, 1.6, 2.5, 4.0), (0.0, 1e-4, 1e-3, 5e-3)
TOO_HIGH = 2.5  # a rate on MNIST-1D, for schedules that only fall


def ladder(lowest: float, rungs: int = 7) -> tuple[float, ...]:
    """Return rates from the lowest on, three to a decade.

    Examples
    --------
    >>> ladder(0.001, 4)
    (0.001, 0.0022, 0.0046, 0.01)
    """
    return tuple(float(f"{lowest * 10 ** (rung / 3):.2g}") for rung in range(rungs))


def families(
    kinds: Iterable[str],
    lengths: Iterable[int],
    rates: Sequence[float],
    decays: Sequence[float],
    **options: Any,
) -> Families:
    """Return a family for each kind and length: every rate, decay and shape.

    Examples
    --------
    >>> found = families(["one cycle", "step"], [50, 100], [0.1, 0.3], [0.0])
    >>> {name: len(family) for name, family in found.items()}
    {'one cycle, 50 steps': 6, 'step, 50 steps': 6, 'one cycle, 100 steps': 6, 'step, 100 steps': 6}
    """
    return Families(
        {
            f"{kind}, {steps} steps": partial(grid, make, steps, rates, decays, shapes, **options)
            for steps in lengths
            for kind, (make, shapes) in ((kind, KINDS[kind]) for kind in kinds)
        }
    )


_SIGNAL_GRID = ((0.03, 0.1, 0.3, 1.0), (0.0, 1e-3, 3e-3, 1e-2))
_DIGIT_GRID = ((0.01, 0.03, 0.1, 0.3, 1.0), (0.0, 1e-3, 3e-3, 1e-2))
_SIGNAL_KINDS = tuple(kind for kind in ALL if kind != "linear")  # straight lines: on the digits
# The lowest rate for each depth: what the net bears at its start falls by a decade or so from
# depth to depth. Decays in proportion, so that rate times decay has the same range.
_LOWEST = {2: 5e-3, 4: 2e-3, 8: 1.5e-4, 16: 1e-6}
_PRODUCTS = (0.0, 1.5e-4, 4.5e-4)  # decay times the middle rate


def _residual(
    kinds: Sequence[str],
    lowest: float,
    longer: Sequence[int] = LONGER,
    lengths: Sequence[int] = LENGTHS["residual"],
    blocks: int = 8,
    init: str = "he",
    **options: Any,
) -> Experiment:
    rates = ladder(lowest)
    decays = tuple(float(f"{product / rates[3]:.2g}") for product in _PRODUCTS)
    found = families(kinds, lengths, rates, decays, **options)
    found |= families(["step"], longer, rates, decays, **options)
    model = partial(toys.residual_mlp, blocks=blocks, init=init)
    return Experiment(found, "digits", model, finalists=6)


def _rivals() -> dict[str, Family]:
    """Everybody chooses a momentum as well: one cycle its two ends, the others their constant."""
    rates, decays = (0.1, 0.3, 1.0), (0.0, 1e-3, 3e-3)
    result: dict[str, Family] = {}
    for kind in ("one cycle", "step", "cosine", "warm-up, stable, decay"):
        make, shapes = KINDS[kind]
        if kind == "one cycle":
            ends = ((0.95, 0.85), (0.95, 0.8), (0.9, 0.8))
            both = [{"max_momentum": high, "base_momentum": low} for high, low in ends]
            tried = [{**shape, **momenta} for momenta in both for shape in shapes]
            result[kind] = grid(make, STEPS, rates, decays, tried)
        else:
            result[kind] = tuple(
                setting
                for momentum in (0.8, 0.9, 0.95)
                for setting in grid(make, STEPS, rates, decays, shapes, momentum=momentum)
            )
    return result


PARTS = ("warm-up", "smooth fall", "cycled momentum")  # what one cycle is made of


def parts(warmup: bool, smooth: bool, cycled: bool) -> str:
    """Return the name of a combination, such as 'warm-up + cycled momentum'.

    Examples
    --------
    >>> parts(True, False, True), parts(False, False, False)
    ('warm-up + cycled momentum', 'none')
    """
    named = zip(PARTS, (warmup, smooth, cycled), strict=True)
    return " + ".join(name for name, there in named if there) or "none"


COMBINATIONS = list(product((False, True), repeat=len(PARTS)))


def _ablation(steps: int, rates: Sequence[float], decay: float) -> dict[str, Family]:
    """All eight combinations of what one cycle is made of."""
    return {
        parts(*which): tuple(
            Setting(Ablated(rate, steps, *which), weight_decay=decay) for rate in rates
        )
        for which in COMBINATIONS
    }


_UNTUNED: dict[str, Make] = {
    "one cycle": OneCycle,
    "step": partial(Step, milestones=PAPERS),
    "cosine": Cosine,
    "warm-up, stable, decay": WarmupStableDecay,
}
_SHORT = (0.03, 0.1, 0.3), (0.0, 1e-3, 3e-3)
_THREE = {"three_phase": True}

SECOND_ROUND: dict[str, Experiment] = {
    "residual": _residual(
        ("one cycle", "step", "step with warm-up", "cosine", "warm-up, stable, decay", "constant"),
        _LOWEST[8],
    ),
    "residual_zero_last": _residual(BOTH, 3e-3, init="zero last", longer=()),
    "residual_adamw": _residual(BOTH, 3e-4, optimizer="adamw", longer=(800,)),
    **{
        f"residual_{blocks}": _residual(BOTH, _LOWEST[blocks], blocks=blocks)
        for blocks in BLOCKS
        if blocks != 8
    },
    "ablation_residual": Experiment(
        _ablation(200, ladder(_LOWEST[8]), 0.0),
        "digits",
        partial(toys.residual_mlp, blocks=8),
        tries=10,
    ),
    "ablation_mnist1d": Experiment(_ablation(STEPS, [TOO_HIGH], 1e-4), tries=20, reports=0),
    "digits": Experiment(
        families(ALL, LENGTHS["digits"], *_DIGIT_GRID), "digits", toys.mlp, finalists=6
    ),
    "digits_again": Experiment(
        families(ALL, LENGTHS["digits"], *_DIGIT_GRID), "digits", toys.mlp, finalists=6, draw=7
    ),
    "short_shapes": Experiment(
        {
            "two phases": grid(OneCycle, 60, *_SHORT),
            "three phases, pct_start 0.3": grid(OneCycle, 60, *_SHORT, [_THREE]),
            "three phases, pct_start 0.45": grid(
                OneCycle, 60, *_SHORT, [{**_THREE, "pct_start": 0.45}]
            ),
        },
        "digits",
        toys.mlp,
        tries=10,
    ),
    "mnist1d": Experiment(families(_SIGNAL_KINDS, LENGTHS["mnist1d"], *_SIGNAL_GRID), finalists=6),
    "high_rates": Experiment(
        {
            f"{kind}, decay {decay:g}": grid(make, STEPS, HIGH_RATES, [decay])
            for decay in HIGH_DECAYS
            for kind, make in _UNTUNED.items()
        },
        tries=5,
        reports=0,
    ),
    "mnist1d_again": Experiment(
        families(_SIGNAL_KINDS, LENGTHS["mnist1d"][:3], *_SIGNAL_GRID), finalists=6, draw=7
    ),
    **{
        f"scarce_{samples}": Experiment(
            families(BOTH, [STEPS], *_SIGNAL_GRID), samples=samples, finalists=6
        )
        for samples in SAMPLES[:-1]
    },
    **{
        f"convolutions_{blocks}": Experiment(
            families(BOTH, [STEPS], *_SIGNAL_GRID),
            model=partial(SIGNALS, blocks=blocks),
            finalists=6,
        )
        for blocks in CONVOLUTIONS
        if blocks != 2
    },
    "rivals": Experiment(_rivals(), finalists=6),
}

TEXT_KINDS = (
    "one cycle", "step", "cosine", "linear", "warm-up, stable, decay", "warm-up, stable, 1-sqrt",
    "inverse square root", "constant",
)  # fmt: skip
TEXT_LENGTHS, TEXT_RATES, TEXT_DECAY = (50, 100, 200), (0.0025, 0.005, 0.01, 0.02), 0.01
HIGHER = (*TEXT_RATES, 0.04)  # for what a warm-up is good for
WITHOUT, WITH = "without warm-up", "with warm-up"
TEXT_BATCH = 4  # windows
_ADAMW: dict[str, Any] = {"batch_size": TEXT_BATCH, "optimizer": "adamw"}


def _text(norm: str, found: Mapping[str, Family], **rounds: int) -> Experiment:
    """A small transformer on characters' names."""
    model = partial(toys.transformer, norm=norm)
    loss_fn, held = toys.next_character, TEST
    return Experiment(found, "character_names", model, loss_fn=loss_fn, held=held, **rounds)


def _text_family(norm: str) -> Experiment:
    found = families(TEXT_KINDS, TEXT_LENGTHS, TEXT_RATES, [TEXT_DECAY], **_ADAMW)
    return _text(norm, found, finalists=4)


def _text_warm_up(norm: str) -> Experiment:
    found = {
        f"{name}, {steps} steps": grid(
            Cosine, steps, HIGHER, [TEXT_DECAY], [{"warmup": share}], **_ADAMW
        )
        for steps in TEXT_LENGTHS
        for name, share in ((WITHOUT, 0.0), (WITH, 0.1))
    }
    return _text(norm, found, tries=10)


MOMENTUM_STEPS = 200


def _text_momentum(norm: str) -> Experiment:
    """Everybody chooses a momentum instead of a shape: schedule-free has one of its own kind."""

    def tried(make: Make, usual: float, **shape: Any) -> tuple[Setting, ...]:
        return tuple(
            setting
            for momentum in (usual, 0.8, 0.5)
            for setting in grid(
                make, MOMENTUM_STEPS, TEXT_RATES, [TEXT_DECAY], [shape], momentum=momentum, **_ADAMW
            )
        )

    constant = tried(partial(OneCycle, cycle_momentum=False), 0.9, pct_start=0.1)
    cycled = grid(
        OneCycle, MOMENTUM_STEPS, TEXT_RATES, [TEXT_DECAY], [{"pct_start": 0.1}], **_ADAMW
    )
    found = {
        "one cycle": cycled + constant[len(cycled) :],  # its own way for the usual one
        "linear": tried(Linear, 0.9),
    }
    return _text(norm, found, tries=10)


LATER = ("warm-up, stable, 1-sqrt", "inverse square root")  # than the studies that they join
JOINED = (100, 200, 400)  # steps

THIRD_ROUND: dict[str, Experiment] = {
    **{f"text_{norm}": _text_family(norm) for norm in NORMS},
    **{f"text_{norm}_warmup": _text_warm_up(norm) for norm in NORMS},
    **{f"text_{norm}_momentum": _text_momentum(norm) for norm in NORMS},
    "residual_more": _residual(("linear", *LATER), _LOWEST[8], longer=(), lengths=JOINED),
    "mnist1d_more": Experiment(families(("linear", *LATER), JOINED, *_SIGNAL_GRID), finalists=6),
    "digits_more": Experiment(
        families(LATER, JOINED, *_DIGIT_GRID), "digits", toys.mlp, finalists=6
    ),
}
"""For the lesson on which schedule when; by which rules it is judged: `family_rules`.

Whoever ends in `_more` joins the experiment of that name with schedules that it lacked, and chooses
from as many candidates, with the same seeds.
"""

EXPERIMENTS: dict[str, Experiment] = {**SECOND_ROUND, **FIRST_ROUND, **THIRD_ROUND}
