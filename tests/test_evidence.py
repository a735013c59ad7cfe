"""The machinery of the evidence, and a sample of what is stored run afresh."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from onecycle_widgets import OneCycle, Setting, sweep, toys
from onecycle_widgets.evidence import budgets, claims, effects, estimates, plans, rebuild, studies
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
    steps = [100, 200, 400]
    ours = estimates.sampled(np.array([[90.0] * 4, [94.0] * 4, [95.0] * 4]))
    runs = np.array([[80.0] * 4, [90.0] * 4, [94.0] * 4])
    theirs = estimates.sampled(runs)
    found = budgets.speed_up(theirs, ours, steps, 92.0)
    assert (found.value, found.low, found.high) == pytest.approx((2, 2, 2))
    assert budgets.speed_up(theirs, ours, steps, 95.0).value == np.inf
    assert budgets.speed_up(theirs, ours, steps, 95.0).text("", 1, "") == "∞ [∞, ∞]"
    assert np.isnan(budgets.speed_up(theirs, ours, steps, 99.0).value)
    noisy = estimates.sampled(runs + np.random.default_rng(0).normal(size=(3, 4)))
    found = budgets.speed_up(noisy, ours, steps, 92.0)
    assert found.low < found.value < found.high


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


def test_estimates_and_verdicts():
    up, down, unsure = (estimates.mean(np.array(v)) for v in ([1, 2, 3], [-1, -2, -3], [-5, 1, 5]))
    assert (up.sure, down.sure, unsure.sure) == (1, -1, 0)
    assert up.text(" points") == "+2.0 [+1.0, +3.0] points"
    assert estimates.verdict([1, 1]) == estimates.HOLDS
    assert estimates.verdict([1, 0]) == estimates.PARTLY
    assert estimates.verdict([0, -1]) == estimates.NOT


def test_good_rates_by_hand():
    assert estimates.good_rates(np.array([50, 97, 99, 96.5, 10]), [0.01, 0.1, 1, 10, 100]) == 2


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


def test_few_tries(found):
    assert (
        budgets.after_tries(found, "step", 2) == 100 * found.tuning("step", "test")[0].mean()
    ).all()
    one = budgets.after_tries(found, "step", 1)
    assert len(set(one.tolist())) == 2
    gain = estimates.gain(found, "one cycle", "step")
    paired = found.reported("one cycle") - found.reported("step")
    assert gain.value == pytest.approx(paired.mean())


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
    with pytest.raises(FileNotFoundError, match=r"folder must hold map.candidates.npz"):
        evidence.load("map", tmp_path)


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


def test_plans_are_fair():
    for name, experiment in studies.EXPERIMENTS.items():
        sizes = {len(family) for family in experiment.families.values()}
        assert len(sizes) == 1, name
        choices = {
            tuple((s.peak, s.weight_decay) for s in family)
            for family in experiment.families.values()
        }
        assert len(choices) == 1 or name == "decay", name
        assert experiment.reports in (0, 10), name


def test_everything_is_stored_and_small():
    names = {path.name.split(".")[0] for path in DATA.glob("*.npz")}
    assert names == set(studies.EXPERIMENTS)
    assert sum(path.stat().st_size for path in DATA.glob("*.npz")) < 1_000_000
    for name in studies.EXPERIMENTS:
        found = evidence.load(name, DATA)
        assert found.candidates.complete.all()


# Mild rates and short trainings: there rounding does not decide.
SAMPLE = [
    ("budgets_digits", "one cycle, 100 steps", 2),
    ("budgets_digits", "linear, 50 steps", 2),
    ("map", "step, 75 steps", 6),
    ("map", "one cycle, 100 steps", 7),
]


@pytest.mark.parametrize(("name", "family", "candidate"), SAMPLE)
def test_a_sample_of_what_is_stored_run_afresh(name, family, candidate):
    stored = evidence.load(name, DATA)
    plan = studies.EXPERIMENTS[name]
    train, measure = plan.data()
    setting, seeds = plan.families[family][candidate], stored.candidates.seeds
    fresh = sweep(plan.model, train, [setting], seeds, measure, progress=False)
    for on in measure:
        old, new = stored.tuning(family, on)[candidate], fresh.final(on)[0]
        np.testing.assert_allclose(new, old, atol=0.03)
        assert abs(new.mean() - old.mean()) < 0.01


def test_constant_is_worse_than_falling_in_the_stored_data():  # a check of the signs
    found = evidence.load("budgets_mnist1d", DATA)
    assert estimates.gain(found, "step, 400 steps", "constant, 400 steps").sure == 1
    assert isinstance(found.chosen("constant, 400 steps").schedule, Constant)


@pytest.mark.parametrize("row", [*claims.SPEED, *claims.PARTS])
def test_a_row_of_the_table_of_claims(row):
    claim, paper, figure, verdict = row(folder=DATA)
    assert paper
    assert "[" in figure
    assert "nan" not in figure
    assert verdict in (estimates.HOLDS, estimates.PARTLY, estimates.NOT)
    assert claims.table([(claim, paper, figure, verdict)]).splitlines()[-1] == (
        f"  verdict: {verdict}"
    )


def test_every_claim_has_its_number():
    numbers = [int(row(folder=DATA)[0].split(".")[0]) for row in (*claims.SPEED, *claims.PARTS)]
    assert numbers == list(range(1, 14))


def test_decay_rules_by_hand():
    accuracy = np.array([[0.90], [0.91], [0.93], [0.92], [0.905], [0.89], [0.5]])
    assert 10 ** effects.best_decay(accuracy)[0] == pytest.approx(1e-4)
    assert 10 ** effects.most_decay(accuracy)[0] == pytest.approx(1e-3)
    # Rates 0.01 to 3; the third and the fourth are near the best.
    rates = np.array([[0.5], [0.7], [0.91], [0.93], [0.8], [0.1]])
    assert 10 ** effects.good_centre(rates)[0] == pytest.approx((0.1 * 0.3) ** 0.5)
