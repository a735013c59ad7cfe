// The runs to be shown: with a name, a look and a schedule each; and the ghost of a live one.
import { cyclesOf } from "./curve.js";
import { lookOfRun, placesOf, runNames } from "./names.js";
import { check, Impossible } from "./rules.js";
import { sameSchedule } from "./single.js";
import { TABLES } from "./tables.js";
import { Decoder } from "./trained.js";

/** The schedule of a run, or null where it cannot be drawn. */
function cycleOf(run) {
  try {
    return cyclesOf(check(run.policy), 1)[0];
  } catch (problem) {
    if (problem instanceof Impossible) return null;
    throw problem;
  }
}

/** What is shown of a model's runs. */
export class RunRows {
  constructor() {
    Object.assign(this, { rows: [], ghost: null, places: new Map() });
    this.decoder = new Decoder();
    this.cycles = new Map();
  }

  /** Read `runs` and what is `under_way`; [{run, name, cycle, note, css, dashed}]. */
  read(kept, underWay) {
    const beside = underWay && !kept.some(({ key }) => key === underWay.key) ? [underWay] : [];
    const runs = this.decoder.read([...kept, ...beside]);
    const names = runs.length ? runNames(runs) : [];
    const solid = runs.filter(({ live }) => !live).map(({ key }) => key);
    this.places = placesOf(solid, this.places);
    const before = this.cycles;
    this.cycles = new Map();
    this.rows = runs.map((run, i) => {
      const look = run.live ? { css: "ow-now", dashed: 0 } : lookOfRun(this.places.get(run.key));
      const { live, training } = TABLES.lab.words;
      const note = i < kept.length ? null : run.live ? live : training;
      const cycle = before.has(run.key) ? before.get(run.key) : cycleOf(run);
      this.cycles.set(run.key, cycle);
      return { run, name: names[i], cycle, note, ...look };
    });
    this.#haunt(beside.length ? this.rows.at(-1) : null);
    return this.rows;
  }

  /** The last live run that came to its end stays in sight while the next one grows. */
  #haunt(now) {
    if (!now?.run.live) this.ghost = null;
    else if (now.run.complete) this.ghost = now;
  }

  /** The newest run, whose end is told; null without any. */
  get now() {
    return this.rows.at(-1) ?? null;
  }

  /** The run with a key, or else the newest. */
  find(key) {
    return this.rows.find(({ run }) => run.key === key) ?? this.now;
  }

  /** The run of a schedule: the one with the key if it has it, or else the newest that has. */
  ofSchedule(policy, key) {
    const same = this.rows.filter(({ run, cycle }) => {
      return !run.live && cycle !== null && sameSchedule(cycle.policy, policy);
    });
    return same.find(({ run }) => run.key === key) ?? same.at(-1) ?? null;
  }

  /** The newest run's end; of a live one that still grows, that of the one before it. */
  get told() {
    const { now, ghost } = this;
    return now?.run.live && !now.run.complete && ghost ? ghost : now;
  }

  /** What is drawn, the newest on top: each with its strength, by the row that is lifted. */
  drawn(lifted) {
    const { rows, ghost, now } = this;
    const some = rows.some(({ run }) => run.key === lifted);
    const strength = ({ run }) => (!some ? "plain" : run.key === lifted ? "lifted" : "back");
    const seen = rows.map((row) => ({ ...row, strength: strength(row) }));
    const grows = ghost && now.run.live && now.run.key !== ghost.run.key;
    if (grows) seen.splice(-1, 0, { ...ghost, strength: "ghost" });
    return seen;
  }
}
