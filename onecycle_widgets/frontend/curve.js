// The arithmetic of the cycle: policy/curve.py once more, operation by operation, one step at a
// time.

const FINEST = 1000; // steps that a hand can tell apart in the picture

/** Phases that have a step: name, first and last step, and where their curves begin and end. */
function phasesOf({ total_steps: n, pct_start: p, three_phase: three }) {
  const names = three ? ["warm-up", "cool-down", "annihilation"] : ["warm-up", "annealing"];
  const ends = three ? [p * n - 1, 2 * p * n - 2, n - 1] : [p * n - 1, n - 1];
  const phases = [];
  let start = 0;
  let first = 0;
  ends.forEach((end, i) => {
    const last = Math.floor(end);
    if (last >= first) {
      phases.push({ name: names[i], first, last, start, end });
      first = last + 1;
    }
    start = end;
  });
  return phases;
}

/** All steps, or `most` of them spread evenly, and the borders. */
export function spread(steps, borders, most) {
  if (steps <= most) return Array.from({ length: steps }, (_, step) => step);
  const by = (steps - 1) / (most - 1);
  const even = Array.from({ length: most }, (_, i) => Math.round(i * by));
  return [...new Set([...even, ...borders])].sort((a, b) => a - b);
}

/** A valid policy's cycle, for one of its parameter groups. */
class Cycle {
  constructor(policy, group = 0) {
    const at = (value) => (Array.isArray(value) ? value[group] : value);
    this.policy = policy;
    this.steps = policy.total_steps;
    this.phases = phasesOf(policy);
    this.linear = policy.anneal_strategy === "linear";
    const top = at(policy.max_lr);
    const low = top / policy.div_factor;
    const final = low / policy.final_div_factor;
    const base = at(policy.base_momentum);
    const high = at(policy.max_momentum);
    this.max_lr = top;
    this.rates = {
      "warm-up": [low, top],
      annealing: [top, final],
      "cool-down": [top, low],
      annihilation: [low, final],
    };
    const momenta = {
      "warm-up": [high, base],
      annealing: [base, high],
      "cool-down": [base, high],
      annihilation: [high, high],
    };
    this.momenta = policy.cycle_momentum ? momenta : null;
  }

  phase(step) {
    return this.phases.find((phase) => step <= phase.last);
  }

  lr(step) {
    return this.#value(this.rates, step);
  }

  momentum(step) {
    return this.#value(this.momenta, step);
  }

  #value(knots, step) {
    const phase = this.phase(step);
    const [start, end] = knots[phase.name];
    const pct = (step - phase.start) / (phase.end - phase.start);
    if (this.linear) return pct * (end - start) + start;
    return (Math.cos(Math.PI * pct) + 1) * ((start - end) / 2) + end;
  }

  /** First step with the highest rate; phases are monotone, so it lies at a border. */
  get peak() {
    let best = 0;
    for (const step of this.borders) if (this.lr(step) > this.lr(best)) best = step;
    return best;
  }

  get borders() {
    return this.phases.flatMap((phase) => [phase.first, phase.last]);
  }

  /** Mean rate over all steps, in closed form: 100,000 steps cost as little as ten. */
  get mean() {
    let sum = 0;
    for (const { name, first, last, start, end } of this.phases) {
      const [from, to] = this.rates[name];
      const count = last - first + 1;
      const middle = ((first + last) / 2 - start) / (end - start);
      if (this.linear) {
        sum += count * (from + (to - from) * middle);
      } else {
        const half = Math.PI / (end - start) / 2;
        const cosines = (Math.sin(count * half) / Math.sin(half)) * Math.cos(Math.PI * middle);
        sum += count * to + ((from - to) / 2) * (count + cosines);
      }
    }
    return sum / this.steps;
  }

  /** At most `most` steps spread evenly, and every phase's borders. */
  sample(most) {
    return spread(this.steps, this.borders, most);
  }
}

/** How many parameter groups a policy's lists speak of. */
export function groupsOf(policy) {
  const lists = [policy.max_lr, policy.base_momentum, policy.max_momentum].filter(Array.isArray);
  return lists.length ? lists[0].length : 1;
}

/** One cycle for each parameter group, for the first `most`. */
export function cyclesOf(policy, most = Infinity) {
  const groups = Math.min(groupsOf(policy), most);
  return Array.from({ length: groups }, (_, group) => new Cycle(policy, group));
}

/** The pct_start that puts the peak on step `whole` - 1; in a long cycle, to three digits. */
export function shareOf({ total_steps: n }, whole) {
  if (n > FINEST && whole > 2 && whole < n - 1) return Number((whole / n).toFixed(3));
  return exactShare(n, whole);
}

function exactShare(n, whole) {
  const share = whole / n;
  const next = share + share * 2 ** -53; // the next number, whose product may be exact
  return share * n !== whole && next * n === whole ? next : share;
}

/** The pct_start next to the policy's with which a step falls exactly on the peak. */
export function snapped({ total_steps: n, pct_start: p, three_phase: three }) {
  const most = three ? Math.floor(n / 2) : n - 1;
  return exactShare(n, Math.min(Math.max(Math.round(p * n), 2), most));
}
