// Beside the board: the range test; for data in the plane the answers on it, too. Where there is no
// room for both, one of them is in front.
import { button, h, set } from "./dom.js";
import { Plane } from "./plane.js";
import { RangePlot } from "./rangeplot.js";

const FACES = { range: "range test", plane: "answers" };
const PICKS = 150; // pixels for the rules' picks, beside the range test
// Pixels for what stands above and below the curve, and for the tabs, for who sits far away.
const [AROUND_CURVE, AROUND_PROJECTED_CURVE, TABS] = [18, 124, 34];

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
    this.plane.show(null);
    this.#turn("range");
  }

  /**
   * Show a range test and a plane, each or null; the one that is new comes to the front. `planar`:
   * whether there is, or will be, a plane. Returns whether it takes other room than before.
   */
  show(range, plane, planar, task, peak) {
    const before = this.element.classList.contains("ow-planes");
    this.range.show(range, task, peak);
    this.element.classList.toggle("ow-planes", planar);
    if (plane !== this.planed) this.plane.show(plane);
    if (!planar || range !== this.ranged) this.#turn("range");
    else if (plane !== this.planed) this.#turn("plane");
    Object.assign(this, { planed: plane, ranged: range });
    return planar !== before;
  }

  #turn(face) {
    this.element.dataset.face = face;
    for (const one of this.faces) set(one, { "aria-pressed": String(one.dataset.face === face) });
  }

  /** Give the pictures their size; `larger` is for who sits far away. */
  fit(width, height, larger) {
    Object.assign(this.range, { width, height, larger });
    const around = larger > 1 ? AROUND_PROJECTED_CURVE : AROUND_CURVE;
    const whole = Math.round(height * larger) + around; // whatever is said in it
    this.plane.size = whole - (larger > 1 ? TABS : 2);
    this.plane.draw();
    this.element.style.setProperty("--ow-side", `${whole}px`);
  }

  /** Width of the range test's picture; `beside` it the picks have their room, or below it. */
  room(beside) {
    const seen = this.range.element.clientWidth || this.element.clientWidth;
    return Math.max(seen - (beside ? PICKS : 0), 150);
  }
}
