import numpy as np
import pytest

from onecycle_widgets import OneCycle, Setting, exercises
from onecycle_widgets.schedules import Step

GOOD = {"max_lr": 0.1, "pct_start": 0.4, "cycle_momentum": False}


@pytest.mark.parametrize(
    "answer",
    [
        OneCycle(epochs=5, steps_per_epoch=44, **GOOD),
        OneCycle(total_steps=220, **GOOD),
        OneCycle(total_steps=220, three_phase=True, anneal_strategy="linear", **GOOD),
    ],
)
def test_start_here_accepts(answer):
    assert exercises.start_here(answer).startswith("✓")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (None, "should be a OneCycle"),
        (OneCycle(total_steps=5, **GOOD), "once per batch, not once per epoch"),
        (OneCycle(total_steps=225, **GOOD), "incomplete"),
        (OneCycle(total_steps=7185, **GOOD), "how many whole batches"),
        (OneCycle(total_steps=220, **(GOOD | {"max_lr": 0.2})), "peak should be 0.1"),
        (OneCycle(total_steps=220, **(GOOD | {"pct_start": 0.3})), "after 30%"),
        (OneCycle(total_steps=220, **(GOOD | {"cycle_momentum": True})), "momentum still moves"),
        (OneCycle(total_steps=220, **(GOOD | {"max_lr": [0.1, 0.1]})), "one parameter group"),
    ],
)
def test_start_here_rejects_with_a_hint(answer, hint):
    reply = exercises.start_here(answer)
    assert reply.startswith("✗")
    assert hint in reply
    assert "220" not in reply  # a hint, not the solution


@pytest.fixture(scope="module")
def curves():
    return exercises.three_curves()


def test_choose_max_lr_accepts(curves):
    recommended = {name: curve.recommended.lr for name, curve in curves.items()}
    for answer in (recommended, {"A": 0.01, "B": 0.1, "C": 0.3}):
        reply = exercises.choose_max_lr(answer)
        assert [line[:3] for line in reply.splitlines()] == ["✓ A", "✓ B", "✓ C"]


def test_choose_max_lr_rejects_with_a_direction():
    reply = exercises.choose_max_lr({"A": 1e-4, "B": 1.0, "C": 0.001}).splitlines()
    assert "too slow" in reply[0]
    assert "too wild" in reply[1]
    assert "too slow" in reply[2]
    reply = exercises.choose_max_lr({"A": -1, "B": None, "C": True}).splitlines()
    assert all("choose a learning rate above 0" in line for line in reply)


def candidates(kind, rates=(0.03, 0.1, 0.3, 1.0), steps=200, decays=(1e-4,), **options):
    return [Setting(kind(r, steps), weight_decay=d, **options) for r in rates for d in decays]


def test_fair_comparison_accepts():
    ours = candidates(OneCycle, decays=(0.0, 1e-3))
    theirs = candidates(Step, decays=(1e-3, 0.0))
    assert exercises.fair_comparison(ours, theirs, 10).startswith("✓")


@pytest.mark.parametrize(
    ("ours", "theirs", "seeds", "hint"),
    [
        (None, candidates(Step), 10, "ours should be a list"),
        (candidates(OneCycle), [0.1], 10, "theirs should hold Setting"),
        (candidates(OneCycle), candidates(OneCycle), 10, "theirs Step schedules"),
        (candidates(OneCycle, steps=400), candidates(Step), 10, "train longer"),
        (candidates(OneCycle, batch_size=32), candidates(Step), 10, "batch size"),
        (candidates(OneCycle), candidates(Step, momentum=0.0), 10, "momentum should be the same"),
        (candidates(OneCycle), candidates(Step, [0.01, 0.03, 0.1, 0.3]), 10, "may choose from"),
        (candidates(OneCycle, [0.3]), candidates(Step, [0.3]), 10, "too few rates"),
        (candidates(OneCycle, decays=[0.0, 0.1]), candidates(Step), 10, "weight decays"),
        (candidates(OneCycle), candidates(Step), 1, "luck may decide"),
    ],
)
def test_fair_comparison_hints(ours, theirs, seeds, hint):
    text = exercises.fair_comparison(ours, theirs, seeds)
    assert text.startswith("✗ Not yet")
    assert hint in text


BETTER, WORSE = np.array([90.0, 93.0, 95.0, 96.0]), np.array([89.0, 93.0, 94.0, 91.0])


def test_luck_of_one_seed_accepts_and_hints():
    def check(answer):
        return exercises.luck_of_one_seed(answer, WORSE, BETTER)

    right = sum(w > b for w in WORSE for b in BETTER) / 16
    assert right == 4 / 16
    assert check(right).startswith("✓")
    assert check(np.float64(right)).startswith("✓")
    wrong = {25.0: "between 0 and 1", 0.0: "every run with every other", 5 / 16: "a draw",
             11 / 16: "the better one wins", 0.4: "a hundred pairs", None: "a number"}  # fmt: skip
    for answer, hint in wrong.items():
        assert hint in check(answer)
        assert not check(answer).startswith("✓")
