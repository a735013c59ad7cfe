// What the view is told of a page's own trainings, and what it saves of them: lab/wire.py,
// lab/run.py and `Task.script` of lab/task.py once more.
import { cyclesOf } from "./curve.js";
import { cell } from "./files.js";
import { pointsOf } from "./ladder.js";
import { argumentsOf, literalOf } from "./policy.js";
import { TABLES } from "./tables.js";
import { TASK } from "./task.js";
import { fill, float, general, repr } from "./text.js";
import { medianOf } from "./trained.js";
import { percent } from "./verdict.js";

const MOST_IN_CURVE = 1500; // in a curve
/** What the trainer knows of Python. */
export const { trainer: TRAINER } = TABLES;

/** A task's parts as the view names them, of one that has more. */
function taskWired(task) {
  return Object.fromEntries(TASK.map((name) => [name, task[name]]));
}

/** What a run was trained with, by name, as text; the policy without its defaults. */
export function settingsOf(task, policy) {
  const { data, net, ...others } = taskWired(task);
  const counted = ["total_steps", "epochs", "steps_per_epoch", "batch_size", "seeds"];
  const values = { data, model: net, ...argumentsOf(policy), ...others };
  const text = (name, value) => {
    if (typeof value === "number" && !counted.includes(name)) return general(value, 6);
    return typeof value === "string" ? value : repr(value);
  };
  return Object.fromEntries(Object.entries(values).map(([name, v]) => [name, text(name, v)]));
}

/** What a run, or a wish for one, trains, as one text; equal for what comes to the same numbers. */
export function trainingOf({ task, policy }) {
  return JSON.stringify([taskWired(task), argumentsOf(policy)]);
}

/** The median of some rows in every place, and their ends where there are several rows. */
function bandOf([middle, low, high], rows, places, read = (value) => value) {
  const at = (of) => Float32Array.from(places, (place) => of(rows.map((row) => read(row[place]))));
  if (rows.length === 1) return { [middle]: at(([only]) => only) };
  const ends = { [low]: at((some) => Math.min(...some)), [high]: at((some) => Math.max(...some)) };
  return { [middle]: at(medianOf), ...ends };
}

/** Shares that each seed got right when last measured. */
function finalOf({ accuracy, points, done }) {
  const measured = points.filter((point) => point <= done).length;
  return accuracy.map((row) => (measured && row ? row[measured - 1] : null));
}

/** A run (see trainer.js) for the view. */
export function runWired(run) {
  const { task, policy, losses, accuracy, points, done } = run;
  const every = Math.ceil(Math.max(done, 1) / MOST_IN_CURVE);
  const at = Array.from({ length: Math.ceil(done / every) }, (_, i) => i * every);
  // Infinite, not NaN: a median over the seeds then counts a diverged one as the worst.
  const sound = (loss) => (Number.isFinite(loss) ? loss : Infinity);
  const measured = points.filter((point) => point <= done);
  const right = accuracy.map((row) => row ?? new Float64Array(points.length).fill(Number.NaN));
  return {
    key: run.key,
    live: run.live,
    complete: run.complete,
    done,
    total: policy.total_steps,
    seconds: run.seconds,
    settings: settingsOf(task, policy),
    policy: argumentsOf(policy),
    at,
    points: measured,
    measure: "accuracy",
    final: finalOf(run),
    diverged: done ? losses.filter((row) => !Number.isFinite(row[done - 1])).length : 0,
    ...bandOf(["loss", "low", "high"], losses, at, sound),
    ...bandOf(["accuracy", "accuracy_low", "accuracy_high"], right, [...measured.keys()]),
  };
}

/** What is right at the end of a run, in words. */
export function accuracyOf(run) {
  const final = finalOf(run).filter(Number.isFinite);
  if (!final.length) return TRAINER.words.unmeasured;
  return fill(TRAINER.words.right, { share: percent(medianOf(final)) });
}

/** A range test for the view: as far as it has come, or what it found (`rangeTestOf`). */
export function rangeWired(task, found, ended) {
  const told = { task: taskWired(task), ended, picks: {}, note: "", recommended: "" };
  const floats = (values) => Float32Array.from(values);
  const curve = { lr: floats(found.lr), loss: floats(found.loss) };
  if (!ended) return { ...told, ...curve, smooth: floats([]) };
  const { suggestions, recommended } = found;
  const answers = Object.entries(suggestions).filter(([, { lr }]) => lr);
  const { lr, reason } = suggestions[recommended];
  return {
    ...told,
    ...curve,
    picks: Object.fromEntries(answers.map(([name, pick]) => [name, pick.lr])),
    recommended,
    note: lr ? "" : fill(TRAINER.words.refused, { reason }),
    smooth: floats(found.smooth),
  };
}

/** Python that repeats a run outside the page and prints the same numbers. */
export function scriptOf({ task, policy }) {
  const given = Object.keys(argumentsOf(policy)).map(
    (name) => `${name}=${literalOf(policy, name)}`,
  );
  const { code, dtype } = TRAINER.nets[task.data][task.net];
  const text = fill(TRAINER.script, {
    data: task.data,
    dtype,
    code,
    policy: `OneCycle(${given.join(", ")})`,
    weight_decay: float(task.weight_decay),
    batch_size: task.batch_size,
    optimizer: repr(task.optimizer),
    seeds: task.seeds,
    points: pointsOf(policy.total_steps, TRAINER.points).length,
  });
  return text.replaceAll("{{", "{").replaceAll("}}", "}");
}

const digits = (value) => (Number.isFinite(value) ? float(value) : "");

/** All runs as CSV, step by step: a row for each run, seed and step that was taken. */
export function runsCsv(runs) {
  const every = runs.map(({ task, policy }) => settingsOf(task, policy));
  const keys = [...new Set(every.flatMap(Object.keys))];
  const rows = [["run", ...keys, "seed", "step", "lr", "momentum", "loss", "held_out_accuracy"]];
  runs.forEach(({ policy, losses, accuracy, points, done }, number) => {
    const own = keys.map((key) => every[number][key] ?? "");
    const [cycle] = cyclesOf(policy);
    losses.forEach((row, seed) => {
      for (let step = 0; step < done; step++) {
        const momentum = cycle.momenta ? digits(cycle.momentum(step)) : "";
        const point = points.indexOf(step + 1); // of what was measured after this step
        const right = point < 0 ? "" : digits(accuracy[seed][point]);
        const steered = [digits(cycle.lr(step)), momentum];
        rows.push([number + 1, ...own, seed, step, ...steered, digits(row[step]), right]);
      }
    });
  });
  return rows.map((row) => `${row.map((one) => cell(String(one))).join(",")}\n`).join("");
}
