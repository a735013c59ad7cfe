"""Files are written whole or not at all, and a damaged one is never believed."""

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from onecycle_widgets import OneCycle, RangeTest, Setting, Sweep, files, sweep, toys


@pytest.fixture(scope="module")
def result():
    settings = [Setting(OneCycle(rate, steps)) for rate, steps in ((0.1, 6), (1.0, 9))]
    return sweep(toys.mlp, toys.digits(), settings, [3, 5], points=3, progress=False)


def equal(one, other):
    """Whether two sweeps hold the same to the bit."""
    if (one.settings, one.seeds, list(one.loss)) != (other.settings, other.seeds, list(other.loss)):
        return False
    pairs = [(getattr(one, n), getattr(other, n)) for n in ("train_loss", "diverged", "complete")]
    for name in one.loss:
        pairs += [(one.loss[name], other.loss[name]), (one.accuracy[name], other.accuracy[name])]
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)


def damaged(data, rng):
    """The bytes of a file, cut, with a bit flipped, a piece zeroed, doubled, or left out."""
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.choice([1, 8, 100]))
    return rng.choice(
        [
            data[:at],
            data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :],
            data[:at] + bytes(end - at) + data[end:],
            data[:end] + data[at:],
            data[:at] + data[end:],
        ]
    )


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_a_damaged_file_is_refused_with_its_path_or_reads_the_same(result, suffix, tmp_path):
    rng, path = random.Random(0), tmp_path / f"sweep{suffix}"
    data = result.save(path).read_bytes()
    refused = 0
    for _ in range(400):
        path.write_bytes(damaged(data, rng))
        try:
            assert equal(Sweep.load(path), result)  # what nobody reads may be damaged
        except ValueError as error:
            refused += f"sweep{suffix}" in str(error)
    assert refused > 300


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_the_largest_seeds_come_back(result, suffix, tmp_path):
    large = dataclasses.replace(result, seeds=(3, 2**64 - 1))
    assert equal(Sweep.load(large.save(tmp_path / f"sweep{suffix}")), large)


def test_a_csv_file_cut_at_the_end_of_a_row_is_refused(result, tmp_path):
    path = result.save(tmp_path / "sweep.csv")
    lines = path.read_text().splitlines(keepends=True)
    for count in range(1, len(lines)):
        path.write_text("".join(lines[:count]))
        with pytest.raises(ValueError, match=r"sweep\.csv"):
            Sweep.load(path)


def test_who_changes_a_csv_file_on_purpose_may_say_so(result, tmp_path):
    path = result.save(tmp_path / "sweep.csv")
    head, first, *others = path.read_text().splitlines()
    changed = first.replace(repr(float(result.train_loss[0, 0, 0])), "9.5")
    path.write_text("\n".join([head, changed, *others]))
    with pytest.raises(ValueError, match="was changed after it was saved"):
        Sweep.load(path)
    path.write_text("\n".join([head[: head.rindex(",") + 1], changed, *others]))
    assert Sweep.load(path).train_loss[0, 0, 0] == 9.5


def test_lines_end_alike_on_every_system(result, tmp_path):
    assert b"\r" not in result.save(tmp_path / "sweep.csv").read_bytes()
    lr = np.geomspace(1e-3, 1, 12)
    RangeTest(lr, lr[None], None, (None,), (1.0,), "exp").to_csv(tmp_path / "test.csv")
    assert b"\r" not in (tmp_path / "test.csv").read_bytes()


TAMPERED = {
    "an accuracy of 5": {"accuracy test": lambda a: a * 0 + 5},
    "a seed twice": {"seeds": lambda s: s * 0},
    "seeds that are no whole numbers": {"seeds": lambda s: s + 0.5},
    "more seeds than columns": {"seeds": lambda s: np.arange(3)},
    "another shape": {"diverged": lambda d: d.T[:1]},
    "flags that are numbers": {"complete": lambda c: c * 1.0},
    "losses that are missing": {"loss test": lambda a: a * np.nan},
    "a length beyond all memory": {"settings": lambda s: np.array(str(s).replace("9", "9" * 12))},
    "nested without an end": {"settings": lambda s: np.array("[" * 5000)},
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_file_that_says_what_cannot_be_is_refused(result, case, tmp_path):
    path = result.save(tmp_path / "sweep.npz")
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files if name != "checksum"}
    np.savez(path, **arrays)
    assert equal(Sweep.load(path), result)  # as a file of before was
    for name, change in TAMPERED[case].items():
        arrays[name] = change(arrays[name])
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=r"sweep\.npz"):
        Sweep.load(path)


def test_an_object_that_would_run_code_is_refused(tmp_path):
    np.savez(tmp_path / "sweep.npz", settings=np.array([print], dtype=object), seeds=[0])
    with pytest.raises(ValueError, match=r"sweep\.npz.*(pickle|Object arrays)"):
        Sweep.load(tmp_path / "sweep.npz")


def full_disk(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(monkeypatch, tmp_path, call):
    path = files.write(tmp_path / "note.txt", "old")
    monkeypatch.setattr(os, call, full_disk)
    with pytest.raises(OSError, match="No space left"):
        files.write(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["note.txt"]


@pytest.mark.parametrize("name", ["n" * 255, "é" * 127])
def test_a_name_may_be_as_long_as_names_can_be(tmp_path, name):
    path = files.write(tmp_path / name, "old")
    assert files.write(path, "new").read_text() == "new"
    assert os.listdir(tmp_path) == [name]


def test_a_text_that_cannot_be_written_leaves_the_old_file(tmp_path):
    path = files.write(tmp_path / "note.txt", "old")
    with pytest.raises(ValueError, match="surrogates"):
        files.write(path, "\ud800")
    assert path.read_text() == "old"


def test_a_link_is_followed_and_the_mode_is_kept(tmp_path):
    target = tmp_path / "target.txt"
    target.write_text("old")
    target.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    assert files.write(link, "new") == link
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write(pipe, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_kill_while_saving_leaves_the_old_or_the_new_file(tmp_path):
    path = tmp_path / "note.txt"
    code = (
        "import sys; from onecycle_widgets import files\n"
        "while True:\n"
        "    for letter in 'ab': files.write(sys.argv[1], letter * 3_000_000)"
    )
    for pause in (0.02, 0.05, 0.09):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)])
        deadline = time.monotonic() + 60
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        text = path.read_text()
        assert len(text) == 3_000_000
        assert len(set(text)) == 1
        path.unlink()
