// A training of several seeds, step by step: the numbers of `train`, and of a sweep's engine.
import { cyclesOf } from "./curve.js";
import { pointsOf } from "./ladder.js";
import { Network } from "./network.js";
import { bytesOfState, Optimizer } from "./optimizers.js";
import { Twister } from "./random.js";
import { samplesOf } from "./samples.js";
import { drawnLayers } from "./weights.js";

const CONSTANT = 0.9; // momentum, or beta1, where the schedule does not cycle it

/** The order of a split's samples, epoch by epoch: `split.batches(batch_size, seed)`. */
export class Batches {
  constructor(samples, size, seed) {
    Object.assign(this, { samples, size, twister: new Twister(seed), at: samples });
  }

  /** The next batch's samples, by number; the smaller rest of an epoch is dropped. */
  next() {
    if (this.at + this.size > this.samples) {
      this.order = this.twister.permutation(this.samples);
      this.at = 0;
    }
    this.at += this.size;
    return this.order.subarray(this.at - this.size, this.at);
  }
}

/** A model of one seed that is being trained. */
class Member {
  constructor(seed, task, network, machine, samples) {
    this.optimizer = new Optimizer(machine, task, network);
    network.load(drawnLayers(network.widths, seed), this.optimizer.weights);
    this.batches = new Batches(samples.count, task.batch_size, seed);
    Object.assign(this, { network, samples, done: 0, diverged: false });
  }

  /** The next batch's loss; its gradient is where the optimizer looks for it. */
  loss() {
    return this.network.learn(this.optimizer.weights, this.samples, this.batches.next());
  }
}

/** A network in a machine that has been emptied, its samples, and a member for each seed. */
function membersOf(machine, task, seeds) {
  const { inputs, classes, train, held, grid } = samplesOf(task.data);
  const network = new Network([inputs, ...task.hidden, classes], task.batch_size);
  const each = bytesOfState(task.optimizer, network.count);
  const parts = [train.y.length, held.y.length, grid ? grid.places.length / 2 : 0];
  const bytes = parts.map((count) => network.bytesOf(count)).reduce((a, b) => a + b);
  machine.reset(network.bytes + bytes + seeds.length * each);
  network.settle(machine);
  const samples = network.place(train);
  const members = seeds.map((seed) => new Member(seed, task, network, machine, samples));
  const plane = grid && network.place({ x: grid.places, y: null });
  return { network, members, held: network.place(held), plane, grid, train };
}

/** Models of several seeds, each trained as far as the others: `step(member)` takes one step. */
export class Abreast {
  constructor(machine, task, seeds, steps) {
    Object.assign(this, membersOf(machine, task, seeds), { steps });
    for (const member of this.members) member.losses = new Float64Array(steps).fill(NaN);
  }

  /** Steps that every seed has taken, or been spared. */
  get done() {
    return this.members.reduce((least, { done }) => Math.min(least, done), this.steps);
  }

  /** Train for a while: those who are behind first, until `enough()` says so. */
  advance(enough) {
    while (this.done < this.steps && !enough()) {
      this.step(this.members.reduce((a, b) => (b.done < a.done ? b : a)));
    }
  }
}

/** Trains `seeds` by `policy`; `points` measurements at most. */
export class Training extends Abreast {
  constructor(machine, task, policy, seeds, points) {
    super(machine, task, seeds, policy.total_steps);
    [this.cycle] = cyclesOf(policy);
    this.points = pointsOf(this.steps, points);
    for (const member of this.members) {
      member.heldLoss = new Float64Array(this.points.length).fill(NaN);
      member.accuracy = new Float64Array(this.points.length).fill(NaN);
    }
    // What a model full of NaN gets, which answers class 0 throughout.
    const { y } = this.held;
    this.worst = y.reduce((sum, label) => sum + (label === 0), 0) / y.length;
  }

  step(member) {
    const step = member.done++;
    if (!member.diverged) {
      const loss = member.loss();
      if (Number.isFinite(loss)) {
        member.losses[step] = loss;
        const momentum = this.cycle.momenta ? this.cycle.momentum(step) : CONSTANT;
        member.optimizer.step(this.cycle.lr(step), momentum);
      } else member.diverged = true;
    }
    const point = this.points.indexOf(member.done);
    if (point >= 0) this.#measure(member, point);
  }

  #measure(member, point) {
    member.accuracy[point] = this.worst;
    if (member.diverged) return;
    const { loss, accuracy } = this.network.measure(member.optimizer.weights, this.held);
    // Weights may break in the last step, whose loss was still finite.
    member.diverged = !Number.isFinite(loss);
    if (member.diverged) return;
    member.heldLoss[point] = loss;
    member.accuracy[point] = accuracy;
  }

  /** Class of each place in the plane, by the first seed's model; null without a plane. */
  boundary() {
    const [{ diverged, optimizer }] = this.members;
    return this.plane && !diverged ? this.network.classify(optimizer.weights, this.plane) : null;
  }
}
