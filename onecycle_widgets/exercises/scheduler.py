"""Self-checks on the scheduler: write the policy, resume a training, know torch's ways."""

import copy
import warnings
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from .. import toys
from ..policy.one_cycle import OneCycle
from .checking import RIGHT, HintError, asked, numbers, self_check


@self_check
def annealing(answer: Any) -> str:
    """Check: ``anneal(start, end, share, strategy)``, the way from one value to another.

    Parameters
    ----------
    answer : callable
        The student's function; `share` goes from 0 to 1; `strategy` is 'cos' or 'linear'.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> annealing(lambda start, end, share, strategy: start + (end - start) * share)
    ✗ Not yet: 'cos' is straight; it should leave and arrive flat.
    """
    anneal = asked(answer, "a function, anneal(start, end, share, strategy)")
    for strategy in ("linear", "cos"):
        for start, end in ((0.0, 1.0), (0.5, 0.1), (0.85, 0.95)):
            found = [anneal(start, end, share, strategy) for share in (0.0, 1.0, 0.5, 0.25)]
            at_start, at_end, middle, quarter = numbers(found, 4, f"'{strategy}' values")
            if np.isclose(at_start, end) and np.isclose(at_end, start):
                raise HintError(f"'{strategy}' runs backwards: share 0 should give the start.")
            if not np.isclose(at_start, start) or not np.isclose(at_end, end):
                raise HintError(f"'{strategy}' from {start} to {end}: share 0 and 1 give "
                            f"{at_start:.3g} and {at_end:.3g}.")  # fmt: skip
            if not np.isclose(middle, (start + end) / 2):
                raise HintError(f"'{strategy}': half-way should be the mean of start and end.")
            bend = (quarter - start) / (end - start)
            if strategy == "linear" and not np.isclose(bend, 0.25):
                raise HintError("'linear' is not straight.")
            if strategy == "cos" and np.isclose(bend, 0.25):
                raise HintError("'cos' is straight; it should leave and arrive flat.")
            if strategy == "cos" and not np.isclose(bend, (1 - np.sqrt(0.5)) / 2):
                raise HintError("'cos' does not follow half a cosine wave, from 0 to pi.")
    return f"{RIGHT} Both ways begin at the start and arrive at the end."


@self_check
def phase_ends(answer: Any) -> str:
    """Check: ``ends(total_steps, pct_start, three_phase)``, where the phases end.

    Parameters
    ----------
    answer : callable
        The student's function; it returns two or three numbers, counted as steps from 0, not
        rounded.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> phase_ends(lambda total_steps, pct_start, three_phase: (0, total_steps))
    ✗ Not yet: steps count from 0: which number has the last one?
    """
    ends = asked(answer, "a function, ends(total_steps, pct_start, three_phase)")
    for n, p in ((10, 0.3), (100, 0.25), (7, 0.3), (33, 0.41)):
        two = numbers(ends(n, p, False), 2, "two-phase ends")
        if np.isclose(two[-1], n):
            raise HintError("steps count from 0: which number has the last one?")
        if not np.isclose(two[-1], n - 1):
            raise HintError(f"with {n} steps the last phase ends at {two[-1]:.4g}: not the last.")
        if np.isclose(two[0], p * n) or np.isclose(two[0], round(p * n)):
            raise HintError("the warm-up ends a step too late: it counts from 0, too.")
        if np.isclose(two[0], p * (n - 1)):
            raise HintError("torch takes the share of all steps first, and subtracts then.")
        if not np.isclose(two[0], p * n - 1):
            raise HintError(f"{n} steps, pct_start={p}: torch does not end the warm-up at "
                        f"{two[0]:.4g}. Is it rounded?")  # fmt: skip
        three = numbers(ends(n, p, True), 3, "three-phase ends")
        if not np.isclose(three[0], two[0]) or not np.isclose(three[2], two[1]):
            raise HintError("three phases: first and last end should be as with two.")
        if np.isclose(three[1], 2 * p * n - 1):
            raise HintError("three phases: the cool-down should be as long as the warm-up, "
                        "from 0 to its end.")  # fmt: skip
        if not np.isclose(three[1], 2 * p * n - 2):
            raise HintError("three phases: the cool-down should be as long as the warm-up.")
    return f"{RIGHT} Not rounded: the peak may fall between two steps."


@self_check
def my_one_cycle(answer: Any, settings: int = 200) -> str:
    """Check a 1cycle from scratch against torch's, over random settings.

    Parameters
    ----------
    answer : callable
        ``cycle(max_lr, total_steps, pct_start, anneal_strategy, base_momentum, max_momentum,
        div_factor, final_div_factor, three_phase)``, called by name; returns the rates and the
        momenta of all steps.
    settings : int, default 200
        Number of random settings.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> my_one_cycle(lambda **settings: [0.1] * settings["total_steps"])
    ✗ Not yet: return two lists: the rates, then the momenta.
    """
    rng = np.random.default_rng(1)
    cycle = asked(answer, "a function that returns two lists, rates and momenta")
    for number in range(settings):
        chosen = _setting(rng, number)
        policy = OneCycle(**chosen)
        steps, wanted = policy.total_steps, _torch(chosen)
        both = cycle(**chosen)
        if not isinstance(both, (tuple, list)) or len(both) != 2:
            raise HintError("return two lists: the rates, then the momenta.")
        lr = np.array(numbers(both[0], steps, "the rates"))
        momentum = np.array(numbers(both[1], steps, "the momenta"))
        _compare(policy, lr, momentum, *wanted)
    return f"{RIGHT} As torch in {settings} random settings."


def _setting(rng: np.random.Generator, number: int) -> dict[str, Any]:
    """A random setting; the first ones are simple, so that hints are, too."""
    three = bool(rng.integers(2)) and number > 4
    return {
        "max_lr": float(10 ** rng.uniform(-3, 1)),
        "total_steps": 10 if number < 2 else int(rng.integers(8, 60)),
        "pct_start": 0.3 if number < 2 else float(rng.uniform(0.2, 0.45)),
        "anneal_strategy": "cos" if number % 2 else "linear",
        "base_momentum": float(rng.uniform(0.5, 0.85)),
        "max_momentum": float(rng.uniform(0.85, 0.99)),
        "div_factor": float(rng.uniform(2, 50)),
        "final_div_factor": float(10 ** rng.uniform(1, 4)),
        "three_phase": three,
    }


def _torch(chosen: dict[str, Any]) -> tuple[Any, Any]:
    """Rates and momenta, by stepping torch's class."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, **chosen)
    lr, momentum = [], []
    for step in range(chosen["total_steps"]):
        if step:
            optimizer.step()
            scheduler.step()
        lr.append(optimizer.param_groups[0]["lr"])
        momentum.append(optimizer.param_groups[0]["momentum"])
    return np.array(lr), np.array(momentum)


def _compare(policy: OneCycle, lr: Any, momentum: Any, wanted_lr: Any, wanted: Any) -> None:
    """Raise a hint where a student's curve leaves torch's."""
    how = f"{policy.anneal_strategy}, {3 if policy.three_phase else 2} phases"
    if not np.isclose(lr[0], wanted_lr[0], rtol=1e-9):
        raise HintError(f"{how}: the first rate should be {wanted_lr[0]:.4g}, not {lr[0]:.4g}.")
    if np.isclose(lr[-1], policy.per_group("max_lr")[0] / policy.final_div_factor):
        raise HintError(f"{how}: the last rate divides the peak. What should it divide?")
    if not np.isclose(lr[-1], wanted_lr[-1], rtol=1e-9, atol=1e-15):
        raise HintError(f"{how}: the last rate should be {wanted_lr[-1]:.4g}, not {lr[-1]:.4g}.")
    bad = ~np.isclose(lr, wanted_lr, rtol=1e-9, atol=1e-15)
    if bad.any():
        raise HintError(f"{how}: the rate leaves torch's {_where(policy, bad)}.")
    bad = ~np.isclose(momentum, wanted, rtol=1e-9)
    if bad.any():
        where = _where(policy, bad)
        raise HintError(f"{how}: the rates are right; the momentum leaves torch's {where}.")


def _where(policy: OneCycle, bad: Any) -> str:
    step = int(bad.argmax())
    phase = next(p.name for p in policy.phases if p.first <= step <= p.last)
    return f"at step {step} of {policy.total_steps}, in the {phase}"


@self_check
def resume_exactly(answer: Any) -> str:
    """Check: ``resume(saved, model)`` makes optimizer and scheduler that go on as if never stopped.

    Parameters
    ----------
    answer : callable
        The student's function; given the saved states and a fresh model, it loads the model's
        state and returns an optimizer (SGD) and a scheduler, torch's ``OneCycleLR``.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.

    Examples
    --------
    >>> resume_exactly(lambda saved, model: model)
    ✗ Not yet: return two things: the optimizer, then the scheduler.
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
    if found != wanted:
        step = int(np.not_equal(found, wanted).argmax())
        after = f"{step} step{'' if step == 1 else 's'} after resuming"
        raise HintError(f"the losses differ, the first time {after}. What was not restored?")
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


@self_check
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

    Examples
    --------
    >>> print(predict_torch({"A": "no idea"}).splitlines()[0])
    ✗ A: say one of 'error', 'meets the peak', 'misses the peak', 'never comes down'.
    """
    if not isinstance(answer, dict):
        raise HintError(f"the answer should be a dict, not {type(answer).__name__}.")
    lines = []
    for name, setting in QUIZ.items():
        said, is_so = answer.get(name), _happens(setting)
        if said == is_so:
            lines.append(f"✓ {name}: right.")  # its words would answer the stored exercise
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
