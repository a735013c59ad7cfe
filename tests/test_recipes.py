"""Each recipe of PyTorch alone runs by itself, and its last line notices its trap."""

import os
import re
import subprocess
import sys
import warnings

import pytest
import torch
from recipes import altered, first_cell, recipes, run, sections

from onecycle_widgets.exercises.capstone import REQUIREMENTS

RECIPES = recipes()
HERE = [title for title, recipe in RECIPES.items() if recipe.runs_here]
PAIR = "DistributedDataParallel"
GLOO = torch.distributed.is_available() and torch.distributed.is_gloo_available()
ALONE = pytest.mark.skipif(not GLOO, reason="this torch has no gloo")
REPORT = re.compile(r"\(https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/\d+\)")

# What turns a recipe into its trap, and what comes of it.
TRAPS = {
    "Plain loop": (
        [
            (
                "            scheduler.step()  # in the loop",
                "        scheduler.step()  # in the loop",
            )
        ],
        AssertionError,
    ),
    "Gradient accumulation": ([("ceil(len(loader) / together)", "len(loader)")], AssertionError),
    "Mixed precision": (
        [("            skipped += 1", "            skipped += 1\n            scheduler.step()")],
        AssertionError,
    ),
    "Clipping": ([("        scaler.unscale_(optimizer)", "        pass")], AssertionError),
    "Checkpoint, and resume at any step": (
        [
            (
                "            run[name].load_state_dict(state)",
                "            run[name].load_state_dict(state)\n"
                "        scheduler = OneCycleLR(optimizer, **policy.arguments())",
            )
        ],
        AssertionError,
    ),
    "Fine-tuning: two groups, and an unfreezing": (
        [
            ('[{"params": body.parameters()}, {"params": head.parameters()}]', "head.parameters()"),
            ("**gentle.arguments()", "**policy.arguments()"),
            (
                "        body.requires_grad_(epoch > 0)",
                "        if epoch == 1:\n"
                '            optimizer.add_param_group({"params": body.parameters()})',
            ),
        ],
        KeyError,
    ),
}


def test_the_page_has_its_recipes():
    names = " ".join(RECIPES)
    for word in (
        "Plain", "accumulation", "Mixed precision", "Clipping", "Checkpoint", "Fine-tuning",
        "Distributed", "Lightning", "Hugging Face", "Accelerate", "fastai", "skorch", "ignite",
        "Keras", "optax",
    ):  # fmt: skip
        assert word in names
    assert len(HERE) == len(TRAPS)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_names_its_trap_and_the_report_and_asserts_the_rates(recipe):
    assert recipe.prose.count("**The trap:**") == 1
    assert REPORT.search(recipe.prose)
    *_, rates = (line for line in recipe.program.splitlines() if re.search(r"\bassert", line))
    # fastai's rates may lag, as much as its text says.
    words = "behind.max() <" if recipe.title == "fastai" else ".curve().lr"
    assert words in rates
    assert ".curve().lr" in recipe.program


@pytest.mark.parametrize("title", HERE)
def test_a_recipe_needs_no_other_one(title):
    run(RECIPES[title].program)


@pytest.mark.parametrize("title", TRAPS)
def test_its_last_line_notices_the_trap(title):
    changes, error = TRAPS[title]
    program = altered(RECIPES[title], *changes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of some
        with pytest.raises(error):
            run(program)


def test_the_plain_loop_shows_the_policys_own_text():
    names = run(RECIPES["Plain loop"].program)
    assert names["policy"].code() in RECIPES["Plain loop"].program


def test_the_capstone_begins_with_all_that_is_missing_and_its_solution_lacks_nothing():
    shown = {}
    for cell in sections()[-1]:
        for tag in {"exercise", "solution"} & {*cell["metadata"].get("tags", [])}:
            (output,) = cell["outputs"]
            assert "border-left" in "".join(output["data"]["text/html"])
            shown[tag] = "".join(output["data"]["text/plain"]).splitlines()
            assert "exercises.capstone(" in "".join(cell["source"])
    marks = {tag: [line[0] for line in lines] for tag, lines in shown.items()}
    assert marks == {
        "exercise": ["✗"] * len(REQUIREMENTS),
        "solution": ["✓"] * (len(REQUIREMENTS) + 1),
    }


def of_two_processes(program, folder):
    """What torchrun says of a program that two processes run together."""
    (folder / "two.py").write_text(f"{first_cell()}\n\n{program}", encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return subprocess.run(
        [*command, "--nproc-per-node", "2", "two.py"], cwd=folder, timeout=300, check=False,
        env=os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True,
    )  # fmt: skip


@ALONE
def test_two_processes_keep_the_cycle(tmp_path):
    done = of_two_processes(RECIPES[PAIR].program, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.at_length
@ALONE
def test_two_processes_do_not_with_the_whole_data_sets_length(tmp_path):
    change = ("EPOCHS * len(loader))  # of this", "EPOCHS * ceil(len(dataset) / 64))  # of this")
    done = of_two_processes(altered(RECIPES[PAIR], change), tmp_path)
    assert done.returncode != 0
    assert "AssertionError" in done.stderr
