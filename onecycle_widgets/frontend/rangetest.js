// What a range test found, over several seeds: the views on it of range_test/result.py, and
// training/smooth.py.
import { RECOMMENDED, refusedByAll, scatterOf, suggestionsFor } from "./suggest.js";
import { TABLES } from "./tables.js";
import { fill } from "./text.js";
import { medianOf } from "./trained.js";

const { stops: STOPPED } = TABLES.range_test;
const WINDOW = 0.6; // decades that are averaged

/** Why a run ended before its last rate, in words. */
function wordsOf({ why, loss, lr }) {
  const written = Number.isNaN(loss) ? "nan" : loss > 0 ? "inf" : "-inf";
  return fill(STOPPED[why], { loss: written, lr });
}

/** Running mean in a centred window; a straight line through the first and the last window. */
export function smoothed(loss, wide) {
  let window = Math.min(wide, loss.length);
  window -= window % 2 === 0 ? 1 : 0;
  if (window < 3) return [...loss];
  const half = (window - 1) / 2;
  const part = (from) => loss.slice(from, from + window);
  const mean = (values) => values.reduce((a, b) => a + b) / values.length;
  const line = (values) => {
    const middle = mean(values);
    const squares = (window * (window * window - 1)) / 12;
    const slope = values.reduce((sum, value, i) => sum + (i - half) * value, 0) / squares;
    return (i) => middle + slope * (i - half);
  };
  const [begin, end] = [line(part(0)), line(part(loss.length - window))];
  return [...loss].map((_, i) => {
    if (i < half) return begin(i);
    if (i >= loss.length - half) return end(i - (loss.length - window));
    return mean(part(i - half));
  });
}

/** The curve's typical losses, cut where they explode, then smoothed. */
function smoothCurve(loss, ladder) {
  if (loss.length < 2) return [...loss];
  const span = Math.log10(ladder.at(-1) / ladder[0]);
  const start = medianOf(loss.slice(0, 5));
  const cap = 2 * start - Math.min(...loss, start);
  // Python rounds a half to the even number.
  const wide = (WINDOW / span) * (ladder.length - 1);
  const tie = wide % 1 === 0.5 && Math.floor(wide) % 2 === 0;
  const cut = loss.map((value) => Math.min(value, cap));
  return smoothed(cut, 1 + (tie ? Math.floor(wide) : Math.round(wide)));
}

/**
 * What the runs of all seeds say together: their median as far as half of them came, why they
 * stopped, and what the rules suggest. `runs`: `{losses, stop}` of each.
 */
export function rangeTestOf(ladder, runs) {
  const reached = (i) => runs.filter(({ losses }) => Number.isFinite(losses[i]));
  let steps = 0;
  for (let i = 0; i < ladder.length; i++) if (2 * reached(i).length >= runs.length) steps++;
  const lr = [...ladder.slice(0, steps)];
  const loss = lr.map((_, i) => medianOf(reached(i).map(({ losses }) => losses[i])));
  const ended = runs.map(({ stop }) => stop).filter((stop) => stop !== null);
  const typical = 2 * ended.length > runs.length ? ended[ended.length >> 1] : null;
  const diverged = typical !== null && typical.why !== "first";
  let stopped = typical && wordsOf(typical);
  if (typical && runs.length > 1) {
    stopped = fill(STOPPED.several, { count: ended.length, runs: runs.length, typical: stopped });
  }
  const smooth = smoothCurve(loss, [...ladder]);
  const suggestions =
    !steps && stopped
      ? refusedByAll(stopped)
      : suggestionsFor(lr, smooth, diverged ? stopped : null, scatterOf(loss));
  return { lr, loss, smooth, stopped, suggestions, recommended: RECOMMENDED };
}
