"""The recipes for other libraries, each run in its own, and run into its trap."""

import pytest
from recipes import altered, recipes, run

RECIPES = {
    title: recipe
    for title, recipe in recipes().items()
    if not recipe.runs_here and title != "DistributedDataParallel"
}
FAILS = (AssertionError, ValueError)  # ours at the end, or PyTorch's on the way
TRAPS = {
    "Lightning, no interval": (
        "Lightning",
        '"lr_scheduler": {"scheduler": scheduler, "interval": "step"},',
        '"lr_scheduler": {"scheduler": scheduler}, "interval": "step",',
    ),
    "the Trainer's own length": ("Hugging Face Trainer", ", max_steps=69", ""),
    "PyTorch's last factor": ("fastai", "div_final=10.0 * 10.0", "div_final=10.0"),
    "skorch, by the epoch": ("skorch", 'step_every="batch", ', ""),
    "ignite's wrapper, late": ("ignite", "ITERATION_STARTED", "ITERATION_COMPLETED"),
    "PyTorch's scheduler, early": ("ignite", "LRScheduler(scheduler)", "lambda: scheduler.step()"),
    "optax's own cycle": (
        "optax",
        "learning_rate=schedule(rates)",
        "learning_rate=optax.cosine_onecycle_schedule(69, 0.1, 0.3, 25.0, 1e4)",
    ),
}
# Whose traps are run elsewhere: two processes (test_accelerate), a momentum (test_keras).
ELSEWHERE = {"Accelerate", "Keras"}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_rates_are_the_cycles(recipe):
    run(recipe.program)


@pytest.mark.parametrize("trap", TRAPS)
def test_its_last_line_notices_the_trap(trap):
    title, before, after = TRAPS[trap]
    program = altered(RECIPES[title], (before, after))
    with pytest.raises(FAILS):
        run(program)


def test_every_recipe_has_its_trap():
    assert {title for title, *_ in TRAPS.values()} | ELSEWHERE == set(RECIPES)
