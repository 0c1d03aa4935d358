"""The search for a leading eigenvalue: right, honest about its error, and quick enough to run beside the live network."""

import jax.numpy as jnp
import numpy as np
import pytest

from pcviz_core.theory.spectrum import leading_eigenvalue

pytestmark = pytest.mark.usefixtures("float64", "quick_compile")

ROWS, WIDTH = 5, 8


def symmetric(seed, spectrum):
    """A random symmetric matrix with these eigenvalues, and its eigenvectors in columns."""
    vectors, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(spectrum), len(spectrum))))
    return jnp.asarray(vectors * spectrum @ vectors.T), vectors


def products_with(matrices):
    """One operator per sample on vectors (rows, batch, width)."""

    def product(v):
        flat = v.transpose(1, 0, 2).reshape(len(matrices), -1)
        return jnp.einsum("bij,bj->bi", matrices, flat).reshape(-1, ROWS, WIDTH).transpose(1, 0, 2)

    return product


def start(seed, batch):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(ROWS, batch, WIDTH)))


@pytest.mark.parametrize("sign", [1, -1])
def test_each_sample_gets_its_own_leading_eigenvalue_and_vector(sign):
    """The stability limit is that of the worst sample: mixing samples would give nobody's."""
    spectra = [sign * np.linspace(0.01, top, ROWS * WIDTH) for top in (1.0, 5.0, 40.0)]
    matrices = jnp.stack([symmetric(i, spectrum)[0] for i, spectrum in enumerate(spectra)])
    found = leading_eigenvalue(products_with(matrices), start(0, 3), 1e-8, 500)
    np.testing.assert_allclose(found.value, [sign * 1.0, sign * 5.0, sign * 40.0], rtol=1e-12)
    expected = found.value[None, :, None] * found.vector
    np.testing.assert_allclose(products_with(matrices)(found.vector), expected, atol=1e-6)
    np.testing.assert_allclose(jnp.sum(found.vector**2, axis=(0, 2)), 1, rtol=1e-12)


def test_an_eigenvalue_lies_within_the_stated_residual_of_the_value():
    """A search that was cut short must say how wrong it may be."""
    spectrum = np.linspace(0, 3, ROWS * WIDTH)
    matrix, _ = symmetric(1, spectrum)
    for max_steps in (2, 5, 10):
        found = leading_eigenvalue(products_with(matrix[None]), start(1, 1), 1e-12, max_steps)
        assert int(found.steps) == max_steps + 1
        assert np.abs(spectrum - float(found.value[0])).min() <= float(found.residual[0])
        assert float(found.value[0]) <= spectrum[-1] * (1 + 1e-12)


def test_it_takes_the_steps_of_a_conjugate_method():
    """Without the previous direction it would need many more products, and the live tick would lag."""
    matrix, _ = symmetric(2, np.linspace(0, 1, ROWS * WIDTH) ** 0.25)
    found = leading_eigenvalue(products_with(matrix[None]), start(2, 1), 1e-4, 1000)
    assert int(found.steps) < 60
    assert float(found.value[0]) == pytest.approx(1, rel=1e-6)


def test_a_start_from_the_last_answer_needs_few_steps():
    """While weights change little from step to step, following the limit must be nearly free."""
    matrix, _ = symmetric(3, np.linspace(0, 1, ROWS * WIDTH))
    cold = leading_eigenvalue(products_with(matrix[None]), start(3, 1), 1e-3, 1000)
    change, _ = symmetric(4, 1e-3 * np.linspace(-1, 1, ROWS * WIDTH))
    warm = leading_eigenvalue(products_with((matrix + change)[None]), cold.vector, 1e-3, 1000)
    assert int(warm.steps) <= 6
    assert int(warm.steps) < int(cold.steps) / 2
    assert float(warm.value[0]) == pytest.approx(np.linalg.eigvalsh(matrix + change)[-1], rel=1e-5)


def test_rows_of_padding_stay_out_of_the_search():
    """Padded layers have curvature 1 of their own, which is not the network's."""
    spectrum = np.full(ROWS * WIDTH, 7.0)
    spectrum[2 * WIDTH :] = np.linspace(0.1, 3, 3 * WIDTH)
    product = products_with(jnp.diag(jnp.asarray(spectrum))[None])
    found = leading_eigenvalue(product, start(5, 1).at[:2].set(0), 1e-6, 500)
    assert float(found.value[0]) == pytest.approx(3)
    assert (np.asarray(found.vector[:2]) == 0).all()


def test_an_operator_that_has_diverged_ends_the_search():
    """A network of NaN must not keep the worker busy."""
    found = leading_eigenvalue(lambda v: v * jnp.nan, start(6, 2), 1e-6, 10**9)
    assert int(found.steps) == 2
    assert np.isnan(np.asarray(found.value)).all()


def test_a_start_that_is_an_eigenvector_is_an_answer():
    """The residual is then exactly 0, which must not become a division by 0."""
    basis = jnp.zeros((ROWS, 1, WIDTH)).at[0, 0, 0].set(2.0)
    found = leading_eigenvalue(lambda v: 4.0 * v, basis, 1e-6, 100)
    assert float(found.value[0]) == 4.0
    assert float(found.residual[0]) == 0.0
