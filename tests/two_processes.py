"""What `test_ranks.py` runs in each of two processes: `python tests/two_processes.py RANK PORT`."""

import json
import sys
import warnings

import torch
from torch import distributed, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from onecycle_widgets import lr_range_test, toys


def main() -> None:
    # Imported here: it warns, and whoever only looks at this file need not hear that.
    from torch.distributed.optim import ZeroRedundancyOptimizer

    rank, port = int(sys.argv[1]), sys.argv[2]
    address = f"tcp://127.0.0.1:{port}"
    distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    torch.manual_seed(0)
    data = TensorDataset(*toys.digits().train)
    sampler = DistributedSampler(data, shuffle=True)
    loader = DataLoader(data, batch_size=16, sampler=sampler)
    found = {}
    for name, make in {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        "zero": lambda p: ZeroRedundancyOptimizer(p, torch.optim.SGD, lr=0.1, momentum=0.9),
    }.items():
        model = DistributedDataParallel(toys.mlp(seed=0))
        optimizer = make(model.parameters())
        train(model, optimizer, loader, 3)
        before = momenta(optimizer)
        result = lr_range_test(model, optimizer, cross_entropy, loader, 1e-4, progress=False)
        found[name] = {
            "steps": len(result.lr),
            "recommended": result.recommended.lr,
            "loss": result.loss.tolist(),
            "stopped": result.stopped,
            "as before": momenta(optimizer) == before,
            "after": train(model, optimizer, loader, 3),
        }
    # One process has fewer batches, and they cannot start again: none may wait for the other.
    short = iter(list(loader)[: 5 + 3 * rank])
    result = lr_range_test(model, optimizer, cross_entropy, short, 1e-4, progress=False)
    found["short"] = [len(result.lr), result.stopped]
    print(json.dumps(found))
    # What uses the group goes before it, and neither process leaves while the other is at work:
    # once in some hundred runs one of them was aborted on its way out.
    del model, optimizer
    distributed.barrier()
    distributed.destroy_process_group()


def momenta(optimizer: torch.optim.Optimizer) -> list:
    own = getattr(optimizer, "optim", optimizer)
    return [state["momentum_buffer"].tolist() for state in own.state.values()]


def train(model: nn.Module, optimizer: torch.optim.Optimizer, loader, steps: int) -> list:
    losses = []
    for (x, y), _ in zip(loader, range(steps), strict=False):
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
