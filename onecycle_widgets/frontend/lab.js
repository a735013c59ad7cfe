// The lab: a schedule under the hand, the training that it makes, and the runs beside it.
import { Board } from "./board.js";
import { panel } from "./controls.js";
import { cyclesOf } from "./curve.js";
import { h, say } from "./dom.js";
import { copy, download } from "./files.js";
import { askedFor, granted, gripsOf, gripText } from "./grips.js";
import { LabBar, Remark } from "./labbar.js";
import { Legend } from "./legend.js";
import { Memory } from "./memory.js";
import { linesAt, reachedAt } from "./moment.js";
import { mounted, onTheme } from "./mount.js";
import { Player } from "./player.js";
import { ORDER } from "./policy.js";
import { Presets } from "./presets.js";
import { Project } from "./project.js";
import { check, Impossible, notesOn } from "./rules.js";
import { RunRows } from "./runrows.js";
import { Script } from "./script.js";
import { Side } from "./side.js";
import { singleIn, traitsNamed } from "./single.js";
import { COUNTED, given, traitsOf } from "./state.js";
import { Sticky } from "./sticky.js";
import { TABLES } from "./tables.js";
import { TASK, TaskBar } from "./task.js";
import { Telling } from "./telling.js";
import { fill } from "./text.js";
import { Tip } from "./tip.js";
import { Told } from "./told.js";
import { findingOf } from "./verdict.js";
import { View } from "./view.js";

const { controls: LAB_CONTROLS, words: LAB_WORDS } = TABLES.lab;
const [LOWEST_BOARD, HIGHEST_BOARD, AROUND_BOARD] = [330, 470, 390];
const [NARROW_LAB, TIGHT_LAB, TALL] = [720, 1000, 900];
const AROUND_PROJECTED = 152; // without the table of runs
let labs = 0;

/** What a person sets, and undo brings back: schedule and task. */
const SET = [...ORDER, "budget", ...TASK];

class LabView extends View {
  constructor(model) {
    super();
    this.model = model;
    this.uid = `owl${Date.now().toString(36)}-${labs++}`;
    Object.assign(this, { hovered: null, lifted: null });
    this.runs = new RunRows();
    this.telling = new Telling(model, (who) => this.update(who));
    this.remark = new Remark(
      () => JSON.stringify(traitsNamed(model, [...SET, "status"])),
      () => this.#showControls(),
    );
    this.memory = new Memory(JSON.stringify(traitsNamed(model, SET)));
    this.board = new Board(this.uid, {
      hover: (step) => {
        this.hovered = step;
        this.point();
      },
      pick: (step) => this.set({ step }),
      take: () => this.memory.close(),
      pull: (grip, wanted) => this.ask(grip, askedFor(grip, [this.cycle], wanted)),
      key: (grip, key) => this.press(grip, key),
      letGo: () => this.#letGo(),
    });
    this.side = new Side(this.uid, {
      take: (rate) => this.set({ max_lr: rate }, "range test"),
      key: (grip, key) => this.press(grip, key),
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
      undo: () => this.goTo(this.memory.undo()),
      redo: () => this.goTo(this.memory.redo()),
    });
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
    this.tip = new Tip();
    this.stopped = h("p", { class: "ow-stopped", role: "status" });
    const top = h("div", { class: "ow-top" }, this.title, this.project.element);
    const stage = h("div", { class: "ow-stage" }, this.board.svg, this.tip.element, this.stopped);
    const time = h("div", { class: "ow-time" }, this.player.element, this.cursor);
    this.figure = h("div", { class: "ow-figure" }, top, stage, time);
    this.told = new Told();
    this.gone = h("p", { class: "ow-problem ow-gone", role: "alert" });
    const flat = ({ spec }) => ["flag", "choice"].includes(spec.kind);
    const elements = (some) => some.map(({ element }) => element);
    const flags = h("div", { class: "ow-flags" }, ...elements(this.rows.filter(flat)));
    const sliding = elements(this.rows.filter((row) => !flat(row)));
    const rows = [...sliding.slice(0, -2), flags, ...sliding.slice(-2)];
    this.controls = h("div", { class: "ow-labset" }, this.presets.element, ...rows);
    const grid = h(
      "div",
      { class: "ow-board" },
      this.task.element,
      h("div", { class: "ow-acts" }, this.bar.element, this.told.element),
      this.side.element,
      this.figure,
      this.controls,
      this.legend.element,
      this.script.element,
    );
    const onkeydown = (event) => this.keyed(event);
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

  #changed(name, value) {
    this.set({ [name]: value, ...(name === "total_steps" && { budget: COUNTED }) }, name);
  }

  /** Ask the trainer for something. What was changed and is yet to be told goes along. */
  #tell(what, key = null) {
    const state = traitsNamed(this.model, SET);
    if (what === "train" && this.trouble) return this.remark.make(LAB_WORDS.not_started);
    this.model.send({ do: what, state, ...(key !== null && { key }) });
  }

  /** What the trainer answers. */
  answered({ answer, text, name, key }) {
    if (answer === "csv") download(name, new Blob([text], { type: "text/csv" }));
    if (answer === "script") this.script.show(text, copy);
    if (answer === "there") {
      this.restored = key; // of several with this schedule it is the one that is told of
      this.#showRuns();
      this.legend.flash(key);
    }
  }

  #restore(key) {
    const { cycle, name } = this.runs.find(key);
    if (!cycle) return;
    this.restored = key;
    this.set(traitsOf(cycle.policy));
    this.remark.make(fill(LAB_WORDS.restored, { name }));
  }

  ask(grip, asked) {
    const { traits, problem } = granted(this.policy, asked, grip.group, this.board.least);
    say(this.stopped, problem && `Stopped: ${problem}.`);
    this.set(this.trouble ? { ...traitsOf(this.policy), ...traits } : traits, grip.name);
  }

  typedIn(field) {
    if (this.task.typing(field)) return { drop: () => this.task.drop(field) };
    return super.typedIn(field);
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
    this.memory.note(JSON.stringify(traitsNamed(model, SET)), who, at);
    this.trouble = null;
    try {
      this.policy = singleIn(model);
    } catch (problem) {
      if (!(problem instanceof Impossible)) throw problem;
      this.trouble = problem;
    }
    [this.cycle] = cyclesOf(this.policy, 1);
    this.#showControls();
    this.#showRuns();
    const peak = this.trouble ? null : this.policy.max_lr;
    const [range, plane] = ["range", "plane"].map((name) => model.get(name) ?? null);
    const planar = Boolean(model.get("planar"));
    const moved = this.side.show(range, plane, planar, traitsNamed(model, TASK), peak);
    this.point();
    if (moved) this.resize();
  }

  #showControls() {
    const { model, trouble } = this;
    for (const row of this.rows) {
      const still = /^(base|max)_momentum$/.test(row.name) && model.get("cycle_momentum") === false;
      row.show(model.get(row.name), !still, trouble);
    }
    const problem = trouble?.message || model.get("problem") || "";
    this.task.show(traitsNamed(model, TASK), model.get("offers"), problem);
    this.told.show(problem, problem ? [] : notesOn(this.policy), this.element);
    this.presets.show(this.policy, this.memory);
    const [busy, live, status] = ["busy", "live", "status"].map((name) => model.get(name));
    this.bar.show({
      busy,
      live,
      status: this.remark.over(status),
      gone: this.gone.textContent !== "",
    });
  }

  /** The runs: lines, legend, title. */
  #showRuns() {
    const { model, runs } = this;
    const rows = runs.read(model.get("runs"), model.get("under_way"));
    // Of the schedule that is set; what grows goes first.
    this.run = runs.ofSchedule(this.policy, this.restored);
    this.legend.show(rows, this.run?.run.key);
    const row = runs.now?.note || !this.run ? runs.told : this.run;
    const { text, bad } = findingOf(row, model.get("chance"));
    say(this.title, text);
    this.title.classList.toggle("ow-bad", bad);
    this.#draw();
  }

  #draw() {
    this.board.draw({
      cycle: this.cycle,
      runs: this.runs.drawn(this.lifted),
      chance: this.model.get("chance"),
      look: this.run, // its schedule and its loss belong together until a hand changes it
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

  /** Where the cursor stands, inside the picture. */
  get step() {
    return Math.min(Math.max(this.model.get("step"), 0), this.board.last);
  }

  /** Show the cursor: where the pointer is, else where the step slider stands. */
  point() {
    const step = Math.min(this.hovered ?? this.step, this.board.last);
    const chosen = this.runs.find(this.lifted ?? this.run?.run.key);
    const told = chosen ? reachedAt(chosen.run, step) : {};
    const name = this.lifted === null ? "" : chosen?.name;
    const x = this.board.point(step, told);
    const lines = linesAt(step, this.cycle, told, name);
    this.cursor.value = this.step;
    this.cursor.setAttribute("aria-valuetext", lines.join(", "));
    // The tip stands where somebody looks; a hand that drags looks at the curves.
    const looked = this.player.playing || document.activeElement === this.cursor;
    const seen = looked || (this.hovered !== null && !this.board.held);
    this.tip.show(seen ? lines : null, x, this.board);
  }

  /** Fit the pictures to their columns, or the board to the whole screen. */
  resize() {
    const { board, figure, project, side } = this;
    if (figure.clientWidth === 0) return;
    const { larger } = project;
    const [high, range] = this.#heights();
    const width = Math.max(Math.round(figure.clientWidth / larger), 200);
    const across = Math.round(side.room(!project.on) / larger);
    const sizes = [larger, high, width, across, range].join();
    if (sizes === this.sizes) return;
    this.sizes = sizes;
    Object.assign(board, { larger, height: Math.round(high / larger), width });
    side.fit(across, range, larger);
    this.update();
    this.legend.toEnd();
    this.sticky.stick();
  }

  /** How high the board is, in pixels, and the range test, in units of its own. */
  #heights() {
    const [wide, tall] = [this.element.clientWidth, window.innerHeight];
    if (this.project.on) {
      // So that the table of runs is in sight, too.
      const [table, range] = tall < TALL ? [130, 94] : [226, 190];
      if (wide < TIGHT_LAB) return [this.project.room, range];
      return [Math.max(tall - AROUND_PROJECTED - table, 300), range];
    }
    const room = Math.min(Math.max(tall - AROUND_BOARD, LOWEST_BOARD), HIGHEST_BOARD);
    return [wide < NARROW_LAB ? 300 : room, wide < TIGHT_LAB ? 138 : 142];
  }
}

/** anywidget's entry: show a model in an element; the return value cleans up. */
export function render({ model, el }) {
  const lab = new LabView(model);
  const answered = (message) => lab.answered(message);
  model.on("msg:custom", answered);
  const unmount = mounted(lab, model, el);
  const resized = new AbortController();
  window.addEventListener("resize", () => lab.resize(), { signal: resized.signal });
  const draw = () => lab.side.plane.draw();
  draw(); // here it has its colours
  const unthemed = onTheme(draw);
  return () => {
    unmount();
    unthemed();
    resized.abort();
    model.off("msg:custom", answered);
  };
}
