// The arithmetic of a training step as WebAssembly: two doubles at once. This is AssemblyScript;
// `python tests/store_arithmetic.py` compiles it to arithmetic.wasm, which pages carry. The same
// in JavaScript, operation by operation, is arithmetic.js.
//
// Matrices are rows of doubles, whose width is a multiple of four, one after the other; all
// places are in bytes.

/**
 * c = start + a * b: every sum begins with the number of `start` for its column, and goes up
 * through `inner`. An element of `a` lies `down` bytes before the one of the next row, and
 * `across` bytes before the one of the next column, so that a matrix may be read as its own
 * transpose. With `bend`, negative results become 0; with `keep` (a matrix like c), those become
 * 0 where it is not above 0.
 */
export function product(
  a: usize, down: usize, across: usize, b: usize, c: usize, rows: usize, columns: usize,
  inner: usize, start: usize, keep: usize, bend: bool,
): void {
  const wide: usize = columns << 3;
  const zero = f64x2.splat(0);
  for (let column: usize = 0; column < wide; column += 32) {
    const first = v128.load(start + column);
    const second = v128.load(start + column, 16);
    for (let row: usize = 0; row < rows; row += 4) {
      // A tile of four rows and four columns stays in registers.
      let c00 = first, c01 = second, c10 = first, c11 = second;
      let c20 = first, c21 = second, c30 = first, c31 = second;
      let upper = a + row * down;
      let lower = upper + 2 * down;
      let other = b + column;
      const end = other + inner * wide;
      while (other < end) {
        const b0 = v128.load(other);
        const b1 = v128.load(other, 16);
        let x = v128.load64_splat(upper);
        c00 = f64x2.add(c00, f64x2.mul(x, b0));
        c01 = f64x2.add(c01, f64x2.mul(x, b1));
        x = v128.load64_splat(upper + down);
        c10 = f64x2.add(c10, f64x2.mul(x, b0));
        c11 = f64x2.add(c11, f64x2.mul(x, b1));
        x = v128.load64_splat(lower);
        c20 = f64x2.add(c20, f64x2.mul(x, b0));
        c21 = f64x2.add(c21, f64x2.mul(x, b1));
        x = v128.load64_splat(lower + down);
        c30 = f64x2.add(c30, f64x2.mul(x, b0));
        c31 = f64x2.add(c31, f64x2.mul(x, b1));
        upper += across;
        lower += across;
        other += wide;
      }
      const place = row * wide + column;
      if (bend) {
        c00 = f64x2.max(c00, zero);
        c01 = f64x2.max(c01, zero);
        c10 = f64x2.max(c10, zero);
        c11 = f64x2.max(c11, zero);
        c20 = f64x2.max(c20, zero);
        c21 = f64x2.max(c21, zero);
        c30 = f64x2.max(c30, zero);
        c31 = f64x2.max(c31, zero);
      }
      if (keep) {
        let seen = keep + place;
        c00 = v128.and(c00, f64x2.gt(v128.load(seen), zero));
        c01 = v128.and(c01, f64x2.gt(v128.load(seen, 16), zero));
        seen += wide;
        c10 = v128.and(c10, f64x2.gt(v128.load(seen), zero));
        c11 = v128.and(c11, f64x2.gt(v128.load(seen, 16), zero));
        seen += wide;
        c20 = v128.and(c20, f64x2.gt(v128.load(seen), zero));
        c21 = v128.and(c21, f64x2.gt(v128.load(seen, 16), zero));
        seen += wide;
        c30 = v128.and(c30, f64x2.gt(v128.load(seen), zero));
        c31 = v128.and(c31, f64x2.gt(v128.load(seen, 16), zero));
      }
      let to = c + place;
      v128.store(to, c00);
      v128.store(to, c01, 16);
      to += wide;
      v128.store(to, c10);
      v128.store(to, c11, 16);
      to += wide;
      v128.store(to, c20);
      v128.store(to, c21, 16);
      to += wide;
      v128.store(to, c30);
      v128.store(to, c31, 16);
    }
  }
}

/** Write a matrix's transpose. */
export function transpose(from: usize, to: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    let target = to + (row << 3);
    for (let column: usize = 0; column < columns; column++) {
      store<f64>(target, load<f64>(from));
      from += 8;
      target += rows << 3;
    }
  }
}

/** Write the sum of each column. */
export function sums(from: usize, to: usize, rows: usize, columns: usize): void {
  const wide: usize = columns << 3;
  for (let column: usize = 0; column < wide; column += 16) {
    let sum = f64x2.splat(0);
    let at = from + column;
    for (let row: usize = 0; row < rows; row++) {
      sum = f64x2.add(sum, v128.load(at));
      at += wide;
    }
    v128.store(to + column, sum);
  }
}

/** Write the rows that `indices` (32-bit whole numbers) names, one below the other. */
export function gather(
  from: usize, indices: usize, to: usize, rows: usize, columns: usize,
): void {
  const wide: usize = columns << 3;
  for (let row: usize = 0; row < rows; row++) {
    memory.copy(to, from + <usize>load<u32>(indices + (row << 2)) * wide, wide);
    to += wide;
  }
}

/** A step of torch.optim.SGD; `count` is a multiple of two. */
export function sgd(
  weights: usize, slopes: usize, velocities: usize, count: usize,
  lr: f64, momentum: f64, decay: f64,
): void {
  const rate = f64x2.splat(lr);
  const kept = f64x2.splat(momentum);
  const pull = f64x2.splat(decay);
  const end = count << 3;
  for (let i: usize = 0; i < end; i += 16) {
    const weight = v128.load(weights + i);
    const slope = f64x2.add(v128.load(slopes + i), f64x2.mul(pull, weight));
    const velocity = f64x2.add(f64x2.mul(kept, v128.load(velocities + i)), slope);
    v128.store(velocities + i, velocity);
    v128.store(weights + i, f64x2.sub(weight, f64x2.mul(rate, velocity)));
  }
}

/**
 * A step of torch.optim.AdamW. `stay` is what the decay leaves of a weight, `share` how much the
 * mean takes of a slope, and `scale` the root of the weight that the squares have gathered.
 */
export function adamw(
  weights: usize, slopes: usize, means: usize, squares: usize, count: usize,
  size: f64, stay: f64, share: f64, beta2: f64, scale: f64, eps: f64,
): void {
  const all = f64x2.splat(size);
  const left = f64x2.splat(stay);
  const part = f64x2.splat(share);
  const past = f64x2.splat(beta2);
  const present = f64x2.splat(1 - beta2);
  const root = f64x2.splat(scale);
  const least = f64x2.splat(eps);
  const end = count << 3;
  for (let i: usize = 0; i < end; i += 16) {
    const slope = v128.load(slopes + i);
    const before = v128.load(means + i);
    const mean = f64x2.add(before, f64x2.mul(part, f64x2.sub(slope, before)));
    const old = f64x2.mul(past, v128.load(squares + i));
    const square = f64x2.add(old, f64x2.mul(present, f64x2.mul(slope, slope)));
    v128.store(means + i, mean);
    v128.store(squares + i, square);
    const below = f64x2.add(f64x2.div(f64x2.sqrt(square), root), least);
    const weight = f64x2.mul(left, v128.load(weights + i));
    v128.store(weights + i, f64x2.sub(weight, f64x2.mul(all, f64x2.div(mean, below))));
  }
}
