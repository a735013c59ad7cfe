// The trainer behind the lab's page, with a crew that does as it is told; links; the workers' own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Crew, workersFor } from "../../onecycle_widgets/frontend/crew.js";
import { doorOf, policyOf, taskOf } from "../../onecycle_widgets/frontend/door.js";
import { fromLabLink, labLinkOf } from "../../onecycle_widgets/frontend/lablink.js";
import { DEFAULTS } from "../../onecycle_widgets/frontend/policy.js";
import { check, Impossible } from "../../onecycle_widgets/frontend/rules.js";
import { TABLES } from "../../onecycle_widgets/frontend/tables.js";
import { Trainer, taskIn } from "../../onecycle_widgets/frontend/trainer.js";
import { runsCsv, runWired, scriptOf, settingsOf } from "../../onecycle_widgets/frontend/wired.js";
import { Workshop } from "../../onecycle_widgets/frontend/worker.js";

const NET = "MLP, 2 layers of 64";
const TRAITS = {
  ...DEFAULTS,
  max_lr: 0.1,
  total_steps: 40,
  epochs: 4,
  steps_per_epoch: 10,
  budget: "total_steps",
  data: "digits",
  net: NET,
  optimizer: "sgd",
  batch_size: 64,
  weight_decay: 0,
  seeds: 1,
  live: false,
};

/** A model that keeps what it is told. */
function modelWith(traits = {}) {
  const state = { ...TRAITS, ...traits };
  const answers = [];
  return {
    state,
    answers,
    get: (name) => state[name],
    put: (told) => Object.assign(state, told),
    answer: (message) => answers.push(message),
  };
}

/** A crew whose jobs end when the test says so. */
class Puppets {
  constructor() {
    this.jobs = [];
  }

  start(job, told) {
    const rows = (of) => job.seeds.map(of);
    const progress = {
      losses: rows((seed) => new Float64Array(job.steps).fill(NaN).fill(1 / (seed + 2), 0)),
      accuracy: rows(() => new Float64Array(job.points ?? 0).fill(0.5)),
      stops: rows(() => null),
      done: 0,
      complete: false,
      plane: null,
    };
    let resolve;
    const ended = new Promise((done) => {
      resolve = done;
    });
    const puppet = { ...job, progress, stopped: false };
    puppet.reach = (done) => {
      progress.done = done;
      told(progress);
    };
    puppet.end = async (done = job.steps) => {
      Object.assign(progress, { done, complete: done === job.steps });
      resolve(progress);
      await pause(0);
    };
    this.jobs.push(puppet);
    return { stop: () => Object.assign(puppet, { stopped: true }), ended, progress };
  }
}

function labWith(traits) {
  const [model, crew] = [modelWith(traits), new Puppets()];
  const trainer = new Trainer(model, crew);
  const move = (changes) => {
    Object.assign(model.state, changes);
    trainer.changed();
  };
  return { model, crew, trainer, move };
}

test("a training is told of while it is under way, and kept when it ends", async () => {
  const { model, crew, trainer } = labWith();
  trainer.hear({ do: "train" });
  const [job] = crew.jobs;
  assert.deepEqual([job.do, job.task.hidden, job.points, job.seeds], ["train", [64, 64], 20, [0]]);
  assert.equal(model.state.busy, "training");
  job.reach(10);
  assert.equal(model.state.under_way.done, 10);
  assert.equal(model.state.under_way.loss.length, 10);
  assert.deepEqual(model.state.under_way.points, [2, 4, 6, 8, 10]);
  assert.equal(model.state.step, 9);
  assert.match(model.state.status, /^step 10 of 40, loss 0.5$/);
  await job.end();
  assert.equal(model.state.under_way, null);
  assert.equal(model.state.runs.length, 1);
  assert.equal(model.state.runs[0].complete, true);
  assert.match(
    model.state.status,
    /^done after 40 steps, .* s: 50.0 % of the held-out data right$/,
  );
  await pause(200);
  assert.equal(model.state.busy, "");
});

test("twelve runs are kept, and it is said that the oldest was dropped", async () => {
  const { model, crew, trainer, move } = labWith();
  for (let i = 0; i < 13; i++) {
    move({ max_lr: 0.1 + i / 100 });
    trainer.hear({ do: "train" });
    await crew.jobs.at(-1).end();
  }
  assert.equal(model.state.runs.length, 12);
  assert.equal(model.state.runs[0].key, 2);
  assert.match(model.state.status, /the oldest run was dropped, 12 are kept$/);
  trainer.hear({ do: "remove", key: 5 });
  assert.equal(
    model.state.runs.some(({ key }) => key === 5),
    false,
  );
  trainer.hear({ do: "remove", key: 5 });
  assert.equal(model.state.runs.length, 11);
});

test("what was trained to its end is marked, and not trained again", async () => {
  const { model, crew, trainer, move } = labWith();
  const train = async (changes = {}) => {
    move(changes);
    trainer.hear({ do: "train" });
    await crew.jobs.at(-1).end();
  };
  await train();
  await train();
  assert.equal(crew.jobs.length, 1);
  assert.deepEqual(model.answers, [{ answer: "there", key: 1 }]);
  assert.match(model.state.status, /^trained already, to the same numbers/);
  await train({ seeds: 2 });
  await train({ seeds: 1, max_lr: 0.2 });
  await train({ max_lr: 0.1, optimizer: "adamw" });
  assert.equal(model.state.runs.length, 4);
  trainer.hear({ do: "remove", key: 1 });
  await train({ optimizer: "sgd" });
  assert.deepEqual([model.state.runs.length, crew.jobs.length, model.answers.length], [4, 5, 1]);
});

test("a stopped run gives way to the same that came further", async () => {
  const { model, crew, trainer } = labWith();
  for (const [steps, kept] of [
    [9, 9],
    [5, 9],
    [12, 12],
    [40, 40],
  ]) {
    trainer.hear({ do: "train" });
    await crew.jobs.at(-1).end(steps);
    assert.deepEqual(
      model.state.runs.map(({ done }) => done),
      [kept],
    );
  }
  assert.equal(model.state.runs[0].complete, true);
});

test("while a hand moves, the live training ends and the newest is next", async () => {
  const { model, crew, move } = labWith({ live: true });
  move({ max_lr: 0.11 });
  for (const max_lr of [0.12, 0.13, 0.14]) move({ max_lr });
  assert.equal(crew.jobs.length, 1);
  assert.equal(crew.jobs[0].stopped, false); // it is soon done
  await crew.jobs[0].end();
  assert.equal(model.state.under_way.live, true);
  assert.equal(model.state.under_way.complete, true);
  assert.equal(crew.jobs.length, 2);
  assert.equal(crew.jobs[1].policy.max_lr, 0.14);
  await crew.jobs[1].end();
  assert.equal(crew.jobs.length, 2);
  assert.deepEqual(model.state.runs ?? [], []);
});

test("a live training that has long to go gives way, and leaves the last whole one", async () => {
  const { model, crew, move } = labWith({ live: true, total_steps: 100_000 });
  move({ max_lr: 0.2 });
  move({ max_lr: 0.3 });
  assert.equal(crew.jobs[0].stopped, true);
  const shown = model.state.under_way;
  await crew.jobs[0].end(5);
  assert.equal(model.state.under_way, shown);
  assert.equal(crew.jobs[1].policy.max_lr, 0.3);
});

test("live trains when it is switched on, not for a cursor's move", () => {
  const { crew, move } = labWith();
  move({ max_lr: 0.2 });
  assert.equal(crew.jobs.length, 0);
  move({ live: true });
  assert.equal(crew.jobs.length, 1);
  move({ step: 7 });
  move({ live: false });
  assert.equal(crew.jobs.length, 1);
});

test("a press of Train is kept also in live mode, and does not wait for a live training", async () => {
  const { model, crew, trainer, move } = labWith({ live: true });
  move({ max_lr: 0.2 });
  trainer.hear({ do: "train" });
  assert.equal(crew.jobs[0].stopped, true);
  await crew.jobs[0].end(3);
  await crew.jobs[1].end();
  assert.equal(model.state.runs.length, 1);
});

test("stopping forgets what waits, and keeps what was done", async () => {
  const { model, crew, trainer, move } = labWith();
  trainer.hear({ do: "train" });
  trainer.hear({ do: "range" });
  trainer.hear({ do: "stop" });
  assert.equal(crew.jobs[0].stopped, true);
  await crew.jobs[0].end(7);
  assert.equal(crew.jobs.length, 1);
  assert.equal(model.state.runs[0].done, 7);
  assert.match(model.state.status, /^stopped after 7 steps/);
  move({});
  assert.equal(crew.jobs.length, 1);
});

test("what cannot be trained is refused in Python's words", () => {
  const { model, crew, trainer, move } = labWith();
  const refused = [
    [{ seeds: 0 }, "seeds must be a whole number of at least 1, got 0"],
    [{ seeds: 101 }, "seeds must be at most 100 in the lab, got 101"],
    [{ seeds: 1, batch_size: 2000 }, "batch_size must be at most 1150, got 2000"],
    [{ batch_size: 64, weight_decay: -1 }, "weight_decay must be 0 or more, got -1.0"],
    [{ weight_decay: "a" }, "weight_decay must be a finite number, got 'a' (str)"],
    [{ weight_decay: 0, net: "x" }, /^model must be one of: MLP, 2 layers of 64; .* for digits/],
  ];
  for (const [changes, message] of refused) {
    move(changes);
    if (typeof message === "string") assert.equal(model.state.problem, message);
    else assert.match(model.state.problem, message);
    model.put({ status: "done after 300 steps" });
    trainer.hear({ do: "train" });
    assert.equal(model.state.status, "not started: a value is refused");
    assert.equal(crew.jobs.length, 0);
  }
  move({ net: NET, total_steps: 200_000 });
  assert.equal(model.state.problem, "");
  trainer.hear({ do: "train" });
  assert.equal(model.state.problem, "total_steps must be at most 100000 in the lab, got 200000");
  assert.equal(crew.jobs.length, 0);
});

test("a range test of several seeds is as long as the lab's, and tells its picks", async () => {
  const { model, crew, trainer } = labWith({ seeds: 9, optimizer: "adamw" });
  trainer.hear({ do: "range" });
  const [job] = crew.jobs;
  assert.deepEqual(job.seeds, [0, 1, 2, 3, 4]);
  assert.deepEqual(job.ladder, { start_lr: 1e-5, end_lr: 10, num_steps: 100 });
  job.progress.losses.forEach((row) => {
    row.forEach((_, i) => {
      row[i] = 2.3 / (1 + (i / 60) ** 6) + Math.max(0, (i - 70) / 10) ** 2;
    });
  });
  job.reach(30);
  assert.equal(model.state.range.ended, false);
  assert.equal(model.state.range.lr.length, 30);
  assert.match(model.state.status, /^range test: lr/);
  await job.end();
  const { range } = model.state;
  assert.equal(range.ended, true);
  assert.deepEqual(Object.keys(range.picks).sort(), [
    "edge",
    "halfway",
    "minimum/10",
    "steepest",
    "valley",
  ]);
  assert.equal(range.task.optimizer, "adamw");
  assert.equal(range.smooth.length, 100);
  assert.match(model.state.status, /^range test done; recommended: /);
  trainer.hear({ do: "range" });
  await crew.jobs[1].end(12);
  assert.equal(model.state.range, range);
  assert.equal(model.state.status, "range test stopped after 12 steps");
});

test("runs have median and band, and a diverged seed counts as the worst", () => {
  const row = (loss) => new Float64Array([2, 1, loss, loss]);
  const task = taskIn(modelWith({ seeds: 3 }));
  const run = {
    key: 1,
    live: false,
    task,
    policy: check({ max_lr: 0.1, total_steps: 4 }),
    losses: [row(0.5), row(0.25), row(NaN)],
    accuracy: [0.9, 0.8, 0.1].map((share) => new Float64Array([share, share])),
    points: [2, 4],
    done: 4,
    complete: true,
    seconds: 1,
  };
  const wired = runWired(run);
  assert.deepEqual([...wired.loss], [2, 1, 0.5, 0.5]);
  assert.deepEqual([...wired.high], [2, 1, Infinity, Infinity]);
  assert.deepEqual([...wired.low], [2, 1, 0.25, 0.25]);
  assert.equal(wired.diverged, 1);
  assert.deepEqual(wired.final, [0.9, 0.8, 0.1]);
  assert.equal(wired.settings.seeds, "3");
  const rows = runsCsv([run]).split("\n");
  assert.equal(rows.length, 1 + 3 * 4 + 1);
  assert.match(rows[1], /^1,digits,"MLP, 2 layers of 64",0.1,4,sgd,64,0,3,0,0,0.004\d*,0.95,2.0,$/);
  assert.match(rows[2], /,1.0,0.9$/);
  assert.match(rows[12], /,,0.1$/);
});

test("long runs are thinned, so that a curve has no more places than it needs", () => {
  const losses = [new Float64Array(40_000).fill(1)];
  const policy = check({ max_lr: 0.1, total_steps: 40_000 });
  const about = { key: 1, live: false, task: taskIn(modelWith()), points: [], accuracy: [null] };
  const wired = runWired({ ...about, policy, losses, done: 40_000, complete: true, seconds: 1 });
  assert.ok(wired.at.length <= 1500 && wired.at.length > 1000);
  assert.equal(wired.loss.length, wired.at.length);
  assert.deepEqual(wired.at.slice(0, 2), [0, 27]);
});

test("settings are texts as Python writes them", () => {
  const policy = check({ max_lr: 1e-5, total_steps: 100_000, three_phase: true });
  const settings = settingsOf(taskIn(modelWith({ weight_decay: 1e-4 })), policy);
  assert.equal(settings.max_lr, "1e-05");
  assert.equal(settings.total_steps, "100000");
  assert.equal(settings.three_phase, "True");
  assert.equal(settings.weight_decay, "0.0001");
  const script = scriptOf({ task: taskIn(modelWith()), policy });
  assert.match(script, /OneCycle\(max_lr=1e-05, total_steps=100000, three_phase=True\)/);
  assert.match(script, /\{"held out": held_out\}/);
});

test("a link brings schedule, task and live mode back; what no page has is left out", () => {
  const model = modelWith({ data: "spirals", optimizer: "adamw", weight_decay: 0.01, live: true });
  const link = labLinkOf(model, check({ max_lr: 0.03, total_steps: 77 }));
  const { data, net, optimizer, weight_decay, live, max_lr, total_steps } = fromLabLink(link);
  assert.deepEqual(
    [data, net, optimizer, weight_decay, live, max_lr, total_steps],
    ["spirals", NET, "adamw", 0.01, true, 0.03, 77],
  );
  const other = fromLabLink("#max_lr=0.1&total_steps=9&data=mnist1d&net=ConvNet");
  assert.equal("data" in other, false);
  assert.deepEqual(fromLabLink(""), {});
});

test("seeds are shared out among as many workers as there are threads to spare", () => {
  assert.deepEqual(
    [1, 2, 3, 9].map((seeds) => workersFor(seeds, 4)),
    [1, 2, 3, 3],
  );
  assert.deepEqual(
    [1, 2, 8].map((threads) => workersFor(5, threads)),
    [1, 1, 5],
  );
});

/** Node has no Worker of the web; this one does the same in this thread. */
class LocalWorker {
  constructor() {
    LocalWorker.made++;
    const post = (data) => setTimeout(() => this.onmessage({ data }));
    this.workshop = new Workshop(post, setImmediate);
  }

  postMessage(message) {
    setTimeout(() => this.workshop.hear(structuredClone(message)));
  }
}

test("a crew puts together what its workers tell; the door gives the numbers", async () => {
  LocalWorker.made = 0;
  globalThis.Worker = LocalWorker;
  const crew = new Crew("");
  const door = doorOf(crew);
  const policy = { max_lr: 0.1, total_steps: 30 };
  const asked = { hidden: [8], data: "spirals", policy };
  const [first, again] = await Promise.all([door.train(asked), door.train(asked)]);
  assert.deepEqual(first, again);
  assert.deepEqual(first.points.slice(-2), [29, 30]);
  assert.ok(first.loss.length === 30 && first.loss.every(Number.isFinite));
  const { seed: _, ...task } = taskOf({ hidden: [8], data: "spirals" });
  const job = { do: "train", task, policy: policyOf(policy), points: 2, steps: 30, every: 0 };
  let tales = 0;
  const found = await crew.start({ ...job, seeds: [0, 1, 2], plane: true }, () => tales++).ended;
  assert.deepEqual([...found.losses[0]], first.loss);
  assert.equal(found.complete, true);
  assert.equal(found.plane.classes.length, 3600);
  assert.ok(new Set(found.losses.map(String)).size === 3);
  const range = await door.rangeTest({ hidden: [8], data: "spirals", start_lr: 1e-4 });
  assert.ok(range.lr.length > 20 && range.loss.length === range.lr.length);
  assert.ok(range.suggestions.halfway.lr > 0.01);
  const long = { ...job, policy: policyOf({ ...policy, total_steps: 100_000 }), steps: 100_000 };
  const running = crew.start({ ...long, seeds: [0] });
  await pause(30);
  running.stop();
  const part = await running.ended;
  assert.ok(!part.complete && part.done < 100_000);
  assert.equal(LocalWorker.made, crew.workers.length);
  await assert.rejects(crew.start({ ...job, task: { ...task, data: "?" }, seeds: [0] }).ended);
});

test("what the door is given must be known and sound", async () => {
  const door = doorOf({ start: () => assert.fail("nothing may be trained") });
  const policy = { max_lr: 0.1, total_steps: 10 };
  const wrong = [
    [{ policy, hiden: [3] }, /^'hiden' is no argument: they are data, hidden/],
    [{}, "policy must be an object with OneCycle's arguments, got None (NoneType)"],
    [{ policy: { max_lr: 0.1 } }, TABLES.trainer.messages.length],
    [{ policy: { ...policy, peak: 1 } }, /^'peak' is no argument/],
    [{ policy: { ...policy, max_lr: [0.1, 0.2] } }, /^max_lr must be one number, got \[0.1, 0.2\]/],
    [{ policy, data: "mnist1d" }, "data must be one of digits, spirals, got 'mnist1d'"],
    [{ policy, hidden: 64 }, "hidden must be a list of widths, got 64 (int)"],
    [{ policy, hidden: [64, 0] }, "hidden[1] must be a whole number of at least 1, got 0"],
    [{ policy, optimizer: "adam" }, "optimizer must be one of sgd, adamw, got 'adam'"],
    [{ policy, batch_size: 2.5 }, /^batch_size must be a whole number .* got 2.5 \(float\)$/],
    [{ policy, seed: -1 }, "seed must be a whole number of at least 0, got -1"],
  ];
  for (const [given, message] of wrong) {
    await assert.rejects(door.train(given), (error) => {
      assert.ok(error instanceof Impossible);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  }
  const rangeWrong = [
    [{ start_lr: 0 }, "start_lr must be a finite number above 0, got 0"],
    [{ start_lr: 1, end_lr: 0.5 }, "end_lr must be above start_lr=1, got 0.5"],
    [{ num_steps: 1 }, "num_steps must be a whole number of at least 2, got 1"],
    [{ policy }, /^'policy' is no argument/],
  ];
  for (const [given, message] of rangeWrong)
    await assert.rejects(door.rangeTest(given), { message });
});
