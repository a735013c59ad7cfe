// Predict first: the curve is hidden until the reader has said where its peak will be.
import { button, h, say } from "./dom.js";
import { TABLES } from "./tables.js";
import { fill } from "./text.js";

/** The question, in words. */
export function questionOf(ask) {
  return TABLES.messages.asked[ask];
}

/** What is said to the guess, and a way to see the curve without one (or without a mouse). */
export class Prediction {
  constructor(onShow) {
    this.text = h("span", { role: "status" });
    this.button = button("Show the curve", onShow);
    this.element = h("p", { class: "ow-predict" }, this.text, " ", this.button);
  }

  /** Wait for a guess, or answer one of [step, rate]; [] is none. */
  show(ask, guess, cycle) {
    const { peak } = cycle;
    const found = { peak, top: cycle.lr(peak) };
    const [step, rate] = guess ?? [];
    const { asked } = TABLES.messages;
    const told = guess?.length
      ? fill(asked.told, { ...found, step, rate })
      : fill(asked.seen, found);
    this.element.hidden = !ask;
    this.button.hidden = guess !== null;
    say(this.text, guess === null ? "" : told);
  }
}
