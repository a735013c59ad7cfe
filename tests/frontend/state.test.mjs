import assert from "node:assert/strict";
import { test } from "node:test";
import { argumentsOf, DEFAULTS } from "../../onecycle_widgets/frontend/policy.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";
import {
  changed,
  fromHash,
  given,
  presetOf,
  presetTraits,
  remembered,
  switched,
  toHash,
  traitsOf,
} from "../../onecycle_widgets/frontend/state.js";
import { modelOf } from "./helpers.mjs";

const START = {
  ...DEFAULTS,
  max_lr: 0.1,
  total_steps: 1000,
  epochs: 10,
  steps_per_epoch: 100,
  budget: "total_steps",
  pins: [],
  log_rate: false,
  once_per_epoch: false,
  framework: "torch",
};
const started = (values = {}) => modelOf({ ...START, ...values });

test("the chosen budget counts, the other is as if not given", () => {
  assert.equal(given(started()).epochs, null);
  assert.equal(given(started()).total_steps, 1000);
  const multiplied = given(started({ budget: "epochs" }));
  assert.equal(multiplied.total_steps, null);
  assert.equal(check(multiplied).total_steps, 1000);
});

test("where a product counts, total_steps follows its factors", () => {
  const model = started({ budget: "epochs" });
  assert.deepEqual(changed(model, "epochs", 4), { epochs: 4, total_steps: 400 });
  assert.deepEqual(changed(model, "steps_per_epoch", 7), { steps_per_epoch: 7, total_steps: 70 });
  assert.deepEqual(changed(model, "epochs", "x"), { epochs: "x" });
  assert.deepEqual(changed(started(), "epochs", 4), { epochs: 4 });
});

test("changing what counts keeps the length as near as it can", () => {
  const policy = check({ max_lr: 0.1, total_steps: 321 });
  const product = { budget: "epochs", epochs: 3, steps_per_epoch: 100, total_steps: 300 };
  assert.deepEqual(switched("epochs", policy, 100), product);
  assert.deepEqual(switched("epochs", policy, 1000).epochs, 1);
  assert.deepEqual(switched("epochs", policy, "abc").total_steps, 321);
  assert.deepEqual(switched("total_steps", policy, 100), {
    budget: "total_steps",
    total_steps: 321,
  });
});

test("a policy's traits make the same policy", () => {
  for (const values of [
    { max_lr: [0.1, 0.2], total_steps: 77, pct_start: 0.4, three_phase: true },
    { max_lr: 1, epochs: 4, steps_per_epoch: 25, cycle_momentum: false },
  ]) {
    const policy = check(values);
    assert.deepEqual(check(given(started(traitsOf(policy)))), policy);
  }
});

test("a preset sets the shape, not the rate and the length, and is recognised", () => {
  const traits = presetTraits("fastai");
  assert.equal(traits.pct_start, 0.25);
  assert.equal(traits.final_div_factor, 4000);
  assert.ok(!("max_lr" in traits || "total_steps" in traits));
  const policy = check({ max_lr: 3, total_steps: 55, ...traits });
  assert.equal(presetOf(policy), "fastai");
  assert.equal(presetOf({ ...policy, div_factor: 24 }), null);
  assert.equal(presetOf(check({ max_lr: 3, total_steps: 55 })), "torch default");
});

test("a link brings back the state, its looks and its pins", () => {
  const pins = [
    { max_lr: [0.1, 0.05], total_steps: 50 },
    { max_lr: 1, epochs: 2, steps_per_epoch: 30, pct_start: 0.45, three_phase: true },
  ];
  const model = started({ pct_start: 0.42, anneal_strategy: "linear", log_rate: true, pins });
  const policy = check(given(model));
  const read = fromHash(toHash(model, policy));
  assert.deepEqual(check(given(modelOf({ ...START, ...read }))), policy);
  assert.deepEqual(read.pins, pins);
  assert.deepEqual([read.log_rate, read.once_per_epoch], [true, false]);
  assert.deepEqual([read.budget, read.steps_per_epoch], ["total_steps", 100]);
});

test("a link of epochs brings back epochs", () => {
  const model = started({ budget: "epochs", epochs: 7, steps_per_epoch: 11 });
  const read = fromHash(toHash(model, check(given(model))));
  assert.deepEqual([read.budget, read.epochs, read.steps_per_epoch], ["epochs", 7, 11]);
  assert.equal(read.total_steps, 77);
});

test("a link names only what differs from the defaults", () => {
  const model = started();
  const link = toHash(model, check(given(model)));
  assert.equal(link, "#max_lr=0.1&total_steps=1000&steps_per_epoch=100");
});

test("the framework is in the link, where it is not torch; undo leaves it", () => {
  const model = started({ framework: "keras" });
  const link = toHash(model, check(given(model)));
  assert.equal(fromHash(link).framework, "keras");
  for (const other of ["", "&framework=toString", "&framework=nothing"]) {
    assert.equal(fromHash(`#max_lr=1${other}`).framework, "torch");
  }
  assert.ok(!("framework" in JSON.parse(remembered(model))));
});

test("a link that says nothing changes nothing", () => {
  assert.deepEqual(fromHash(""), {});
  assert.deepEqual(fromHash("#top"), {});
});

test("of a link's pins the impossible are left out, and the first four are taken", () => {
  const pin = (share) => `pin=${encodeURIComponent(`max_lr=1&total_steps=10&pct_start=${share}`)}`;
  const link = ["#max_lr=1", "total_steps=10", ...[1.5, 0.2, 0.3, 0.4, 0.5, 0.6].map(pin)];
  const { pins } = fromHash(link.join("&"));
  assert.deepEqual(
    pins.map(({ pct_start }) => pct_start),
    [0.2, 0.3, 0.4, 0.5],
  );
  for (const one of pins) assert.deepEqual(argumentsOf(check(one)).total_steps, 10);
});

test("what a link adds of its own is not taken", () => {
  const read = fromHash("#max_lr=1&total_steps=10&_esm=alert(1)&controls=x");
  assert.ok(!("_esm" in read || "controls" in read));
});

test("an impossible value in a link arrives, to be shown with its message", () => {
  assert.equal(fromHash("#max_lr=abc&total_steps=10").max_lr, "abc");
});

test("a link with too many groups, or too long, is refused in words", () => {
  const rates = (count) => Array.from({ length: count }, () => 0.1).join(",");
  assert.equal(fromHash(`#max_lr=${rates(64)}&total_steps=10`).max_lr.length, 64);
  const { refused } = fromHash(`#max_lr=${rates(10_000)}&total_steps=10`);
  assert.equal(refused, "the link has 10000 parameter groups: the page shows 64 at most");
  assert.equal(fromHash(`#max_lr=${rates(30_000)}`).refused, "the link is too long to be followed");
});

test("the cursor's step is in the link, where it is not the first", () => {
  const at = (step) => fromHash(`#max_lr=0.1&total_steps=10&step=${step}`).step;
  assert.deepEqual([at(7), at("x"), at(-1), at(1.5)], [7, 0, 0, 0]);
});

test("what undo brings back are the controls and the pins, not the cursor", () => {
  const traits = { max_lr: 0.1, total_steps: 10, pins: [{ max_lr: 1 }], step: 3, budget: "epochs" };
  const back = JSON.parse(remembered(modelOf(traits)));
  assert.deepEqual([back.max_lr, back.pins, back.budget], [0.1, [{ max_lr: 1 }], "epochs"]);
  assert.ok(!("step" in back));
});
