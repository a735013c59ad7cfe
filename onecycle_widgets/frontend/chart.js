// The picture: learning rate above momentum on a shared step axis, phases shaded and named.
import { decades, scale, ticks, widened } from "./axes.js";
import { repeat, set } from "./dom.js";
import { Handles } from "./handles.js";
import { dash, halves, layered, legendOf, placeIn, writeLegend } from "./picture.js";
import { wrapped } from "./text.js";

const NARROW = 480;
const TYPE = 13; // pixels of the usual letters
const WIDE = 0.6; // width of a letter, about, in font sizes
const QUANTITY = 92; // room for the word "momentum"
const MOST_POINTS = 8_000; // of all curves together: more than the pixels can show
const AXIS = 46; // room for the steps below the picture
const MOST_NAMED = 8; // lines with a name beside them
const ROOM_TO_GUESS = 1.5;
const RING = 9; // around a pin's number
const GAP = 28; // room for the phases' names
const BESIDE = 11; // numbers from their axis: a handle stands on it
const ABOVE = 9; // a quantity's name above its axis, clear of the numbers
const LAYERS = [
  "shades",
  "grid",
  "names",
  "labels",
  "lines",
  "dots",
  "guess",
  "tags",
  "title",
  "legend",
  "cursor",
];

/**
 * The chart. `draw` shows a scene, `point` moves the cursor; elements are reused.
 *
 * hand: what a person does. hover(step or null), pick(step, value), take(), pull(grip, wanted),
 * letGo(), key(grip, key).
 */
export class Chart {
  constructor(uid, hand) {
    // svg, image, layers and frame
    Object.assign(this, layered(uid, LAYERS, ["lines"]));
    this.hand = hand;
    this.width = 640;
    this.larger = 1;
    this.#listen();
    const placed = (event) => placeIn(this.svg, event);
    this.handles = new Handles(placed, {
      take: () => {
        this.#hold();
        hand.take();
      },
      pull: (grip, to) => hand.pull(grip, this.#wanted(to)),
      key: (grip, key) => hand.key(grip, key),
      letGo: () => {
        this.held = null;
        hand.letGo();
      },
    });
    this.svg.append(this.handles.layer);
  }

  #listen() {
    const { hand, svg } = this;
    const stepAt = (event) => this.#stepAt(placeIn(svg, event).x);
    const touched = ({ pointerType }) => pointerType === "touch";
    svg.addEventListener("pointermove", (event) => hand.hover(stepAt(event)));
    // A finger that is lifted leaves the cursor where it was; a mouse that goes takes it along.
    svg.addEventListener("pointerup", (event) => touched(event) && hand.pick(stepAt(event)));
    svg.addEventListener("pointerleave", () => hand.hover(null));
    svg.addEventListener("click", (event) => {
      const { y } = placeIn(svg, event);
      hand.pick(stepAt(event), Math.max(this.rate.back(y), 0));
    });
  }

  /** While a handle is held the axes stay, and give way only to what would leave the picture. */
  #hold() {
    const { rate, momentum, domains } = this;
    this.held = { rate, momentum, domains };
  }

  /** A place in the picture as step and value, by the axes of when the handle was taken. */
  #wanted({ x, y, up, quantity }) {
    const scale = this.held[quantity === "lr" ? "rate" : "momentum"];
    return { step: this.x.back(x), value: scale.back(y), up, log: this.scene.log };
  }

  /** The lowest rate that a hand can point at: a pixel above zero. */
  get least() {
    return this.scene.log ? Number.MIN_VALUE : this.domains.rates[1] / this.room;
  }

  /**
   * Show series over the steps.
   *
   * scene.series: [{cycle, group, css, name, lr, momentum}], the current curve's groups first;
   * lr and momentum are functions of the step. scene.log: rates in decades. scene.grips: where
   * the curve can be taken hold of (grips.js). scene.title: written above, and the names of the
   * curves below, in a picture that stands alone.
   */
  draw(scene) {
    this.scene = scene;
    const width = this.width;
    const narrow = width < NARROW;
    const [left, right] = [66, width - 14];
    const top = this.#heading(scene.title);
    const height = this.height ?? (narrow ? 290 : 326);
    const named = scene.title ? scene.series : [];
    const legend = legendOf(named.length > 1 ? named : [], 0, width).end;
    const room = height - top - GAP - AXIS - (legend && legend + 8);
    const rateEnd = top + Math.round(0.69 * room);
    const momentumTop = rateEnd + GAP;
    const bottom = momentumTop + Math.round(0.31 * room);
    this.last = Math.max(...scene.series.map(({ cycle }) => cycle.steps - 1));
    this.x = scale([0, this.last], [left, right]);
    this.box = { left, right, top, rateEnd, momentumTop, bottom };
    const lines = this.#sampled(scene.series, Math.round(right - left));
    const shown = this.#domain(lines, "lr", scene.log);
    // What is to be guessed is not told by the end of the axis.
    if (scene.hidden || scene.guess) shown[1] *= ROOM_TO_GUESS;
    const rates = widened(shown, this.held?.domains.rates);
    const momenta = widened(this.#domain(lines, "momentum"), this.held?.domains.momenta);
    this.domains = { rates, momenta };
    this.room = rateEnd - top;
    this.rate = scale(rates, [rateEnd, top], scene.log);
    this.momentum = momenta && scale(momenta, [bottom, momentumTop]);
    this.#axes(rates, momenta, { left, right, top, momentumTop, bottom, narrow });
    for (const name of ["shades", "names", "lines", "dots", "tags", "cursor"]) {
      this.layers[name].style.display = scene.hidden ? "none" : "";
    }
    const guess = scene.guess?.length && !scene.hidden ? [scene.guess] : [];
    repeat(
      this.layers.guess,
      "path",
      guess.map(([step, rate]) => ({ d: cross(this.x(step), this.rate(rate)) })),
    );
    this.#phases(scene.series[0].cycle, { top, rateEnd, momentumTop, bottom, right });
    this.#lines(lines, [rates, momenta, left, right, top, rateEnd, bottom, scene.log].join());
    writeLegend(this.layers.legend, named, bottom + AXIS + 16, width);
    const seen = { width: width * this.larger, height: height * this.larger };
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, ...seen });
    this.handles.show(scene.grips ?? [], ({ step, value, quantity }) => {
      const y = quantity === "lr" ? this.rate(value) : this.momentum(value);
      return [this.x(step), Math.min(Math.max(y, top), bottom)];
    });
  }

  #sampled(series, pixels) {
    const most = Math.max(Math.min(pixels, Math.round(MOST_POINTS / series.length)), 100);
    const known = new Map(); // a policy's groups have their steps in common
    const placed = (steps) => ({ steps, across: steps.map((step) => this.x(step).toFixed(1)) });
    const sample = (one) => {
      const { policy } = one.cycle;
      if (!known.has(policy)) known.set(policy, placed(one.cycle.sample(most)));
      let at = known.get(policy);
      if (one.stepped) at = placed([...at.steps, ...one.borders].sort((a, b) => a - b));
      const ys = { lr: at.steps.map(one.lr), momentum: one.momentum && at.steps.map(one.momentum) };
      return { ...at, ys };
    };
    const places = [this.last, pixels, most].join();
    return series.map((one) => ({
      ...one,
      ...made(one.kept, "points", places, () => sample(one)),
    }));
  }

  #domain(lines, quantity, log = false) {
    let [low, high] = [Infinity, -Infinity];
    for (const { ys } of lines) {
      for (const y of ys[quantity] ?? []) {
        if (y < low && (!log || y > 0)) low = y;
        if (y > high) high = y;
      }
    }
    if (low === Infinity) return null;
    const above = (by) => Math.min(high * by, Number.MAX_VALUE) || 1;
    if (quantity === "lr") return log ? [low / 1.2, above(1.2)] : [0, above(1.06)];
    const room = Math.max(0.08 * (high - low), 0.005);
    return [low - room, high + room];
  }

  #axes(rates, momenta, { left, right, top, momentumTop, bottom, narrow }) {
    const { width } = this;
    const { log } = this.scene;
    const few = narrow ? 3 : 5;
    const rateTicks = log ? decades(rates, few) : ticks(rates, few);
    const stepTicks = ticks([0, this.last || 1], width < 340 ? 3 : narrow ? 5 : 6, true).filter(
      ({ value }) => value <= this.last,
    );
    const momentumTicks = momenta ? ticks(momenta, 3) : [];
    const grid = [];
    const labels = [];
    const level = (y, text) => {
      grid.push({ x1: left, x2: right, y1: y, y2: y });
      labels.push({ x: left - BESIDE, y: y + 4.5, "text-anchor": "end", text, class: "" });
    };
    for (const { value, text } of rateTicks) level(this.rate(value), text);
    for (const { value, text } of momentumTicks) level(this.momentum(value), text);
    for (const { value, text } of stepTicks) {
      const x = this.x(value);
      grid.push({ x1: x, x2: x, y1: bottom, y2: bottom + 5 });
      labels.push({ x, y: bottom + 19, "text-anchor": "middle", text, class: "" });
    }
    const quantity = (y, text) =>
      labels.push({ x: 0, y: y - ABOVE, "text-anchor": "start", text, class: "ow-quantity" });
    quantity(top, "learning rate");
    quantity(momentumTop, "momentum");
    labels.push({
      x: (left + right) / 2,
      y: bottom + 38,
      "text-anchor": "middle",
      text: "step (batch)",
      class: "",
    });
    if (!momenta) {
      labels.push({
        x: (left + right) / 2,
        y: (momentumTop + bottom) / 2 + 4,
        "text-anchor": "middle",
        text: "not cycled: the optimizer's own stays",
        class: "",
      });
    }
    repeat(this.layers.grid, "line", grid);
    repeat(this.layers.labels, "text", labels);
  }

  /** Shade the phases and write each name as near to its middle as the neighbours allow. */
  #phases(cycle, { top, rateEnd, momentumTop, bottom, right }) {
    const size = this.width < 340 ? 11 : TYPE;
    const places = cycle.phases.map(({ name, start, end }, i) => {
      const [a, b] = [this.x(Math.max(start, 0)), this.x(end)];
      return { a, b, name, half: (name.length * size * WIDE) / 2, middle: (a + b) / 2, i };
    });
    const shades = places.flatMap(({ a, b, i }) =>
      [
        [top, rateEnd],
        [momentumTop, bottom],
      ].map(([y, end]) => ({
        class: `ow-shade-${i}`,
        x: a,
        y,
        width: Math.max(b - a, 0),
        height: end - y,
      })),
    );
    let free = QUANTITY;
    for (const place of places) {
      place.middle = Math.max(place.middle, free + place.half);
      free = place.middle + place.half + 10;
    }
    free = right + 6;
    for (const place of [...places].reverse()) {
      place.middle = Math.min(place.middle, free - place.half);
      free = place.middle - place.half - 10;
    }
    repeat(this.layers.shades, "rect", shades);
    // On the smallest phone not all of three have room.
    const named = places.filter(({ middle, half }) => middle - half > QUANTITY - 10);
    repeat(
      this.layers.names,
      "text",
      named.map(({ name, middle }) => ({
        x: middle,
        y: momentumTop - ABOVE,
        class: "ow-phase",
        text: name,
        "text-anchor": "middle",
        "font-size": size,
      })),
    );
  }

  /** `axes` is whatever decides where a point lies. */
  #lines(lines, axes) {
    const { left, right, top, bottom } = this.box;
    const [width, height] = [right - left + 4, bottom - top + 8];
    set(this.frame, { x: left - 2, y: top - 4, width, height });
    const paths = [];
    const dots = [];
    const tags = [];
    for (const { steps, across, ys, css, group, cycle, mark, kept } of [...lines].reverse()) {
      for (const [quantity, y] of [
        ["lr", this.rate],
        ["momentum", this.momentum],
      ]) {
        if (!ys[quantity] || !y) continue;
        const write = () => {
          let d = "";
          across.forEach((x, i) => {
            d += `${i ? "L" : "M"}${x},${y(ys[quantity][i]).toFixed(1)}`;
          });
          return d;
        };
        const d = made(kept, quantity, `${axes},${this.last},${across.length}`, write);
        paths.push({ d, class: css, "stroke-dasharray": dash(group) });
        if (cycle.steps <= 40) {
          steps.forEach((step, i) => {
            dots.push({ class: css, cx: this.x(step), cy: y(ys[quantity][i]), r: 2.5 });
          });
        }
      }
      if (mark === undefined) continue;
      // At the peak a ring; a pin's, with its number, further on, each at its own place: pins
      // with one peak, or even with one curve, are told apart.
      const step = mark ? apart(cycle, mark) : cycle.peak;
      const [cx, cy] = [this.x(step), this.rate(cycle.lr(step))];
      dots.push({ class: css, cx, cy, r: mark ? RING : 4 });
      tags.push({ x: cx, y: cy + 4.5, text: mark, "text-anchor": "middle" });
    }
    const rings = tags.filter(({ text }) => text);
    tags.push(...this.#names(lines, rings));
    repeat(this.layers.lines, "path", paths);
    repeat(this.layers.dots, "circle", dots);
    repeat(this.layers.tags, "text", tags);
  }

  /** Names beside the lines that have one, none upon another or upon the number of a pin. */
  #names(lines, rings) {
    const named = lines.filter(({ label }) => label).slice(0, MOST_NAMED);
    const clear = RING + 7; // from one base line to the other
    let free = -Infinity;
    return named
      .map(({ label, cycle, lr }) => {
        const step = Math.round(cycle.peak + 0.04 * (cycle.steps - 1 - cycle.peak));
        return { x: this.x(step) + 12, y: this.rate(lr(step)) - 4, text: label };
      })
      .sort((a, b) => a.y - b.y)
      .map((name) => {
        let y = Math.max(name.y, free);
        const end = name.x + name.text.length * TYPE * WIDE;
        const beside = rings.filter(({ x }) => x + RING > name.x && x - RING < end);
        for (const ring of beside.sort((a, b) => a.y - b.y)) {
          if (Math.abs(ring.y - y) < clear) y = ring.y + clear;
        }
        free = y + 16;
        return { ...name, y, "text-anchor": "start" };
      });
  }

  /** The title of a picture that stands alone; returns where the plot begins. */
  #heading(title) {
    const lines = title ? wrapped(title, Math.floor((this.width - 30) / 8.6)) : [];
    const words = lines.map((text, i) => ({ x: 14, y: 22 + 19 * i, text }));
    repeat(this.layers.title, "text", words);
    return (lines.length ? 32 : 23) + 19 * lines.length;
  }

  /** Mark a step in the current curve; says where, and whether the room below the rate is free. */
  point(step) {
    const { top, rateEnd, momentumTop, bottom } = this.box;
    const x = this.x(step);
    const current = this.scene.series.filter(({ css }) => css === "ow-now");
    const marks = current.flatMap((one) => [
      { cx: x, cy: this.rate(one.lr(step)), r: 5 },
      ...(one.momentum ? [{ cx: x, cy: this.momentum(one.momentum(step)), r: 5 }] : []),
    ]);
    const [line, points] = halves(this.layers.cursor);
    repeat(line, "line", [
      { x1: x, x2: x, y1: top, y2: rateEnd },
      { x1: x, x2: x, y1: momentumTop, y2: bottom }, // the names between them stay whole
    ]);
    repeat(points, "circle", marks);
    return { x, low: marks[0].cy < top + this.room / 2 };
  }

  #stepAt(x) {
    const { left, right } = this.box;
    const share = (x - left) / (right - left);
    const last = this.scene.series[0].cycle.steps - 1;
    return Math.min(Math.max(Math.round(share * this.last), 0), last);
  }
}

/** What is made again only under other circumstances, for a curve that is kept (series.js). */
function made(kept, what, circumstances, make) {
  if (!kept) return make();
  if (kept[what]?.circumstances !== circumstances) kept[what] = { circumstances, it: make() };
  return kept[what].it;
}

function cross(x, y) {
  return `M${x - 8},${y - 8}L${x + 8},${y + 8}M${x - 8},${y + 8}L${x + 8},${y - 8}`;
}

/** A step on the way down from the peak, another one for each pin. */
function apart({ peak, steps }, mark) {
  return Math.round(peak + (0.06 + 0.12 * Number(mark)) * (steps - 1 - peak));
}
