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


# What the docstring of `restored` says is given back, and where each kind is tried: names of hard
# cases, or of tests in test_snapshot.py and test_range_test.py.
GIVEN_BACK = {
    "parameters": ("a layer initialized by its first batch", "tied weights"),
    "buffers": ("an expanded buffer that moves", "dropout and batch norm"),
    "gradients": ("gradients under way", "a_gradient_that_is_a_view_keeps_its_values"),
    "`requires_grad`": (
        "weights frozen and thawed on the way",
        "what_was_frozen_or_thawed_is_as_before",
    ),
    "train/eval flags": (
        "a frozen batch norm left in eval mode",
        "a batch norm put into eval mode on the way",
    ),
    "hooks": ("hooks of modules that come and go", "hooks_of_a_parameter_are_as_before"),
    "submodules": ("submodules replaced and added", "a_parametrization_that_was_added_is_gone"),
    "tensors and arrays by value": (
        "hidden state counters and logs",
        "a computed weight as attribute",
    ),
    "lists, dictionaries and sets with what they held": (
        "hidden state counters and logs",
        "a deque a set and a tuple of lists",
    ),
    "of the batches: random generators": (
        "a loader with a generator",
        "a batch sampler with a generator",
    ),
    "random generators": (
        "noise from generators of its own",
        "numpys_bare_generators_are_as_before",
    ),
    "``get_extra_state``": ("extra state", "extra state that holds a tensor"),
    "of the optimizer": ("adam under way", "references in groups and state"),
    "optimizers that it holds": (
        "an optimizer that wraps another",
        "an optimizer that holds two in a list",
    ),
    "state, groups, attributes": ("a parameter group that joins", "a tensor learning rate"),
    "the random states of Python, NumPy and torch": (
        "everything_is_given_back",
        "a loss that draws from everybodys generators",
    ),
    "epoch counters in a DataLoader": (
        "a_count_that_begins_in_the_block_begins_anew",
        "a loader with a generator",
    ),
    "its samplers": (
        "a sampler that shuffles its list with numpy",
        "a batch sampler with a generator",
    ),
    "its data set and its transforms": (
        "a data set with numpys legacy generator",
        "transforms with generators deep inside",
    ),
    "what wraps them": ("a loader in a progress bar", "a loader in a wrapper"),
    "the kept workers of a loader": (
        "workers that are kept",
        "workers that are kept and under way",
    ),
}


# Words that join the list's items, or say more of one of them.
JOINING = """
    Given back are of the model and every module in it set aside meanwhile plain attributes other
    objects by reference only CPU CUDA MPS batches
"""


def test_the_docstrings_list_is_the_tests_list():
    text = " ".join(snapshot.restored.__doc__.split())
    listed = text[text.index("Given back are") : text.index("Not given back")]
    tests = "".join(
        (Path(__file__).parent / name).read_text()
        for name in ("test_snapshot.py", "test_range_test.py")
    )
    rest = listed
    for kind, places in GIVEN_BACK.items():
        assert kind in listed
        rest = rest.replace(kind, "", 1)
        assert len(set(places)) >= 2, kind
        for place in places:
            assert place in CASES or f"def test_{place}(" in tests, place
    words = re.findall(r"\w+", JOINING)
    assert set(re.findall(r"\w+", rest)) <= set(words)  # nothing else is left of the list


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
