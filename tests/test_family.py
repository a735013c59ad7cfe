"""Which schedule, when: a changed budget, averages, fine-tuning; a sample of each run afresh."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from schedulefree import AdamWScheduleFree
from torch.optim.swa_utils import AveragedModel

from onecycle_widgets import OneCycle, Setting, sweep, toys
from onecycle_widgets.evidence import (
    averaged,
    changed,
    family_claims,
    family_figures,
    family_rules,
    finetuned,
    plans,
    rules,
    schedule_free,
    stored,
    studies,
    verdict_charts,
)
from onecycle_widgets.evidence import experiments as evidence
from onecycle_widgets.policy.baselines import Constant, Cosine, Linear, WarmupStableDecay

DATA = Path(__file__).parents[1] / "notebooks" / "data"


def rates(schedule, name):
    return changed.way(schedule, name).curve().lr


def test_ways_by_hand():
    line = Linear(1.0, 10)
    np.testing.assert_allclose(rates(line, "as planned"), np.arange(10, 0, -1) / 10)
    np.testing.assert_allclose(rates(line, "goes on")[:8], rates(line, "as planned")[:8])
    np.testing.assert_allclose(rates(line, "goes on")[8:], rates(line, "known, doubled")[8:])
    np.testing.assert_allclose(rates(line, "stopped"), rates(line, "as planned")[:9])
    np.testing.assert_allclose(rates(line, "known, halved"), np.arange(9, 0, -1) / 9)
    np.testing.assert_allclose(rates(Linear(1.0, 20), "straight to zero")[16:], [0.2, 0.1])
    assert len(rates(line, "goes on")) == 20


def test_what_has_not_begun_to_fall_goes_on_without_a_jump():
    late = WarmupStableDecay(1.0, 100, decay_start=0.9)
    assert (rates(late, "goes on")[10:180] == 1.0).all()
    assert np.abs(np.diff(rates(Constant(1.0, 100), "goes on"))).max() == 0
    cosine = rates(Cosine(1.0, 100), "goes on")
    assert cosine[80] > 5 * cosine[79]


def test_a_cycled_momentum_goes_along():
    cycle = OneCycle(1.0, 100)
    for name in changed.WAYS:
        curve = changed.way(cycle, name).curve()
        assert curve.momentum.shape == curve.lr.shape
        np.testing.assert_allclose(curve.momentum.max(), 0.95, atol=0.01)
    jump = changed.way(cycle, "goes on").curve()
    np.testing.assert_allclose(jump.momentum[80:], OneCycle(1.0, 200).curve().momentum[80:])


def test_an_average_is_that_of_torch():
    model = toys.mlp(hidden=(8,))
    theirs = AveragedModel(
        model, avg_fn=lambda mean, now, _: 0.9 * mean + 0.1 * now, use_buffers=True
    )
    mean = [p.detach().clone() for p in model.parameters()]
    theirs.update_parameters(model)  # torch's first update copies
    with torch.no_grad():
        for done in range(100, 105):
            for parameter in model.parameters():
                parameter.add_(torch.ones_like(parameter))
            averaged.average(mean, [p.detach() for p in model.parameters()], 0.9, done)
            theirs.update_parameters(model)
    for ours, other in zip(mean, theirs.module.parameters(), strict=True):
        torch.testing.assert_close(ours, other)


def test_the_first_weights_are_soon_forgotten():
    mean, now = [torch.zeros(1, dtype=torch.float64)], [torch.ones(1, dtype=torch.float64)]
    for done in range(1, 21):
        averaged.average(mean, now, 0.98, done)
    assert mean[0] > 0.99


def test_watching_changes_nothing():
    plan = plans.Experiment({}, "digits", toys.mlp)
    setting, seeds = Setting(OneCycle(0.1, 40)), range(3)
    seen = averaged.watch(plan, setting, seeds)
    train, measured = plan.data()
    alone = sweep(toys.mlp, train, [setting], list(seeds), measured, progress=False)
    for place, on in enumerate(averaged.ON):
        np.testing.assert_allclose(seen.looks[0, :, -1, place], 100 * alone.final(on)[0])


def test_whoever_keeps_the_best_look_chooses_on_validation_data():
    looks = np.zeros((4, averaged.CHOOSING + 2, 3, 2))
    looks[0, averaged.CHOOSING :, :, 0] = [[70, 90, 80], [90, 80, 90]]
    looks[0, averaged.CHOOSING :, :, 1] = [[1, 2, 3], [4, 5, 6]]
    found = averaged.Watched(looks, np.zeros(0))
    assert found.best("one cycle").tolist() == [2, 4]


def test_new_classes_share_no_signal_with_old_ones():
    train = toys.mnist1d().train
    old, new = (finetuned.classes(train, part) for part in (finetuned.OLD, finetuned.NEW))
    assert len(old.y) + len(new.y) == len(train.y)
    assert old.y.unique().tolist() == new.y.unique().tolist() == [0, 1, 2, 3, 4]
    few, rest = finetuned.few(new, seed=3)
    both = torch.cat([few.x, rest.x]).flatten(1)
    assert len(few.y) == 50
    assert len(both.unique(dim=0)) == len(new.x.flatten(1).unique(dim=0)) == len(both)


def test_a_frozen_body_keeps_its_weights_and_every_layer_has_its_rate(monkeypatch):
    seen = []
    train = finetuned._train

    def spy(model, optimizer, schedule, batches):
        if schedule is not finetuned.BEFORE:
            seen.append([group["params"] for group in optimizer.param_groups])
            seen.append(np.atleast_2d(schedule.curve().lr).max(axis=1))
        train(model, optimizer, schedule, batches)

    monkeypatch.setattr(finetuned, "_train", spy)
    finetuned.learn(finetuned.WAYS[finetuned.HEAD], 0.1, 7)
    (head,), peaks = seen
    assert [tuple(p.shape) for p in head] == [(5, 12), (5,)]
    assert len(peaks) == 1
    seen.clear()
    finetuned.learn(finetuned.WAYS[finetuned.SPREAD], 0.1, 7)
    groups, peaks = seen
    assert sum(len(group) for group in groups) == len(list(plans.SIGNALS().parameters()))
    np.testing.assert_allclose(peaks[1:] / peaks[:-1], finetuned.FACTOR, rtol=0.01)


@pytest.mark.parametrize("name", [finetuned.ONE, finetuned.HEAD])
def test_a_sample_of_the_fine_tuning_run_afresh(name):
    """The mean of two seeds: on another processor each may end as another seed does here."""
    found, way, row = finetuned.load(DATA), finetuned.WAYS[name], finetuned.NAMES.index(name)
    fresh = [finetuned.learn(way, way.peaks[2], seed) for seed in finetuned.SEEDS[:2]]
    kept = found.validation[row, 2], found.test[row, 2]
    for new, old in zip(np.transpose(fresh), kept, strict=True):
        assert abs(new.mean() - old[:2].mean()) < 2 * old.std() / 2**0.5


def test_without_a_schedule_a_stack_of_nets_is_each_net_alone():
    plan, steps, rate = evidence.EXPERIMENTS["text_post"], 12, 0.01
    candidate = schedule_free.Candidate(rate, warmup=0.5, momentum=0.8)
    found = schedule_free.learn("post", steps, candidate, [3, 4])
    train, measured = plan.data()
    model = plan.model(seed=4)
    optimizer = AdamWScheduleFree(
        model.parameters(),
        lr=rate,
        betas=(0.8, 0.999),
        weight_decay=studies.TEXT_DECAY,
        warmup_steps=6,
    )
    optimizer.train()
    for _, (x, y) in zip(range(steps), train.batches(studies.TEXT_BATCH, 4), strict=False):
        optimizer.zero_grad()
        plan.loss_fn(model(x), y).backward()
        optimizer.step()
    optimizer.eval()
    with torch.no_grad():
        alone = [-plan.loss_fn(model(split.x), split.y).item() for split in measured.values()]
    np.testing.assert_allclose(found[:, 1], alone, rtol=1e-5)


def test_a_sample_without_a_schedule_run_afresh():
    found, place = schedule_free.load(DATA), 4
    fresh = schedule_free.learn("pre", 50, found.planned.candidates[place], [0, 1])[0]
    np.testing.assert_allclose(fresh, found.tuning[0, 0, place, :2], atol=0.02)


def test_what_is_stored_needs_no_package_of_its_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "schedulefree", None)
    assert family_claims.schedule_is_free("pre", DATA).parts
    with pytest.raises(ImportError):
        schedule_free.learn("pre", 1, schedule_free.MOMENTA.candidates[0], [0])


@pytest.mark.parametrize("net", changed.NETS)
def test_a_sample_of_the_changes_run_afresh(net):
    plan, (_, seeds) = evidence.load(net, DATA).experiment, changed.NETS[net]
    train, measured = plan.data()
    # Its seeds differ little: where they differ much, rounding decides, and processors differ.
    kind, way = "one cycle", "stopped"
    place = changed.KINDS.index(kind) * len(changed.WAYS) + changed.WAYS.index(way)
    setting = changed.settings(net, DATA)[place]
    fresh = sweep(
        plan.model, train, [setting], range(changed.SEEDS, changed.SEEDS + seeds)[:3],
        {"test": measured["test"]}, loss_fn=plan.loss_fn, progress=False,
    )  # fmt: skip
    kept = changed.load_changed(net, DATA).of(kind, way)[:3]
    new = 100 * evidence.scores(plan, fresh, "test")[0]
    assert abs(new.mean() - kept.mean()) < 3


@pytest.mark.parametrize(
    ("load", "file"),
    [
        (lambda folder: changed.load_changed("residual", folder), "changed_residual.npz"),
        (lambda folder: averaged.load_watched("residual", folder), "averaged_residual.npz"),
        (finetuned.load, finetuned.FILE),
        (schedule_free.load, schedule_free.WARMED_UP.file),
    ],
)
def test_what_belongs_to_another_plan_is_refused(load, file, tmp_path):
    for path in DATA.glob("*.npz"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    load(tmp_path)
    arrays = dict(np.load(tmp_path / file))
    plan = str(arrays.pop("plan"))
    del arrays["checksum"]
    stored.save(tmp_path / file, plan + " ", arrays)
    with pytest.raises(ValueError, match="another plan"):
        load(tmp_path)
    stored.save(tmp_path / file, plan, {name: array[:1] for name, array in arrays.items()})
    with pytest.raises(ValueError, match="must hold"):
        load(tmp_path)


CLAIMS = [
    *(lambda net=net: [family_claims.level(net, DATA)] for net in family_claims.NETS),
    *(lambda net=net: [family_claims.ahead(net, DATA)] for net in family_claims.NETS),
    *(
        lambda norm=norm: [
            family_claims.warm_up(norm, DATA),
            family_claims.schedule_is_free(norm, DATA),
        ]
        for norm in ("pre", "post")
    ),
    *(
        lambda name=name, nets=nets: [getattr(family_claims, name)(DATA, nets)]
        for name in ("goes_on", "jumps", "ends_as_planned", "stops", "straight_down")
        for nets in (family_claims.SGD, family_claims.TEXT)
    ),
    lambda: [family_claims.best_look(DATA), family_claims.half_way(DATA)],
    lambda: family_claims.averages(DATA),
    lambda: family_claims.fine_tuning(DATA),
]


@pytest.mark.parametrize("make", CLAIMS)
def test_a_claim_has_parts_a_figure_and_a_word(make):
    for claim in make():
        assert claim.verdict in rules.WORDS
        assert claim.parts
        assert "nan" not in claim.figures
        assert {part.bar for part in claim.parts} <= set(family_rules.BARS[claim.unit])
        said = verdict_charts.numbers([claim])
        assert "paper" not in said
        assert claim.text in said


def test_a_claim_on_the_family_leaves_nobody_out():
    parts = {part.name for part in family_claims.level("digits", DATA).parts}
    every = {f"{kind}, {n} steps" for kind in family_rules.LEVEL for n in studies.JOINED}
    assert parts == every  # those that joined later, too
    for net in ("residual", "mnist1d"):
        assert {part.name for part in family_claims.level(net, DATA).parts} == every
    text = {part.name for part in family_claims.ahead("text_pre", DATA).parts}
    assert text == {f"{kind}, {n} steps" for kind in family_rules.AHEAD for n in (50, 100, 200)}


def test_a_figure_shows_every_number_in_words():
    kinds = ("step", "constant")
    leads = family_figures.leads(("residual", "mnist1d"), 200, kinds, "It leads", DATA)
    assert leads.alt.startswith("It leads. In points, 200 steps: residual net: step ")
    for draws in (family_claims.lead("mnist1d", kind, 200, DATA) for kind in kinds):
        assert f"{draws[0]:+.1f} [" in leads.alt
    on_the_way = family_figures.watched("residual", "It waits", DATA)
    assert on_the_way.alt.count(" and ") == len(changed.KINDS) + 1 + 1
    ways = (finetuned.ONE, finetuned.HEAD)
    assert family_figures.peaks(ways, "It peaks", DATA).alt.count(";") == 1
