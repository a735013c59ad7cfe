// The handles on the curve: sliders for mouse, finger and keyboard.
import { MARK, s, say, set } from "./dom.js";
import { gripHelp } from "./grips.js";

const REACH = 13; // pixels around a handle that are the handle's: a finger needs 24 in all

/**
 * A layer of handles. `placed(event)` says where in the picture something happens; `hand` is told
 * of it: take(), pull(grip, place), key(grip, key), letGo(). A handle that is pulled stays the
 * same element, whatever the picture does meanwhile.
 */
export class Handles {
  constructor(placed, hand) {
    this.placed = placed;
    this.hand = hand;
    this.layer = s("g", { class: "ow-handles" });
    this.known = new Map();
  }

  /** Show grips; `placeOf(grip)` is where they lie. */
  show(grips, placeOf) {
    const names = new Set(grips.map(({ name }) => name));
    for (const [name, { element }] of this.known) {
      if (names.has(name)) continue;
      element.remove();
      this.known.delete(name);
    }
    for (const grip of grips) this.#one(grip.name).show(grip, ...placeOf(grip));
  }

  #one(name) {
    if (!this.known.has(name)) {
      const handle = new Handle(this.placed, this.hand);
      this.known.set(name, handle);
      this.layer.append(handle.element);
    }
    return this.known.get(name);
  }
}

class Handle {
  constructor(placed, hand) {
    this.placed = placed;
    this.hand = hand;
    this.help = s("title");
    this.element = s(
      "g",
      { class: "ow-handle", role: "slider", tabindex: 0, ...MARK },
      this.help,
      s("circle", { class: "ow-reach", r: REACH }),
      s("circle", { class: "ow-knob", r: 7 }),
    );
    const on = (names, listener) => {
      for (const name of names) this.element.addEventListener(name, listener.bind(this));
    };
    on(["pointerdown"], this.#taken);
    on(["pointermove"], this.#pulled);
    on(["pointerup", "pointercancel"], this.#letGo);
    // Without this a finger scrolls the page: touch-action alone does not reach parts of an SVG.
    const stay = (event) => event.preventDefault();
    this.element.addEventListener("touchstart", stay, { passive: false });
    on(["keydown"], this.#pressed);
    on(["click"], (event) => event.stopPropagation()); // does not move the cursor
  }

  show(grip, x, y) {
    Object.assign(this, { grip, x, y });
    const ways = grip.x && grip.y ? "ow-both" : grip.x ? "ow-across" : "ow-up";
    set(this.element, {
      class: `ow-handle ${ways}`,
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
      "aria-label": grip.name,
      "aria-valuetext": grip.text,
      "aria-valuenow": grip.value.toFixed(9), // the rules know no exponent
      "aria-orientation": grip.y ? "vertical" : "horizontal",
    });
    say(this.help, gripHelp(grip));
  }

  #taken(event) {
    if (event.button !== 0) return;
    event.preventDefault(); // no selection of texts; so the focus has to be asked for
    event.stopPropagation();
    this.element.setPointerCapture(event.pointerId);
    this.element.focus({ preventScroll: true });
    const { x, y } = this.placed(event);
    // Where within the handle it was taken: it does not jump below the pointer.
    this.from = { dx: this.x - x, dy: this.y - y, grip: this.grip, y };
    this.hand.take();
  }

  #pulled(event) {
    if (!this.from) return;
    event.stopPropagation();
    const { x, y } = this.placed(event);
    const { dx, dy, grip, y: start } = this.from;
    const to = { x: x + dx, y: y + dy, up: start - y, quantity: grip.quantity };
    if (x === this.x - dx && y === start && !this.moved) return;
    this.moved = true;
    this.hand.pull(grip, to);
  }

  #letGo(event) {
    if (!this.from) return;
    event.stopPropagation();
    this.from = null;
    this.moved = false;
    this.hand.letGo();
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.hand.key(this.grip, event.key)) event.preventDefault();
  }
}
