"""What holds the prose of the lesson inside the scheduler."""

import json

import numpy as np
import torch
from catalogue import entries
from lessons import LESSONS

from onecycle_widgets import OneCycle, OneCycleLR
from onecycle_widgets.exercises import logs


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)


def momenta_after_the_wrong_order():
    """The momentum that a resumed optimizer has, and the one that it should have."""
    torchs = torch.optim.lr_scheduler.OneCycleLR
    first = optimizer()
    scheduler = torchs(first, max_lr=1.0, total_steps=20)
    for _ in range(9):
        first.step()
        scheduler.step()
    second = optimizer()
    second.load_state_dict(first.state_dict())
    torchs(second, max_lr=1.0, total_steps=20).load_state_dict(scheduler.state_dict())
    return second.param_groups[0]["momentum"], first.param_groups[0]["momentum"]


def rates(letter):
    return np.array(logs.LOGS[letter][1]())


def policy_lines():
    """Lines of the lesson's own solutions, which make the whole policy."""
    cells = json.loads(LESSONS["scheduler"].path.read_text(encoding="utf-8"))["cells"]
    made = [c["source"] for c in cells if "solution" in c["metadata"].get("tags", [])][:3]
    # The head line and the call of the check are not part of it.
    return sum(len([line for line in source[1:-1] if line.strip()]) for source in made)


FILLED = [
    "One step with {second_way[0]:.2f}: making a scheduler",
    "the first momentum, {momenta_after_the_wrong_order()[0]:.2f} instead of",
    "0.95 instead of {momenta_after_the_wrong_order()[1]:.2f}. The next",
    "[{len(entries())} surprises](SURPRISES.md)",
    "At step {OneCycle(1.0, 50, pct_start=0.25).phases[0].end:g}: 0.25",
    "A real training: {len(batches)} steps in one go",
]
TRUE = {
    "in less than 40 lines": "policy_lines() < 40",
    "In the first half the cosine lies below the straight line, in the second half it lies above": (
        "(lambda d: (d[1:50] < 0).all() and (d[51:100] > 0).all() and abs(d.sum()) < 1e-9)"
        "(np.array([anneal(0.0, 1.0, s, 'cos') - s for s in np.linspace(0, 1, 101)]))"
    ),
    "They are equal at the start, half-way and at the end": (
        "max(abs(anneal(0.0, 1.0, s, 'cos') - s) for s in (0.0, 0.5, 1.0)) < 1e-12"
    ),
    "four batches, four rates, four calls": "shown.count('train with') == 4",
    "silently uses that higher rate": "rates('A')[-1] > 100 * rates('A')[-2]",
    "A run of 20 steps stops after 9": "len(before) == 9 and len(first_way) == 11",
    "with a crash after 25": "len(batches) == 60",
    "0.25 × 50 is 12.5, less one": "0.25 * 50 == 12.5",
    "Here are seven that ruin a training without a word": "len(logs.LOGS) == 7",
    "in eight trainings, `max_lr=1.0`, twenty steps": "len(logs.printed_logs().rows) == 8",
    "recognise the seven mistakes": "len(logs.LOGS) == 7",
    "Seven mistakes show nowhere else": "len(logs.LOGS) == 7",
    "the last nine of twenty steps have rates below the first one": (
        "(rates('C')[11:] < 0.04 - 1e-9).all() and (rates('C')[:11] >= 0.04 - 1e-9).all()"
    ),
    "the first four rates of the cycle, each for an epoch": "len(set(rates('D'))) == 4",
    "Of these seven, ours refuses F, repairs B": "refused()",
}


def refused():
    """Whether our class refuses the cycle of log F."""
    try:
        OneCycleLR(optimizer(), 1.0, total_steps=20, three_phase=True, pct_start=0.7)
    except ValueError:
        return True
    return False


GIVEN = {
    "what the table's head says": ["the columns count them from 0"],
    "a definition": [
        "A schedule of phases needs three things",
        "The policy is three things",
        "a list of two or three numbers",
        "also a momentum of 0; Adam's beta1",
        "The state is plain data, all of it",
        "Three of them say where we are",
        "half-way",
        "counted from 0",
    ],
    "advice, measured where it is linked": ["set `pct_start` to about 0.45"],
    "what the sentence before it counts": [
        "All that you can see of them",
        "Count the optimizer steps beforehand, all of them",
        "at the default, the last nine of twenty",
        "A real training: 60 steps in one go",
    ],
}
