import re

import numpy as np
import pytest
import torch
from cycles import CYCLES, EPOCHS, cycle, net, run, same
from fastai.basics import Callback, DataLoader, DataLoaders, Learner, params
from fastai.callback import progress, schedule  # noqa: F401  a learner gets its methods from them


class Watch(Callback):
    """What the optimizer has when it steps: rate and momentum of each group."""

    def before_fit(self):
        self.seen = []

    def before_step(self):
        self.seen.append([(float(group["lr"]), float(group["mom"])) for group in self.opt.hypers])


def learner(policy):
    model, _ = net(policy)
    rows = [(torch.randn(2), torch.zeros(2)) for _ in range(policy.total_steps // EPOCHS)]
    loaders = DataLoaders(DataLoader(rows, bs=1), DataLoader(rows[:1], bs=1))
    watch = Watch()
    split = lambda model: [params(layer) for layer in model]  # noqa: E731
    made = Learner(loaders, model, torch.nn.MSELoss(), splitter=split, cbs=watch)
    return made, watch


def trained(policy):
    learn, watch = learner(policy)
    with learn.no_bar(), learn.no_logging():
        run(policy, "fastai", learn=learn)
    return watch.seen


FITTING = {name: one for name, one in CYCLES.items() if "fit_one_cycle(" in one.code("fastai")}
OWN = {name: one for name, one in CYCLES.items() if name not in FITTING}


def test_both_ways_are_tried():
    assert {"defaults", "factors", "two groups", "epochs"} <= set(FITTING)
    assert {"linear", "three phases", "fixed momentum", "momenta of two groups"} <= set(OWN)
    assert len(FITTING) + len(OWN) == len(CYCLES)


@pytest.mark.parametrize("policy", OWN.values(), ids=OWN.keys())
def test_values_that_are_given_are_the_curves(policy):
    same(policy, trained(policy), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("policy", FITTING.values(), ids=FITTING.keys())
def test_fit_one_cycle_is_as_far_from_the_curve_as_the_text_says(policy):
    """fastai computes in single precision where in the cycle it is."""
    said = re.search(
        r"(\S+) % of their way: .* (\S+) of lr_max .* (\S+)\.\n", policy.code("fastai")
    )
    lag, last, final = map(float, said.groups())
    top = np.array(policy.per_group("max_lr"))[:, None]
    lr, momentum = np.moveaxis(np.array(trained(policy)), 2, 0)
    curve = policy.curve()
    away = (lr.T - np.atleast_2d(curve.lr)) / top
    peak = policy.phases[0].last + 1
    assert np.abs(away[:, :peak]).max() < 1e-5  # up to the peak
    assert away[:, peak:].min() > -1e-5  # behind: the rate is still higher
    assert 0.5 * lag / 100 < (away / (1 - final)).max() < lag / 100
    assert lr[-1] / top[:, 0] == pytest.approx(last, rel=0.01, abs=1e-5)
    assert policy.at([policy.total_steps - 1]).lr / top == pytest.approx(final, rel=0.01)
    behind = np.abs(momentum.T - np.atleast_2d(curve.momentum))
    assert behind.max() < lag / 100 * (policy.max_momentum - policy.base_momentum)


def test_a_part_of_an_epoch_is_refused():
    policy = CYCLES["defaults"]
    learn, _ = learner(policy.replace(total_steps=44))
    with pytest.raises(ValueError, match="whole epochs: 40 steps"):
        run(policy, "fastai", learn=learn)


def test_the_last_rate_would_differ_by_the_first_factor():
    """fastai divides the peak by div_final, torch the first rate by final_div_factor."""
    policy = cycle(total_steps=400, div_factor=10, final_div_factor=10)
    learn, watch = learner(policy)
    text = policy.code("fastai")
    assert "div_final=10.0 * 10.0," in text
    with learn.no_bar(), learn.no_logging():
        exec(text.replace("div_final=10.0 * 10.0", "div_final=10.0"), {"learn": learn})
    assert watch.seen[-1][0][0] == pytest.approx(10 * policy.curve().lr[-1], rel=0.01)
