// Beside the board: the range test, and the plane of answers where there is one, in one place.
import { button, h, set } from "./dom.js";
import { Plane } from "./plane.js";
import { RangePlot } from "./rangeplot.js";

const FACES = { range: "range test", plane: "answers" };
const PICKS = 150; // pixels for the rules' picks, beside the range test

/** The place. hand: as `RangePlot` has it. */
export class Side {
  constructor(uid, hand) {
    Object.assign(this, { planed: null, ranged: null });
    this.range = new RangePlot(uid, hand);
    this.plane = new Plane();
    this.faces = Object.entries(FACES).map(([face, text]) =>
      button(text, () => this.#turn(face), { class: "ow-face", "data-face": face }),
    );
    const faces = h("div", { class: "ow-faces" }, ...this.faces);
    this.element = h("div", { class: "ow-side" }, faces, this.range.element, this.plane.element);
    this.#turn("range");
  }

  /** Show a range test and a plane, each or null; the one that is new comes to the front. */
  show(range, plane, task, peak) {
    this.range.show(range, task, peak);
    this.element.classList.toggle("ow-planes", plane !== null);
    if (plane !== this.planed) {
      this.plane.show(plane);
      this.#turn(plane ? "plane" : "range");
    } else if (range !== this.ranged) this.#turn("range");
    Object.assign(this, { planed: plane, ranged: range });
  }

  #turn(face) {
    this.element.dataset.face = face;
    for (const one of this.faces) set(one, { "aria-pressed": String(one.dataset.face === face) });
  }

  /** Give the pictures their size. */
  fit(width, height) {
    Object.assign(this.range, { width, height });
    this.plane.size = height - 2;
    this.plane.draw();
    this.element.style.height = `${height + 18}px`; // whatever is said in it
  }

  /** Width of the range test's picture, where there is room for the picks. */
  get room() {
    return Math.max(this.element.clientWidth - PICKS, 150);
  }
}
