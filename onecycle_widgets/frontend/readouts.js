// What the curve says, in numbers.

import { snapped } from "./curve.js";
import { button, h, idle, say, set } from "./dom.js";
import { general } from "./text.js";

const times = (x) => general(x, 3);

/** Effective step of SGD with momentum: lr / (1 - momentum). */
function effective(cycle, step) {
  return cycle.lr(step) / (1 - cycle.momentum(step));
}

/** Name, value, remark and explanation of every read-out. */
export function readouts(cycle) {
  const { peak, max_lr: top, steps, mean } = cycle;
  const [first, highest, last] = [cycle.lr(0), cycle.lr(peak), cycle.lr(steps - 1)];
  const missed = 1 - highest / top;
  const found = [
    ["first rate", general(first, 4), `max_lr / ${times(top / first)}`, "The rate of step 0."],
    ["true peak", general(highest, 4), peakRemark(missed, peak), "The highest rate of any step."],
    ["last rate", general(last, 4), `${times(last / top)} of max_lr`, "The rate of the last step."],
    [
      "mean rate",
      general(mean, 4),
      `${general((100 * mean) / top, 3)} % of max_lr`,
      "The mean over all steps.",
    ],
  ];
  if (cycle.momenta) {
    const grows = effective(cycle, peak) / effective(cycle, 0);
    found.push([
      "effective step",
      general(effective(cycle, peak), 4),
      `${times(grows)} × the first; the rate: ${times(highest / first)} ×`,
      "At the peak, of SGD: rate / (1 − momentum).",
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

const MOST_SHOWN = 4; // groups whose numbers stand side by side

/** Where a step lies and what it has, in lines; an epoch has `each` batches. */
export function placeOf(cycles, step, each) {
  const [cycle] = cycles;
  const values = (name, of) => {
    const shown = cycles.slice(0, MOST_SHOWN).map((one) => general(of(one), 4));
    const more = cycles.length > MOST_SHOWN ? ` | … (${cycles.length} groups)` : "";
    return `${name} ${shown.join(" | ")}${more}`;
  };
  const lines = [
    `step ${step} of ${cycle.steps - 1}`,
    `epoch ${Math.floor(step / each) + 1} of ${Math.ceil(cycle.steps / each)} · ${cycle.phase(step).name}`,
    values("rate", (one) => one.lr(step)),
  ];
  if (cycle.momenta) lines.push(values("momentum", (one) => one.momentum(step)));
  return lines;
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
    const of = Array.isArray(cycle.policy.max_lr) ? " [0]" : ""; // the first group's
    this.list.classList.toggle("ow-grouped", of !== "");
    while (this.list.childElementCount > rows.length) this.list.lastElementChild.remove();
    while (this.list.childElementCount < rows.length) {
      this.list.append(h("div", {}, h("dt", {}, h("span")), h("dd", {}, h("b"), " ", h("span"))));
    }
    rows.forEach(([name, value, remark, meaning], i) => {
      const [term, detail] = this.list.children[i].children;
      set(this.list.children[i], { title: meaning });
      say(term.firstElementChild, name + of);
      say(detail.firstElementChild, value);
      say(detail.lastElementChild, remark);
    });
    if (!this.button.isConnected) this.list.children[1].querySelector("b").after(" ", this.button);
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
