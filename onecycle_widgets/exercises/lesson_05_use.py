"""Self-checks of lesson 05: resume a training, and know torch's ways."""

import copy
import warnings
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from .. import toys
from .words import NOT_YET, RIGHT, HintError, asked


def resume_exactly(answer: Any) -> str:
    """Check: ``resume(saved, model)`` makes optimizer and scheduler that go on as if never stopped.

    Parameters
    ----------
    answer : callable
        Given the saved states and a fresh model, it loads the model's state and returns an
        optimizer (SGD) and a scheduler, torch's ``OneCycleLR``.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.
    """
    data = toys.digits(dtype=torch.float64).train
    batches = [(data.x[i : i + 64], data.y[i : i + 64]) for i in range(0, 640, 64)] * 2
    model = toys.mlp(hidden=(16,), dtype=torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=20)
    _go_on(model, optimizer, scheduler, batches[:9])
    parts: dict[str, Any] = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    saved = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    wanted = _go_on(model, optimizer, scheduler, batches[9:])
    fresh = toys.mlp(hidden=(16,), seed=1, dtype=torch.float64)
    try:
        resume = asked(answer, "a function, resume(saved, model)")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = resume(copy.deepcopy(saved), fresh)
        if not isinstance(made, (tuple, list)) or len(made) != 2:
            raise HintError("return two things: the optimizer, then the scheduler.")
        new, schedule = made
        if not isinstance(new, torch.optim.Optimizer) or not hasattr(schedule, "get_last_lr"):
            raise HintError("return two things: the optimizer, then the scheduler.")
        _look(saved, fresh, new, schedule)
        found = asked(_go_on, "a loop")(fresh, new, schedule, batches[9:])
    except HintError as wrong:
        return str(wrong)
    if found != wanted:
        step = int(np.not_equal(found, wanted).argmax())
        return f"{NOT_YET} the losses part {step} steps after resuming. What was not restored?"
    return f"{RIGHT} Eleven more steps, each loss equal to the last bit."


def _go_on(model: Any, optimizer: Any, scheduler: Any, batches: Any) -> list[float]:
    losses = []
    for x, y in batches:
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def _look(saved: dict[str, Any], model: Any, optimizer: Any, scheduler: Any) -> None:
    """Raise a hint where a resumed training is not as it was saved."""
    if any(not torch.equal(v, saved["model"][k]) for k, v in model.state_dict().items()):
        raise HintError("the model has not the saved weights.")
    steered = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if steered != {id(p) for p in model.parameters()}:
        raise HintError("the optimizer does not steer this model's parameters.")
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise HintError("the scheduler moves another optimizer.")
    if scheduler.last_epoch != saved["scheduler"]["last_epoch"]:
        raise HintError(f"the scheduler stands at step {scheduler.last_epoch}; it was saved at "
                    f"{saved['scheduler']['last_epoch']}.")  # fmt: skip
    if not any("momentum_buffer" in state for state in optimizer.state.values()):
        raise HintError(
            "the optimizer's momentum buffers are not there: the first step would jump."
        )
    group, old = optimizer.param_groups[0], saved["optimizer"]["param_groups"][0]
    if not np.isclose(group["lr"], old["lr"]):
        raise HintError(
            f"the next step would use the rate {group['lr']:.4g}, not {old['lr']:.4g}: who writes "
            "into the optimizer last?"
        )


QUIZ: dict[str, dict[str, Any]] = {
    "A": {"total_steps": 100, "pct_start": 0.01},
    "B": {"total_steps": 50, "pct_start": 0.25},
    "C": {"total_steps": 40, "pct_start": 0.25},
    "D": {"total_steps": 40, "pct_start": 0.6, "three_phase": True},
    "E": {"epochs": 3},
}
_WHOLE = "Is pct_start * total_steps a whole number?"
WORDS = {  # and what to look at where torch does this
    "error": "How wide is its first phase, or what is it not told?",
    "meets the peak": _WHOLE,
    "misses the peak": _WHOLE,
    "never comes down": "Where would its second phase end?",
}


def predict_torch(answer: Any) -> str:
    """Check predictions of what torch's class does with five settings, by running it.

    Parameters
    ----------
    answer : dict of str to str
        For 'A' to 'E' one of 'error', 'meets the peak', 'misses the peak', 'never comes down'.

    Returns
    -------
    str
        One line for each setting.
    """
    if not isinstance(answer, dict):
        return f"{NOT_YET} the answer should be a dict, not {type(answer).__name__}."
    lines = []
    for name, setting in QUIZ.items():
        said, is_so = answer.get(name), _happens(setting)
        if said == is_so:
            lines.append(f"✓ {name}: {is_so}.")
        elif said not in WORDS:
            lines.append(f"✗ {name}: say one of {', '.join(map(repr, WORDS))}.")
        else:
            lines.append(f"✗ {name}: torch disagrees. {WORDS[is_so]}")
    return "\n".join(lines)


def _happens(setting: dict[str, Any]) -> str:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    try:
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, **setting)
    except (ValueError, ZeroDivisionError):
        return "error"
    rates = scheduler.get_last_lr()
    for _ in range(scheduler.total_steps - 1):
        optimizer.step()
        scheduler.step()
        rates += scheduler.get_last_lr()
    if rates[-1] > 1e-3:
        return "never comes down"
    return "meets the peak" if max(rates) > 1 - 1e-9 else "misses the peak"
