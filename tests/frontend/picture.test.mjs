import assert from "node:assert/strict";
import { test } from "node:test";
import { cyclesOf } from "../../onecycle_widgets/frontend/curve.js";
import { dash, legendOf } from "../../onecycle_widgets/frontend/picture.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";
import {
  currentSeries,
  mistakeIn,
  mistakenSeries,
  pinnedSeries,
} from "../../onecycle_widgets/frontend/series.js";
import { cycle, stepsOf } from "./helpers.mjs";

const USUAL = { max_lr: 0.1, total_steps: 1000 };

test("six lines look different, the first is solid, the seventh begins anew", () => {
  const patterns = [0, 1, 2, 3, 4, 5].map(dash);
  assert.equal(patterns[0], null);
  assert.equal(new Set(patterns).size, 6);
  assert.equal(dash(6), null);
});

test("the legend has a key for each name, beside the name's first line", () => {
  const series = [
    { css: "a", name: "short", pattern: null },
    { css: "b", name: "a name that needs more lines than one", pattern: "7 4" },
    { css: "c", name: "last", pattern: null },
  ];
  const { keys, words, end } = legendOf(series, 100, 214); // 20 letters fit
  assert.deepEqual(
    words.map(({ text, y }) => [text, y]),
    [
      ["short", 100],
      ["a name that needs", 117],
      ["more lines than one", 134],
      ["last", 151],
    ],
  );
  assert.deepEqual(
    keys.map((key) => [key.class, key.y1]),
    [
      ["a", 96],
      ["b", 113],
      ["c", 147],
    ],
  );
  assert.equal(end, 168);
  assert.deepEqual(legendOf([], 100, 214), { keys: [], words: [], end: 100 });
});

test("the current curves are named by group, or by what tells them from the pins", () => {
  const named = (given, own) =>
    currentSeries(cyclesOf(check({ ...USUAL, ...given })), own).map(({ name }) => name);
  assert.deepEqual(named({}, ""), ["now"]);
  assert.deepEqual(named({}, "pct_start=0.3"), ["now: pct_start=0.3"]);
  assert.deepEqual(named({ max_lr: [0.1, 0.05] }, ""), [
    "now, group 0: max_lr=0.1",
    "now, group 1: max_lr=0.05",
  ]);
});

test("pinned curves carry their number and colour", () => {
  const pinned = [
    { policy: check(USUAL), name: "1: pct_start=0.3" },
    { policy: check({ ...USUAL, max_lr: [1, 2] }), name: "2: as now" },
  ];
  const found = pinnedSeries(pinned).map(({ css, mark, name, group }) => [css, mark, name, group]);
  assert.deepEqual(found, [
    ["ow-pin-0", "1", "1: pct_start=0.3", 0],
    ["ow-pin-1", "2", "2: as now (group 0)", 0],
    ["ow-pin-1", "2", "2: as now (group 1)", 1],
  ]);
});

test("stepped once per epoch, the rate stays for an epoch and only the first ones are seen", () => {
  const whole = cycle({ max_lr: 0.1, total_steps: 25 });
  const { lr, momentum, borders } = mistakenSeries(whole, 10);
  for (const step of stepsOf(whole)) {
    assert.equal(lr(step), whole.lr(Math.floor(step / 10)));
    assert.equal(momentum(step), whole.momentum(Math.floor(step / 10)));
  }
  assert.deepEqual(borders, [9, 10, 19, 20]); // where it jumps
  const plain = cycle({ max_lr: 0.1, total_steps: 25, cycle_momentum: false });
  assert.equal(mistakenSeries(plain, 10).momentum, null);
});

test("the mistake is told in numbers", () => {
  const line = { anneal_strategy: "linear", pct_start: 0.5, div_factor: 10, final_div_factor: 1 };
  const text = mistakeIn(cycle({ max_lr: 1, total_steps: 10, ...line }), 4);
  assert.equal(
    text,
    "Stepped once per epoch, the optimizer would see only the first 3 of 10 rates " +
      "(4 batches each): the last batch would run at 0.55, not 0.1.",
  );
});
