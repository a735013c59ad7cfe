// The lab: a schedule under the hand, the training that it makes, and the runs beside it.
import { Board } from "./board.js";
import { panel, stops } from "./controls.js";
import { cyclesOf } from "./curve.js";
import { button, h, passOn, say, set } from "./dom.js";
import { copy, download } from "./files.js";
import { askedFor, granted, gripsOf, gripText, keyAsks } from "./grips.js";
import { LabBar } from "./labbar.js";
import { Legend } from "./legend.js";
import { Memory } from "./memory.js";
import { lookOfRun, placesOf, runNames } from "./names.js";
import { Plane } from "./plane.js";
import { Player } from "./player.js";
import { ORDER } from "./policy.js";
import { Presets } from "./presets.js";
import { LARGER, Project } from "./project.js";
import { RangePlot } from "./rangeplot.js";
import { check, checkTyped, Impossible, notesOn } from "./rules.js";
import { Script } from "./script.js";
import { COUNTED, given, traitsOf } from "./state.js";
import { Sticky } from "./sticky.js";
import { TABLES } from "./tables.js";
import { TASK, TaskBar } from "./task.js";
import { Telling } from "./telling.js";
import { fill, general } from "./text.js";
import { Decoder } from "./trained.js";
import { percent, verdictOf } from "./verdict.js";

const { controls: LAB_CONTROLS, words: LAB_WORDS } = TABLES.lab;
const EMPTY_POLICY = Object.fromEntries(ORDER.map((name) => [name, TABLES.defaults[name]]));
const [LOWEST_BOARD, HIGHEST_BOARD, AROUND_BOARD] = [330, 470, 372];
const NARROW_LAB = 720;
const PICKS = 142; // pixels for the rules' picks, beside the range test
let labs = 0;

/** What undo brings back, as text: schedule and task. */
export function keptOfLab(model) {
  const names = [...ORDER, "budget", ...TASK];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, model.get(name)])));
}

class LabView {
  constructor(model) {
    this.model = model;
    this.uid = `owl${Date.now().toString(36)}-${labs++}`;
    Object.assign(this, { hovered: null, lifted: null, ghost: null, places: new Map() });
    this.decoder = new Decoder();
    this.telling = new Telling(model, (who) => this.update(who));
    this.memory = new Memory(keptOfLab(model));
    Object.assign(this, { planed: null, ranged: null });
    this.board = new Board(this.uid, {
      hover: (step) => this.#hover(step),
      pick: (step) => this.set({ step }),
      take: () => this.memory.close(),
      pull: (grip, wanted) => this.#ask(grip, askedFor(grip, [this.cycle], wanted)),
      key: (grip, key) => this.#press(grip, key),
      letGo: () => this.#letGo(),
    });
    this.range = new RangePlot(this.uid, {
      take: (rate) => this.set({ max_lr: rate }, "range test"),
      key: (grip, key) => this.#press(grip, key),
      hold: () => this.#hold(),
      letGo: () => this.#letGo(),
    });
    this.legend = new Legend({
      lift: (key) => this.#lift(key),
      restore: (key) => this.#restore(key),
      script: (key) => this.#tell("script", key),
      remove: (key) => this.#tell("remove", key),
      csv: () => this.#tell("csv"),
    });
    this.task = new TaskBar(this.uid, (traits, name) => this.set(traits, name));
    this.bar = new LabBar(
      (what) => this.#tell(what),
      (live) => this.set({ live }),
    );
    const { rows } = panel(
      this.uid,
      (name) => LAB_CONTROLS.includes(name),
      (name, value) => this.#changed(name, value),
    );
    this.rows = LAB_CONTROLS.map((name) => rows.find((row) => row.name === name));
    this.presets = new Presets(this.uid, (traits) => this.set(traits), {
      reset: () => this.set(this.model.get("_start")),
      undo: () => this.#goTo(this.memory.undo()),
      redo: () => this.#goTo(this.memory.redo()),
    });
    this.plane = new Plane();
    this.script = new Script();
    this.project = new Project(() => this.resize());
    // Something valid to show should the state be impossible from the start.
    this.policy = check(given({ get: (name) => model.get("_start")[name] }));
    this.element = this.#layout();
    this.sticky = new Sticky(this.element, this.figure);
    this.update();
  }

  #layout() {
    this.title = h("p", { class: "ow-finding", id: `${this.uid}-finding`, role: "status" });
    this.board.image.setAttribute("aria-labelledby", this.title.id);
    this.cursor = h("input", {
      type: "range",
      class: "ow-step",
      min: 0,
      step: 1,
      "aria-label": "step",
      title: "Move the cursor through the steps (arrow keys).",
      oninput: () => this.set({ step: Number(this.cursor.value) }),
      onfocus: () => this.point(),
      onblur: () => this.point(),
    });
    this.player = new Player(
      () => ({ step: this.step, last: this.board.last }),
      (step) => this.set({ step }),
    );
    this.where = h("div", { class: "ow-where", "aria-hidden": "true" });
    this.stopped = h("p", { class: "ow-stopped", role: "status" });
    const top = h("div", { class: "ow-top" }, this.title, this.project.element);
    const stage = h("div", { class: "ow-stage" }, this.board.svg, this.where, this.stopped);
    const time = h("div", { class: "ow-time" }, this.player.element, this.cursor);
    this.figure = h("div", { class: "ow-figure" }, top, stage, time);
    this.problem = h("p", { class: "ow-problem", role: "alert" });
    this.notes = h("p", { class: "ow-notes", role: "status" });
    this.gone = h("p", { class: "ow-problem ow-gone", role: "alert" });
    const flags = this.rows.filter(({ spec }) => ["flag", "choice"].includes(spec.kind));
    const others = this.rows.filter((row) => !flags.includes(row));
    const elements = (some) => some.map(({ element }) => element);
    const momenta = others.filter(({ spec }) => spec.group === "momentum");
    const rates = others.filter((row) => !momenta.includes(row));
    const turned = h("div", { class: "ow-flags" }, ...elements(flags));
    this.controls = h(
      "div",
      { class: "ow-labset" },
      this.presets.element,
      ...elements(rates),
      turned,
      ...elements(momenta),
    );
    this.side = h("div", { class: "ow-side" }, this.range.element, this.plane.element);
    this.faces = Object.entries({ range: "range test", plane: "answers" }).map(([face, text]) =>
      button(text, () => this.#turn(face), { class: "ow-face", "data-face": face }),
    );
    this.side.prepend(h("div", { class: "ow-faces" }, ...this.faces));
    const said = h("div", { class: "ow-told" }, this.problem, this.notes);
    const grid = h(
      "div",
      { class: "ow-board" },
      this.task.element,
      h("div", { class: "ow-acts" }, this.bar.element, said),
      this.side,
      this.figure,
      this.controls,
      this.legend.element,
      this.script.element,
    );
    const onkeydown = (event) => this.#keyed(event);
    const root = h("div", { class: "ow onecycle-lab", onkeydown }, this.gone, grid);
    // A slider is held like a handle: the axes wait until it is let go.
    root.addEventListener("pointerdown", ({ target }) => {
      if (target.matches("input[type=range]") && target !== this.cursor) this.#hold();
    });
    return root;
  }

  #hold() {
    this.board.hold();
    const end = () => {
      for (const name of ["pointerup", "pointercancel"])
        window.removeEventListener(name, end, true);
      this.board.release();
      this.#letGo();
    };
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, end, true);
  }

  #letGo() {
    this.memory.close(); // the next pull is a change of its own
    this.update();
  }

  /** Change traits. `who` names the control: what one does without a pause is undone together. */
  set(values, who = null) {
    this.telling.set(values, who);
  }

  #changed(name, value) {
    this.set({ [name]: value, ...(name === "total_steps" && { budget: COUNTED }) }, name);
  }

  /** Ask the trainer for something. What was changed and is yet to be told goes along. */
  #tell(what, key = null) {
    const names = [...ORDER, "budget", ...TASK];
    const state = Object.fromEntries(names.map((name) => [name, this.model.get(name)]));
    this.model.send({ do: what, state, ...(key !== null && { key }) });
  }

  /** What the trainer answers. */
  async answered({ answer, text, name }) {
    if (answer === "csv") download(name, new Blob([text], { type: "text/csv" }));
    if (answer === "script") this.script.show(text, copy);
  }

  #restore(key) {
    const run = this.model.get("runs").find((one) => one.key === key);
    const policy = run && cycleOf(run)?.policy;
    if (policy) this.set(traitsOf(policy));
  }

  #ask(grip, asked) {
    const { traits, problem } = granted(this.policy, asked, grip.group, this.board.least);
    say(this.stopped, problem && `Stopped: ${problem}.`);
    this.set(this.trouble ? { ...traitsOf(this.policy), ...traits } : traits, grip.name);
  }

  /** A key on a handle; whether it was one of the handle's. */
  #press(grip, key) {
    const spec = (name) => TABLES.parameters.find((one) => one.name === name);
    const asked = keyAsks(grip, this.policy, key, (name) => stops(spec(name)));
    if (asked) this.#ask(grip, asked);
    return asked !== null;
  }

  #goTo(state) {
    if (state !== null) this.set(JSON.parse(state));
  }

  /** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y); first goes what is typed and not yet entered. */
  #keyed(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    const pressed = key.toLowerCase();
    if (!(ctrlKey || metaKey) || altKey || !["z", "y"].includes(pressed)) return;
    event.preventDefault();
    event.stopPropagation();
    const typed = this.rows.find((row) => row.field === target && row.typing);
    if (typed) typed.drop();
    else if (this.task.typing(target)) this.task.drop(target);
    else this.#goTo(pressed === "y" || shiftKey ? this.memory.redo() : this.memory.undo());
  }

  heard() {
    if (!this.telling.heard()) return;
    say(this.gone, ""); // somebody spoke
    this.update();
  }

  /** Nobody hears any more; the schedule still moves, but nothing trains. */
  left() {
    say(this.gone, LAB_WORDS.gone);
    this.bar.show({ busy: "", live: false, status: "", gone: true });
  }

  /** Bring everything in line with the model; an impossible state leaves the last good picture. */
  update(who = null) {
    const { model } = this;
    const at = this.board.held ? 0 : performance.now(); // a pull is one change
    this.memory.note(keptOfLab(model), who, at);
    this.trouble = null;
    try {
      checkTyped(given(model));
      this.policy = check(given(model));
    } catch (problem) {
      if (!(problem instanceof Impossible)) throw problem;
      this.trouble = problem;
    }
    [this.cycle] = cyclesOf(this.policy, 1);
    this.#showControls();
    this.#showRuns();
    const task = Object.fromEntries(TASK.map((name) => [name, model.get(name)]));
    this.range.show(model.get("range"), task, this.trouble ? null : this.policy.max_lr);
    this.#showFaces();
    this.point();
  }

  /** The range test and the plane share a place: the one that is new is shown. */
  #showFaces() {
    const [plane, range] = ["plane", "range"].map((name) => this.model.get(name) ?? null);
    this.side.classList.toggle("ow-planes", plane !== null);
    if (plane !== this.planed) {
      this.plane.show(plane);
      this.#turn(plane ? "plane" : "range");
    } else if (range !== this.ranged) this.#turn("range");
    Object.assign(this, { planed: plane, ranged: range });
  }

  #turn(face) {
    this.side.dataset.face = face;
    for (const one of this.faces) set(one, { "aria-pressed": String(one.dataset.face === face) });
  }

  #showControls() {
    const { model, trouble } = this;
    for (const row of this.rows) {
      const still = /^(base|max)_momentum$/.test(row.name) && model.get("cycle_momentum") === false;
      row.show(model.get(row.name), !still, trouble);
    }
    const values = Object.fromEntries(TASK.map((name) => [name, model.get(name)]));
    this.task.show(values, model.get("offers"));
    const notes = trouble ? [] : notesOn(this.policy);
    say(this.problem, trouble?.message || model.get("problem") || "");
    say(
      this.notes,
      this.problem.textContent ? "" : notes.map((note) => `Note: ${note}.`).join(" "),
    );
    this.presets.show(this.policy, this.memory);
    const [busy, live, status] = ["busy", "live", "status"].map((name) => model.get(name));
    this.bar.show({ busy, live, status, gone: this.gone.textContent !== "" });
  }

  /** The runs, what is under way, and the last live one as a ghost: lines, legend, title. */
  #showRuns() {
    const { model } = this;
    const kept = model.get("runs");
    const going = model.get("under_way");
    const beside = going && !kept.some(({ key }) => key === going.key) ? [going] : [];
    const runs = this.decoder.read([...kept, ...beside]);
    const names = runs.length ? runNames(runs) : [];
    const solid = runs.filter(({ live }) => !live).map(({ key }) => key);
    this.places = placesOf(solid, this.places);
    const rows = runs.map((run, i) => {
      const look = run.live ? { css: "ow-now", dashed: 0 } : lookOfRun(this.places.get(run.key));
      const note = i < kept.length ? null : run.live ? LAB_WORDS.live : "training";
      return { run, name: names[i], cycle: cycleOf(run), note, ...look };
    });
    const now = rows.at(-1);
    this.#keepGhost(beside.length ? now : null);
    this.runs = rows;
    this.now = now ?? null;
    this.legend.show(rows);
    const chance = model.get("chance");
    const text = now ? this.#finding(now.run, chance) : LAB_WORDS.begin;
    say(this.title, text);
    this.#draw();
  }

  /** The last live run that came to its end stays in sight while the next one grows. */
  #keepGhost(now) {
    if (!now?.run.live) this.ghost = null;
    else if (now.run.complete) this.ghost = now;
  }

  #finding(run, chance) {
    // What is under way says where it is; of a live one the last end is told until the next.
    const told = run.live && !run.complete && this.ghost ? this.ghost.run : run;
    if (!told.complete && told.done < told.total && !run.live && this.model.get("busy")) {
      return fill(LAB_WORDS.under_way, { done: told.done, total: told.total });
    }
    const { text, bad } = verdictOf(told, chance);
    this.title.classList.toggle("ow-bad", bad);
    return text;
  }

  #draw() {
    const { lifted, runs, ghost, cycle } = this;
    const going = runs.at(-1);
    const grown = ghost && going?.run.live && going.run.key !== ghost.run.key ? [ghost] : [];
    const strength = ({ run }) =>
      lifted === null ? "plain" : run.key === lifted ? "lifted" : "back";
    const drawn = [
      ...runs.slice(0, -1),
      ...grown.map((one) => ({ ...one, run: one.run, ghostly: true })),
      ...runs.slice(-1),
    ].map((one) => ({ ...one, strength: one.ghostly ? "ghost" : strength(one) }));
    this.board.draw({
      cycle,
      runs: drawn,
      chance: this.model.get("chance"),
      grips: this.#grips(),
    });
    this.cursor.max = this.board.last;
  }

  /** Where the schedule can be taken hold of; on a phone there is no strip for the momentum. */
  #grips() {
    const found = gripsOf([this.cycle], (name) => LAB_CONTROLS.includes(name));
    return found
      .filter(({ quantity }) => quantity === "lr" || !this.board.narrow)
      .map((grip) => ({ ...grip, text: gripText(grip, this.policy) }));
  }

  #lift(key) {
    if (key === this.lifted) return;
    this.lifted = key;
    this.#draw();
    this.point();
  }

  #hover(step) {
    this.hovered = step;
    this.point();
  }

  /** Where the cursor stands, inside the picture. */
  get step() {
    return Math.min(Math.max(this.model.get("step"), 0), this.board.last);
  }

  /** Show the cursor: where the pointer is, else where the step slider stands. */
  point() {
    const step = Math.min(this.hovered ?? this.step, this.board.last);
    const chosen = this.runs.find(({ run }) => run.key === this.lifted) ?? this.now;
    const told = chosen ? reached(chosen.run, step) : null;
    const x = this.board.point(step, told);
    const lines = this.#lines(step, told, chosen);
    this.cursor.value = this.step;
    this.cursor.setAttribute("aria-valuetext", lines.join(", "));
    const looked = this.player.playing || document.activeElement === this.cursor;
    this.where.hidden = this.hovered === null && !looked;
    if (this.where.hidden) return;
    say(this.where, lines.join("\n"));
    const right = x > this.board.width / 2;
    const { larger, width } = this.board;
    this.where.style.left = right ? "auto" : `${x * larger + 14}px`;
    this.where.style.right = right ? `${(width - x) * larger + 14}px` : "auto";
  }

  #lines(step, told, chosen) {
    const { cycle } = this;
    const lines = [`step ${step}`];
    if (step < cycle.steps) {
      lines.push(`lr ${general(cycle.lr(step), 3)}`);
      if (cycle.momenta) lines.push(`momentum ${general(cycle.momentum(step), 3)}`);
    }
    if (told && "loss" in told) lines.push(`loss ${general(told.loss, 3)}`);
    if (told && "accuracy" in told) lines.push(`${percent(told.accuracy)} % right`);
    if (chosen && this.runs.length > 1) lines.push(chosen.name);
    return lines;
  }

  /** Fit the pictures to their columns, or the board to the whole screen. */
  resize() {
    const { board, figure, project, range, element } = this;
    if (figure.clientWidth === 0) return;
    const larger = project.on ? LARGER : 1;
    const narrow = element.clientWidth < NARROW_LAB;
    const room = Math.min(Math.max(window.innerHeight - AROUND_BOARD, LOWEST_BOARD), HIGHEST_BOARD);
    const height = project.on ? Math.round(project.room / larger) : narrow ? 300 : room;
    const width = Math.max(Math.round(figure.clientWidth / larger), 200);
    const across = Math.max(this.side.clientWidth - PICKS, 150);
    const sizes = [larger, height, width, across].join();
    if (sizes === this.sizes) return;
    this.sizes = sizes;
    Object.assign(board, { larger, height, width });
    range.width = across;
    this.update();
    this.sticky.stick();
  }
}

/** The schedule of a run, or null. */
function cycleOf(run) {
  try {
    return cyclesOf(check({ ...EMPTY_POLICY, ...run.policy }), 1)[0];
  } catch (problem) {
    if (problem instanceof Impossible) return null;
    throw problem;
  }
}

/** A run's loss and accuracy at a step, as far as it has come: the last before it. */
function reached(run, step) {
  const found = {};
  const before = (at) => at.findLastIndex((one) => one <= step);
  const i = before(run.at);
  if (i >= 0 && step < run.done && Number.isFinite(run.loss[i])) found.loss = run.loss[i];
  const j = before((run.points ?? []).map((point) => point - 1));
  if (j >= 0 && Number.isFinite(run.accuracy?.[j])) found.accuracy = run.accuracy[j];
  return found;
}

/** anywidget's entry: show a model in an element; the return value cleans up. */
export function render({ model, el }) {
  const lab = new LabView(model);
  el.append(lab.element);
  const hear = () => lab.heard();
  const left = () => lab.left();
  const answered = (message) => lab.answered(message);
  model.on("change", hear);
  model.on("comm_live_update", left);
  model.on("msg:custom", answered);
  const watch = new ResizeObserver(() => lab.resize());
  watch.observe(lab.element);
  const resized = () => lab.resize();
  window.addEventListener("resize", resized);
  const unfollow = lab.project.follow(lab.element);
  lab.resize();
  lab.legend.toEnd();
  lab.plane.draw(); // here it has its colours
  const stop = passOn(lab.element);
  // A canvas does not hear of another theme by itself.
  const themed = new MutationObserver(() => lab.plane.draw());
  for (const root of [document.body, document.documentElement]) {
    themed.observe(root, { attributes: true });
  }
  const follow = () => requestAnimationFrame(() => lab.sticky.follow());
  document.addEventListener("scroll", follow, { capture: true, passive: true });
  return () => {
    stop();
    unfollow();
    themed.disconnect();
    watch.disconnect();
    window.removeEventListener("resize", resized);
    document.removeEventListener("scroll", follow, { capture: true });
    lab.player.stop();
    model.off("change", hear);
    model.off("comm_live_update", left);
    model.off("msg:custom", answered);
  };
}
