"""What a control's present value amounts to, in a sentence: what no range or tooltip can say because it depends on the others."""

import numpy as np

from pcviz_core.activations import ACTIVATIONS
from pcviz_core.algorithms import ALGORITHMS
from pcviz_core.inference import RULES
from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.limits import power, verdict


def control_notes(spec: ExperimentSpec) -> dict[str, str]:
    """A sentence for each control of which there is something to say under this spec, by its name.

    What stands after a line break is why it is so, by the symbols of docs/theory.md.
    """
    judged = verdict(spec.scaling, spec.skip and spec.depth > 2)
    notes = {
        "parameterisation": f"{judged.plain}\n{judged.sentence}",
        "param_lr_rule": _rule(spec),
        "depth": _reach(spec),
    }
    if spec.param_lr_rule == "scaled":
        notes["param_lr"] = f"Scaled, it is {spec.effective_param_lr:.3g} here."
    activation = ACTIVATIONS[spec.activation]
    if spec.tolerance > 0 and activation.has_kink and ALGORITHMS[spec.algorithm].has_rate:
        notes["tolerance"] = (
            f"With {activation.label} it may never come below this.\n"
            "The energy's minima lie at kinks, where the gradient jumps: at no rate need it ever fall so low, and then a "
            "relaxation takes all T steps."
        )
    return notes


def control_offers(spec: ExperimentSpec) -> dict[str, tuple[str, int]]:
    """By a control whose value asks for a change of another one: that control's name and the value that would do."""
    needed = every_layer_at(spec)
    if needed is None or needed <= spec.planned_steps:
        return {}
    return {"depth": ("n_inference_steps", needed)}


def course(spec: ExperimentSpec) -> str:
    """How the output's error comes to the layers in a run of these values, in a sentence."""
    row, reach = ALGORITHMS[spec.algorithm], RULES[spec.inference_rule].reach
    if row.course:
        return row.course
    if spec.activity_start == "noise":
        return "From a start at noise every layer has an error at once."
    if spec.activity_start == "zero":
        return "From a start at zero a layer has an error as soon as its activity or its prediction is no longer 0."
    if spec.activity_decay > 0:
        return "Activity decay moves every layer in the first step."
    if reach is None:
        return "This inference rule takes the error to every layer in the first step."
    how = "one layer" if reach == 1 else f"up to {reach} layers"
    needed, planned = int(spec.arrival[0]), spec.planned_steps
    if needed <= planned:
        return f"The error travels back {how} per inference step and is in layer 1 at t = {needed}."
    ends = int(np.argmax(spec.arrival <= planned)) + 1
    return f"The error travels back {how} per inference step: by T = {planned} to layer {ends}. Layer 1 needs T = {needed}."


def every_layer_at(spec: ExperimentSpec) -> int | None:
    """The inference step from which every layer has an error; None for never, or not to be foretold."""
    last = float(np.max(spec.arrival))
    return None if np.isnan(last) else int(last)


def _reach(spec: ExperimentSpec) -> str:
    """How far the error comes in a network of this depth."""
    row, needed = ALGORITHMS[spec.algorithm], every_layer_at(spec)
    if not row.infers:
        return "A backward pass takes the error to every layer."
    if needed is None:
        return "From a start at zero errors come from both ends."
    if needed <= 1:
        return "Every layer has an error from the start." if needed == 0 else "Every layer has an error from step 1."
    if needed > (planned := spec.planned_steps):
        return f"The error needs {needed} steps to reach layer 1; T is {planned}."
    return f"The error reaches layer 1 in {needed} of {planned} steps."


def _rule(spec: ExperimentSpec) -> str:
    """What the rule in force does to the rate here, or what it leaves undone: (1.3) to (1.7) of docs/theory.md."""
    scaling, has_skips = spec.scaling, spec.skip and spec.depth > 2
    if scaling.standard:
        return "Under SP the learning rate is used as given by either rule."
    e = scaling.exponents
    if spec.param_optimiser == "sgd":
        factors = ["γ²" if spec.gamma != 1 else "", power("N", 2 * e.output - e.rate)]
        moved, by = "output", [power("N", 1 - 2 * e.width - 2 * e.output)]
    else:
        factors = [power("N", -(1 + e.rate) / 2), power("L", e.depth - 1) if has_skips else ""]
        moved, by = "features", [power("N", 1 - e.width), power("L", 1 - e.depth) if has_skips else ""]
    scaled = f"{' '.join(filter(None, ['η', *factors]))}, here {spec.param_lr * spec.rate_scale:.3g}"
    if spec.param_lr_rule == "scaled":
        return f"The rate follows width and depth.\nη_eff = {scaled}."
    grows = " ".join(filter(None, by))
    how = f"as {grows}" if grows else "alike at any width"
    why = f"As given, one step moves the {moved} {how}; the scaled rate would be {scaled}."
    return f"The rate is the same at any width and depth.\n{why}"
