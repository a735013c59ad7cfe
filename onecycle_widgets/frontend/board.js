// The board: rate, momentum, loss and accuracy over the steps, one below the other, one cursor.
import { decades, scale, ticks, widened } from "./axes.js";
import { repeat, s, set } from "./dom.js";
import { Handles } from "./handles.js";
import { accuracyScale, lossDomain, ofAccuracy } from "./levels.js";
import { dash, halves, layered, placeIn } from "./picture.js";

const LAYERS_BELOW = ["shades", "grid", "labels", "strips", "marks", "names", "cursor"];
const [BOARD_LEFT, BOARD_RIGHT, BELOW_BOARD, ABOVE_STRIP] = [54, 12, 20, 17];
const STRIP_SHARES = { rate: 0.34, momentum: 0.12, loss: 0.34, accuracy: 0.2 };
const STRIP_TITLES = {
  rate: "learning rate",
  momentum: "momentum",
  loss: "loss, smoothed",
  accuracy: "held out, % right",
};
const NARROW_BOARD = 420; // pixels: narrower, there is no strip for the momentum
const MOST_ABOVE = 4; // times the present peak: what is higher leaves the picture
const BESIDE_GRIP = 11; // pixels from the axis: a handle stands on it
const MOST_PLACES = 800; // in a line: more than the pixels show
const BOLDNESS = 8.3; // pixels of a bold letter, about

/**
 * The board. hand: what a person does. hover(step or null), pick(step), take(), pull(grip,
 * wanted), key(grip, key), letGo().
 */
export class Board {
  constructor(uid, hand) {
    // svg, image, layers and frame
    Object.assign(this, layered(`${uid}-board`, LAYERS_BELOW, ["marks", "shades"]));
    Object.assign(this, { hand, width: 640, height: 376, larger: 1, held: null });
    this.strips = Object.keys(STRIP_SHARES).map((name) => {
      const [id, rect] = [`${uid}-board-${name}`, s("rect")];
      this.svg.append(s("clipPath", { id }, rect));
      const [bands, lines] = [s("g", { class: "ow-bands" }), s("g", { class: "ow-lines" })];
      const group = { "clip-path": `url(#${id})`, class: "ow-strips-of" };
      this.layers.strips.append(s("g", group, bands, lines));
      return { name, rect, bands, lines };
    });
    this.kept = new Map(); // paths, as long as nothing that they depend on changes
    const placed = (event) => placeIn(this.svg, event);
    this.handles = new Handles(placed, {
      take: () => {
        this.hold();
        hand.take();
      },
      pull: (grip, { x, y, up, quantity }) => {
        const value = this.held[quantity === "lr" ? "rate" : "momentum"].back(y);
        hand.pull(grip, { step: this.x.back(x), value, up, log: false });
      },
      key: (grip, key) => hand.key(grip, key),
      letGo: () => {
        this.release();
        hand.letGo();
      },
    });
    this.svg.append(this.handles.layer);
    this.#listen(placed);
  }

  #listen(placed) {
    const { svg, hand } = this;
    const stepAt = (event) => {
      const step = Math.round(this.x.back(placed(event).x));
      return Math.min(Math.max(step, 0), this.last);
    };
    const touched = ({ pointerType }) => pointerType === "touch";
    svg.addEventListener("pointermove", (event) => hand.hover(stepAt(event)));
    svg.addEventListener("pointerup", (event) => touched(event) && hand.pick(stepAt(event)));
    svg.addEventListener("pointerleave", () => hand.hover(null));
    svg.addEventListener("click", (event) => hand.pick(stepAt(event)));
  }

  /** While something is dragged the axes stay, and give way only to what would leave them. */
  hold() {
    const { rate, momentum, domains } = this;
    this.held = { rate, momentum, domains };
  }

  release() {
    this.held = null;
  }

  /** Whether there is no room for a strip of the momentum. */
  get narrow() {
    return this.width < NARROW_BOARD;
  }

  /** The lowest rate that a hand can point at: a pixel above zero. */
  get least() {
    return this.domains.rate[1] / (this.boxes.rate.bottom - this.boxes.rate.top);
  }

  /**
   * Show a scene. scene.cycle: the schedule that is set; scene.runs: [{run, cycle, note, css,
   * dashed, strength}], as `RunRows` gives them, the later ones on top; scene.grips: where the schedule
   * can be taken hold of; scene.look: {css, dashed} of its own run, or null; scene.chance: loss and accuracy of guessing, or null.
   */
  draw(scene) {
    this.scene = scene;
    this.#lay(scene);
    const { boxes, width, height } = this;
    this.#axes();
    this.#phases(scene.cycle);
    const drawn = new Map();
    for (const strip of this.strips) {
      const box = boxes[strip.name];
      const [above, beside] = strip.name === "loss" || strip.name === "accuracy" ? [1, 2] : [4, 2];
      // What is higher than the rates' axis ends at the frame, and not between two strips.
      const over = strip.name === "rate" ? 0 : above;
      const size = { width: box.right - box.left + 2 * beside, height: 0 };
      size.height = Math.max(box.bottom - box.top + over + above, 0);
      set(strip.rect, { x: box.left - beside, y: box.top - over, ...size });
      this.#strip(strip, scene, drawn);
    }
    this.kept = drawn;
    const { top } = boxes.rate;
    const tall = boxes.accuracy.bottom - top;
    set(this.frame, { x: BOARD_LEFT, y: top, width: this.right - BOARD_LEFT, height: tall });
    const seen = { width: width * this.larger, height: height * this.larger };
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, ...seen });
    this.handles.show(scene.grips, ({ step, value, quantity }) => {
      const box = boxes[quantity === "lr" ? "rate" : "momentum"];
      const y = quantity === "lr" ? this.rate(value) : this.momentum(value);
      return [this.x(step), Math.min(Math.max(y, box.top), box.bottom)];
    });
  }

  /** Where each strip lies, and its scale. */
  #lay({ cycle, runs, chance }) {
    const { width, height, held, narrow } = this;
    this.right = width - BOARD_RIGHT;
    const shares = { ...STRIP_SHARES, ...(narrow && { momentum: 0 }) };
    const names = Object.keys(shares).filter((name) => shares[name] > 0);
    const whole = names.reduce((sum, name) => sum + shares[name], 0);
    const room = height - BELOW_BOARD - names.length * ABOVE_STRIP;
    let top = 0;
    this.boxes = {};
    for (const name of Object.keys(shares)) {
      if (shares[name]) top += ABOVE_STRIP;
      const bottom = top + Math.round((shares[name] / whole) * room);
      this.boxes[name] = { left: BOARD_LEFT, right: this.right, top, bottom };
      top = bottom;
    }
    const shown = runs.filter(({ strength }) => strength !== "hidden");
    // As far as the runs came, and as far as the one under way will come.
    const ends = shown.map(({ run, note }) => (note && !run.complete ? run.total : run.done));
    const last = Math.max(cycle.steps, ...ends) - 1;
    this.last = Math.max(last, held?.domains.last ?? 0);
    const rates = [cycle, ...shown.map((one) => one.cycle)].filter(Boolean);
    const domains = {
      last: this.last,
      rate: [0, 1.08 * highest(rates)],
      momentum: momentumDomain(rates),
      loss: lossDomain(
        shown.map(({ run }) => run),
        chance,
      ),
    };
    for (const name of ["rate", "momentum", "loss"]) {
      domains[name] = widened(domains[name], held?.domains[name]);
    }
    this.domains = domains;
    const across = (name) => [this.boxes[name].bottom, this.boxes[name].top];
    this.x = scale([0, this.last], [BOARD_LEFT, this.right]);
    this.rate = scale(domains.rate, across("rate"));
    this.momentum = scale(domains.momentum ?? [0, 1], across("momentum"));
    this.loss = scale(domains.loss.slice(0, 2), across("loss"), domains.loss[2]);
    this.measure = shown.at(-1)?.run.measure ?? (chance === null ? "loss" : "accuracy");
    this.accuracy = this.#measured(shown, across("accuracy"), held);
  }

  /** The scale of what was measured on the held-out data: a share, or where there is none a loss. */
  #measured(shown, ends, held) {
    if (this.measure !== "loss") return accuracyScale(ends);
    const runs = shown.map(({ run }) => ({ loss: run.accuracy ?? [] }));
    this.domains.measured = widened(lossDomain(runs, null), held?.domains.measured);
    const [low, high, log] = this.domains.measured;
    return scale([low, high], ends, log);
  }

  /** The lines of a strip, and the bands behind them. */
  #strip({ name, bands, lines }, { cycle, runs, look: trained }, drawn) {
    const box = this.boxes[name];
    const [paths, areas] = [[], []];
    const axes = [name, this.last, box.top, box.bottom, this.right, this.domains[name]].join();
    const known = (what, run, write) => {
      const key = `${what} ${run.key} ${run.done} ${axes}`;
      const d = this.kept.get(key) ?? write();
      drawn.set(key, d);
      return d;
    };
    const steered = (one) => (step) => (name === "rate" ? one.lr(step) : one.momentum(step));
    for (const { run, cycle: own, css, dashed, strength } of runs) {
      if (strength === "hidden" || box.bottom === box.top) continue;
      const look = { class: `${css} ow-${strength}`, "stroke-dasharray": dash(dashed) };
      if (name === "rate" || name === "momentum") {
        if (own && (name === "rate" || own.momenta)) {
          const write = () => this.#scheduled(own, steered(own), this[name]);
          paths.push({ d: known("schedule", run, write), ...look });
        }
        continue;
      }
      const { at, middle, low, high } = valuesOf(run, name);
      if (low && high) {
        const write = () => area(at, low, high, this.x, this[name]);
        areas.push({ d: known("band", run, write), class: look.class });
      }
      paths.push({ d: known("line", run, () => broken(at, middle, this.x, this[name])), ...look });
    }
    if (name === "rate" || (name === "momentum" && cycle.momenta && box.bottom > box.top)) {
      const d = this.#scheduled(cycle, steered(cycle), this[name]);
      const look = trained ? `ow-now ${trained.css}` : "ow-now";
      paths.push({ d, class: look, "stroke-dasharray": trained ? dash(trained.dashed) : null });
    }
    repeat(bands, "path", areas);
    repeat(lines, "path", paths);
  }

  #scheduled(cycle, value, up) {
    const steps = cycle.sample(Math.max(Math.round(this.right - BOARD_LEFT), 60));
    const place = (step, i) =>
      `${i ? "L" : "M"}${this.x(step).toFixed(1)},${up(value(step)).toFixed(1)}`;
    return steps.map(place).join("");
  }

  #axes() {
    const { boxes, domains, right, narrow } = this;
    const [grid, labels] = [[], []];
    const level = (y, text) => {
      grid.push({ x1: BOARD_LEFT, x2: right, y1: y, y2: y });
      labels.push({ x: BOARD_LEFT - BESIDE_GRIP, y: y + 4, "text-anchor": "end", text });
    };
    for (const { value, text } of ticks(domains.rate, 3)) level(this.rate(value), text);
    const cycled = domains.momentum && !narrow ? ticks(domains.momentum, 2) : [];
    for (const { value, text } of cycled) level(this.momentum(value), text);
    const [low, high, log] = domains.loss;
    const marks = log ? decades([low, high], 4) : ticks([low, high], 3);
    for (const { value, text } of marks) level(this.loss(value), text);
    for (const { y, text } of this.#ofMeasured()) level(y, text);
    const { bottom } = boxes.accuracy;
    for (const { value, text } of ticks([0, this.last || 1], narrow ? 4 : 6, true)) {
      if (value > this.last) continue;
      const x = this.x(value);
      const anchor = x > right - 14 ? "end" : "middle";
      grid.push({ x1: x, x2: x, y1: bottom, y2: bottom + 4 });
      labels.push({
        x: anchor === "end" ? right + 4 : x,
        y: bottom + 16,
        "text-anchor": anchor,
        text,
      });
    }
    repeat(this.layers.grid, "line", grid);
    repeat(this.layers.labels, "text", labels);
    this.#guessing();
  }

  #ofMeasured() {
    if (this.measure !== "loss") return ofAccuracy(this.accuracy);
    const [low, high, log] = this.domains.measured;
    const marks = log ? decades([low, high], 2) : ticks([low, high], 2);
    return marks.map(({ value, text }) => ({ y: this.accuracy(value), text }));
  }

  /** What guessing would reach: a line in the loss. */
  #guessing() {
    const { chance } = this.scene;
    const { top, bottom } = this.boxes.loss;
    const y = chance ? this.loss(chance.loss) : Number.NaN;
    const inside = y >= top && y <= bottom;
    const line = { x1: BOARD_LEFT, x2: this.right, y1: y, y2: y };
    repeat(this.layers.marks, "line", inside ? [line] : []);
    this.guess = inside
      ? { x: this.right, y: y - 4, text: "guessing", "text-anchor": "end" }
      : null;
  }

  /** Shade the phases through all strips, and name them above. */
  #phases(cycle) {
    const { boxes } = this;
    const shades = [];
    const titles = Object.keys(STRIP_TITLES).filter((name) => boxes[name].bottom > boxes[name].top);
    const names = titles.map((name) => {
      const stays = name === "momentum" && !cycle.momenta;
      const fitted = name === "accuracy" && this.measure === "loss";
      const other = stays ? "momentum: not cycled, the optimizer's own stays" : "held out, loss";
      const text = stays || fitted ? other : STRIP_TITLES[name];
      return {
        x: BOARD_LEFT + BESIDE_GRIP,
        y: boxes[name].top - 5,
        text,
        "text-anchor": "start",
        class: "",
      };
    });
    let free = BOARD_LEFT + BESIDE_GRIP + STRIP_TITLES.rate.length * BOLDNESS;
    cycle.phases.forEach(({ name, start, end }, i) => {
      const [a, b] = [this.x(Math.max(start, 0)), this.x(end)];
      for (const strip of titles) {
        const { top, bottom } = boxes[strip];
        const size = { width: Math.max(b - a, 0), height: bottom - top };
        shades.push({ class: `ow-shade-${i}`, x: a, y: top, ...size });
      }
      const long = name.length * 7;
      const x = Math.max((a + b) / 2 - long / 2, free + 12);
      if (x + long > this.right + 8) return;
      free = x + long;
      const y = boxes.rate.top - 5;
      names.push({ x, y, text: name, "text-anchor": "start", class: "ow-phase" });
    });
    if (this.guess) names.push({ ...this.guess, class: "ow-phase" });
    repeat(this.layers.shades, "rect", shades);
    repeat(this.layers.names, "text", names);
  }

  /** Mark a step in every strip; `told` is what is read off a run there. */
  point(step, told) {
    const { boxes } = this;
    const { cycle } = this.scene;
    const x = this.x(Math.min(step, this.last));
    const dots = [];
    if (step < cycle.steps) {
      dots.push(this.rate(cycle.lr(step)));
      if (cycle.momenta && !this.narrow) dots.push(this.momentum(cycle.momentum(step)));
    }
    for (const name of ["loss", "accuracy"].filter((one) => one in told)) {
      const y = this[name](told[name]);
      const { top, bottom } = boxes[name];
      if (y >= top - 1 && y <= bottom + 1) dots.push(y);
    }
    const [line, points] = halves(this.layers.cursor);
    const tall = { y1: boxes.rate.top, y2: boxes.accuracy.bottom };
    repeat(line, "line", [{ x1: x, x2: x, ...tall }]);
    repeat(
      points,
      "circle",
      dots.map((cy) => ({ cx: x, cy, r: 4 })),
    );
    return x;
  }
}

/** What a run has to show in a strip. */
function valuesOf(run, name) {
  if (name === "loss") return { at: run.at, middle: run.loss, low: run.low, high: run.high };
  const at = (run.points ?? []).map((point) => point - 1); // steps count from 0
  return { at, middle: run.accuracy ?? [], low: run.accuracyLow, high: run.accuracyHigh };
}

/** A path through the places that have a number; where one is missing it starts anew. */
export function broken(at, values, x, up) {
  const by = Math.ceil(at.length / MOST_PLACES);
  let d = "";
  let gap = true;
  const add = (i) => {
    const y = up(values[i]);
    if (Number.isFinite(y)) d += `${gap ? "M" : "L"}${x(at[i]).toFixed(1)},${y.toFixed(1)}`;
    gap = !Number.isFinite(y);
  };
  for (let i = 0; i < at.length - 1; i += by) add(i);
  if (at.length) add(at.length - 1);
  return d;
}

function area(at, low, high, x, up) {
  const places = (values) =>
    Array.from(at, (step, i) => [x(step), up(values[i])]).filter(([, y]) => Number.isFinite(y));
  const text = ([a, y]) => `${a.toFixed(1)},${y.toFixed(1)}`;
  const around = [...places(high), ...places(low).reverse()];
  return around.length ? `M${around.map(text).join("L")}Z` : "";
}

/** The top of the rates' axis: it holds all peaks but wild ones, which would flatten the one in hand. */
export function highest([now, ...others]) {
  const peak = now.lr(now.peak);
  const rest = others.map((one) => one.lr(one.peak));
  return Math.max(peak, ...rest.filter((one) => one <= MOST_ABOVE * peak));
}

function momentumDomain(cycles) {
  const moved = cycles.filter(({ momenta }) => momenta);
  if (!moved.length) return null;
  const all = moved.flatMap((one) => [one.momentum(0), one.momentum(one.peak)]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = Math.max(0.1 * (high - low), 0.005);
  return [low - room, high + room];
}
