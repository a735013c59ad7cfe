// What stands above the surface: which one, which schedule, presets, and the ways back.
import { button, h, idle, say } from "./dom.js";
import { copy } from "./files.js";
import { SURFACES } from "./landscapes.js";
import { SCHEDULES } from "./rivals.js";
import { SIGHTS, sightOf } from "./setting.js";

/** The bar. hand: choose(name, value), sight(name), undo(), redo(), reset(), link(). */
export class Bar {
  constructor(uid, hand) {
    const surfaces = Object.values(SURFACES).map(({ name, title }) => [name, title]);
    const schedules = SCHEDULES.map((name) => [name, name]);
    const sights = Object.keys(SIGHTS).map((name) => [name, name]);
    this.surface = chooser(`${uid}-surface`, surfaces, (value) => hand.choose("surface", value));
    this.schedule = chooser(`${uid}-schedule`, schedules, (value) =>
      hand.choose("schedule", value),
    );
    const own = ["", "(your own)"];
    this.sight = chooser(`${uid}-sight`, [own, ...sights], (value) => value && hand.sight(value));
    this.undo = button("Undo", hand.undo, { title: "Take the last change back (Ctrl+Z)." });
    this.redo = button("Redo", hand.redo, { title: "Make it again (Ctrl+Shift+Z)." });
    const reset = button("Reset", hand.reset, { title: "Back to where it started; pins stay." });
    this.link = button("Copy link", () => this.#copied(hand.link()), { class: "ow-link" });
    const labelled = (text, field) =>
      h("span", { class: "ow-chosen" }, h("label", { for: field.id }, text), field);
    this.element = h(
      "div",
      { class: "ow-bar" },
      labelled("surface", this.surface),
      labelled("schedule", this.schedule),
      labelled("preset", this.sight),
      h("span", { class: "ow-back" }, this.undo, this.redo, reset, this.link),
    );
    this.look = h("p", { class: "ow-look" });
  }

  /** The button itself says what came of it, until the state is another one. */
  async #copied(link) {
    try {
      await copy(link);
      say(this.link, "Link copied");
    } catch (problem) {
      say(this.link, "Not copied");
      this.link.title = problem.message;
    }
  }

  /** Show a setting: its names, and what to look for. */
  show(setting, memory) {
    idle(this.undo, !memory.past.length);
    idle(this.redo, !memory.future.length);
    const sight = sightOf(setting);
    const shown = JSON.stringify(setting);
    if (shown !== this.shown) say(this.link, "Copy link");
    this.shown = shown;
    this.surface.value = setting.surface;
    this.schedule.value = setting.schedule;
    this.sight.value = sight ?? "";
    const { look, source } = SIGHTS[sight] ?? { look: SURFACES[setting.surface].idea, source: "" };
    say(this.look, source ? `${look} (${source})` : look);
  }
}

function chooser(id, options, onChoose) {
  const items = options.map(([value, text]) => h("option", { value }, text));
  const field = h("select", { id, onchange: () => onChoose(field.value) }, ...items);
  return field;
}
