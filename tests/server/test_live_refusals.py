"""Bad input over a real socket: each gets its exact answer, and the run goes on."""

import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.live_server import LiveServer
from tests.server.client import Client

SMALL = "depth=4&width=8&n_inference_steps=5&batch_size=8&pace_speed=60"
REFUSED = [
    ('{"op":"jump"}', None, "A message with an `op` \"jump\" is unknown."),
    ("[]", None, "A message is a JSON object with an `op`"),
    ('{"op":"infer","n":true}', None, "`n` of `infer` is a whole number; true is not."),
    ('{"op":"learn","n":100000}', None, "`n` of `learn` is at most 10000; 100000 is not."),
    ('{"op":"show","columns":["colour"]}', None, "There is no column named 'colour'."),
    ('{"op":"ack","seq":123456}', None, "Frame 123456 has not been sent"),
    ('{"op":"reset","seed":-1}', None, "`seed` is a whole number from 0 to"),
    ('{"op":"change","control":"colour","value":1,"seq":5}', 5, "There is no control named 'colour'."),
    ('{"op":"change","control":"depth","value":1000000000,"seq":6}', 6, "`depth` is a whole number from 2 to 256; 1000000000 is"),
    ('{"op":"change","control":"depth","value":"8","seq":7}', 7, "`depth` is a whole number from 2 to 256; '8' is not."),
    ('{"op":"change","control":"depth","value":true,"seq":8}', 8, "`depth` is a whole number from 2 to 256; True is not."),
    ('{"op":"change","control":"skip","value":1,"seq":9}', 9, "`skip` is on or off, true or false; 1 is neither."),
    ('{"op":"change","control":"activity_lr","value":1e999,"seq":10}', 10, "`value` of `change` is a finite number"),
    ('{"op":"change","control":"activity_lr","value":null,"seq":11}', 11, "`value` of `change` is a finite number"),
    ('{"op":"change","control":"dataset","value":"\\ud800","seq":12}', 12, "`dataset` is one of digits"),
    ('{"op":"change","control":"kick","value":-1,"seq":13}', 13, "`kick` is a number from 0 to 10; -1 is outside."),
    ('{"op":"change","control":"depth","value":4,"seq":14,"why":1}', 14, '`change` takes `control`, `value`, `seq`; there'),
]  # fmt: skip


@pytest.fixture(scope="module")
def client(live_server: LiveServer) -> Iterator[Client]:
    """One run that takes all of it."""
    with Client(live_server.port, SMALL) as client:
        client.frame()
        yield client


@pytest.mark.parametrize(("text", "seq", "reason"), REFUSED, ids=[text for text, _, _ in REFUSED])
def test_a_refused_message_gets_its_sentence_and_the_run_goes_on(client: Client, text: str, seq: int | None, reason: str):
    client.socket.send(text)
    refusal = client.message("rejected", seq=seq)
    assert refusal["reason"].startswith(reason)
    before = client.frames()[-1].now
    after = client.frame(lambda frame: frame.now > before)
    assert after.epoch == 1


def test_two_values_that_do_not_go_together_are_refused(live_server: LiveServer):
    with Client(live_server.port, f"{SMALL}&dataset=teacher") as client:
        client.frame()
        refused = client.answer("change", control="loss", value="ce", seq=1)
        said = 'Cross-entropy needs classes; "linear teacher" is a regression. Use the squared error with it.'
        assert refused["reason"] == said


def test_a_network_beyond_the_budget_is_refused_before_anything_is_allocated(live_server: LiveServer):
    with Client(live_server.port, f"{SMALL}&depth=256&width=1024") as client:
        hello, refused = client.message("hello"), client.message("rejected")
        assert "million weights; this server allows 67.1 million" in refused["reason"]
        assert (hello["spec"]["depth"], hello["spec"]["width"]) == (256, 64)


QUERIES = {
    "depth=1e9": "`depth` is a whole number from 2 to 256; 1000000000 is outside.",
    "depth=": "`depth` is a whole number from 2 to 256; '' is not.",
    "activity_lr=nan": "`activity_lr` is a number from 1e-06 to 10; nan is not.",
    "dataset=%ff": "`dataset` is one of digits, moons, circles, blobs, xor, spiral, teacher; '\ufffd' is not.",
    "colour=red": "A link has no key 'colour', so it was left out.",
    "detph=3": "A link has no key 'detph', so it was left out. Did you mean depth?",
    "preset=saddle": "A link has no key 'preset', so it was left out.",
    "lesson=4": "A link has no key 'lesson', so it was left out.",
    "hide=seed": "A link has no key 'hide', so it was left out.",
    "kick=1": "`kick` is something to do, not a value that a link can hold.",
    "pace=walk": "`pace` is one of slow, training; 'walk' is not.",
}


@pytest.mark.parametrize(("query", "reason"), QUERIES.items())
def test_a_bad_key_of_a_link_has_its_default_and_is_named(live_server: LiveServer, query: str, reason: str):
    with Client(live_server.port, f"width=8&{query}") as client:
        hello = client.message("hello")
        assert client.received.index(hello) == 0
        assert (hello["spec"]["width"], hello["spec"]["depth"], hello["view"]["pace"]) == (8, 16, "slow")
        assert client.message("rejected", seq=None)["reason"].startswith(reason)


def test_reserved_keys_of_the_pages_url_are_no_controls(live_server: LiveServer):
    with Client(live_server.port, f"{SMALL}&v=1&view=a,b") as client:
        client.frame()
        assert not [item for item in client.received if isinstance(item, dict) and item["op"] == "rejected"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("play", 1007),
        ("", 1007),
        ("[" * 60_000, 1007),
        ('{"op":"change","control":"activity_lr","value":NaN,"seq":1}', 1007),
        (b"\x00\x01", 1003),
        (json.dumps({"op": "show", "columns": ["x" * 70_000]}), 1009),
    ],
    ids=["no JSON", "nothing", "nested", "NaN", "binary", "70 KB"],
)
def test_what_is_no_message_closes_the_socket_and_not_the_run(live_server: LiveServer, data: str | bytes, code: int):
    with Client(live_server.port, SMALL) as client:
        session = client.message("hello")["session"]
        client.frame()
        client.socket.send(data)
        assert client.close_code() == code
    with Client(live_server.port, f"session={session}") as again:
        assert again.message("hello")["resumed"]
        again.frame()


def test_text_that_is_not_utf8_closes_with_1007(live_server: LiveServer):
    with Client(live_server.port, SMALL) as client:
        client.message("hello")
        client.socket.send(b"\xff\xfe", text=True)
        assert client.close_code() == 1007


def test_messages_that_come_too_fast_are_refused_one_by_one(live_server: LiveServer):
    """Every one of a thousand gets an answer, and the last applied value is the last that was answered so."""
    with Client(live_server.port, SMALL) as client:
        client.frame()
        for seq in range(1000):
            client.send("change", control="activity_lr", value=0.1 + seq / 10_000, seq=seq)
        answers = []
        while len(answers) < 1000:
            item = client.until(lambda item: isinstance(item, dict) and item["op"] in ("applied", "rejected"), "an answer")
            answers.append(item)
        assert sorted(item["seq"] for item in answers) == list(range(1000))
        refused = [item for item in answers if item["op"] == "rejected"]
        assert refused
        assert all(item["reason"].startswith("Nothing was changed: this server takes 200") for item in refused)
        client.frame()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "http://127.0.0.1:1"])
def test_a_foreign_page_gets_403(live_server: LiveServer, origin: str):
    with pytest.raises(InvalidStatus) as refused:
        Client(live_server.port, SMALL, origin=origin).__enter__()
    assert refused.value.response.status_code == 403


def test_our_own_page_and_a_client_without_origin_are_let_in(live_server: LiveServer):
    for origin in (f"http://127.0.0.1:{live_server.port}", None):
        with Client(live_server.port, SMALL, origin=origin) as client:
            client.message("hello")


def test_a_name_that_was_made_to_point_here_is_refused(live_server: LiveServer):
    """DNS rebinding: the page's origin and the host agree, and neither is ours."""
    with pytest.raises(InvalidStatus) as refused:
        Client(live_server.port, SMALL, additional_headers={"Host": "evil.example"}, origin="http://evil.example").__enter__()
    assert refused.value.response.status_code in (400, 403)
