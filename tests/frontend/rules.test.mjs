import assert from "node:assert/strict";
import { test } from "node:test";
import { check, checkTyped, Impossible, notesOn } from "../../onecycle_widgets/frontend/rules.js";

const SOUND = { max_lr: 0.1, total_steps: 100 };

// What is wrong, beside which control it is said, and how the message begins.
const WRONG = [
  [{ max_lr: 0 }, "max_lr", "max_lr must be a finite number above 0, got 0"],
  [{ max_lr: "abc" }, "max_lr", "max_lr must be a finite number above 0, got 'abc' (str)"],
  [{ max_lr: true }, "max_lr", "max_lr must be a finite number above 0, got True (bool)"],
  [{ max_lr: [] }, "max_lr", "max_lr must hold one number per parameter group, got an empty list"],
  [{ max_lr: [0.1, -2] }, "max_lr", "max_lr[1] must be a finite number above 0, got -2"],
  [{ base_momentum: 1 }, "base_momentum", "base_momentum must be a number in [0, 1), got 1"],
  [{ max_momentum: -0.1 }, "max_momentum", "max_momentum must be a number in [0, 1), got -0.1"],
  [{ div_factor: 0 }, "div_factor", "div_factor must be a finite number above 0, got 0"],
  [{ final_div_factor: "x" }, "final_div_factor", "final_div_factor must be a finite number"],
  [{ pct_start: 1.5 }, "pct_start", "pct_start must be a number between 0 and 1, got 1.5"],
  [
    { total_steps: 2.5 },
    "total_steps",
    "total_steps must be a whole number of at least 1, got 2.5",
  ],
  [{ total_steps: true }, "total_steps", "total_steps must be a whole number of at least 1, got T"],
  [{ epochs: 0 }, "epochs", "epochs must be a whole number of at least 1, got 0"],
  [{ cycle_momentum: 1 }, "cycle_momentum", "cycle_momentum must be True or False, got 1 (int)"],
  [{ anneal_strategy: "cosine" }, "anneal_strategy", "anneal_strategy must be 'cos' or 'linear', "],
  [
    { base_momentum: 0.99 },
    "base_momentum",
    "base_momentum=0.99 must not be above max_momentum=0.95",
  ],
  [
    { max_lr: [1, 2, 3], max_momentum: [0.9, 0.95] },
    "max_lr",
    "lists must have one value per parameter group, but max_lr has 3, max_momentum has 2",
  ],
  [{ div_factor: 1e-320 }, "div_factor", "div_factor=1e-320 and final_div_factor=10000.0 make the"],
  [{ final_div_factor: 1e-320 }, "div_factor", "div_factor=25.0 and final_div_factor=1e-320 make"],
  [
    { pct_start: 0.7, three_phase: true },
    "pct_start",
    "pct_start=0.7 with total_steps=100 and three_phase=True must be at most 0.5",
  ],
  [
    { pct_start: 1 },
    "pct_start",
    "pct_start=1.0 with total_steps=100 leaves no step for annealing",
  ],
  [{ pct_start: 0.01 }, "pct_start", "pct_start=0.01 with total_steps=100 makes a warm-up of zero"],
];

test("what is impossible is refused, beside its control and in Python's words", () => {
  for (const [wrong, parameter, words] of WRONG) {
    const { message, ...told } = refusal({ ...SOUND, ...wrong });
    assert.deepEqual(told, { parameter });
    assert.ok(message.startsWith(words), `${message} does not start with: ${words}`);
    assert.doesNotMatch(message, /[{}]|undefined|NaN/);
  }
});

function refusal(given) {
  try {
    check(given);
  } catch (problem) {
    assert.ok(problem instanceof Impossible, problem);
    return { parameter: problem.parameter, message: problem.message };
  }
  return assert.fail(`${JSON.stringify(given)} was not refused`);
}

test("the advice in a refusal is sound", () => {
  for (const [pct_start, advice] of [
    [1, "try pct_start=0.9"],
    [0.01, "try pct_start=0.02 or more"],
  ]) {
    const { message } = refusal({ ...SOUND, pct_start });
    assert.ok(message.endsWith(advice), message);
    const better = Number(/try pct_start=([\d.]+)/.exec(message)[1]);
    assert.equal(check({ ...SOUND, pct_start: better }).pct_start, better);
  }
  for (const pct_start of [0.5, 1]) {
    const { message } = refusal({ max_lr: 0.1, total_steps: 2, pct_start });
    assert.match(message, /use more steps$/);
  }
});

test("at the very edge of the impossible a policy is allowed", () => {
  for (const edge of [
    { pct_start: 0 },
    { pct_start: 0.99 },
    { pct_start: 0.5, three_phase: true },
    { base_momentum: 0, max_momentum: 0 },
    { base_momentum: 0.95 },
    { total_steps: 1, pct_start: 0 },
  ]) {
    assert.doesNotThrow(() => check({ ...SOUND, ...edge }), JSON.stringify(edge));
  }
});

test("what is left out has torch's default", () => {
  assert.deepEqual(check(SOUND), {
    max_lr: 0.1,
    total_steps: 100,
    epochs: null,
    steps_per_epoch: null,
    pct_start: 0.3,
    anneal_strategy: "cos",
    cycle_momentum: true,
    base_momentum: 0.85,
    max_momentum: 0.95,
    div_factor: 25,
    final_div_factor: 1e4,
    three_phase: false,
  });
});

test("total_steps wins over a product that differs", () => {
  const product = check({ max_lr: 1, epochs: 4, steps_per_epoch: 25 });
  assert.deepEqual([product.total_steps, product.epochs, product.steps_per_epoch], [100, 4, 25]);
  const same = check({ ...SOUND, epochs: 4, steps_per_epoch: 25 });
  assert.deepEqual([same.total_steps, same.epochs, same.steps_per_epoch], [100, 4, 25]);
  const other = check({ ...SOUND, epochs: 4, steps_per_epoch: 26 });
  assert.deepEqual([other.total_steps, other.epochs, other.steps_per_epoch], [100, null, null]);
});

test("what is given is left as it was", () => {
  const given = Object.freeze({ ...SOUND, epochs: 3, steps_per_epoch: 3 });
  assert.notEqual(check(given), given);
});

test("what surprises is noted, and a usual policy has no notes", () => {
  const begins = (given) => notesOn(check({ ...SOUND, ...given })).map((note) => note.slice(0, 30));
  assert.deepEqual(begins({}), []);
  assert.deepEqual(begins({ total_steps: 1, pct_start: 0 }), ["no warm-up: with total_steps=1"]);
  assert.deepEqual(begins({ pct_start: 0 }), ["no warm-up: pct_start=0.0 * to"]);
  assert.deepEqual(begins({ total_steps: 10, pct_start: 0.15, three_phase: true }), [
    "no rise: with three_phase=True",
  ]);
  assert.deepEqual(begins({ div_factor: 0.5 }), ["div_factor=0.5 is below 1: the"]);
  assert.deepEqual(begins({ div_factor: 0.5, final_div_factor: 1 }), [
    "div_factor=0.5 is below 1: the",
    "final_div_factor=1.0 with div_",
  ]);
  const [note] = notesOn(check({ ...SOUND, total_steps: 300, pct_start: 0.001 }));
  assert.match(note, /for a warm-up raise pct_start above 0\.00333$/);
});

test("who has typed what is no number is told so without words of Python", () => {
  for (const [given, parameter, message] of [
    [{ max_lr: "abc" }, "max_lr", "max_lr must be a finite number above 0, got 'abc'"],
    [{ max_lr: [0.1, "x"] }, "max_lr", "max_lr[1] must be a finite number above 0, got 'x'"],
    [{ epochs: " " }, "epochs", "epochs is empty: it must be a whole number of at least 1"],
    [{ pct_start: "0,3" }, "pct_start", "'0,3' in pct_start: write decimals with a point, 0.3"],
    [{ div_factor: "10.000" }, "div_factor", /two ways: for the larger number write 10000, .* 10$/],
    [{ total_steps: "10,500" }, "total_steps", /write 10500, for the smaller one 10\.5$/],
    [{ total_steps: "1,000,000" }, "total_steps", /write 1000000, without separators$/],
    [{ base_momentum: "0,8" }, "base_momentum", /one number write 0\.8, for two groups 0, 8 with/],
    [{ max_lr: "0,1, 0,2" }, "max_lr", /with a point, groups with a comma and a space$/],
  ]) {
    assert.throws(
      () => checkTyped(given),
      (problem) => {
        assert.ok(problem instanceof Impossible);
        assert.equal(problem.parameter, parameter);
        if (message instanceof RegExp) assert.match(problem.message, message);
        else assert.equal(problem.message, message);
        return true;
      },
    );
  }
  checkTyped({ max_lr: [0.1, 0.2], epochs: null, anneal_strategy: "cos", total_steps: 10 });
});
