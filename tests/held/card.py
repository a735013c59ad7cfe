"""What holds the recap card."""

import inspect

import numpy as np
import torch
from torch.optim.lr_scheduler import OneCycleLR

from onecycle_widgets import OneCycle
from onecycle_widgets.range_test.suggest import LEAST, MOST

CYCLE = OneCycle(0.1, 1000)


def default(name):
    """PyTorch's own default of a parameter."""
    return inspect.signature(OneCycleLR).parameters[name].default


def mean_rate(**options):
    """The mean rate as a share of the peak."""
    return OneCycle(1.0, 1000, **options).curve().lr.mean()


def beyond_the_end():
    """PyTorch's last rate, and the one of a step too many."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    rates = []
    for _ in range(10):
        optimizer.step()
        scheduler.step()
        rates += scheduler.get_last_lr()
    return rates[-2:]


FILLED = [
    "pct_start = {default('pct_start')} share of the steps that climb",
    "anneal_strategy = '{default('anneal_strategy')}' or",
    "final_div_factor = {default('final_div_factor'):.0f} last rate",
    "div_factor = {default('div_factor'):.0f} first rate",
    "base_momentum = {default('base_momentum')} momentum at the peak",
    "max_momentum = {default('max_momentum')} momentum at both ends",
    "three_phase = {default('three_phase')} up, down, and then far below",
]
TRUE = {
    "climbs to a large peak and falls far below where it began": (
        "(lambda lr: lr[-1] < lr[0] / 1000 and lr[0] < lr.max() / 10)(CYCLE.curve().lr)"
    ),
    "climbs in the first three tenths of the steps and falls in the rest;"
    " the momentum mirrors it": (
        "CYCLE.curve().lr.argmax() == CYCLE.curve().momentum.argmin() == 1000 * 3 / 10 - 1"
    ),
    "the rate never leaves the start of the warm-up": (
        r"says('policy', r'It never leaves the beginning of the warm-up')"
    ),
    "with `three_phase` take 0.45": (
        r"says('momentum_and_regularization', r'So set `pct_start` to about 0\.45')"
    ),
    "or 'linear': the same mean rate": (
        "np.isclose(mean_rate(anneal_strategy='linear'), mean_rate(), rtol=0.01)"
    ),
    "peak at step `pct_start * total_steps - 1`, counted from 0;"
    " whole number, or no step meets it": (
        "CYCLE.curve().lr.argmax() == 0.3 * 1000 - 1 and OneCycle(1.0, 1001).curve().lr.max() < 1"
    ),
    "at most ½ and at least ⅕ of the edge": "(LEAST, MOST) == (1 / 5, 1 / 2)",
    "mean rate: about half the peak; a third with three phases at `pct_start` 0.3": (
        "abs(mean_rate() - 1 / 2) < 0.01 and abs(mean_rate(three_phase=True) - 1 / 3) < 0.02"
        " and default('pct_start') == 0.3"
    ),
    "after its end PyTorch's goes back up": (
        "(lambda last, beyond: beyond > 1000 * last)(*beyond_the_end())"
    ),
    "A loss that is highest where the rate is: the peak is too large": (
        r"says('lab', r'A loss that is highest where the rate is tells you that the peak is too')"
    ),
}
GIVEN = {
    "a name": ["The most common mistake"],
    "model, optimizer and scheduler": ["load all three states"],
}
