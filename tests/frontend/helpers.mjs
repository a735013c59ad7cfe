// What several tests need.
import assert from "node:assert/strict";
import { cyclesOf } from "../../onecycle_widgets/frontend/curve.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";

/** Equal but for rounding. */
export function near(found, expected, relative = 1e-12) {
  const room = relative * Math.abs(expected);
  assert.ok(Math.abs(found - expected) <= room, `${found} is not ${expected}`);
}

/** The first group's cycle of a policy. */
export function cycle(given) {
  return cyclesOf(check(given))[0];
}

/** All of a cycle's steps. */
export function stepsOf({ steps }) {
  return Array.from({ length: steps }, (_, step) => step);
}

/** As much of a model as the front end reads: traits by name. */
export function modelOf(traits) {
  return { get: (name) => traits[name] };
}

/** Sound policies of every shape, short and long, with and without a warm-up. */
export function* shapes() {
  for (const total_steps of [7, 10, 64, 1000]) {
    for (const pct_start of [0, 0.3, 0.45, 0.5]) {
      for (const anneal_strategy of ["cos", "linear"]) {
        for (const three_phase of [false, true]) {
          yield { max_lr: 0.1, total_steps, pct_start, anneal_strategy, three_phase };
        }
      }
    }
  }
}
