"""The lab's lesson without code: what Voilà leaves out, alone and inside a Jupyter server."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from lessons import LESSONS
from servers import jupyter_server

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "voila.json"
LEFT_OUT = json.loads(SETTINGS.read_text())["VoilaExporter"]["TagRemovePreprocessor"]
CULLING = json.loads(SETTINGS.read_text())["MappingKernelManager"]
# What nobody can do, or should see, where there are no cells.
WITH_CODE = r"[Rr]un the (?:first )?cell|cell below|all cells|three dots|[Ee]xercise|Not yet|✓|✗"


def test_what_needs_cells_is_left_out():
    assert LEFT_OUT["enabled"]
    cells = nbformat.read(LESSONS["lab"].path, as_version=4).cells
    left_out = {*LEFT_OUT["remove_cell_tags"]}
    shown = [cell for cell in cells if not left_out & {*cell.metadata.get("tags", [])}]
    assert len(shown) < len(cells) - 8
    for cell in shown:
        assert not re.search(WITH_CODE, cell.source)
        if cell.cell_type == "markdown":
            # Voilà shows this notebook only: it has no other lesson, and no file, to lead to.
            assert not re.search(r"\]\((?!https?:)", cell.source)
        else:
            assert "exercises." not in cell.source


@pytest.fixture
def server(tmp_path):
    shutil.copy(LESSONS["lab"].path, tmp_path)
    with jupyter_server(tmp_path, SETTINGS) as server:
        yield server


def test_inside_a_jupyter_server_it_reads_the_same(server):
    """As on Binder and on a hub, where Voilà's own settings file counts for nothing."""
    address = f"{server.url}/voila/render/{LESSONS['lab'].name}"
    with urllib.request.urlopen(address, timeout=300) as answer:
        page = answer.read().decode()
    said = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    for words in ("The lab: the whole way, without code", "How much is luck?", "On Monday"):
        assert words in said
    assert re.findall(WITH_CODE, re.sub("<[^>]*>", "", said)) == []
    every = "Culling kernels with idle durations > {cull_idle_timeout} seconds at {cull_interval} "
    assert every.format(**CULLING) in server.log.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="Binder's script is for bash")
def test_binders_image_gets_the_settings(tmp_path):
    stub = tmp_path / "python"
    stub.write_text(f"#!/bin/sh\necho {tmp_path}\n")
    stub.chmod(0o755)
    own = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["bash", ROOT / "binder/postBuild"], cwd=ROOT, env=own, check=True)
    (found,) = tmp_path.glob("etc/jupyter/jupyter_server_config.d/*.json")
    assert found.read_text() == SETTINGS.read_text()
