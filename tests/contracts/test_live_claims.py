"""The link of a claim opens a run that shows it moving: within a minute, or a viewer has gone."""

from math import isfinite
from time import monotonic

import pytest

from benchmarks.claims.catalogue import NAMES, claim
from pcviz_core import Experiment

MINUTE_S, STEPS_A_SECOND = 60, 10
"""Slow motion shows that many inference steps a second (`pace_speed`)."""
MOVED = 0.05
"""The part of its first value by which a quantity has to change before anyone sees it move."""


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_live_link_of_a_claim_moves_within_a_minute(name):
    """The regimes' link stood still at a rate that the rule did not scale."""
    live = claim(name).live
    experiment, steps = Experiment(live.spec), 0
    first, now, began = live.quantity(experiment), float("nan"), monotonic()
    while not (isfinite(first) and abs(now - first) > MOVED * abs(first)):
        assert experiment.divergence is None, "the run of the link diverges"
        assert monotonic() - began < MINUTE_S, f"{name} stood still for a minute: from {first} to {now}"
        if live.pace == "training":
            experiment.learn_point()
        else:
            assert steps < MINUTE_S * STEPS_A_SECOND, f"{name} stood still for a minute of slow motion"
            experiment.infer(1)
        steps += 1
        now = live.quantity(experiment)
        first = first if isfinite(first) else now
