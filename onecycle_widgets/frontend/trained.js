// What comes of trainings, as the view draws it: numbers read off the wire, losses smoothed.

const WINDOWS = 20; // a loss is smoothed over one of so many parts of its run

/** Numbers as a Float32Array: the page sends one, a kernel its bytes (little-endian). */
export function floatsOf(value) {
  if (value === null || value === undefined) return new Float32Array(0);
  if (value instanceof Float32Array) return value;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value; // which may begin at an odd place
    return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  }
  if (value instanceof ArrayBuffer) return new Float32Array(value);
  return Float32Array.from(value, (one) => one ?? Number.NaN);
}

/** Bytes as a Uint8Array. */
export function bytesOf(value) {
  if (!ArrayBuffer.isView(value)) return Uint8Array.from(value ?? []);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/**
 * A running mean over a centred window, as much of it as there is at the ends, so that nothing
 * moves to the right. From the first number that is none on, there is none any more.
 */
export function smoothedOver(values, window) {
  const firstBad = values.findIndex((value) => !Number.isFinite(value));
  const end = firstBad < 0 ? values.length : firstBad;
  const half = Math.floor(window / 2);
  const found = new Float32Array(values.length).fill(Number.NaN);
  for (let i = 0; i < end; i++) {
    const [from, to] = [Math.max(i - half, 0), Math.min(i + half + 1, end)];
    let sum = 0; // of its own: in a running sum a loss of 1e36 would swallow all that follow it
    for (let j = from; j < to; j++) sum += values[j];
    found[i] = sum / (to - from);
  }
  return found;
}

/**
 * A run with its numbers read: `loss`, `low`, `high` smoothed at the steps `at`, and the loss of
 * the last of them as it was, `rawLast`.
 */
export function decoded(run) {
  const every = run.at.length > 1 ? (run.at.at(-1) - run.at[0]) / (run.at.length - 1) : 1;
  const window = Math.max(1, Math.round(run.total / WINDOWS / every));
  const smooth = (name) => (run[name] ? smoothedOver(floatsOf(run[name]), window) : null);
  const [accuracy, accuracyLow, accuracyHigh] = ["accuracy", "accuracy_low", "accuracy_high"].map(
    (name) => (run[name] ? floatsOf(run[name]) : null),
  );
  const own = { loss: smooth("loss"), low: smooth("low"), high: smooth("high") };
  const rawLast = floatsOf(run.loss).at(-1) ?? Number.NaN;
  return { ...run, ...own, rawLast, accuracy, accuracyLow, accuracyHigh };
}

/** Decodes runs, each once: a run that goes on is another one after every step. */
export class Decoder {
  constructor() {
    this.known = new Map();
  }

  /** Runs as `decoded` gives them. */
  read(runs) {
    const before = this.known;
    this.known = new Map();
    return runs.map((run) => {
      const key = `${run.key} ${run.done} ${run.complete}`;
      const found = before.get(key) ?? decoded(run);
      this.known.set(key, found);
      return found;
    });
  }
}

/** The middle of some numbers, as numpy.median has it; NaN without any. */
export function medianOf(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
