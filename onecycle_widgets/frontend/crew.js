// The workers of a page: a job's seeds are shared out among them, and what they tell is put
// together.

const SEEN = ["accuracy", "stops"]; // of each seed, besides its losses

/** How many workers may run: one thread is the page's. */
export function workersFor(seeds, threads = globalThis.navigator?.hardwareConcurrency ?? 2) {
  return Math.max(1, Math.min(seeds, threads - 1));
}

/** What has come of a job: for each seed its losses, and what else was seen. */
class Progress {
  constructor(seeds, steps) {
    this.losses = seeds.map(() => new Float64Array(steps).fill(NaN));
    for (const name of SEEN) this[name] = seeds.map(() => null);
    Object.assign(this, { done: 0, complete: false, plane: null });
  }

  /** Take what a worker tells of the seeds in its places. */
  add(places, told) {
    places.forEach((place, i) => {
      this.losses[place].set(told.losses[i], told.from);
      for (const name of SEEN) this[name][place] = told[name][i] ?? null;
    });
    if (told.plane) this.plane = told.plane;
  }
}

/** Workers that are made when they are needed, and stay; one job at a time. */
export class Crew {
  constructor(source) {
    this.source = source;
    this.workers = [];
    this.jobs = 0;
    this.hearers = new Map();
  }

  /**
   * Begin a job, `{do, seeds, steps, ...}`. `told(progress)` hears of it now and then. Returns
   * `{stop(), ended}`; the promise `ended` gives the progress when the last worker is done.
   */
  start(job, told = () => {}) {
    const id = ++this.jobs;
    const progress = new Progress(job.seeds, job.steps);
    const shares = this.#shares(job.seeds.length);
    const done = shares.map(() => 0);
    const running = new Set(shares.keys());
    const whole = shares.map(() => false);
    const ended = new Promise((resolve, reject) => {
      shares.forEach((places, i) => {
        this.#hear(i, id, (message) => {
          if (message.failed) reject(new Error(message.failed));
          if (message.losses) progress.add(places, message);
          done[i] = message.done ?? done[i];
          progress.done = Math.min(...done);
          if (message.ended) {
            running.delete(i);
            whole[i] = message.complete;
          }
          if (running.size) return told(progress);
          progress.complete = whole.every(Boolean);
          return resolve(progress);
        });
        const seeds = places.map((place) => job.seeds[place]);
        this.workers[i].postMessage({ ...job, id, seeds, plane: job.plane && i === 0 });
      });
    });
    const stop = () => {
      for (const i of running) this.workers[i].postMessage({ do: "stop", id });
    };
    return { stop, ended, progress };
  }

  /** Which of so many seeds each worker trains, by place. */
  #shares(count) {
    const workers = workersFor(count);
    while (this.workers.length < workers) this.#hire();
    const shares = Array.from({ length: workers }, () => []);
    for (let place = 0; place < count; place++) shares[place % workers].push(place);
    return shares;
  }

  #hire() {
    const place = this.workers.length;
    const url = URL.createObjectURL(new Blob([this.source], { type: "text/javascript" }));
    const worker = new Worker(url);
    worker.onmessage = ({ data }) => {
      URL.revokeObjectURL(url);
      this.hearers.get(`${place} ${data.id}`)?.(data);
      if (data.ended) this.hearers.delete(`${place} ${data.id}`);
    };
    worker.onerror = (event) => {
      for (const [key, hear] of this.hearers) {
        if (!key.startsWith(`${place} `)) continue;
        this.hearers.delete(key);
        hear({ ended: true, complete: false, failed: event.message });
      }
    };
    this.workers.push(worker);
  }

  #hear(place, id, hearer) {
    this.hearers.set(`${place} ${id}`, hearer);
  }
}
