// What one cycle is compared with, of the same peak and length: policy/baselines.py and
// policy/warmed_up.py once more, with their defaults.
import { cyclesOf } from "./curve.js";

export const ONE_CYCLE = "one cycle";
const [HALF, THREE_QUARTERS] = [0.5, 0.75];

/** Some tenths of the steps, rounded down; 0.7 * 10 would be a little less than 7. */
function tenths(count, steps) {
  return Math.floor((count * steps) / 10);
}

const SHAPES = {
  constant: () => () => 1,
  step: (steps) => {
    const falls = [HALF, THREE_QUARTERS].map((share) => Math.max(1, Math.floor(share * steps)));
    return (step) => 0.1 ** falls.filter((fall) => step >= fall).length;
  },
  cosine: (steps) => (step) => (1 + Math.cos((Math.PI * step) / steps)) / 2,
  linear: (steps) => (step) => 1 - step / steps,
  "warm-up, stable, decay": (steps) => {
    const rising = tenths(1, steps);
    const first = tenths(7, steps);
    return (step) => {
      if (step < rising) return (step + 1) / (rising + 1);
      return 1 - Math.min(Math.max((step - first) / (steps - first), 0), 1);
    };
  },
};

/** The names of all schedules. */
export const SCHEDULES = [ONE_CYCLE, ...Object.keys(SHAPES)];

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
  const share = SHAPES[schedule](steps);
  const peak = schedule.startsWith("warm") ? tenths(1, steps) : 0;
  return { steps, lr: (step) => policy.max_lr * share(step), momentum: stays, peak, cycle: null };
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
