"""One imbalance: what the bars, the learning chart and the comparison with BP say of one relaxation is one number."""

import numpy as np
import pytest

from pcviz_core import Experiment
from pcviz_core.diagnostics import AT_LEAST, EXACT, above_noise, imbalance, noise_floor

SMALL = {"depth": 12, "width": 16, "n_inference_steps": 12, "batch_size": 16}


def test_noise_is_where_rounding_puts_it_and_not_at_twice_that():
    """½ · 64 · (2⁻²⁴)² = 1.137e-13 of unit activities: an output of 1.2e-1 is 12.02 decades above it."""
    floor = noise_floor(np.ones((1, 3)), 64, 10)
    assert floor[0].tolist() == [32 * 2.0**-48, 32 * 2.0**-48, 5 * 2.0**-48]
    due = np.ones((1, 3), bool)
    for lowest in (1e-20, 0.0):
        held, quality = above_noise(np.array([[lowest, 1e-4, 0.12]]), floor, due)
        assert imbalance(held)[0, 0] == pytest.approx(12.0234, abs=1e-3)
        assert quality[0] == AT_LEAST
    held, quality = above_noise(np.array([[1.2e-13, 1e-4, 0.12]]), floor, due)
    assert imbalance(held)[0, 0] == pytest.approx(12.0)
    assert quality[0] == EXACT


def test_a_layer_that_the_error_cannot_have_reached_has_no_imbalance():
    floor = noise_floor(np.ones((1, 3)), 64, 10)
    held, quality = above_noise(np.array([[0, 1e-4, 0.12]]), floor, np.array([[False, True, True]]))
    assert np.isnan(imbalance(held)[0, 0])
    assert quality[0] == EXACT


@pytest.mark.parametrize("rate", [0.3, 1e-2, 1e-4])
def test_the_three_places_that_show_an_imbalance_show_one_number(rate):
    """Bars "> 12", learning "16.6" and comparison "≥ 16.7" were of one moment of one network."""
    run = Experiment(**SMALL, activity_lr=rate)
    run.relax()
    bars = run.relaxation.columns["imbalance"][-1]
    quality = run.relaxation.columns["imbalance_quality"][-1, 0]
    beside = run.measure("repair")["repair"]
    point = run.update()
    assert point is not None
    np.testing.assert_allclose([point.decades, point.slope], bars, rtol=1e-5)
    np.testing.assert_allclose(beside[:2], bars, rtol=1e-4)
    assert beside[4] == quality == (EXACT if rate > 0.1 else AT_LEAST)
