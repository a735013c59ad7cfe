// A picture of lines, bands and marks that the kernel describes; a place on it can be taken.
import { decades, scale, ticks } from "./axes.js";
import { h, passOn, repeat, say, set } from "./dom.js";
import { dash, LETTER, layered, placeIn, writeLegend } from "./picture.js";
import { general } from "./text.js";

const HEIGHT = 250;
const STRATA = ["grid", "labels", "bands", "lines", "marks", "tags", "legend", "cursor"];
let plots = 0;

class Plot {
  constructor(model) {
    this.model = model;
    this.uid = `owp${Date.now().toString(36)}-${plots++}`;
    this.title = h("p", { class: "ow-finding", id: `${this.uid}-title` });
    const named = { "aria-labelledby": this.title.id };
    // svg, layers and frame
    Object.assign(this, layered(this.uid, STRATA, ["bands", "lines"], named));
    this.svg.addEventListener("click", (event) => this.#clicked(event));
    this.slider = h("input", {
      type: "range",
      class: "ow-step",
      min: 0,
      max: 1000,
      step: 1,
      title: "Slide along the curve (arrow keys).",
      oninput: () => this.#take(this.#domain()(this.slider.value / 1000)),
    });
    this.element = h("div", { class: "ow ow-plot" }, this.title, this.svg, this.slider);
    this.width = 480;
  }

  get picture() {
    return this.model.get("picture");
  }

  update() {
    const { title, x, y, lines = [], bands = [], marks = [] } = this.picture;
    say(this.title, title ?? "");
    const [left, right, top, bottom] = [58, this.width - 12, 8, HEIGHT - 44];
    this.box = { left, right };
    this.x = scale([x.low, x.high], [left, right], x.log);
    const up = scale([y.low, y.high], [bottom, top], y.log);
    this.#axes(x, y, up, { left, right, top, bottom });
    set(this.frame, { x: left, y: top - 2, width: right - left, height: bottom - top + 4 });
    const place = (a, b, i) => `${i ? "L" : "M"}${this.x(a).toFixed(1)},${up(b).toFixed(1)}`;
    repeat(
      this.layers.bands,
      "path",
      bands.map(({ at, low, high, look }) => {
        const back = at.map((_, i) => at.length - 1 - i);
        const there = at.map((a, i) => place(a, high[i], i)).join("");
        return {
          class: `ow-look-${look}`,
          d: at.length ? `${there}${back.map((i) => place(at[i], low[i], 1)).join("")}Z` : "",
        };
      }),
    );
    repeat(
      this.layers.lines,
      "path",
      lines.map(({ at, values, look, faint }) => ({
        class: `ow-look-${look}${faint ? " ow-faint" : ""}`,
        d: drawn(at, values, place),
        "stroke-dasharray": faint ? null : dash(look),
      })),
    );
    repeat(
      this.layers.marks,
      "line",
      marks.map(({ at }) => ({
        x1: this.x(at),
        x2: this.x(at),
        y1: top,
        y2: bottom,
      })),
    );
    const middle = (left + right) / 2;
    repeat(
      this.layers.tags,
      "text",
      marks.map(({ at, text }, i) => ({
        x: this.x(at) + (this.x(at) > middle ? -3 : 3),
        y: top + 11 + 13 * (i % 5),
        text,
        "text-anchor": this.x(at) > middle ? "end" : "start",
      })),
    );
    this.#legend(lines);
    this.#cursor(top, bottom);
  }

  #axes(x, y, up, { left, right, top, bottom }) {
    const few = this.width < 420 ? 4 : 6;
    const grid = [];
    const labels = [];
    for (const { value, text } of y.log ? decades([y.low, y.high], 4) : ticks([y.low, y.high], 5)) {
      const level = up(value);
      grid.push({ x1: left, x2: right, y1: level, y2: level });
      labels.push({ x: left - 6, y: level + 4, "text-anchor": "end", text, transform: null });
    }
    for (const { value, text } of x.log
      ? decades([x.low, x.high], few)
      : ticks([x.low, x.high], few, true)) {
      const at = this.x(value);
      grid.push({ x1: at, x2: at, y1: bottom, y2: bottom + 5 });
      // A number at the right end does not reach beyond it.
      const anchor = at + (LETTER / 2) * text.length > right + 8 ? "end" : "middle";
      labels.push({
        x: anchor === "end" ? right + 8 : at,
        y: bottom + 18,
        "text-anchor": anchor,
        text,
        transform: null,
      });
    }
    labels.push({
      x: (left + right) / 2,
      y: bottom + 36,
      "text-anchor": "middle",
      text: x.label,
      transform: null,
    });
    const turned = `translate(12 ${(top + bottom) / 2}) rotate(-90)`;
    labels.push({ x: 0, y: 0, "text-anchor": "middle", text: y.label, transform: turned });
    repeat(this.layers.grid, "line", grid);
    repeat(this.layers.labels, "text", labels);
  }

  #legend(lines) {
    const named = lines.filter(({ name }) => name);
    const series = named.map(({ look, name }) => {
      return { css: `ow-look-${look}`, name, pattern: dash(look) };
    });
    const height = writeLegend(this.layers.legend, series, HEIGHT + 12, this.width) - 12;
    set(this.svg, { viewBox: `0 0 ${this.width} ${height}`, width: this.width, height });
  }

  /** Where the taken place is: a line with a dot, and the slider's thumb. */
  #cursor(top, bottom) {
    const { pickable } = this.picture;
    const taken = pickable ? this.model.get("taken") : null;
    const at = taken === null ? null : this.x(taken);
    const inside = at !== null && at >= this.box.left - 1 && at <= this.box.right + 1;
    repeat(this.layers.cursor, "line", inside ? [{ x1: at, x2: at, y1: top, y2: bottom }] : []);
    this.slider.style.display = pickable ? "" : "none";
    if (!pickable) return;
    set(this.slider, { "aria-label": `take ${pickable} from the curve` });
    if (inside) {
      this.slider.value = Math.round(
        (1000 * (at - this.box.left)) / (this.box.right - this.box.left),
      );
      set(this.slider, { "aria-valuetext": `${pickable} ${general(taken, 3)}` });
    }
  }

  /** From a share of the axis to a value on it. */
  #domain() {
    const { low, high, log } = this.picture.x;
    return (share) => (log ? low * (high / low) ** share : low + share * (high - low));
  }

  #clicked(event) {
    if (!this.picture.pickable) return;
    const { left, right } = this.box;
    const share = (placeIn(this.svg, event).x - left) / (right - left);
    if (share >= 0 && share <= 1) this.#take(this.#domain()(share));
  }

  #take(value) {
    this.model.set("taken", Number(general(value, 3)));
    this.update();
    this.model.save_changes();
  }

  resize() {
    const width = Math.round(this.element.clientWidth - 12);
    if (width <= 0 || width === this.width) return;
    this.width = Math.max(width, 220);
    this.update();
  }
}

/** A path through the places that have a value; where one is missing it starts anew. */
export function drawn(at, values, place) {
  let d = "";
  let gap = true;
  values.forEach((value, i) => {
    if (value !== null) d += place(at[i], value, gap ? 0 : 1);
    gap = value === null;
  });
  return d;
}

export function render({ model, el }) {
  const plot = new Plot(model);
  el.append(plot.element);
  const show = () => plot.update();
  model.on("change", show);
  const watch = new ResizeObserver(() => plot.resize());
  watch.observe(plot.element);
  const stop = passOn(plot.element);
  show();
  plot.resize();
  return () => {
    stop();
    watch.disconnect();
    model.off("change", show);
  };
}
