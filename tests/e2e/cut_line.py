"""A TCP line between page and server that a test can cut, as a train entering a tunnel does."""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class CutLine:
    """Forwards one local port to another; `cut` resets every open connection, `block` also refuses new ones."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._blocked = threading.Event()

    @property
    def url(self) -> str:
        """The page's address through the line."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Reset every open connection; both ends see an error, neither sees a close."""
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def block(self) -> None:
        """Cut, and reset whatever tries to connect until `restore`."""
        self._blocked.set()
        self.cut()

    def restore(self) -> None:
        """Let connections through again."""
        self._blocked.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._blocked.is_set():
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to_port))
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=copy, args=(source, sink), daemon=True).start()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()


def copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until it ends, and its end; a broken connection ends it too."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
