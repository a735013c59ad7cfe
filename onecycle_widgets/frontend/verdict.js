// What a run came to, and what to be told of it, in words.
import { TABLES } from "./tables.js";
import { fill, general } from "./text.js";
import { medianOf } from "./trained.js";

const WORSE = 0.9; // of the loss of guessing: who ends above has learnt next to nothing
const [WILD, FAR] = [1000, 10]; // times the first loss, or guessing's: on the way, and at the end
const TINY_PEAK = 0.01; // below it, a loss that stays wants more
const STRONG_DECAY = 0.1;
const NEAR = 1.15; // times the share that guessing gets right

/** What is said of a row of `RunRows`, or of none, and whether that is a warning. */
export function findingOf(row, chance) {
  const { begin, under_way } = TABLES.lab.words;
  if (!row) return { text: begin, bad: false };
  const { run, note } = row;
  if (!run.live && !run.complete && note) return { text: fill(under_way, run), bad: false };
  return verdictOf(run, chance);
}

/** A share as percent, with one decimal. */
export function percent(share) {
  return Number.isFinite(share) ? (100 * share).toFixed(1) : "–";
}

/** What was measured on the held-out data, with its unit: a share of right answers, or a loss. */
export function measured(run, value) {
  if (!Number.isFinite(value)) return "–";
  return run.measure === "loss" ? general(value, 3) : `${percent(value)} %`;
}

/** The last number of a curve that is one; NaN without any. */
function lastOf(values) {
  for (let i = (values?.length ?? 0) - 1; i >= 0; i--) {
    if (Number.isFinite(values[i])) return values[i];
  }
  return Number.NaN;
}

/** Whether a run that came to its end knows no more than who guesses. */
function guesses(run, chance) {
  if (!chance || !run.complete || run.diverged) return false;
  const right = medianOf(run.final ?? []);
  const blind = !(right > NEAR * chance.accuracy);
  return blind && lastOf(run.loss) > WORSE * chance.loss;
}

/** Whether a loss left every scale on the way: it is no number in part, or ends far above all. */
export function exploded(run, chance) {
  const first = Math.max(run.loss[0], chance?.loss ?? 0);
  const last = lastOf(run.loss);
  const whole = run.loss.every(Number.isFinite) && Number.isFinite(run.rawLast ?? last);
  return !whole || Math.max(...run.loss) > WILD * first || (first > 0 && last > FAR * first);
}

/** What is to be blamed for a loss that rises: who set a strong weight decay may look there, too. */
function culpritOf(run) {
  const { decay, peak } = TABLES.lab.words;
  return Number(run.settings?.weight_decay) > STRONG_DECAY ? decay : peak;
}

/** Whether a whole training left the loss about where it was, at a peak that is tiny. */
function stays(run, chance) {
  if (run.loss[0] < WORSE * (chance?.loss ?? 0)) return false; // it had learnt before
  const [first, last] = [run.loss[0], lastOf(run.loss)];
  const calm = !(Math.max(...run.loss) > 1.02 * first);
  return run.complete && calm && last > WORSE * first && run.policy.max_lr < TINY_PEAK;
}

/** What a run (as `decoded` gives it) came to, in a sentence, and whether that is a warning. */
export function verdictOf(run, chance) {
  const words = TABLES.lab.words;
  const seeds = run.final?.length ?? 1;
  const culprit = culpritOf(run);
  if (run.diverged) {
    const whole = run.diverged >= seeds ? words.diverged : words.some_diverged;
    return { text: fill(whole, { diverged: run.diverged, seeds, culprit }), bad: true };
  }
  if (run.loss.length && exploded(run, chance)) {
    return { text: fill(words.exploded, { culprit }), bad: true };
  }
  if (guesses(run, chance)) {
    const text = stays(run, chance) ? words.too_low : fill(words.guessing, { culprit });
    return { text, bad: true };
  }
  if (stays(run, chance)) return { text: words.unmoved, bad: true };
  const loss = { first: general(run.loss[0], 2), last: general(lastOf(run.loss), 2) };
  const end = medianOf((run.final ?? []).filter(Number.isFinite));
  const known = run.measure === "loss" ? words.fitted : words.learnt;
  const text = Number.isFinite(end) ? known : words.fallen;
  const several = seeds > 1 ? fill(words.several, { seeds }) : "";
  const told = { ...loss, right: percent(end), held_out: general(end, 3) };
  return { text: fill(text, told) + several, bad: false };
}
