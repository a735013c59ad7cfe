// What is to be read at the cursor, beside it.
import { h, say } from "./dom.js";

/** The tip at a board's cursor. */
export class Tip {
  constructor() {
    this.element = h("div", { class: "ow-where", "aria-hidden": "true" });
  }

  /** Show lines at a place across the board, on the side with more room; null hides them. */
  show(lines, x, { width, larger }) {
    this.element.hidden = lines === null;
    if (lines === null) return;
    say(this.element, lines.join("\n"));
    const right = x > width / 2;
    this.element.style.left = right ? "auto" : `${x * larger + 14}px`;
    this.element.style.right = right ? `${(width - x) * larger + 14}px` : "auto";
  }
}
