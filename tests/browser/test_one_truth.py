"""The front end's numbers are torch's, and its words are Python's."""

import base64
import random
import warnings

import numpy as np
import pytest
from stepping import TORCH, sgd

from onecycle_widgets import OneCycle
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.frontend import typed
from onecycle_widgets.policy.frameworks import FRAMEWORKS

SEED = 20261123
EXPOSED = (
    "TABLES, check, checkTyped, notesOn, codeOf, cyclesOf, snapped, Impossible, general, float, "
    "csvOf"
)


@pytest.fixture(scope="module")
def front(browser):
    """A blank page that holds the explorer's modules."""
    page = browser.new_page()
    page.goto("about:blank")
    script = frontend.joined(*frontend.MODULES["explorer"])
    page.add_script_tag(type="module", content=f"{script}\nglobalThis.front = {{ {EXPOSED} }};")
    page.wait_for_function("globalThis.front")
    yield page
    page.close()


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_policy(rng, most):
    """Arguments of a valid policy: every parameter, every shape, one to three groups."""
    while True:
        three_phase = rng.random() < 0.5
        groups = rng.choice([1, 1, 1, 2, 3])
        momenta = sorted(rng.uniform(0, 0.999) for _ in range(2))
        rates = [log_uniform(rng, 1e-6, 10) for _ in range(groups)]
        steps = max(2, round(log_uniform(rng, 2, most)))
        given = {
            "max_lr": rates if groups > 1 else rates[0],
            "total_steps": steps,
            "pct_start": rng.choice([0.3, round(rng.uniform(0, 1), 2), rng.uniform(0, 1)]),
            "anneal_strategy": rng.choice(["cos", "linear"]),
            "cycle_momentum": rng.random() < 0.8,
            "base_momentum": momenta[0],
            "max_momentum": momenta[1],
            "div_factor": rng.choice([25.0, log_uniform(rng, 0.5, 1000)]),
            "final_div_factor": rng.choice([1e4, log_uniform(rng, 0.5, 1e6)]),
            "three_phase": three_phase,
        }
        if steps % 7 == 0:
            del given["total_steps"]
            given |= {"epochs": 7, "steps_per_epoch": steps // 7}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return given, OneCycle(**given)
            except ValueError:
                continue


def stepped(policy):
    """Learning rates and momenta that torch's own scheduler sets, shape (groups, steps)."""
    optimizer = sgd(policy.groups or 1)
    scheduler = TORCH(optimizer, **policy.arguments())
    optimizer.step()
    groups, steps = optimizer.param_groups, policy.total_steps
    found = np.empty((2, len(groups), steps))
    for step in range(steps):
        for row, group in enumerate(groups):
            found[:, row, step] = group["lr"], group["momentum"]
        if step < steps - 1:
            scheduler.step()
    return found


CURVE = """(given) => {
    const policy = front.check(given);
    const cycles = front.cyclesOf(policy);
    const values = new Float64Array(2 * cycles.length * policy.total_steps);
    let i = 0;
    for (const name of policy.cycle_momentum ? ["lr", "momentum"] : ["lr"])
        for (const cycle of cycles)
            for (let step = 0; step < policy.total_steps; step++) values[i++] = cycle[name](step);
    let text = "";
    for (const byte of new Uint8Array(values.buffer)) text += String.fromCharCode(byte);
    return { values: btoa(text), means: cycles.map((cycle) => cycle.mean),
             peaks: cycles.map((cycle) => cycle.peak) };
}"""


def policies():
    """1,000 valid policies up to 3,000 steps, 30 longer ones up to and at 100,000."""
    rng = random.Random(SEED)
    found = [random_policy(rng, 3000) for _ in range(1000)]
    while len(found) < 1028:
        given, policy = random_policy(rng, 100_000)
        if policy.total_steps > 3000:
            found.append((given, policy))
    for strategy in ("cos", "linear"):
        given = {"max_lr": 0.1, "total_steps": 100_000, "anneal_strategy": strategy}
        found.append((given, OneCycle(**given)))
    return found


def test_the_front_ends_curve_is_torchs(front):
    worst, steps = 0.0, 0
    for given, policy in policies():
        answer = front.evaluate(CURVE, given)
        values = np.frombuffer(base64.b64decode(answer["values"]))
        ours = values.reshape(2, policy.groups or 1, policy.total_steps)
        torchs = stepped(policy)
        for mine, theirs in zip(ours[: 1 + policy.cycle_momentum], torchs, strict=False):
            scale = np.where(theirs == 0, 1, np.abs(theirs))
            difference = np.abs(mine - theirs) / scale
            worst = max(worst, difference.max())
            assert worst < 1e-12, (given, difference.argmax())
        np.testing.assert_allclose(answer["means"], torchs[0].mean(-1), rtol=1e-9)
        for row, peak in zip(torchs[0], answer["peaks"], strict=True):
            assert row[peak] >= row.max() * (1 - 1e-12)
        steps += policy.total_steps
    print(f"largest relative difference {worst:.2e} over {steps:,} steps")


AWKWARD = {
    "max_lr": [0.1, 1e-7, 3, 0, -1, -0.5, "abc", "", "it's", 'say "no"', [0.1, 0.2], [], [0.1, -2],
               [0.1, "x"], [1, 2, 3], True, 1e300, 1e16, 123456789.125,
               "x" * 200, "é🚴" * 60, [[0.125] * 40], "'" * 98],
    "total_steps": [1, 2, 3, 4, 5, 7, 10, 48, 64, 100, 1024, 99999, 0, -3, 2.5, "ten", False],
    "epochs": [1, 3, 10, 0, "x", 1.5],
    "steps_per_epoch": [1, 10, 33, 0, "y", -1],
    "pct_start": [0.3, 0, 0.0, 1, 0.5, 0.45, 0.51, 0.999, 0.01, 0.1, 0.2, 0.25, 1 / 3, 1 / 64,
                  0.0009765625, 1.5, -0.1, "half", True],
    "anneal_strategy": ["cos", "linear", "cosine", "cos" * 50],
    "cycle_momentum": [True, False, 1],
    "base_momentum": [0.85, 0, 0.95, 0.96, 1, -0.1, [0.8, 0.9], "m"],
    "max_momentum": [0.95, 0.999, 0.5, 1.0, [0.95, 0.85], [0.9, 0.9, 0.9]],
    "div_factor": [25, 10, 0.5, 1, 0, 1e-320, 1e300, "d", 1e22],
    "final_div_factor": [1e4, 4000, 0.01, 1, 0, -5, 1e-300, 2.5],
    "three_phase": [False, True, "yes"],
}  # fmt: skip


def as_json(value):
    """A value as it comes from a browser: JSON knows no difference between 1.0 and 1."""
    if isinstance(value, list):
        return [as_json(item) for item in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    return int(value) if whole else value


def awkward(rng):
    """Mostly sound arguments with a few awkward ones: what a person may type."""
    given = {"max_lr": 0.1, "total_steps": rng.choice([10, 100, 1000])}
    for name in rng.sample(sorted(AWKWARD), rng.choice([0, 1, 1, 2, 2, 3, 4])):
        given[name] = as_json(rng.choice(AWKWARD[name]))
    if "epochs" in given and "steps_per_epoch" in given and rng.random() < 0.7:
        del given["total_steps"]
    return given


WORDS = """(all) => all.map((given) => {
    try {
        const policy = front.check(given);
        const code = Object.keys(front.TABLES.frameworks).map((name) => front.codeOf(policy, name));
        return { error: "", notes: front.notesOn(policy), code };
    } catch (problem) {
        if (!(problem instanceof front.Impossible)) throw problem;
        return { error: problem.message };
    }
})"""


def codes(policy):
    return [policy.code(framework) for framework in FRAMEWORKS]


def in_python(given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            policy = OneCycle(**given)
        except (TypeError, ValueError) as error:
            return {"error": str(error)}
    return {"error": "", "notes": list(policy.notes), "code": codes(policy)}


def test_the_front_ends_words_are_pythons(front):
    rng = random.Random(SEED)
    given = [awkward(rng) for _ in range(4000)]
    expected = [in_python(one) for one in given]
    found = front.evaluate(WORDS, given)
    for one, mine, theirs in zip(given, expected, found, strict=True):
        assert theirs == mine, one
    impossible = {words["error"].partition("=")[0][:20] for words in expected if words["error"]}
    assert len(impossible) > 15  # all kinds came up
    assert sum(not words["error"] for words in expected) > 1000


TYPED = ["", "  ", "abc", "1,5", "0,1", "10,000", "10.000", "1.000.000", "1,000,000", "12,345.5",
         "0,1, 0,2", "it's", "1e999", "'", "x" * 200, "10,500", "5,", ["", "x"],
         [0.1, "0,2"]]  # fmt: skip
DOUBTS = """(all) => all.map((given) => {
    try { front.checkTyped(given); return ""; } catch (problem) { return problem.message; }
})"""


def test_the_front_ends_code_is_pythons_for_random_policies(front):
    rng = random.Random(SEED)
    found = [random_policy(rng, 100_000) for _ in range(1000)]
    expected = [{"error": "", "notes": list(p.notes), "code": codes(p)} for _, p in found]
    given = [{name: as_json(value) for name, value in one.items()} for one, _ in found]
    for one, mine, theirs in zip(given, expected, front.evaluate(WORDS, given), strict=True):
        assert theirs == mine, one
    own = sum("ParamScheduler" in text for words in expected for text in words["code"])
    assert 100 < own < 900  # some fit fastai's fit_one_cycle, some do not


def test_what_is_typed_is_doubted_in_the_same_words(front):
    given = [{name: text} for name in typed.ALLOWED for text in TYPED]
    given += [{"max_lr": 0.1, "pct_start": None, "epochs": 3}]
    expected = []
    for one in given:
        try:
            typed.check(one)
            expected.append("")
        except ValueError as error:
            expected.append(str(error))
    assert front.evaluate(DOUBTS, given) == expected
    assert expected[-1] == ""
    assert "(str)" not in " ".join(expected)
    assert len({message.partition(" ")[2] for message in expected}) > 15


def test_numbers_are_written_as_python_writes_them(front):
    rng = random.Random(SEED)
    numbers = [rng.uniform(-1, 1) * 10 ** rng.randint(-30, 30) for _ in range(2000)]
    numbers += [k / 2**m for k in range(-40, 40) for m in range(0, 30, 3)]  # with ties
    numbers += [1e-4, 9.9999e-5, 1e16, 123456.0, 1e15, 0.1, 2.5, 1e22]
    expected = [[repr(x), *(f"{x:.{digits}g}" for digits in (1, 3, 4, 6))] for x in numbers]
    written = "(x) => [front.float(x), ...[1, 3, 4, 6].map((d) => front.general(x, d))]"
    found = front.evaluate(f"(all) => all.map({written})", numbers)
    for number, mine, theirs in zip(numbers, expected, found, strict=True):
        if number != 0:  # JSON has no minus zero
            assert theirs == mine


@pytest.mark.filterwarnings("ignore:.*div_factor", "ignore:no rise", "ignore:no warm-up")
def test_snapping_puts_a_step_on_the_peak(front):
    rng = random.Random(SEED)
    for _ in range(300):
        given, policy = random_policy(rng, 5000)
        three = policy.three_phase
        if policy.total_steps < (5 if three else 3):
            continue
        share = front.evaluate("(given) => front.snapped(front.check(given))", given)
        mended = policy.replace(pct_start=share)
        assert abs(share - policy.pct_start) <= 2 / policy.total_steps  # the least warm-up
        top = np.atleast_1d(policy.max_lr)
        curve = np.atleast_2d(mended.curve().lr)
        step = round(share * policy.total_steps) - 1
        np.testing.assert_allclose(curve[:, step], top, rtol=1e-12)


def test_csv_is_the_curve(front):
    given = {"max_lr": [0.1, 0.02], "total_steps": 50}
    lines = front.evaluate("(given) => front.csvOf(front.check(given))", given).splitlines()
    assert lines[0] == "step,lr_group_0,lr_group_1,momentum_group_0,momentum_group_1"
    rows = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
    curve = OneCycle(**given).curve()
    np.testing.assert_array_equal(rows[:, 0], np.arange(50))
    np.testing.assert_allclose(rows[:, 1:3].T, curve.lr, rtol=1e-12)
    np.testing.assert_allclose(rows[:, 3:].T, curve.momentum, rtol=1e-12)
