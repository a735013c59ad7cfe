// When a range test ends because the loss has exploded: range_test/divergence.py once more.

const RESOLUTION = 1e-6; // of a loss, with room for its sums
const DECAY = 0.9; // weight of the past in the running mean that decides about divergence
const WARM_UP = 5; // losses that tell start and scatter
const LAG = 3; // steps after which a deviation counts as scatter

/** Decides, loss by loss, whether training has gone out of hand. */
export class Divergence {
  constructor(factor) {
    Object.assign(this, { factor, first: [], recent: [], start: 0, scale: 0, falling: false });
    Object.assign(this, { mean: 0, weight: 0, best: Infinity });
  }

  /** Why to stop: "became", "diverged"; or null, to go on. */
  verdict(loss) {
    if (!Number.isFinite(loss)) return "became";
    // A mean that forgets; it starts at zero, which the sum of its weights corrects.
    this.mean = DECAY * this.mean + (1 - DECAY) * loss;
    this.weight = DECAY * this.weight + (1 - DECAY);
    const running = this.mean / this.weight;
    if (running < this.best) this.best = running;
    if (this.first.length < WARM_UP) {
      this.#begin(loss);
      return null;
    }
    if (this.factor === null) return null;
    let drop = this.start - this.best;
    if (!this.falling) {
      this.falling = drop > this.scale;
      if (!this.falling) this.#scatter(loss);
    }
    if (drop < this.scale) drop = this.scale;
    return running > this.best + this.factor * drop ? "diverged" : null;
  }

  /** Tell start and scatter by the first losses. */
  #begin(loss) {
    this.first.push(loss);
    if (this.first.length < WARM_UP) return;
    const mean = (values) => values.reduce((a, b) => a + b) / values.length;
    this.start = mean(this.first);
    const scatter = Math.sqrt(mean(this.first.map((one) => (one - this.start) ** 2)));
    this.scale = Math.max(2 * scatter, RESOLUTION * Math.abs(this.start));
  }

  /** Count a loss as scatter some steps later. */
  #scatter(loss) {
    if (this.recent.length === LAG) {
      this.scale = Math.max(this.scale, this.recent.shift() - this.start);
    }
    this.recent.push(loss);
  }
}
