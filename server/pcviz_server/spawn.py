"""The engine in a process of its own, started again when it dies or falls silent.

Spawned, never forked: JAX's threads do not survive a fork. Two threads carry commands and events, so that a worker which is
stopped in the middle of a message holds up nothing here.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from time import monotonic

from pcviz_server.backend import Budget, Command, Event, Lost, Stop

STARTS_WITHIN_S = 120.0
"""A cold machine reads much before the first sign of life."""
SILENT_FOR_S = 20.0
"""A worker gives a sign of life every second; after so long without one it hangs."""
STOPS_WITHIN_S = 5.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 30.0
_LIVED_LONG_S = 60.0


class SpawnBackend:
    """Implements `EngineBackend` with one spawned worker."""

    def __init__(self, budget: Budget, niceness: int) -> None:
        self._budget = budget
        self._niceness = niceness
        self._process: _WorkerProcess | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        return self._process.pid if self._process is not None else None

    def start(self, receive: Callable[[Event], None]) -> None:
        """Begin; `receive` is called on the running event loop."""
        self._supervisor = asyncio.create_task(self._supervise(receive), name="worker supervisor")

    def send(self, command: Command) -> None:
        """Pass a command on to the worker, if there is one."""
        if self._process is not None:
            self._process.outbox.put(command)

    async def stop(self) -> None:
        """End the worker: politely, then by force."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        process, self._process = self._process, None
        if process is not None:
            await process.stop()

    async def _supervise(self, receive: Callable[[Event], None]) -> None:
        wait = _FIRST_WAIT_S
        while True:
            began = monotonic()
            self._process = process = _WorkerProcess(self._budget, self._niceness, receive)
            reason = await process.lost()
            self._process = None
            await process.stop()
            receive(Lost(reason))
            wait = _FIRST_WAIT_S if monotonic() - began > _LIVED_LONG_S else min(2 * wait, _LONGEST_WAIT_S)
            await asyncio.sleep(wait)


class _WorkerProcess:
    """One worker, from its start to its end, with the two threads that talk to it."""

    def __init__(self, budget: Budget, niceness: int, receive: Callable[[Event], None]) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, budget, niceness), name="pcviz worker", daemon=True)
        self._process.start()
        theirs.close()
        self._connection = ours
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._gone = asyncio.Event()
        self._heard_at = monotonic()
        self._patience = STARTS_WITHIN_S
        self.outbox: SimpleQueue[Command | None] = SimpleQueue()
        """Commands on their way; None ends the thread that takes them."""
        self._threads = [Thread(target=work, name=f"worker {work.__name__}", daemon=True) for work in (self._read, self._write)]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int | None:
        """The process id."""
        return self._process.pid

    async def lost(self) -> str:
        """Wait until the worker has died or hangs, and say which."""
        while not self._gone.is_set():
            if monotonic() - self._heard_at > self._patience:
                self._process.kill()
                return f"The process that computes gave no sign of life for {self._patience:.0f} seconds; it is started again."
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._gone.wait()
        await asyncio.to_thread(self._process.join, STOPS_WITHIN_S)
        code = self._process.exitcode
        how = f" ({signal.Signals(-code).name})" if code is not None and code < 0 else ""
        return f"The process that computes stopped{how}; it is started again."

    async def stop(self) -> None:
        """End the process, by force if it does not go, and the threads."""
        self.outbox.put(Stop())
        self.outbox.put(None)
        await asyncio.to_thread(self._process.join, STOPS_WITHIN_S)
        if self._process.is_alive():
            self._process.kill()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        await asyncio.to_thread(self._process.join)
        self._process.close()
        self._connection.close()

    def _heard(self, event: Event) -> None:
        self._heard_at, self._patience = monotonic(), SILENT_FOR_S
        self._receive(event)

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._loop.call_soon_threadsafe(self._heard, self._connection.recv())
        self._loop.call_soon_threadsafe(self._gone.set)

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            while (command := self.outbox.get()) is not None:
                self._connection.send(command)


def serve(connection: Connection, budget: Budget, niceness: int) -> None:
    """What the worker process does: nothing of the core is imported before this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides when we go
    if hasattr(os, "nice"):  # where a process cannot step back, it does not
        os.nice(niceness)

    from pcviz_server.cache import use_compilation_cache
    from pcviz_server.worker import Worker

    use_compilation_cache()
    worker = Worker(connection.send, budget)

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                worker.inbox.put(connection.recv())
        os._exit(0)  # the server has gone, and with it everyone who could want a result

    Thread(target=listen, name="listener", daemon=True).start()
    with contextlib.suppress(OSError):
        worker.run()
    os._exit(0)  # without unwinding XLA's own threads, which may be in the middle of something
