// The explorer's state: what the controls say lives in the model's traits, named as in Python.
import { Baseline, pinOf } from "./baselines.js";
import { argumentsOf, DEFAULTS, LISTED, ORDER } from "./policy.js";
import { Impossible } from "./rules.js";
import { MOST_GROUPS } from "./series.js";
import { TABLES } from "./tables.js";
import { fill, parse, shown } from "./text.js";

export const COUNTED = "total_steps";
export const MULTIPLIED = "epochs";
const BUDGET = ["max_lr", "total_steps", "epochs", "steps_per_epoch"];
const SHAPE = ORDER.filter((name) => !BUDGET.includes(name));
const LONGEST_LINK = 100_000;
const LINK = TABLES.messages.link;
const LOOKS = ["log_rate", "once_per_epoch"];
const [TORCHS] = Object.keys(TABLES.frameworks);

/** The controls' values as arguments: which of the budget's numbers count is a choice. */
export function given(model) {
  const values = Object.fromEntries(ORDER.map((name) => [name, model.get(name)]));
  const unused = model.get("budget") === COUNTED ? "epochs" : "total_steps";
  return { ...values, [unused]: null };
}

/** One changed value as traits: where a product counts, total_steps follows its factors. */
export function changed(model, name, value) {
  const { epochs, steps_per_epoch } = { ...given(model), [name]: value };
  const whole = Number.isInteger(epochs) && Number.isInteger(steps_per_epoch);
  const follows = model.get("budget") === MULTIPLIED && whole;
  return { [name]: value, ...(follows && { total_steps: epochs * steps_per_epoch }) };
}

/** The traits that show a policy; what it leaves open stays as it is. */
export function traitsOf(policy) {
  const values = Object.fromEntries(SHAPE.map((name) => [name, policy[name]]));
  const { max_lr, total_steps, epochs, steps_per_epoch } = policy;
  const budget = epochs ? { epochs, steps_per_epoch, budget: MULTIPLIED } : { budget: COUNTED };
  return { ...values, max_lr, total_steps, ...budget };
}

/** A change of which numbers say how long the cycle is; the length stays as near as it can. */
export function switched(budget, policy, steps_per_epoch) {
  if (budget === COUNTED) return { budget, total_steps: policy.total_steps };
  const each = Number.isInteger(steps_per_epoch) && steps_per_epoch > 0 ? steps_per_epoch : 1;
  const epochs = Math.max(1, Math.round(policy.total_steps / each));
  return { budget, epochs, steps_per_epoch: each, total_steps: epochs * each };
}

/** Known cycles by name, as traits: the rate and the budget stay the person's. */
export function presetTraits(name) {
  const values = { ...DEFAULTS, ...TABLES.presets[name].settings };
  return Object.fromEntries(SHAPE.map((parameter) => [parameter, values[parameter]]));
}

/** Name of the preset that has the policy's shape, or null. */
export function presetOf(policy) {
  const names = Object.keys(TABLES.presets);
  const same = (name) =>
    Object.entries(presetTraits(name)).every(([key, value]) => value === policy[key]);
  return names.find(same) ?? null;
}

/** What undo brings back, as text: the controls and the pins, not the cursor. */
export function remembered(model) {
  const names = [...ORDER, "budget", "pins", ...LOOKS];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, model.get(name)])));
}

/** The state as the part of a link after '#'. */
export function toHash(model, policy) {
  const fields = new URLSearchParams(query(policy));
  if (!policy.epochs) fields.set("steps_per_epoch", shown(model.get("steps_per_epoch")));
  for (const name of LOOKS) if (model.get(name)) fields.set(name, "true");
  if (model.get("framework") !== TORCHS) fields.set("framework", model.get("framework"));
  if (model.get("step")) fields.set("step", model.get("step"));
  for (const pin of model.get("pins")) fields.append("pin", queryOf(pinOf(pin)));
  return `#${fields}`;
}

/** A policy as the fields of a link. */
export function query(policy) {
  return fieldsIn(argumentsOf(policy));
}

function queryOf(pin) {
  return pin instanceof Baseline ? fieldsIn(pin.values) : query(pin);
}

function fieldsIn(values) {
  const texts = Object.entries(values).map(([name, value]) => [name, shown(value)]);
  return new URLSearchParams(texts).toString();
}

function readValue(name, text) {
  if (["true", "false"].includes(text)) return text === "true";
  if (name === "anneal_strategy") return text;
  return parse(text, { listed: LISTED.includes(name) });
}

/** The policy's arguments that a link's fields speak of. */
export function read(text) {
  const known = [...new URLSearchParams(text)].filter(([name]) => ORDER.includes(name));
  return Object.fromEntries(known.map(([name, value]) => [name, readValue(name, value)]));
}

/** What a link says of a pin: a policy, or a schedule that cycles are compared with. */
function readPin(text) {
  const { schedule, ...values } = Object.fromEntries(new URLSearchParams(text));
  if (schedule === undefined) return read(text);
  const own = Object.entries(values).map(([name, value]) => {
    if (name === "cooldown") return [name, value];
    return [name, parse(value, { listed: name === "milestones" })];
  });
  return { schedule, ...Object.fromEntries(own) };
}

/**
 * What a link says, as traits; {} when it says nothing. An impossible pin is left out. `refused`
 * says why a link is not followed: thousands of curves would hold the page up for a minute.
 */
export function fromHash(hash) {
  if (hash.length > LONGEST_LINK) return { refused: LINK.long };
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const values = read(hash.replace(/^#/, ""));
  if (values.max_lr === undefined) return {};
  const groups = Math.max(...LISTED.map((name) => [values[name]].flat().length));
  if (groups > MOST_GROUPS) return { refused: fill(LINK.groups, { groups, most: MOST_GROUPS }) };
  const budget = values.epochs === undefined ? COUNTED : MULTIPLIED;
  const { epochs, steps_per_epoch = 1 } = values;
  if (budget === MULTIPLIED) {
    values.steps_per_epoch = steps_per_epoch;
    const product = epochs * steps_per_epoch;
    if (Number.isInteger(product)) values.total_steps = product;
  }
  const looks = Object.fromEntries(LOOKS.map((name) => [name, fields.get(name) === "true"]));
  const named = fields.get("framework");
  const framework = Object.hasOwn(TABLES.frameworks, named) ? named : TORCHS;
  const pins = fields.getAll("pin").map(readPin).filter(possible).slice(0, TABLES.most_pins);
  const shape = { ...DEFAULTS };
  for (const name of BUDGET) delete shape[name];
  const step = Number(fields.get("step"));
  const cursor = { step: Number.isInteger(step) && step > 0 ? step : 0 };
  return { ...shape, ...values, ...looks, ...cursor, framework, budget, pins };
}

function possible(values) {
  try {
    pinOf(values);
    return true;
  } catch (problem) {
    if (problem instanceof Impossible) return false;
    throw problem;
  }
}
