// What one cycle is compared with on a surface, of the same peak and length: the defaults of
// surfaces/balls.py once more.
import { Baseline } from "./baselines.js";
import { cyclesOf } from "./curve.js";

export const ONE_CYCLE = "one cycle";
const CLASSES = {
  constant: "Constant",
  step: "Step",
  cosine: "Cosine",
  linear: "Linear",
  "warm-up, stable, decay": "WarmupStableDecay",
};

/** The names of all schedules. */
export const SCHEDULES = [ONE_CYCLE, ...Object.keys(CLASSES)];

/**
 * The rate and the momentum of each step as functions of it, and where the rate is highest. A
 * momentum that is not cycled stays what it is.
 */
export function steeringOf(policy, schedule, momentum) {
  const stays = () => momentum;
  const steps = policy.total_steps;
  if (schedule === ONE_CYCLE) {
    const [cycle] = cyclesOf(policy);
    const moves = cycle.momenta ? (step) => cycle.momentum(step) : stays;
    return { steps, lr: (step) => cycle.lr(step), momentum: moves, peak: cycle.peak, cycle };
  }
  const rival = new Baseline({
    schedule: CLASSES[schedule],
    lr: policy.max_lr,
    total_steps: steps,
  });
  const { peak } = rival;
  return { steps, lr: (step) => rival.lr(step), momentum: stays, peak, cycle: null };
}

/** The same as arrays over all steps, in single precision: there all machines agree (balls.py). */
export function steered({ steps, lr, momentum }) {
  const rates = new Float32Array(steps);
  const momenta = new Float32Array(steps);
  for (let step = 0; step < steps; step++) {
    rates[step] = lr(step);
    momenta[step] = momentum(step);
  }
  return { rates, momenta };
}
