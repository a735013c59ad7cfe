// What the curve says, in numbers.

import { snapped } from "./curve.js";
import { button, h, idle, say } from "./dom.js";
import { general } from "./text.js";

const times = (x) => general(x, 3);

/** Effective step of SGD with momentum: lr / (1 - momentum). */
function effective(cycle, step) {
  return cycle.lr(step) / (1 - cycle.momentum(step));
}

/** Name, value and remark of every read-out. */
export function readouts(cycle) {
  const { peak, max_lr: top, steps, mean } = cycle;
  const [first, highest, last] = [cycle.lr(0), cycle.lr(peak), cycle.lr(steps - 1)];
  const missed = 1 - highest / top;
  const found = [
    ["first rate", general(first, 4), `max_lr / ${times(top / first)}`],
    ["true peak", general(highest, 4), peakRemark(missed, peak)],
    ["last rate", general(last, 4), `${times(last / top)} of max_lr`],
    ["mean rate", general(mean, 4), `${general((100 * mean) / top, 3)} % of max_lr`],
  ];
  if (cycle.momenta) {
    const grows = effective(cycle, peak) / effective(cycle, 0);
    found.push([
      "effective step at the peak",
      general(effective(cycle, peak), 4),
      `lr / (1 − momentum): ${times(grows)} times the first; the rate itself ${times(highest / first)} times`,
    ]);
  }
  return found;
}

function peakRemark(missed, peak) {
  const where = `at step ${peak}`;
  if (missed > 1e-12) {
    const by = missed < 1e-4 ? "less than 0.01" : general(100 * missed, 2);
    return `${where}, ${by} % below max_lr: no step falls on the peak`;
  }
  return missed < -1e-12 ? `${where}, above max_lr` : `${where}: exactly max_lr`;
}

/** The finding, in words: the picture's title and text alternative. */
export function finding(cycle) {
  const { peak } = cycle;
  const [first, top, last] = [0, peak, cycle.steps - 1].map((step) => general(cycle.lr(step), 3));
  if (peak === 0) return `No warm-up: the rate falls from ${first} to ${last}`;
  return `From ${first} up to ${top} (step ${peak}), then down to ${last}`;
}

/** Where a step lies and what it has; an epoch has `each` batches. */
export function placeOf(cycles, step, each) {
  const [cycle] = cycles;
  const values = (name, of) => `${name} ${cycles.map((one) => general(of(one), 4)).join(" | ")}`;
  const parts = [
    `step ${step} of ${cycle.steps - 1}`,
    `epoch ${Math.floor(step / each) + 1} of ${Math.ceil(cycle.steps / each)}`,
    cycle.phase(step).name,
    values("lr", (one) => one.lr(step)),
  ];
  if (cycle.momenta) parts.push(values("momentum", (one) => one.momentum(step)));
  return parts.join(" · ");
}

/** The panel of read-outs, with a button that puts a step exactly on the peak. */
export class Readouts {
  constructor(onSnap) {
    const title = "Move pct_start so that a step falls exactly on the peak.";
    this.button = button("Snap", () => onSnap(this.share), { title });
    this.list = h("dl", { class: "ow-readouts" });
    this.element = h("section", { "aria-label": "read-outs" }, this.list);
  }

  show(cycle) {
    const rows = readouts(cycle);
    while (this.list.childElementCount > rows.length) this.list.lastElementChild.remove();
    while (this.list.childElementCount < rows.length) {
      this.list.append(h("div", {}, h("dt"), h("dd", {}, h("b"), " ", h("span"))));
    }
    rows.forEach(([name, value, remark], i) => {
      const [term, detail] = this.list.children[i].children;
      say(term, name);
      say(detail.children[0], value);
      say(detail.children[1], remark);
    });
    if (!this.button.isConnected) this.list.children[1].lastElementChild.append(this.button);
    const { policy, peak, max_lr: top } = cycle;
    this.share = snapped(policy);
    const useful = Math.abs(cycle.lr(peak) / top - 1) > 1e-12 && possibleSnap(policy, this.share);
    idle(this.button, !useful);
  }
}

/** A step can fall on the peak when there is room for a phase before it and one after it. */
function possibleSnap({ total_steps: n, three_phase: three }, share) {
  return share * n >= 2 && share * n < n && (!three || share <= 0.5);
}
