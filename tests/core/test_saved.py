"""Runs and networks on disk: read back they are what was written, and what is no such file gets a sentence."""

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcviz_core import Experiment, Network, PcvizError
from pcviz_core.files import VERSION

SMALL = {"depth": 5, "width": 8, "n_inference_steps": 6, "batch_size": 16, "dataset": "moons"}


@pytest.mark.parametrize("values", [{}, {"bias": True, "param_optimiser": "sgd"}, {"depth": 2}, {"algorithm": "ipc"}], ids=str)
def test_a_run_is_read_back_in_the_middle_of_a_relaxation_and_goes_on_the_same(values: dict[str, Any], tmp_path: Path):
    run = Experiment(**{**SMALL, **values})
    run.learn()
    run.relax(2)
    run.change(output_precision=2.0, n_inference_steps=4)
    run.infer(1)
    run.save(tmp_path / "run.npz")
    again = Experiment.load(tmp_path / "run.npz")
    assert (again.position, again.spec, again.origin) == (run.position, run.spec, run.origin)
    for _ in range(2):
        np.testing.assert_array_equal(again.learn().layer_energies, run.learn().layer_energies)
    for here, there in zip(jax.tree.leaves(run.network.weights), jax.tree.leaves(again.network.weights), strict=True):
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"skip": True, "parameterisation": "mupc", "gamma": 2.0},
        {"loss": "ce", "activation_position": "after", "output_precision": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("biased", [False, True])
def test_a_network_is_read_back(kind: dict[str, Any], biased: bool, tmp_path: Path):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (4, 4), (2, 4))]
    biases = [rng.normal(size=len(w)).astype(np.float32) for w in weights] if biased else None
    net = Network.from_weights(weights, activation="tanh", biases=biases, **kind)
    net.save(tmp_path / "net.npz")
    again = Network.load(tmp_path / "net.npz")
    x, y = rng.normal(size=(5, 3)).astype(np.float32), np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 1]]
    np.testing.assert_array_equal(again.loss(x, y), net.loss(x, y))
    for here, there in zip(net.loss_gradients(x, y), again.loss_gradients(x, y), strict=True):
        np.testing.assert_array_equal(here, there)


def saved(tmp_path: Path) -> Path:
    Experiment(**SMALL).save(tmp_path / "run.npz")
    return tmp_path / "run.npz"


def rewritten(path: Path, **changes: Any) -> None:
    with np.load(path) as loaded:
        arrays = {name: loaded[name] for name in loaded.files}
    described = {**json.loads(str(arrays["description"])), **changes}
    np.savez(path, **{**arrays, "description": np.array(json.dumps(described))})


def test_a_newer_version_is_refused_in_words(tmp_path: Path):
    path = saved(tmp_path)
    rewritten(path, version=VERSION + 1)
    with pytest.raises(PcvizError, match="Update pcviz"):
        Experiment.load(path)


@pytest.mark.parametrize(
    "changes",
    [{"spec": {"depth": 7}}, {"spec": {"depth": "x"}}, {"log": 3}, {"position": None}, {"learn_step": "x"}, {"origin": {"r": 1}}],
    ids=str,
)
def test_a_file_that_contradicts_itself_gets_a_sentence(changes: dict[str, Any], tmp_path: Path):
    path = saved(tmp_path)
    rewritten(path, **changes)
    with pytest.raises(PcvizError):
        Experiment.load(path)


def test_no_pickle_is_ever_read(tmp_path: Path):
    path = tmp_path / "run.npz"
    np.savez(path, description=np.array([{"kind": "runs"}], dtype=object))
    with pytest.raises(PcvizError, match="no file of runs"):
        Experiment.load(path)


def test_a_file_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pcviz_core.files.LARGEST_FILE", 2**20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("description.npy", b"\0" * 2**21)
    (tmp_path / "run.npz").write_bytes(packed.getvalue())
    with pytest.raises(PcvizError, match="at most"):
        Experiment.load(tmp_path / "run.npz")


_WHOLE: list[bytes] = []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_cut_or_garbled_file_gets_a_sentence_or_is_read(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    """Anything else would be a traceback in front of a person, or worse."""
    folder = tmp_path_factory.mktemp("garbled")
    if not _WHOLE:
        _WHOLE.append(saved(folder).read_bytes())
    content = bytearray(_WHOLE[0][: data.draw(st.integers(0, len(_WHOLE[0])))])
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, max(len(content) - 1, 0)), st.integers(0, 255)), max_size=4)):
        if content:
            content[at] = byte
    (folder / "run.npz").write_bytes(content)
    with suppress(PcvizError):
        Experiment.load(folder / "run.npz")
