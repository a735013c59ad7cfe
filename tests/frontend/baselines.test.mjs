import assert from "node:assert/strict";
import { test } from "node:test";
import { Baseline, pinOf, rivalOf, stepsIn } from "../../onecycle_widgets/frontend/baselines.js";
import { check, Impossible } from "../../onecycle_widgets/frontend/rules.js";
import { pinnedSeries } from "../../onecycle_widgets/frontend/series.js";
import { fromHash, toHash } from "../../onecycle_widgets/frontend/state.js";
import { TABLES } from "../../onecycle_widgets/frontend/tables.js";
import { modelOf, stepsOf } from "./helpers.mjs";

const KNOWN = Object.keys(TABLES.baselines.known);
const POLICY = check({ max_lr: [0.1, 0.2], total_steps: 300 });

test("shares of the steps are counted as decimals are written", () => {
  assert.equal(Math.floor(0.29 * 100), 28);
  assert.equal(stepsIn(0.29, 100), 29);
  assert.equal(stepsIn(0, 100), 0);
  assert.equal(stepsIn(1e-7, 1e9), 100);
});

test("a known rival has the cycle's highest rate, its length, and its name", () => {
  assert.ok(KNOWN.length > 8);
  for (const name of KNOWN) {
    const rival = pinOf(rivalOf(name, POLICY));
    const rates = stepsOf(rival).map((step) => rival.lr(step));
    assert.equal(rates.length, 300);
    assert.equal(Math.max(...rates), 0.2);
    assert.equal(rates.indexOf(0.2), rival.peak);
    assert.equal(rival.beside(POLICY), name);
  }
});

test("a rival's name says what differs from the cycle, and a shape without a name its call", () => {
  const own = new Baseline({ schedule: "Step", lr: 0.3, total_steps: 100, milestones: [0.5] });
  assert.equal(own.beside(POLICY), "Step(milestones=[0.5]), lr=0.3, total_steps=100");
});

test("a rival's curve has no momentum, and every bend where not all steps are drawn", () => {
  const rival = pinOf(rivalOf("step, the paper's", { max_lr: 0.1, total_steps: 100_000 }));
  const [curve] = pinnedSeries([{ policy: rival, name: "1: step" }]);
  assert.equal(curve.momentum, null);
  const drawn = new Set(curve.cycle.sample(50));
  for (const step of [0, 62_499, 62_500, 87_499, 87_500, 99_999]) assert.ok(drawn.has(step), step);
});

test("what is no schedule is refused", () => {
  const sound = { schedule: "Cosine", lr: 0.1, total_steps: 10 };
  assert.ok(pinOf(sound));
  const wrong = [
    { schedule: "toString" },
    { lr: 0 },
    { lr: "much" },
    { total_steps: 1.5 },
    { warmup: 1 },
    { floor: 2 },
    { gamma: 0.1 },
    { schedule: "Step", milestones: [0.5, 0.4] },
    { schedule: "Step", milestones: [] },
    { schedule: "Step", warmup: 0.5 },
    { schedule: "WarmupStableDecay", warmup: 0.8 },
    { schedule: "WarmupStableDecay", cooldown: "slow" },
  ];
  for (const one of wrong) {
    assert.throws(() => pinOf({ ...sound, ...one }), Impossible, JSON.stringify(one));
  }
});

test("a link brings rivals back", () => {
  const step = { schedule: "Step", lr: 0.2, total_steps: 90, milestones: [0.625, 0.875] };
  const pins = [...KNOWN.map((name) => rivalOf(name, POLICY)), step].slice(-4);
  const model = modelOf({ pins, steps_per_epoch: 100, framework: "torch" });
  assert.deepEqual(fromHash(toHash(model, POLICY)).pins, pins);
});
