// Rules that read a learning rate off a range test's curve: range_test/suggest.py once more, which
// says why each is what it is.
import { TABLES } from "./tables.js";
import { fill } from "./text.js";
import { medianOf } from "./trained.js";

const { reasons, recommended } = TABLES.range_test;
const SHORTEST = 10; // points
const DESCENT = 2; // times the scatter of the raw losses
const ROUNDING = 1e-9; // times the loss
const [SHARE, CLEAR] = [0.05, 12];
const EDGE = 0.1; // share of the drop that a loss may lie above the lowest
const [LEAST_SHARE, MOST_SHARE] = [1 / 5, 1 / 2]; // of the edge, between which halfway stays

/** Name of the recommended rule. */
export const RECOMMENDED = recommended;

const suggested = (lr, reason, values = {}) => ({ lr, reason: fill(reasons[reason], values) });

/** Place of the lowest number, the first of several. */
function lowest(values) {
  return values.reduce((best, value, i) => (value < values[best] ? i : best), 0);
}

/** Standard deviation of raw losses around their trend, from neighbours' differences. */
export function scatterOf(loss) {
  if (loss.length < 2) return 0;
  const jumps = loss.slice(1).map((value, i) => Math.abs(value - loss[i]));
  return (1.4826 * medianOf(jumps)) / Math.sqrt(2);
}

/** `numpy.gradient` of values over places that need not be evenly spaced. */
function gradientOf(values, places) {
  const last = values.length - 1;
  const slope = (i) => (values[i + 1] - values[i]) / (places[i + 1] - places[i]);
  return values.map((_, i) => {
    if (i === 0) return slope(0);
    if (i === last) return slope(last - 1);
    const before = places[i] - places[i - 1];
    const after = places[i + 1] - places[i];
    return (before * slope(i) + after * slope(i - 1)) / (before + after);
  });
}

function steepest(lr, loss) {
  const end = Math.max(lowest(loss), 1) + 1;
  const places = lr.slice(0, end).map(Math.log10);
  return suggested(lr[lowest(gradientOf(loss.slice(0, end), places))], "steepest");
}

function minimum(lr, loss, stopped) {
  const low = lowest(loss);
  if (low === loss.length - 1 && !stopped) return suggested(null, "never");
  return suggested(lr[low] / 10, "minimum", { lr: lr[low] });
}

function valley(lr, loss) {
  // For each point, the longest descent that ends there, and where it came from.
  const length = loss.map(() => 1);
  const before = loss.map((_, i) => i);
  let last = 0;
  for (let i = 1; i < loss.length; i++) {
    for (let j = 0; j < i; j++) {
      if (loss[j] > loss[i] && length[j] + 1 > length[i])
        [length[i], before[i]] = [length[j] + 1, j];
    }
    if (length[i] > length[last]) last = i;
  }
  let first = last;
  while (before[first] !== first) first = before[first];
  const ends = { first: lr[first], last: lr[last] };
  return suggested(lr[(first + last) >> 1], "valley", ends);
}

function edge(lr, loss, stopped) {
  const low = lowest(loss);
  const bar = loss[low] + EDGE * (loss[0] - loss[low]);
  const above = loss.findIndex((value, i) => i >= low && value > bar);
  if (above >= 0) return suggested(lr[above - 1], "edge");
  return stopped ? suggested(lr.at(-1), "last") : suggested(null, "never");
}

function halfway(lr, loss, stopped) {
  const low = steepest(lr, loss).lr;
  const high = edge(lr, loss, stopped).lr;
  if (high === null) return suggested(null, "never");
  const between = Math.sqrt(low * high);
  if (between > MOST_SHARE * high) return suggested(MOST_SHARE * high, "most", { low, high });
  if (between < LEAST_SHARE * high) return suggested(LEAST_SHARE * high, "least", { low, high });
  return suggested(between, "halfway", { low, high });
}

const RULES_OF_RATES = { steepest, "minimum/10": minimum, valley, edge, halfway };

/** Every rule's answer, by name: the same refusal for all where the curve bears none. */
export function suggestionsFor(lr, loss, stopped, noise) {
  const refused = refusalOf([...loss], stopped, noise);
  const plain = [[...lr], [...loss], stopped];
  return Object.fromEntries(
    Object.entries(RULES_OF_RATES).map(([name, rule]) => [name, refused ?? rule(...plain)]),
  );
}

/** The same refusal by every rule. */
export function refusedByAll(reason) {
  return Object.fromEntries(
    Object.keys(RULES_OF_RATES).map((name) => [name, { lr: null, reason }]),
  );
}

/** Why a curve can bear no rule at all, as a suggestion without a rate; null when it can. */
function refusalOf(loss, stopped, noise) {
  if (loss.length < SHORTEST) {
    const counted = { count: loss.length, least: SHORTEST };
    return suggested(null, stopped ? "few_stopped" : "few", counted);
  }
  const [low, top] = [Math.min(...loss), Math.max(...loss.map(Math.abs))];
  const [drop, start] = [loss[0] - low, Math.abs(loss[0])];
  const least = Math.max(DESCENT * noise, ROUNDING * top);
  if (drop <= least) {
    const within = (value) => !(value - loss[0] > Math.max(DESCENT * noise, drop));
    if (!stopped) return suggested(null, "no_descent_up");
    const early = loss.findLastIndex(within) < SHORTEST;
    return suggested(null, early ? "no_descent_down" : "no_descent_within");
  }
  if (drop < SHARE * start && drop < CLEAR * noise) {
    const told = { share: ((100 * drop) / start).toFixed(1), times: (drop / noise).toFixed(1) };
    return suggested(null, "weak", told);
  }
  return null;
}
