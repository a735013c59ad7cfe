// What the explorer, the surface and the lab have in common: each tells a model, hears of it, and
// takes changes back.
import { stops } from "./controls.js";
import { say } from "./dom.js";
import { keyAsks } from "./grips.js";
import { wayOf } from "./memory.js";
import { TABLES } from "./tables.js";

/**
 * A view of a model. Of its own each has `telling`, `memory`, `policy`, its controls as `rows`, the
 * line `gone`, `update()`, and `ask(grip, asked)` for what a handle asks for.
 */
export class View {
  /** What is known of its controls. */
  get specs() {
    return TABLES.parameters;
  }

  /** Change traits. `who` names the control: what one does without a pause is undone together. */
  set(values, who = null) {
    this.telling.set(values, who);
  }

  /** A key on a handle; whether it was one of the handle's. */
  press(grip, key) {
    const spec = (name) => this.specs.find((one) => one.name === name);
    const asked = keyAsks(grip, this.policy, key, (name) => stops(spec(name)));
    if (asked) this.ask(grip, asked);
    return asked !== null;
  }

  /** Back or forth to a state of the memory, if there is one. */
  goTo(state) {
    if (state !== null) this.set(JSON.parse(state));
  }

  /** What `drop()` takes back in a field where something is typed and not yet entered. */
  typedIn(field) {
    return this.rows.find((row) => row.field === field && row.typing);
  }

  /** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y); first goes what is typed and not yet entered. */
  keyed(event) {
    const way = wayOf(event);
    if (way === null) return;
    event.preventDefault();
    event.stopPropagation();
    const typed = this.typedIn(event.target);
    if (typed) typed.drop();
    else this.goTo(this.memory[way]());
  }

  heard() {
    if (!this.telling.heard()) return;
    say(this.gone, ""); // somebody spoke
    this.update();
  }

  /** Nobody hears any more; what the browser can do by itself, it still does. */
  left() {
    say(this.gone, TABLES.messages.gone);
  }
}
