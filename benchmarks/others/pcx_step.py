"""pcx as its first tutorial has it, with the loop over steps outside the compiled function, so that depth alone sets its size.

Its energy sums over the batch, so its activity rate is β itself and its weight gradients are divided by the batch size.
"""

from importlib.metadata import version

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pcx
import pcx.functional as pxf
import pcx.nn as pxnn
import pcx.predictive_coding as pxc
import pcx.utils as pxu
from serve import serve

BATCHED = pxu.M(pxc.VodeParam | pxc.VodeParam.Cache).to((None, 0))
FREE = pxu.M_hasnot(pxc.VodeParam, frozen=True)


class Net(pxc.EnergyModule):
    def __init__(self, weights, multipliers):
        super().__init__()
        self.multipliers = pcx.static(tuple(multipliers))
        self.layers = [pxnn.Linear(w.shape[1], w.shape[0], bias=False) for w in weights]
        for layer, w in zip(self.layers, weights, strict=True):
            layer.nn.weight.set(jnp.asarray(w))
        self.vodes = [pxc.Vode() for _ in weights]
        self.vodes[-1].h.frozen = True

    def __call__(self, x, y):
        a, last = self.multipliers.get(), len(self.layers) - 1
        z = self.vodes[0](a[0] * self.layers[0](x))
        for l in range(1, last):
            z = self.vodes[l](a[l] * self.layers[l](jax.nn.relu(z)) + z)
        self.vodes[-1](a[last] * self.layers[last](jax.nn.relu(z)))
        if y is not None:
            self.vodes[-1].set("h", y)
        return self.vodes[-1].get("u")


@pxf.vmap(BATCHED, in_axes=(0, 0), out_axes=0)
def forward(x, y, *, model):
    return model(x, y)


@pxf.vmap(BATCHED, in_axes=(0,), out_axes=None, axis_name="batch")
def energy(x, *, model):
    model(x, None)
    return jax.lax.psum(model.energy().sum(), "batch")


@pxf.vmap(BATCHED, in_axes=(0,), out_axes=0)
def by_layer(x, *, model):
    model(x, None)
    return jnp.stack([vode.energy().sum() for vode in model.vodes])


@pxf.jit()
def start(x, y, *, model):
    with pxu.step(model, pxc.STATUS.INIT, clear_params=pxc.VodeParam.Cache):
        forward(x, y, model=model)


@pxf.jit()
def infer(x, *, model, optimiser):
    with pxu.step(model, clear_params=pxc.VodeParam.Cache):
        _, g = pxf.value_and_grad(pxu.M(FREE).to([False, True]))(energy)(x, model=model)
    optimiser.step(model, g["model"])


@pxf.jit()
def learn(x, *, model, optimiser):
    with pxu.step(model, clear_params=pxc.VodeParam.Cache):
        _, g = pxf.value_and_grad(pxu.M(pxnn.LayerParam).to([False, True]))(energy)(x, model=model)
    optimiser.step(model, g["model"], scale_by=1.0 / x.shape[0])  # in place
    return [layer.nn.weight.get() for layer in g["model"].layers]


@pxf.jit()
def record(x, *, model):
    with pxu.step(model, clear_params=pxc.VodeParam.Cache):
        return by_layer(x, model=model).mean(axis=0)


class Model:
    def __init__(self, problem):
        self.problem = problem
        self.x, self.y = jnp.asarray(problem.x), jnp.asarray(problem.y)
        self.net = Net(problem.weights, problem.multipliers)
        start(self.x, self.y, model=self.net)
        self.activity_optimiser = pxu.Optim(lambda: optax.sgd(problem.activity_lr), pxu.M(FREE)(self.net))
        self.param_optimiser = pxu.Optim(lambda: optax.adam(problem.param_lr), pxu.M(pxnn.LayerParam)(self.net))

    def relax(self):
        start(self.x, self.y, model=self.net)
        for _ in range(self.problem.n_inference_steps):
            infer(self.x, model=self.net, optimiser=self.activity_optimiser)
        jax.block_until_ready([vode.h.get() for vode in self.net.vodes])

    def energies(self):
        return np.asarray(record(self.x, model=self.net))

    def step(self, gradients=False):
        self.relax()
        found = learn(self.x, model=self.net, optimiser=self.param_optimiser)
        jax.block_until_ready([layer.nn.weight.get() for layer in self.net.layers])
        return found if gradients else None


serve(f"pcx {version('pcx')}, jax {jax.__version__}", Model)
