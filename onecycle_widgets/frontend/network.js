// A multi-layer perceptron with ReLU and its cross-entropy: forward, backward, in a machine's
// memory.
import { bytesFor } from "./machine.js";

const PIECE = 64; // samples looked at together when nothing is learned

/** A width as it lies in memory: tiles are four columns wide, and what is added stays 0. */
export function padded(width) {
  return Math.ceil(width / 4) * 4;
}

/**
 * The shape of a network, and room for what lies between its layers. Its weights are elsewhere
 * (`weightsAt`), so that several seeds share one network. They lie layer by layer: the weight,
 * transposed (in x out), then the bias.
 */
export class Network {
  constructor(widths, batch) {
    Object.assign(this, { widths, batch });
    this.wide = widths.map(padded);
    this.rows = Math.max(padded(batch), PIECE);
    this.layers = widths.slice(1).map((out, i) => ({ in: widths[i], out, at: 0, bias: 0 }));
    let count = 0;
    this.layers.forEach((layer, i) => {
      layer.at = 8 * count;
      layer.bias = layer.at + 8 * this.wide[i] * this.wide[i + 1];
      count += (this.wide[i] + 1) * this.wide[i + 1];
    });
    this.count = count;
  }

  /** Bytes that it takes besides its weights. */
  get bytes() {
    const between = this.wide.map((width) => 2 * bytesFor(this.rows * width));
    const [widest, second] = [...this.wide].sort((a, b) => b - a);
    return (
      between.reduce((sum, bytes) => sum + bytes) +
      bytesFor(this.count) +
      bytesFor(widest * second) +
      bytesFor(widest) +
      bytesFor(this.batch)
    );
  }

  /** Take room in a machine. */
  settle(machine) {
    this.machine = machine;
    const matrix = (width) => machine.take(this.rows * width);
    this.values = this.wide.map(matrix);
    this.slopes = this.wide.map(matrix);
    const [widest, second] = [...this.wide].sort((a, b) => b - a);
    this.turned = machine.take(widest * second);
    this.nothing = machine.take(widest);
    this.order = machine.take(this.batch);
    this.gradient = machine.take(this.count);
    const classes = this.wide.at(-1);
    this.scores = machine.doubles(this.values.at(-1), this.rows * classes);
    this.slope = machine.doubles(this.slopes.at(-1), this.rows * classes);
    this.chosen = machine.words(this.order, this.batch);
  }

  /** Put layers as torch has them (out x in) where the network wants them. */
  load(drawn, weightsAt) {
    this.layers.forEach((layer, i) => {
      const wide = this.wide[i + 1];
      const weights = this.machine.doubles(weightsAt + layer.at, this.wide[i] * wide);
      for (let out = 0; out < layer.out; out++) {
        for (let from = 0; from < layer.in; from++) {
          weights[from * wide + out] = drawn[i].weight[out * layer.in + from];
        }
      }
      this.machine.doubles(weightsAt + layer.bias, layer.out).set(drawn[i].bias);
    });
  }

  /** Scores of rows that lie at a place. */
  #forward(weightsAt, at, rows) {
    const { run } = this.machine;
    this.layers.forEach((layer, i) => {
      const wide = this.wide[i];
      const from = i ? this.values[i] : at;
      const last = i + 1 === this.layers.length;
      const [weight, bias] = [weightsAt + layer.at, weightsAt + layer.bias];
      const to = this.values[i + 1];
      run.product(from, 8 * wide, 8, weight, to, rows, this.wide[i + 1], layer.in, bias, 0, !last);
    });
  }

  /** The gradient of the mean loss, from the slopes of the scores. */
  #backward(weightsAt) {
    const { run } = this.machine;
    const rows = padded(this.batch);
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const layer = this.layers[i];
      const [before, wide] = [this.wide[i], this.wide[i + 1]];
      const [values, slopes] = [this.values[i], this.slopes[i + 1]];
      const to = this.gradient + layer.at;
      const none = this.nothing;
      run.product(values, 8, 8 * before, slopes, to, before, wide, this.batch, none, 0, false);
      run.sums(slopes, this.gradient + layer.bias, this.batch, wide);
      if (i === 0) return;
      run.transpose(weightsAt + layer.at, this.turned, before, wide);
      const inner = this.slopes[i];
      run.product(
        slopes,
        8 * wide,
        8,
        this.turned,
        inner,
        rows,
        before,
        layer.out,
        none,
        values,
        false,
      );
    }
  }

  /** Loss of a batch, rows of `samples` by number; its gradient is at `this.gradient`. */
  learn(weightsAt, samples, indices) {
    this.chosen.set(indices);
    const [batch] = this.values;
    this.machine.run.gather(samples.at, this.order, batch, this.batch, this.wide[0]);
    this.#forward(weightsAt, batch, padded(this.batch));
    const loss = this.#lossAndSlopes(samples.y, indices);
    this.#backward(weightsAt);
    return loss;
  }

  /** Mean cross-entropy of the scores; the slopes become those of the mean. */
  #lossAndSlopes(labels, indices) {
    const { scores, slope, batch } = this;
    const wide = this.wide.at(-1);
    const classes = this.widths.at(-1);
    let total = 0;
    for (let row = 0; row < batch; row++) {
      const first = row * wide;
      const right = first + labels[indices[row]];
      let top = scores[first];
      for (let i = first + 1; i < first + classes; i++) top = Math.max(top, scores[i]);
      let sum = 0;
      for (let i = first; i < first + classes; i++) {
        slope[i] = Math.exp(scores[i] - top);
        sum += slope[i];
      }
      total += Math.log(sum) - (scores[right] - top);
      for (let i = first; i < first + classes; i++) slope[i] /= sum * batch;
      slope[right] -= 1 / batch;
    }
    return total / batch;
  }

  /** Mean loss on samples, and the share of right answers. */
  measure(weightsAt, samples) {
    let [total, right] = [0, 0];
    this.#answers(weightsAt, samples, (sample, answer, loss) => {
      total += loss(samples.y[sample]);
      right += answer === samples.y[sample];
    });
    return { loss: total / samples.count, accuracy: right / samples.count };
  }

  /** The class of each sample. */
  classify(weightsAt, samples) {
    const found = new Uint8Array(samples.count);
    this.#answers(weightsAt, samples, (sample, answer) => {
      found[sample] = answer;
    });
    return found;
  }

  #answers(weightsAt, samples, tell) {
    const wide = this.wide.at(-1);
    const classes = this.widths.at(-1);
    const { scores } = this;
    for (let done = 0; done < samples.count; done += PIECE) {
      const count = Math.min(PIECE, samples.count - done);
      this.#forward(weightsAt, samples.at + 8 * done * this.wide[0], padded(count));
      for (let row = 0; row < count; row++) {
        const first = row * wide;
        let best = first;
        for (let i = first + 1; i < first + classes; i++) if (scores[i] > scores[best]) best = i;
        const loss = (label) => {
          let sum = 0;
          for (let i = first; i < first + classes; i++) sum += Math.exp(scores[i] - scores[best]);
          return Math.log(sum) - (scores[first + label] - scores[best]);
        };
        tell(done + row, best - first, loss);
      }
    }
  }

  /** Samples (inputs by rows, labels) in the machine, where the network reads them. */
  place({ x, y }) {
    const [inputs, wide] = [this.widths[0], this.wide[0]];
    const count = x.length / inputs;
    const at = this.machine.take(padded(count) * wide);
    const rows = this.machine.doubles(at, count * wide);
    for (let row = 0; row < count; row++) {
      rows.set(x.subarray(row * inputs, (row + 1) * inputs), row * wide);
    }
    return { at, y, count };
  }

  /** Bytes that so many samples take. */
  bytesOf(count) {
    return bytesFor(padded(count) * this.wide[0]);
  }
}
