// Known cycles to choose from, with their sources, and the way back to the start.
import { button, h, say } from "./dom.js";
import { presetOf, presetTraits } from "./state.js";
import { TABLES } from "./tables.js";

/** The choice of presets. `onChange(traits)` tells of a chosen one, `onReset()` of a reset. */
export class Presets {
  constructor(uid, onChange, onReset) {
    const none = h("option", { value: "" }, "(your own)");
    const known = Object.keys(TABLES.presets).map((name) => h("option", { value: name }, name));
    const chosen = () => this.field.value && onChange(presetTraits(this.field.value));
    const id = `${uid}-preset`;
    this.field = h("select", { id, onchange: chosen }, none, ...known);
    this.source = h("p", { class: "ow-small ow-source" });
    const back = { title: "Back to where this explorer started; pins stay." };
    const label = h("label", { for: id }, "preset");
    const reset = button("Reset", onReset, back);
    this.element = h("div", { class: "ow-presets" }, label, this.field, reset);
  }

  show(policy) {
    const preset = presetOf(policy) ?? "";
    this.field.value = preset;
    say(this.source, preset ? `Source: ${TABLES.presets[preset].source}.` : "");
  }
}
