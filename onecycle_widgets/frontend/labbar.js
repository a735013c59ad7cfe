// The lab's buttons: range test, train, live, stop; and what is going on.
import { button, h, idle, say, set } from "./dom.js";

/** A status of the view's own, until something is changed or the trainer says another. */
export class Remark {
  /** `present()` is what it is about, as text; `show()` brings the bar in line. */
  constructor(present, show) {
    Object.assign(this, { present, show, text: "", about: null });
  }

  make(text) {
    Object.assign(this, { text, about: this.present() });
    this.show();
  }

  /** What is to be read: the remark, or else a status. */
  over(status) {
    return this.about === this.present() ? this.text : status;
  }
}

/** The bar. `onAct(what)` is told "range", "train" or "stop"; `onLive(yes)` of the box. */
export class LabBar {
  constructor(onAct, onLive) {
    this.range = button("Run the range test", () => onAct("range"), { class: "ow-act" });
    this.train = button("Train", () => onAct("train"), { class: "ow-act" });
    this.stop = button("Stop", () => onAct("stop"));
    this.live = h("input", { type: "checkbox", onchange: () => onLive(this.live.checked) });
    const title = "Train again whenever schedule or task change; none of these runs is kept.";
    const live = h("label", { class: "ow-lives", title }, this.live, " live");
    set(this.live, { "aria-label": "live: train again on every change" });
    this.status = h("span", { class: "ow-status ow-small", role: "status" });
    const acts = [this.range, this.train, live, this.stop];
    this.element = h("div", { class: "ow-bar" }, ...acts, this.status);
  }

  /** Show what is going on. */
  show({ busy, live, status, gone }) {
    for (const one of [this.range, this.train]) idle(one, gone);
    idle(this.stop, gone || busy === "");
    this.live.disabled = gone;
    this.live.checked = live;
    say(this.status, status);
    set(this.status, { title: status }); // where there is no room for all of it
    this.element.classList.toggle("ow-busy", busy !== "");
  }
}
