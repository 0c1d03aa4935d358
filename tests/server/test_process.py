"""The serving process as the system sees it: what it loads, how it ends, what it says when it cannot start."""

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pcviz_server.origin import is_origin_allowed
from pcviz_server.settings import Settings
from tests.live_server import LiveServer
from tests.server.client import Client

SERVES_ONE_FRAME = """
import asyncio, socket, sys
import uvicorn
from websockets.asyncio.client import connect
from pcviz_server.app import create_app
from pcviz_server.protocol.frames import decode_frame
from pcviz_server.settings import Settings

async def main():
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(Settings()), ws="websockets-sansio", log_level="warning")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    port = listener.getsockname()[1]
    async with connect(f"ws://127.0.0.1:{port}/ws?depth=4&width=8", max_size=None) as viewer:
        while not isinstance(data := await viewer.recv(), bytes):
            pass
    depth = decode_frame(data)[0].columns[0].shape[1]
    print(depth, sorted({"jax", "jaxlib", "numpy", "pcviz_core", "sklearn"} & set(sys.modules)))
    server.should_exit = True
    await serving

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_server_that_has_served_a_frame_has_loaded_no_engine(tmp_path: Path):
    """If it had, a crash or a long compile of the engine would take every socket with it."""
    script = tmp_path / "serve.py"
    script.write_text(SERVES_ONE_FRAME)
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120)
    assert (run.stdout, run.returncode) == ("4 []\n", 0), run.stderr


def test_sigterm_closes_every_socket_and_leaves_no_process(artefacts: Path, tmp_path: Path):
    server = LiveServer(log=artefacts / "server-sigterm.log", home=tmp_path)
    with server:
        worker = os.pidfd_open(server.worker_pid())
        with Client(server.port, "depth=4&width=8&batch_size=8&n_inference_steps=5") as client:
            client.message("hello")
            os.kill(server.pid, signal.SIGTERM)
            assert client.close_code() == 1012
    ended, _, _ = select.select([worker], [], [], 10)
    os.close(worker)
    assert ended, "the worker outlives its server"


def test_a_port_that_is_taken_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "pcviz_server", "serve", "--port", str(port)]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    assert (
        run.stderr.strip()
        == f"Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another with --host or --port."
    )


def test_public_listens_everywhere_and_is_smaller(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PCVIZ_PUBLIC", "1")
    public, local = Settings.model_validate({}), Settings.model_validate({"public": False})
    assert (public.bind_address, local.bind_address) == ("0.0.0.0", "127.0.0.1")
    assert public.hosts == frozenset()
    assert "localhost" in local.hosts
    assert public.budget.weights < local.budget.weights
    assert public.messages_per_second < local.messages_per_second


ORIGINS = [
    (None, "localhost:8000", True),
    ("http://localhost:8000", "localhost:8000", True),
    ("https://pcviz.example", "pcviz.example", True),
    ("https://pcviz.example:443", "pcviz.example", True),
    ("http://friend.example", "pcviz.example", True),
    ("http://localhost:5173", "localhost:8000", False),
    ("null", "localhost:8000", False),
    ("", "", False),
    ("http://", "", False),
    ("http://pcviz.example.evil.example", "pcviz.example", False),
    ("http://pcviz.example:99999", "pcviz.example:99999", False),
]


@pytest.mark.parametrize(("origin", "host", "allowed"), ORIGINS)
def test_a_page_may_open_the_socket_of_its_own_host_only(origin: str | None, host: str, allowed: bool):
    assert is_origin_allowed(origin, host, {"http://friend.example"}) is allowed
