// One row for each parameter: label, slider, field, unit and default; a message below it.
import { h, say, set } from "./dom.js";
import { GROUPED, LISTED } from "./policy.js";
import { TABLES } from "./tables.js";
import { parse, shown } from "./text.js";

/** The values a slider stops at: round ones, each different from the one before. */
export function stops({ kind, low, high }) {
  if (kind === "linear") {
    const hundredths = Math.round(high * 100);
    const even = Array.from({ length: hundredths + 1 }, (_, i) => i / 100);
    return [...even.filter((value) => value < high), high];
  }
  const found = [];
  const decades = Math.round(Math.log10(high / low));
  for (let i = 0; i <= decades * 20; i++) {
    const value = Number((low * 10 ** (i / 20)).toPrecision(2));
    const whole = kind === "steps" ? Math.round(value) : value;
    if (whole !== found.at(-1)) found.push(whole);
  }
  return found;
}

/** A parameter's row. `onChange(name, value)` tells of a person's change. */
export class Row {
  constructor(spec, uid, onChange) {
    this.spec = spec;
    this.name = spec.name;
    const id = `${uid}-${spec.name}`;
    this.tell = (value) => onChange(spec.name, value);
    this.problem = h("p", { class: "ow-problem", role: "alert", id: `${id}-problem` });
    const about = { "aria-describedby": `${id}-tip ${id}-problem` };
    const label = h("label", { for: id }, spec.name);
    const tip = h("span", { class: "ow-tip", id: `${id}-tip` }, spec.tip);
    const hint = h("span", { class: "ow-default" }, ...hintOf(spec));
    const parts = this[spec.kind === "flag" || spec.kind === "choice" ? spec.kind : "typed"](
      id,
      about,
    );
    this.element = h(
      "div",
      { class: `ow-row ow-${spec.kind}${spec.large ? " ow-large" : ""}`, title: spec.tip },
      label,
      ...parts,
      hint,
      tip,
      this.problem,
    );
  }

  flag(id, about) {
    const changed = () => this.tell(this.field.checked);
    this.field = h("input", { type: "checkbox", id, ...about, onchange: changed });
    return [this.field];
  }

  choice(id, about) {
    const options = this.spec.options.map((value) => h("option", { value }, value));
    const changed = () => this.tell(this.field.value);
    this.field = h("select", { id, ...about, onchange: changed }, ...options);
    return [this.field];
  }

  typed(id, about) {
    this.stops = stops(this.spec);
    this.slider = h("input", {
      type: "range",
      min: 0,
      max: this.stops.length - 1,
      step: 1,
      "aria-label": `${this.name} slider`,
      ...about,
      oninput: () => this.tell(this.stops[this.slider.value]),
    });
    const listed = LISTED.includes(this.name);
    const grouped = GROUPED.includes(this.name);
    const commit = () => {
      this.seen = undefined; // write the value anew, in its usual form
      this.tell(parse(this.field.value, { listed, grouped }));
    };
    this.field = h("input", {
      type: "text",
      id,
      inputmode: listed ? "text" : "decimal",
      autocomplete: "off",
      spellcheck: "false",
      ...about,
      onchange: commit,
      // In JupyterLab, Enter does not fire the change event.
      onkeydown: (event) => event.key === "Enter" && commit(),
    });
    return [this.slider, this.field];
  }

  /** Whether something is typed that has not been entered. */
  get typing() {
    return this.stops !== undefined && this.field.value !== shown(this.seen);
  }

  drop() {
    this.field.value = shown(this.seen);
  }

  /** Show a value, whether it can be set now, and what is wrong with it. */
  show(value, enabled, problem) {
    const text = problem?.parameter === this.name ? problem.message : "";
    say(this.problem, text);
    set(this.field, { "aria-invalid": String(text !== "") });
    this.field.disabled = !enabled;
    if (this.slider) this.slider.disabled = !enabled || typeof value !== "number";
    if (this.seen === value) return;
    this.seen = value;
    if (this.spec.kind === "flag") this.field.checked = value === true;
    else this.field.value = shown(value);
    if (!this.slider || typeof value !== "number") return;
    this.slider.value = nearest(this.stops, value, this.spec.kind === "linear");
    this.slider.setAttribute("aria-valuetext", shown(value));
  }
}

/**
 * Torch's default, or else the unit. Where there is no room for the word in every line it stands
 * once, above them all, beside max_lr, which has neither.
 */
function hintOf({ unit, default: value }) {
  if (value === undefined) {
    return [unit || h("span", { class: "ow-heading", "aria-hidden": "true" }, "default")];
  }
  const shownAs = typeof value === "boolean" ? (value ? "on" : "off") : String(value);
  return [h("span", { class: "ow-word" }, "default "), shownAs];
}

function nearest(values, value, linear) {
  const place = linear ? (x) => x : (x) => Math.log(Math.max(x, Number.MIN_VALUE));
  const distances = values.map((stop) => Math.abs(place(stop) - place(value)));
  return distances.indexOf(Math.min(...distances));
}

/** All rows that are wanted, in groups. */
export function panel(uid, wanted, onChange) {
  const rows = TABLES.parameters
    .filter(({ name }) => wanted(name))
    .map((spec) => new Row(spec, uid, onChange));
  const names = [...new Set(rows.map(({ spec }) => spec.group))];
  const groups = names.map((group) => {
    const members = rows.filter(({ spec }) => spec.group === group).map(({ element }) => element);
    return h(
      "fieldset",
      { class: "ow-group", "data-group": group },
      h("legend", {}, group),
      ...members,
    );
  });
  return { rows, groups };
}
