"""Inference rules: how activities follow their gradient. One row each in `RULES`."""

from pcviz_core.inference.explicit import ADAM, GRADIENT_DESCENT, HEAVY_BALL, NESTEROV
from pcviz_core.inference.ode import ADAPTIVE, HEUN
from pcviz_core.inference.rule import Rule, Settings

RULES: dict[str, Rule] = {
    "gradient_descent": GRADIENT_DESCENT,
    "heavy_ball": HEAVY_BALL,
    "nesterov": NESTEROV,
    "adam": ADAM,
    "heun": HEUN,
    "adaptive": ADAPTIVE,
}

__all__ = ["RULES", "Rule", "Settings"]
