// Initial weights of a multi-layer perceptron: those of `toys.mlp(..., seed=seed)`.
import { Twister } from "./random.js";

/**
 * Weight (out x in, by rows) and bias of each linear layer between the widths. Torch draws them in
 * single precision, also where the model is to train in double.
 */
export function drawnLayers(widths, seed) {
  const twister = new Twister(seed);
  return widths.slice(1).map((out, i) => {
    const fan = widths[i];
    // kaiming_uniform_ with a = sqrt(5), in its own order of operations: 1 / sqrt(fan), nearly.
    const bound = Math.sqrt(3) * (Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(fan));
    const weight = twister.uniform(out * fan, -bound, bound);
    const bias = twister.uniform(out, -1 / Math.sqrt(fan), 1 / Math.sqrt(fan));
    return { weight, bias };
  });
}
