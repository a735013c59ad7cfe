"""The characters' names and the small transformer that learns them."""

from functools import partial

import pytest
import torch

from onecycle_widgets import OneCycle, Setting, sweep, toys
from onecycle_widgets.toys import text
from onecycle_widgets.training import step as loop


def test_the_text_is_made_of_names():
    toy = toys.character_names(context=48)
    alphabet = "\n -0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert toy.classes == len(alphabet)
    written = "".join(alphabet[at] for at in toy.train.x.flatten().tolist())
    assert {"LATIN", "LETTER", "WITH", "SIGN"} < set(written.split())
    names = set(text._names())
    assert sum(line in names for line in written.split("\n")) > 0.99 * written.count("\n")


def test_no_name_is_of_two_parts_and_the_order_is_the_seeds():
    first, again, other = (toys.character_names(seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.train.x, again.train.x)
    assert not torch.equal(first.train.x, other.train.x)
    assert torch.equal(first.test.x.flatten()[1:], first.test.y.flatten()[:-1])


def test_other_names_are_refused(monkeypatch):
    monkeypatch.setattr(text, "DIGEST", "0000")
    text._names.cache_clear()
    with pytest.raises(RuntimeError, match="other names than expected"):
        toys.character_names()
    monkeypatch.undo()
    text._names.cache_clear()
    assert len(text._names()) == 12_886


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_place_sees_what_is_before_it_only(norm):
    model = toys.transformer(norm=norm, dtype=torch.float64)
    x = toys.character_names().test.x[:2]
    changed = x.clone()
    changed[:, 20] = (changed[:, 20] + 1) % 39
    before, after = model(x), model(changed)
    assert torch.equal(before[:, :20], after[:, :20])
    assert (before[:, 20:] != after[:, 20:]).any(-1).all()


def test_where_it_normalises():
    x = toys.character_names().test.x[:4]
    pre, post = (toys.transformer(norm=norm, dtype=torch.float64) for norm in ("pre", "post"))
    streams = [torch.nn.Sequential(*model[:4])(x) for model in (pre, post)]
    means, scales = zip(*((s.mean(-1), s.var(-1, correction=0)) for s in streams), strict=True)
    assert torch.allclose(means[1], torch.zeros_like(means[1]), atol=1e-9)
    assert torch.allclose(scales[1], torch.ones_like(scales[1]), atol=1e-3)
    assert not torch.allclose(scales[0], torch.ones_like(scales[0]), atol=1e-1)
    assert isinstance(pre[-2], torch.nn.LayerNorm)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"norm": "both"}, "norm must be one of"),
        ({"width": 32, "heads": 3}, "heads must divide width, 32, got 3"),
        ({"context": 0}, "context must be"),
    ],
)
def test_what_cannot_be_built_is_refused(options, why):
    with pytest.raises(ValueError, match=why):
        toys.transformer(**options)


def test_a_member_of_a_sweep_ends_where_it_would_alone():
    toy = toys.character_names()
    make = partial(toys.transformer, norm="post", blocks=1, dtype=torch.float64)
    setting = Setting(OneCycle(0.01, 6), 0.01, batch_size=4, optimizer="adamw")
    runs = sweep(make, toy, [setting], 2, {}, loss_fn=toys.next_character, progress=False)
    model = make(seed=1)
    optimizer = setting.make_optimizer(model.parameters())
    scheduler = setting.schedule.scheduler(optimizer)
    batches = loop.endless(toy.train.batches(4, seed=1))
    losses = []
    for _ in range(6):
        x, y = next(batches)
        loss = toys.next_character(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    assert runs.train_loss[0, 1] == pytest.approx(losses, rel=1e-9)
