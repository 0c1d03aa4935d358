"""jpc as its documentation has it: a feedforward start, T calls of the jitted update of activities, one of parameters.

jpc follows the gradient of the batch mean, so its activity rate is β times the batch size. Its energies come as
[F_L, F_2, …, F_{L−1}, F_1].
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jpc
import numpy as np
import optax
from serve import serve

HOW = {"loss_id": "mse", "param_type": "mupc"}


class Model:
    def __init__(self, problem):
        self.problem = problem
        (width, n_inputs), n_outputs = problem.weights[0].shape, problem.weights[-1].shape[0]
        # jpc derives its multipliers from shapes; a shortened problem has others, which does not matter for warming up.
        model = jpc.make_mlp(
            jax.random.PRNGKey(0), n_inputs, width, problem.depth, n_outputs, "relu", use_bias=False, param_type="mupc"
        )
        self.model = eqx.tree_at(
            lambda layers: [layer[1].weight for layer in layers], model, [jnp.asarray(w) for w in problem.weights]
        )
        self.skip = jpc.make_skip_model(problem.depth)
        self.x, self.y = jnp.asarray(problem.x), jnp.asarray(problem.y)
        self.activity_optimiser = optax.sgd(problem.activity_lr * problem.batch_size)
        self.param_optimiser = optax.adam(problem.param_lr)
        self.moments = self.param_optimiser.init((eqx.filter(self.model, eqx.is_array), self.skip))

    def relax(self):
        activities = jpc.init_activities_with_ffwd(
            model=self.model, input=self.x, skip_model=self.skip, param_type="mupc"
        )
        state = self.activity_optimiser.init(activities)
        for _ in range(self.problem.n_inference_steps):
            result = jpc.update_pc_activities(
                params=(self.model, self.skip), activities=activities, optim=self.activity_optimiser, opt_state=state,
                output=self.y, input=self.x, **HOW,
            )  # fmt: skip
            activities, state = result["activities"], result["opt_state"]
        self.activities = jax.block_until_ready(activities)

    def energies(self):
        found = jpc.pc_energy_fn(
            params=(self.model, self.skip), activities=self.activities, y=self.y, x=self.x, loss="mse", param_type="mupc",
            record_layers=True,
        )  # fmt: skip
        return np.concatenate([found[-1:], found[1:-1], found[:1]])

    def step(self, gradients=False):
        self.relax()
        result = jpc.update_pc_params(
            params=(self.model, self.skip), activities=self.activities, optim=self.param_optimiser, opt_state=self.moments,
            output=self.y, input=self.x, **HOW,
        )  # fmt: skip
        self.model, self.moments = result["model"], result["opt_state"]
        jax.block_until_ready(jax.tree.leaves(eqx.filter(self.model, eqx.is_array)))
        return [layer[1].weight for layer in result["grads"][0]] if gradients else None


serve(f"jpc {jpc.__version__}, jax {jax.__version__}", Model)
