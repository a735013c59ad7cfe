"""Train in two processes, and print what the first one used: with our code, or the default's."""

import json
import sys

import torch
from accelerate import debug_launcher
from cycles import CYCLES, sgd, watched

OURS = "Accelerator(step_scheduler_with_optimizer=False)"


def train(text, file):
    policy = CYCLES["defaults"]
    model, optimizer = sgd(policy)
    loader = torch.utils.data.DataLoader(torch.randn(2 * policy.total_steps, 2))
    names = {"torch": torch, "model": model, "optimizer": optimizer, "loader": loader}
    exec(text, names)
    with watched() as seen:
        for batch in names["loader"]:
            names["step"](names["model"](batch).square().mean())
    assert names["accelerator"].num_processes == 2
    if names["accelerator"].is_main_process:
        with open(file, "w") as out:
            json.dump(seen, out)


if __name__ == "__main__":
    text = CYCLES["defaults"].code("accelerate")
    assert OURS in text
    if sys.argv[1] == "default":
        text = text.replace(OURS, "Accelerator()")
    debug_launcher(train, (text, "seen.json"), num_processes=2)
    with open("seen.json") as seen:
        print(seen.read())
