import pytest
import torch
from cycles import CYCLES, KINDS, same, sgd, watched


class Model(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return {"loss": self.net(x).square().mean()}


def trained(policy, text=None):
    net, optimizer = sgd(policy)
    names = {
        "torch": torch,
        "model": Model(net),
        "optimizer": optimizer,
        "train_dataset": [{"x": torch.randn(2)} for _ in range(64)],
    }
    exec(text or policy.code("transformers"), names)
    with watched() as seen:
        names["trainer"].train()
    return seen


@pytest.mark.parametrize("policy", **KINDS)
def test_the_rates_are_the_curves(policy):
    same(policy, trained(policy))


def test_the_arguments_own_schedule_does_nothing():
    policy = CYCLES["defaults"]
    own = 'max_steps=40, learning_rate=9.0, lr_scheduler_type="constant", warmup_steps=5'
    text = policy.code("transformers")
    assert text.count("max_steps=40)") == 1
    same(policy, trained(policy, text.replace("max_steps=40", own)))


def test_the_default_length_is_three_epochs():
    policy = CYCLES["defaults"]
    text = policy.code("transformers").replace(", max_steps=40", "")
    assert len(trained(policy, text)) == 3 * 64 // 8
