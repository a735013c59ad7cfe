// What stands beside the picture: read-outs, the finding, the cursor's place, names, files.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stops } from "../../onecycle_widgets/frontend/controls.js";
import { cyclesOf } from "../../onecycle_widgets/frontend/curve.js";
import { cell } from "../../onecycle_widgets/frontend/files.js";
import { namesOf, Pins } from "../../onecycle_widgets/frontend/pins.js";
import { playedTo } from "../../onecycle_widgets/frontend/player.js";
import { finding, placeOf, readouts } from "../../onecycle_widgets/frontend/readouts.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";
import { csvOf } from "../../onecycle_widgets/frontend/save.js";
import { pinnedSeries } from "../../onecycle_widgets/frontend/series.js";
import { TABLES } from "../../onecycle_widgets/frontend/tables.js";
import { cycle } from "./helpers.mjs";

const USUAL = { max_lr: 0.1, total_steps: 1000 };

test("read-outs of the usual cycle", () => {
  const [first, peak, last, mean, effective] = readouts(cycle(USUAL)).map((row) => row.slice(0, 3));
  assert.deepEqual(first, ["first rate", "0.004", "max_lr / 25"]);
  assert.deepEqual(peak, ["true peak", "0.1", "at step 299: exactly max_lr"]);
  assert.deepEqual(last, ["last rate", "4e-07", "4e-06 of max_lr"]);
  // Each phase is symmetric about its middle, and the peak counts once:
  // (300 * 0.052 + 701 * 0.0500002 - 0.1) / 1000
  assert.deepEqual(mean, ["mean rate", "0.05055", "50.6 % of max_lr"]);
  // (0.1 / 0.15) / (0.004 / 0.05)
  assert.deepEqual(effective, ["effective step", "0.6667", "8.33 × the first; the rate: 25 ×"]);
});

test("a momentum that is not cycled has no effective step", () => {
  const names = readouts(cycle({ ...USUAL, cycle_momentum: false })).map(([name]) => name);
  assert.deepEqual(names, ["first rate", "true peak", "last rate", "mean rate"]);
});

test("the read-out says how far the peak is missed", () => {
  const remark = (given) => readouts(cycle({ max_lr: 1, ...given }))[1][2];
  // Linear, from 0.5 at step 0 to 1 at 1.1; step 1 is at 0.5 + 0.5 / 1.1.
  const missed = { total_steps: 7, anneal_strategy: "linear", div_factor: 2 };
  assert.equal(remark(missed), "at step 1, 4.5 % below max_lr: no step falls on the peak");
  const hardly = { total_steps: 100_000, pct_start: 0.300001, anneal_strategy: "linear" };
  assert.match(remark(hardly), /^at step 29999, less than 0\.01 % below max_lr/);
  const above = { total_steps: 100, div_factor: 0.5 };
  assert.equal(remark(above), "at step 0, above max_lr");
});

test("the finding names the first, the highest and the last rate", () => {
  assert.equal(finding(cycle(USUAL)), "From 0.004 up to 0.1 (step 299), then down to 4e-07");
  const down = { max_lr: 1, total_steps: 4, pct_start: 0, anneal_strategy: "linear" };
  const title = finding(cycle({ ...down, div_factor: 10, final_div_factor: 1 }));
  assert.equal(title, "No warm-up: the rate falls from 0.775 to 0.1");
});

test("the cursor's place names step, epoch and phase, and each group's rate", () => {
  const policy = check({ ...USUAL, max_lr: [0.1, 0.05], cycle_momentum: false });
  const place = placeOf(cyclesOf(policy), 299, 128);
  assert.deepEqual(place, ["step 299 of 999", "epoch 3 of 8 · warm-up", "rate 0.1 | 0.05"]);
  const moving = placeOf([cycle(USUAL)], 999, 1000);
  const last = ["step 999 of 999", "epoch 1 of 1 · annealing", "rate 4e-07", "momentum 0.95"];
  assert.deepEqual(moving, last);
});

test("of many groups the first four rates are written", () => {
  const max_lr = Array.from({ length: 20 }, (_, i) => i + 1);
  const [, , rates] = placeOf(cyclesOf(check({ ...USUAL, max_lr })), 299, 100);
  assert.equal(rates, "rate 1 | 2 | 3 | 4 | … (20 groups)");
});

test("a play lasts eight seconds, from where it starts to the last step", () => {
  assert.equal(playedTo(0, 0, 999), 0);
  assert.equal(playedTo(4000, 0, 999), 500);
  assert.equal(playedTo(2000, 500, 999), 750);
  assert.equal(playedTo(8000, 0, 999), 999);
  assert.equal(playedTo(8000, 500, 999), 999);
  assert.equal(playedTo(4000, 0, 0), 0);
});

test("policies are named by what differs among them", () => {
  const named = (...all) => namesOf(all.map((given) => check({ ...USUAL, ...given })));
  assert.deepEqual(named({}, {}), ["", ""]);
  assert.deepEqual(named({ pct_start: 0.4 }, { div_factor: 10 }), [
    "pct_start=0.4, div_factor=25.0",
    "pct_start=0.3, div_factor=10.0",
  ]);
  const epochs = { max_lr: 0.1, epochs: 10, steps_per_epoch: 100 };
  assert.deepEqual(namesOf([check(epochs), check(USUAL)]), ["", ""]); // equally long
  assert.deepEqual(named({}, { total_steps: 50 }), ["total_steps=1000", "total_steps=50"]);
});

test("a pin is what the call needs", () => {
  const first = { max_lr: 1, total_steps: 10 };
  const pins = Pins.added([first], check({ ...USUAL, pct_start: 0.4, div_factor: 25 }));
  assert.deepEqual(pins, [first, { ...USUAL, pct_start: 0.4 }]);
});

test("every stop of a slider is another, higher value, from one end to the other", () => {
  const sliders = TABLES.parameters.filter(({ kind }) => !["flag", "choice"].includes(kind));
  assert.equal(sliders.length, 9);
  for (const spec of sliders) {
    const values = stops(spec);
    assert.deepEqual([values[0], values.at(-1)], [spec.low, spec.high], spec.name);
    for (const [i, value] of values.slice(1).entries()) assert.ok(value > values[i], spec.name);
    if (spec.kind !== "steps") continue;
    assert.deepEqual(values.slice(0, 9), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.ok(values.every(Number.isInteger));
  }
});

test("a slider's stops are round: two digits, or hundredths", () => {
  for (const spec of TABLES.parameters) {
    if (spec.kind === "log") {
      for (const value of stops(spec)) assert.equal(Number(value.toPrecision(2)), value);
    } else if (spec.kind === "linear") {
      for (const value of stops(spec).slice(0, -1)) assert.equal(Number(value.toFixed(2)), value);
    }
  }
});

test("the CSV has a row for each step and a column for each group", () => {
  const line = { total_steps: 10, pct_start: 0.5, anneal_strategy: "linear" };
  const factors = { div_factor: 10, final_div_factor: 1 };
  const rows = csvOf(check({ max_lr: [1, 0.5], ...line, ...factors })).split("\n");
  assert.equal(rows[0], "step,lr_group_0,lr_group_1,momentum_group_0,momentum_group_1");
  assert.equal(rows.length, 12); // a heading, ten steps, nothing after the last line's end
  assert.equal(rows[5], "4,1.0,0.5,0.85,0.85"); // as Python's repr writes them
  assert.equal(rows[11], "");
  const alone = csvOf(check({ max_lr: 1, ...line, cycle_momentum: false }));
  assert.ok(alone.startsWith("step,lr\n0,"));
  assert.throws(() => csvOf(check({ max_lr: 1, total_steps: 1e6 + 1 })), /1000000 steps at most/);
});

test("the CSV has the other curves of the picture, too, as far as they go", () => {
  const policy = check({ max_lr: 1, total_steps: 3, cycle_momentum: false });
  const short = check({ max_lr: 2, total_steps: 2, pct_start: 0 });
  const others = pinnedSeries([{ policy: short, name: "1: max_lr=2.0, total_steps=2" }]);
  const rows = csvOf(policy, others).split("\n");
  const names = ["lr", "momentum"].map((name) => `"${name} 1: max_lr=2.0, total_steps=2"`);
  assert.equal(rows[0], `step,lr,${names[0]},${names[1]}`);
  assert.match(rows[2], /^1,[\d.]+,[\de.-]+,0\.95$/);
  assert.match(rows[3], /^2,[\de.-]+,,$/);
});

test("no cell of the CSV is a formula", () => {
  for (const text of ["=1+1", "+1", "-1", "@x", "\tx"]) assert.equal(cell(text), `'${text}`);
  assert.equal(cell('=a,"b"'), `"'=a,""b"""`);
  assert.equal(cell("lr"), "lr");
});
