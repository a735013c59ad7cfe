// What is to be read at a step: of the schedule, and of a run.
import { general } from "./text.js";
import { measured } from "./verdict.js";

/** A run's loss and accuracy at a step, as far as it has come: the last before it. */
export function reachedAt(run, step) {
  const found = { measure: run.measure };
  const before = (at) => at.findLastIndex((one) => one <= step);
  const i = before(run.at);
  if (i >= 0 && step < run.done && Number.isFinite(run.loss[i])) found.loss = run.loss[i];
  const j = before((run.points ?? []).map((point) => point - 1)); // steps count from 0
  if (j >= 0 && step < run.done && Number.isFinite(run.accuracy?.[j])) {
    found.accuracy = run.accuracy[j];
  }
  return found;
}

/** The same in words, with rate and momentum; `name` says of which run. */
export function linesAt(step, cycle, reached, name = "") {
  const lines = [`step ${step}`];
  if (step < cycle.steps) {
    lines.push(`lr ${general(cycle.lr(step), 3)}`);
    if (cycle.momenta) lines.push(`momentum ${general(cycle.momentum(step), 3)}`);
  }
  if ("loss" in reached) lines.push(`loss ${general(reached.loss, 3)} (smoothed)`);
  if ("accuracy" in reached) lines.push(`held out ${measured(reached, reached.accuracy)}`);
  return name ? [...lines, name] : lines;
}
