import jax
import keras
import numpy as np
import pytest
from cycles import CYCLES, EPOCHS, KINDS, run
from recovered import WIDTH, gradients, of_keras_rule, of_torchs_rule

ROUNDED = {"rtol": 2**-24}  # of a number that becomes single
CYCLED = {name: one for name, one in CYCLES.items() if one.cycle_momentum}
FIXED = {name: one for name, one in CYCLES.items() if not one.cycle_momentum}


@pytest.fixture
def double():
    """Keras and JAX in double precision: then weights tell exactly what moved them."""
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)
    keras.config.set_floatx(before)


class Watch(keras.callbacks.Callback):
    """The weights before the first step and after each."""

    def on_train_begin(self, logs=None):
        self.weights = [self.model.get_weights()[0].ravel()]

    def on_train_batch_end(self, batch, logs=None):
        self.model.jax_state_sync()
        self.weights.append(self.model.get_weights()[0].ravel())


def own_loss(_, output):
    return keras.ops.mean(output)


def fitted(optimizer, policy, *callbacks):
    """Weights of `fit`, which compiles the step; their gradient is the batch itself."""
    model = keras.Sequential([keras.Input((WIDTH,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(optimizer, loss=own_loss)
    watch, each = Watch(), policy.total_steps // EPOCHS
    rows = gradients(policy).reshape(EPOCHS, each, WIDTH)
    for epoch in rows:
        settings = {"batch_size": 1, "shuffle": False, "verbose": 0}
        known = list(getattr(watch, "weights", []))
        model.fit(epoch, np.zeros(each), callbacks=[watch, *callbacks], **settings)
        watch.weights = known + watch.weights[bool(known) :]
    return np.array(watch.weights), model


def optimizers(policy):
    names = run(policy, "keras")
    return names["optimizers"] if policy.groups else [names["optimizer"]]


def rates(policy):
    return np.atleast_2d(policy.curve().lr)


@pytest.mark.parametrize("policy", CYCLED.values(), ids=CYCLED.keys())
def test_rates_and_momenta_are_the_curves(double, policy):
    momenta = np.atleast_2d(policy.curve().momentum)
    for optimizer, lr, momentum in zip(optimizers(policy), rates(policy), momenta, strict=True):
        weights, _ = fitted(optimizer, policy)
        found = of_torchs_rule(weights, gradients(policy))
        np.testing.assert_allclose(found[:, 0], lr, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(found[1:, 1], momentum[1:], atol=1e-6)  # at first it rests


@pytest.mark.parametrize("policy", FIXED.values(), ids=FIXED.keys())
def test_rates_are_the_curves_where_the_momentum_stays(double, policy):
    for optimizer, lr in zip(optimizers(policy), rates(policy), strict=True):
        weights, _ = fitted(optimizer, policy)
        found = of_keras_rule(weights, gradients(policy), momentum=0.9)
        np.testing.assert_allclose(found, lr, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("policy", **KINDS)
def test_in_single_precision_values_are_rounded(policy):
    for optimizer, lr in zip(optimizers(policy), rates(policy), strict=True):
        found = []
        for step in range(policy.total_steps):
            optimizer.iterations.assign(step)
            found.append(optimizer.learning_rate)
        np.testing.assert_allclose(np.array(found), lr, **ROUNDED)
    assert np.asarray(found[0]).dtype == np.float32
    optimizer.iterations.assign(policy.total_steps + 9)
    assert optimizer.learning_rate == found[-1]  # the last one is held


def test_the_weights_are_those_that_torch_would_have(double):
    import torch

    policy = CYCLES["defaults"]
    weights, _ = fitted(optimizers(policy)[0], policy)
    weight = torch.nn.Parameter(torch.tensor(weights[0]))
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    scheduler = policy.scheduler(optimizer)
    for gradient in gradients(policy):
        weight.grad = torch.tensor(gradient)
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(weights[-1], weight.detach().numpy(), rtol=1e-12)


def test_what_a_callback_sets_does_nothing(double):
    """The compiled step keeps the momentum that it was traced with."""

    class AfterTheFirst(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch > 0:
                self.model.optimizer.momentum = 0.5

    policy = CYCLES["fixed momentum"]
    (told,), (untold,) = optimizers(policy), optimizers(policy)
    weights, _ = fitted(untold, policy)
    others, _ = fitted(told, policy, AfterTheFirst())
    assert (untold.momentum, told.momentum) == (0.9, 0.5)
    np.testing.assert_allclose(np.diff(others, axis=0), np.diff(weights, axis=0), atol=1e-12)


def test_a_model_is_saved_and_loaded_with_its_schedule(double):
    policy = CYCLES["factors"]
    names = run(policy, "keras")
    _, model = fitted(names["optimizer"], policy)
    model.save("model.keras")
    known = {name: names[name] for name in ("OneCycle", "OneCycleSGD")} | {"own_loss": own_loss}
    loaded = keras.models.load_model("model.keras", custom_objects=known).optimizer
    assert isinstance(loaded, names["OneCycleSGD"])
    assert loaded.momenta.values == names["momenta"]
    assert float(loaded.learning_rate) == float(names["optimizer"].learning_rate)
