import assert from "node:assert/strict";
import { test } from "node:test";
import { decades, scale, ticks } from "../../onecycle_widgets/frontend/axes.js";
import { near } from "./helpers.mjs";

const texts = (found) => found.map(({ text }) => text);

test("a scale maps the ends to the ends and the middle to the middle", () => {
  const place = scale([10, 20], [300, 100]);
  assert.deepEqual([10, 15, 20].map(place), [300, 200, 100]);
});

test("on a log scale each decade is as wide as the next", () => {
  const place = scale([0.001, 10], [0, 400], true);
  for (const [value, pixel] of [
    [0.001, 0],
    [0.01, 100],
    [1, 300],
    [10, 400],
  ]) {
    near(place(value) + 1, pixel + 1);
  }
  assert.equal(place(0), 0); // what has no logarithm lies at the lower end
});

test("a domain of no width lies in the middle", () => {
  assert.equal(scale([5, 5], [0, 100])(5), 50);
});

test("ticks are round numbers inside the domain", () => {
  assert.deepEqual(texts(ticks([0, 0.106], 5)), ["0", "0.05", "0.1"]);
  assert.deepEqual(texts(ticks([0, 1], 5)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
  assert.deepEqual(texts(ticks([0.842, 0.958], 3)), ["0.85", "0.9", "0.95"]);
  assert.deepEqual(texts(ticks([0, 123_456], 6, true)), ["0", "50000", "100000"]);
});

test("there are never more ticks than there is room for, and steps are whole", () => {
  for (let last = 1; last < 3000; last += 7) {
    const found = ticks([0, last], 6, true);
    assert.ok(found.length <= 7, `${last}: ${texts(found)}`);
    for (const { value } of found) assert.ok(Number.isInteger(value) && value <= last);
  }
});

test("decades are powers of ten, thinned from the top", () => {
  assert.deepEqual(texts(decades([0.003, 20], 5)), ["10", "1", "0.1", "0.01"]);
  assert.deepEqual(texts(decades([1e-7, 0.12], 3)), ["0.1", "0.001", "1e-5", "1e-7"]);
});

test("where no two powers of ten lie inside, the ends are named", () => {
  assert.deepEqual(texts(decades([0.2, 0.5], 5)), ["0.2", "0.5"]);
});

test("a scale leads back from pixels to values", () => {
  const linear = scale([10, 20], [300, 100]);
  near(linear.back(linear(12.5)), 12.5);
  const log = scale([0.001, 10], [0, 400], true);
  near(log.back(log(0.02)), 0.02);
  near(linear.back(400), 5); // beyond the ends, too
});

test("the smallest and the largest numbers there are have a place and ticks", () => {
  for (const high of [1e-320, 1.7e308]) {
    for (const log of [false, true]) {
      const place = scale([log ? high / 10 : 0, high], [200, 0], log);
      assert.equal(place(high), 0);
      assert.ok(Number.isFinite(place(high / 2)));
    }
    assert.equal(texts(ticks([0, high], 5)).length, 2);
  }
});
