// The page's engine: random numbers, arithmetic in both forms, training, the range test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plainArithmetic } from "../../onecycle_widgets/frontend/arithmetic.js";
import { Climb } from "../../onecycle_widgets/frontend/climb.js";
import { ladderOf, pointsOf } from "../../onecycle_widgets/frontend/ladder.js";
import { Machine } from "../../onecycle_widgets/frontend/machine.js";
import { Network, padded } from "../../onecycle_widgets/frontend/network.js";
import { Twister } from "../../onecycle_widgets/frontend/random.js";
import { rangeTestOf, smoothed } from "../../onecycle_widgets/frontend/rangetest.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";
import { samplesOf } from "../../onecycle_widgets/frontend/samples.js";
import { Batches, Training } from "../../onecycle_widgets/frontend/training.js";
import { near } from "./helpers.mjs";

const TASK = {
  data: "spirals",
  hidden: [13, 6],
  optimizer: "sgd",
  batch_size: 30,
  weight_decay: 0.01,
};
const policy = (values = {}) => check({ max_lr: 0.2, total_steps: 60, ...values });
const never = () => false;

function trained(machine, values = {}, seeds = [0], cycle = policy(), points = 4) {
  const training = new Training(machine, { ...TASK, ...values }, cycle, seeds, points);
  training.advance(never);
  return training;
}

test("the Mersenne Twister is the published one", () => {
  // Matsumoto and Nishimura's mt19937ar: the 10,000th number from seed 5489 (C++'s standard).
  const twister = new Twister(5489);
  let word;
  for (let i = 0; i < 10_000; i++) word = twister.next();
  assert.equal(word, 4123659995);
  assert.deepEqual(new Twister(2 ** 32 + 7).next(), new Twister(7).next()); // 32 bits count
});

test("a permutation holds every number once", () => {
  const order = new Twister(3).permutation(1000);
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    [...Array(1000).keys()],
  );
  assert.notDeepEqual(order, new Twister(4).permutation(1000));
});

test("batches drop the smaller rest of an epoch, and draw another order for the next", () => {
  const batches = new Batches(10, 4, 0);
  const [first, second, third] = [batches.next(), batches.next(), batches.next()];
  assert.equal(new Set([...first, ...second]).size, 8);
  assert.deepEqual([...third], [...batches.order.subarray(0, 4)]);
  assert.notDeepEqual([...third], [...first]);
});

test("WebAssembly and plain JavaScript compute the same bits", () => {
  const [rows, inner, columns] = [8, 7, 12];
  const sizes = { a: 100, b: 100, start: 12, keep: 100, c: 100, state: 100, more: 100 };
  const machines = [new Machine(), new Machine({ plain: true })];
  assert.ok(machines[0].exports && !machines[1].exports);
  const found = machines.map((machine) => {
    const twister = new Twister(1);
    machine.reset(8 * 2000);
    const at = Object.fromEntries(
      Object.entries(sizes).map(([name, count]) => {
        const place = machine.take(count);
        machine.doubles(place, count).set(twister.uniform(count, -1, 1));
        return [name, place];
      }),
    );
    machine.doubles(at.more, 100).forEach((value, i, all) => {
      all[i] = Math.abs(value);
    });
    const { run } = machine;
    const results = [];
    const note = (place) => results.push(...machine.doubles(place, 96));
    for (const keep of [0, at.keep]) {
      for (const bend of [false, true]) {
        run.product(at.a, 8 * inner, 8, at.b, at.c, rows, columns, inner, at.start, keep, bend);
        note(at.c);
        run.product(at.a, 8, 8 * rows, at.b, at.c, rows, columns, inner, at.start, keep, bend);
        note(at.c);
      }
    }
    run.transpose(at.a, at.c, 8, 12);
    note(at.c);
    run.sums(at.a, at.c, 8, 12);
    note(at.c);
    machine.words(at.start, 3).set([2, 0, 5]);
    run.gather(at.a, at.start, at.c, 3, 12);
    note(at.c);
    run.sgd(at.a, at.b, at.state, 96, 0.3, 0.9, 0.01);
    run.adamw(at.b, at.a, at.state, at.more, 96, 0.1, 0.99, 0.2, 0.999, 0.3, 1e-8);
    for (const name of ["a", "b", "state", "more"]) note(at[name]);
    return results;
  });
  assert.ok(found[0].length > 1000 && found[0].every(Number.isFinite));
  assert.deepEqual(found[0], found[1]);
  assert.ok(found[0].some((value) => value < 0) && found[0].includes(0));
});

test("a product is one", () => {
  const memory = new ArrayBuffer(8 * 64);
  const numbers = new Float64Array(memory);
  numbers.set([1, 2, 3, 4, 5, 6, 7, 8], 0); // 4 x 2
  numbers.set([1, 0, 2, 0, 0, 1, 0, 3], 16); // 2 x 4
  numbers.set([10, 20, 30, 40], 32);
  plainArithmetic(memory).product(0, 16, 8, 128, 8 * 40, 4, 4, 2, 8 * 32, 0, false);
  assert.deepEqual([...numbers.subarray(40, 48)], [11, 22, 32, 46, 13, 24, 36, 52]);
});

test("whole trainings and range tests are the same bits in both forms", () => {
  for (const optimizer of ["sgd", "adamw"]) {
    const [fast, plain] = [false, true].map((slow) => {
      const machine = new Machine({ plain: slow });
      const { members } = trained(machine, { optimizer });
      const losses = [...members[0].losses];
      const ladder = ladderOf({ start_lr: 1e-4, end_lr: 10, num_steps: 100 });
      const climb = new Climb(machine, { ...TASK, optimizer }, [0], ladder);
      climb.advance(never);
      return [losses, [...members[0].accuracy], [...climb.members[0].losses]];
    });
    assert.deepEqual(fast, plain);
    assert.ok(fast[0].every(Number.isFinite));
  }
});

test("the gradient is the loss's slope", () => {
  const machine = new Machine({ plain: true });
  const { network, members } = trained(machine, {}, [0], policy({ total_steps: 5 }), 1);
  const { optimizer, samples } = members[0];
  const indices = Int32Array.from({ length: 30 }, (_, i) => 3 * i);
  const loss = () => network.learn(optimizer.weights, samples, indices);
  loss();
  const gradient = machine.doubles(network.gradient, network.count).slice();
  const weights = machine.doubles(optimizer.weights, network.count);
  const moved = weights.map((weight, i) => {
    const by = 1e-6;
    weights[i] = weight + by;
    const above = loss();
    weights[i] = weight - by;
    const slope = (above - loss()) / (2 * by);
    weights[i] = weight;
    return slope;
  });
  const used = network.layers.reduce((sum, { in: from, out }) => sum + (from + 1) * out, 0);
  assert.equal(gradient.filter((slope) => slope !== 0).length <= used, true);
  const size = Math.hypot(...gradient);
  assert.ok(size > 0.01);
  assert.ok(Math.hypot(...moved.map((slope, i) => slope - gradient[i])) < 1e-7 * size);
});

test("widths that fill no tile leave nothing in the gaps", () => {
  const machine = new Machine();
  const { network, members } = trained(machine);
  const weights = machine.doubles(members[0].optimizer.weights, network.count);
  network.layers.forEach(({ in: from, out, at }, i) => {
    const wide = padded(out);
    for (let row = 0; row < padded(from); row++) {
      for (let column = 0; column < wide; column++) {
        const inside = row < from && column < out;
        assert.ok(inside || weights[at / 8 + row * wide + column] === 0, `${i} ${row} ${column}`);
      }
    }
  });
});

test("seeds beside one another train as if alone, whatever the slices", () => {
  const machine = new Machine();
  const alone = [0, 7].map((seed) => [...trained(machine, {}, [seed]).members[0].losses]);
  const training = new Training(machine, TASK, policy(), [0, 7], 4);
  let steps = 0;
  while (training.done < training.steps) {
    let left = 1 + (steps++ % 5);
    training.advance(() => left-- === 0);
  }
  assert.deepEqual(
    training.members.map(({ losses }) => [...losses]),
    alone,
  );
});

test("points are spread evenly, the last one after the last step", () => {
  assert.deepEqual(pointsOf(10, 4), [3, 5, 8, 10]);
  const { members, points } = trained(new Machine());
  assert.deepEqual(points, [15, 30, 45, 60]);
  assert.ok(members[0].accuracy.every((share) => share > 0.2 && share <= 1));
});

test("a training that diverges is not a number from there on, and answers class 0", () => {
  const { members, held } = trained(new Machine(), {}, [0], policy({ max_lr: 1e6 }));
  const [{ losses, diverged, accuracy, heldLoss }] = members;
  assert.equal(diverged, true);
  const first = losses.findIndex(Number.isNaN);
  assert.ok(first > 0 && losses.slice(first).every(Number.isNaN));
  const zeros = held.y.filter((label) => label === 0).length / held.y.length;
  assert.equal(accuracy.at(-1), zeros);
  assert.ok(Number.isNaN(heldLoss.at(-1)));
});

test("a spiral's training colours the plane; a digit's has none", () => {
  const classes = trained(new Machine()).boundary();
  assert.equal(classes.length, 3600);
  assert.equal(new Set(classes).size, 3);
  assert.equal(trained(new Machine(), { data: "digits" }).boundary(), null);
});

test("data hold no more than a training may see", () => {
  const { train, held, inputs } = samplesOf("digits");
  assert.deepEqual([train.y.length, held.y.length, inputs], [1150, 287, 64]);
  near(train.x.reduce((sum, value) => sum + value) / train.x.length + 1, 1, 0.01);
});

test("the room that is taken is the room that was asked for", () => {
  for (const widths of [
    [64, 10],
    [2, 5, 3],
    [64, 64, 64, 10],
    [2, 100, 1, 3],
  ]) {
    const [machine, network] = [new Machine({ plain: true }), new Network(widths, 50)];
    machine.reset(network.bytes);
    const before = machine.free;
    network.settle(machine);
    assert.ok(machine.free - before <= network.bytes, String(widths));
  }
});

test("smoothing is a straight line at the ends, and a mean between", () => {
  assert.deepEqual(
    smoothed([4, 2, 3, 1, 2], 3).map((value) => Number(value.toFixed(6))),
    [3.5, 3, 2, 2, 1.5],
  );
  assert.deepEqual(smoothed([3, 1], 9), [3, 1]);
});

test("range tests of several seeds go as far as half of them", () => {
  const ladder = ladderOf({ start_lr: 1e-4, end_lr: 1, num_steps: 41 });
  const curve = Float64Array.from(ladder, (lr) => 1 / (1 + 100 * lr) + lr);
  const short = curve.map((loss, i) => (i < 5 ? loss : Number.NaN));
  const stop = { why: "diverged", loss: 9, lr: ladder[4] };
  const whole = { losses: curve, stop: null };
  const ended = { losses: short, stop };
  const found = rangeTestOf(ladder, [whole, whole, ended]);
  assert.equal(found.stopped, null);
  near(found.suggestions.halfway.lr, 0.0447, 0.03);
  const most = rangeTestOf(ladder, [whole, ended, ended]);
  assert.equal(most.stopped, `2 of 3 runs stopped; diverged at lr=0.000251`);
  assert.match(most.suggestions.halfway.reason, /^too few points: 5 steps/);
  const first = { losses: curve.map(() => Number.NaN), stop: { why: "first", loss: -Infinity } };
  assert.match(rangeTestOf(ladder, [first]).suggestions.edge.reason, /^the first loss is -inf/);
});
