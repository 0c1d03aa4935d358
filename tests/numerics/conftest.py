"""What the comparisons with closed forms share: double precision, and compiling that is quick rather than clever."""

from collections.abc import Iterator

import jax
import pytest

from tests.numerics.nets import without_optimising


@pytest.fixture
def float64() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


@pytest.fixture
def quick_compile() -> Iterator[None]:
    """Each function here runs once or twice on small arrays: optimising it would take most of the time of the tests.

    The float32 engine is compared with the reference cases as it is compiled for use, by tests that do not ask for this.
    """
    with without_optimising():
        yield
