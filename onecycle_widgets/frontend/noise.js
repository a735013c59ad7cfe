// Gradient noise that any language can repeat: surfaces/noise.py once more.

const WORDS = 4; // 32-bit words for the two axes of a step
const WEYL = 0x9e3779b9;
const PAIRS = 0x00ff00ff;
const MEAN = 8 * 127.5;
const SCALE = Math.sqrt(12 / (8 * (256 * 256 - 1)));

/** A word whose bits depend on all bits of the given one (MurmurHash3's fmix32). */
function mixed(word) {
  let mixing = word ^ (word >>> 16);
  mixing = Math.imul(mixing, 0x85ebca6b);
  mixing ^= mixing >>> 13;
  mixing = Math.imul(mixing, 0xc2b2ae35);
  return mixing ^ (mixing >>> 16);
}

function sumOf(word) {
  const two = (word & PAIRS) + ((word >>> 8) & PAIRS);
  return (two & 0xffff) + (two >>> 16);
}

/** Numbers of mean 0 and variance 1, nearly normal: two for each step and ball, step by step. */
export function bells(seed, balls, steps) {
  const key = mixed(seed ^ WEYL);
  const streams = Int32Array.from({ length: balls }, (_, ball) => mixed((ball + 1) ^ key));
  const found = new Float64Array(steps * balls * 2);
  let at = 0;
  for (let step = 0; step < steps; step++) {
    const first = Math.imul(step * WORDS, WEYL);
    for (let ball = 0; ball < balls; ball++) {
      const stream = streams[ball];
      let count = first;
      for (let axis = 0; axis < 2; axis++) {
        const one = mixed(count ^ stream);
        const other = mixed((count + WEYL) ^ stream);
        count = (count + 2 * WEYL) | 0;
        found[at++] = (sumOf(one) + sumOf(other) - MEAN) * SCALE;
      }
    }
  }
  return found;
}
