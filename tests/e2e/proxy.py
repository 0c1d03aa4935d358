"""A small reverse proxy, set up as badly as proxies are: another `Host`, no `Upgrade`, a sub-path."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from tests.e2e.cut_line import copy


class Proxy:
    """Forwards each connection's requests to a local port.

    `host` replaces the Host header; without `upgrade` the headers of a websocket are dropped; `prefix` is the path under which
    the server is reached, cut off on the way; nothing else is.
    """

    def __init__(self, to_port: int, *, host: str | None = None, upgrade: bool = True, prefix: str = "") -> None:
        self._to_port, self._host, self._upgrade, self._prefix = to_port, host, upgrade, prefix
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Where the server is reached through it, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}{self._prefix}"

    def _head(self, head: bytes) -> bytes:
        text = head.decode("latin-1")
        if self._host is not None:
            text = re.sub(r"(?im)^host:.*?\r$", f"Host: {self._host}\r", text)
        if not self._upgrade:
            text = re.sub(r"(?im)^(upgrade|connection):.*?\r\n", "", text)
        if "upgrade: websocket" not in text.lower():  # one request each, so that every head is seen
            text = re.sub(r"(?im)^connection:.*?\r\n", "", text).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
        if self._prefix:
            text = re.sub(rf"^(\w+) {re.escape(self._prefix)}/?", r"\1 /", text, count=1)
        return text.encode("latin-1")

    def _serve(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError), self._kept(near):
            data = b""
            while b"\r\n\r\n" not in data:
                if not (more := near.recv(65536)):
                    return
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            if not head.split(b" ", 2)[1].startswith(self._prefix.encode()):
                near.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self._to_port)) as far, self._kept(far):
                far.sendall(self._head(head + b"\r\n\r\n") + body)
                back = threading.Thread(target=copy, args=(near, far), daemon=True)
                back.start()
                copy(far, near)
                back.join()

    @contextlib.contextmanager
    def _kept(self, end: socket.socket) -> Iterator[None]:
        """A connection that leaving the proxy breaks."""
        self._open.add(end)
        try:
            yield
        finally:
            self._open.discard(end)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(near,), daemon=True))
            self._threads[-1].start()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
