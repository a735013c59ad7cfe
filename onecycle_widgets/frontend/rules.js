// What is impossible and what is surprising: checks.py and policy/rules.py once more. The words
// come from Python's own tables (TABLES).
import { DEFAULTS, GROUPED, LISTED } from "./policy.js";
import { TABLES } from "./tables.js";
import { brief, fill, float, general, kind } from "./text.js";

const { wrong_kind, out_of_range, empty, allowed, impossible, surprising } = TABLES.messages;

/** An impossible value or combination; `parameter` says beside which control to show it. */
export class Impossible extends Error {
  constructor(parameter, message) {
    super(message);
    this.parameter = parameter;
  }
}

const COUNTS = ["total_steps", "epochs", "steps_per_epoch"];
const RANGES = {
  positive: (x) => x > 0,
  momentum: (x) => x >= 0 && x < 1,
  fraction: (x) => x >= 0 && x <= 1,
};

function number(name, value, range, parameter = name) {
  const values = { name, allowed: allowed[range], value: brief(value), kind: kind(value) };
  if (typeof value !== "number") throw new Impossible(parameter, fill(wrong_kind, values));
  if (!RANGES[range](value)) throw new Impossible(parameter, fill(out_of_range, values));
}

function perGroup(name, value, range) {
  if (!Array.isArray(value)) return number(name, value, range);
  if (!value.length) throw new Impossible(name, fill(empty, { name }));
  for (const [i, item] of value.entries()) number(`${name}[${i}]`, item, range, name);
}

function whole(name, value) {
  const values = { name, allowed: fill(allowed.whole, { least: 1 }), value: brief(value) };
  const type = typeof value === "boolean" ? "a boolean" : kind(value);
  if (type !== "int") throw new Impossible(name, fill(wrong_kind, { ...values, kind: type }));
  if (value < 1) throw new Impossible(name, fill(out_of_range, values));
}

function flag(name, value) {
  if (typeof value === "boolean") return;
  const values = { name, allowed: allowed.flag, value: brief(value), kind: kind(value) };
  throw new Impossible(name, fill(wrong_kind, values));
}

const ALLOWED = {
  max_lr: allowed.positive,
  div_factor: allowed.positive,
  final_div_factor: allowed.positive,
  pct_start: allowed.fraction,
  base_momentum: allowed.momentum,
  max_momentum: allowed.momentum,
};

/** Refuse text that is no number, in words for who typed it: frontend/typed.py once more. */
export function checkTyped(given) {
  const { typed } = TABLES.messages;
  const refuse = (parameter, name, text) => {
    const message = fill(typed[doubtOf(parameter, text)], {
      name,
      allowed: ALLOWED[parameter] ?? fill(allowed.whole, { least: 1 }),
      value: brief(text),
      point: text.replace(",", "."),
      spaced: text.replace(",", ", "),
      joined: text.replace(/[.,]/g, ""),
      small: general(Number(text.replace(",", ".")), 6),
    });
    throw new Impossible(parameter, message);
  };
  for (const name of [...Object.keys(ALLOWED), ...COUNTS]) {
    const value = given[name];
    if (typeof value === "string") refuse(name, name, value.trim());
    for (const [i, item] of Array.isArray(value) ? value.entries() : []) {
      if (typeof item === "string") refuse(name, `${name}[${i}]`, item.trim());
    }
  }
}

/** Which message a text deserves. */
function doubtOf(name, text) {
  if (text === "") return "empty";
  if (GROUPED.includes(name) && /^\d{1,3}([.,]\d{3})+$/.test(text)) {
    return text.match(/[.,]/g).length > 1 ? "separators" : "thousands";
  }
  const comma = /^\d+,\d+$/.test(text);
  if (comma) return LISTED.includes(name) ? "groups" : "comma";
  return LISTED.includes(name) && /\d,\d/.test(text) ? "list" : "text";
}

/** Return the policy that the arguments make, or throw Impossible with Python's message. */
export function check(given) {
  const policy = { ...DEFAULTS, ...given };
  perGroup("max_lr", policy.max_lr, "positive");
  perGroup("base_momentum", policy.base_momentum, "momentum");
  perGroup("max_momentum", policy.max_momentum, "momentum");
  number("div_factor", policy.div_factor, "positive");
  number("final_div_factor", policy.final_div_factor, "positive");
  flag("cycle_momentum", policy.cycle_momentum);
  flag("three_phase", policy.three_phase);
  number("pct_start", policy.pct_start, "fraction");
  if (!["cos", "linear"].includes(policy.anneal_strategy)) {
    const message = fill(impossible.strategy, { value: brief(policy.anneal_strategy) });
    throw new Impossible("anneal_strategy", message);
  }
  countSteps(policy);
  checkGroups(policy);
  checkPhases(policy);
  return policy;
}

function countSteps(policy) {
  for (const name of COUNTS) {
    if (policy[name] !== null) whole(name, policy[name]);
  }
  const product = policy.epochs !== null && policy.epochs * policy.steps_per_epoch;
  if (policy.total_steps === null) policy.total_steps = product;
  if (policy.total_steps !== product) policy.epochs = policy.steps_per_epoch = null;
}

function checkGroups(policy) {
  const lists = LISTED.filter((name) => Array.isArray(policy[name]));
  const groups = lists.length ? policy[lists[0]].length : 1;
  if (lists.some((name) => policy[name].length !== groups)) {
    const found = lists.map((name) => `${name} has ${policy[name].length}`).join(", ");
    throw new Impossible(lists[0], fill(impossible.lengths, { found }));
  }
  const row = (name) => [policy[name]].flat();
  const at = (name, i) => row(name)[i] ?? row(name)[0];
  const { div_factor: div, final_div_factor: final } = policy;
  for (let i = 0; i < groups; i++) {
    const [base, top] = [at("base_momentum", i), at("max_momentum", i)];
    if (base > top) {
      const values = { base: float(base), top: float(top) };
      throw new Impossible("base_momentum", fill(impossible.momenta, values));
    }
  }
  for (let i = 0; i < groups; i++) {
    const rate = at("max_lr", i);
    if (!Number.isFinite(rate / div) || !Number.isFinite(rate / div / final)) {
      const values = { div: float(div), final: float(final), max_lr: float(rate) };
      throw new Impossible("div_factor", fill(impossible.rates, values));
    }
  }
}

function checkPhases({ total_steps: n, pct_start: p, three_phase }) {
  const refuse = (name, better) => {
    throw new Impossible("pct_start", fill(impossible[name], { p: float(p), n, better }));
  };
  const more = impossible.more_steps;
  if (three_phase && p > 0.5) refuse("three_phase");
  if (p * n - 1 >= n - 1) {
    const smaller = fill(impossible.smaller_pct, { p: Math.min(0.9, (n - 1) / n) });
    refuse("no_annealing", n > 2 ? smaller : more);
  }
  if (p * n - 1 === 0) {
    refuse("zero_warm_up", n > 4 ? fill(impossible.larger_pct, { p: 2 / n }) : more);
  }
}

/** What is allowed but surprising about a policy, in Python's words. */
export function notesOn(policy) {
  const { total_steps: n, pct_start: p, div_factor: div, final_div_factor: final } = policy;
  const found = [];
  if (n === 1) found.push("one_step");
  else if (p * n < 1) found.push("no_warm_up");
  else if (policy.three_phase && 2 * p * n - 2 <= 1) found.push("no_rise");
  if (div < 1) found.push("starts_above");
  if (div * final < 1) found.push("ends_above");
  const values = { n, p: float(p), div: float(div), final: float(final), least: 1 / n };
  return found.map((name) => fill(surprising[name], values));
}
