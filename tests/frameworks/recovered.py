"""What an optimizer used, recovered from how its weights moved."""

import numpy as np

WIDTH = 4


def gradients(policy):
    """A gradient for each step, shape (steps, WIDTH), no two of them alike."""
    return np.random.default_rng(1).standard_normal((policy.total_steps, WIDTH))


def of_torchs_rule(weights, gradients):
    """Rates and momenta: v = m v + g, w = w - lr v. Weights have one row more than steps."""
    velocity, found = np.zeros(WIDTH), []
    for moved, gradient in zip(np.diff(weights, axis=0), gradients, strict=True):
        # moved = -(lr m) velocity - lr gradient, in WIDTH equations
        columns = np.stack([velocity, gradient], 1)
        (product, lr), *_ = np.linalg.lstsq(-columns, moved)
        velocity = -moved / lr
        found.append((lr, product / lr))
    return np.array(found)


def of_keras_rule(weights, gradients, momentum):
    """Rates: v = m v - lr g, w = w + v."""
    moved = np.diff(weights, axis=0)
    before = np.vstack([np.zeros(WIDTH), moved[:-1]])
    return (momentum * before - moved).sum(1) / gradients.sum(1)
