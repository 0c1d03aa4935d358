"""Data sets: what their table says, deterministic, split without leaks, standardised by training statistics."""

import subprocess
import sys

import numpy as np
import pytest

from pcviz_core.datasets import DATASETS, _classes

SIZES = {  # inputs, outputs, training samples, test samples
    "digits": (64, 10, 1437, 360),
    "moons": (3, 2, 1024, 256),
    "circles": (3, 2, 1024, 256),
    "blobs": (3, 4, 1024, 256),
    "xor": (3, 2, 1024, 256),
    "spiral": (3, 3, 1024, 256),
    "teacher": (32, 4, 1024, 256),
}


def test_every_data_set_has_its_sizes_stated_here() -> None:
    """A new data set joins this battery by being named in it."""
    assert SIZES.keys() == DATASETS.keys()


@pytest.mark.parametrize("name", DATASETS)
def test_arrays_have_the_stated_sizes_and_are_read_only_float32(name: str) -> None:
    """The cached arrays are shared by every session: one that could write to them would change the others' data."""
    n_inputs, n_outputs, n_train, n_test = SIZES[name]
    data = DATASETS[name].load(0)
    assert (data.n_inputs, data.n_outputs) == (n_inputs, n_outputs)
    assert data.x_train.shape == (n_train, n_inputs)
    assert data.y_train.shape == (n_train, n_outputs)
    assert data.x_test.shape == (n_test, n_inputs)
    assert data.y_test.shape == (n_test, n_outputs)
    for array in (data.x_train, data.y_train, data.x_test, data.y_test):
        assert array.dtype == np.float32
        assert not array.flags.writeable
        assert np.isfinite(array).all()


@pytest.mark.parametrize("name", DATASETS)
def test_a_seed_gives_the_same_data_again_and_another_seed_another_split(name: str) -> None:
    """The URL's seed must bring back the same picture."""
    source = DATASETS[name]
    first, again, other = source.make(3), source.make(3), source.make(4)
    np.testing.assert_array_equal(first.x_train, again.x_train)
    np.testing.assert_array_equal(first.y_test, again.y_test)
    assert not np.array_equal(first.x_test, other.x_test)


@pytest.mark.parametrize("name", DATASETS)
def test_loading_twice_costs_nothing(name: str) -> None:
    """A restart with the same seed must not draw the data again."""
    assert DATASETS[name].load(5) is DATASETS[name].load(5)


@pytest.mark.parametrize("name", DATASETS)
def test_no_test_sample_is_in_the_training_set(name: str) -> None:
    """A leak would make the test accuracy on screen a lie."""
    data = DATASETS[name].load(1)
    training = {row.tobytes() for row in data.x_train}
    assert not any(row.tobytes() in training for row in data.x_test)


def test_the_split_of_the_digits_keeps_every_image_once() -> None:
    """Between them, the two parts must be the whole set."""
    data = DATASETS["digits"].load(2)
    counts = np.concatenate([data.y_train, data.y_test]).sum(axis=0).astype(int)
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize("name", sorted(DATASETS.keys() - {"teacher"}))
def test_inputs_are_standardised_by_the_training_set_alone(name: str) -> None:
    """Every parameterisation assumes inputs of mean square 1; test samples must not have helped to get there."""
    data = DATASETS[name].load(0)
    varying = data.x_train if name == "digits" else data.x_train[:, :2]
    np.testing.assert_allclose(varying.mean(axis=0), 0, atol=1e-5)
    assert np.mean(np.square(varying, dtype=np.float64)) == pytest.approx(1, rel=1e-5)
    held_out = data.x_test[:, : varying.shape[1]]
    assert abs(held_out.mean(axis=0)).max() > 1e-3
    assert np.abs(data.x_test).max() < 10


def test_planar_sets_carry_a_constant_input() -> None:
    """Without it a network that has no bias could not learn circles or XOR at all, whatever the viewer tries."""
    for name in DATASETS.keys() - {"digits", "teacher"}:
        data = DATASETS[name].load(0)
        assert (data.x_train[:, 2] == 1).all()
        assert (data.x_test[:, 2] == 1).all()


@pytest.mark.parametrize("name", sorted(DATASETS.keys() - {"teacher"}))
def test_class_targets_are_one_hot_and_every_class_is_in_both_parts(name: str) -> None:
    """Cross-entropy and accuracy both read targets as one-hot."""
    data = DATASETS[name].load(0)
    for targets in (data.y_train, data.y_test):
        assert set(np.unique(targets)) == {0.0, 1.0}
        assert (targets.sum(axis=1) == 1).all()
        assert (targets.sum(axis=0) > 0).all()
    assert data.kind == "classification"
    assert data.n_classes == data.n_outputs


def test_the_teacher_is_a_linear_map_with_the_stated_singular_values() -> None:
    """A linear network must be able to reach zero loss on it, one singular value after the other."""
    data = DATASETS["teacher"].load(0)
    assert data.kind == "regression"
    assert data.n_classes is None
    linear_map, *_ = np.linalg.lstsq(data.x_train, data.y_train, rcond=None)
    np.testing.assert_allclose(data.x_test @ linear_map, data.y_test, atol=1e-4)
    np.testing.assert_allclose(np.linalg.svd(linear_map, compute_uv=False), [2, 1, 0.5, 0.25], rtol=1e-5)


def test_listing_the_data_sets_does_not_import_scikit_learn() -> None:
    """Its import takes most of a second, before the page could even ask for the catalogue."""
    program = "import sys, pcviz_core.datasets; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_digits_are_scikit_learns():
    """They are read without importing it, which takes most of a second: the same images, in the same order."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    expected = _classes(pixels, labels, 360, 7)
    data = DATASETS["digits"].load(7)
    for name in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(data, name), getattr(expected, name))
