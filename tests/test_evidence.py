"""The machinery of the evidence, and a sample of what is stored run afresh."""

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from onecycle_widgets import OneCycle, Setting, sweep, toys
from onecycle_widgets.evidence import (
    budgets,
    causes,
    claims,
    claims_on_parts,
    effects,
    estimates,
    plans,
    rebuild,
    rules,
    studies,
)
from onecycle_widgets.evidence import experiments as evidence
from onecycle_widgets.policy.baselines import Constant, Step
from onecycle_widgets.sweeps.result import interval

DATA = Path(__file__).parents[1] / "notebooks" / "data"


def test_steps_needed_by_hand():
    steps = [100, 200, 400]
    accuracy = np.array([80.0, 90.0, 95.0])
    expected = {70: 100, 80: 100, 85: 100 * 2**0.5, 90: 200, 95: 400, 96: np.inf}
    for target, answer in expected.items():
        assert budgets.steps_needed(accuracy, steps, target) == pytest.approx(answer)
    # A longer training that did worse does not undo what a shorter one reached.
    assert budgets.steps_needed(np.array([80.0, 90.0, 70.0]), steps, 90) == pytest.approx(200)
    both = np.stack([accuracy, accuracy + 5], axis=1)
    np.testing.assert_allclose(budgets.steps_needed(both, steps, 95), [400, 200])


def test_speed_up_by_hand():
    steps = np.array([200.0, 200.0, 400.0, np.inf])
    assert budgets.speed_up(steps, np.array([100.0] * 4)).value == 2
    assert budgets.speed_up(steps, np.array([100.0] * 4)).high == np.inf
    assert np.isnan(budgets.speed_up(np.full(4, np.inf), np.full(4, np.inf)).value)


@pytest.fixture
def reached(monkeypatch):
    """Two schedules with lengths and accuracies of their own, the same in every draw."""
    made = {
        "one cycle": {100: 80.0, 200: 90.0},
        "step": {100: 70.0, 200: 80.0, 400: 85.0},
    }
    monkeypatch.setattr(budgets, "lengths", lambda evidence, kind: tuple(made[kind]))
    monkeypatch.setattr(
        budgets, "curve", lambda evidence, kind: np.array([[a] * 3 for a in made[kind].values()])
    )


def test_a_factor_is_the_least_that_it_can_be(reached):
    assert budgets.factor(None, "step", 80.0).tolist() == pytest.approx([2.0] * 3)
    # Step never comes to 90 %: it needs more than its 400 steps, so at least twice as many.
    assert budgets.factor(None, "step", 90.0).tolist() == pytest.approx([2.0] * 3)
    assert np.isnan(budgets.factor(None, "step", 95.0)).all()  # nobody gets there
    assert budgets.factor(None, "one cycle", 90.0, ours="step").tolist() == [0.0] * 3


def test_sampled_means_agree_with_the_bootstrap_of_scipy():
    values = np.random.default_rng(0).normal(90, 2, size=(2, 10))
    draws = estimates.sampled(values)
    assert draws.shape == (2, 1 + estimates.DRAWS)
    for row, found in zip(values, draws, strict=True):
        assert found[0] == pytest.approx(row.mean())
        ours = estimates.estimate(found)
        np.testing.assert_allclose((ours.low, ours.high), interval(row, np.mean), atol=0.1)
    # Runs of equal seeds are drawn together.
    np.testing.assert_allclose(estimates.sampled(values[0] - values[1]), draws[0] - draws[1])


def test_estimates_say_on_which_side_they_are():
    up, down, unsure = (estimates.mean(np.array(v)) for v in ([1, 2, 3], [-1, -2, -3], [-5, 1, 5]))
    assert (up.sure, down.sure, unsure.sure) == (1, -1, 0)
    assert up.text(" points") == "+2.0 [+1.0, +3.0] points"


@pytest.fixture(scope="module")
def tiny():
    settings = {
        "one cycle": tuple(Setting(OneCycle(r, 30), batch_size=32) for r in (1e-4, 0.1)),
        "step": tuple(Setting(Step(r, 30), batch_size=32) for r in (0.1, 1e-4)),
    }
    model = partial(toys.mlp, hidden=(16,))
    return plans.Experiment(settings, "digits", model, samples=300, tries=2, reports=3, points=2)


@pytest.fixture(scope="module")
def found(tiny):
    return rebuild.run(tiny, progress=False)


def test_choose_on_validation_then_report_fresh_seeds(tiny, found):
    assert found.chosen("one cycle").peak == found.chosen("step").peak == 0.1
    assert found.candidates.seeds == (0, 1)
    assert found.report.seeds == (1000, 1001, 1002)
    assert found.report.settings == (found.chosen("one cycle"), found.chosen("step"))
    assert found.report.accuracy["test"].shape == (2, 3, 2)
    assert found.reported("step").shape == (3,)
    # Nothing is chosen on the test data: turned upside down, they change nothing.
    upside_down = dict(found.candidates.accuracy, test=-found.candidates.accuracy["test"])
    other = replace(found, candidates=replace(found.candidates, accuracy=upside_down))
    assert other.chosen("step") == found.chosen("step")
    train, measure = tiny.data()
    assert len(train.y) == 300
    both = np.concatenate([train.x.numpy(), measure["validation"].x.numpy()])
    assert len(np.unique(both, axis=0)) == len(both)  # no sample in both


def test_a_gain_is_paired_by_seed(found):
    gain = estimates.gain(found, "one cycle", "step")
    paired = found.reported("one cycle") - found.reported("step")
    assert gain.value == pytest.approx(paired.mean())


@pytest.fixture(scope="module")
def in_two_rounds(tiny):
    rates = (1e-4, 1e-3, 0.1)
    families = {
        "one cycle": tuple(Setting(OneCycle(rate, 30), batch_size=32) for rate in rates),
        "step": tuple(Setting(Step(rate, 30), batch_size=32) for rate in rates),
    }
    return replace(tiny, families=families, finalists=2, again=4)


def test_two_rounds_and_a_report_share_no_seed(in_two_rounds):
    found = rebuild.run(in_two_rounds, progress=False)
    assert [runs.seeds for runs in found.rounds.values()] == [
        (0, 1), (500, 501, 502, 503), (1000, 1001, 1002),
    ]  # fmt: skip
    assert found.finalists("step") == [2, 1]  # by the validation data, the best first
    assert found.finals.settings[2:] == tuple(in_two_rounds.families["step"][at] for at in (2, 1))
    assert found.final_tuning("step").shape == (2, 4)
    assert found.chosen("step").peak == 0.1
    assert found.report.settings == (found.chosen("one cycle"), found.chosen("step"))


def test_the_second_round_decides(in_two_rounds):
    found = rebuild.run(in_two_rounds, progress=False)
    turned = dict(found.finals.accuracy, validation=-found.finals.accuracy["validation"])
    other = replace(found, finals=replace(found.finals, accuracy=turned))
    assert other.finalists("step") == found.finalists("step")
    assert other.chosen("step").peak == 1e-3
    # Where all draws agree on the winner, its report is what is told; else the other's seeds, too.
    clear = estimates.accuracy(found, "step")
    np.testing.assert_array_equal(clear, estimates.sampled(found.reported("step")))


def test_a_run_that_was_stopped_goes_on(in_two_rounds, tmp_path, monkeypatch):
    whole = rebuild.run(in_two_rounds, progress=False, unfinished=tmp_path / "whole")
    trained = []

    def counted(model, train, settings, *rest, **options):
        trained.append(len(settings))
        if len(trained) == 2:
            raise KeyboardInterrupt
        return sweep(model, train, settings, *rest, **options)

    monkeypatch.setattr(rebuild, "sweep", counted)
    with pytest.raises(KeyboardInterrupt):
        rebuild.run(in_two_rounds, progress=False, unfinished=tmp_path / "stopped")
    again = rebuild.run(in_two_rounds, progress=False, unfinished=tmp_path / "stopped")
    assert trained == [6, 4, 4, 2]  # the candidates were not trained a second time
    np.testing.assert_array_equal(again.reported("step"), whole.reported("step"))
    # What belongs to another plan is not taken for a piece of this one.
    longer = replace(in_two_rounds, tries=3)
    rebuild.run(longer, progress=False, unfinished=tmp_path / "stopped")
    assert trained[4:] == [6]  # who came into the later rounds has not changed


def test_the_luck_of_the_choice_is_in_the_interval(found):
    def with_validation(values):
        accuracy = dict(found.candidates.accuracy, validation=np.array(values)[..., None])
        return replace(found, candidates=replace(found.candidates, accuracy=accuracy))

    test = 100 * found.tuning("step", "test")
    clear = estimates.accuracy(with_validation([[0.1, 0.1], [0.9, 0.9]] * 2), "one cycle")
    np.testing.assert_array_equal(clear, estimates.sampled(found.reported("one cycle")))
    # Each of the two seeds for choosing would choose another candidate: so do the draws.
    torn = estimates.accuracy(with_validation([[0.5, 0.5]] * 2 + [[0.9, 0.2], [0.3, 0.7]]), "step")
    assert torn[0] == found.reported("step").mean()
    other = (torn[1:] <= test[1].max()).mean()
    assert 0.2 < other < 0.3  # one draw in four takes the second seed twice
    assert estimates.estimate(torn).low < estimates.mean(found.reported("step")).low


def test_stored_and_loaded(found, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(studies.EXPERIMENTS, "tiny", tiny)
    found.save(tmp_path, "tiny")
    read = evidence.load("tiny", tmp_path)
    np.testing.assert_array_equal(read.reported("step"), found.reported("step"))
    np.testing.assert_array_equal(read.tuning("step"), found.tuning("step"))
    stale = replace(tiny, families={"step": tiny.families["step"]})
    monkeypatch.setitem(studies.EXPERIMENTS, "tiny", stale)
    with pytest.raises(ValueError, match="another plan"):
        evidence.load("tiny", tmp_path)
    for change in ({"tries": 3}, {"reports": 4}):
        monkeypatch.setitem(studies.EXPERIMENTS, "tiny", replace(tiny, **change))
        with pytest.raises(ValueError, match="another plan"):
            evidence.load("tiny", tmp_path)
    with pytest.raises(ValueError, match="name must be one of"):
        evidence.load("none", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"folder must hold decay.candidates.npz"):
        evidence.load("decay", tmp_path)


def test_reports_of_other_seeds_and_incomplete_runs_are_refused(found, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(studies.EXPERIMENTS, "tiny", tiny)
    choosing = replace(found.report, seeds=tuple(range(len(found.report.seeds))))
    replace(found, report=choosing).save(tmp_path, "tiny")
    with pytest.raises(ValueError, match="another plan"):
        evidence.load("tiny", tmp_path)
    for part in ("candidates", "report"):
        runs = getattr(found, part)
        complete = runs.complete.copy()
        complete[0, 0] = False
        replace(found, **{part: replace(runs, complete=complete)}).save(tmp_path, "tiny")
        with pytest.raises(
            ValueError, match=r"tiny is incomplete: \d of \d runs came to their end"
        ):
            evidence.load("tiny", tmp_path)


def test_the_command_stores(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(studies.EXPERIMENTS, "tiny", replace(tiny, reports=0))
    monkeypatch.setattr("sys.argv", ["evidence", str(tmp_path), "tiny"])
    rebuild.main()
    assert capsys.readouterr().out.startswith("tiny: ")
    assert evidence.load("tiny", tmp_path).report is None
    monkeypatch.setattr("sys.argv", ["evidence", str(tmp_path), "nothing"])
    with pytest.raises(SystemExit):
        rebuild.main()


def shapes(family):
    """How often each rate and decay can be chosen: once for every shape."""
    return Counter((setting.peak, setting.weight_decay) for setting in family)


def test_plans_are_fair():
    for name, experiment in studies.EXPERIMENTS.items():
        choices = {frozenset(shapes(family).items()) for family in experiment.families.values()}
        assert len(choices) == 1 or name in ("decay", "high_rates"), name
        assert len({len(family) for family in experiment.families.values()}) == 1, name
        assert experiment.reports in (0, 10), name


def test_everybody_chooses_among_as_many_shapes_the_papers_among_them():
    assert {len(found) for _, found in studies.KINDS.values()} == {3}
    for kind, (make, found) in studies.KINDS.items():
        assert len({tuple(make(0.1, 400, **shape).curve().lr) for shape in found}) == 3, kind
    assert {"milestones": (0.625, 0.875)} in studies.KINDS["step"][1]


def test_a_family_of_the_second_round_has_no_decay_at_the_edge_of_its_range_too_often():
    """Of what was chosen; a decay of 0 is no edge, since there is none below it."""
    edges = every = 0
    for name in ("residual", "mnist1d", "digits"):
        found = evidence.load(name, DATA)
        for family, candidates in found.experiment.families.items():
            highest = max(setting.weight_decay for setting in candidates)
            edges += found.chosen(family).weight_decay == highest
            every += 1
    assert edges < 0.3 * every, f"{edges} of {every}"


def test_everything_is_stored_and_small():
    names = {path.name.split(".")[0] for path in DATA.glob("*.candidates.npz")}
    assert names == set(studies.EXPERIMENTS)
    assert sum(path.stat().st_size for path in DATA.glob("*.npz")) < 1_500_000
    for name in names:
        found = evidence.load(name, DATA)
        assert all(runs.complete.all() for runs in found.rounds.values())


@pytest.mark.parametrize("name", studies.EXPERIMENTS)
def test_a_sample_of_every_experiment_run_afresh(name):
    stored = evidence.load(name, DATA)
    plan = stored.experiment
    train, measure = plan.data()
    # A short training at the lowest rate that learns something, and whose seeds differ least: where
    # they differ much (as at a rate that is too high), rounding decides, and each processor has
    # its own.
    shortest = min(settings[0].total_steps for settings in plan.families.values())
    luck = {
        family: stored.tuning(family, "validation")[0].std()
        for family, settings in plan.families.items()
        if settings[0].total_steps == shortest
        and stored.tuning(family, "validation")[0].mean() > (0.3 if plan.loss_fn is None else -3)
    }
    family = min(luck, key=lambda name: luck[name])
    # At the ablation's rate of 2.5 they all differ: there the means are compared, of more seeds.
    chaotic = name == "ablation_mnist1d"
    seeds = stored.candidates.seeds[: 10 if chaotic else 3]
    setting = plan.families[family][0]
    fresh = sweep(
        plan.model, train, [setting], seeds, measure, loss_fn=plan.loss_fn, progress=False
    )
    for on in measure:
        old, new = (
            stored.tuning(family, on)[0, : len(seeds)],
            evidence.scores(plan, fresh, on)[0],
        )
        if chaotic:
            assert abs(new.mean() - old.mean()) < 3 * np.hypot(old.std(), new.std()) / 10**0.5
            continue
        np.testing.assert_allclose(new, old, atol=0.03)
        assert abs(new.mean() - old.mean()) < 0.015


def test_constant_is_worse_than_falling_in_the_stored_data():  # a check of the signs
    found = evidence.load("mnist1d", DATA)
    assert estimates.gain(found, "step, 400 steps", "constant, 400 steps").sure == 1
    assert isinstance(found.chosen("constant, 400 steps").schedule, Constant)


ROWS = [
    *(partial(claims.fewer_steps, net=net) for net in ("residual", "mnist1d", "digits")),
    *(partial(claims.more_accuracy, net=net) for net in claims.NETS),
    claims.chosen_momenta,
    claims.warm_up_is_enough,
    *(partial(claims.warm_up_counts_most, net=net) for net in ("residual", "mnist1d")),
    claims.depth,
    claims.convolutions,
    claims.scarce_data,
    claims.high_rates,
    *claims_on_parts.POINTS,
    *claims_on_parts.OTHERS,
]


@pytest.mark.parametrize("row", ROWS)
def test_a_claim_has_parts_a_figure_and_a_word(row):
    claim = row(DATA)
    assert claim.paper
    assert "[" in claim.figures
    assert "nan" not in claim.figures
    assert claim.verdict in rules.WORDS
    assert {part.word for part in claim.parts} <= set(rules.WORDS)
    assert len({part.name for part in claim.parts}) == len(claim.parts)


def part(low, high, bar=rules.MORE, name="part"):
    """A part whose interval is just that."""
    return rules.Part(name, np.r_[(low + high) / 2, np.linspace(low, high, 4001)], bar)


def test_words_of_parts_and_claims():
    ahead, behind, level, torn = part(1, 3), part(-3, -1), part(-0.5, 0.5), part(-2, 3)
    words = [one.word for one in (ahead, behind, level, torn)]
    assert words == [rules.SEEN, rules.OPPOSITE, rules.RULED_OUT, rules.UNDECIDED]
    assert rules.verdict([ahead, ahead]) == rules.SEEN
    assert rules.verdict([level, level]) == rules.RULED_OUT
    assert rules.verdict([ahead, level]) == rules.UNDECIDED  # seen in a part is not seen
    assert rules.verdict([behind, torn]) == rules.OPPOSITE
    assert rules.verdict([behind, ahead]) == rules.UNDECIDED
    with pytest.raises(ValueError, match="parts must hold"):
        rules.verdict([])


def test_a_factor_of_two_is_not_far_fewer():
    assert part(1.5, 2.5, rules.FAR).word == rules.RULED_OUT
    assert part(3, 6, rules.FAR).word == rules.UNDECIDED
    assert part(4.1, 9, rules.FAR).word == rules.SEEN
    assert part(0.6, 0.9, rules.FAR).word == rules.OPPOSITE


def test_as_good_as_is_behind_by_less_than_a_point():
    assert part(-0.8, -0.1, rules.AS_GOOD).word == rules.SEEN
    assert part(-1.2, 2, rules.AS_GOOD).word == rules.UNDECIDED
    assert part(-3, -0.5, rules.AS_GOOD).word == rules.OPPOSITE


def test_several_parts_are_corrected_for():
    """One part in five that is barely on one side is no finding; alone it would be."""
    barely = rules.Part("a", np.r_[1.0, np.linspace(-0.06, 3, 4000)], rules.MORE)
    assert barely.word == rules.SEEN
    assert rules.surely([barely]) == ["a"]
    assert rules.surely([barely, *(part(-2, 2, name=n) for n in "bcde")]) == []
    no_number = rules.Part("x", np.full(4001, np.nan), rules.MORE)
    assert (no_number.word, no_number.p_value(1)) == (rules.UNDECIDED, 1.0)


def test_parts_of_one_cycle_add_up():
    found = causes.ablated(evidence.load("ablation_mnist1d", DATA))
    whole = found[True, True, True] - found[False, False, False]
    np.testing.assert_allclose(sum(causes.shapley(found).values()), whole)
    for order in ((0, 1, 2), (2, 0, 1)):
        np.testing.assert_allclose(sum(causes.waterfall(found, order).values()), whole)


def test_decay_rules_by_hand():
    accuracy = np.array([[0.90], [0.91], [0.93], [0.92], [0.905], [0.89], [0.5]])
    assert 10 ** effects.best_decay(accuracy)[0] == pytest.approx(1e-4)
    assert 10 ** effects.most_decay(accuracy)[0] == pytest.approx(1e-3)
    # Rates 0.01 to 3; the third and the fourth are near the best.
    rates = np.array([[0.5], [0.7], [0.91], [0.93], [0.8], [0.1]])
    assert 10 ** effects.good_centre(rates)[0] == pytest.approx((0.1 * 0.3) ** 0.5)
