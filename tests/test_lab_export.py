"""The lab as a page: what the file holds, what it allows, that the stored one is fresh."""

import base64
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from onecycle_widgets import OneCycle
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.lab.page import export
from onecycle_widgets.lab.task import Task

STORED = frontend.FOLDER.parent.parent / "notebooks" / "lab.html"
DOUBLES = re.compile(r'doubles\\": \\"([^"\\]*)\\"')


def apart(text):
    """A page without its spirals, whose sines are the processor's own; and these."""
    (doubles,) = DOUBLES.findall(text)
    text = re.sub(r"script-src 'sha256-[^']*'", "", DOUBLES.sub("", text))
    return text, np.frombuffer(base64.b64decode(doubles))


def test_the_stored_page_is_fresh(tmp_path):
    fresh = tmp_path / "lab.html"
    command = [sys.executable, "-m", "onecycle_widgets", "page", "lab", str(fresh)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert str(fresh) in done.stdout
    (found, points), (stored, known) = map(apart, (fresh.read_text(), STORED.read_text()))
    assert found == stored, f"store it again: python -m onecycle_widgets page lab {STORED.name}"
    np.testing.assert_allclose(points, known, rtol=1e-12)


def test_the_page_is_small_and_allows_nothing_but_itself_and_its_workers():
    assert STORED.stat().st_size < 600_000
    text = STORED.read_text()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert allowed["worker-src"] == "blob:"
    assert re.fullmatch(r"'sha256-[^']+' 'wasm-unsafe-eval'", allowed["script-src"])
    assert "unsafe-inline" not in policy
    assert "connect-src" not in policy


def test_a_page_begins_as_it_is_told(tmp_path):
    task = Task("spirals", optimizer="adamw", seeds=3)
    path = export(tmp_path / "lab.html", task, OneCycle(0.02, 120))
    (state,) = re.findall(
        r'<script type="application/json" id="state">(.*)</script>', path.read_text()
    )
    state = json.loads(state)
    assert (state["data"], state["optimizer"], state["seeds"]) == ("spirals", "adamw", 3)
    assert (state["max_lr"], state["total_steps"], state["live"]) == (0.02, 120, False)
    assert [name for name, _ in state["offers"]["data"]] == ["digits", "spirals"]
    assert list(state["offers"]["nets"]) == ["digits", "spirals"]


def test_a_page_has_no_data_that_it_does_not_carry(tmp_path):
    with pytest.raises(ValueError, match=r"data must be one of digits, spirals.*'mnist1d'"):
        export(tmp_path / "lab.html", Task("mnist1d"))
    assert not (tmp_path / "lab.html").exists()
