// The digits' MLP in TensorFlow.js, for tests/benchmarks/lab.py: the same task in single precision.
globalThis.trainer = async (backend, { x, y, batch }) => {
  const { tf } = globalThis;
  tf.wasm?.setWasmPaths(`${location.origin}/wasm/`);
  await tf.setBackend(backend);
  await tf.ready();
  const samples = y.length;
  const [inputs, classes] = [64, 10];
  const images = tf.tensor2d(Float32Array.from(x), [samples, inputs]);
  const labels = tf.oneHot(tf.tensor1d(y, "int32"), classes).toFloat();
  return (steps, rates) => {
    const widths = [inputs, 64, 64, classes];
    const weights = widths.slice(1).map((out, i) => {
      const bound = 1 / Math.sqrt(widths[i]);
      return [
        tf.variable(tf.randomUniform([widths[i], out], -bound, bound)),
        tf.variable(tf.randomUniform([out], -bound, bound)),
      ];
    });
    const optimizer = tf.train.momentum(rates[0], 0.9);
    const every = weights.flat();
    const losses = [];
    let order = tf.util.createShuffledIndices(samples);
    let at = 0;
    for (let step = 0; step < steps; step++) {
      if (at + batch > samples) {
        order = tf.util.createShuffledIndices(samples);
        at = 0;
      }
      optimizer.setLearningRate(rates[step]);
      const loss = tf.tidy(() => {
        const chosen = tf.tensor1d(Int32Array.from(order.subarray(at, at + batch)), "int32");
        const [some, right] = [tf.gather(images, chosen), tf.gather(labels, chosen)];
        const cost = optimizer.minimize(
          () => {
            let flow = some;
            weights.forEach(([weight, bias], i) => {
              flow = tf.add(tf.matMul(flow, weight), bias);
              if (i + 1 < weights.length) flow = tf.relu(flow);
            });
            return tf.losses.softmaxCrossEntropy(right, flow);
          },
          true,
          every,
        );
        return cost.dataSync()[0];
      });
      losses.push(loss);
      at += batch;
    }
    tf.dispose(every);
    optimizer.dispose();
    return losses;
  };
};
