import pytest

from onecycle_widgets import OneCycle, exercises

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
