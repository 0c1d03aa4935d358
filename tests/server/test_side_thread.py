"""The thread beside the stepping one: what is urgent comes between the parts of what is not, and nothing is done for nobody."""

from queue import SimpleQueue

from pcviz_server.side_thread import SideThread


class Parts:
    """A job of five parts, each of which waits for a word before it ends."""

    def __init__(self) -> None:
        self.begun: SimpleQueue[str] = SimpleQueue()
        self.may_end: SimpleQueue[None] = SimpleQueue()
        self.thread = SideThread[str]("parts", self.do, urgency=lambda job: 0 if job == "urgent" else 1)
        self.left = 5

    def do(self, job: str) -> None:
        self.begun.put(job)
        self.may_end.get()
        if job == "parts":
            self.left -= 1
            if self.left:
                self.thread.go_on("session", "kind", job)


def test_what_is_urgent_waits_for_one_part_only():
    parts = Parts()
    parts.thread.want("session", "kind", "parts")
    assert parts.begun.get(timeout=10) == "parts"
    parts.thread.want("other", "kind", "urgent")
    parts.may_end.put(None)
    assert parts.begun.get(timeout=10) == "urgent"
    parts.may_end.put(None)
    assert parts.begun.get(timeout=10) == "parts"
    for _ in range(4):
        parts.may_end.put(None)
    for _ in range(3):
        assert parts.begun.get(timeout=10) == "parts"
    parts.thread.close()
    assert parts.left == 0


def test_a_forgotten_session_has_no_further_part_done():
    parts = Parts()
    parts.thread.want("session", "kind", "parts")
    parts.begun.get(timeout=10)
    parts.thread.forget("session")
    parts.thread.want("other", "kind", "urgent")
    for _ in range(5):
        parts.may_end.put(None)
    assert parts.begun.get(timeout=10) == "urgent"
    parts.thread.close()
    assert parts.begun.empty()
    assert parts.left == 4


def test_a_newer_job_of_its_kind_replaces_what_is_left():
    parts = Parts()
    parts.thread.want("session", "kind", "parts")
    parts.begun.get(timeout=10)
    parts.thread.want("session", "kind", "newer")
    for _ in range(5):
        parts.may_end.put(None)
    assert parts.begun.get(timeout=10) == "newer"
    parts.thread.close()
    assert parts.left == 4
