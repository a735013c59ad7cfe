// Where the curve can be taken hold of, and what a pull asks for. No elements here: handles.js.
import { shareOf } from "./curve.js";
import { LISTED } from "./policy.js";
import { check, Impossible } from "./rules.js";
import { TABLES } from "./tables.js";
import { general } from "./text.js";

const HIGHEST_MOMENTUM = 0.999;
const DECADE = 40; // pixels for a factor of ten where the axis itself has no room for one
const { unseen } = TABLES.messages;

/** A parameter's value in a group. */
function valueIn(policy, name, group) {
  const value = policy[name];
  return Array.isArray(value) ? value[group] : value;
}

/** One group's value set into what may be a list. */
function put(policy, name, group, value) {
  const old = policy[name];
  return Array.isArray(old) ? old.map((other, i) => (i === group ? value : other)) : value;
}

/** The step that is next to where the curve turns. */
function turn(cycle) {
  const { total_steps: n, pct_start: p } = cycle.policy;
  const inside = (step) => Math.min(Math.max(step, 0), n - 1);
  const [before, after] = [Math.floor(p * n - 1), Math.ceil(p * n - 1)].map(inside);
  const miss = (step) => Math.abs(cycle.lr(step) - cycle.max_lr);
  return miss(after) < miss(before) ? after : before;
}

/** Every place that can be taken hold of, of those whose parameters may be changed. */
export function gripsOf(cycles, wants = () => true) {
  const [cycle] = cycles;
  const { policy } = cycle;
  const rises = policy.pct_start * policy.total_steps >= 1;
  const each = (name) => (Array.isArray(policy[name]) ? cycles : [cycle]);
  const named = (name, all, group) => (all.length > 1 ? `${name} of group ${group}` : name);
  const found = each("max_lr").map((one, group, all) => {
    const step = turn(one);
    const at = { step, value: one.lr(step), quantity: "lr" };
    return { name: named("peak", all, group), x: "pct_start", y: "max_lr", group, ...at };
  });
  const rate = { quantity: "lr", group: 0 };
  const last = policy.total_steps - 1;
  if (rises) {
    found.push({ name: "first rate", y: "div_factor", ...rate, step: 0, value: cycle.lr(0) });
  }
  const end = { y: "final_div_factor", ...rate, step: last, value: cycle.lr(last) };
  found.push({ name: "last rate", decades: true, ...end });
  const border = 2 * turn(cycle);
  if (policy.three_phase && border < last) {
    const place = { ...rate, step: border, value: cycle.lr(border) };
    found.push({ name: "end of the cool-down", x: "pct_start", twice: true, ...place });
  }
  if (cycle.momenta) {
    for (const [name, y, where] of [
      ["lowest momentum", "base_momentum", turn],
      ["highest momentum", "max_momentum", () => 0],
    ]) {
      each(y).forEach((one, group, all) => {
        const at = { step: where(one), value: one.momentum(where(one)), quantity: "momentum" };
        found.push({ name: named(name, all, group), y, group, ...at });
      });
    }
  }
  const allowed = (name) => (name && wants(name) ? name : null);
  return found
    .map((grip) => ({ ...grip, x: allowed(grip.x), y: allowed(grip.y) }))
    .filter(({ x, y }) => x || y);
}

/** What a grip's parameters are now, in words. */
export function gripText({ x, y, group }, policy) {
  const said = (name) => `${name} ${general(valueIn(policy, name, group), 4)}`;
  return [y, x].filter(Boolean).map(said).join(", ");
}

/** What to do with it. */
export function gripHelp({ name, x, y }) {
  const ways = [y && `up and down for ${y}`, x && `across for ${x}`].filter(Boolean);
  return `${name}: drag ${ways.join(", ")}`;
}

/**
 * The parameters that would bring a grip to a step and a value. Where the axis is linear the last
 * rate is too near to zero to be seen: there the pull up, in pixels, counts decades.
 */
export function askedFor(grip, cycles, { step, value, up, log }) {
  const { x, y, group, twice, decades } = grip;
  const cycle = cycles[group];
  const { policy } = cycle;
  const asked = {};
  if (x) {
    const whole = Math.round(twice ? step / 2 : step) + 1;
    asked.pct_start = shareOf(policy, Math.min(Math.max(whole, 1), policy.total_steps));
  }
  const rate = decades && !log ? grip.value * 10 ** (up / DECADE) : value;
  const first = valueIn(policy, "max_lr", group) / policy.div_factor;
  if (y === "max_lr") asked[y] = short((rate * cycle.max_lr) / cycle.lr(turn(cycle)));
  if (y === "div_factor") asked[y] = rate > 0 ? short(cycle.max_lr / rate) : Infinity;
  if (y === "final_div_factor") asked[y] = rate > 0 ? short(first / rate) : Infinity;
  if (y === "max_momentum") asked[y] = Number(value.toFixed(3));
  // Held above 1 it has passed the other momentum first: that is what is in the way.
  if (y === "base_momentum") asked[y] = Number(Math.min(value, HIGHEST_MOMENTUM).toFixed(3));
  return asked;
}

/** A value to three digits, more than a hand can tell apart. */
function short(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : Number.MAX_VALUE;
}

/** Between which values a pull can set a parameter; `least` is the lowest rate that is seen. */
function limits(policy, name, group, least) {
  const { total_steps: n, three_phase: three } = policy;
  // One value for all groups must suit each of them.
  const others = (other) => {
    const values = [policy[other]].flat();
    return Array.isArray(policy[name]) ? [values[group] ?? values[0]] : values;
  };
  switch (name) {
    case "pct_start":
      return [shareOf(policy, 2), shareOf(policy, three ? Math.floor(n / 2) : n - 1)];
    case "max_lr":
      return [least, Number.MAX_VALUE];
    case "div_factor":
      return [0, short(valueIn(policy, "max_lr", group) / least)];
    case "final_div_factor":
      return [0, Number.MAX_VALUE];
    case "base_momentum":
      return [0, Math.min(...others("max_momentum"))];
    default:
      return [Math.max(...others("base_momentum")), HIGHEST_MOMENTUM];
  }
}

/** Why a policy cannot be, in words; "" when it can. */
function whyNot(given) {
  try {
    check(given);
    return "";
  } catch (problem) {
    if (problem instanceof Impossible) return problem.message;
    throw problem;
  }
}

/** The traits nearest to what is asked for, and why they are not just that. */
export function granted(policy, asked, group = 0, least = Number.MIN_VALUE) {
  const traits = {};
  const reasons = [];
  for (const [name, value] of Object.entries(asked)) {
    const [low, high] = limits(policy, name, group, least);
    const allowed = low <= high ? Math.min(Math.max(value, low), high) : policy[name];
    traits[name] = LISTED.includes(name) ? put(policy, name, group, allowed) : allowed;
    if (allowed === value) continue;
    const wanted = LISTED.includes(name) ? put(policy, name, group, value) : value;
    reasons.push(Number.isFinite(value) ? whyNot({ ...policy, [name]: wanted }) : unseen);
  }
  const possible = whyNot({ ...policy, ...traits }) === "";
  return { traits: possible ? traits : {}, problem: reasons.find(Boolean) ?? "" };
}

const KEYS = {
  ArrowUp: ["y", 1],
  ArrowDown: ["y", -1],
  PageUp: ["y", 5],
  PageDown: ["y", -5],
  ArrowRight: ["x", 1],
  ArrowLeft: ["x", -1],
};

/** What a key asks of a grip: the next round value, or null when it is not the grip's key. */
export function keyAsks(grip, policy, key, stopsOf) {
  if (!(key in KEYS)) return null;
  let [axis, by] = KEYS[key];
  // Of a grip that goes one way only, all arrows go that way, as with any slider.
  if (!grip[axis]) axis = axis === "x" ? "y" : "x";
  const name = grip[axis];
  // The factors divide: where they grow the rate falls.
  const down = name.endsWith("div_factor") ? -1 : 1;
  let value = valueIn(policy, name, grip.group);
  const stops = stopsOf(name);
  for (let i = 0; i < Math.abs(by); i++) {
    const beyond = by * down > 0 ? stops.filter((s) => s > value) : stops.filter((s) => s < value);
    value = (by * down > 0 ? beyond[0] : beyond.at(-1)) ?? value;
  }
  return { [name]: value };
}
