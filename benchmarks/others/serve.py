"""What every library's script does alike: read the problem, then obey `check`, `first` and `step` lines. NumPy alone."""

import json
import sys
from time import perf_counter

import numpy as np


class Problem:
    """The arrays of the saved file: weights [W_1..W_L] as (out, in), a batch, multipliers a_l, rates, T."""

    def __init__(self, values):
        self.weights = [values["first"], *values["blocks"], values["last"]]
        self.x, self.y = values["x"], values["y"]
        self.multipliers = [float(a) for a in values["multipliers"]]
        self.activity_lr, self.param_lr = float(values["activity_lr"]), float(values["param_lr"])
        self.n_inference_steps = int(values["n_inference_steps"])
        self.depth, self.batch_size = len(self.weights), len(self.x)

    def shallow(self):
        """The first and last two layers: run once before timing, so that only the shape is new, not the library."""
        small = Problem.__new__(Problem)
        small.__dict__ = dict(self.__dict__)
        small.weights = [*self.weights[:3], self.weights[-1]]
        small.multipliers = [*self.multipliers[:3], self.multipliers[-1]]
        small.depth, small.n_inference_steps = 4, 2
        return small


def serve(version, make):
    """Answer commands with what `make(problem)` makes.

    `relax()`: T inference steps from the feedforward pass. `energies()`: those of each layer then. `step()`: one learning step,
    which returns the weights' gradients where asked. All wait for their numbers.
    """
    with np.load(sys.argv[1]) as values:
        problem = Problem(values)
    answer({"version": version})
    model = None
    for line in sys.stdin:
        command = line.strip()
        if command == "first":
            make(problem.shallow()).relax()
            began = perf_counter()
            model = make(problem)
            model.relax()
            took = perf_counter() - began
            answer({"seconds": took, "energies": numbers(model.energies())})
        elif command == "check":
            model = make(problem)
            model.relax()
            energies = numbers(model.energies())
            norms = [float(np.linalg.norm(np.asarray(g, np.float64))) for g in model.step(gradients=True)]
            answer({"energies": energies, "gradients": norms})
        elif command == "step":
            began = perf_counter()
            model.step()
            answer({"seconds": perf_counter() - began})


def numbers(values):
    return [float(value) for value in np.asarray(values)]


def answer(message):
    print(json.dumps(message), flush=True)
