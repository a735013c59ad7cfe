// The script that repeats a run, above everything else until it is closed.
import { button, h, say } from "./dom.js";

/** A panel with code. */
export class Script {
  constructor() {
    const named = { tabindex: "0", "aria-label": "a script that repeats the run" };
    this.code = h("pre", { class: "ow-code", ...named });
    this.said = h("span", { class: "ow-small", role: "status" });
    this.copying = button("Copy script", () => this.#copied());
    this.closing = button("Close", () => this.close());
    const buttons = h("div", { class: "ow-buttons" }, this.copying, this.closing, this.said);
    const about = { class: "ow-script", role: "dialog", "aria-label": "script of a run" };
    const onkeydown = (event) => event.key === "Escape" && this.close();
    this.element = h("div", { ...about, hidden: "", onkeydown }, buttons, this.code);
  }

  /** Show a text; `copy(text)` takes it away. */
  show(text, copy) {
    this.copy = copy;
    this.before = document.activeElement;
    say(this.code, text);
    say(this.said, "");
    this.element.hidden = false;
    this.closing.focus();
  }

  close() {
    this.element.hidden = true;
    this.before?.focus();
  }

  async #copied() {
    try {
      await this.copy(this.code.textContent);
      say(this.said, "Script copied");
    } catch (problem) {
      say(this.said, `Not done: ${problem.message}`);
    }
  }
}
