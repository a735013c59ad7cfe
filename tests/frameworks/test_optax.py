import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from cycles import KINDS, run, same


def used(policy):
    """Rates and momenta of all groups, out of the optimizer's state after each compiled step."""
    groups = policy.groups or 1
    parameters = {f"layer {group}": jnp.ones(2) for group in range(groups)}
    labels = {f"layer {group}": group for group in range(groups)}
    optimizer = run(policy, "optax", labels=labels)["optimizer"]
    state = optimizer.init(parameters)

    @jax.jit
    def step(parameters, state):
        updates, state = optimizer.update(jax.tree.map(jnp.sin, parameters), state, parameters)
        return optax.apply_updates(parameters, updates), state

    seen = []
    for _ in range(policy.total_steps):
        parameters, state = step(parameters, state)
        states = [state]
        if policy.groups:
            states = [state.inner_states[group].inner_state for group in range(groups)]
        named = [one.hyperparams for one in states]
        seen.append([(one["learning_rate"], one["momentum"]) for one in named])
    return seen


@pytest.mark.parametrize("policy", **KINDS)
def test_in_single_precision_values_are_rounded(policy):
    seen = used(policy)
    assert seen[0][0][0].dtype == np.float32
    same(policy, seen, rtol=2**-24)


@pytest.mark.parametrize("policy", **KINDS)
def test_in_double_precision_they_are_the_curves(policy):
    with jax.enable_x64(True):
        same(policy, used(policy), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("policy", **KINDS)
def test_the_last_value_is_held(policy):
    schedule = run(policy, "optax", labels=None)["schedule"]
    values = [0.5, 0.25, 0.125, 0.0625][: 4 if policy.three_phase else 3]
    if policy.pct_start * policy.total_steps <= 1:
        values = values[:2]
    held = schedule(values)
    assert held(policy.total_steps - 1) == held(policy.total_steps + 9) == values[-1]
