// The toys' samples: those to train on, and those held out (`holdout()` of each toy).
import { bytesOf } from "./machine.js";
import { STORED } from "./stored.js";

const INKS = 17; // an image's pixels are whole numbers from 0 to 16, a letter each

/** Standardised as in Python, by the mean and the scale that it had. */
function inks(text, { mean, scale }) {
  return Float64Array.from(text, (letter) => (Number.parseInt(letter, INKS) - mean) / scale);
}

function doubles(base64) {
  return new Float64Array(bytesOf(base64).buffer);
}

export const SIDE = 60; // places across the plane
const read = {};

/**
 * Inputs by rows, and labels: `{inputs, classes, train: {x, y}, held: {x, y}, grid}`; the grid is
 * null where samples do not lie in a plane.
 */
export function samplesOf(data) {
  if (read[data]) return read[data];
  const stored = STORED.samples[data];
  const { inputs, classes, train } = stored;
  const x = stored.inks ? inks(stored.inks, stored) : doubles(stored.doubles);
  const y = Uint8Array.from(stored.labels, Number);
  const part = (from, to) => ({ x: x.subarray(from * inputs, to * inputs), y: y.slice(from, to) });
  const split = { train: part(0, train), held: part(train, y.length) };
  const grid = inputs === 2 ? gridOver(split.train) : null;
  read[data] = { inputs, classes, ...split, grid };
  return read[data];
}

/** Places on a grid over samples of two inputs, a little wider than they lie, by rows. */
function gridOver({ x }) {
  const ends = [0, 1].map((axis) => {
    const along = x.filter((_, i) => i % 2 === axis);
    return [Math.min(...along) - 0.2, Math.max(...along) + 0.2];
  });
  const [across, up] = ends.map(([from, to]) => spaced(from, to, SIDE));
  const places = new Float64Array(2 * SIDE * SIDE);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      places.set([across[column], up[row]], 2 * (row * SIDE + column));
    }
  }
  return { places, x: ends[0], y: ends[1] };
}

/** `torch.linspace`, which counts from both ends. */
function spaced(from, to, count) {
  const by = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) =>
    i < count / 2 ? from + by * i : to - by * (count - 1 - i),
  );
}
