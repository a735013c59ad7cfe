// The arithmetic of a training step in plain JavaScript: arithmetic.ts, which says what each
// function is for, operation by operation. It stands in where there is no WebAssembly, and is what
// that is checked against: every sum goes the same way, so that both give the same bits.

/** The functions, over the doubles of a memory; places are in bytes, as in WebAssembly. */
export function plainArithmetic(memory) {
  const numbers = new Float64Array(memory);
  const words = new Uint32Array(memory);

  function product(a, down, across, b, c, rows, columns, inner, start, keep, bend) {
    const [by, on] = [down >> 3, across >> 3];
    for (let row = 0; row < rows; row++) {
      const to = (c >> 3) + row * columns;
      for (let column = 0; column < columns; column++) {
        numbers[to + column] = numbers[(start >> 3) + column];
      }
      let at = (a >> 3) + row * by;
      let other = b >> 3;
      for (let i = 0; i < inner; i++) {
        const x = numbers[at];
        for (let column = 0; column < columns; column++) {
          numbers[to + column] += x * numbers[other + column];
        }
        at += on;
        other += columns;
      }
      const seen = (keep >> 3) + row * columns;
      for (let column = 0; column < columns; column++) {
        if (bend) numbers[to + column] = Math.max(numbers[to + column], 0);
        if (keep && !(numbers[seen + column] > 0)) numbers[to + column] = 0;
      }
    }
  }

  function transpose(from, to, rows, columns) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        numbers[(to >> 3) + column * rows + row] = numbers[(from >> 3) + row * columns + column];
      }
    }
  }

  function sums(from, to, rows, columns) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += numbers[(from >> 3) + row * columns + column];
      numbers[(to >> 3) + column] = sum;
    }
  }

  function gather(from, indices, to, rows, columns) {
    for (let row = 0; row < rows; row++) {
      const at = (from >> 3) + words[(indices >> 2) + row] * columns;
      numbers.copyWithin((to >> 3) + row * columns, at, at + columns);
    }
  }

  function sgd(weights, slopes, velocities, count, lr, momentum, decay) {
    const [w, s, v] = [weights >> 3, slopes >> 3, velocities >> 3];
    for (let i = 0; i < count; i++) {
      const slope = numbers[s + i] + decay * numbers[w + i];
      numbers[v + i] = momentum * numbers[v + i] + slope;
      numbers[w + i] -= lr * numbers[v + i];
    }
  }

  function adamw(weights, slopes, means, squares, count, size, stay, share, beta2, scale, eps) {
    const [w, s, m, q] = [weights >> 3, slopes >> 3, means >> 3, squares >> 3];
    for (let i = 0; i < count; i++) {
      const slope = numbers[s + i];
      numbers[m + i] += share * (slope - numbers[m + i]);
      numbers[q + i] = beta2 * numbers[q + i] + (1 - beta2) * (slope * slope);
      const below = Math.sqrt(numbers[q + i]) / scale + eps;
      numbers[w + i] = stay * numbers[w + i] - size * (numbers[m + i] / below);
    }
  }

  return { product, transpose, sums, gather, sgd, adamw };
}
