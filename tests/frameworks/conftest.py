"""The code for each framework, run in the framework itself; heavy, so asked for by name only."""

import os

import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before anybody imports Keras; optax brings JAX along
os.environ["JAX_PLATFORMS"] = "cpu"


def pytest_configure(config):
    # What the frameworks warn of is theirs; elsewhere a warning is an error.
    config.addinivalue_line("filterwarnings", "default")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Some frameworks write where they are."""
    monkeypatch.chdir(tmp_path)
