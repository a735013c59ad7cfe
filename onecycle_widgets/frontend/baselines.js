// The schedules that one cycle is compared with: policy/baselines.py, policy/falling.py and
// policy/warmed_up.py once more, and their names from policy/rivals.py.
import { spread } from "./curve.js";
import { check, Impossible } from "./rules.js";
import { TABLES } from "./tables.js";
import { float, repr } from "./text.js";

const { defaults: SHAPES, known: KNOWN } = TABLES.baselines;
const TAKEN = ["lr", "total_steps"]; // what a rival takes over from the cycle beside it

/** floor(share * steps) of the decimal number that a share is written as, below one. */
export function stepsIn(share, steps) {
  const [mantissa, exponent] = share.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const places = digits.length - 1 - Number(exponent);
  return Number((BigInt(digits) * BigInt(steps)) / 10n ** BigInt(places));
}

/** What is left of the rate at a step, for each class; `rising` steps of warm-up lie before. */
const FALLS = {
  Constant: () => () => 1,
  Step({ milestones, gamma }, steps, rising) {
    const falls = fallsOf(milestones, steps, rising);
    return (step) => gamma ** falls.filter((fall) => step >= fall).length;
  },
  Cosine: ({ floor }, steps, rising) => {
    const falling = steps - rising;
    return (step) => above(floor, (1 + Math.cos((Math.PI * (step - rising)) / falling)) / 2);
  },
  Linear: ({ floor }, steps, rising) => {
    const falling = steps - rising;
    return (step) => above(floor, 1 - Math.min((step - rising) / falling, 1));
  },
  WarmupStableDecay({ decay_start, cooldown }, steps) {
    const first = stepsIn(decay_start, steps);
    const gone = (step) => Math.min(Math.max((step - first) / (steps - first), 0), 1);
    return cooldown === "linear" ? (step) => 1 - gone(step) : (step) => 1 - Math.sqrt(gone(step));
  },
  InverseSquareRoot: (_shape, _steps, rising) => (step) => Math.sqrt((rising + 1) / (step + 1)),
};

function fallsOf(milestones, steps, rising) {
  return milestones.map((share) => Math.max(rising + 1, stepsIn(share, steps)));
}

function above(floor, share) {
  return floor ? floor + (1 - floor) * share : share;
}

const open = (x) => typeof x === "number" && x >= 0 && x < 1;
const closed = (x) => typeof x === "number" && x >= 0 && x <= 1;
const RANGE_OF = {
  lr: (x) => typeof x === "number" && x > 0 && Number.isFinite(x),
  total_steps: (x) => Number.isSafeInteger(x) && x > 0,
  warmup: open,
  floor: closed,
  gamma: closed,
  decay_start: open,
  cooldown: (x) => ["linear", "1-sqrt"].includes(x),
  milestones: (all) =>
    Array.isArray(all) &&
    all.length > 0 &&
    all.every((x, i) => open(x) && x > (i ? all[i - 1] : 0)),
};

/** One of them: its rate at each step. Beside cycles in a picture it is one, without momenta. */
export class Baseline {
  /** Values as Python's `plain` writes them; throws Impossible where there is no such schedule. */
  constructor(values) {
    const { schedule, lr, total_steps, ...own } = values;
    const defaults = Object.hasOwn(FALLS, schedule) ? SHAPES[schedule] : null;
    if (!defaults) throw new Impossible("pins", `no schedule is called ${schedule}`);
    const shape = { ...defaults, ...own };
    for (const [name, value] of Object.entries({ lr, total_steps, ...shape })) {
      const known = name in defaults || TAKEN.includes(name);
      if (!known || !RANGE_OF[name](value))
        throw new Impossible("pins", `${name} cannot be ${value}`);
    }
    const latest = shape.milestones?.[0] ?? shape.decay_start;
    const late = shape.milestones ? shape.warmup >= latest : shape.warmup > latest;
    if (late) throw new Impossible("pins", `warmup must end before ${latest}`);
    this.values = values;
    this.policy = this; // by which the chart knows steps that curves have in common
    this.steps = total_steps;
    this.max_lr = lr;
    this.momenta = null;
    this.rising = stepsIn(shape.warmup, total_steps);
    this.shape = shape;
    this.fall = FALLS[schedule](shape, total_steps, this.rising);
  }

  /** What is left at a step of the highest rate. */
  share(step) {
    return step < this.rising ? (step + 1) / (this.rising + 1) : this.fall(step);
  }

  lr(step) {
    return this.max_lr * this.share(step);
  }

  /** First step with the highest rate. */
  get peak() {
    return this.rising;
  }

  /** Steps at which the curve bends or jumps. */
  get borders() {
    const { milestones, decay_start } = this.shape;
    const falls = milestones ? fallsOf(milestones, this.steps, this.rising) : [];
    const bends = decay_start ? [stepsIn(decay_start, this.steps)] : [];
    const all = [0, this.rising, ...falls.flatMap((fall) => [fall - 1, fall]), ...bends];
    return [...all.filter((step) => step < this.steps), this.steps - 1];
  }

  /** At most `most` steps spread evenly, and every border. */
  sample(most) {
    return spread(this.steps, this.borders, most);
  }

  /** The name by which the shape is known, or the call that makes it: rivals.named. */
  get name() {
    const { schedule, lr, total_steps, ...own } = this.values;
    const same = (rival) =>
      rival.schedule === schedule && JSON.stringify(rival.settings) === JSON.stringify(own);
    const known = Object.keys(KNOWN).find((name) => same(KNOWN[name]));
    const literal = (value) => {
      if (Array.isArray(value)) return `[${value.map(float).join(", ")}]`;
      return typeof value === "number" ? float(value) : repr(value);
    };
    const given = Object.entries(own).map(([name, value]) => `${name}=${literal(value)}`);
    return known ?? `${schedule}(${given.join(", ")})`;
  }

  /** The same, with the rate and the length where they are not those of a policy. */
  beside({ max_lr, total_steps }) {
    const others = [];
    if (this.max_lr !== Math.max(...[max_lr].flat())) others.push(`lr=${float(this.max_lr)}`);
    if (this.steps !== total_steps) others.push(`total_steps=${this.steps}`);
    return [this.name, ...others].join(", ");
  }
}

/** What is pinned: a policy, or a schedule that cycles are compared with; throws Impossible. */
export function pinOf(values) {
  return values.schedule === undefined ? check(values) : new Baseline(values);
}

/** A known rival of a policy's highest rate and length, as plain values. */
export function rivalOf(name, { max_lr, total_steps }) {
  const { schedule, settings } = KNOWN[name];
  return { schedule, lr: Math.max(...[max_lr].flat()), total_steps, ...settings };
}
