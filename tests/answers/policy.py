"""Answers to the exercises of the lesson on the policy, right and plausibly wrong."""

from torch.nn.functional import cross_entropy

from onecycle_widgets import OneCycle

PAPER = {
    "max_lr": 0.8, "total_steps": 2000, "pct_start": 0.45, "anneal_strategy": "linear",
    "div_factor": 10, "final_div_factor": 100, "three_phase": True,
}  # fmt: skip


def paper(**changes):
    return (OneCycle(**PAPER | changes),)


def loop(where, clear=True):
    """A training loop that steps the scheduler at a certain place."""

    def train(model, optimizer, scheduler, batches, epochs):
        for _ in range(epochs):
            for x, y in batches:
                loss = cross_entropy(model(x), y)
                if clear:
                    optimizer.zero_grad()
                loss.backward()
                if where == "first":
                    scheduler.step()
                optimizer.step()
                for _ in range({"batch": 1, "twice": 2}.get(where, 0)):
                    scheduler.step()
            if where == "epoch":
                scheduler.step()

    return (train,)


def no_backward(model, optimizer, scheduler, batches, epochs):
    for _ in range(epochs * len(batches)):
        optimizer.step()
        scheduler.step()


def one_epoch(model, optimizer, scheduler, batches, epochs):
    loop("batch")[0](model, optimizer, scheduler, batches, 1)


def cleared_late(model, optimizer, scheduler, batches, epochs):
    for step in range(epochs * len(batches)):
        x, y = batches[step % len(batches)]
        cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        if step < epochs * len(batches) - 1:
            scheduler.step()


def by_hand(model, optimizer, scheduler, batches, epochs):
    def train(*arguments):
        optimizer.param_groups[0]["lr"] = 0.1

    optimizer.register_step_post_hook(train)
    for x, y in batches * epochs:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()


RIGHT = {
    "peak_at_step": [
        (OneCycle(0.4, 250, pct_start=0.4),),
        (OneCycle(0.4, epochs=25, steps_per_epoch=10, pct_start=0.4, three_phase=True),),
    ],
    "first_and_last": [
        (OneCycle(0.5, 100, div_factor=50, final_div_factor=1000),),
        (OneCycle(0.5, 40, pct_start=0.5, div_factor=50.0, final_div_factor=1e3),),
    ],
    "from_the_paper": [paper(), paper(total_steps=None, epochs=20, steps_per_epoch=100)],
    "mend_the_loop": [loop("batch"), (cleared_late,)],
}
WRONG = {
    "peak_at_step": [
        ((0.4,), "should be a OneCycle"),
        ((OneCycle(0.4, 100, pct_start=0.4),), "250 steps"),
        ((OneCycle([0.4, 0.4], 250, pct_start=0.4),), "one parameter group"),
        ((OneCycle(0.3, 250, pct_start=0.4),), "max_lr should be"),
        ((OneCycle(0.4, 250, pct_start=0.3),), "too early"),
        ((OneCycle(0.4, 250, pct_start=0.41),), "too late"),
        ((OneCycle(0.4, 250, pct_start=0.401),), "between two steps"),
    ],
    "first_and_last": [
        ((None,), "should be a OneCycle"),
        ((OneCycle([0.5, 0.5], 100),), "one parameter group"),
        ((OneCycle(0.4, 100, div_factor=40, final_div_factor=1000),), "max_lr should be"),
        ((OneCycle(0.5, 100),), "too large. Which factor"),
        ((OneCycle(0.5, 100, div_factor=100),), "too small. Which factor"),
        ((OneCycle(0.5, 100, div_factor=50, final_div_factor=50_000),), "From which rate"),
        ((OneCycle(0.5, 100, div_factor=50),), "but the last is 1e-06: too small"),
        ((OneCycle(0.5, 100, div_factor=50, final_div_factor=10),), "too large"),
        ((OneCycle(0.5, 33, div_factor=50, final_div_factor=1000),), "no step meets the peak"),
    ],
    "from_the_paper": [
        ((None,), "should be a OneCycle"),
        (paper(total_steps=1000), "2,000 steps"),
        (paper(max_lr=[0.8, 0.8]), "one parameter group"),
        (paper(three_phase=False), "how many phases"),
        (paper(max_lr=1.0), "the largest rate should be"),
        (paper(div_factor=25), "the first rate should be"),
        (paper(final_div_factor=1000), "the last rate should be"),
        (paper(pct_start=0.3), "take 60% of the steps"),
        (paper(anneal_strategy="cos"), "how straight"),
        (paper(cycle_momentum=False), "the momentum is not"),
        (paper(base_momentum=0.8), "the momentum is not"),
    ],
    "mend_the_loop": [
        ((None,), "should be a function"),
        ((lambda: None,), "stopped with TypeError"),
        ((one_epoch,), "took 10 steps"),
        ((no_backward,), "gradients are missing"),
        (loop(None), "never moves"),
        (loop("epoch"), "a whole epoch"),
        (loop("first"), "never used"),
        (loop("twice"), "Tried to step 31 times"),
        ((by_hand,), "not those of the cycle"),
        (loop("batch", clear=False), "pile up"),
    ],
}
