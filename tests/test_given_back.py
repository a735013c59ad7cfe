"""A range test is harmless, whatever the model, the optimizer, the loader; and Ctrl-C waits."""

import random
import re
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from hard_cases import CASES, fingerprint, train

from onecycle_widgets import lr_range_test
from onecycle_widgets.range_test import saved, snapshot


def seeded(make):
    """A world, and everybody's random numbers, always the same."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    return make()


def range_tested(world, **options):
    arguments = (world.model, world.optimizer, world.loss_fn, world.batches)
    options = {"start_lr": 1e-3, "num_steps": 12, "progress": False} | world.options | options
    return lr_range_test(*arguments, **options)


@pytest.mark.parametrize("name", CASES)
def test_training_goes_on_as_if_no_test_had_been_run(name):
    untouched = seeded(CASES[name])
    expected = fingerprint(untouched)
    world = seeded(CASES[name])
    if world.raises is None:
        assert len(range_tested(world).lr) > 3
    else:
        with pytest.raises(world.raises, match="on purpose"):
            range_tested(world)
    found = fingerprint(world)
    for part, value in expected.items():
        assert found[part] == value, part


def test_the_readme_counts_the_cases():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    (count,) = re.findall(r"in all (\d+) hard cases", readme)
    assert len(CASES) == int(count) >= 30


def small_world():
    """A model with everything in it, so that every kind of note is taken."""
    world = CASES["hidden state counters and logs"]()
    train(world, 2)
    world.model.register_buffer("spread", torch.arange(3).expand(2, -1))
    world.batches = CASES["a sampler that counts epochs"]().batches
    return world


def disturb(world):
    """What a range test does, and more."""
    torch.rand(3), np.random.rand(), random.random(), next(iter(world.batches))
    world.model.train()
    world.model(next(iter(world.batches))[0]).sum().backward()
    world.optimizer.param_groups[0]["lr"] = 3.0
    world.optimizer.step()
    world.model[1].calls += 1


def interrupted_at(world, event, signals=1):
    """Run a guarded block; at the n-th line of the module press Ctrl-C, once or more often."""
    lines = 0

    def trace(frame, kind, _):
        nonlocal lines
        if frame.f_globals.get("__name__") not in (snapshot.__name__, saved.__name__):
            return None
        if kind == "line":
            lines += 1
            if event <= lines < event + signals:
                signal.raise_signal(signal.SIGINT)
        return trace

    before, earlier = signal.getsignal(signal.SIGINT), sys.gettrace()
    heard = False
    sys.settrace(trace)
    try:
        with snapshot.restored(world.model, world.optimizer, world.batches):
            sys.settrace(None)  # the block itself is the person's
            disturb(world)
            sys.settrace(trace)
    except KeyboardInterrupt:
        heard = True
    finally:
        sys.settrace(earlier)
    assert signal.getsignal(signal.SIGINT) is before
    return lines, heard


def count_lines():
    lines, heard = interrupted_at(seeded(small_world), 10**9)
    assert not heard
    return lines


@pytest.mark.parametrize("signals", [1, 2])
def test_control_c_at_any_line_of_the_module_changes_nothing(signals):
    expected = fingerprint(seeded(small_world))
    lines = count_lines()
    assert lines > 500
    # Both ends line by line; what lies between repeats the same few lines for each object.
    events = [*range(1, 60), *range(60, lines - 60, 11), *range(lines - 60, lines + 1)]
    for event in events:
        world = seeded(small_world)
        _, heard = interrupted_at(world, event, signals)
        assert heard, event  # it waits, but is not lost
        assert fingerprint(world) == expected, event


def test_control_c_in_the_block_comes_through_at_once():
    expected = fingerprint(seeded(small_world))
    world = seeded(small_world)
    done = []

    def body():
        with snapshot.restored(world.model, world.optimizer, world.batches):
            disturb(world)
            signal.raise_signal(signal.SIGINT)
            done.append("too late")

    with pytest.raises(KeyboardInterrupt):
        body()
    assert not done
    assert fingerprint(world) == expected


def test_in_another_thread_no_signal_is_touched():
    world, before, seen = seeded(small_world), signal.getsignal(signal.SIGINT), []

    def work():
        with snapshot.restored(world.model, world.optimizer, world.batches):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


def fails():
    raise OSError("on purpose")


def with_an_undo_that_fails(world, error=None):
    """Disturb a world in a block of whose undoing the first part fails."""
    guard = snapshot.restored(world.model, world.optimizer, world.batches)
    with guard:
        guard._undo.insert(0, fails)
        disturb(world)
        if error is not None:
            raise error


def test_an_undo_that_fails_does_not_stop_the_others():
    expected = fingerprint(seeded(small_world))
    world = seeded(small_world)
    with pytest.raises(OSError, match="on purpose"):
        with_an_undo_that_fails(world)
    assert fingerprint(world) == expected


def test_a_persons_own_error_comes_first():
    with pytest.raises(ArithmeticError, match="mine") as caught:
        with_an_undo_that_fails(seeded(small_world), ArithmeticError("mine"))
    assert caught.value.__notes__ == ["Not everything could be given back: OSError('on purpose')"]


def test_what_cannot_be_noted_takes_nothing_away():
    class Stubborn(torch.nn.Identity):
        def get_extra_state(self):
            raise OSError("on purpose")

    world = seeded(small_world)
    world.model.add_module("stubborn", Stubborn())
    gradients = [p.grad for p in world.model.parameters()]
    with pytest.raises(OSError, match="on purpose"):
        range_tested(world)
    assert [p.grad for p in world.model.parameters()] == gradients
    assert world.optimizer.param_groups[0]["lr"] == 0.05
