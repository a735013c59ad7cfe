// The worker of a page that trains: takes jobs, works in slices, and hears in between.
import { Climb } from "./climb.js";
import { ladderOf } from "./ladder.js";
import { Machine } from "./machine.js";
import { SIDE } from "./samples.js";
import { Training } from "./training.js";

const SLICE = 8; // ms of work between two looks at what has been said

const KINDS = {
  train: (machine, { task, policy, seeds, points }) =>
    new Training(machine, task, policy, seeds, points),
  range: (machine, { task, seeds, ladder }) => new Climb(machine, task, seeds, ladderOf(ladder)),
};

/** Does something when all that has been said before is heard: sooner than a timer may. */
function inTurn() {
  const turns = new MessageChannel();
  return (act) => {
    turns.port1.onmessage = act;
    turns.port2.postMessage(null);
  };
}

/** Does the newest job; `post(message)` tells of it, and `later(act)` has an act done soon. */
export class Workshop {
  constructor(post, later = inTurn()) {
    Object.assign(this, { machine: new Machine(), post, later, job: null });
  }

  #goOn() {
    this.later(() => this.#slice());
  }

  /** `{do: "train" | "range", id, every, ...}` or `{do: "stop", id}`. */
  hear(message) {
    if (message.do === "stop") {
      if (this.job?.id === message.id) this.#end();
      return;
    }
    this.job = { ...message, told: performance.now(), from: 0 };
    this.#guarded(() => {
      this.job.work = KINDS[message.do](this.machine, message);
      this.#goOn();
    });
  }

  #slice() {
    if (!this.job) return;
    const until = performance.now() + SLICE;
    this.#guarded(() => {
      const { job } = this;
      job.work.advance(() => performance.now() >= until);
      if (job.work.done === job.work.steps) {
        this.#end();
        return;
      }
      if (performance.now() - job.told > job.every) this.#tell({});
      this.#goOn();
    });
  }

  #end() {
    const { id, work } = this.job;
    this.#tell({ ended: true, complete: work.done === work.steps });
    if (this.job?.id === id) this.job = null;
  }

  /** What has come since it was last told. */
  #tell(more) {
    const { job } = this;
    const { work } = job;
    const { done, members, points } = work;
    const losses = members.map((member) => member.losses.slice(job.from, done));
    this.post({
      id: job.id,
      from: job.from,
      done,
      losses,
      accuracy: points ? members.map((member) => member.accuracy.slice()) : [],
      stops: members.map((member) => member.stop ?? null),
      plane: job.plane ? planeOf(work) : null,
      ...more,
    });
    Object.assign(job, { told: performance.now(), from: done });
  }

  #guarded(act) {
    const { id } = this.job;
    try {
      act();
    } catch (error) {
      this.job = null;
      this.post({ id, ended: true, complete: false, failed: String(error?.message ?? error) });
    }
  }
}

/** The classes of all places between the samples, by the first seed's model; null without. */
function planeOf(work) {
  const classes = work.boundary?.() ?? null;
  if (!classes) return null;
  const { x, y } = work.grid;
  const points = Float32Array.from(work.train.x);
  return { side: SIDE, classes, x, y, points, labels: work.train.y };
}

if (typeof WorkerGlobalScope === "function") {
  const workshop = new Workshop((message) => postMessage(message));
  addEventListener("message", ({ data }) => workshop.hear(data));
}
