"""One contract for every backend: the same commands get the same events, in the same order, in a thread or a process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from pcviz_server import backend
from pcviz_server.backend import Budget, EngineBackend, Event, Frame
from pcviz_server.inline import InlineBackend
from pcviz_server.spawn import SpawnBackend

pytestmark = pytest.mark.asyncio(loop_scope="module")
BUDGET = Budget(depth=256, width=1024, batch_size=1024, inference_steps=1024, weights=2**26)
SMALL = "depth=4&width=8&n_inference_steps=5&batch_size=8&pace_speed=60"
PATIENCE_S = 120.0


class Conversation:
    """A backend with all that it has said."""

    def __init__(self, engine: EngineBackend) -> None:
        self.engine = engine
        self.events: list[Event] = []
        self._more = asyncio.Event()
        engine.start(self._heard)

    def _heard(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    def of(self, session: str) -> list[Any]:
        """What concerns one session."""
        return [event for event in self.events if getattr(event, "session", None) == session]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what has been said to fulfil the condition."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._more.clear()
                await self._more.wait()

    async def first(self, session: str, kind: type[Any], **fields: Any) -> Any:
        """The first event of this kind with these fields."""

        def found() -> list[Any]:
            return [
                event
                for event in self.of(session)
                if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())
            ]

        await self.until(found)
        return found()[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["inline", "spawn"])
async def talk(request: pytest.FixtureRequest) -> AsyncIterator[Conversation]:
    """Each backend in turn, ready."""
    engine = InlineBackend(BUDGET) if request.param == "inline" else SpawnBackend(BUDGET, niceness=0)
    talk = Conversation(engine)
    await talk.until(lambda: any(isinstance(event, backend.Ready) for event in talk.events))
    yield talk
    await engine.stop()


async def test_it_says_first_what_it_is(talk: Conversation):
    ready = talk.events[0]
    assert isinstance(ready, backend.Ready)
    assert ready.catalogue.startswith(b'{"protocol":1,"controls":[')
    assert ready.device == "CPU"


async def test_a_session_opens_starts_and_shows_its_steps_in_order(talk: Conversation):
    talk.engine.send(backend.Open("order", SMALL))
    await talk.first("order", Frame, learn_step=2)
    kinds = [type(event) for event in talk.of("order")]
    assert kinds[0] is backend.Opened
    frames = [event for event in talk.of("order") if isinstance(event, Frame)]
    assert [(f.learn_step, t) for f in frames for t in f.infer_steps] == [(k, t) for k in (0, 1) for t in range(6)] + [(2, 0)]
    talk.engine.send(backend.Drop("order"))


async def test_a_bad_key_is_named_and_a_bad_change_refused_to_whom_it_concerns(talk: Conversation):
    talk.engine.send(backend.Open("bad", f"{SMALL}&colour=red"))
    opened = await talk.first("bad", backend.Opened)
    assert [sentence.split(".")[0] for sentence in opened.refusals] == ["A link has no key 'colour', so it was left out"]
    talk.engine.send(backend.Change("bad", "depth", 10**9, "alice", 5))
    refused = await talk.first("bad", backend.Refused)
    assert (refused.viewer, refused.seq) == ("alice", 5)
    talk.engine.send(backend.Drop("bad"))


async def test_commands_are_obeyed_in_order_and_latest_wins(talk: Conversation):
    talk.engine.send(backend.Open("latest", SMALL))
    await talk.first("latest", Frame)
    for seq in range(50):
        talk.engine.send(backend.Change("latest", "activity_lr", 0.1 + seq / 100, "alice", seq))
    await talk.first("latest", backend.Applied, seq=49)
    applied = [event for event in talk.of("latest") if isinstance(event, backend.Applied)]
    assert [event.seq for event in applied] == list(range(50))
    talk.engine.send(backend.Drop("latest"))


async def test_a_dropped_session_falls_silent_and_the_others_go_on(talk: Conversation):
    talk.engine.send(backend.Open("gone", SMALL))
    talk.engine.send(backend.Open("stays", SMALL))
    await talk.first("gone", Frame, learn_step=1)
    talk.engine.send(backend.Drop("gone"))
    talk.engine.send(backend.Pause("stays", "Now."))
    await talk.first("stays", backend.StatusChanged, reason="Now.")
    said = len(talk.of("gone"))
    talk.engine.send(backend.Learn("stays", 5, "alice"))
    await talk.first("stays", backend.StatusChanged, reason="Paused.")
    assert len(talk.of("gone")) == said
    talk.engine.send(backend.Drop("stays"))


async def test_a_restored_session_is_the_same_run_under_a_new_epoch(talk: Conversation):
    talk.engine.send(backend.Open("one", f"{SMALL}&seed=9"))
    opened = await talk.first("one", backend.Opened)
    first = await talk.first("one", Frame, infer_steps=(4,))
    talk.engine.send(backend.Drop("one"))
    talk.engine.send(backend.Restore("two", opened.spec, opened.view, 5, True, frozenset(), "Again."))
    restarted = await talk.first("two", backend.Restarted)
    assert (restarted.epoch, restarted.reason, restarted.spec) == (5, "Again.", opened.spec)
    again = await talk.first("two", Frame, infer_steps=(4,))
    assert again.epoch == 5
    assert again.rows == first.rows
    talk.engine.send(backend.Drop("two"))


async def test_many_sessions_share_a_worker_fairly(talk: Conversation):
    """Eight runs train at once and one walks: each gets its turns."""
    names = [f"fair{number}" for number in range(8)]
    for name in names:
        talk.engine.send(backend.Open(name, f"{SMALL}&pace=training"))
    talk.engine.send(backend.Open("walks", SMALL.replace("pace_speed=60", "pace_speed=20")))
    for name in names:
        await talk.first(name, Frame, limited=True)
    await talk.first("walks", Frame, infer_steps=(3,))
    marks = {name: max(f.learn_step for f in talk.of(name) if isinstance(f, Frame)) for name in names}
    walked = sum(isinstance(event, Frame) for event in talk.of("walks"))
    await talk.until(lambda: sum(isinstance(event, Frame) for event in talk.of("walks")) >= walked + 20)
    gains = [max(f.learn_step for f in talk.of(name) if isinstance(f, Frame)) - marks[name] for name in names]
    assert min(gains) >= 0.5 * max(gains) > 0
    for name in [*names, "walks"]:
        talk.engine.send(backend.Drop(name))


async def test_a_spawned_worker_that_is_killed_comes_back():
    """Only a process can be lost alone."""
    engine = SpawnBackend(BUDGET, niceness=0)
    talk = Conversation(engine)
    await talk.until(lambda: any(isinstance(event, backend.Ready) for event in talk.events))
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    await talk.until(
        lambda: (
            [type(event) for event in talk.events if isinstance(event, backend.Ready | backend.Lost)][1:]
            == [backend.Lost, backend.Ready]
        )
    )
    second = engine.pid
    assert second is not None
    await engine.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
