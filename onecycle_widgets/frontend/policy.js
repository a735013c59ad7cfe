// A policy's parameters, and the call they make: policy/one_cycle.py once more, but for what
// it computes (curve.js) and refuses (rules.js).
import { TABLES } from "./tables.js";
import { float, repr } from "./text.js";

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

/** The torch call, as OneCycle.code() prints it. */
export function codeOf(policy) {
  const lines = Object.keys(argumentsOf(policy)).map(
    (name) => `    ${name}=${literalOf(policy, name)},`,
  );
  return ["scheduler = torch.optim.lr_scheduler.OneCycleLR(", "    optimizer,", ...lines, ")"].join(
    "\n",
  );
}
