// Known cycles to choose from, with their sources, and the way back to the start.
import { button, h, idle, say } from "./dom.js";
import { presetOf, presetTraits } from "./state.js";
import { TABLES } from "./tables.js";

/**
 * The choice of presets, and the ways back. `onChange(traits)` tells of a chosen one; `back` has
 * reset(), undo() and redo().
 */
export class Presets {
  constructor(uid, onChange, back) {
    const none = h("option", { value: "" }, "(your own)");
    const known = Object.keys(TABLES.presets).map((name) => h("option", { value: name }, name));
    const chosen = () => this.field.value && onChange(presetTraits(this.field.value));
    const id = `${uid}-preset`;
    this.field = h("select", { id, onchange: chosen }, none, ...known);
    this.source = h("p", { class: "ow-small ow-source" });
    const start = { title: "Back to where this explorer started; pins stay." };
    const label = h("label", { for: id }, "preset");
    const reset = button("Reset", back.reset, start);
    this.undo = button("Undo", back.undo, { title: "Take the last change back (Ctrl+Z)." });
    this.redo = button("Redo", back.redo, { title: "Make it again (Ctrl+Shift+Z)." });
    const ways = [this.undo, this.redo, reset];
    this.element = h("div", { class: "ow-presets" }, label, this.field, ...ways);
  }

  show(policy, memory) {
    idle(this.undo, !memory.past.length);
    idle(this.redo, !memory.future.length);
    const preset = presetOf(policy) ?? "";
    this.field.value = preset;
    say(this.source, preset ? `Source: ${TABLES.presets[preset].source}.` : "");
  }
}
