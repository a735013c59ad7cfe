// The surface: balls under a schedule. Reads the model's traits, rolls, shows, and writes back.
import { Roller } from "./balls.js";
import { Bar } from "./bar.js";
import { Compared } from "./compared.js";
import { Row } from "./controls.js";
import { button, h, say } from "./dom.js";
import { momentOf, outcomeOf } from "./findings.js";
import { askedFor, granted, gripsOf, gripText } from "./grips.js";
import { SURFACES } from "./landscapes.js";
import { Memory } from "./memory.js";
import { mounted, onTheme } from "./mount.js";
import { Player } from "./player.js";
import { Relief } from "./relief.js";
import { ONE_CYCLE, steered, steeringOf } from "./rivals.js";
import { check, Impossible } from "./rules.js";
import {
  BESIDES,
  doubtOfOwn,
  fromPlain,
  keptOf,
  linkOf,
  plainOf,
  policyOn,
  settingOf,
  traitsFrom,
  traitsOfSight,
} from "./setting.js";
import { COUNTED, given, traitsOf } from "./state.js";
import { Sticky } from "./sticky.js";
import { Strips } from "./strips.js";
import { TABLES } from "./tables.js";
import { Telling } from "./telling.js";
import { View } from "./view.js";

const ROWS = TABLES.surface.controls;
const PAUSE_TO_SPEAK = 900; // ms without a change, before a screen reader is told
const JUMPS = 16; // of a play, for who wants little motion
const LOWEST = 230; // pixels of the surface's height
const HIGHEST = 430;
const ASPECT = 0.485;
let shownSoFar = 0;

class Surface extends View {
  constructor(model) {
    super();
    this.model = model;
    this.uid = `ows${Date.now().toString(36)}-${shownSoFar++}`;
    this.wrong = {}; // what was typed into a control of our own and cannot be
    this.kept = new Map(); // runs of pins
    this.roller = new Roller();
    this.telling = new Telling(model, (who) => this.update(who));
    this.memory = new Memory(keptOf(model));
    this.relief = new Relief();
    this.strips = new Strips(this.uid, {
      scrub: (step) => this.set({ step }),
      take: () => this.memory.close(),
      pull: (grip, wanted) => this.#pulled(grip, wanted),
      key: (grip, key) => this.press(grip, key),
      letGo: () => {
        this.memory.close(); // the next pull is a change of its own
        this.drawn = null;
        this.update();
      },
    });
    this.bar = new Bar(this.uid, {
      choose: (name, value) => this.#changed(name, value),
      sight: (name) => this.set(traitsOfSight(name)),
      undo: () => this.goTo(this.memory.undo()),
      redo: () => this.goTo(this.memory.redo()),
      reset: () => this.set(this.model.get("_start")),
      link: () => this.model.get("page") + linkOf(this.model, this.policy),
    });
    this.compared = new Compared(
      () => this.set({ pins: [...this.model.get("pins"), plainOf(this.setting)] }),
      (i) => this.set(traitsFrom(fromPlain(this.model.get("pins")[i]))),
      (i) => this.set({ pins: this.model.get("pins").filter((_, other) => other !== i) }),
    );
    this.rows = ROWS.map((spec) => new Row(spec, this.uid, (...told) => this.#changed(...told)));
    // Something valid to show should the state be impossible from the start.
    this.policy = check(given({ get: (name) => model.get("_start")[name] }));
    this.element = this.#layout();
    this.sticky = new Sticky(this.element, this.figure);
    this.update();
  }

  get specs() {
    return ROWS;
  }

  #layout() {
    this.title = h("p", { class: "ow-finding", id: `${this.uid}-finding` });
    this.relief.canvas.setAttribute("aria-labelledby", this.title.id);
    this.cursor = h("input", {
      type: "range",
      class: "ow-step",
      min: 0,
      step: 1,
      "aria-label": "step",
      title: "Move through the run (arrow keys).",
      oninput: () => this.set({ step: Number(this.cursor.value) }),
    });
    this.player = new Player(
      () => ({ step: this.step, last: this.run.steps }),
      (step) => this.set({ step: this.#inJumps(step) }),
    );
    const by = (steps, text, name) =>
      button(text, () => this.set({ step: this.#inside(this.step + steps) }), {
        class: "ow-by",
        "aria-label": name,
        title: name,
      });
    this.trails = h("input", {
      type: "checkbox",
      onchange: () => this.set({ trails: this.trails.checked }),
    });
    const time = h(
      "div",
      { class: "ow-time" },
      this.player.element,
      by(-1, "−1", "One step back"),
      by(1, "+1", "One step on"),
      this.cursor,
      h("label", { class: "ow-trails" }, this.trails, " trails"),
    );
    const canvas = h("div", { class: "ow-stage" }, this.relief.canvas);
    this.figure = h("div", { class: "ow-figure" }, canvas, time);
    this.moment = h("p", { class: "ow-moment" });
    this.live = h("p", { class: "ow-live", "aria-live": "polite" });
    this.stopped = h("p", { class: "ow-stopped", role: "status" });
    this.strip = h("div", { class: "ow-stage" }, this.strips.svg, this.stopped);
    this.problem = h("p", { class: "ow-problem", role: "alert" });
    this.gone = h("p", { class: "ow-problem ow-gone", role: "alert" });
    const rows = this.rows.map(({ element }) => element);
    const grid = h(
      "div",
      { class: "ow-ground" },
      h("div", { class: "ow-head" }, this.title, this.bar.element, this.bar.look),
      this.figure,
      h("div", { class: "ow-strips" }, this.strip, this.moment),
      h("div", { class: "ow-set" }, ...rows, this.problem),
      this.compared.element,
    );
    const onkeydown = (event) => this.keyed(event);
    return h("div", { class: "ow onecycle-surface", onkeydown }, this.gone, grid, this.live);
  }

  /** Change traits. `who` names the control: what one does without a pause is undone together. */
  set(values, who = null) {
    super.set(values, who);
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => say(this.live, this.#spoken()), PAUSE_TO_SPEAK);
  }

  #spoken() {
    const atEnd = this.step === this.run.steps;
    const parts = momentOf(this.setting, this.run, this.steering, this.step);
    return atEnd ? outcomeOf(this.setting, this.run) : `${parts.join(", ")}.`;
  }

  #changed(name, value) {
    const doubt = BESIDES.includes(name) ? doubtOfOwn(name, value) : "";
    if (doubt) {
      this.wrong[name] = { value, message: doubt };
      this.update();
      return;
    }
    delete this.wrong[name];
    const values = { [name]: value };
    // Here nothing counts epochs; and who looks at the end goes on looking at it.
    if (name === "total_steps") {
      values.budget = COUNTED;
      if (this.step === this.run.steps) values.step = value;
    }
    if (name === "surface") Object.assign(values, this.#lengthOn(value));
    this.set(values, name);
  }

  /** A run that had its surface's own length gets the next one's. */
  #lengthOn(name) {
    const { steps } = SURFACES[name];
    const usual = this.policy.total_steps === SURFACES[this.setting.surface].steps;
    return usual ? { total_steps: steps, budget: COUNTED, step: steps } : {};
  }

  #pulled(grip, wanted) {
    const { cycle } = this.steering;
    const plain = () => ({ max_lr: Number(wanted.value.toPrecision(3)) });
    this.ask(grip, cycle ? askedFor(grip, [cycle], wanted) : plain());
  }

  /** Change what a handle asks for, as far as it can be; what stops it is said. */
  ask(grip, asked) {
    const { traits, problem } = granted(this.policy, asked, 0, this.strips.least);
    say(this.stopped, problem && `Stopped: ${problem}.`);
    this.set(this.trouble ? { ...traitsOf(this.policy), ...traits } : traits, grip.name);
  }

  /** Bring everything in line with the model; an impossible state leaves the last good picture. */
  update(who = null) {
    const at = this.strips.held ? 0 : performance.now(); // a pull is one change
    this.memory.note(keptOf(this.model), who, at);
    this.trouble = null;
    try {
      this.policy = policyOn(given(this.model));
    } catch (problem) {
      if (!(problem instanceof Impossible)) throw problem;
      this.trouble = problem;
    }
    this.setting = settingOf(this.model, this.policy);
    const pins = this.#pinned();
    const wanted = JSON.stringify([plainOf(this.setting), this.model.get("pins")]);
    if (wanted !== this.drawn) {
      this.drawn = wanted;
      this.#roll();
      this.#draw(pins);
    }
    this.#showControls();
    this.point();
  }

  #roll() {
    const { setting } = this;
    this.steering = steeringOf(setting.policy, setting.schedule, setting.momentum);
    const surface = SURFACES[setting.surface];
    this.run = this.roller.roll(surface, steered(this.steering), setting);
  }

  /** The pinned runs, each rolled once. */
  #pinned() {
    const before = this.kept;
    this.kept = new Map();
    return this.model.get("pins").flatMap((plain, place) => {
      const key = JSON.stringify(plain);
      const pin = before.get(key) ?? this.#fresh(plain);
      if (!pin) return [];
      this.kept.set(key, pin);
      return [{ ...pin, place, css: `ow-pin-${place}` }];
    });
  }

  #fresh(plain) {
    const setting = fromPlain(plain);
    if (!setting) return null;
    const steering = steeringOf(setting.policy, setting.schedule, setting.momentum);
    const run = new Roller().roll(SURFACES[setting.surface], steered(steering), setting);
    return { setting, steering, run };
  }

  #draw(pins) {
    const { setting, run, steering } = this;
    const now = { setting, run, steering, css: "ow-now" };
    this.beside = pins.filter((pin) => pin.setting.surface === setting.surface);
    const grips = this.#grips().map((grip) => ({ ...grip, text: gripText(grip, this.policy) }));
    this.strips.draw({
      runs: [now, ...this.beside],
      log: SURFACES[setting.surface].log,
      grips,
    });
    this.compared.show([now, ...pins]);
    say(this.title, outcomeOf(setting, run));
    this.cursor.max = run.steps;
  }

  #grips() {
    const { cycle, lr, peak } = this.steering;
    const wants = (name) => ROWS.some((one) => one.name === name);
    if (cycle) return gripsOf([cycle], wants);
    const at = { step: peak, value: lr(peak), quantity: "lr" };
    return [{ name: "peak", x: null, y: "max_lr", group: 0, ...at }];
  }

  #showControls() {
    const { model, trouble, wrong, setting } = this;
    const cycles = setting.schedule === ONE_CYCLE;
    const idle = {
      pct_start: !cycles,
      div_factor: !cycles,
      cycle_momentum: !cycles,
      momentum: cycles && model.get("cycle_momentum") === true,
    };
    for (const row of this.rows) {
      const mine = wrong[row.name];
      const problem = mine ? { parameter: row.name, message: mine.message } : trouble;
      row.show(mine ? mine.value : model.get(row.name), !idle[row.name], problem);
    }
    const shown = this.rows.some(({ name }) => name === trouble?.parameter);
    say(this.problem, trouble && !shown ? trouble.message : "");
    this.trails.checked = model.get("trails");
    this.bar.show(setting, this.memory);
  }

  #inside(step) {
    return Math.min(Math.max(step, 0), this.run.steps);
  }

  /** Where the cursor stands: after so many steps. */
  get step() {
    return this.#inside(this.model.get("step"));
  }

  /** Who wants little motion sees a few pictures instead of hundreds. */
  #inJumps(step) {
    const { steps } = this.run;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches || step >= steps) return step;
    const by = Math.max(1, Math.round(steps / JUMPS));
    return Math.floor(step / by) * by;
  }

  /** Show the moment at which the cursor stands. */
  point() {
    const { step, setting, run, steering, beside } = this;
    this.cursor.value = step;
    const parts = momentOf(setting, run, steering, step);
    this.cursor.setAttribute("aria-valuetext", parts.join(", "));
    say(this.moment, parts.join(" · "));
    this.strips.point(step);
    this.relief.draw({ setting, run, step, trails: this.model.get("trails"), pinned: beside });
  }

  /** Fit the pictures to their columns. */
  resize() {
    const { figure, relief, strips } = this;
    const width = Math.max(figure.clientWidth, 200);
    const narrow = this.element.clientWidth < 720;
    const height = Math.min(Math.max(Math.round(width * ASPECT), LOWEST), HIGHEST);
    const across = Math.max(this.strip.clientWidth, 200);
    const high = narrow ? 300 : height;
    const same = width === relief.width && height === relief.height;
    if (figure.clientWidth === 0) return;
    if (same && across === strips.width && high === strips.height && this.sized) return;
    this.sized = true;
    Object.assign(relief, { width, height });
    Object.assign(strips, { width: across, height: high });
    this.drawn = null;
    this.update();
    this.sticky.stick();
  }
}

/** anywidget's entry: show a model in an element; the return value cleans up. */
export function render({ model, el }) {
  const surface = new Surface(model);
  const unmount = mounted(surface, model, el);
  const unthemed = onTheme(() => surface.point());
  return () => {
    unmount();
    unthemed();
    clearTimeout(surface.speaking);
  };
}
