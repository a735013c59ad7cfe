// The trainer behind the lab's page: hears what the view wants, and tells it what has come of it.
import { policyOf, taskOf, wholeFrom } from "./door.js";
import { ladderOf, pointsOf } from "./ladder.js";
import { rangeTestOf } from "./rangetest.js";
import { checkTyped, Impossible } from "./rules.js";
import { traitsNamed } from "./single.js";
import { given } from "./state.js";
import { TASK } from "./task.js";
import { brief, fill, general } from "./text.js";
import { medianOf } from "./trained.js";
import {
  accuracyOf,
  rangeWired,
  runsCsv,
  runWired,
  scriptOf,
  TRAINER,
  trainingOf,
} from "./wired.js";

const SAID = TRAINER.words;
const OFTEN = { live: 100, kept: 50 }; // ms between two looks at what is under way
const PATIENCE = 500; // ms that a live training may still take when a newer one waits
const BREATH = 150; // ms without work, after which nothing is under way

/** A net's widths, by its name. */
function netOf(data, name) {
  const nets = TRAINER.nets[data] ?? {};
  return nets[name] ?? null;
}

/** The task that a model's traits make, or Impossible. */
export function taskIn(model) {
  const { data, net, seeds, ...others } = traitsNamed(model, TASK);
  const hidden = netOf(data, net)?.hidden ?? [];
  const checked = taskOf({ data, hidden, ...others });
  if (!netOf(data, net)) {
    const values = { names: Object.keys(TRAINER.nets[data]).join("; "), data, value: brief(net) };
    throw new Impossible("net", fill(TRAINER.messages.net, values));
  }
  const most = TRAINER.most.seeds;
  if (wholeFrom(1, "seeds", seeds) > most) {
    throw new Impossible("seeds", fill(TRAINER.messages.seeds, { most, value: seeds }));
  }
  return { ...checked, net, seeds };
}

/** What a model asks to train, as one text; equal for what would be the same training. */
function wantedBy(model) {
  return JSON.stringify([given(model), ...TASK.map((name) => model.get(name))]);
}

/** Trains for a model (`get`, `put(traits)`, `answer(...)`) with a crew. */
export class Trainer {
  constructor(model, crew) {
    Object.assign(this, { model, crew, kept: [], keys: 0, now: null, waiting: null });
    this.shown = wantedBy(model);
    this.#guess();
  }

  /** What the view sends. */
  hear({ do: what, key }) {
    const act = {
      train: () => this.#want("train", false),
      range: () => this.#want("range", false),
      stop: () => this.stop(),
      csv: () => this.model.answer({ answer: "csv", text: runsCsv(this.kept), name: "runs.csv" }),
      script: () => this.#script(key),
      remove: () => this.#keep(this.kept.filter((run) => run.key !== key)),
    };
    act[what]();
  }

  /** Something was changed: schedule or task, or live mode. */
  changed() {
    const wanted = wantedBy(this.model);
    const [same, live] = [wanted === this.shown, this.model.get("live")];
    const begins = live && !this.live;
    Object.assign(this, { shown: wanted, live });
    if (!same) this.#guess();
    if (live && (!same || begins)) this.#want("train", true);
  }

  /** End what is under way, and forget what waits. */
  stop() {
    this.waiting = null;
    this.now?.job.stop();
  }

  /** What guessing would come to, and whether the task can be. */
  #guess() {
    const data = this.model.get("data");
    const [chance, planar] = [TRAINER.chance[data] ?? null, TRAINER.planar[data] ?? false];
    this.model.put({ problem: "", chance, planar });
    this.#checked(() => taskIn(this.model));
  }

  /** What a function gives; null where it refuses, and then why is said. */
  #checked(made) {
    try {
      return made();
    } catch (problem) {
      if (!(problem instanceof Impossible)) throw problem;
      this.model.put({ problem: problem.message });
      return null;
    }
  }

  /** Do this next. What is live and nearly done comes to its end; everything else gives way. */
  #want(kind, live) {
    const { model } = this;
    const wish = this.#checked(() => {
      const task = taskIn(model);
      if (kind === "range") return { kind, live: false, task };
      checkTyped(given(model));
      return { kind, live, task, policy: policyOf(given(model)) };
    });
    if (!wish) {
      model.put({ status: SAID.not_started });
      return;
    }
    model.put({ problem: "" });
    const there = kind === "train" && !live && this.#alike(wish);
    if (there?.complete) {
      model.put({ status: SAID.there });
      model.answer({ answer: "there", key: there.key });
      return;
    }
    this.waiting = wish;
    if (!this.now) this.#next();
    else if (!live || !this.now.wish.live || this.#left() > PATIENCE) this.now.job.stop();
  }

  /** The kept run that would come to the same numbers. */
  #alike(run) {
    return this.kept.find((one) => trainingOf(one) === trainingOf(run));
  }

  /** Milliseconds that the training under way may still take. */
  #left() {
    const { begun, job, steps } = this.now;
    const { done } = job.progress;
    const taken = performance.now() - begun;
    return done ? (taken / done) * (steps - done) : steps - taken; // at first: 1 ms a step
  }

  #next() {
    const wish = this.waiting;
    this.waiting = null;
    clearTimeout(this.resting);
    if (!wish) {
      this.resting = setTimeout(() => this.model.put({ busy: "" }), BREATH);
      return;
    }
    let begun;
    try {
      begun = wish.kind === "train" ? this.#train(wish) : this.#range(wish);
    } catch (error) {
      this.#failed(error); // a browser that lets no worker be made
      return;
    }
    const { job, steps, tell } = begun;
    this.now = { wish, job, steps, begun: performance.now() };
    this.model.put({ busy: TRAINER.busy[wish.kind] });
    job.ended
      .then((progress) => tell(progress, true))
      .catch((error) => this.#failed(error))
      .then(() => {
        this.now = null;
        this.#next();
      });
  }

  #failed(error) {
    this.model.put({ problem: error.message, status: SAID.failed, under_way: null });
  }

  #train(wish) {
    const { task, policy, live } = wish;
    const steps = policy.total_steps;
    const points = pointsOf(steps, TRAINER.points);
    const about = { key: ++this.keys, live, task, policy };
    const begun = performance.now();
    const tell = (progress, ended) => {
      const { losses, accuracy, done, complete, plane } = progress;
      const seconds = (performance.now() - begun) / 1000;
      const run = { ...about, losses, accuracy, points, done, complete, seconds };
      if (ended) this.#trained(run, plane);
      else this.#underWay(run, plane);
    };
    const seeds = Array.from({ length: task.seeds }, (_, seed) => seed);
    const every = live ? OFTEN.live : OFTEN.kept;
    const asked = { points: points.length, seeds, steps, every, plane: true };
    const job = { do: "train", task, policy, ...asked };
    return { job: this.crew.start(job, (progress) => tell(progress, false)), steps, tell };
  }

  #underWay(run, plane) {
    if (!run.done) return;
    const told = { under_way: runWired(run), plane };
    if (!run.live) {
      const loss = general(medianOf(run.losses.map((row) => row[run.done - 1])), 3);
      const values = { done: run.done, total: run.policy.total_steps, loss };
      Object.assign(told, { status: fill(SAID.under_way, values), step: run.done - 1 });
    }
    this.model.put(told);
  }

  #trained(run, plane) {
    if (run.live && !run.complete) return; // a newer one is on its way, or somebody stopped it
    const seconds = run.seconds.toFixed(run.seconds < 0.1 ? 2 : 1);
    const values = { done: run.done, seconds, right: accuracyOf(run) };
    let status = fill(run.complete ? SAID.done : SAID.stopped, values);
    if (run.live) {
      this.model.put({ under_way: runWired(run), plane, status });
      return;
    }
    const most = TRAINER.most.runs;
    // Of two of the same, at least one was stopped: the shorter is the beginning of the other.
    const earlier = this.#alike(run);
    const others = this.kept.filter((one) => one !== earlier);
    const further = earlier?.done >= run.done ? earlier : { ...run, wired: runWired(run) };
    if (others.length === most) status += fill(SAID.dropped, { most });
    this.model.put({ under_way: null, plane, status, step: Math.max(run.done - 1, 0) });
    this.#keep([...others, further].slice(-most));
  }

  #keep(runs) {
    this.kept = runs;
    this.model.put({ runs: runs.map(({ wired }) => wired) });
  }

  #script(key) {
    const run = this.kept.find((one) => one.key === key);
    if (!run) return; // a second click on a row that is just being removed
    this.model.answer({ answer: "script", text: scriptOf(run), name: "run.py" });
  }

  #range(wish) {
    const { task } = wish;
    const count = Math.min(task.seeds, TRAINER.most.range_seeds);
    const ladder = { ...TRAINER.ladder, start_lr: TRAINER.first_rates[task.optimizer] };
    const steps = ladder.num_steps;
    const rungs = ladderOf(ladder);
    const seeds = Array.from({ length: count }, (_, seed) => seed);
    const found = ({ losses, stops, done }) => {
      const runs = losses.map((row, i) => ({ losses: row.subarray(0, done), stop: stops[i] }));
      return rangeTestOf(rungs, runs);
    };
    const tell = (progress, ended) => {
      if (!progress.done) return;
      const here = found(progress);
      if (ended && !progress.complete) {
        this.model.put({ status: fill(SAID.range_stopped, { done: here.lr.length }) });
        return;
      }
      const range = rangeWired(task, here, ended);
      const [lr, loss] = [here.lr.at(-1), general(here.loss.at(-1), 3)];
      const { lr: pick, reason } = here.suggestions[here.recommended];
      const rate = pick === null ? SAID.none : general(pick, 3);
      const status = ended
        ? fill(SAID.range_done, { rate, reason })
        : fill(SAID.range, { lr: general(lr, 2), loss });
      this.model.put({ range, status });
    };
    const asked = { do: "range", task, ladder, seeds, steps, every: OFTEN.kept };
    const job = this.crew.start(asked, (progress) => tell(progress, false));
    return { job, steps, tell };
  }
}
