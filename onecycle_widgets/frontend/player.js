// Play: the cursor runs through the cycle by itself.
import { button, set } from "./dom.js";

const LASTS = 8000; // ms, whatever the cycle's length

/** The step after some time, from where it started; the last one when it is over. */
export function playedTo(elapsed, start, last) {
  return Math.min(start + Math.floor((elapsed / LASTS) * (last + 1)), last);
}

/** The button. `where()` gives the present and the last step, `onStep(step)` moves the cursor. */
export class Player {
  constructor(where, onStep) {
    Object.assign(this, { where, onStep, playing: false });
    this.element = button("", () => (this.playing ? this.stop() : this.#start()), {
      class: "ow-play",
    });
    this.#show();
  }

  #show() {
    this.element.textContent = this.playing ? "❚❚" : "▶";
    const name = this.playing ? "Pause" : "Play";
    set(this.element, { "aria-label": name, title: `${name}: the cursor runs through the cycle.` });
  }

  #start() {
    const { step, last } = this.where();
    const from = step >= last ? 0 : step;
    let began = null;
    this.playing = true;
    this.#show();
    const frame = (now) => {
      if (!this.playing) return;
      began ??= now;
      const at = playedTo(now - began, from, this.where().last);
      this.onStep(at);
      if (at < this.where().last && this.element.isConnected) requestAnimationFrame(frame);
      else this.stop();
    };
    requestAnimationFrame(frame);
  }

  stop() {
    this.playing = false;
    this.#show();
    this.onStep(this.where().step); // the tip goes
  }
}
