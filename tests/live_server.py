"""A real server in its own process, as a person starts it: no fixture reaches inside."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

READY_WITHIN_S = 180  # a cold machine imports JAX and compiles the default network
STOPS_WITHIN_S = 15


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid: int) -> dict[int, str]:
    """The direct children of a process, with their command lines."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(maxsplit=2) for line in listed.splitlines())
    return {int(row[0]): row[2] for row in rows if len(row) == 3 and int(row[1]) == pid}


class LiveServer:
    """`pcviz serve` on a free port of this machine, under these environment variables; use as a context manager."""

    def __init__(self, log: Path, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self._settings = dict(settings or {})
        self._log = log
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The serving process, not its worker."""
        assert self._process is not None
        return self._process.pid

    def worker_pid(self) -> int:
        """The spawned process that computes."""
        workers = [pid for pid, command in children(self.pid).items() if "multiprocessing.spawn" in command]
        assert len(workers) == 1, f"expected one spawned worker, found {children(self.pid)}"
        return workers[0]

    def kill_worker(self) -> int:
        """Kill the worker without warning, as the system's out-of-memory killer would; its pid is returned."""
        pid = self.worker_pid()
        os.kill(pid, signal.SIGKILL)
        return pid

    def get(self, path: str) -> bytes:
        """The body of a GET; an HTTP error raises."""
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return answer.read()

    def compilations(self) -> int:
        """How often JAX has compiled something, by its own word."""
        return self._log.read_text(errors="replace").count("Compiling jit(")

    def log_tail(self) -> str:
        """The last lines of what the server said."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-40:])

    def _is_ready(self) -> bool:
        try:
            self.get("/readyz")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True

    def _ends_within(self, seconds: float) -> bool:
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "pcviz_server", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        environment = {**os.environ, "XDG_CACHE_HOME": str(self._home / "cache"), "JAX_LOG_COMPILES": "1", **self._settings}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            if self._ends_within(0.05) or time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                raise RuntimeError(f"The server did not become ready. It said:\n{self.log_tail()}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        if not self._ends_within(STOPS_WITHIN_S):
            self._process.kill()
            raise RuntimeError(f"The server did not stop on Ctrl-C. It said:\n{self.log_tail()}")
