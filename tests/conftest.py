"""What every tier shares: arithmetic pinned before JAX is imported, and one real server for whoever needs one."""

import os
from pathlib import Path

# Before any import of JAX: tests compare bits, so they run where every machine has the same arithmetic, and a silent
# broadcast or promotion in the core is an error here.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"
os.environ["JAX_NUMPY_DTYPE_PROMOTION"] = "strict"
# Compiled steps are kept between runs of the tests, by what they are: a second `make test` compiles only what has changed.
# Each process of xdist keeps its own, because JAX does not write them atomically.
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(
    Path(__file__).parents[1] / ".pytest_cache" / f"xla-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
)
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
# A worker steps back for a person's other programmes; here it would step back for the other tests, and starve.
os.environ["PCVIZ_WORKER_NICENESS"] = "0"

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.live_server import LiveServer

# A shared machine is slow now and then; only a wrong answer is a failure.
settings.register_profile("pcviz", deadline=None)
settings.load_profile("pcviz")


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where a test leaves what a person may want to look at: server logs, pictures."""
    folder = Path(__file__).parent / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def live_server(artefacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The server as `pcviz serve` starts it, with its spawned worker, on a free port."""
    with LiveServer(log=artefacts / "server.log", home=tmp_path_factory.mktemp("home")) as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running, inside which no asynchronous test can start its own."""
    items.sort(key=lambda item: "e2e" in item.path.parts)
