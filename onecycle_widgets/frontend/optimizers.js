// torch.optim.SGD and torch.optim.AdamW, with the arguments that `Setting.make_optimizer` gives.
import { bytesFor } from "./machine.js";

const BETA2 = 0.999;
const EPS = 1e-8;

/** What each kind remembers of a weight: SGD its velocity, AdamW its two means. */
const MEMORIES = { sgd: 1, adamw: 2 };

/** Bytes that a network's weights take with what the optimizer remembers. */
export function bytesOfState(kind, count) {
  return (1 + MEMORIES[kind]) * bytesFor(count);
}

/** The weights of one model, and the optimizer that moves them. */
export class Optimizer {
  constructor(machine, { optimizer, weight_decay }, network) {
    Object.assign(this, { machine, network, kind: optimizer, decay: weight_decay, steps: 0 });
    this.weights = machine.take(network.count);
    this.state = Array.from({ length: MEMORIES[optimizer] }, () => machine.take(network.count));
  }

  /** Take a step along the network's gradient; `momentum` is AdamW's beta1. */
  step(lr, momentum) {
    const { run } = this.machine;
    const { gradient, count } = this.network;
    this.steps++;
    if (this.kind === "sgd") {
      run.sgd(this.weights, gradient, this.state[0], count, lr, momentum, this.decay);
      return;
    }
    // The means start at zero, and are divided by the weight that they have gathered.
    const size = lr / (1 - momentum ** this.steps);
    const scale = Math.sqrt(1 - BETA2 ** this.steps);
    const stay = 1 - lr * this.decay;
    const [means, squares] = this.state;
    const share = 1 - momentum;
    run.adamw(this.weights, gradient, means, squares, count, size, stay, share, BETA2, scale, EPS);
  }
}
