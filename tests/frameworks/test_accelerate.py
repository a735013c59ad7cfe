import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from cycles import CYCLES, KINDS, cycle, run, same, sgd, watched

PAIR = Path(__file__).with_name("accelerated_pair.py")


def trained(policy, together=1):
    """Rates and momenta used; so many batches are accumulated for a step."""
    model, optimizer = sgd(policy)
    steps = together * policy.total_steps
    loader = torch.utils.data.DataLoader(torch.randn(steps, 2))
    names = run(policy, "accelerate", torch=torch, model=model, optimizer=optimizer, loader=loader)
    accelerator, model = names["accelerator"], names["model"]
    accelerator.gradient_accumulation_steps = together
    with watched() as seen:
        for batch in names["loader"]:
            with accelerator.accumulate(model):
                names["step"](model(batch).square().mean())
    return seen


@pytest.mark.parametrize("policy", **KINDS)
def test_the_rates_are_the_curves(policy):
    same(policy, trained(policy))


def test_accumulated_batches_are_one_step():
    policy = cycle(total_steps=20)
    same(policy, trained(policy, together=3))


def of_two(kind):
    command = [sys.executable, PAIR, kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_two_processes_keep_the_cycle():
    same(CYCLES["defaults"], of_two("ours"))


def test_two_processes_would_halve_it():
    policy = CYCLES["defaults"]
    rates = [group[0] for (group,) in of_two("default")]
    assert rates[:20] == policy.curve().lr[::2].tolist()
