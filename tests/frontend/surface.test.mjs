// Balls on a surface: formulas, rolling, schedules, links, presets, words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, Roller } from "../../onecycle_widgets/frontend/balls.js";
import { differencesOf } from "../../onecycle_widgets/frontend/compared.js";
import { momentOf, outcomeOf } from "../../onecycle_widgets/frontend/findings.js";
import { frameOf } from "../../onecycle_widgets/frontend/ground.js";
import { curvatureAt, roomFor, SURFACES } from "../../onecycle_widgets/frontend/landscapes.js";
import { bells } from "../../onecycle_widgets/frontend/noise.js";
import { SCHEDULES, steered, steeringOf } from "../../onecycle_widgets/frontend/rivals.js";
import { check, Impossible } from "../../onecycle_widgets/frontend/rules.js";
import {
  BESIDES,
  doubtOfOwn,
  fromLink,
  fromPlain,
  linkOf,
  plainOf,
  policyOn,
  SIGHTS,
  sightOf,
  traitsOfSight,
} from "../../onecycle_widgets/frontend/setting.js";
import { TABLES } from "../../onecycle_widgets/frontend/tables.js";
import { modelOf, near } from "./helpers.mjs";

const USUAL = {
  surface: "valley",
  schedule: "one cycle",
  momentum: 0.9,
  noise: 1,
  balls: 50,
  seed: 0,
};

function settingWith(values = {}, policy = {}) {
  return { policy: check({ max_lr: 0.1, total_steps: 100, ...policy }), ...USUAL, ...values };
}

function rolled(setting) {
  const steering = steeringOf(setting.policy, setting.schedule, setting.momentum);
  const run = new Roller().roll(SURFACES[setting.surface], steered(steering), setting);
  return { run, steering };
}

test("every surface's gradient is the difference of its loss", () => {
  const by = 1e-5;
  for (const { at, view } of Object.values(SURFACES)) {
    const [left, right, low, high] = view;
    const places = Array.from({ length: 30 }, (_, i) => [
      left + ((right - left) * (i + 0.5)) / 30,
      low + ((high - low) * (((i * 7) % 30) + 0.5)) / 30,
    ]);
    for (const [x, y] of places) {
      const out = roomFor(5);
      at(Float64Array.of(x, x + by, x - by, x, x), Float64Array.of(y, y, y, y + by, y - by), out);
      const slopes = [
        [out.gx[0], (out.loss[1] - out.loss[2]) / (2 * by)],
        [out.gy[0], (out.loss[3] - out.loss[4]) / (2 * by)],
        [out.hxx[0], (out.gx[1] - out.gx[2]) / (2 * by)],
        [out.hxy[0], (out.gy[1] - out.gy[2]) / (2 * by)],
        [out.hyy[0], (out.gy[3] - out.gy[4]) / (2 * by)],
      ];
      for (const [formula, difference] of slopes) {
        const room = 1e-5 * (Math.abs(formula) + 1);
        assert.ok(Math.abs(formula - difference) < room, `${formula} is not ${difference}`);
      }
      assert.ok(curvatureAt(out, 0) >= Math.max(out.hxx[0], out.hyy[0]) - 1e-9);
    }
  }
});

test("a bowl bears a rate below its limit and none above", () => {
  const flown = (max_lr) => {
    const { run } = rolled(settingWith({ surface: "bowl", schedule: "constant" }, { max_lr }));
    return counted(run, run.steps).flown;
  };
  const limit = (2 * (1 + USUAL.momentum)) / 20;
  assert.equal(flown(0.7 * limit), 0);
  assert.equal(flown(1.1 * limit), USUAL.balls);
});

test("who flies off stays where it left, and is counted from then on", () => {
  const { run } = rolled(settingWith({ surface: "ravine", schedule: "constant" }, { max_lr: 0.3 }));
  const first = Math.min(...run.left);
  assert.equal(counted(run, first - 1).flown, 0);
  assert.ok(counted(run, first).flown > 0);
  for (let step = run.left[0]; step < run.steps; step++) {
    assert.equal(run.xs[step * run.balls], run.xs[(step + 1) * run.balls]);
  }
  assert.ok(run.losses.every(Number.isFinite));
  assert.ok(Number.isNaN(run.curvature[run.steps]));
});

test("more balls and more steps go on where fewer end", () => {
  const many = bells(3, 20, 30);
  const few = bells(3, 5, 10);
  for (let step = 0; step < 10; step++) {
    for (let i = 0; i < 10; i++) assert.equal(few[step * 10 + i], many[step * 40 + i]);
  }
});

test("noise is kept while neither seed nor size change, and so is the room", () => {
  const roller = new Roller();
  const roll = (values) => {
    const setting = settingWith(values);
    const steering = steeringOf(setting.policy, setting.schedule, setting.momentum);
    return roller.roll(SURFACES.valley, steered(steering), setting);
  };
  const first = roll({});
  const { bell } = roller;
  assert.equal(roll({ noise: 2 }), first);
  assert.equal(roller.bell, bell);
  assert.notEqual(roll({ balls: 51 }), first);
  roll({ seed: 1 });
  assert.notEqual(roller.bell, bell);
});

test("every rival has the peak, the length, and the momentum that stays", () => {
  assert.deepEqual(SCHEDULES.slice(1), TABLES.surface.rivals);
  for (const schedule of TABLES.surface.rivals) {
    const found = steeringOf(settingWith().policy, schedule, 0.8);
    const { rates, momenta } = steered(found);
    assert.equal(rates.length, 100);
    assert.equal(Math.max(...rates), Math.fround(0.1));
    assert.equal(rates[found.peak], Math.fround(0.1));
    assert.ok(momenta.every((value) => value === Math.fround(0.8)));
  }
});

test("a link restores everything that is rolled, and the pins", () => {
  const pin = plainOf(settingWith({ surface: "wells", seed: 7 }, { pct_start: 0.4 }));
  const setting = settingWith({ surface: "ravine", schedule: "cosine", noise: 0.5 });
  const traits = { ...setting.policy, ...setting, step: 33, trails: true, pins: [pin] };
  const link = linkOf(modelOf(traits), setting.policy);
  const found = fromLink(link, USUAL);
  for (const name of [...BESIDES, "step", "trails", "pins"]) {
    assert.deepEqual(found[name], traits[name], name);
  }
  assert.equal(found.max_lr, 0.1);
  assert.equal(found.total_steps, 100);
});

test("what a link says that cannot be is not followed", () => {
  assert.deepEqual(fromLink("", USUAL), {});
  assert.deepEqual(fromLink("#max_lr=0.1&total_steps=99999", USUAL), {});
  assert.deepEqual(fromLink("#max_lr=0.1&total_steps=100&surface=moon", USUAL), {});
  assert.deepEqual(fromLink("#max_lr=0.1%2C+0.2&total_steps=100", USUAL), {});
  assert.equal(fromLink("#max_lr=0.1&total_steps=100", USUAL).surface, "valley");
  const pins = "&pin=max_lr%3D0.1".repeat(3);
  assert.deepEqual(fromLink(`#max_lr=0.1&total_steps=100${pins}`, USUAL).pins, []);
});

test("a surface bears only so many steps and one group, and says so", () => {
  const refused = (values, message) =>
    assert.throws(
      () => policyOn({ ...check({ max_lr: 0.1, total_steps: 100 }), ...values }),
      (problem) => problem instanceof Impossible && message.test(problem.message),
    );
  refused({ total_steps: 5000 }, /at most 2000 on a surface, got 5000/);
  refused({ max_lr: [0.1, 0.2] }, /one parameter group: max_lr must be one number/);
  assert.equal(fromPlain({ max_lr: 0.1, total_steps: 100, ...USUAL, balls: 0 }), null);
});

test("what cannot be is doubted with name, value, and what is right", () => {
  assert.equal(doubtOfOwn("balls", 0), "balls must be a whole number from 1 to 500, got 0");
  assert.equal(doubtOfOwn("noise", "x"), "noise must be a number from 0 to 100, got 'x'");
  assert.equal(doubtOfOwn("momentum", 1), "momentum must be a number in [0, 1), got 1");
  for (const name of BESIDES) assert.equal(doubtOfOwn(name, USUAL[name]), "");
});

test("every preset is a state that is known again by its name", () => {
  const names = Object.keys(SIGHTS);
  assert.ok(names.length > 9);
  for (const name of names) {
    const traits = traitsOfSight(name);
    const own = Object.fromEntries(BESIDES.map((one) => [one, traits[one] ?? USUAL[one]]));
    const { max_lr, total_steps } = traits;
    assert.equal(sightOf({ policy: check({ max_lr, total_steps }), ...own }), name);
    assert.equal(sightOf({ policy: check({ max_lr: 0.0123, total_steps }), ...own }), null);
  }
});

test("what came of a run is said in a sentence", () => {
  const told = (values, policy) => {
    const setting = settingWith(values, policy);
    return outcomeOf(setting, rolled(setting).run);
  };
  assert.match(
    told(),
    /^One cycle with a peak of 0\.1 in the river valley: the mean loss goes from 2\.\d+ to 1\.\d+\.$/,
  );
  assert.match(
    told({ surface: "bowl", schedule: "constant" }, { max_lr: 0.3 }),
    /^Constant rate of 0\.3 in the bowl: all 50 balls fly off, the first at step \d\.$/,
  );
  assert.match(
    told({ surface: "wells" }, { max_lr: 0.01 }),
    /; 0 of 50 balls end in the wide well/,
  );
  const alone = { surface: "bowl", schedule: "constant", balls: 1 };
  assert.match(told(alone, { max_lr: 0.3 }), /: the ball flies off at step \d\.$/);
});

test("a moment is said part by part", () => {
  const setting = settingWith({ surface: "wells" });
  const { run, steering } = rolled(setting);
  const parts = momentOf(setting, run, steering, 0);
  assert.equal(parts[0], "after 0 of 100 steps");
  assert.ok(parts.includes("rate 0.004"));
  assert.ok(parts.includes("momentum 0.95"));
  assert.ok(parts.includes("0 of 50 balls in the wide well"));
  assert.match(momentOf(setting, run, steering, 100)[0], /after 100 of 100/);
});

test("runs are named by what not all of them have in common", () => {
  const settings = [settingWith(), settingWith({ schedule: "step" }, { max_lr: 0.2 })];
  assert.deepEqual(differencesOf(settings), ["one cycle, max_lr=0.1", "step, max_lr=0.2"]);
  assert.deepEqual(differencesOf([settingWith()]), [""]);
  const places = [settingWith(), settingWith({ surface: "wells" })];
  assert.deepEqual(differencesOf(places), ["river valley", "two wells"]);
});

test("a round surface stays round, and all of its view is seen", () => {
  for (const surface of Object.values(SURFACES)) {
    const [left, right, low, high] = surface.view;
    for (const [width, height] of [
      [700, 340],
      [366, 500],
    ]) {
      const frame = frameOf(surface, width, height);
      if (surface.square) near(frame.perX, frame.perY, 1e-9);
      for (const x of [left, right]) assert.ok(frame.x(x) > -1e-6 && frame.x(x) < width + 1e-6);
      for (const y of [low, high]) assert.ok(frame.y(y) > -1e-6 && frame.y(y) < height + 1e-6);
    }
  }
});
