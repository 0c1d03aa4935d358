"""How soon a change shows: in the engine, in the worker beside other sessions, and from a slider's message to its frame.

`PARTS` names what to measure of engine, worker and page.
"""

import os
import tempfile
from contextlib import suppress
from itertools import count, islice, pairwise
from pathlib import Path
from threading import Condition, Thread
from time import monotonic, perf_counter, sleep

import harness
import numpy as np
from harness import percentile

from pcviz_core import Experiment
from pcviz_server import backend
from pcviz_server.settings import Settings
from pcviz_server.worker import Worker
from tests.live_server import LiveServer
from tests.server.client import Client

PARTS = os.environ.get("PARTS", "engine worker page").split()
CHANGES = int(os.environ.get("CHANGES", "200"))
NETS = {"default": {}, "128 × 128": {"depth": 128, "width": 128}}
LIVE = {"activity_lr": (0.05, 0.4), "momentum": (0.1, 0.9), "activity_decay": (0.0, 0.01), "output_precision": (0.5, 2.0)}


def live_change() -> None:
    """From a change to the first new result, beside one inference step without a change."""
    rng, rows = np.random.default_rng(0), []
    for name, values in NETS.items():
        experiment = Experiment(**values)
        Experiment.compile_for(experiment.spec, "long run")
        for control, (low, high) in LIVE.items():
            experiment.change(**{control: high})
            experiment.change(**{control: low})
        plain, changed = [], []
        for _ in range(CHANGES):
            control = rng.choice(list(LIVE))
            value = float(rng.uniform(*LIVE[control]))
            plain.append(harness.seconds(lambda e=experiment: e.infer(1)))
            began = perf_counter()
            experiment.change(**{control: value})
            experiment.infer(1)
            changed.append(perf_counter() - began)
            if experiment.infer_step > 48:
                experiment.update()
        (step, worst), (middle, late) = ([1e3 * percentile(v, percent) for percent in (50, 99)] for v in (plain, changed))
        rows.append([name, *(f"{value:.1f}" for value in (step, worst, middle, late, middle - step, late - step))])
    print(f"A live change to the first new result, {CHANGES} random changes, ms.\n")
    columns = ["net", "step: median", "p99", "change and step: median", "p99", "less a median step: median", "p99"]
    harness.table(columns, rows)


def depth_in_a_bucket() -> None:
    """A new depth whose compiled step is there: from the change to t = 0 of the new run."""
    rows = []
    for width in (32, 128):
        experiment = Experiment(depth=128, width=width)
        took = [harness.seconds(lambda e=experiment, d=depth: e.change(depth=d)) for depth in range(65, 65 + CHANGES // 4)]
        rows.append([width, *(f"{1e3 * percentile(took, percent):.0f}" for percent in (50, 99))])
    print(f"Depth inside a bucket (65 to 128), {CHANGES // 4} changes, ms to t = 0 of the new run.\n")
    harness.table(["width", "median", "p99"], rows)


def new_shape() -> None:
    """In the worker: from a change of shape to the new network, and how the frames of both sessions came meanwhile."""
    seen: list[tuple[float, backend.Event]] = []
    news = Condition()

    def note(event: backend.Event) -> None:
        with news:
            seen.append((monotonic(), event))
            news.notify()

    worker = Worker(note, Settings.model_validate({}).budget)
    thread = Thread(target=worker.run, daemon=True)
    thread.start()
    query = "depth=16&width=32&pace=slow&pace_speed=60"
    for session in ("changing", "neighbour"):
        worker.inbox.put(backend.Open(session, query))

    def wait(kind: type, session: str, first: int) -> float:
        """When the first such event after number `first` came. Nothing is polled: that would take time from the worker."""
        with news:
            while True:
                for at, event in seen[first:]:
                    if isinstance(event, kind) and _is_of(event, session):
                        return at
                first = len(seen)
                news.wait()

    for session in ("changing", "neighbour"):
        wait(backend.Frame, session, 0)
    sleep(8.0)  # what the worker compiles by itself at the start
    delays, gaps = [], {"changing": [], "neighbour": []}
    for depth in (24, 48, 100, 200):
        began, before = monotonic(), len(seen)
        worker.inbox.put(backend.Change("changing", "depth", depth, "viewer", depth))
        ended = wait(backend.Restarted, "changing", before)
        delays.append(ended - began)
        for session, found in gaps.items():
            frames = [at for at, e in list(seen) if isinstance(e, backend.Frame) and e.session == session]
            found.extend(b - a for a, b in pairwise([at for at in frames if began - 0.1 <= at <= ended]))
        sleep(3.0)  # its slow measurements compile after it
    worker.inbox.put(backend.Stop())
    thread.join()
    worker.close()
    print("A new shape in the worker (depths 24, 48, 100, 200; two sessions in slow motion at 60 frames a second), ms.\n")
    rows = [["to the new network", f"{1e3 * percentile(delays, 50):.0f}", f"{1e3 * max(delays):.0f}"]]
    rows += [[f"frame gap of {s}", *(f"{1e3 * percentile(v, p):.0f}" for p in (50, 99))] for s, v in gaps.items()]
    harness.table(["", "median", "p99 (most of the first row)"], rows)


def _is_of(event: backend.Event, session: str) -> bool:
    return getattr(event, "session", None) == session


def slider_to_frame() -> None:
    """Through the websocket on loopback, with the spawned worker."""
    folder, rows = Path(tempfile.mkdtemp()), []
    with LiveServer(log=folder / "server.log", home=folder) as server:
        for name, query in {
            "default, slow motion, 60 steps/s": "pace_speed=60",
            "depth 128, width 128, slow motion, 60 steps/s": "depth=128&width=128&pace_speed=60",
            "default, training": "pace=training",
            "depth 128, width 128, training": "depth=128&width=128&pace=training",
        }.items():
            with Client(server.port, query) as client:
                client.frame()
                _watch(client, 12.0)  # what the worker compiles by itself at the start
                took, seqs, rng = {0.2: [], 0.0: []}, count(1), np.random.default_rng(0)
                for longest_wait, found in took.items():
                    for seq in islice(seqs, CHANGES // 2):
                        _watch(client, rng.uniform(0.0, longest_wait))
                        began = perf_counter()
                        client.send("change", control="activity_lr", value=0.2 + 0.001 * seq, seq=seq)
                        client.frame(lambda frame, seq=seq: frame.applied_seq == seq)
                        found.append(perf_counter() - began)
            rows.append([name, *(f"{1e3 * percentile(v, percent):.0f}" for v in took.values() for percent in (50, 99))])
    print("From a slider's message to the first frame that knows of it, loopback, ms. Changes come at random times within 0.2 s")
    print("of the frame before, or each at once after it.\n")
    harness.table(["run", "random: median", "p99", "at once: median", "p99"], rows)


def _watch(client: Client, seconds: float) -> None:
    """Read and acknowledge what comes for so long."""
    ends = perf_counter() + seconds
    with suppress(TimeoutError):
        while (left := ends - perf_counter()) > 0:
            client.read(left)


def main() -> None:
    """Print each table."""
    harness.heading("Live changes")
    if "engine" in PARTS:
        live_change()
        depth_in_a_bucket()
    if "worker" in PARTS:
        new_shape()
    if "page" in PARTS:
        slider_to_frame()


if __name__ == "__main__":
    main()
