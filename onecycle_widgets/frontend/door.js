// What the page gives the browser's console, and tests: the numbers of `train` and `lr_range_test`.
import { ladderOf, pointsOf } from "./ladder.js";
import { LISTED } from "./policy.js";
import { rangeTestOf } from "./rangetest.js";
import { check, Impossible } from "./rules.js";
import { TABLES } from "./tables.js";
import { brief, fill, float, kind } from "./text.js";

const { messages, trainer } = TABLES;
const USUAL_TASK = {
  data: "digits",
  hidden: [64, 64],
  optimizer: "sgd",
  batch_size: 64,
  weight_decay: 0,
  seed: 0,
};
const USUAL_LADDER = { start_lr: 1e-7, end_lr: 10, num_steps: 100 };
const RARELY = 1e9; // ms: nobody looks at what is under way

function refuse(name, message, values) {
  const { value } = values;
  const told = { name, kind: kind(value), ...values, value: brief(value) };
  throw new Impossible(name, fill(message, told));
}

/** A whole number of at least so much, or Impossible. */
export function wholeFrom(least, name, value) {
  const given = { value, allowed: fill(messages.allowed.whole, { least }) };
  if (kind(value) !== "int") refuse(name, messages.wrong_kind, given);
  if (value < least) refuse(name, messages.out_of_range, given);
  return value;
}

function numberWhere(sound, allowed, name, value) {
  const given = { value, allowed: messages.allowed[allowed] };
  if (typeof value !== "number") refuse(name, messages.wrong_kind, given);
  if (!sound(value)) refuse(name, messages.out_of_range, given);
  return value;
}

const positive = (name, value) =>
  numberWhere((x) => x > 0 && Number.isFinite(x), "positive", name, value);

function decay(name, value) {
  numberWhere(Number.isFinite, "number", name, value);
  if (value >= 0) return;
  const given = { name, allowed: trainer.messages.decay, value: float(value) };
  throw new Impossible(name, fill(messages.out_of_range, given));
}

function oneOf(names, name, value) {
  if (!names.includes(value))
    refuse(name, trainer.messages.one_of, { value, names: names.join(", ") });
  return value;
}

/** Refuse a name that nobody knows: it is mistyped, and would be left out. */
function known(given, names) {
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      refuse(name, trainer.messages.unknown, { value: name, names: names.join(", ") });
    }
  }
}

/** A task whose every part can be, or Impossible. */
export function taskOf(given) {
  const task = { ...USUAL_TASK, ...given };
  oneOf(Object.keys(trainer.samples), "data", task.data);
  if (!Array.isArray(task.hidden)) {
    refuse("hidden", messages.wrong_kind, { value: task.hidden, allowed: trainer.messages.hidden });
  }
  for (const [i, width] of task.hidden.entries()) wholeFrom(1, `hidden[${i}]`, width);
  oneOf(["sgd", "adamw"], "optimizer", task.optimizer);
  wholeFrom(1, "batch_size", task.batch_size);
  const most = trainer.samples[task.data];
  if (task.batch_size > most) {
    refuse("batch_size", trainer.messages.batch, { value: task.batch_size, most });
  }
  decay("weight_decay", task.weight_decay);
  wholeFrom(0, "seed", task.seed);
  return task;
}

/** One cycle of one parameter group, and no longer than the lab allows. */
export function policyOf(given) {
  if (typeof given !== "object" || given === null) {
    refuse("policy", messages.wrong_kind, { value: given, allowed: trainer.messages.policy });
  }
  known(given, TABLES.order);
  const counts = ["total_steps", "epochs", "steps_per_epoch"].map((name) => given[name] ?? null);
  if (counts[0] === null && counts.includes(null, 1)) {
    throw new Impossible("total_steps", trainer.messages.length);
  }
  const policy = check(given);
  for (const name of LISTED) {
    if (Array.isArray(policy[name])) {
      refuse(name, trainer.messages.groups, { value: policy[name] });
    }
  }
  if (policy.total_steps > trainer.most.total_steps) {
    const values = { value: policy.total_steps, most: trainer.most.total_steps };
    refuse("total_steps", trainer.messages.steps, values);
  }
  return policy;
}

function ladderFrom(given) {
  const ladder = { ...USUAL_LADDER, ...given };
  positive("start_lr", ladder.start_lr);
  positive("end_lr", ladder.end_lr);
  wholeFrom(2, "num_steps", ladder.num_steps);
  if (ladder.end_lr <= ladder.start_lr) {
    refuse("end_lr", trainer.messages.ladder, { value: ladder.end_lr, start: ladder.start_lr });
  }
  return ladder;
}

/** The two functions, over a crew of their own: calls wait for one another. */
export function doorOf(crew) {
  let last = Promise.resolve();
  const afterOthers = (job) => {
    const mine = last.then(() => crew.start({ every: RARELY, ...job }).ended);
    last = mine.catch(() => {});
    return mine;
  };

  async function train({ policy: wanted, ...given } = {}) {
    known(given, Object.keys(USUAL_TASK));
    const [task, policy] = [taskOf(given), policyOf(wanted)];
    const steps = policy.total_steps;
    const points = pointsOf(steps, trainer.points);
    const asked = { points: points.length, seeds: [task.seed], steps };
    const job = { do: "train", task, policy, ...asked };
    const found = await afterOthers(job);
    return {
      loss: [...found.losses[0]],
      accuracy: [...found.accuracy[0]],
      points,
    };
  }

  async function rangeTest(given = {}) {
    known(given, [...Object.keys(USUAL_TASK), ...Object.keys(USUAL_LADDER)]);
    const { start_lr, end_lr, num_steps } = { ...USUAL_LADDER, ...given };
    const part = Object.entries(given).filter(([name]) => name in USUAL_TASK);
    const task = taskOf(Object.fromEntries(part));
    const ladder = ladderFrom({ start_lr, end_lr, num_steps });
    const job = { do: "range", task, ladder, seeds: [task.seed], steps: num_steps };
    const { losses, stops } = await afterOthers(job);
    const runs = losses.map((row, i) => ({ losses: row, stop: stops[i] }));
    const { lr, loss, stopped, suggestions } = rangeTestOf(ladderOf(ladder), runs);
    return { lr, loss, stopped, suggestions };
  }

  return { train, rangeTest };
}
