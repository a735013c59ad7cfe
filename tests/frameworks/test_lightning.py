import lightning
import pytest
import torch
from cycles import CYCLES, EPOCHS, KINDS, cycle, net, run, same, watched
from torch.utils.data import DataLoader

QUIET = {
    "accelerator": "cpu",
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


class Module(lightning.LightningModule):
    def __init__(self, policy):
        super().__init__()
        self.net, _ = net(policy)

    def groups(self):
        return [{"params": layer.parameters()} for layer in self.net]

    def training_step(self, batch, _):
        return self.net(batch).square().mean()


def trained(policy, configure, **settings):
    """Rates and momenta that were used, in as many epochs as the cycle has."""
    module = Module(policy)
    module.configure_optimizers = configure.__get__(module)
    batches = DataLoader(torch.randn(policy.total_steps // EPOCHS, 2))
    with watched() as seen:
        lightning.Trainer(**{"max_epochs": EPOCHS} | QUIET | settings).fit(module, batches)
    return seen


@pytest.mark.parametrize("policy", **KINDS)
def test_the_rates_are_the_curves(policy):
    configure = run(policy, "lightning", torch=torch)["configure_optimizers"]
    same(policy, trained(policy, configure))


def test_accumulated_batches_are_one_step():
    policy = cycle(total_steps=20)
    configure = run(policy, "lightning", torch=torch)["configure_optimizers"]
    longer = {"accumulate_grad_batches": 2, "max_epochs": 2 * EPOCHS, "max_steps": 20}
    same(policy, trained(policy, configure, **longer))


def test_another_length_is_refused():
    policy = CYCLES["defaults"]
    configure = run(policy, "lightning", torch=torch)["configure_optimizers"]
    with pytest.raises(ValueError, match="cycle has 40 steps, but the Trainer takes 30"):
        trained(policy, configure, max_epochs=3)
    with pytest.raises(ValueError, match="takes inf"):
        trained(policy, configure, max_epochs=-1)


def test_without_the_interval_it_steps_once_an_epoch():
    policy = CYCLES["defaults"]
    text = policy.code("lightning").replace(', "interval": "step"', "")
    names = {"torch": torch}
    exec(text, names)
    seen = trained(policy, names["configure_optimizers"])
    assert len({rates[0] for rates in seen}) == EPOCHS
