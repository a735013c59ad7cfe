import assert from "node:assert/strict";
import { test } from "node:test";
import { cyclesOf, snapped } from "../../onecycle_widgets/frontend/curve.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";
import { cycle, near, shapes, stepsOf } from "./helpers.mjs";

// Linear, from 0.1 up to 1 at step 4, down to 0.1 again at step 9.
const LINE = {
  max_lr: 1,
  total_steps: 10,
  pct_start: 0.5,
  anneal_strategy: "linear",
  div_factor: 10,
  final_div_factor: 1,
};

test("the peak lies at step pct_start * total_steps - 1 and is max_lr", () => {
  for (const [total_steps, pct_start, step] of [
    [10, 0.3, 2],
    [100, 0.25, 24],
    [1000, 0.5, 499],
  ]) {
    const found = cycle({ max_lr: 0.3, total_steps, pct_start });
    assert.equal(found.peak, step);
    near(found.lr(step), 0.3);
  }
});

test("the first rate is max_lr / div_factor, the last one that / final_div_factor", () => {
  for (const anneal_strategy of ["cos", "linear"]) {
    for (const three_phase of [false, true]) {
      const shape = { anneal_strategy, three_phase, div_factor: 20, final_div_factor: 500 };
      const found = cycle({ max_lr: 0.4, total_steps: 100, ...shape });
      near(found.lr(0), 0.02);
      near(found.lr(99), 0.00004, 1e-9); // a difference of large numbers where it is linear
    }
  }
});

test("a linear cycle moves by equal amounts", () => {
  const found = cycle(LINE);
  const expected = [0.1, 0.325, 0.55, 0.775, 1, 0.82, 0.64, 0.46, 0.28, 0.1];
  for (const step of stepsOf(found)) near(found.lr(step), expected[step]);
});

test("a cosine is half-way up in the middle, and a quarter of the way after a third", () => {
  const shape = { total_steps: 28, pct_start: 0.25, div_factor: 4, final_div_factor: 1 };
  const found = cycle({ max_lr: 1, ...shape }); // up to step 6, from 0.25
  near(found.lr(3), 0.625);
  near(found.lr(2), 0.25 + 0.75 / 4); // 1 - cos(60°) is a half
});

test("three phases go down as they went up, then on to the last rate", () => {
  const shape = { total_steps: 20, pct_start: 0.25, three_phase: true };
  const found = cycle({ max_lr: 1, ...shape });
  assert.deepEqual(found.phases, [
    { name: "warm-up", first: 0, last: 4, start: 0, end: 4 },
    { name: "cool-down", first: 5, last: 8, start: 4, end: 8 },
    { name: "annihilation", first: 9, last: 19, start: 8, end: 19 },
  ]);
  for (const by of [1, 2, 3, 4]) near(found.lr(4 + by), found.lr(4 - by));
  for (const step of [9, 12, 19]) assert.ok(found.lr(step) < found.lr(step - 1));
  for (const step of [8, 12, 19]) near(found.momentum(step), 0.95);
});

test("phases cover all steps, one after the other", () => {
  for (const given of shapes()) {
    const { phases, steps } = cycle(given);
    let next = 0;
    for (const { first, last, start, end } of phases) {
      assert.equal(first, next);
      assert.ok(last >= first && start <= first && last <= end, JSON.stringify(given));
      next = last + 1;
    }
    assert.equal(next, steps);
    assert.equal(phases.at(-1).end, steps - 1);
  }
});

test("no step falls on a peak between two steps", () => {
  const found = cycle({ ...LINE, total_steps: 7, pct_start: 0.3 }); // the peak is at 1.1
  assert.equal(found.phases[0].last, 1);
  assert.equal(found.peak, 1);
  near(found.lr(1), 0.1 + 0.9 / 1.1);
  near(found.lr(2), 1 - (0.9 * 0.9) / 4.9);
});

test("of several highest rates the first is the peak", () => {
  const found = cycle({ ...LINE, div_factor: 1, final_div_factor: 10 });
  assert.equal(found.lr(0), found.lr(4));
  assert.equal(found.peak, 0);
});

test("without a warm-up the rate is on its way down at the first step", () => {
  const found = cycle({ ...LINE, total_steps: 4, pct_start: 0 });
  assert.deepEqual(
    found.phases.map(({ name }) => name),
    ["annealing"],
  );
  const expected = [0.775, 0.55, 0.325, 0.1]; // it was at the peak one step before
  for (const step of stepsOf(found)) near(found.lr(step), expected[step]);
  assert.equal(found.peak, 0);
});

test("momentum moves against the rate, or is not touched", () => {
  const moving = cycle({ ...LINE, base_momentum: 0.8, max_momentum: 0.9 });
  const expected = [0.9, 0.875, 0.85, 0.825, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9];
  for (const step of stepsOf(moving)) near(moving.momentum(step), expected[step]);
  assert.equal(cycle({ ...LINE, cycle_momentum: false }).momenta, null);
});

test("each parameter group has a cycle of its own; what is no list holds for all", () => {
  const [first, second] = cyclesOf(check({ ...LINE, max_lr: [1, 0.2] }));
  near(first.lr(1), 0.325);
  near(second.lr(1), 0.065);
  near(second.momentum(4), 0.85);
  const lists = { base_momentum: [0.7, 0.8, 0.9], max_momentum: [0.9, 0.9, 0.95] };
  const cycles = cyclesOf(check({ ...LINE, ...lists }));
  assert.deepEqual(
    cycles.map((one) => one.max_lr),
    [1, 1, 1],
  );
  for (const [group, one] of cycles.entries()) near(one.momentum(4), lists.base_momentum[group]);
});

test("the highest rate of all steps is at the peak", () => {
  for (const given of shapes()) {
    const found = cycle(given);
    const highest = Math.max(...stepsOf(found).map((step) => found.lr(step)));
    assert.equal(found.lr(found.peak), highest, JSON.stringify(given));
  }
});

test("the mean in closed form is the sum over the steps, divided", () => {
  near(cycle(LINE).mean, 0.505); // 5.05 in all
  for (const given of shapes()) {
    const found = cycle(given);
    const sum = stepsOf(found).reduce((total, step) => total + found.lr(step), 0);
    near(found.mean, sum / found.steps, 1e-10);
  }
});

test("a short cycle is drawn step by step, a long one by a sample that keeps the borders", () => {
  const short = cycle({ max_lr: 1, total_steps: 100 });
  assert.deepEqual(short.sample(100), stepsOf(short));
  const long = cycle({ max_lr: 1, total_steps: 100_000, pct_start: 0.00123, three_phase: true });
  const steps = long.sample(500);
  for (const border of [0, 122, 123, 244, 245, 99_999]) assert.ok(steps.includes(border), border);
  assert.deepEqual(
    steps,
    [...new Set(steps)].sort((a, b) => a - b),
  );
  assert.ok(steps.length <= 506);
  const widest = Math.max(...steps.slice(1).map((step, i) => step - steps[i]));
  assert.ok(widest <= 201, "evenly spread");
});

const SHARES = [
  [0, false],
  [0.01, false],
  [0.3, false],
  [0.999, false],
  [0.45, true],
  [0.5, true],
];

test("snapping moves pct_start to the nearest step, and leaves room on both sides", () => {
  for (let n = 5; n < 3000; n++) {
    for (const [p, three_phase] of SHARES) {
      const share = snapped({ total_steps: n, pct_start: p, three_phase });
      const most = three_phase ? Math.floor(n / 2) : n - 1;
      const step = Math.min(Math.max(Math.round(p * n), 2), most);
      near(share * n, step, 2 ** -52);
      // Exactly, where the step is a product of n and one of the numbers next to step / n.
      const around = [-1, 0, 1].map((ulps) => moved(step / n, ulps));
      if (around.some((other) => other * n === step)) assert.equal(share * n, step, `${p} of ${n}`);
    }
  }
});

/** The floating-point number so many places further on. */
function moved(x, ulps) {
  const number = new Float64Array([x]);
  new BigInt64Array(number.buffer)[0] += BigInt(ulps);
  return number[0];
}
