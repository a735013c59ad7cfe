// The explorer: reads the model's traits, shows them, and writes back what a person changes.
import { Chart } from "./chart.js";
import { panel } from "./controls.js";
import { cyclesOf, groupsOf } from "./curve.js";
import { h, say } from "./dom.js";
import { askedFor, granted, gripsOf, gripText } from "./grips.js";
import { budgetOf, lookOf } from "./looks.js";
import { Memory } from "./memory.js";
import { mounted } from "./mount.js";
import { Pins } from "./pins.js";
import { Player } from "./player.js";
import { Prediction, questionOf } from "./predict.js";
import { Presets } from "./presets.js";
import { Project } from "./project.js";
import { finding, placeOf, Readouts } from "./readouts.js";
import { check, checkTyped, Impossible, notesOn } from "./rules.js";
import { TakeAway } from "./save.js";
import { currentSeries, MOST_GROUPS, mistakeIn, mistakenSeries, pinnedSeries } from "./series.js";
import { COUNTED, changed, given, remembered, switched, toHash, traitsOf } from "./state.js";
import { Sticky } from "./sticky.js";
import { TABLES } from "./tables.js";
import { Telling } from "./telling.js";
import { fill, general } from "./text.js";
import { Tip } from "./tip.js";
import { View } from "./view.js";

const FEW = 3; // controls that fit below the figure
let views = 0;

class Explorer extends View {
  constructor(model) {
    super();
    this.model = model;
    this.uid = `ow${Date.now().toString(36)}-${views++}`;
    this.hovered = null;
    this.telling = new Telling(model, (who) => this.update(who));
    this.budgets = [];
    const wanted = model.get("controls");
    this.wants = (name) => !wanted || wanted.includes(name);
    this.chart = new Chart(this.uid, {
      hover: (step) => this.hover(step),
      // A click's place is rounded to whole pixels; the step shown is the one that was hovered.
      pick: (step, value) => {
        if (this.asking) this.set({ guess: [step, value] });
        else this.set({ step: this.hovered ?? step });
      },
      take: () => this.memory.close(),
      pull: (grip, wanted) => this.ask(grip, askedFor(grip, this.cycles, wanted)),
      key: (grip, key) => this.press(grip, key),
      letGo: () => {
        this.memory.close(); // the next pull is a change of its own
        this.update();
      },
    });
    const { rows, groups } = panel(this.uid, this.wants, (name, value) =>
      this.set(changed(this.model, name, value), name),
    );
    this.memory = new Memory(remembered(model));
    this.rows = rows;
    this.readouts = new Readouts((share) => this.set({ pct_start: share }));
    this.pins = new Pins(
      (rival) => this.set({ pins: Pins.added(this.model.get("pins"), this.policy, rival) }),
      (i) => this.set(traitsOf(check(this.model.get("pins")[i]))),
      (i) => this.set({ pins: this.model.get("pins").filter((_, other) => other !== i) }),
    );
    this.project = new Project(() => this.resize());
    this.prediction = new Prediction(() => this.set({ guess: [] }));
    const chosen = (framework) => this.set({ framework });
    this.takeAway = new TakeAway(this.wants, () => this.link(), chosen);
    this.element = this.#layout(groups);
    this.sticky = new Sticky(this.element, this.figure);
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
      onfocus: () => this.point(),
      onblur: () => this.point(),
    });
    this.tip = new Tip(); // what the cursor's slider says of itself, for the eye
    this.player = new Player(
      () => ({ step: this.step, last: this.cycles[0].steps - 1 }),
      (step) => this.set({ step }),
    );
    this.stopped = h("p", { class: "ow-stopped", role: "status" });
    this.looks = ["log_rate", "once_per_epoch"]
      .filter(this.wants)
      .map((name) => lookOf(name, (values) => this.set(values)));
    this.mistake = h("p", { class: "ow-mistake" });
    this.figure = h(
      "div",
      { class: "ow-figure" },
      h(
        "div",
        { class: "ow-top" },
        this.title,
        this.wants("project") ? this.project.element : null,
      ),
      this.prediction.element,
      h("div", { class: "ow-stage" }, this.chart.svg, this.tip.element, this.stopped),
      h("div", { class: "ow-time" }, this.player.element, this.cursor),
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
      const choose = (value) =>
        this.set(switched(value, this.policy, this.model.get("steps_per_epoch")));
      const { element, fields } = budgetOf(this.uid, choose);
      this.budgets = fields;
      groups[0].querySelector("legend").after(element);
    }
    if (this.wants("presets")) {
      const back = {
        reset: () => this.set(this.model.get("_start")),
        undo: () => this.goTo(this.memory.undo()),
        redo: () => this.goTo(this.memory.redo()),
      };
      this.presets = new Presets(this.uid, (traits) => this.set(traits), back);
    }
    const presets = this.presets ? [this.presets.element] : [];
    const upper = [...presets, ...groups];
    const controls = h(
      "div",
      { class: "ow-controls" },
      this.presets?.source ?? "", // the others share its place, and cover it
      ...upper,
      this.elsewhere,
      this.notes,
    );
    const more = h("div", { class: "ow-more" }, ...parts.filter(Boolean));
    const parting = this.wants("code") || this.wants("save") ? [this.takeAway.element] : [];
    // Beside a few controls the figure would have less width than there is.
    const few = this.rows.length <= FEW && !this.wants("presets");
    const grid = { class: few ? "ow-grid ow-alone" : "ow-grid" };
    const right = h("div", { class: "ow-right" }, controls, ...parting);
    const inside = h("div", grid, this.figure, right, more);
    const onkeydown = (event) => this.keyed(event);
    this.gone = h("p", { class: "ow-problem ow-gone", role: "alert" });
    return h("div", { class: "ow onecycle-explorer", onkeydown }, this.gone, inside);
  }

  /** Where the static page shows the present state. */
  link() {
    return this.model.get("page") + toHash(this.model, this.policy);
  }

  /** Change what a handle asks for, as far as it can be; what stops it is said. */
  ask(grip, asked) {
    const { traits, problem } = granted(this.policy, asked, grip.group, this.chart.least);
    say(this.stopped, problem && `Stopped: ${problem}.`);
    // What the controls say meanwhile may be impossible; the hand holds the curve that is shown.
    this.set(this.problem ? { ...traitsOf(this.policy), ...traits } : traits, grip.name);
  }

  /** Bring everything in line with the model; an impossible state leaves the last good picture. */
  update(who = null) {
    // A pull is one change, however long it takes.
    const at = this.chart.held ? 0 : performance.now();
    this.memory.note(remembered(this.model), who, at);
    this.problem = null;
    try {
      checkTyped(given(this.model));
      this.policy = check(given(this.model));
    } catch (problem) {
      if (!(problem instanceof Impossible)) throw problem;
      this.problem = problem;
    }
    this.#showControls();
    this.cycles = cyclesOf(this.policy, MOST_GROUPS);
    const [cycle] = this.cycles;
    const title = finding(cycle);
    say(this.title, this.asking ? questionOf(this.model.get("ask")) : title);
    this.prediction.show(this.model.get("ask"), this.model.get("guess") ?? null, cycle);
    this.element?.classList.toggle("ow-asking", this.asking);
    this.cursor.max = cycle.steps - 1;
    this.readouts.show(cycle);
    const scene = this.#scene(cycle);
    this.takeAway.show(this.policy, this.model.get("framework"), { ...scene, title });
    this.chart.draw(scene);
    this.point();
    if (scene.series.length !== this.drawn) this.sticky.stick();
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
    say(this.elsewhere, elsewhere || (model.get("refused") ?? ""));
    const groups = groupsOf(policy);
    const drawn = { groups, most: MOST_GROUPS };
    const all = [
      ...(groups > MOST_GROUPS ? [fill(TABLES.messages.drawn, drawn)] : []),
      ...notesOn(policy),
    ];
    say(this.notes, problem ? "" : all.map((note) => `Note: ${note}. `).join(""));
    this.presets?.show(policy, this.memory);
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
      hidden: this.asking,
      guess: this.model.get("ask") ? this.model.get("guess") : null,
      grips: (this.asking ? [] : gripsOf(this.cycles, this.wants)).map((grip) => ({
        ...grip,
        text: gripText(grip, this.policy),
      })),
    };
  }

  /** Whether the reader has yet to say where the peak will be. */
  get asking() {
    return Boolean(this.model.get("ask")) && !this.model.get("guess");
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

  /** Where the cursor stands, inside the cycle. */
  get step() {
    return this.#inside(this.model.get("step"));
  }

  #inside(step) {
    return Math.min(Math.max(step, 0), this.cycles[0].steps - 1);
  }

  /** Show the cursor: where the pointer is, else where the step slider stands. */
  point() {
    const { step: set } = this;
    const step = this.#inside(this.hovered ?? set);
    const lines = (one) => placeOf(this.cycles, one, this.epoch);
    const { x, low } = this.chart.point(step);
    this.cursor.value = set;
    this.cursor.setAttribute("aria-valuetext", lines(set).join(" · "));
    // The tip stands where there is something to look at: the pointer, the focus, the play.
    const looked = this.player.playing || document.activeElement === this.cursor;
    const seen = !this.asking && (this.hovered !== null || looked);
    this.tip.show(seen ? lines(step) : null, x, this.chart, low);
  }

  /** Fit the chart to its column, or to the whole screen. */
  resize() {
    const { chart, figure, project } = this;
    const { larger } = project;
    const width = Math.max(Math.round(figure.clientWidth / larger), 200);
    const height = project.on ? Math.round(project.room / larger) : undefined;
    if (figure.clientWidth === 0 || (width === chart.width && height === chart.height)) return;
    Object.assign(chart, { width, height, larger });
    this.update();
    this.sticky.stick();
  }
}

/** anywidget's entry: show a model in an element; the return value cleans up. */
export function render({ model, el }) {
  const explorer = new Explorer(model);
  return mounted(explorer, model, el, explorer.chart.svg.parentElement);
}
