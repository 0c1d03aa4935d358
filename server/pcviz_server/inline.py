"""The engine in a thread of this process: for tests and notebooks, where a process of its own would be in the way."""

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from pcviz_server.backend import Budget, Command, Event, Stop

if TYPE_CHECKING:
    from pcviz_server.worker import Worker


class InlineBackend:
    """Implements `EngineBackend`. It brings JAX into this process, so no server that others rely on uses it."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._worker: Worker | None = None
        self._thread: Thread | None = None

    def start(self, receive: Callable[[Event], None]) -> None:
        """Begin; `receive` is called on the running event loop."""
        from pcviz_server.worker import Worker

        loop = asyncio.get_running_loop()
        self._worker = Worker(lambda event: loop.call_soon_threadsafe(receive, event) and None, self._budget)
        self._thread = Thread(target=self._worker.run, name="engine", daemon=True)
        self._thread.start()

    def send(self, command: Command) -> None:
        """Pass a command on."""
        if self._worker is not None:
            self._worker.inbox.put(command)

    async def stop(self) -> None:
        """End the worker's thread."""
        self.send(Stop())
        if self._thread is not None and self._worker is not None:
            await asyncio.to_thread(self._thread.join)
            await asyncio.to_thread(self._worker.close)
