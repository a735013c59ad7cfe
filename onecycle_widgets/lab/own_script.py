"""The script that repeats the training of a person's own model outside the lab.

Nothing can write down what somebody's model and data are: the script says what is missing.
"""

from typing import Any

from torch.nn import functional

from ..policy.one_cycle import OneCycle
from ..toys import Split


def script(task: Any, policy: OneCycle) -> str:
    """Return Python that prints the numbers of the lab's run once its gaps are filled.

    Parameters
    ----------
    task : OwnTask
        What was trained.
    policy : OneCycle
        The schedule.

    Examples
    --------
    >>> import torch
    >>> from onecycle_widgets.lab.own import OwnTask
    >>> x, y = torch.rand(100, 3), torch.arange(100) % 2
    >>> task = OwnTask.of(torch.nn.Linear(3, 2), (x, y))
    >>> for line in script(task, OneCycle(0.1, 300)).splitlines():
    ...     if "..." in line:
    ...         print(line)
    model = ...  # the untrained module, or the function that makes one: Linear, 8 weights
    data = ...  # to train on: 80 inputs (3,) of float32, targets of int64; held out: 20
    """
    own = task.own
    train, held_out = own.train, own.held_out
    given = {
        "model": task.model,
        "data": f"{_of(train)}; held out: {len(held_out.y):,}",
        "loss_fn": _loss(own.loss_fn, own.stacked),
        "policy": repr(policy),
        "optimizer": task.optimizer,
        "batch_size": task.batch_size,
        "weight_decay": task.weight_decay,
        "seeds": task.seeds,
        "points": task.points(policy),
    }
    head, tail = (TOGETHER, STACKED) if own.stacked else (ALONE, ONE_BY_ONE)
    return head + (GAPS + tail).format(**given)


def _of(split: Split) -> str:
    x, y = split
    kinds = [str(part.dtype).removeprefix("torch.") for part in split]
    shape = f" {tuple(y.shape[1:])}" if y.ndim > 1 else ""
    return f"{len(y):,} inputs {tuple(x.shape[1:])} of {kinds[0]}, targets{shape} of {kinds[1]}"


def _loss(function: Any, stacked: bool) -> str:
    if function is None:
        # A stack computes cross-entropy its own way, unless somebody names a function.
        return "None  # cross-entropy" if stacked else "functional.cross_entropy"
    name = getattr(function, "__name__", None)
    if name and getattr(functional, name, None) is function:
        return f"functional.{name}"
    return f"...  # {name or ' '.join(repr(function).split())}"


GAPS = """
# Yours, as the lab got it; fill it in.
model = ...  # the untrained module, or the function that makes one: {model}
data = ...  # to train on: {data}
loss_fn = {loss_fn}

train_on, held_out = parts(data)
policy = {policy}
setting = Setting(
    policy,
    weight_decay={weight_decay!r},
    batch_size={batch_size!r},
    optimizer={optimizer!r},
)
"""

ALONE = """\
import torch
from torch.nn import functional

from onecycle_widgets import OneCycle, Setting, evaluate, train
from onecycle_widgets.lab.one_by_one import pieces
from onecycle_widgets.lab.own import fresh
from onecycle_widgets.lab.own_data import parts
"""

TOGETHER = """\
from torch.nn import functional

from onecycle_widgets import OneCycle, Setting, sweep
from onecycle_widgets.lab.own import fresh
from onecycle_widgets.lab.own_data import parts
"""

ONE_BY_ONE = """\
for seed in range({seeds}):
    net = fresh(model, seed)
    optimizer = setting.make_optimizer([p for p in net.parameters() if p.requires_grad])
    batches, scheduler = train_on.batches({batch_size}, seed), policy.scheduler(optimizer)
    torch.manual_seed(seed)  # where dropout draws
    history = train(net, optimizer, loss_fn, batches, scheduler, progress=False)
    loss, accuracy = evaluate(net, pieces(held_out), loss_fn)
    print("seed", seed, "last loss", history.loss[-1].item())
    print("held-out loss", loss, "accuracy", accuracy)
"""

STACKED = """\
measure = {{"held out": held_out}}
found = sweep(
    lambda seed: fresh(model, seed), train_on, [setting], {seeds}, measure, {points}, loss_fn
)
for seed in range({seeds}):
    print("seed", seed, "last loss", found.train_loss[0, seed, -1].item())
    loss, accuracy = found.loss["held out"][0, seed, -1], found.final("held out")[0, seed]
    print("held-out loss", loss.item(), "accuracy", accuracy.item())
"""
