import assert from "node:assert/strict";
import { test } from "node:test";
import { broken, highest } from "../../onecycle_widgets/frontend/board.js";
import { Remark } from "../../onecycle_widgets/frontend/labbar.js";
import { lossesOf } from "../../onecycle_widgets/frontend/legend.js";
import { accuracyScale, lossDomain, ofAccuracy } from "../../onecycle_widgets/frontend/levels.js";
import { lookOfRun, placesOf, runNames } from "../../onecycle_widgets/frontend/names.js";
import { dash } from "../../onecycle_widgets/frontend/picture.js";
import { changedSince } from "../../onecycle_widgets/frontend/rangeplot.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";
import { RunRows } from "../../onecycle_widgets/frontend/runrows.js";
import { singleIn } from "../../onecycle_widgets/frontend/single.js";
import { TABLES } from "../../onecycle_widgets/frontend/tables.js";
import { fieldOf } from "../../onecycle_widgets/frontend/task.js";
import {
  bytesOf,
  Decoder,
  decoded,
  floatsOf,
  medianOf,
  smoothedOver,
} from "../../onecycle_widgets/frontend/trained.js";
import { verdictOf } from "../../onecycle_widgets/frontend/verdict.js";
import { cycle, modelOf, near } from "./helpers.mjs";

const MOST_RUNS = 12;
const CHANCE = { loss: 2.3, accuracy: 0.1 };

/** A run of twenty steps whose loss goes from `first` to `last`. */
function run({ first = 2.3, last = 0.1, final = [0.97], ...more }) {
  const at = Array.from({ length: 20 }, (_, i) => i);
  const loss = Float32Array.from(at, (i) => first + ((last - first) * i) / 19);
  const whole = { key: 1, complete: true, done: 20, total: 20, diverged: 0 };
  return { ...whole, policy: { max_lr: 0.1 }, at, loss, final, ...more };
}

test("as many runs as are kept look different, the first five by colour and dash", () => {
  const looks = Array.from({ length: MOST_RUNS }, (_, i) => lookOfRun(i));
  const texts = looks.map(({ css, dashed }) => `${css} ${dash(dashed)}`);
  assert.equal(new Set(texts).size, MOST_RUNS);
  assert.equal(new Set(looks.slice(0, 5).map(({ css }) => css)).size, 5);
  assert.equal(new Set(looks.slice(0, 5).map(({ dashed }) => dash(dashed))).size, 5);
});

test("a run keeps its look when an earlier one goes, and the next takes the free one", () => {
  const first = placesOf([1, 2, 3]);
  const then = placesOf([2, 3], first);
  assert.deepEqual(
    [...then],
    [
      [2, 1],
      [3, 2],
    ],
  );
  assert.equal(placesOf([2, 3, 4], then).get(4), 0);
});

test("runs are named by what differs, or by their peak", () => {
  const settings = (max_lr, more = {}) => ({ settings: { data: "digits", max_lr, ...more } });
  assert.deepEqual(runNames([settings("0.1")]), ["max_lr=0.1"]);
  assert.deepEqual(runNames([settings("0.1"), settings("0.1", { pct_start: "0.5" })]), [
    "defaults",
    "pct_start=0.5",
  ]);
});

test("numbers come as bytes, at any place in their buffer, or as they are", () => {
  const bytes = new Uint8Array(9);
  bytes.set(new Uint8Array(Float32Array.from([1.5, -2]).buffer), 1);
  assert.deepEqual([...floatsOf(new DataView(bytes.buffer, 1))], [1.5, -2]);
  assert.deepEqual([...floatsOf([1, null])], [1, Number.NaN]);
  assert.deepEqual([...floatsOf(null)], []);
  assert.deepEqual([...bytesOf(new DataView(Uint8Array.of(9, 7, 8).buffer, 1))], [7, 8]);
});

test("smoothing moves nothing, and ends where the numbers end", () => {
  assert.deepEqual([...smoothedOver([1, 2, 3, 4, 5], 3)], [1.5, 2, 3, 4, 4.5]);
  assert.deepEqual([...smoothedOver([3, 1, Number.NaN, 1], 1)], [3, 1, Number.NaN, Number.NaN]);
});

test("what follows a loss that exploded is not swallowed by it", () => {
  assert.deepEqual([...smoothedOver([1e36, 1, 2, 3, 4], 3)].slice(2), [2, 3, 3.5]);
});

test("a run's row tells the smoothed loss and the last step's", () => {
  const whole = decoded(run({ total: 60, last: 0 }));
  assert.match(lossesOf(whole), /^last loss: 0\.0605 smoothed, 0 at the last step/);
});

test("a loss is smoothed over a twentieth of the run, thinned or not", () => {
  const whole = decoded(
    run({ total: 60, loss: Float32Array.from({ length: 20 }, (_, i) => i % 2) }),
  );
  near(whole.loss[10], 2 / 3, 1e-6); // over three of sixty steps
  const at = Array.from({ length: 20 }, (_, i) => 3 * i);
  const thinned = decoded(run({ total: 60, at, loss: Float32Array.from(at, (i) => i % 2) }));
  assert.deepEqual([...thinned.loss.slice(0, 3)], [0, 1, 0]);
});

test("a run is decoded once, and again when it has gone on", () => {
  const decoder = new Decoder();
  const wired = run({ done: 10, complete: false });
  const [first] = decoder.read([wired]);
  assert.equal(decoder.read([{ ...wired }])[0], first);
  assert.notEqual(decoder.read([{ ...wired, done: 11 }])[0], first);
});

test("what a run came to is said, and a peak that is too high is named", () => {
  const said = (given) => verdictOf(run(given), CHANCE);
  assert.equal(said({}).text, "Loss 2.3 → 0.1 (smoothed); held out: 97.0 % right");
  const five = said({ final: [0.9, 0.92, 0.94, 0.96, 0.98] });
  assert.match(five.text, /held out: 94\.0 % right \(median of 5 seeds\)$/);
  const blind = { first: 2.3, last: 2.29, final: [0.1] };
  assert.match(said({ ...blind, first: 2.4 }).text, /guessing: the peak is too high$/);
  assert.match(said({ ...blind, policy: { max_lr: 1e-4 } }).text, /the peak is too low/);
  assert.match(said({ diverged: 1 }).text, /no number any more: the peak is too high$/);
  assert.match(said({ diverged: 1, final: [0.9, null] }).text, /^1 of 2 seeds diverged/);
  assert.deepEqual([said({}).bad, said(blind).bad, said({ diverged: 1 }).bad], [false, true, true]);
  assert.equal(verdictOf(run({ final: [] }), null).text, "Loss 2.3 → 0.1 (smoothed)");
  const fitted = verdictOf(run({ measure: "loss", final: [0.25] }), null);
  assert.equal(fitted.text, "Loss 2.3 → 0.1 (smoothed); held out: 0.25");
});

test("a loss that exploded is told, whatever was measured at the end", () => {
  const said = (given) => verdictOf(run(given), CHANCE);
  const wild = Float32Array.from({ length: 20 }, (_, i) => (i === 9 ? 1e36 : 0.5));
  const broken = Float32Array.from({ length: 20 }, (_, i) => (i === 9 ? Number.NaN : 0.5));
  for (const given of [{ loss: wild }, { loss: broken }, { last: 1e4 }, { last: 30 }]) {
    assert.deepEqual(said(given), { text: "The loss exploded: the peak is too high", bad: true });
  }
  const bump = Float32Array.from({ length: 20 }, (_, i) => (i === 9 ? 60 : 0.5));
  assert.equal(said({ loss: bump }).bad, false); // it came back
});

test("a strong weight decay is blamed with the peak, and a tiny peak for what hardly moved", () => {
  const said = (given) => verdictOf(run(given), CHANCE);
  const decayed = { first: 2.3, last: 2.35, final: [0.1], settings: { weight_decay: "10" } };
  const both = "No better than guessing: the peak or the weight decay is too high";
  assert.equal(said(decayed).text, both);
  assert.match(said({ ...decayed, diverged: 1 }).text, /the peak or the weight decay is too high$/);
  const slow = { first: 2.3, last: 2.2, final: [0.3], policy: { max_lr: 1e-4 } };
  assert.equal(said(slow).text, "The loss hardly moved: the peak may be too low");
  assert.equal(said({ ...slow, complete: false }).bad, false);
});

test("the loss's axis stays from run to run, and gives way to what would leave it", () => {
  assert.deepEqual(lossDomain([], CHANCE), [1e-3, 4.6, true]);
  assert.deepEqual(lossDomain([run({}), run({ first: 1e9 })], CHANCE), [1e-3, 4.6, true]);
  assert.deepEqual(lossDomain([run({ last: 3e-4 })], CHANCE), [2e-4, 4.6, true]);
  assert.deepEqual(lossDomain([], null), [0, 1, false]);
  assert.deepEqual(lossDomain([run({ first: 70, last: 4 })], null), [2, 100, true]);
  assert.deepEqual(lossDomain([run({ first: 7, last: -1 })], null), [-1, 9, false]);
});

test("99 and 95 percent lie apart, and no two numbers of the axis upon each other", () => {
  const up = accuracyScale([100, 0]);
  assert.equal(up(0), 100);
  near(up(1), 0);
  assert.ok(up(0.95) - up(0.99) > 20);
  const numbers = ofAccuracy(accuracyScale([60, 0])).map(({ y }) => y);
  assert.ok(numbers.every((y, i) => i === 0 || numbers[i - 1] - y >= 12));
  assert.ok(numbers.length >= 3);
});

test("a line is broken where a number is missing, and long ones keep their end", () => {
  const same = (x) => x;
  assert.equal(
    broken([1, 2, 3, 4, 5], [7, 8, Number.NaN, 9, 6], same, same),
    "M1.0,7.0L2.0,8.0M4.0,9.0L5.0,6.0",
  );
  assert.equal(broken([1, 2], [Number.NaN, Number.NaN], same, same), "");
  const long = Array.from({ length: 5000 }, (_, i) => i);
  const d = broken(long, long, same, same);
  assert.ok(d.split("L").length < 1000);
  assert.ok(d.endsWith("L4999.0,4999.0"));
});

test("a range test of another task is told by what changed; seeds do not count", () => {
  const task = { data: "digits", optimizer: "sgd", weight_decay: 0, seeds: 1 };
  assert.deepEqual(changedSince({ task }, { ...task, seeds: 5 }), []);
  assert.deepEqual(changedSince({ task }, { ...task, optimizer: "adamw" }), [
    ["optimizer", "sgd", "adamw"],
  ]);
});

test("the middle of some numbers", () => {
  assert.deepEqual([medianOf([3, 1, 2]), medianOf([4, 1]), medianOf([])], [2, 2.5, Number.NaN]);
});

test("a message belongs to the part of the task that it begins with", () => {
  assert.equal(fieldOf("seeds must be a whole number of at least 1, got 0"), "seeds");
  assert.equal(fieldOf("model must be one of MLP"), "net");
  assert.deepEqual([fieldOf("max_lr must be finite"), fieldOf("")], [undefined, undefined]);
});

test("the rates' axis holds peaks up to four times the present one", () => {
  const peaks = (...all) => all.map((max_lr) => cycle({ max_lr, total_steps: 100 }));
  near(highest(peaks(0.1, 0.39)), 0.39, 1e-3);
  near(highest(peaks(0.1, 1e6, 0.2)), 0.2, 1e-3);
  near(highest(peaks(0.1, 0.01)), 0.1, 1e-3);
});

test("a schedule has the look of its run: the newest, or the one that was restored", () => {
  const rows = new RunRows();
  const made = (key, max_lr) => run({ key, settings: {}, policy: { max_lr, total_steps: 20 } });
  const [first, , last] = rows.read([made(1, 0.1), made(2, 0.2), made(3, 0.1)], null);
  assert.equal(rows.ofSchedule(first.cycle.policy, null), last);
  assert.equal(rows.ofSchedule(first.cycle.policy, 1), first);
  assert.equal(rows.ofSchedule(check({ ...TABLES.defaults, max_lr: 0.3, total_steps: 20 })), null);
});

test("a list has no place in the lab, in whose optimizer there is one group", () => {
  const given = { ...TABLES.defaults, total_steps: 20, budget: "total_steps" };
  assert.equal(singleIn(modelOf({ ...given, max_lr: 0.1 })).max_lr, 0.1);
  assert.throws(() => singleIn(modelOf({ ...given, max_lr: [0.1, 0.2] })), {
    parameter: "max_lr",
    message: /^max_lr must be one number, got \[0\.1, 0\.2\]/,
  });
});

test("a remark stands until something is changed", () => {
  let [now, shown] = ["a", 0];
  const remark = new Remark(
    () => now,
    () => shown++,
  );
  assert.equal(remark.over("ready"), "ready");
  remark.make("restored");
  assert.deepEqual([remark.over("ready"), shown], ["restored", 1]);
  now = "b";
  assert.equal(remark.over("ready"), "ready");
});
