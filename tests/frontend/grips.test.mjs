// Taking hold of the curve: where the handles are, what a pull asks for, and where it stops.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stops } from "../../onecycle_widgets/frontend/controls.js";
import { cyclesOf, shareOf } from "../../onecycle_widgets/frontend/curve.js";
import {
  askedFor,
  granted,
  gripHelp,
  gripsOf,
  gripText,
  keyAsks,
} from "../../onecycle_widgets/frontend/grips.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";
import { TABLES } from "../../onecycle_widgets/frontend/tables.js";
import { near, shapes } from "./helpers.mjs";

const USUAL = { max_lr: 0.1, total_steps: 1000 };
const stopsOf = (name) => stops(TABLES.parameters.find((spec) => spec.name === name));

function held(given, name) {
  const policy = check(given);
  const cycles = cyclesOf(policy);
  const grip = gripsOf(cycles).find((one) => one.name === name);
  return { policy, cycles, grip };
}

/** The traits that a pull gets, and what stops it. */
function pulled(given, name, to, least = 0.0005) {
  const { policy, cycles, grip } = held(given, name);
  const asked = askedFor(grip, cycles, { up: 0, ...grip, log: false, ...to });
  return granted(policy, asked, grip.group, least);
}

test("each end of the curve has a handle, and so have the peak and both momenta", () => {
  const names = (given) => gripsOf(cyclesOf(check(given))).map(({ name }) => name);
  assert.deepEqual(names(USUAL), [
    "peak",
    "first rate",
    "last rate",
    "lowest momentum",
    "highest momentum",
  ]);
  assert.ok(names({ ...USUAL, three_phase: true }).includes("end of the cool-down"));
  assert.deepEqual(names({ ...USUAL, cycle_momentum: false }), ["peak", "first rate", "last rate"]);
  // Without a warm-up no step has the first rate.
  assert.ok(!names({ ...USUAL, pct_start: 0 }).includes("first rate"));
  assert.deepEqual(names({ ...USUAL, max_lr: [0.1, 0.01] }).slice(0, 2), [
    "peak of group 0",
    "peak of group 1",
  ]);
});

test("a handle lies on the curve, in every shape", () => {
  for (const given of shapes()) {
    const cycles = cyclesOf(check(given));
    for (const { step, value, quantity, group } of gripsOf(cycles)) {
      assert.equal(value, cycles[group][quantity](step));
    }
  }
});

test("where only some parameters may be changed, handles move only those", () => {
  const some = (...allowed) =>
    gripsOf(cyclesOf(check(USUAL)), (name) => allowed.includes(name)).map(({ name, x, y }) => [
      name,
      x,
      y,
    ]);
  assert.deepEqual(some("pct_start"), [["peak", "pct_start", null]]);
  assert.deepEqual(some("base_momentum"), [["lowest momentum", null, "base_momentum"]]);
  assert.deepEqual(some(), []);
});

test("the peak goes across for pct_start, up and down for max_lr", () => {
  const { traits, problem } = pulled(USUAL, "peak", { step: 499.3, value: 0.05432 });
  assert.deepEqual([traits, problem], [{ pct_start: 0.5, max_lr: 0.0543 }, ""]);
});

test("the peak lands exactly on a step, in short cycles of every shape", () => {
  for (const given of shapes()) {
    if (given.total_steps > 64) continue;
    const { traits } = pulled(given, "peak", { step: 2.2 });
    const [cycle] = cyclesOf(check({ ...given, ...traits }));
    near(cycle.lr(2), 0.1);
  }
});

test("in a long cycle pct_start has three digits", () => {
  assert.equal(shareOf({ total_steps: 100_000 }, 31_234), 0.312);
  assert.equal(shareOf({ total_steps: 100_000 }, 2), 0.00002); // the least warm-up
  assert.equal(shareOf({ total_steps: 7 }, 2) * 7, 2);
});

test("in groups each peak is its own curve's", () => {
  const given = { ...USUAL, max_lr: [0.1, 0.02] };
  const { traits } = pulled(given, "peak of group 1", { value: 0.0305 });
  assert.deepEqual(traits.max_lr, [0.1, 0.0305]);
});

test("the ends set the factors", () => {
  assert.deepEqual(pulled(USUAL, "first rate", { value: 0.01 }).traits, { div_factor: 10 });
  const end = { value: 4e-5, log: true };
  assert.deepEqual(pulled(USUAL, "last rate", end).traits, { final_div_factor: 100 });
  // On a linear axis the last rate is all but zero: 40 pixels up are a factor of ten.
  const up = pulled(USUAL, "last rate", { value: 123, up: 40 });
  assert.deepEqual(up.traits, { final_div_factor: 1000 });
});

test("the border of the cool-down moves the peak, which is half as far", () => {
  const given = { ...USUAL, three_phase: true };
  const { traits } = pulled(given, "end of the cool-down", { step: 398.4 });
  assert.deepEqual(traits, { pct_start: 0.2 });
  const over = pulled(given, "end of the cool-down", { step: 2000 });
  assert.equal(over.traits.pct_start, 0.5);
  assert.match(over.problem, /three_phase=True must be at most 0.5/);
});

test("a pull beyond what is possible stops at the border and says why", () => {
  for (const [name, to, trait, border, why] of [
    ["peak", { step: 5000 }, "pct_start", 0.999, /leaves no step for annealing/],
    ["peak", { step: -50 }, "pct_start", 0.002, /a warm-up of zero width/],
    ["peak", { value: -1 }, "max_lr", 0.0005, /max_lr must be a finite number above 0/],
    ["first rate", { value: 0 }, "div_factor", 200, /a rate stays above 0/],
    ["lowest momentum", { value: 1.2 }, "base_momentum", 0.95, /must not be above max_momentum/],
    ["lowest momentum", { value: -1 }, "base_momentum", 0, /base_momentum must be a number in/],
    ["highest momentum", { value: 1.2 }, "max_momentum", 0.999, /max_momentum must be a number in/],
    ["highest momentum", { value: 0.5 }, "max_momentum", 0.85, /must not be above max_momentum/],
  ]) {
    const { traits, problem } = pulled(USUAL, name, to);
    assert.equal(traits[trait], border, name);
    assert.match(problem, why);
    check({ ...USUAL, ...traits });
  }
});

test("a momentum that all groups share suits each of them", () => {
  const given = { ...USUAL, max_momentum: [0.9, 0.95], max_lr: [0.1, 0.2] };
  assert.equal(pulled(given, "lowest momentum", { value: 0.99 }).traits.base_momentum, 0.9);
  const own = { ...given, base_momentum: [0.8, 0.85] };
  const { traits } = pulled(own, "lowest momentum of group 1", { value: 0.99 });
  assert.deepEqual(traits.base_momentum, [0.8, 0.95]);
});

test("in a cycle too short for any other the peak stays where it is", () => {
  const { traits } = pulled({ max_lr: 0.1, total_steps: 2, pct_start: 0.3 }, "peak", { step: 1 });
  assert.equal(traits.pct_start, 0.3);
});

test("keys go to the next round value, and up is up for a factor, too", () => {
  const asks = (name, key, given = USUAL) => {
    const { grip, policy } = held(given, name);
    return keyAsks(grip, policy, key, stopsOf);
  };
  assert.deepEqual(asks("peak", "ArrowUp"), { max_lr: 0.11 });
  assert.deepEqual(asks("peak", "ArrowLeft"), { pct_start: 0.29 });
  assert.deepEqual(asks("peak", "ArrowLeft", { ...USUAL, pct_start: 0.2954 }), { pct_start: 0.29 });
  assert.deepEqual(asks("first rate", "ArrowUp"), { div_factor: 22 });
  assert.deepEqual(asks("first rate", "ArrowRight"), { div_factor: 22 });
  assert.deepEqual(asks("last rate", "PageDown"), { final_div_factor: 18000 });
  assert.deepEqual(asks("lowest momentum", "ArrowDown"), { base_momentum: 0.84 });
  assert.equal(asks("peak", "Enter"), null);
  assert.deepEqual(asks("peak", "ArrowUp", { ...USUAL, max_lr: 50 }), { max_lr: 50 });
});

test("a handle says what it is, what it does, and what it has", () => {
  const { grip, policy } = held(USUAL, "peak");
  assert.equal(gripHelp(grip), "peak: drag up and down for max_lr, across for pct_start");
  assert.equal(gripText(grip, policy), "max_lr 0.1, pct_start 0.3");
});
