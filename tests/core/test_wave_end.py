"""Where rounding ends the wave is told apart from where it has not come yet."""

import numpy as np

from pcviz_core import Experiment
from pcviz_core.diagnostics import wave_end


def test_the_end_is_above_the_highest_layer_whose_error_is_due_and_exactly_zero():
    due = np.array([[False, True, True, True]])
    for energy, end in (([0, 0, 1e-30, 1], 3), ([0, 1e-40, 1e-30, 1], np.nan), ([0, 0, 0, 1], 4), ([0, 0, 0, 0], np.nan)):
        np.testing.assert_array_equal(wave_end(np.array([energy], float), due), [np.float32(end)])


def test_a_wave_that_falls_below_float32_says_where_and_one_under_way_does_not():
    """At a tiny rate each layer's error is about β times that of the one above: float32 ends after some dozen layers."""
    run = Experiment(depth=24, width=8, n_inference_steps=24, batch_size=8, activity_lr=1e-3)
    run.relax()
    columns = run.relaxation.columns
    end = int(columns["wave_end"][-1, 0])
    energy = columns["layer_energy"][-1]
    assert 1 < end < 24
    assert (energy[: end - 1] == 0).all()
    assert (energy[end - 1 :] > 0).all()
    assert np.isnan(columns["wave_end"][:3]).all()
    usual = Experiment(depth=8, width=8, n_inference_steps=8, batch_size=8)
    usual.relax()
    assert np.isnan(usual.relaxation.columns["wave_end"]).all()
