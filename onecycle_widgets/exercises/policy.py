"""Self-checks on the policy's parameters, and on stepping once a batch."""

import warnings
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from .. import toys
from ..policy.one_cycle import OneCycle
from ..policy.scheduler import OneCycleLR
from .checking import RIGHT, HintError, asked, one_cycle, one_group, self_check


@self_check
def peak_at_step(answer: Any) -> str:
    """Check: 250 steps, and the step of index 99 meets the peak of 0.4 exactly.

    Parameters
    ----------
    answer : OneCycle
        The student's policy.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> peak_at_step(OneCycle(0.4, 100))
    ✗ Not yet: the cycle should have 250 steps; yours has 100.
    """
    policy = one_cycle(answer)
    if policy.total_steps != 250:
        raise HintError(f"the cycle should have 250 steps; yours has {policy.total_steps}.")
    one_group(policy)
    curve = policy.curve()
    peak = float(curve.lr.max())
    if not np.isclose(policy.max_lr, 0.4):
        raise HintError("max_lr should be 0.4.")
    if curve.lr.argmax() != 99:
        side = "too early" if curve.lr.argmax() < 99 else "too late"
        raise HintError(f"your peak is at step {curve.lr.argmax()}, {side}. Steps count from 0.")
    if peak < 0.4 - 1e-12:
        raise HintError(f"the largest rate is {peak:.6f}: the peak falls between two steps.")
    return f"{RIGHT} The peak is met at step 99, the hundredth."


@self_check
def first_and_last(answer: Any) -> str:
    """Check: the first rate is 0.01, the peak 0.5, the last rate 0.00001.

    Parameters
    ----------
    answer : OneCycle
        The student's policy.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> first_and_last(OneCycle(0.5, 100))
    ✗ Not yet: the first rate is 0.02: too large. Which factor sets it?
    """
    policy = one_cycle(answer)
    one_group(policy)
    curve = policy.curve()
    first, peak, last = float(curve.lr[0]), float(curve.lr.max()), float(curve.lr[-1])
    if not np.isclose(policy.max_lr, 0.5):
        raise HintError("max_lr should be 0.5.")
    if not np.isclose(first, 0.01):
        side = "large" if first > 0.01 else "small"
        raise HintError(f"the first rate is {first:.3g}: too {side}. Which factor sets it?")
    if np.isclose(last * policy.div_factor, 1e-5):
        raise HintError(f"the last rate is {last:.3g}. From which rate does its factor divide?")
    if not np.isclose(last, 1e-5):
        side = "large" if last > 1e-5 else "small"
        raise HintError(f"first rate right, but the last is {last:.3g}: too {side}.")
    if peak < 0.5 - 1e-12:
        raise HintError(f"the rates fit, but no step meets the peak: {peak:.4f} is the largest.")
    return f"{RIGHT} From 0.01 up to 0.5 and down to 0.00001."


@self_check
def from_the_paper(answer: Any) -> str:
    """Check: the cycle of arXiv:1803.09820, from its description, in torch's parameters.

    Parameters
    ----------
    answer : OneCycle
        The student's policy: 2,000 steps; linear from 0.08 to 0.8 and back in 90 % of them,
        momentum from 0.95 to 0.85 and back; then down to 0.0008.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> from_the_paper(OneCycle(0.8, 2000))
    ✗ Not yet: down to the first rate, and then further down: how many phases?
    """
    policy = one_cycle(answer)
    if policy.total_steps != 2000:
        raise HintError(f"the cycle should have 2,000 steps; yours has {policy.total_steps}.")
    one_group(policy)
    if not policy.three_phase:
        raise HintError("down to the first rate, and then further down: how many phases?")
    wanted = OneCycle(
        0.8, 2000, pct_start=0.45, three_phase=True, anneal_strategy="linear", div_factor=10,
        final_div_factor=100,
    ).curve()  # fmt: skip
    found = policy.curve()
    if not np.isclose(found.lr.max(), 0.8):
        raise HintError(f"the largest rate should be 0.8, and is {found.lr.max():.4g}.")
    if not np.isclose(found.lr[0], 0.08):
        raise HintError(f"the first rate should be 0.08, and is {found.lr[0]:.4g}.")
    if not np.isclose(found.lr[-1], 0.0008):
        raise HintError(f"the last rate should be 0.0008, and is {found.lr[-1]:.4g}.")
    if found.lr.argmax() != wanted.lr.argmax():
        share = (policy.phases[1].last + 1) / 2000
        raise HintError(f"up and down take {share:.0%} of the steps; 90 % was asked for.")
    if not np.allclose(found.lr, wanted.lr):
        raise HintError("rates and phases fit, but not the way from one to the next: how straight?")
    assert wanted.momentum is not None
    if found.momentum is None or not np.allclose(found.momentum, wanted.momentum):
        raise HintError("the rate is right; the momentum is not.")
    return f"{RIGHT} Smith's 1cycle policy, in torch's parameters."


@self_check
def mend_the_loop(answer: Any) -> str:
    """Check a training loop: the scheduler is stepped once a batch, after the optimizer.

    Parameters
    ----------
    answer : callable
        ``answer(model, optimizer, scheduler, batches, epochs)``, the student's loop.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> mend_the_loop(lambda model, optimizer, scheduler, batches, epochs: scheduler.step())
    ✗ Not yet: the optimizer took 0 steps; there are 3 epochs of 10 batches.
    """
    data, epochs = toys.digits(dtype=torch.float64).train, 3
    batches = [(data.x[i : i + 128], data.y[i : i + 128]) for i in range(0, 1280, 128)]
    model = toys.mlp(hidden=(16,), dtype=torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = OneCycleLR(optimizer, max_lr=0.2, total_steps=epochs * len(batches))
    used: list[float] = []
    gradients: list[torch.Tensor] = []

    def note(*_: Any) -> None:
        used.append(optimizer.param_groups[0]["lr"])
        grad = next(model.parameters()).grad
        gradients.append(torch.zeros(1) if grad is None else grad.clone())

    optimizer.register_step_pre_hook(note)
    before = [parameter.clone() for parameter in model.parameters()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked(answer, "a function, loop(model, optimizer, scheduler, batches, epochs)")(
            model, optimizer, scheduler, batches, epochs
        )
    return _judged(used, gradients, before, model, batches, epochs)


def _judged(
    used: list[float],
    gradients: list[torch.Tensor],
    before: list[torch.Tensor],
    model: torch.nn.Module,
    batches: list[tuple[torch.Tensor, torch.Tensor]],
    epochs: int,
) -> str:
    wanted = OneCycle(0.2, epochs * len(batches)).curve().lr
    if len(used) != len(wanted):
        raise HintError(
            f"the optimizer took {len(used)} steps; there are {epochs} epochs of "
            f"{len(batches)} batches."
        )
    with torch.no_grad():
        for parameter, old in zip(model.parameters(), before, strict=True):
            parameter.copy_(old)
    if not np.isfinite([g.abs().sum() for g in gradients]).all() or not gradients[0].any():
        raise HintError("the gradients are missing: is the loss computed, and backward called?")
    if np.allclose(used, wanted[0]):
        raise HintError("the learning rate never moves: who steps the scheduler?")
    if np.allclose(used, np.repeat(wanted[:epochs], len(batches))):
        raise HintError("the rate stays the same for a whole epoch. Where does the step belong?")
    if np.allclose(used[:-1], wanted[1:]):
        raise HintError("the first rate of the cycle is never used: in which order do they step?")
    if not np.allclose(used, wanted):
        raise HintError("the rates are not those of the cycle, one for each batch in turn.")
    if not _fresh(gradients, model, batches):
        raise HintError("rates right, but gradients pile up: what clears them?")
    return f"{RIGHT} {len(used)} batches, {len(used)} rates: the whole cycle."


def _fresh(gradients: list[torch.Tensor], model: torch.nn.Module, batches: Any) -> bool:
    """Whether the second step used the gradient of its own batch only, as after clearing."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2 / 25, momentum=0.95)
    for x, y in batches[:2]:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        grad = next(model.parameters()).grad
        assert grad is not None
        second = grad.clone()
        optimizer.step()
    return torch.allclose(gradients[1], second, rtol=1e-6)
