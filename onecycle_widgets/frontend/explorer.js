// The explorer: reads the model's traits, shows them, and writes back what a person changes.
import { Chart } from "./chart.js";
import { panel, stops } from "./controls.js";
import { cyclesOf } from "./curve.js";
import { h, say } from "./dom.js";
import { askedFor, granted, gripsOf, gripText, keyAsks } from "./grips.js";
import { Pins } from "./pins.js";
import { Presets } from "./presets.js";
import { finding, placeOf, Readouts } from "./readouts.js";
import { check, Impossible, notesOn } from "./rules.js";
import { TakeAway } from "./save.js";
import { currentSeries, mistakeIn, mistakenSeries, pinnedSeries } from "./series.js";
import { COUNTED, changed, given, MULTIPLIED, switched, toHash, traitsOf } from "./state.js";
import { TABLES } from "./tables.js";
import { general } from "./text.js";

let views = 0;

class Explorer {
  constructor(model) {
    this.model = model;
    this.uid = `ow${Date.now().toString(36)}-${views++}`;
    this.hovered = null;
    this.budgets = [];
    const wanted = model.get("controls");
    this.wants = (name) => !wanted || wanted.includes(name);
    this.chart = new Chart(this.uid, {
      hover: (step) => this.hover(step),
      // A click's place is rounded to whole pixels; the step shown is the one that was hovered.
      pick: (step) => this.set({ step: this.hovered ?? step }),
      pull: (grip, wanted) => this.#ask(grip, askedFor(grip, this.cycles, wanted)),
      key: (grip, key) => this.#press(grip, key),
      letGo: () => this.update(),
    });
    const { rows, groups } = panel(this.uid, this.wants, (name, value) =>
      this.set(changed(this.model, name, value)),
    );
    this.rows = rows;
    this.readouts = new Readouts((share) => this.set({ pct_start: share }));
    this.pins = new Pins(
      () => this.set({ pins: Pins.added(this.model.get("pins"), this.policy) }),
      (i) => this.set(traitsOf(check(this.model.get("pins")[i]))),
      (i) => this.set({ pins: this.model.get("pins").filter((_, other) => other !== i) }),
    );
    this.takeAway = new TakeAway(this.wants, this.chart.svg, () => this.link());
    this.element = this.#layout(groups);
    // Something valid to show should the state be impossible from the start (a link can be).
    this.policy = check(given({ get: (name) => model.get("_start")[name] }));
    this.update();
  }

  #layout(groups) {
    this.title = h("p", { class: "ow-finding", id: `${this.uid}-finding` });
    this.chart.image.setAttribute("aria-labelledby", this.title.id);
    this.cursor = h("input", {
      type: "range",
      class: "ow-step",
      min: 0,
      step: 1,
      "aria-label": "step",
      title: "Move the cursor through the cycle (arrow keys).",
      oninput: () => this.set({ step: Number(this.cursor.value) }),
    });
    this.where = h("p", { class: "ow-where" });
    this.stopped = h("p", { class: "ow-stopped", role: "status" });
    this.looks = ["log_rate", "once_per_epoch"].filter(this.wants).map((name) => this.#look(name));
    this.mistake = h("p", { class: "ow-mistake" });
    const figure = h(
      "div",
      { class: "ow-figure" },
      this.title,
      this.chart.svg,
      this.cursor,
      this.where,
      this.stopped,
    );
    const looks = h(
      "div",
      { class: "ow-looks" },
      ...this.looks.map(({ element }) => element),
      this.mistake,
    );
    const parts = [
      looks,
      this.wants("readouts") ? this.readouts.element : null,
      this.wants("pins") ? this.pins.element : null,
    ];
    this.notes = h("p", { class: "ow-notes", role: "status" });
    this.elsewhere = h("p", { class: "ow-problem", role: "alert" });
    if (this.wants("total_steps") && this.wants("epochs")) {
      groups[0].querySelector("legend").after(this.#budget());
    }
    if (this.wants("presets")) {
      const reset = () => this.set(this.model.get("_start"));
      this.presets = new Presets(this.uid, (traits) => this.set(traits), reset);
    }
    const presets = this.presets ? [this.presets.element] : [];
    const heading = groups.length
      ? [h("div", { class: "ow-heading", "aria-hidden": "true" }, "default")]
      : [];
    const upper = [...presets, ...heading, ...groups];
    const controls = h(
      "div",
      { class: "ow-controls" },
      ...upper,
      this.elsewhere,
      this.notes,
      this.presets?.source ?? "",
    );
    const more = h("div", { class: "ow-more" }, ...parts.filter(Boolean));
    const parting = this.wants("code") || this.wants("save") ? [this.takeAway.element] : [];
    const grid = { class: upper.length ? "ow-grid" : "ow-grid ow-alone" };
    const right = h("div", { class: "ow-right" }, controls, ...parting);
    const inside = h("div", grid, figure, right, more);
    return h("div", { class: "ow onecycle-explorer" }, inside);
  }

  #budget() {
    const texts = { [COUNTED]: "count steps", [MULTIPLIED]: "epochs × steps_per_epoch" };
    const choices = Object.entries(texts).map(([value, text]) => {
      const onchange = () =>
        this.set(switched(value, this.policy, this.model.get("steps_per_epoch")));
      const field = h("input", { type: "radio", name: `${this.uid}-budget`, value, onchange });
      return h("label", {}, field, ` ${text}`);
    });
    this.budgets = choices.map((choice) => choice.querySelector("input"));
    return h(
      "div",
      { class: "ow-budget", role: "radiogroup", "aria-label": "what counts" },
      ...choices,
    );
  }

  #look(name) {
    const texts = {
      log_rate: "log rate axis",
      once_per_epoch: "stepped once per epoch by mistake",
    };
    const field = h("input", {
      type: "checkbox",
      onchange: () => this.set({ [name]: field.checked }),
    });
    return { name, field, element: h("label", {}, field, ` ${texts[name]}`) };
  }

  /** Where the static page shows the present state. */
  link() {
    return this.model.get("page") + toHash(this.model, this.policy);
  }

  /** Change traits: the view follows in this frame; the kernel is told after it is painted. */
  set(values) {
    this.setting = true;
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.setting = false;
    this.update();
    if (this.telling) return;
    this.telling = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.telling = false;
        this.model.save_changes();
      }),
    );
  }

  /** Change what a handle asks for, as far as it can be; what stops it is said. */
  #ask(grip, asked) {
    const { traits, problem } = granted(this.policy, asked, grip.group, this.chart.least);
    say(this.stopped, problem && `Stopped: ${problem}.`);
    // What the controls say meanwhile may be impossible; the hand holds the curve that is shown.
    this.set(this.problem ? { ...traitsOf(this.policy), ...traits } : traits);
  }

  /** A key on a handle; whether it was one of the handle's. */
  #press(grip, key) {
    const spec = (name) => TABLES.parameters.find((one) => one.name === name);
    const asked = keyAsks(grip, this.policy, key, (name) => stops(spec(name)));
    if (asked) this.#ask(grip, asked);
    return asked !== null;
  }

  heard() {
    if (!this.setting) this.update();
  }

  /** Bring everything in line with the model; an impossible state leaves the last good picture. */
  update() {
    this.problem = null;
    try {
      this.policy = check(given(this.model));
    } catch (problem) {
      if (!(problem instanceof Impossible)) throw problem;
      this.problem = problem;
    }
    this.#showControls();
    this.cycles = cyclesOf(this.policy);
    const [cycle] = this.cycles;
    const title = finding(cycle);
    say(this.title, title);
    this.cursor.max = cycle.steps - 1;
    this.takeAway.show(this.policy, title);
    this.readouts.show(cycle);
    const scene = this.#scene(cycle);
    this.chart.draw(scene);
    this.point();
    if (scene.series.length !== this.drawn) this.#stick();
    this.drawn = scene.series.length;
  }

  #showControls() {
    const { model, policy, problem } = this;
    const counted = model.get("budget") === COUNTED;
    for (const row of this.rows) {
      const { name } = row;
      const idle =
        (name === "epochs" && counted) ||
        (name === "total_steps" && !counted) ||
        (/^(base|max)_momentum$/.test(name) && model.get("cycle_momentum") === false);
      const following = name === "epochs" && counted; // shows how many epochs the steps make
      const epochs = Number(general(policy.total_steps / this.epoch, 4));
      row.show(following ? epochs : model.get(name), !idle, problem);
    }
    for (const field of this.budgets) field.checked = field.value === model.get("budget");
    for (const { name, field } of this.looks) field.checked = model.get(name);
    const shown = this.rows.some(({ name }) => name === problem?.parameter);
    const elsewhere = problem && !shown ? problem.message : "";
    say(this.elsewhere, elsewhere);
    const notes = problem
      ? ""
      : notesOn(policy)
          .map((note) => `Note: ${note}. `)
          .join("");
    say(this.notes, notes);
    this.presets?.show(policy);
  }

  #scene(cycle) {
    const { own, pinned } = this.pins.show(this.model.get("pins"), this.policy);
    const mistaken = this.model.get("once_per_epoch");
    say(this.mistake, mistaken ? mistakeIn(cycle, this.epoch) : "");
    return {
      series: [
        ...currentSeries(this.cycles, own),
        ...(mistaken ? [mistakenSeries(cycle, this.epoch)] : []),
        ...pinnedSeries(pinned),
      ],
      log: this.model.get("log_rate"),
      grips: gripsOf(this.cycles, this.wants).map((grip) => ({
        ...grip,
        text: gripText(grip, this.policy),
      })),
    };
  }

  /** Batches in an epoch, as far as the controls say so. */
  get epoch() {
    const each = this.policy.steps_per_epoch ?? this.model.get("steps_per_epoch");
    return Number.isInteger(each) && each > 0 ? each : this.policy.total_steps;
  }

  hover(step) {
    this.hovered = step;
    this.point();
  }

  /** Show the cursor: where the pointer is, else where the step slider stands. */
  point() {
    const [cycle] = this.cycles;
    const inside = (step) => Math.min(Math.max(step, 0), cycle.steps - 1);
    const set = inside(this.model.get("step"));
    const step = inside(this.hovered ?? set);
    const at = (one) => placeOf(this.cycles, one, this.epoch);
    this.chart.point(step);
    this.cursor.value = set;
    this.cursor.setAttribute("aria-valuetext", at(set));
    say(this.where, at(step));
  }

  /** On a phone the figure stays on top while the controls scroll, if that leaves room for them. */
  #stick() {
    const figure = this.chart.svg.parentElement;
    const height = figure.offsetHeight;
    figure.classList.toggle("ow-sticky", height < 0.6 * window.innerHeight);
    // What gets the focus is scrolled to below the figure, not under it.
    this.element.style.setProperty("--ow-top", `${height}px`);
  }

  /** Fit the chart to its column. */
  resize() {
    const width = Math.round(this.chart.svg.parentElement.clientWidth);
    if (width === 0 || width === this.chart.width) return;
    this.chart.width = Math.max(width, 200);
    this.update();
    this.#stick();
  }
}

/** anywidget's entry: show a model in an element; the return value cleans up. */
export function render({ model, el }) {
  const explorer = new Explorer(model);
  el.append(explorer.element);
  const hear = () => explorer.heard();
  model.on("change", hear);
  const watch = new ResizeObserver(() => explorer.resize());
  watch.observe(explorer.chart.svg.parentElement);
  explorer.resize();
  return () => {
    watch.disconnect();
    model.off("change", hear);
  };
}
