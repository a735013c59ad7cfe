// Project: the whole screen for the curve, for who stands before a class.
import { button, set } from "./dom.js";

// Pixels for what stands above and below the curve: on a phone that lies, without the controls.
const [AROUND, AROUND_LYING, LYING, LEAST_ROOM] = [268, 120, 500, 220];

/** The button. `onChange()` is told when the view has grown or shrunk. */
export class Project {
  constructor(onChange) {
    this.onChange = onChange;
    this.on = false;
    this.element = button("", () => (this.on ? this.leave() : this.#enter()), {
      class: "ow-project-button",
    });
    this.#show();
  }

  /** How many times as large as usual the picture is: as its style says of such a window. */
  get larger() {
    return this.on ? Number(getComputedStyle(this.root).getPropertyValue("--ow-larger")) : 1;
  }

  /** How high the curve may be, in pixels. */
  get room() {
    const tall = window.innerHeight;
    return Math.max(tall - (tall < LYING ? AROUND_LYING : AROUND), LEAST_ROOM);
  }

  /** Follow the browser's own ways out; returns what ends that. */
  follow(root) {
    this.root = root;
    const changed = () => this.on && document.fullscreenElement !== root && this.#set(false);
    const keyed = (event) => this.on && event.key === "Escape" && this.leave();
    const sized = () => this.on && this.onChange();
    document.addEventListener("fullscreenchange", changed);
    root.addEventListener("keydown", keyed);
    window.addEventListener("resize", sized);
    return () => {
      document.removeEventListener("fullscreenchange", changed);
      window.removeEventListener("resize", sized);
    };
  }

  async #enter() {
    this.#set(true);
    // Where a page may not have the whole screen, it has the whole window.
    await this.root.requestFullscreen?.().catch(() => null);
  }

  leave() {
    if (document.fullscreenElement === this.root) document.exitFullscreen();
    this.#set(false);
  }

  #set(on) {
    this.on = on;
    this.root.classList.toggle("ow-project", on);
    this.#show();
    this.onChange();
  }

  #show() {
    this.element.textContent = this.on ? "Leave (Esc)" : "Project";
    const title = "The curve on the whole screen, for a class; Escape leaves.";
    set(this.element, { "aria-pressed": String(this.on), title });
  }
}
