"""What a control's present value amounts to, in a sentence: what no range or tooltip can say because it depends on the others."""

from pcviz_core.spec import ExperimentSpec
from pcviz_core.theory.limits import power, verdict


def control_notes(spec: ExperimentSpec) -> dict[str, str]:
    """A sentence for each control of which there is something to say under this spec, by its name."""
    notes = {
        "parameterisation": verdict(spec.scaling, spec.skip and spec.depth > 2).sentence,
        "param_lr_rule": _rule(spec),
    }
    controls = ExperimentSpec.controls()
    if spec.param_lr_rule == "scaled":
        notes["param_lr"] = f"η_eff = {spec.effective_param_lr:.3g}"
    if all(getattr(spec, name) in values for name, values in controls["activity_lr"].only_when.items()):
        by_mean = spec.activity_lr * spec.batch_size
        notes["activity_lr"] = f"βB = {by_mean:.3g}, the rate as jpc counts it."
    return notes


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
        return f"η_eff = {scaled}."
    grows = " ".join(filter(None, by))
    how = f"as {grows}" if grows else "alike at any width"
    return f"As given, one step moves the {moved} {how}; the scaled rate would be {scaled}."
