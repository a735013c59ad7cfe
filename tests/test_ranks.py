"""Two processes that train one model get the same answer from the range test, and go on."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parent / "two_processes.py"


@pytest.fixture(scope="module")
def answers():
    if not torch.distributed.is_available() or not torch.distributed.is_gloo_available():
        pytest.skip("this torch has no gloo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(rank), str(port)],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in (0, 1)
    ]  # fmt: skip
    try:
        outputs = [process.communicate(timeout=120) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    for process, (_, errors) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, errors
    return [json.loads(out.splitlines()[-1]) for out, _ in outputs]


@pytest.mark.parametrize("optimizer", ["sgd", "zero"])
def test_both_see_the_same_curve_and_recommend_the_same_rate(answers, optimizer):
    one, other = (answer[optimizer] for answer in answers)
    assert one["steps"] == other["steps"] > 30
    assert one["stopped"] == other["stopped"]
    assert one["recommended"] == other["recommended"]
    assert one["loss"] == other["loss"]


@pytest.mark.parametrize("optimizer", ["sgd", "zero"])
def test_both_find_their_optimizer_as_it_was_and_train_on(answers, optimizer):
    for answer in answers:
        assert answer[optimizer]["as before"]
        assert len(answer[optimizer]["after"]) == 3
    assert answers[0][optimizer]["after"] != answers[1][optimizer]["after"]  # other samples


def test_none_waits_for_one_whose_batches_ran_out(answers):
    (steps, why), (others_steps, others_why) = (answer["short"] for answer in answers)
    assert steps == others_steps == 5
    assert why.startswith("batches ran out after 5")
    assert others_why == "batches ran out in another process"
