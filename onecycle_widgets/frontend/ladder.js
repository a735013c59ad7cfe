// Which rates a range test tries, and after which steps a training is measured.

/** `numpy.geomspace`: rates with equal ratios. */
export function ladderOf({ start_lr, end_lr, num_steps }) {
  const [from, to] = [Math.log10(start_lr), Math.log10(end_lr)];
  const by = (to - from) / (num_steps - 1);
  const rungs = Float64Array.from({ length: num_steps }, (_, i) => 10 ** (from + i * by));
  rungs[0] = start_lr;
  rungs[num_steps - 1] = end_lr;
  return rungs;
}

/** Numbers of steps after which a training is measured, the last one after the last step. */
export function pointsOf(steps, most) {
  const count = Math.min(most, steps);
  return Array.from({ length: count }, (_, i) => Math.ceil((steps * (i + 1)) / count));
}
