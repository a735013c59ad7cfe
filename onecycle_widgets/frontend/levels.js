// The board's axes of losses and accuracies. They have places of their own: while a hand drags,
// and from run to run, they stay as they are as long as everything is in sight.

const LEAST_LOSS = 1e-3; // what the axis reaches down to, at least, where guessing is known
const DEEPEST = 1e-6;
const TIMES_CHANCE = 2; // what is so much worse than guessing leaves the picture
const LEAST_ERROR = 0.004; // a share of wrong answers that counts as none
const RIGHT = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99];
const LINE = 12; // pixels between two numbers

/** The next of 1, 2, 5 times a power of ten, above or below. */
function roundIn(value, up) {
  const power = Math.floor(Math.log10(value) + 1e-9);
  const steps = [1, 2, 5, 10].map((one) => Number(`${one}e${power}`));
  const inside = 1e-9 * value;
  return up
    ? steps.find((step) => step >= value - inside)
    : steps.findLast((step) => step <= value + inside);
}

/** The axis of the losses, as [low, high, whether in decades]. */
export function lossDomain(runs, chance) {
  let [low, high, least] = [Infinity, -Infinity, Infinity];
  for (const { loss } of runs) {
    for (const value of loss) {
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      if (value > 0) low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (chance) {
    const bottom = Math.min(LEAST_LOSS, Math.max(roundIn(Math.min(low, 1), false), DEEPEST));
    return [bottom, TIMES_CHANCE * chance.loss, true];
  }
  if (low === Infinity || least <= 0) {
    const [from, to] = low === Infinity ? [0, 1] : [Math.min(least, 0), high];
    return [from, to > from ? roundIn(to - from, true) + from : from + 1, false];
  }
  return [roundIn(low, false), roundIn(Math.min(high, 1e6 * low), true), true];
}

/**
 * The scale of a share of right answers: by the errors, in decades, so that 95 and 99 percent
 * are as far apart as they are in a day's work.
 */
export function accuracyScale([bottom, top]) {
  const deepest = -Math.log10(LEAST_ERROR);
  return (share) => {
    const depth = -Math.log10(Math.max(1 - share, LEAST_ERROR));
    return bottom + (depth / deepest) * (top - bottom);
  };
}

/** The numbers beside that scale that have room. */
export function ofAccuracy(up) {
  let free = Infinity;
  return RIGHT.map((share) => ({ y: up(share), text: String(Math.round(100 * share)) })).filter(
    ({ y }) => {
      if (y > free - LINE) return false;
      free = y;
      return true;
    },
  );
}
