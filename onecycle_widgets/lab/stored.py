"""What a page that trains carries along: the toys' samples, and the arithmetic as WebAssembly."""

import base64
from functools import cache
from typing import Any

import torch

from .. import toys
from ..frontend import bundle
from ..toys.data import digits_arrays

INKS = "0123456789abcdefg"
"""A letter for each of a pixel's 17 values."""


@cache
def stored() -> dict[str, Any]:
    """Return samples and arithmetic as plain data that JSON can hold.

    A toy's samples are those that its `holdout` gives, to the digit; its test data are left out.

    Returns
    -------
    dict
        By the names that the front end reads (samples.js, machine.js).

    Examples
    --------
    >>> digits = stored()["samples"]["digits"]
    >>> digits["train"], len(digits["labels"]), len(digits["inks"])
    (1150, 1437, 91968)
    """
    binary = bundle.FOLDER.joinpath("arithmetic.wasm").read_bytes()
    return {
        "arithmetic": base64.b64encode(binary).decode(),
        "samples": {"digits": _digits(), "spirals": _spirals()},
    }


def _digits() -> dict[str, Any]:
    """The digits' pixels as they were before they were standardised: a letter each."""
    toy = toys.digits(dtype=torch.float64)
    raw = digits_arrays(seed=0)[0][0]
    mean, scale = float(raw.mean()), float(raw.std())
    parts = toy.holdout()
    inks = "".join(
        INKS[pixel] for part in parts for pixel in (part.x * scale + mean).round().int().flatten()
    )
    return {**_shape(toy, parts), "inks": inks, "mean": mean, "scale": scale}


def _spirals() -> dict[str, Any]:
    toy = toys.spirals(dtype=torch.float64)
    parts = toy.holdout()
    numbers = b"".join(part.x.numpy().astype("<f8").tobytes() for part in parts)
    return {**_shape(toy, parts), "doubles": base64.b64encode(numbers).decode()}


def _shape(toy: toys.Toy, parts: tuple[toys.Split, toys.Split]) -> dict[str, Any]:
    train, _ = parts
    labels = "".join(str(int(label)) for part in parts for label in part.y)
    inputs = train.x.shape[1]
    return {"inputs": inputs, "classes": toy.classes, "train": len(train.y), "labels": labels}
