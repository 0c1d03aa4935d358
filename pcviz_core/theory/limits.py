"""What a member of the family of parameterisations does as width and depth grow: docs/theory.md §1.3."""

from dataclasses import dataclass
from math import isclose

from pcviz_core.parameterisations import Parameterisation


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a parameterisation is stable and learns features, and what predictive coding becomes.

    `plain` says it in one sentence without symbols, `sentence` by the exponents.

    A `growth` is the power of N by which something grows with width: the mean square of activities, per layer; the output's
    change in one SGD step under the scaled rule; the features' change in it. Depth is judged for a linear network.
    """

    activity_growth: float
    output_growth: float
    feature_growth: float
    keeps_activities: bool
    keeps_output: bool
    keeps_depth: bool
    is_stable: bool
    learns_features: bool
    tends_to_backprop: bool
    plain: str
    sentence: str


def verdict(scaling: Parameterisation, skip: bool) -> Verdict:
    r"""Judge a parameterisation by its exponents.

    One layer multiplies the mean square of activities by $N^{1−2a−b}$ (1.5). One SGD step at the rate (1.3) moves the output by
    $N^{1−2a−c}$ (1.6) and the features by $N^{1−2a−c+d−1/2}$ (1.7), and $S − I ∝ N^{−2d}$ (1.8).
    """
    a, b, c, d = (getattr(scaling.exponents, name) for name in ("width", "init", "rate", "output"))
    activity, output = 1 - 2 * a - b, 1 - 2 * a - c
    feature = output + d - 0.5
    keeps_activities = _is_zero(activity)
    keeps_output = _is_zero(output) and d >= 0
    keeps_depth, why_depth = _depth(scaling, skip)
    keeps = keeps_activities and keeps_output and keeps_depth
    is_stable = keeps and (feature < 0 or _is_zero(feature))

    broken: list[str] = []
    if not keeps_activities:
        broken.append(f"each layer multiplies activities' mean square by {_n(activity)} (2a + b = {2 * a + b:.3g}, not 1)")
    if not _is_zero(output):
        broken.append(f"one SGD step moves the output as {_n(output)} (2a + c = {2 * a + c:.3g}, not 1)")
    if d < 0:
        broken.append(f"the output itself has size {_n(-d)} (d = {d:.3g} < 0)")
    if keeps and not is_stable:
        broken.append(f"one SGD step moves the features as {_n(feature)} (d = {d:.3g} > ½)")
    if not keeps_depth:
        broken.append(why_depth)

    if broken:
        why = f"Unstable: {', '.join(broken)}"
    else:
        stable = f"Stable (2a + b = 2a + c = 1{f', {why_depth}' if why_depth else ''})"
        if _is_zero(feature):
            why = f"{stable} and learns features (d = ½)"
        else:
            kind = "lazy" if _is_zero(d) else "learns features less the wider it is"
            why = f"{stable}, but {kind}: they move as {_n(feature)} (d = {d:.3g})"
    settles = keeps_activities and keeps_depth
    after = f"; {_rescaling(d, keeps_depth)}" if settles or (keeps_activities and _is_zero(d)) else ""
    return Verdict(
        activity_growth=activity,
        output_growth=output,
        feature_growth=feature,
        keeps_activities=keeps_activities,
        keeps_output=keeps_output,
        keeps_depth=keeps_depth,
        is_stable=is_stable,
        learns_features=is_stable and _is_zero(feature),
        tends_to_backprop=settles and d > 0,
        plain=f"{_plain(keeps_activities, activity, output, d, feature, why_depth if not keeps_depth else '')}.",
        sentence=f"{why}{after}.",
    )


def _plain(keeps_activities: bool, activity: float, output: float, d: float, feature: float, broken_depth: str) -> str:
    """The first thing that is wrong, or what is learned, as a student reads it."""
    if not keeps_activities:
        return f"Unstable: activities {'grow' if activity > 0 else 'fade'} with width, layer by layer"
    if not _is_zero(output):
        return f"Unstable: a wider network moves its output {'more' if output > 0 else 'less'} in a step"
    if d < 0:
        return "Unstable: the output grows with width"
    if broken_depth:
        return f"Unstable: activities {'fade' if 'shrinks' in broken_depth else 'explode'} with depth"
    if _is_zero(feature):
        return "Stable and feature-learning at any width and depth"
    if feature > 0:
        return "Unstable: a wider network moves its features more in a step"
    return "Stable, but a wide network learns " + ("no features" if _is_zero(d) else "less of the features")


def _depth(scaling: Parameterisation, skip: bool) -> tuple[bool, str]:
    """Whether the mean square of activities stays bounded as L grows, and why."""
    alpha, factor = scaling.exponents.depth, scaling.variance_factor
    if not skip:
        fades = "each layer shrinks activities' mean square to a third, as the uniform law's variance is 1/(3 fan-in)"
        return (True, "") if factor == 1 else (False, fades)
    if alpha == 0.5:
        return True, "α_L = ½"
    if alpha > 0.5:
        name = "branches of 1/L" if alpha == 1 else "branches fade"
        return True, f"α_L = {alpha:.3g}: {name}, and SGD moves what they add as {power('L', 1 - 2 * alpha)}"
    if alpha == 0:
        return False, f"with skips the mean square of activities grows as {'2' if factor == 1 else '(4/3)'}^L (α_L = 0)"
    return False, f"with skips activities explode with depth (α_L = {alpha:.3g} < ½)"


def _rescaling(d: float, keeps_depth: bool) -> str:
    """What becomes of S, (2.1), as the network is made wide."""
    if d > 0 and not _is_zero(d):
        return f"S − I falls as L/{_n(2 * d)}, so PC becomes BP"
    if _is_zero(d):
        return f"{'S = I + Θ(L)' if keeps_depth else 'S ≠ I'} at any width, so PC does not become BP"
    return f"S − I grows as L {_n(-2 * d)}, so PC moves away from BP"


def _n(exponent: float) -> str:
    return power("N", exponent)


def _is_zero(value: float) -> bool:
    return isclose(value, 0.0, abs_tol=1e-9)


def power(base: str, exponent: float) -> str:
    """A power as a person reads it: N, √N, N^−1.5; nothing for N^0."""
    if _is_zero(exponent):
        return ""
    return {1.0: base, 0.5: f"√{base}"}.get(exponent, f"{base}^{exponent:.3g}".replace("-", "−"))
