"""A text that every Python carries: the names of Unicode's characters."""

import hashlib
import unicodedata
from functools import lru_cache

import numpy as np
import torch

from .. import checks
from .data import Split, Toy

RULED = ("CJK UNIFIED", "CJK COMPATIBILITY", "HANGUL SYLLABLE")  # made by a rule, by the thousand
DIGEST = "03ce3aea0397e841"  # of the names as one text, in the order of their code points
TEST = 160  # windows


def character_names(context: int = 32, seed: int = 0) -> Toy:
    """Return 12,886 names such as GREEK SMALL LETTER ALPHA, shuffled and cut into windows.

    The task is to say, at each place of a window, which character comes next: a language model
    in small. The text is that of Unicode 3.2, which every Python holds beside the newest one
    (`unicodedata.ucd_3_2_0`, for names of hosts) and which never changes; nothing is downloaded.

    Parameters
    ----------
    context : int, default 32
        Characters in a window.
    seed : int, default 0
        Seed of the order of the names.

    Returns
    -------
    Toy
        Inputs and targets of shape ``(samples, context)``, both int64; the target is the input
        moved on by one character. 39 classes: the capital letters, the digits, the space, the
        hyphen, and the end of a name.

    Raises
    ------
    RuntimeError
        When this Python has other names.

    Examples
    --------
    >>> toy = character_names()
    >>> toy.train.x.shape, toy.test.x.shape, toy.classes
    (torch.Size([10925, 32]), torch.Size([160, 32]), 39)
    >>> bool((toy.train.x[:, 1:] == toy.train.y[:, :-1]).all())
    True
    """
    context = checks.whole("context", context)
    order = np.random.default_rng(checks.whole("seed", seed, least=0)).permutation(len(_names()))
    text = "\n".join(_names()[at] for at in order)
    alphabet = sorted(set(text))
    place = {character: at for at, character in enumerate(alphabet)}
    numbers = torch.tensor([place[character] for character in text])
    count = (len(text) - 1) // context
    x, y = (numbers[at : at + count * context].view(count, context) for at in (0, 1))
    train, test = (Split(x[part], y[part]) for part in (slice(TEST, None), slice(TEST)))
    return Toy("character names", train, test, len(alphabet))


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    """All names that no rule makes, in the order of their code points."""
    known = (unicodedata.ucd_3_2_0.name(chr(point), "") for point in range(0x110000))
    names = tuple(name for name in known if name and not name.startswith(RULED))
    found = hashlib.sha256("\n".join(names).encode()).hexdigest()
    if not found.startswith(DIGEST):
        raise RuntimeError(f"unicodedata.ucd_3_2_0 has other names than expected: {found[:16]}")
    return names
