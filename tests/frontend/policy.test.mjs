import assert from "node:assert/strict";
import { test } from "node:test";
import { argumentsOf, codeOf, literalOf } from "../../onecycle_widgets/frontend/policy.js";
import { check } from "../../onecycle_widgets/frontend/rules.js";

test("arguments are those that differ from torch's defaults, in torch's order", () => {
  assert.deepEqual(argumentsOf(check({ total_steps: 100, max_lr: 0.1 })), {
    max_lr: 0.1,
    total_steps: 100,
  });
  const given = { three_phase: true, pct_start: 0.25, total_steps: 100, max_lr: [0.1, 0.2] };
  const found = Object.entries(argumentsOf(check({ ...given, div_factor: 25 })));
  assert.deepEqual(found, [
    ["max_lr", [0.1, 0.2]],
    ["total_steps", 100],
    ["pct_start", 0.25],
    ["three_phase", true],
  ]);
});

test("epochs and steps_per_epoch stand for the total_steps they make", () => {
  const given = { max_lr: 0.1, epochs: 4, steps_per_epoch: 25 };
  assert.deepEqual(argumentsOf(check(given)), given);
});

test("a value is written as Python writes it", () => {
  const policy = check({
    max_lr: [1, 0.02],
    epochs: 4,
    steps_per_epoch: 25,
    div_factor: 10,
    final_div_factor: 1e17,
    anneal_strategy: "linear",
    cycle_momentum: false,
  });
  const expected = {
    max_lr: "[1.0, 0.02]",
    total_steps: "100",
    epochs: "4",
    steps_per_epoch: "25",
    div_factor: "10.0",
    final_div_factor: "1e+17",
    anneal_strategy: "'linear'",
    cycle_momentum: "False",
  };
  for (const [name, text] of Object.entries(expected)) assert.equal(literalOf(policy, name), text);
});

test("a framework's text has its gaps filled, and those lines whose words hold", () => {
  const shape = { max_lr: [1, 0.5], total_steps: 20, pct_start: 0.25, cycle_momentum: false };
  const lines = codeOf(check(shape), "optax").split("\n");
  for (const line of [
    "ends = [0.0, 4.0, 19.0]",
    "rates = [[0.04, 1.0, 4e-06], [0.02, 0.5, 2e-06]]",
    "    return lambda step: values[jnp.minimum(step, 19)]",
    "optimizer = optax.partition(dict(enumerate(map(sgd, rates))), labels)",
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok(!lines.some((line) => /momenta|[?|$]/.test(line)));
  const inside = codeOf(check(shape), "lightning").split("\n");
  assert.ok(inside.includes("        total_steps=20,"));
});

test("without a warm-up the cycle begins in its last phase", () => {
  for (const [three_phase, ends] of [
    [false, "ends = [-0.5, 9.0]"],
    [true, "ends = [-1.0, 9.0]"],
  ]) {
    const policy = check({ max_lr: 1, total_steps: 10, pct_start: 0.05, three_phase });
    assert.ok(codeOf(policy, "keras").includes(ends));
  }
});

test("the call is the one to copy into a training script", () => {
  const policy = check({ max_lr: 1, total_steps: 300, pct_start: 0.4, three_phase: true });
  assert.equal(
    codeOf(policy),
    `scheduler = torch.optim.lr_scheduler.OneCycleLR(
    optimizer,
    max_lr=1.0,
    total_steps=300,
    pct_start=0.4,
    three_phase=True,
)`,
  );
});
