// What the lab reads of its model: some traits, and a schedule for one parameter group.
import { LISTED } from "./policy.js";
import { check, checkTyped, Impossible } from "./rules.js";
import { given, traitsOf } from "./state.js";
import { TABLES } from "./tables.js";
import { brief, fill } from "./text.js";

/** Some of a model's traits. */
export function traitsNamed(model, names) {
  return Object.fromEntries(names.map((name) => [name, model.get(name)]));
}

/** The policy that a model's traits make, or Impossible: text that is no number, or a list. */
export function singleIn(model) {
  checkTyped(given(model));
  const policy = check(given(model));
  for (const name of LISTED) {
    const value = policy[name];
    if (!Array.isArray(value)) continue;
    throw new Impossible(name, fill(TABLES.lab.words.groups, { name, value: brief(value) }));
  }
  return policy;
}

/** Whether two policies have the same schedule. */
export function sameSchedule(a, b) {
  return JSON.stringify(traitsOf(a)) === JSON.stringify(traitsOf(b));
}
