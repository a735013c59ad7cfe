"""The prose of lessons and pages says what their data say, and the checker notices when not."""

import copy
from types import SimpleNamespace

import numpy as np
import prose
import pytest
from lessons import LESSONS, NOTEBOOKS

# Lessons whose prose nothing holds yet, each with what it waits for.
NOT_YET: dict[str, str] = {}
HELD = [subject for subject in LESSONS if subject not in NOT_YET]
# Pages, seen from the lessons' folder, and the module of `tests/held` that holds each.
PAGES = {
    "CLASS.md": "classroom",
    "../README.md": "readme",
    "README.md": "pictures",
    "GLOSSARY.md": "glossary",
    "card.html": "card",
    "decision.html": "decision",
    "recipes.ipynb": "recipes",
}


@pytest.mark.parametrize("subject", HELD)
def test_the_prose_of_a_lesson_is_held(subject):
    assert list(prose.complaints(prose.lesson(subject), prose.table(subject))) == []


class AtItsEnd:
    """A lesson's names as they stand at its end; it runs when one of them is asked for."""

    def __init__(self, subject):
        self.subject = subject

    def __getattr__(self, name):
        return prose.lesson(self.subject)[-1].names[name]


@pytest.mark.parametrize("file", PAGES)
def test_the_prose_of_a_page_is_held(file):
    page = prose.page(NOTEBOOKS / file, {subject: AtItsEnd(subject) for subject in LESSONS})
    assert list(prose.complaints(page, prose.table(PAGES[file]))) == []


@pytest.mark.parametrize(
    ("file", "sentence", "other", "why"),
    [
        ("../README.md", "in all 46 hard", "in all 47 hard", "by the data it is '(in all 46 hard"),
        ("card.html", "pct_start = 0.3 s", "pct_start = 0.25 s", "it is 'pct_start = 0.3 share"),
        (
            "GLOSSARY.md",
            "a fifth of the edge",
            "a third of the edge",
            "nothing says 'at most a half",
        ),
    ],
)
def test_a_changed_page_is_noticed(file, sentence, other, why):
    places = prose.page(NOTEBOOKS / file, {})
    assert any(sentence in place.text for place in places)
    places = [place._replace(text=place.text.replace(sentence, other)) for place in places]
    assert why in "\n".join(prose.complaints(places, prose.table(PAGES[file])))


def test_what_is_not_held_yet_is_a_lesson_of_the_list():
    assert set(NOT_YET) < set(LESSONS)


def altered(sentence, other):
    """The first lesson's prose with other words in a sentence."""
    places = prose.lesson("start_here")
    assert any(sentence in place.text for place in places)
    return [place._replace(text=place.text.replace(sentence, other)) for place in places]


@pytest.mark.parametrize(
    ("sentence", "other", "why"),
    [
        ("here after 85 steps", "here after 86 steps", "by the data it is 'here after 85 steps'"),
        ("range gets narrower", "range gets wider", "nothing holds 'wider'"),
        ("three quarters of the loss's fall", "half of the loss's fall", "nothing holds 'half'"),
        ("Each tuned row took 35 runs", "Each row took 35 runs", "nothing says"),
        ("So why settle", "Seven of them. Why settle", "nothing holds 'Seven'"),
    ],
)
def test_a_changed_sentence_is_noticed(sentence, other, why):
    found = prose.complaints(altered(sentence, other), prose.table("start_here"))
    assert why in "\n".join(found)


def one_cycle_two_points_better(names):
    names["comparison"] = copy.deepcopy(names["comparison"])
    names["comparison"].test["one cycle"] += 0.02
    names["gain"] = names["gain"] + 2


def a_longer_range_test(names):
    rules = names["result"].suggestions
    names["result"] = SimpleNamespace(lr=np.geomspace(1e-4, 10, 120), suggestions=rules)


def the_smaller_rate_ahead_at_first(names):
    names["early"] = {**names["early"], 0.1: 0.5}


@pytest.mark.parametrize(
    ("change", "section", "why"),
    [
        (one_cycle_two_points_better, "gain", "'One cycle is half a point ahead'"),
        (a_longer_range_test, "result", "by the data it is 'here after 120 steps'"),
        (the_smaller_rate_ahead_at_first, "early", "'0.25 is ahead at first"),
    ],
)
def test_changed_data_are_noticed(change, section, why):
    places = []
    for place in prose.lesson("start_here"):
        names = dict(place.names)
        if section in names:
            change(names)
        places.append(place._replace(names=names))
    assert why in "\n".join(prose.complaints(places, prose.table("start_here")))


def page(text, **names):
    return [prose.Place("here", prose.flowing(text), names)]


def tables(filled=(), true=None, given=None):
    return SimpleNamespace(FILLED=filled, TRUE=true or {}, GIVEN=given or {})


def test_a_sentence_is_filled_and_compared():
    held = tables(["the mean is {sum(x) / len(x):.1f} points"])
    assert list(prose.complaints(page("So the mean is 2.0\npoints.", x=[1, 3]), held)) == []
    found = prose.complaints(page("So the mean is 2.1 points.", x=[1, 3]), held)
    why = "here says ['the mean is 2.1 points']; by the data it is 'the mean is 2.0 points'"
    assert next(found) == why


def test_a_comparison_is_asked_of_the_data():
    held = tables(true={"a is larger": "a > b"})
    assert list(prose.complaints(page("Here a is larger.", a=2, b=1), held)) == []
    (found,) = prose.complaints(page("Here a is larger.", a=1, b=2), held)
    assert "the data deny it: not a > b" in found


def test_what_is_given_needs_to_be_there():
    held = tables(given={"a setting": ["for 30 steps"]})
    assert list(prose.complaints(page("We train for 30 steps."), held)) == []
    found = list(prose.complaints(page("We train for 40 steps."), held))
    assert len(found) == 2  # the 40, and the reason without its words


@pytest.mark.parametrize(
    "text",
    ["It needs 40.", "It costs 3.5 % more.", "Most of them fail.", "Half of it.", "It is worse."],
)
def test_a_number_or_a_comparison_without_support_is_found(text):
    (found,) = prose.complaints(page(text), tables())
    assert "nothing holds" in found


@pytest.mark.parametrize(
    "text",
    [
        "## 3. A heading",
        "1. The first of a list",
        "`pct_start=0.3` is code",
        "[a link](https://arxiv.org/abs/1506.01186), arXiv:1506.01186",
        f"See lesson {LESSONS['lab'].number}, or [{LESSONS['policy'].number}](a.ipynb).",
        "The 1cycle policy",
    ],
)
def test_what_cannot_be_wrong_is_left_alone(text):
    assert list(prose.complaints(page(text), tables())) == []
