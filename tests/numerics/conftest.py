"""What the comparisons with closed forms share: double precision, and compiling that is quick rather than clever."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture
def float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="module")
def quick_compile() -> Iterator[None]:
    """Each function here runs once or twice on small arrays: optimising it would take most of the time of the tests.

    The engine itself is compared with the reference cases as it is compiled for use, in files that do not ask for this.
    """
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
