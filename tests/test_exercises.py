"""Every self-check accepts what is right, rejects what is plausible but wrong, and never solves."""

import importlib
import inspect
import json
import re

import nbformat
import pytest
from lessons import LESSONS
from nbclient import NotebookClient
from waiting import wait_until

from onecycle_widgets import exercises
from onecycle_widgets.exercises import live
from onecycle_widgets.exercises.logs import CAUSES
from onecycle_widgets.exercises.scheduler import WORDS

# Each has RIGHT: check -> [arguments], and WRONG: check -> [(arguments, hint)]. Arguments are a
# tuple, or a function that makes one.
CAPSTONE = "capstone"  # of no lesson: it stands on the page of recipes
SUBJECTS = (*LESSONS, CAPSTONE)
ANSWERS = {subject: importlib.import_module(f"answers.{subject}") for subject in SUBJECTS}
RIGHT = [(c, a) for m in ANSWERS.values() for c, answers in m.RIGHT.items() for a in answers]
WRONG = [(c, *a) for m in ANSWERS.values() for c, answers in m.WRONG.items() for a in answers]


# Lessons that print what a check says, until they are stored in their new form.
REPLIES = {}  # some checks train for seconds; two tests ask the same


def reply(check, arguments):
    key = check, id(arguments)
    if key not in REPLIES:
        given = arguments() if callable(arguments) else arguments
        REPLIES[key] = getattr(exercises, check)(*given)
    return REPLIES[key]


def checks_of(source):
    """Names of the self-checks that a cell calls."""
    return set(re.findall(r"exercises\.(\w+)\(", source)) & CHECKS


CHECKS = {
    name
    for name in exercises.__all__
    if inspect.signature(getattr(exercises, name)).return_annotation in (str, "str")
}


@pytest.mark.parametrize(("check", "answer"), RIGHT, ids=[case[0] for case in RIGHT])
def test_accepts(check, answer):
    lines = reply(check, answer).splitlines()
    assert lines
    assert all(line.startswith("✓") for line in lines), lines


@pytest.mark.parametrize(
    ("check", "answer", "hint"), WRONG, ids=[f"{case[0]}-{case[2]}" for case in WRONG]
)
def test_rejects_with_a_hint(check, answer, hint):
    text = reply(check, answer)
    assert "✗" in text
    assert hint in text


def test_every_check_has_its_answers():
    rights = [check for module in ANSWERS.values() for check in module.RIGHT]
    assert len(set(rights)) == len(rights)
    assert set(rights) == CHECKS
    for subject, module in ANSWERS.items():
        assert len(module.RIGHT) >= (1 if subject == CAPSTONE else 3)
        for check in module.RIGHT:
            assert len(module.RIGHT[check]) >= 1
            assert len({hint for _, hint in module.WRONG[check]}) >= 2, check


@pytest.mark.parametrize("subject", LESSONS)
def test_lesson_has_three_exercises_with_solutions(subject):
    cells = json.loads(LESSONS[subject].path.read_text())["cells"]
    found = {}
    for tag in ("exercise", "solution"):
        tagged = [cell for cell in cells if tag in cell["metadata"].get("tags", [])]
        called = [checks_of("".join(cell["source"])) for cell in tagged]
        assert all(len(names) == 1 for names in called), called
        found[tag] = [name for names in called for name in names]
        for cell in tagged:
            (output,) = cell["outputs"]
            shown = output["text"] if "text" in output else output["data"]["text/plain"]
            shown = "".join(shown).strip("'\"")
            lines = shown.splitlines()
            if tag == "solution":
                assert all(line.startswith("✓") for line in lines), lines
                assert cell["metadata"]["jupyter"]["source_hidden"]
                # JupyterLab shows the first line of a cell whose source is hidden.
                assert cell["source"][0] == "# One solution\n"
            else:
                assert any("✗" in line for line in lines), lines
    assert found["exercise"] == found["solution"]
    assert len(set(found["exercise"])) >= 3
    assert set(found["exercise"]) == set(ANSWERS[subject].RIGHT)


def test_hints_never_solve():
    """What a check says of a wrong answer does not hold the right one's own words."""
    for module in ANSWERS.values():
        for check, answers in module.WRONG.items():
            for secret in getattr(module, "SECRET", {}).get(check, ()):
                for arguments, _ in answers:
                    assert secret not in reply(check, arguments), (check, secret)


@pytest.mark.parametrize("subject", LESSONS)
def test_a_stored_solution_does_not_answer_the_exercise_above_it(subject):
    """Its code is hidden, its reply is not: a quiz's words may not stand there."""
    for cell in json.loads(LESSONS[subject].path.read_text())["cells"]:
        if "solution" in cell["metadata"].get("tags", []):
            words = re.findall(r'"[A-G]": "([^"]+)"', "".join(cell["source"]))
            replies = json.dumps(cell["outputs"])
            assert not [word for word in words if f": {word}" in replies], cell["id"]


def test_a_quiz_says_right_and_not_what_was():
    for check, words in {"read_the_logs": CAUSES, "predict_torch": WORDS}.items():
        said = reply(check, ANSWERS["scheduler"].RIGHT[check][0])
        assert not [word for word in words if word in said]


def test_a_reply_is_text_and_a_card_for_each_line():
    reply = exercises.read_cycle({"peak step": "<b>"})
    assert repr(reply) == str(reply)
    (mark,) = re.findall(r"<b>(.+?)</b>", reply._repr_html_())
    assert mark == "✗ Not yet:"
    assert "&lt;b&gt;" in reply._repr_html_()
    cards = exercises.predict_torch({"C": "meets the peak"})
    shown = cards._repr_html_()
    assert shown.count("<div ") == len(cards.splitlines()) == 5
    # A bar of another colour, another mark: neither is needed alone.
    assert shown.count("<b>✓</b>") == 1
    assert len(set(re.findall(r"solid (#\w+)", shown))) == 2


@pytest.mark.parametrize("subject", LESSONS)
def test_a_lesson_shows_replies_as_cards(subject):
    for cell in json.loads(LESSONS[subject].path.read_text())["cells"]:
        if {"exercise", "solution"} & {*cell["metadata"].get("tags", [])}:
            (output,) = cell["outputs"]
            assert "border-left" in "".join(output["data"]["text/html"])


def run(*sources):
    """What a kernel puts out when the cells of a notebook are run, one list for each."""
    notebook = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, sources)])
    NotebookClient(notebook, allow_errors=True, timeout=120).execute()
    return [cell.outputs for cell in notebook.cells]


def test_an_impossible_policy_is_one_line_and_other_errors_keep_their_traceback():
    head = "from onecycle_widgets import OneCycle, exercises\n"
    impossible = head + "answer = OneCycle(max_lr=0.1, total_steps=100, pct_start=40)"
    (error,), (other,) = run(impossible, "int('40 %')")
    assert error.output_type == "error"
    assert error.traceback == ["✗ OneCycle: pct_start must be a number between 0 and 1, got 40"]
    assert len("\n".join(other.traceback).splitlines()) > 4


def test_a_check_that_trains_gives_a_sign_of_life(monkeypatch):
    said = []

    class Clock:
        def update(self, data, raw):
            said.append(data["text/plain"])

    def display(data, raw, display_id):
        said.append(data["text/plain"])
        return Clock()

    monkeypatch.setattr(live, "for_storage", lambda: False)
    monkeypatch.setattr(live, "display", display)
    monkeypatch.setattr(live, "EVERY", 0.01)
    with live.training("ten networks"):
        wait_until(lambda: len(said) > 2, "a tick of the clock")
    assert said[0] == "… Training ten networks."
    assert re.fullmatch(r"… Training ten networks: \d+ s so far\.", said[1])
    assert re.fullmatch(r"Trained ten networks: \d+ s\.", said[-1])
    silent = len(said)
    monkeypatch.setattr(live, "for_storage", lambda: True)
    with live.training("ten networks"):
        pass
    assert len(said) == silent
