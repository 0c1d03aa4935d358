"""Who gets a seat, and what becomes of sessions that nobody watches. Commands are recorded instead of computed."""

from collections.abc import Callable

import pytest

from pcviz_server import backend
from pcviz_server.backend import Command, Event, Ready
from pcviz_server.hub import FullError, Hub
from pcviz_server.metrics import Metrics
from pcviz_server.protocol.messages import Hello
from pcviz_server.session import ENDS_AFTER_S, PAUSES_AFTER_S


class Recorder:
    """A backend that writes down what it is told; the test says what it answers."""

    def __init__(self) -> None:
        self.told: list[Command] = []
        self.say: Callable[[Event], None]

    def start(self, receive: Callable[[Event], None]) -> None:
        self.say = receive

    def send(self, command: Command) -> None:
        self.told.append(command)

    async def stop(self) -> None:
        pass


class House:
    """A hub of two sessions with a clock that the test moves."""

    def __init__(self, ready: bool = True) -> None:
        self.now = 0.0
        self.engine = Recorder()
        self.hub = Hub(self.engine, max_sessions=2, metrics=Metrics(), clock=lambda: self.now)
        self.hub.start()
        if ready:
            self.engine.say(Ready(b"{}", "CPU"))

    def join(self, session: str | None = None, query: str = ""):
        seat = self.hub.join(session, query, lambda: None)
        if not seat.session.is_open and self.hub.ready is not None:
            self.engine.say(backend.Opened(seat.session.id, {"depth": 16}, {"pace": "slow"}, ()))
        return seat

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.hub.tick()


def test_a_session_lives_on_for_two_minutes_and_no_longer():
    house = House()
    seat = house.join()
    house.hub.leave(seat)
    house.pass_time(PAUSES_AFTER_S)
    assert backend.Pause(seat.session.id, "Nobody was watching.") in house.engine.told
    house.pass_time(ENDS_AFTER_S - PAUSES_AFTER_S - 1)
    back = house.join(seat.session.id)
    assert back.session is seat.session
    assert house.engine.told[-1] == backend.Play(seat.session.id)
    house.hub.leave(back)
    house.pass_time(ENDS_AFTER_S)
    assert house.engine.told[-1] == backend.Drop(seat.session.id)
    assert house.join(seat.session.id).session is not seat.session


def test_when_every_run_is_watched_a_newcomer_is_told_so():
    house = House()
    house.join()
    house.join()
    with pytest.raises(FullError, match="All 2 runs of this server are taken"):
        house.join()


def test_a_newcomer_takes_the_place_of_the_run_that_was_left_longest():
    house = House()
    first, second = house.join(), house.join()
    house.hub.leave(second)
    house.now += 1
    house.hub.leave(first)
    house.join()
    assert backend.Drop(second.session.id) in house.engine.told
    assert house.join(first.session.id).session is first.session


def test_who_comes_before_the_worker_is_greeted_when_it_is_there():
    house = House(ready=False)
    seat = house.join(query="depth=8")
    assert house.engine.told == []
    assert seat.viewer.mailbox.take(0.0) is None
    house.engine.say(Ready(b"{}", "CPU"))
    assert house.engine.told == [backend.Open(seat.session.id, "depth=8")]
    house.engine.say(backend.Opened(seat.session.id, {"depth": 8}, {}, ()))
    hello = seat.viewer.mailbox.take(0.0)
    assert isinstance(hello, Hello)
    assert hello.device == "CPU"


def test_a_worker_that_dies_while_it_opens_a_session_opens_it_again():
    house = House(ready=False)
    seat = house.join(query="depth=8")
    for _ in range(2):
        house.engine.say(Ready(b"{}", "CPU"))
        house.engine.say(backend.Lost("It stopped."))
    assert house.engine.told == [backend.Open(seat.session.id, "depth=8")] * 2


def test_an_event_of_a_session_that_has_ended_is_nobodys():
    house = House()
    house.engine.say(backend.Refused("none", "No."))
    assert house.engine.told == []
