"""What a run is: every choice that fixes it, validated, frozen, and small enough for a URL.

`ExperimentSpec` and `ViewSettings` are the only places where a control is declared. A field here is a widget on the page,
a key in the URL, a check on the server and a row in the docs.
"""

from functools import cache, lru_cache
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pcviz_core.activations import ACTIVATIONS
from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.controls import Choice, Control, Value
from pcviz_core.datasets import DATASETS
from pcviz_core.errors import SpecError
from pcviz_core.grids import grid_text
from pcviz_core.inference import RULES
from pcviz_core.parameterisations import PARAMETERISATIONS, Exponents, Parameterisation, parameterisation_of
from pcviz_core.schedules import SCHEDULES

MAX_DEPTH = 256
INFERRING = tuple(name for name, row in ALGORITHMS.items() if row.has_rate)
"""Algorithms that infer step by step, so that T and the ways of moving activities mean something."""
CUSTOM: dict[str, tuple[Value, ...]] = {"parameterisation": ("custom",)}
"""Where exponents are a person's to choose."""


SCHEDULED = tuple(name for name, row in ALGORITHMS.items() if row.has_rate and row.follows_error)
"""Algorithms whose errors a precision schedule weighs."""


def control(default: Value, **description: Any) -> Any:
    """Declare a field that a person can change; the arguments are those of `Control` but name and default."""
    return Field(default, json_schema_extra={"control": description})


def _choices(table: dict[str, Any]) -> tuple[Choice, ...]:
    return tuple(Choice(name, row.label, row.doc) for name, row in table.items())


def _following_the_error(layers: int, rows: int, elsewhere: float) -> str:
    """A grid of `rows` in which each layer of a network of that depth has precision 1 about when the error reaches it."""
    each = layers // rows
    return grid_text([*[elsewhere] * (each * behind), *[1.0] * each, elsewhere] for behind in reversed(range(rows)))


class Controlled(BaseModel):
    """A frozen set of controls. An unknown name or a bad value raises a `SpecError` with a sentence for a person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **values: Any) -> None:
        known = type(self).controls()
        for name in values:
            if name not in known:
                raise SpecError(f"There is no control named {name!r}. There are {', '.join(known)}.")
        super().__init__(**values)

    @field_validator("*", mode="before")
    @classmethod
    def _check(cls, value: object, info: Any) -> Value:
        return cls.controls()[info.field_name].check(value)

    @classmethod
    @cache
    def controls(cls) -> dict[str, Control]:
        """Every control by name, in the order in which the page shows them."""
        described: dict[str, Any] = {name: info.json_schema_extra for name, info in cls.model_fields.items()}
        return {
            name: Control(name=name, default=info.default, **described[name]["control"])
            for name, info in cls.model_fields.items()
        }

    def replace(self, **values: Any) -> Self:
        """The same with some values changed, validated as at the start."""
        return type(self)(**{**self.model_dump(), **values})


def without_view(values: dict[str, Any]) -> dict[str, Any]:
    """The values that are of a run, once those of the view have been checked."""
    of_view = {name: value for name, value in values.items() if name in ViewSettings.controls()}
    ViewSettings(**of_view)
    return {name: value for name, value in values.items() if name not in of_view}


class ExperimentSpec(Controlled):
    """One run of a predictive coding network. With its seed it is the same run again, bit for bit.

    The view's settings, which a page's address holds too, are checked and left out: they change nothing of a run.
    """

    def __init__(self, **values: Any) -> None:
        super().__init__(**without_view(values))

    dataset: str = control(
        "digits", kind="choice", label="Data", group="network", effect="restart", compiles=True, choices=_choices(DATASETS),
        doc="What the network learns. Inputs are standardised; a part is held out for the test.",
    )
    depth: int = control(
        16, kind="integer", label="Depth", symbol="L", group="network", effect="restart", compiles=True, slider=True,
        low=2, high=MAX_DEPTH, scale="log",
        doc="Number of weight matrices L. There are L − 1 hidden layers.",
    )
    width: int = control(
        64, kind="integer", label="Width", symbol="N", group="network", effect="restart", compiles=True,
        low=1, high=1024, typed_high=2048, scale="log", suggested=(8, 16, 32, 64, 128, 256, 512),
        doc="Units in each hidden layer. A narrower network has the first units of a wider one with the same seed.",
    )
    parameterisation: str = control(
        "mupc", kind="choice", label="Scaling", group="network", effect="restart", choices=_choices(PARAMETERISATIONS),
        doc="How weights are drawn and multiplied. Every choice scales the same normal draws.",
    )
    activation: str = control(
        "relu", kind="choice", label="Activation", symbol="φ", group="network", effect="next_step", compiles=True,
        choices=_choices(ACTIVATIONS), doc="The function φ between layers. The weights are kept.",
    )
    skip: bool = control(
        True, kind="switch", label="Skip connections", group="network", effect="restart",
        doc="Add the layer below to each hidden prediction, from the second layer to the last hidden one.",
    )
    seed: int = control(
        0, kind="integer", label="Seed", group="network", effect="restart", low=0, high=2**31 - 1,
        doc="Fixes the weights, the order of the data and every other draw.",
    )
    loss: str = control(
        "mse", kind="choice", label="Output energy", group="network", effect="restart", compiles=True, advanced=True,
        choices=(
            Choice("mse", "squared error", "½ of the squared output error, summed over outputs."),
            Choice("ce", "cross-entropy", "Cross-entropy between target and softmax of the output. For classes only."),
        ),
        doc="What the output layer's energy measures.",
    )
    gamma: float = control(
        1.0, kind="number", label="Output scale", symbol="γ", group="network", effect="restart", advanced=True,
        low=1e-2, high=1e2, scale="log", doc="Divides the output layer's multiplier. Large is lazy, small is rich.",
    )
    width_exponent: float = control(
        0.5, kind="number", label="Width exponent", symbol="a", group="network", effect="restart", advanced=True,
        low=-1.0, high=2.0, doc="Hidden layers are multiplied by N^−a. Layer 1, of D inputs, by D^−½ N^(½−a).",
        only_when=CUSTOM,
    )
    init_exponent: float = control(
        0.0, kind="number", label="Init exponent", symbol="b", group="network", effect="restart", advanced=True,
        low=-1.0, high=2.0, doc="Weights are drawn with variance N^−b. Activities keep their size with width if 2a + b = 1.",
        only_when=CUSTOM,
    )
    output_exponent: float = control(
        0.5, kind="number", label="Output exponent", symbol="d", group="network", effect="restart", advanced=True,
        low=-1.0, high=2.0, doc="The output is divided by a further N^d: ½ learns features at any width, 0 is lazy.",
        only_when=CUSTOM,
    )
    depth_exponent: float = control(
        0.5, kind="number", label="Depth exponent", symbol="α_L", group="network", effect="restart", advanced=True,
        low=-1.0, high=2.0, doc="With skips, hidden layers are also multiplied by L^−α_L: below ½ activities explode with depth.",
        only_when={**CUSTOM, "skip": (True,)},
    )
    activation_position: str = control(
        "before", kind="choice", label="Activation position", group="network", effect="restart", compiles=True, advanced=True,
        choices=(
            Choice("before", "before the weights", "p = a W φ(z): the default, and the model of the theory."),
            Choice("after", "after the weights", "p = φ(a W z), with a linear output: another network."),
        ),
        doc="Whether φ acts on a layer's input or on its output.",
    )
    bias: bool = control(
        False, kind="switch", label="Biases", group="network", effect="restart", compiles=True, advanced=True,
        doc="A bias in each layer, inside its multiplier: a (W h + b), starting at 0. The theory has none.",
    )
    algorithm: str = control(
        "pc", kind="choice", label="Algorithm", group="learning", effect="next_step", compiles=True,
        choices=_choices(ALGORITHMS), doc="How weights learn. The weights are kept when it changes.",
    )
    activity_lr: float = control(
        0.3, kind="number", label="Activity rate", symbol="β", group="inference", effect="live", slider=True,
        low=1e-3, high=10.0, typed_low=1e-6, scale="log",
        doc="Step size of inference, per sample: the same at any batch size. jpc averages over the batch and calls it βB.",
        only_when={
            "schedule": tuple(name for name, row in SCHEDULES.items() if not row.sets_rate),
            "algorithm": INFERRING,
        },
    )
    n_inference_steps: int = control(
        16, kind="integer", label="Inference steps", symbol="T", group="inference", effect="next_step", slider=True,
        low=1, high=1024, typed_high=100_000, scale="log", doc="Inference steps before each weight update.",
        only_when={"algorithm": INFERRING},
    )
    inference_rule: str = control(
        "gradient_descent", kind="choice", label="Inference rule", group="inference", effect="next_step", compiles=True,
        advanced=True, choices=_choices(RULES), doc="How activities follow their gradient.",
        only_when={"algorithm": INFERRING},
    )
    momentum: float = control(
        0.9, kind="number", label="Momentum", symbol="μ", group="inference", effect="live", advanced=True, low=0.0, high=0.99,
        doc="How much of the last step carries over. The velocity starts at 0 in each relaxation.",
        only_when={"inference_rule": tuple(name for name, row in RULES.items() if row.uses_momentum)},
    )
    tolerance: float = control(
        0.0, kind="number", label="Settled below", group="inference", effect="live", advanced=True, low=0.0, high=1.0,
        doc="A relaxation ends early when the rms of the activity gradient is below this; at 0 it never does.",
    )
    activity_start: str = control(
        "feedforward", kind="choice", label="Start", group="inference", effect="next_step",
        choices=(
            Choice("feedforward", "feedforward", "Each activity starts at its prediction: all energy is at the output."),
            Choice("zero", "zero", "All hidden activities start at 0."),
            Choice("noise", "noise", "Hidden activities start at standard normal noise."),
        ),
        doc="Where the activities start in each learning step.",
        only_when={"algorithm": tuple(name for name, row in ALGORITHMS.items() if row.infers)},
    )
    schedule: str = control(
        "ones", kind="choice", label="Precision schedule", group="inference", effect="next_step", compiles=True, advanced=True,
        choices=_choices(SCHEDULES), doc="Precision of each layer at each inference step.",
        only_when={"algorithm": SCHEDULED},
    )
    precision_grid: str = control(
        _following_the_error(layers=16, rows=4, elsewhere=0.1), kind="grid", label="Precision grid", symbol="π",
        group="inference", effect="live", advanced=True, low=0.0, high=100.0,
        doc="Precision by layer (the last row is the output's) and inference step. The last of a row holds for all later steps.",
        only_when={"schedule": tuple(name for name, row in SCHEDULES.items() if row.uses_grid)},
    )
    alpha: float = control(
        0.001, kind="number", label="Off-arrival level", symbol="α", group="inference", effect="live", advanced=True,
        low=0.0, high=1.0, doc="Precision (spiking) or rate (spiking rate) away from the step at which the error arrives.",
        only_when={"schedule": tuple(name for name, row in SCHEDULES.items() if row.uses_alpha)},
    )
    schedule_decay: float = control(
        1.0, kind="number", label="Schedule decay", symbol="ρ", group="inference", effect="live", advanced=True,
        low=0.0, high=10.0, doc="How fast a decaying schedule's precision falls after the error arrives, per inference step.",
        only_when={"schedule": tuple(name for name, row in SCHEDULES.items() if row.uses_k)},
    )
    output_precision: float = control(
        1.0, kind="number", label="Output precision", symbol="λ", group="inference", effect="live", advanced=True,
        low=1e-4, high=1e2, scale="log", doc="Weight of the output layer's energy.",
    )
    activity_decay: float = control(
        0.0, kind="number", label="Activity decay", group="inference", effect="live", advanced=True, low=0.0, high=1.0,
        doc="Pulls hidden activities towards 0: adds decay · z to their gradient. Any decay moves all layers at once.",
    )
    param_lr: float = control(
        1e-2, kind="number", label="Learning rate", symbol="η", group="learning", effect="next_step", slider=True,
        low=1e-6, high=10.0, scale="log", doc="Step size of the weights.",
    )
    param_lr_rule: str = control(
        "unscaled", kind="choice", label="Rate rule", group="learning", effect="next_step", advanced=True,
        choices=(
            Choice("unscaled", "as given", "The learning rate as it is, at any width and depth: the rule of μPC's paper."),
            Choice("scaled", "scaled", "SGD: η γ² N^(2d−c). Adam: η N^(−(1+c)/2), with skips times L^(α_L−1). SP: as given."),
        ),
        doc="Whether the learning rate follows width and depth as the parameterisation's limit needs it.",
    )
    rate_exponent: float = control(
        0.0, kind="number", label="Rate exponent", symbol="c", group="learning", effect="next_step", advanced=True,
        low=-1.0, high=2.0,
        doc="The scaled rate falls as N^−c, Adam's as N^(−c/2). A step does the same at any width if 2a + c = 1.",
        only_when={**CUSTOM, "param_lr_rule": ("scaled",)},
    )
    weight_rule: str = control(
        "pc", kind="choice", label="Weight rule", group="learning", effect="next_step", compiles=True, advanced=True,
        choices=(
            Choice("pc", "plain PC", "Each layer's error and presynaptic activity at the end of the relaxation."),
            Choice("forward_update", "forward update", "Settled targets against the feedforward predictions of t = 0."),
        ),
        doc="What the weights learn from when inference ends.", only_when={"algorithm": ("pc", "epc", "equilibrium")},
    )
    nudging: str = control(
        "clamped", kind="choice", label="Output nudging", group="learning", effect="next_step", advanced=True,
        choices=(
            Choice("clamped", "clamped", "The output is the target."),
            Choice("positive", "positive", "The output is moved towards the target by the nudge."),
            Choice("negative", "negative", "The output is moved away from the target, and the update's sign turned."),
            Choice("centred_epoch", "centred, sign by epoch", "Positive or negative, drawn once for each pass over the data."),
            Choice("centred", "centred, two phases", "Both for each batch: half the difference of the two gradients."),
        ),
        doc="Where the output is held during inference. The weight update is divided by the nudge.",
    )
    nudge: float = control(
        0.3, kind="number", label="Nudge", group="learning", effect="next_step", advanced=True, low=0.01, high=1.0,
        doc="How far from its feedforward value towards the target the output is held: u − b (u − y).",
        only_when={"nudging": ("positive", "negative", "centred_epoch", "centred")},
    )
    param_optimiser: str = control(
        "adam", kind="choice", label="Optimiser", group="learning", effect="next_step", compiles=True,
        choices=(
            Choice("sgd", "SGD", "Plain gradient descent."),
            Choice("adam", "Adam", "Rescales each weight's gradient; hides energy imbalance."),
        ),
        doc="How the weights follow their gradient. A change keeps the weights and zeroes the moments.",
    )
    batch_size: int = control(
        64, kind="integer", label="Batch", symbol="B", group="learning", effect="next_step", compiles=True, low=1, high=1024,
        typed_high=65_536, scale="log", advanced=True, suggested=(1, 8, 16, 32, 64, 128, 256), doc="Samples per learning step.",
    )

    @property
    def is_linear(self) -> bool:
        """Whether the energy is quadratic in the activities, in the form that the closed forms of docs/theory.md §2 are for."""
        kind = self.activation, self.loss, self.activation_position, self.bias
        return kind == ("linear", "mse", "before", False)

    @property
    def planned_steps(self) -> int:
        """Inference steps before the weights change, by the algorithm and T."""
        return ALGORITHMS[self.algorithm].planned_steps(self.n_inference_steps)

    @property
    def schedule_in_force(self) -> str:
        """The schedule by which inference weighs errors: every precision is 1 where the algorithm has none."""
        return self.schedule if self.algorithm in SCHEDULED else "ones"

    @property
    def largest_precision(self) -> float:
        """The largest precision that any layer has at any inference step, λ left out."""
        schedule = SCHEDULES[self.schedule_in_force]
        return schedule.largest(self.n_inference_steps, self.schedule_decay, _row_maxima(self.precision_grid))

    def largest_stable_rate(self, curvature: float) -> float:
        """The largest stable activity rate where the energy's largest curvature is this, λ_max; NaN where it sets no step.

        The rule's own factor times 2 / (π_max λ_max + decay). Where precision is the same everywhere that is the limit; where it
        differs, a rate that is stable for certain, as no precision up to π_max raises a curvature by more.
        """
        factor = RULES[self.inference_rule].limit_factor
        sets_rate = SCHEDULES[self.schedule_in_force].sets_rate
        met = self.largest_precision * curvature + self.activity_decay
        if factor is None or not ALGORITHMS[self.algorithm].has_rate or sets_rate or met == 0:
            return float("nan")
        return factor(self.momentum) * 2.0 / met

    @property
    def arrival(self) -> np.ndarray:
        """(L,) the inference step from which each layer has an error; NaN for never, or not to be foretold."""
        reach = RULES[self.inference_rule].reach
        return ALGORITHMS[self.algorithm].arrival(self.depth, self.activity_start, reach, self.activity_decay > 0)

    @property
    def scaling(self) -> Parameterisation:
        """The parameterisation in force: a named member of the family, or the one of this spec's exponents."""
        if self.parameterisation != "custom":
            return parameterisation_of(self.parameterisation)
        exponents = Exponents(
            width=self.width_exponent,
            init=self.init_exponent,
            rate=self.rate_exponent,
            output=self.output_exponent,
            depth=self.depth_exponent,
        )
        return parameterisation_of("custom", exponents)

    @property
    def rate_scale(self) -> float:
        """What the scaled rule would multiply the learning rate by, whichever rule is in force."""
        return self.scaling.rate_scale(self.param_optimiser, self.width, self.depth, self.skip, self.gamma)

    @property
    def effective_param_lr(self) -> float:
        """The learning rate that the weights feel: `param_lr` under the rule in force."""
        return self.param_lr * (self.rate_scale if self.param_lr_rule == "scaled" else 1.0)


@lru_cache(maxsize=64)
def _row_maxima(grid: str) -> np.ndarray:
    return np.array([max(row) for row in ExperimentSpec.controls()["precision_grid"].rows(grid)])


class ViewSettings(Controlled):
    """What is shown and how fast; nothing here changes the run."""

    pace: str = control(
        "slow", kind="choice", label="Pace", group="view", effect="view",
        choices=(
            Choice("slow", "slow motion", "A chosen number of inference steps a second, every one shown."),
            Choice("training", "training", "Learning steps as fast as they go."),
        ),
        doc="Slow motion shows every inference step; training shows the newest relaxation.",
    )
    pace_speed: float = control(
        10.0, kind="number", label="Speed", unit="steps/s", group="view", effect="view", low=0.25, high=60.0, scale="log",
        doc="Inference steps a second in slow motion.", only_when={"pace": ("slow",)},
    )
    trajectory_layer: int = control(
        0, kind="integer", label="Watched layer (0: last hidden)", group="view", effect="view", low=0, high=MAX_DEPTH - 1,
        doc="The hidden layer whose activities are drawn; 0 is the last one.",
    )


ACTIONS: dict[str, Control] = {
    "kick": Control(
        name="kick", kind="action", label="Kick", group="inference", effect="live", advanced=True,
        default=0.1, low=0.0, high=10.0,
        doc="Adds normal noise of this standard deviation, once, to the layer whose activities are drawn. Seeded.",
    ),
}
