// What is to be read at the cursor, beside it.
import { h, say } from "./dom.js";

/** The tip at the cursor of a chart or a board. */
export class Tip {
  constructor() {
    this.element = h("div", { class: "ow-where", "aria-hidden": "true" });
  }

  /**
   * Show lines at a place across the picture, on the side with more room; null hides them. `low`:
   * the curve runs above, so there is room further down.
   */
  show(lines, x, { width, larger }, low = false) {
    this.element.hidden = lines === null;
    if (lines === null) return;
    say(this.element, lines.join("\n"));
    const right = x > width / 2;
    this.element.style.left = right ? "auto" : `${x * larger + 14}px`;
    this.element.style.right = right ? `${(width - x) * larger + 14}px` : "auto";
    this.element.classList.toggle("ow-low", low);
  }
}
