// Scales and ticks.
import { general } from "./text.js";

/** From a domain to pixels, and `back`; `log` for decades. */
export function scale([low, high], [from, to], log = false) {
  const place = log ? Math.log10 : (x) => x;
  const [a, b] = [place(low), place(high)];
  if (a === b) return Object.assign(() => (from + to) / 2, { back: () => low });
  // A share first: the reciprocal of a very small range would be infinite.
  const share = (x) => (place(Math.max(x, log ? low : -Infinity)) - a) / (b - a);
  const back = (pixel) => {
    const at = a + ((pixel - from) / (to - from)) * (b - a);
    return log ? 10 ** at : at;
  };
  return Object.assign((x) => from + share(x) * (to - from), { back });
}

/** A domain that holds another one, too; what it says besides its ends stays. */
export function widened(domain, other) {
  if (!domain || !other) return domain;
  const [low, high] = [Math.min(domain[0], other[0]), Math.max(domain[1], other[1])];
  return [low, high, ...domain.slice(2)];
}

/** At most `most` + 1 round numbers in a domain: 1, 2 or 5 times a power of ten. */
export function ticks([low, high], most, whole = false) {
  const least = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  // Among the smallest numbers there are no round ones, nor among the largest.
  if (!(power > 1e-300 && power < 1e300)) {
    return [low, high].map((value) => ({ value, text: general(value, 3) }));
  }
  let by = [1, 2, 5, 10].map((m) => m * power).find((step) => step >= least * (1 - 1e-9));
  if (whole) by = Math.max(1, Math.round(by));
  const found = [];
  for (let i = Math.ceil(low / by - 1e-9); i * by <= high * (1 + 1e-12); i++) found.push(i * by);
  return found.map((value) => ({ value, text: general(value, whole ? 6 : 3) }));
}

/** Powers of ten in a domain, thinned to about `most`. */
export function decades([low, high], most) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last <= first) return [low, high].map((value) => ({ value, text: general(value, 2) }));
  const by = Math.max(1, Math.ceil((last - first) / most));
  const found = [];
  for (let power = last; power >= first; power -= by) {
    const value = Number(`1e${power}`);
    found.push({ value, text: power < -3 || power > 3 ? `1e${power}` : String(value) });
  }
  return found;
}
