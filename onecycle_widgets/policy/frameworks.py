"""A cycle as code for several frameworks: texts with gaps, in the folder ``codes``, filled in.

The front end fills the same texts (``policy.js``), so that both show the same code.
"""

import functools
import math
from collections.abc import Collection, Mapping
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from .. import checks
from . import code
from . import curve as arithmetic

if TYPE_CHECKING:
    from .one_cycle import OneCycle

# What can be asked for, and what people call it.
FRAMEWORKS = {
    "torch": "PyTorch",
    "lightning": "Lightning",
    "transformers": "Hugging Face Trainer",
    "accelerate": "Accelerate",
    "fastai": "fastai",
    "keras": "Keras",
    "optax": "optax",
}
SHARED = "cycle"  # the text that stands inside those of frameworks without torch's scheduler


@functools.cache
def texts() -> dict[str, str]:
    """Return the texts with gaps, by framework, and the one that several of them contain.

    A ``$name`` is a gap. A line that begins with words between ``?`` and ``|`` is there when all
    of them hold.

    Examples
    --------
    >>> texts()["torch"]
    '$call'
    """
    folder = files(__package__).joinpath("codes")
    read = {name: folder.joinpath(f"{name}.txt") for name in (*FRAMEWORKS, SHARED)}
    return {name: text.read_text(encoding="utf-8")[:-1] for name, text in read.items()}


def filled(text: str, holds: Collection[str], values: Mapping[str, str]) -> str:
    r"""Fill the gaps of a text; a value of several lines stands as far in as its gap.

    Parameters
    ----------
    text : str
        One of `texts`.
    holds : collection of str
        The words that hold.
    values : mapping of str to str
        What comes into each gap.

    Examples
    --------
    >>> print(filled("def f():\n?long|    $body\n?short|    pass", ["long"], {"body": "a\nb"}))
    def f():
        a
        b
    """
    lines = []
    for line in text.split("\n"):
        words, _, content = line[1:].partition("|") if line.startswith("?") else ("", "", line)
        if not set(words.split()) <= set(holds):
            continue
        deeper = "\n" + " " * (len(content) - len(content.lstrip()))
        inside = {name: value.replace("\n", deeper) for name, value in values.items()}
        lines.append(Template(content).substitute(inside))
    return "\n".join(lines)


def _knots(policy: "OneCycle") -> tuple[list[float], list[list[float]], list[list[float]]]:
    """Ends of the phases, in steps; rates and momenta there, a list for each group."""
    three = policy.three_phase
    ends = [0.0, *arithmetic.ends(policy.total_steps, policy.pct_start, three)]
    kept = slice(None) if ends[1] > 0 else slice(-2, None)  # the last phase only: no warm-up
    rates, momenta = [], []
    for group in range(policy.groups or 1):
        top, base, high = (
            policy.per_group(name)[group] for name in ("max_lr", "base_momentum", "max_momentum")
        )
        low = top / policy.div_factor
        final = low / policy.final_div_factor
        rates.append([low, top, low, final] if three else [low, top, final])
        momenta.append([high, base, high, high] if three else [high, base, high])
    return ends[kept], [row[kept] for row in rates], [row[kept] for row in momenta]


def _values(policy: "OneCycle") -> dict[str, str]:
    """What comes into the gaps."""
    steps = policy.total_steps
    ends, rates, momenta = _knots(policy)
    single = policy.groups is None
    plain = {name: list(v) if isinstance(v, tuple) else v for name, v in vars(policy).items()}
    # fastai divides the fall into one step more than there are, and stops a step before its end.
    fall = steps - policy.pct_start * steps + 1
    final = 1 / policy.div_factor / policy.final_div_factor
    behind = math.sin(math.pi / 2 / fall)
    arguments = {name: repr(value) for name, value in policy.arguments().items()}
    return {
        **{name: repr(value) for name, value in plain.items()},
        "call": code.torch_call("OneCycleLR", arguments),
        "policy": repr(policy),
        "last_step": str(steps - 1),
        "groups": str(policy.groups),
        "ends": repr(ends),
        "rates": repr(rates[0] if single else rates),
        "momenta": repr(momenta[0] if single else momenta),
        "lag": f"{100 * behind:.2g}",
        "last": f"{final + (1 - final) * behind**2:.3g}",
        "final": f"{final:.3g}",
    }


def _words(policy: "OneCycle") -> set[str]:
    """Which of the lines with a condition stand in the texts."""
    warm = policy.pct_start * policy.total_steps > 1
    alike = not any(isinstance(m, tuple) for m in (policy.base_momentum, policy.max_momentum))
    plain = policy.anneal_strategy == "cos" and not policy.three_phase
    fitting = plain and warm and alike and policy.cycle_momentum
    return {
        policy.anneal_strategy,
        "single" if policy.groups is None else "grouped",
        "cycled" if policy.cycle_momentum else "fixed",
        "fitting" if fitting else "own",
    }


def code_for(policy: "OneCycle", framework: str) -> str:
    """Return a policy as code for a framework; `OneCycle.code` tells what it needs and binds.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> code_for(OneCycle(0.1, 100), "optax").splitlines()[0]
    'import jax.numpy as jnp'
    """
    name = "torch" if framework == "pytorch" else framework
    if not isinstance(name, str) or name not in FRAMEWORKS:
        known = ", ".join(map(repr, FRAMEWORKS))
        raise ValueError(f"framework must be one of {known}; got {checks.shown(framework)}")
    words, values = _words(policy), _values(policy)
    return filled(texts()[name], words, {**values, SHARED: filled(texts()[SHARED], words, values)})
