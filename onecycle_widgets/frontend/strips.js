// Rate, mean loss and curvature over the steps, one below the other, with one cursor.
import { decades, scale, ticks } from "./axes.js";
import { repeat, s, set } from "./dom.js";
import { Handles } from "./handles.js";
import { halves, layered, placeIn } from "./picture.js";
import { general } from "./text.js";

const LAYERS_OF = ["zones", "grid", "labels", "lines", "names", "cursor"];
const [MARGIN, RIGHT, AXIS_BELOW] = [54, 12, 38];
const TITLE = 21; // room for the name above each strip
const SHARES = [0.42, 0.33, 0.25]; // of the height: rate, loss, curvature
const NEAR_LIMIT = 2.4; // times the highest rate: a limit that is further away is not shown
const STEEP = 3; // times the start's height above the lowest: what is higher leaves the picture
const LEAST_RANGE = 6; // between the ends of decades: a round number is inside
const WIDEST = 1e7; // between the lowest and the highest loss, in decades

/**
 * The strips. hand: what a person does. scrub(step), take(), pull(grip, wanted), letGo(),
 * key(grip, key).
 */
export class Strips {
  constructor(uid, hand) {
    const named = { "aria-label": "rate, mean loss and curvature over the steps" };
    Object.assign(this, layered(`${uid}-strips`, LAYERS_OF, ["zones"], named));
    Object.assign(this, { width: 480, height: 360, hand });
    // Each strip's lines stay inside it.
    this.groups = SHARES.map((_, i) => {
      const [id, rect] = [`${uid}-strip-${i}`, s("rect")];
      this.svg.append(s("clipPath", { id }, rect));
      const group = s("g", { "clip-path": `url(#${id})` });
      this.layers.lines.append(group);
      return { rect, group };
    });
    const placed = (event) => placeIn(this.svg, event);
    this.handles = new Handles(placed, {
      take: () => {
        this.held = this.domain;
        hand.take();
      },
      pull: (grip, { x, y, up }) => {
        const wanted = { step: this.x.back(x), value: this.rate.back(y), up, log: false };
        hand.pull(grip, wanted);
      },
      key: (grip, key) => hand.key(grip, key),
      letGo: () => {
        this.held = null;
        hand.letGo();
      },
    });
    this.svg.append(this.handles.layer);
    this.#listen(placed);
  }

  /** The time is dragged anywhere in the strips. */
  #listen(placed) {
    const { svg, hand } = this;
    const to = (event) => {
      const step = Math.round(this.x.back(placed(event).x));
      hand.scrub(Math.min(Math.max(step, 0), this.steps));
    };
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      svg.setPointerCapture(event.pointerId);
      this.dragged = true;
      to(event);
    });
    svg.addEventListener("pointermove", (event) => this.dragged && to(event));
    for (const name of ["pointerup", "pointercancel"]) {
      svg.addEventListener(name, () => {
        this.dragged = false;
      });
    }
  }

  /** The lowest rate that a hand can point at: a pixel above zero. */
  get least() {
    return this.domain[1] / (this.boxes[0].bottom - this.boxes[0].top);
  }

  /**
   * Show runs. scene.runs: [{run, steering, css}], the current one first; scene.log: losses in
   * decades; scene.grips: where the rate can be taken hold of.
   */
  draw(scene) {
    this.scene = scene;
    const { width, height } = this;
    const [{ run, steering }] = scene.runs;
    this.steps = run.steps;
    const last = Math.max(...scene.runs.map((one) => one.run.steps));
    const [left, right] = [MARGIN, width - RIGHT];
    this.x = scale([0, last], [left, right]);
    const room = height - AXIS_BELOW - SHARES.length * TITLE;
    let top = TITLE;
    this.boxes = SHARES.map((share) => {
      const bottom = top + Math.round(share * room);
      const box = { left, right, top, bottom };
      top = bottom + TITLE;
      return box;
    });
    const seen = sampled(run.steps, right - left);
    const rates = (one) => (step) => one.steering.lr(Math.min(step, one.run.steps - 1));
    const limit = (step) => {
      const { momentum } = steering;
      return (2 * (1 + momentum(Math.min(step, run.steps - 1)))) / run.curvature[step];
    };
    this.rate = this.#rateScale(scene.runs, seen, limit);
    this.loss = this.#lossScale(scene);
    const bound = (step) => (run.curvature[step] * limit(step)) / rates(scene.runs[0])(step);
    this.curvature = this.#curvatureScale(scene.runs, seen, bound);
    this.at = { lr: rates(scene.runs[0]), loss: (step) => run.losses[step], limit };
    this.at.curvature = (step) => run.curvature[step];
    this.#axes(last);
    const lines = SHARES.map(() => []);
    const line = (i, steps, value, look) => {
      const up = [this.rate, this.loss, this.curvature][i];
      lines[i].push({ "stroke-dasharray": null, ...look, d: this.#path(steps, value, up) });
    };
    for (const one of [...scene.runs].reverse()) {
      const steps = sampled(one.run.steps, right - left);
      const look = { class: one.css };
      line(0, steps, rates(one), look);
      line(1, steps, (step) => one.run.losses[step], look);
      line(2, steps, (step) => one.run.curvature[step], look);
    }
    const dashed = { class: "ow-limit", "stroke-dasharray": "6 4" };
    line(0, seen, limit, dashed);
    line(2, seen, bound, dashed);
    this.groups.forEach(({ group, rect }, i) => {
      const box = this.boxes[i];
      const inside = { width: right - left + 4, height: box.bottom - box.top + 4 };
      set(rect, { x: left - 2, y: box.top - 2, ...inside });
      repeat(group, "path", lines[i]);
    });
    repeat(this.layers.zones, "path", [{ class: "ow-over", d: this.#above(seen, limit) }]);
    const [{ top: first, bottom }] = this.boxes;
    set(this.frame, { x: left, y: first, width: right - left, height: bottom - first });
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    this.handles.show(scene.grips, ({ step, value }) => {
      return [this.x(step), Math.min(Math.max(this.rate(value), first + 2), bottom)];
    });
  }

  #rateScale(runs, seen, limit) {
    let high = 0;
    for (const { steering } of runs) high = Math.max(high, steering.lr(steering.peak));
    const lowest = Math.min(...seen.map(limit).filter((value) => value > 0));
    this.near = lowest < NEAR_LIMIT * high;
    const top =
      1.1 * (this.near ? Math.max(high, Math.min(lowest * 1.1, NEAR_LIMIT * high)) : high);
    this.domain = [0, Math.max(top, this.held?.[1] ?? 0)];
    const box = this.boxes[0];
    return scale(this.domain, [box.bottom, box.top]);
  }

  #lossScale({ runs, log }) {
    let [low, high, start] = [Infinity, -Infinity, -Infinity];
    for (const { run } of runs) {
      for (const value of run.losses) {
        if (value < low && (!log || value > 0)) low = value;
        if (value > high) high = value;
      }
      start = Math.max(start, run.losses[0]);
    }
    const box = this.boxes[1];
    if (log) {
      const most = Math.min(high, 30 * start);
      const domain = roomy(Math.max(low / 1.4, most / WIDEST), most * 1.4);
      return scale(domain, [box.bottom, box.top], true);
    }
    const most = Math.min(high, low + STEEP * Math.max(start - low, 0.1));
    const more = 0.06 * (most - low) || 1;
    return scale([low - more, most + more], [box.bottom, box.top]);
  }

  #curvatureScale(runs, seen, bound) {
    let [low, high] = [Infinity, 0];
    for (const { run } of runs) {
      for (const value of run.curvature) {
        if (value > 0) [low, high] = [Math.min(low, value), Math.max(high, value)];
      }
    }
    const lowest = Math.min(...seen.map(bound).filter((value) => value > 0));
    const box = this.boxes[2];
    const domain = roomy(Math.min(low, lowest) / 1.6, Math.max(high, lowest) * 3);
    return scale(domain, [box.bottom, box.top], true);
  }

  #path(steps, value, up) {
    let d = "";
    let gap = true;
    for (const step of steps) {
      const y = up(value(step));
      if (Number.isFinite(y)) d += `${gap ? "M" : "L"}${this.x(step).toFixed(1)},${y.toFixed(1)}`;
      gap = !Number.isFinite(y);
    }
    return d;
  }

  /** Where the rate is above the limit, from one to the other. */
  #above(steps, limit) {
    const { lr } = this.at;
    let d = "";
    let piece = [];
    const close = () => {
      const back = [...piece].reverse().map(([x, , low]) => `L${x},${low}`);
      if (piece.length)
        d += `M${piece.map(([x, high]) => `${x},${high}`).join("L")}${back.join("")}Z`;
      piece = [];
    };
    for (const step of steps) {
      const [rate, most] = [lr(step), limit(step)];
      if (!(rate > most && most > 0)) close();
      else piece.push([this.x(step), this.rate(rate), this.rate(most)].map((at) => at.toFixed(1)));
    }
    close();
    return d;
  }

  #axes(last) {
    const { boxes, width } = this;
    const [grid, labels] = [[], []];
    const level = (up, { value, text }, { left, right }) => {
      const y = up(value);
      grid.push({ x1: left, x2: right, y1: y, y2: y });
      labels.push({ x: left - 6, y: y + 4, "text-anchor": "end", text });
    };
    for (const tick of ticks(this.domain, 4)) level(this.rate, tick, boxes[0]);
    const [low, high] = [boxes[1].bottom, boxes[1].top].map((y) => this.loss.back(y));
    const marks = this.scene.log ? inDecades([low, high]) : ticks([low, high], 3);
    for (const tick of marks) level(this.loss, tick, boxes[1]);
    const range = [boxes[2].bottom, boxes[2].top].map((y) => this.curvature.back(y));
    for (const tick of inDecades(range)) level(this.curvature, tick, boxes[2]);
    const { bottom, left, right } = boxes[2];
    for (const { value, text } of ticks([0, last], width < 340 ? 4 : 6, true)) {
      if (value > last) continue;
      grid.push({ x1: this.x(value), x2: this.x(value), y1: bottom, y2: bottom + 4 });
      labels.push({ x: this.x(value), y: bottom + 17, "text-anchor": "middle", text });
    }
    labels.push({ x: (left + right) / 2, y: bottom + 34, "text-anchor": "middle", text: "step" });
    const outlined = boxes.map((box) => ({
      x1: box.left,
      x2: box.right,
      y1: box.bottom,
      y2: box.bottom,
    }));
    repeat(this.layers.grid, "line", [...grid, ...outlined]);
    repeat(this.layers.labels, "text", labels);
    const above = (i, x, text, look) => ({ x, y: boxes[i].top - 6, text, class: "", ...look });
    const limits = ["limit 2(1 + m) / curvature", "", "limit 2(1 + m) / rate"];
    const named = ["learning rate", "mean loss", "curvature"].flatMap((text, i) => {
      const limit = i === 0 && !this.near ? "limit far above" : limits[i];
      const end = { "text-anchor": "end", class: "ow-limited" };
      return [above(i, left, text, { "text-anchor": "start" }), above(i, right, limit, end)];
    });
    repeat(this.layers.names, "text", [...named, ...this.#numbers()]);
  }

  /** The pins' numbers, each at its own place on its line: a colour alone tells not enough. */
  #numbers() {
    return this.scene.runs.slice(1).map(({ run, place }) => {
      const step = Math.round((0.12 + 0.2 * place) * run.steps);
      const { top, bottom } = this.boxes[1];
      const y = Math.min(Math.max(this.loss(run.losses[step]), top + 5), bottom - 5);
      const about = { "text-anchor": "middle", class: "", text: String(place + 1) };
      return { x: this.x(step), y: y + 4.5, ...about };
    });
  }

  /** Mark a step. */
  point(step) {
    const { boxes, layers, at } = this;
    const x = this.x(step);
    const [line, points] = halves(layers.cursor);
    repeat(line, "line", [{ x1: x, x2: x, y1: boxes[0].top, y2: boxes[2].bottom }]);
    const places = [
      [this.rate(at.lr(step)), boxes[0]],
      [this.loss(at.loss(step)), boxes[1]],
      [this.curvature(at.curvature(step)), boxes[2]],
    ].filter(([y, { top, bottom }]) => y >= top - 1 && y <= bottom + 1);
    repeat(
      points,
      "circle",
      places.map(([cy]) => ({ cx: x, cy, r: 4 })),
    );
  }
}

/** A domain for decades that has a round number inside. */
function roomy(from, to) {
  const more = Math.sqrt(Math.max(1, LEAST_RANGE / (to / from)));
  return [from / more, to * more];
}

/** Round numbers for decades, also where there are few of them. */
function inDecades([low, high]) {
  const powers = Math.floor(Math.log10(high)) - Math.ceil(Math.log10(low)) + 1;
  if (powers > 1) return decades([low, high], 3);
  const first = Math.floor(Math.log10(low));
  const round = [0, 1].flatMap((more) => [1, 3].map((one) => Number(`${one}e${first + more}`)));
  const inside = round.filter((value) => value >= low && value <= high);
  return inside.map((value) => ({ value, text: general(value, 4) }));
}

/** At most as many steps as there are pixels, with the last. */
function sampled(steps, pixels) {
  const by = Math.max(1, steps / Math.max(pixels, 50));
  const count = Math.floor(steps / by);
  const found = Array.from({ length: count + 1 }, (_, i) => Math.round(i * by));
  return found.at(-1) === steps ? found : [...found, steps];
}
