// The curves in the picture: the current one, the one that is stepped by mistake, pinned ones.
import { Baseline } from "./baselines.js";
import { cyclesOf } from "./curve.js";
import { general } from "./text.js";

export const MOST_GROUPS = 64; // that are drawn
const MOST_ALIKE = 8; // curves that are drawn upon each other
const MOST_EDGES = 400; // more than the pixels can show

/** A cycle's rate and momentum at the steps that are seen of it. */
function moving(cycle, seen = (step) => step) {
  return {
    cycle,
    lr: (step) => cycle.lr(seen(step)),
    momentum: cycle.momenta && ((step) => cycle.momentum(seen(step))),
  };
}

/** The current policy's groups; `own` is what tells it from the pins. */
export function currentSeries(cycles, own) {
  const alone = own ? `now: ${own}` : "now";
  const many = cycles.length > 1;
  // Where many groups share their momenta, one of these curves is seen: the others cost time.
  const { base_momentum: base, max_momentum: max } = cycles[0].policy;
  const shared = cycles.length > MOST_ALIKE && ![base, max].some(Array.isArray);
  return cycles.map((cycle, group) => ({
    ...moving(cycle),
    ...(shared && group > 0 && { momentum: null }),
    group,
    css: "ow-now",
    mark: "",
    label: many ? `group ${group}` : "",
    name: many ? `now, group ${group}: max_lr=${cycle.max_lr}` : alone,
  }));
}

/** The curve of a scheduler that is stepped once per epoch of `each` batches. */
export function mistakenSeries(cycle, each) {
  const epochs = Math.min(Math.ceil(cycle.steps / each), MOST_EDGES);
  const starts = Array.from({ length: epochs }, (_, epoch) => epoch * each).slice(1);
  return {
    ...moving(cycle, (step) => Math.floor(step / each)),
    group: 0,
    css: "ow-mistaken",
    name: "stepped once per epoch by mistake",
    label: "by mistake",
    stepped: true,
    borders: starts.flatMap((step) => [step - 1, step]),
  };
}

/** What that mistake does, in words. */
export function mistakeIn(cycle, each) {
  const epochs = Math.ceil(cycle.steps / each);
  const [reached, meant] = [epochs - 1, cycle.steps - 1].map((step) => general(cycle.lr(step), 3));
  return (
    `Stepped once per epoch, the optimizer would see only the first ${epochs} of ${cycle.steps} ` +
    `rates (${each} batches each): the last batch would run at ${reached}, not ${meant}.`
  );
}

const curvesOfPins = new WeakMap();

/** A pinned policy's curves, each with what the chart has `kept` of it while another one moves. */
function curvesOf(policy) {
  if (!curvesOfPins.has(policy)) {
    const cycles = policy instanceof Baseline ? [policy] : cyclesOf(policy, MOST_GROUPS);
    curvesOfPins.set(
      policy,
      cycles.map((cycle) => ({ ...moving(cycle), kept: {} })),
    );
  }
  return curvesOfPins.get(policy);
}

/** The pinned policies, group by group. */
export function pinnedSeries(pinned) {
  return pinned.flatMap(({ policy, name }, i) =>
    curvesOf(policy).map((curve, group, all) => ({
      ...curve,
      group,
      css: `ow-pin-${i}`,
      mark: String(i + 1),
      name: all.length > 1 ? `${name} (group ${group})` : name,
    })),
  );
}
