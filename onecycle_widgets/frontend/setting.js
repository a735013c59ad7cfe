// What rolls where: the surface's state lives in the model's traits, named as in Python.
import { SURFACES } from "./landscapes.js";
import { argumentsOf, DEFAULTS, ORDER } from "./policy.js";
import { SCHEDULES } from "./rivals.js";
import { check, checkTyped, Impossible } from "./rules.js";
import { query, read, traitsOf } from "./state.js";
import { TABLES } from "./tables.js";
import { brief, fill, parse, shown } from "./text.js";

export const { most: MOST_OF, presets: SIGHTS } = TABLES.surface;
/** What a run is made of besides its policy. */
export const BESIDES = ["surface", "schedule", "momentum", "noise", "balls", "seed"];
const USUAL = { momentum: 0.9, noise: 1 };
const WORDS_OF = TABLES.surface.messages;
const wholeIn = (least, most) => (x) => Number.isInteger(x) && x >= least && x <= most;
const SOUND = {
  surface: (name) => name in SURFACES,
  schedule: (name) => SCHEDULES.includes(name),
  momentum: (x) => x >= 0 && x < 1,
  noise: (x) => x >= 0 && x <= 100,
  balls: wholeIn(1, MOST_OF.balls),
  seed: wholeIn(0, MOST_OF.seed),
};

/** Why one of BESIDES cannot be what it is; "" when it can. */
export function doubtOfOwn(name, value) {
  const numeric = !["surface", "schedule"].includes(name);
  if ((numeric ? typeof value === "number" : true) && SOUND[name](value)) return "";
  const allowed = WORDS_OF[name] ?? TABLES.messages.allowed[name] ?? "one of those that there are";
  return fill(TABLES.messages.out_of_range, { name, allowed, value: brief(value) });
}

/** The policy that the traits make, or Impossible: a surface bears only so much. */
export function policyOn(values) {
  checkTyped(values);
  const policy = check(values);
  if (policy.total_steps > MOST_OF.steps) {
    const counted = { most: MOST_OF.steps, n: policy.total_steps };
    throw new Impossible("total_steps", fill(WORDS_OF.steps, counted));
  }
  for (const name of ["max_lr", "base_momentum", "max_momentum"]) {
    if (!Array.isArray(policy[name])) continue;
    throw new Impossible(name, fill(WORDS_OF.groups, { name, groups: brief(policy[name]) }));
  }
  return policy;
}

/** The setting that the traits show: a policy, and what is in BESIDES. */
export function settingOf(model, policy) {
  return { policy, ...Object.fromEntries(BESIDES.map((name) => [name, model.get(name)])) };
}

/** A setting as plain values: the arguments that differ from the defaults, then BESIDES. */
export function plainOf({ policy, ...own }) {
  return { ...argumentsOf(policy), ...own };
}

/** The setting that plain values make, or null. */
export function fromPlain(plain) {
  const { arguments: values, own } = parted(plain);
  try {
    const setting = { policy: policyOn({ ...EMPTY, ...values }), ...own };
    return BESIDES.some((name) => doubtOfOwn(name, setting[name])) ? null : setting;
  } catch (problem) {
    if (problem instanceof Impossible) return null;
    throw problem;
  }
}

const EMPTY = Object.fromEntries(ORDER.map((name) => [name, DEFAULTS[name]]));

function parted(plain) {
  const named = (names) =>
    Object.fromEntries(names.filter((name) => name in plain).map((name) => [name, plain[name]]));
  return { arguments: named(ORDER), own: named(BESIDES) };
}

/** The traits that show a setting; the cursor goes to its end. */
export function traitsFrom({ policy, ...own }) {
  return { ...traitsOf(policy), ...own, step: policy.total_steps };
}

/** The traits of a preset; balls and seed stay the person's. */
export function traitsOfSight(name) {
  const { surface, schedule, max_lr } = SIGHTS[name];
  const total_steps = SURFACES[surface].steps;
  const policy = check({ ...EMPTY, max_lr, total_steps });
  return { ...traitsOf(policy), ...USUAL, surface, schedule, step: total_steps };
}

/** The name of the preset that the state is, or null. */
export function sightOf(setting) {
  const values = { ...traitsOf(setting.policy), ...setting };
  const same = (name) => {
    const { step: _, ...wanted } = traitsOfSight(name);
    return Object.entries(wanted).every(([key, value]) => values[key] === value);
  };
  return Object.keys(SIGHTS).find(same) ?? null;
}

/** What undo brings back, as text: the setting and the pins, not the cursor. */
export function keptOf(model) {
  const names = [...ORDER, "budget", ...BESIDES, "pins", "trails"];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, model.get(name)])));
}

/** A setting as the fields of a link. */
function fieldsOf({ policy, ...own }) {
  const fields = new URLSearchParams(query(policy));
  for (const name of BESIDES) fields.set(name, shown(own[name]));
  return fields;
}

function fromFields(text) {
  const fields = new URLSearchParams(text);
  const own = BESIDES.filter((name) => fields.has(name)).map((name) => {
    const value = fields.get(name);
    return [name, ["surface", "schedule"].includes(name) ? value : parse(value)];
  });
  return { ...read(text), ...Object.fromEntries(own) };
}

/** The state as the part of a link after '#'. */
export function linkOf(model, policy) {
  const fields = fieldsOf(settingOf(model, policy));
  fields.set("step", model.get("step"));
  if (model.get("trails")) fields.set("trails", "true");
  for (const pin of model.get("pins")) {
    const setting = fromPlain(pin);
    if (setting) fields.append("pin", fieldsOf(setting).toString());
  }
  return `#${fields}`;
}

/** What a link says, as traits; {} when it says nothing that can be. */
export function fromLink(hash, start) {
  const text = hash.replace(/^#/, "");
  const values = fromFields(text);
  if (values.max_lr === undefined) return {};
  const own = Object.fromEntries(BESIDES.map((name) => [name, start[name]]));
  const setting = fromPlain({ ...own, ...values });
  if (setting === null) return {};
  const fields = new URLSearchParams(text);
  const pins = fields.getAll("pin").map(fromFields).filter(fromPlain);
  const step = Number(fields.get("step"));
  const cursor = fields.has("step") && Number.isInteger(step) && step >= 0 ? { step } : {};
  const looks = { trails: fields.get("trails") === "true" };
  return { ...traitsFrom(setting), ...cursor, ...looks, pins: pins.slice(0, TABLES.most_pins) };
}
