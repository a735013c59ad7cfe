// The range test: its curve, the rules' picks, and the peak that is taken from it.
import { decades, scale, ticks } from "./axes.js";
import { button, h, idle, repeat, say, set } from "./dom.js";
import { Handles } from "./handles.js";
import { dash, layered, placeIn } from "./picture.js";
import { TABLES } from "./tables.js";
import { NAMED, TASK } from "./task.js";
import { fill, general } from "./text.js";
import { floatsOf } from "./trained.js";

const SHEETS = ["grid", "labels", "lines", "marks"];
const [RANGE_LEFT, RANGE_RIGHT, BELOW_RANGE] = [40, 10, 20];
const HIGHEST_LOSS = 1.6; // times the first: at the edge the loss shoots up by orders of magnitude
const TESTED = TASK.filter((name) => name !== "seeds");
const PEAK_GRIP = {
  name: "max_lr on the range test",
  x: "max_lr",
  y: null,
  group: 0,
  quantity: "lr",
};

/** In which parts a task is another one than the range test's: [name, what was, what is]. */
export function changedSince(range, task) {
  return TESTED.filter((name) => range.task[name] !== undefined)
    .filter((name) => String(range.task[name]) !== String(task[name]))
    .map((name) => [name, range.task[name], task[name]]);
}

/** The panel. hand: take(rate), key(grip, key), hold(), letGo(). */
export class RangePlot {
  constructor(uid, hand) {
    const about = { "aria-label": "the range test: loss over the learning rate" };
    Object.assign(this, layered(`${uid}-range`, SHEETS, ["lines"], about), { hand });
    Object.assign(this, { width: 280, height: 150, larger: 1, shown: "" });
    const placed = (event) => placeIn(this.svg, event);
    this.handles = new Handles(placed, {
      take: () => hand.hold(),
      pull: (_grip, { x }) => hand.take(this.#rateAt(x)),
      key: (grip, key) => hand.key(grip, key),
      letGo: () => hand.letGo(),
    });
    this.svg.append(this.handles.layer);
    this.svg.addEventListener("click", (event) => {
      const { x } = placed(event);
      if (this.x && x >= RANGE_LEFT - 2 && x <= this.width) hand.take(this.#rateAt(x));
    });
    this.said = h("p", { class: "ow-small ow-tested", role: "status" });
    this.picks = h("div", { class: "ow-picks" });
    const parts = h("div", { class: "ow-range-parts" }, this.svg, this.picks);
    this.element = h("div", { class: "ow-range" }, this.said, parts);
  }

  #rateAt(x) {
    const [low, high] = this.domain;
    return Number(general(Math.min(Math.max(this.x.back(x), low), high), 3));
  }

  /** Show a range test (or null) of a task, and the peak that is set. */
  show(range, task, peak) {
    const words = TABLES.lab.words;
    const changes = range ? changedSince(range, task) : [];
    const [name, was, now] = changes[0] ?? [];
    const ready = range?.note ? words.refused : range?.ended ? words.take : words.testing;
    const old = changes.length && fill(words.elsewhere, { name: NAMED[name] ?? name, was, now });
    const said = old || (range ? ready : words.untested);
    say(this.said, said);
    set(this.said, { title: said }); // where there is no room for all of it
    this.element.classList.toggle("ow-old", changes.length > 0);
    this.#offer(range, changes.length > 0, peak);
    this.#draw(range, peak, changes.length > 0);
  }

  /** A button for each rule that has an answer. */
  #offer(range, old, peak) {
    const { words } = TABLES.lab;
    const picks = Object.entries(range?.picks ?? {});
    const note = range?.note ?? "";
    const wanted = JSON.stringify([picks, range?.recommended, note]);
    if (wanted !== this.shown) {
      this.shown = wanted;
      const made = picks.map(([rule, lr]) => {
        const rate = Number(general(lr, 3));
        const best = rule === range.recommended;
        const about = { title: fill(words.pick, { rule, rate }), "data-rate": rate };
        const made = button(`${rule}: ${general(lr, 3)}`, () => this.hand.take(rate), about);
        if (best) {
          made.classList.add("ow-best");
          made.append(h("span", {}, ` ${words.recommended}`));
        }
        return made;
      });
      const why = note ? [h("p", { class: "ow-small" }, note)] : [];
      this.picks.replaceChildren(...made, ...why);
    }
    for (const one of this.picks.querySelectorAll("button")) {
      idle(one, old);
      set(one, { "aria-pressed": String(Number(one.dataset.rate) === peak) });
    }
  }

  #draw(range, peak, old) {
    const { width, height, larger } = this;
    const seen = { width: width * larger, height: height * larger };
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, ...seen });
    const [right, top, bottom] = [width - RANGE_RIGHT, 6, height - BELOW_RANGE];
    const rates = floatsOf(range?.lr);
    const losses = floatsOf(range?.loss);
    const [low, high] = rates.length ? [rates[0], rates.at(-1)] : [1e-4, 10];
    this.domain = [low, Math.max(high, 100 * low)];
    this.x = scale(this.domain, [RANGE_LEFT, right], true);
    const first = Number.isFinite(losses[0]) ? losses[0] : 1;
    const ends = [0, HIGHEST_LOSS * first];
    const up = scale(ends, [bottom, top]);
    const [grid, labels] = [[], []];
    // Before there is a curve its axes would be noise.
    for (const { value, text } of range ? ticks(ends, 3) : []) {
      const y = up(value);
      grid.push({ x1: RANGE_LEFT, x2: right, y1: y, y2: y });
      labels.push({ x: RANGE_LEFT - 5, y: y + 4, "text-anchor": "end", text });
    }
    for (const { value, text } of range ? decades(this.domain, width < 250 ? 3 : 5) : []) {
      const x = this.x(value);
      grid.push({ x1: x, x2: x, y1: bottom, y2: bottom + 4 });
      labels.push({ x, y: bottom + 17, "text-anchor": x > right - 12 ? "end" : "middle", text });
    }
    repeat(this.layers.grid, "line", grid);
    repeat(this.layers.labels, "text", labels);
    set(this.frame, {
      x: RANGE_LEFT,
      y: top - 2,
      width: right - RANGE_LEFT,
      height: bottom - top + 4,
    });
    const path = (values) => {
      let d = "";
      for (let i = 0; i < values.length; i++) {
        const y = up(Math.min(values[i], 10 * ends[1]));
        if (Number.isFinite(y))
          d += `${d ? "L" : "M"}${this.x(rates[i]).toFixed(1)},${y.toFixed(1)}`;
      }
      return d;
    };
    const lines = [
      { d: path(losses), class: "ow-look-0 ow-faint" },
      { d: path(floatsOf(range?.smooth)), class: "ow-look-0" },
    ];
    repeat(this.layers.lines, "path", lines);
    this.#marks(range, peak, old, { top, bottom, right });
  }

  /** A line for each pick, and one with the handle at the peak that is set. */
  #marks(range, peak, old, { top, bottom, right }) {
    const known = range?.ended && !old && typeof peak === "number" && peak > 0;
    const at = known ? Math.min(Math.max(this.x(peak), RANGE_LEFT), right) : 0;
    const line = (x, look) => ({ x1: x, x2: x, y1: top, y2: bottom, ...look });
    const picked = { class: null, "stroke-dasharray": dash(2) };
    const taken = { class: "ow-taken", "stroke-dasharray": null };
    const marks = Object.values(range?.picks ?? {}).map((lr) => line(this.x(lr), picked));
    repeat(this.layers.marks, "line", [...marks, ...(known ? [line(at, taken)] : [])]);
    const grips = known ? [{ ...PEAK_GRIP, value: peak, text: `max_lr ${general(peak, 3)}` }] : [];
    this.handles.show(grips, () => [at, (top + bottom) / 2]);
  }
}
