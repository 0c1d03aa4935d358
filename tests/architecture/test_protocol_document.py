"""docs/protocol.md is enough to write another client: this is one, and it checks what it was told."""

import json
from typing import get_args

import numpy as np
import pytest
from websockets.sync.client import connect

from pcviz_server.protocol.messages import ClientMessage, ServerMessage
from tests.architecture.documents import DOCS, names, table
from tests.architecture.test_notation import documented_shapes
from tests.e2e.wire import Frame
from tests.live_server import LiveServer

ON_REQUEST = ("layer_error_mean", "activity_grad_rms", "layer_precision")


@pytest.fixture(scope="module")
def frames(live_server: LiveServer) -> list[Frame]:
    """The first frames of a small run by a client that shows everything and asks for every further column."""
    query = "depth=4&width=8&n_inference_steps=4&batch_size=8&pace=training"
    received: list[Frame] = []
    with connect(f"ws://127.0.0.1:{live_server.port}/ws?{query}", max_size=None) as socket:
        socket.send(json.dumps({"op": "show", "columns": list(ON_REQUEST)}))
        while len(received) < 12:
            message = socket.recv(timeout=60)
            if isinstance(message, bytes):
                received.append(Frame.decode(message))
                socket.send(json.dumps({"op": "ack", "seq": received[-1].seq}))
    return received


def test_a_frame_carries_exactly_the_documented_columns(frames):
    always = {name for row in table("protocol.md", "| column | shape |") for name in names(row["column"])}
    assert set(frames[-1].columns) == always | set(ON_REQUEST)


def test_every_column_has_its_documented_shape(frames):
    for frame in frames:
        units, finished = len(frame.columns["trajectory_start"]), len(frame.columns["learning_step"])
        sizes = {"S": len(frame.infer_steps), "L": 4, "U": units, "M": finished}
        for name, column in frame.columns.items():
            documented = documented_shapes()[name].strip("(),").split(", ")
            expected = tuple(sizes[size] if size in sizes else int(size) for size in documented)
            assert column.shape == expected, name


def test_documented_identities_hold_on_the_wire(frames):
    """Shares add up to one, layer energies to the finished step's total, and the arrival is the wavefront's."""
    for frame in frames:
        columns = frame.columns
        np.testing.assert_allclose(columns["layer_share"].sum(axis=1), 1, rtol=1e-4)
        np.testing.assert_allclose(
            columns["learning_output"] + columns["learning_hidden"], columns["learning_total"], rtol=1e-4
        )
        not_reached = columns["layer_energy"] == 0
        assert np.array_equal(not_reached, columns["layer_state"] == 0)


def test_every_documented_message_exists_and_no_other():
    """The lists of messages in the document are those of the wire's own models."""
    text = (DOCS / "protocol.md").read_text()
    client, server = text.split("From the client:")[1].split("From the server:")
    for union, said in ((ClientMessage, client), (ServerMessage, server.split("\n\n")[0])):
        models = get_args(get_args(union)[0])
        assert {name.split(" ")[0] for name in names(said)} == {model.model_fields["op"].default for model in models}
