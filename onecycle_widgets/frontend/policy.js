// A policy's parameters, and the code they make: policy/one_cycle.py, but for what it computes
// (curve.js) and refuses (rules.js), and policy/frameworks.py once more.
import { TABLES } from "./tables.js";
import { float, general, repr } from "./text.js";

/** The parameters' names, in torch's order. */
export const ORDER = TABLES.order;
export const DEFAULTS = TABLES.defaults;
/** Parameters that may be a list, one value for each parameter group. */
export const LISTED = ["max_lr", "base_momentum", "max_momentum"];

/** Parameters that may be large enough for separators between their thousands. */
export const GROUPED = [
  "total_steps",
  "epochs",
  "steps_per_epoch",
  "div_factor",
  "final_div_factor",
];

/** The arguments that differ from torch's defaults, in torch's order. */
export function argumentsOf(policy) {
  const differs = (name) => JSON.stringify(policy[name]) !== JSON.stringify(DEFAULTS[name]);
  const names = ORDER.filter(differs).filter((name) => name !== "total_steps" || !policy.epochs);
  return Object.fromEntries(names.map((name) => [name, policy[name]]));
}

/** A parameter's value as Python code. */
export function literalOf(policy, name) {
  const value = policy[name];
  if (Array.isArray(value)) return `[${value.map(float).join(", ")}]`;
  const counted = ["total_steps", "epochs", "steps_per_epoch"].includes(name);
  return typeof value === "number" && !counted ? float(value) : repr(value);
}

/** The torch call. */
function callOf(policy) {
  const lines = Object.keys(argumentsOf(policy)).map(
    (name) => `    ${name}=${literalOf(policy, name)},`,
  );
  return ["scheduler = torch.optim.lr_scheduler.OneCycleLR(", "    optimizer,", ...lines, ")"].join(
    "\n",
  );
}

/** Fill the gaps of a text; lines are left out whose words do not all hold. */
function filled(text, holds, values) {
  const lines = text.split("\n").flatMap((line) => {
    const [, words, content] = /^(?:\?([^|]*)\|)?(.*)$/.exec(line);
    if (words?.split(" ").some((word) => !holds.includes(word))) return [];
    const deeper = `\n${/^ */.exec(content)[0]}`;
    return content.replace(/\$(\w+)/g, (_, name) => values[name].replaceAll("\n", deeper));
  });
  return lines.join("\n");
}

/** Ends of the phases, in steps; rates and momenta there, a list for each group. */
function knotsOf(policy) {
  const { total_steps: n, pct_start: p, three_phase: three } = policy;
  const ends = three ? [0, p * n - 1, 2 * p * n - 2, n - 1] : [0, p * n - 1, n - 1];
  const kept = (row) => row.slice(ends[1] > 0 ? 0 : -2); // the last phase only: no warm-up
  const rates = [];
  const momenta = [];
  const groups = Math.max(...LISTED.map((name) => [policy[name]].flat().length));
  for (let group = 0; group < groups; group++) {
    const of = (value) => (Array.isArray(value) ? value[group] : value);
    const [top, base, high] = LISTED.map((name) => of(policy[name]));
    const low = top / policy.div_factor;
    const final = low / policy.final_div_factor;
    rates.push(kept(three ? [low, top, low, final] : [low, top, final]));
    momenta.push(kept(three ? [high, base, high, high] : [high, base, high]));
  }
  return {
    ends: kept(ends),
    rates,
    momenta,
    grouped: LISTED.some((n) => Array.isArray(policy[n])),
  };
}

/** Which lines with a condition stand in the texts, and what comes into the gaps. */
function partsOf(policy) {
  const { total_steps: n, pct_start: p } = policy;
  const { ends, rates, momenta, grouped } = knotsOf(policy);
  const row = (values) => `[${values.map(float).join(", ")}]`;
  const rows = (all) => (grouped ? `[${all.map(row).join(", ")}]` : row(all[0]));
  const fall = n - p * n + 1;
  const final = 1 / policy.div_factor / policy.final_div_factor;
  const behind = Math.sin(Math.PI / 2 / fall);
  const given = Object.keys(argumentsOf(policy)).map(
    (name) => `${name}=${literalOf(policy, name)}`,
  );
  const alike = ![policy.base_momentum, policy.max_momentum].some(Array.isArray);
  const plain = policy.anneal_strategy === "cos" && !policy.three_phase;
  const holds = [
    policy.anneal_strategy,
    grouped ? "grouped" : "single",
    policy.cycle_momentum ? "cycled" : "fixed",
    plain && p * n > 1 && alike && policy.cycle_momentum ? "fitting" : "own",
  ];
  const values = {
    ...Object.fromEntries(ORDER.map((name) => [name, literalOf(policy, name)])),
    call: callOf(policy),
    policy: `OneCycle(${given.join(", ")})`,
    last_step: String(n - 1),
    groups: String(rates.length),
    ends: row(ends),
    rates: rows(rates),
    momenta: rows(momenta),
    lag: general(100 * behind, 2),
    last: general(final + (1 - final) * behind ** 2, 3),
    final: general(final, 3),
  };
  return { holds, values };
}

/** A policy as code for a framework, as OneCycle.code() gives it. */
export function codeOf(policy, framework = "torch") {
  const { holds, values } = partsOf(policy);
  const cycle = filled(TABLES.codes.cycle, holds, values);
  return filled(TABLES.codes[framework], holds, { ...values, cycle });
}
