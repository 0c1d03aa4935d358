"""Ours: the run that the page shows, with its records of every layer at every step."""

import jax
import numpy as np
from serve import serve

from pcviz_core import Experiment


class Model:
    def __init__(self, problem):
        self.experiment = Experiment(
            depth=problem.depth,
            width=problem.weights[0].shape[0],
            batch_size=problem.batch_size,
            n_inference_steps=problem.n_inference_steps,
            activity_lr=problem.activity_lr,
            param_lr=problem.param_lr,
        )
        self.problem, self.drawn = problem, self.experiment.network

    def relax(self):
        self.experiment.infer(self.experiment.planned_steps)

    def energies(self):
        drawn = self.drawn.by_layer(self.drawn.weights)
        assert all(np.array_equal(a, b) for a, b in zip(drawn, self.problem.weights, strict=True))
        assert np.array_equal(self.experiment.batch[0], self.problem.x)
        return self.experiment.relaxation.layer_energies[-1]

    def step(self, gradients=False):
        found = None
        if gradients:
            e = self.experiment
            Experiment.compile_for(e.spec, "long run")  # the step in slices, which a long run gets by itself
            view = e.state.relaxation.view
            found = e.network.by_layer(e.network.weight_gradient(e.batch[0], view.activities, view.errors, view.output_error))
        self.experiment.learn_point()
        jax.block_until_ready(self.experiment.network)
        return found


serve(f"pcviz_core, jax {jax.__version__}", Model)
