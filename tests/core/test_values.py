"""What a spec, a data set and the order of the data take and give."""

import json

import numpy as np
import pytest

from pcviz_core import Experiment, ExperimentSpec, PcvizError, SpecError
from pcviz_core.batches import BatchOrder
from pcviz_core.datasets import DATASETS, Dataset
from pcviz_core.preparation import check_spec
from pcviz_server.headless import read_spec
from pcviz_server.settings import Settings
from pcviz_server.translate import catalogue_json, checked

SMALL = {"depth": 3, "width": 8, "n_inference_steps": 2, "batch_size": 8, "dataset": "moons"}


@pytest.mark.parametrize(
    ("name", "value", "plain"),
    [
        ("depth", np.int64(3), 3),
        ("depth", np.array(5), 5),
        ("depth", np.float64(4), 4),
        ("activity_lr", np.float32(0.1), 0.1),
        ("activity_lr", np.array(0.25), 0.25),
        ("activity_lr", np.float16(0.5), 0.5),
        ("skip", np.bool_(False), False),
        ("dataset", np.str_("moons"), "moons"),
    ],
)
def test_numpys_scalars_are_values(name, value, plain):
    for spec in (ExperimentSpec(**{name: value}), ExperimentSpec().replace(**{name: value})):
        stored = getattr(spec, name)
        assert stored == plain
        assert type(stored) is type(plain)
        assert spec == ExperimentSpec(**{name: plain})


def test_numpys_scalars_change_a_run():
    run = Experiment(**SMALL)
    assert run.change(activity_lr=np.float32(0.2)) == "live"
    assert run.spec.activity_lr == 0.2


@pytest.mark.parametrize("value", [np.array([3]), np.float32("nan"), np.bool_(True), np.complex64(3)])
def test_what_is_no_number_to_numpy_is_none_here(value):
    with pytest.raises(SpecError, match="`depth` is a whole number"):
        ExperimentSpec(depth=value)


def test_a_spec_takes_what_an_address_holds():
    """The view's settings change nothing of a run, and are checked all the same."""
    assert ExperimentSpec(depth=8, pace="training", pace_speed=2) == ExperimentSpec(depth=8)
    assert Experiment(**SMALL, pace="training").change(pace="slow") == "view"
    with pytest.raises(SpecError, match="`pace` is one of"):
        ExperimentSpec(pace="fast")
    with pytest.raises(SpecError, match="no control named 'pase'"):
        ExperimentSpec(pase="slow")


def test_a_spec_file_may_begin_with_the_mark_of_windows_editors(tmp_path):
    path = tmp_path / "spec.json"
    path.write_text('{"depth": 9, "pace": "slow"}', encoding="utf-8-sig")
    assert read_spec(path) == ExperimentSpec(depth=9)


# Ranges ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_inference_steps", 100_000), ("width", 2048), ("activity_lr", 1e-6), ("param_lr", 1e-6), ("batch_size", 1437)],
)
def test_more_may_be_typed_than_a_slider_has(name, value):
    """A notebook and `pcviz run` have no slider; a visitor is held by the server's budget."""
    control, spec = ExperimentSpec.controls()[name], ExperimentSpec(**{name: value})
    check_spec(spec)
    assert getattr(spec, name) == value
    assert control.parse(str(value)) == value
    assert control.lowest <= control.low < control.high <= control.highest
    if name != "param_lr" and name != "activity_lr":
        with pytest.raises(SpecError, match=r"at most .* on this server"):
            checked(ExperimentSpec(), Settings().budget, **{name: value})
    described = next(each for each in json.loads(catalogue_json())["controls"] if each["name"] == name)
    assert (described["typed_low"], described["typed_high"]) == (control.lowest, control.highest)


def test_a_batch_of_all_samples_is_a_batch():
    run = Experiment(depth=2, width=4, n_inference_steps=1, batch_size=1437)
    for _ in range(2):
        x, _ = run.batch
        assert len(np.unique(np.asarray(x), axis=0)) == len(np.unique(DATASETS["digits"].load(0).x_train, axis=0))
        run.learn()


def test_a_record_that_would_fill_the_memory_is_refused():
    with pytest.raises(SpecError, match=r"The record of 100000 inference steps at depth 128 .* MiB is the most: up to 9"):
        check_spec(ExperimentSpec(depth=128, n_inference_steps=100_000))
    check_spec(ExperimentSpec(depth=128, n_inference_steps=90_000))
    check_spec(ExperimentSpec(depth=128, n_inference_steps=100_000, algorithm="bp"))


# Data ------------------------------------------------------------------------------------------------------------------

X, LABELS = np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 4
GOOD = {
    "x_train": X[:8], "y_train": np.eye(4)[LABELS[:8]], "x_test": X[8:], "y_test": np.eye(4)[LABELS[8:]],
    "kind": "classification", "n_classes": 4,
}


def test_a_data_set_is_kept_as_a_run_takes_it():
    data = Dataset(**{**GOOD, "y_train": LABELS[:8], "x_test": X[8:].tolist()})
    np.testing.assert_array_equal(data.y_train, np.eye(4)[LABELS[:8]])
    for part in (data.x_train, data.y_train, data.x_test, data.y_test):
        assert part.dtype == np.float32
        assert not part.flags.writeable
    assert X.flags.writeable


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"y_train": LABELS[:8, None]}, r"`y_train` \(8, 1\).*\(samples, 4\)"),
        ({"y_train": LABELS[:8] + 1}, "`y_train` holds labels beyond 0 to 3"),
        ({"x_test": X[:0], "y_test": np.eye(4)[:0]}, r"`x_test` has shape \(0, 3\).*at least one sample"),
        ({"x_train": X[:7]}, r"`x_train` has shape \(7, 3\) and `y_train` \(8, 4\)"),
        ({"x_train": np.where(np.arange(24).reshape(8, 3) == 4, np.nan, X[:8])}, r"`x_train` holds nan at \[1, 1\]"),
        ({"x_test": X[8:, :2]}, "`x_train` has 3 columns and `x_test` 2"),
        ({"y_test": 2 * np.eye(4)[LABELS[8:]]}, "`y_test` holds a row that is no class"),
        ({"n_classes": None}, "`n_classes`"),
        ({"x_train": [["a", "b", "c"]] * 8}, "`x_train` holds"),
    ],
)
def test_a_data_set_that_no_run_can_use_is_refused_when_made(wrong, sentence):
    with pytest.raises(PcvizError, match=sentence):
        Dataset(**{**GOOD, **wrong})


def test_a_batch_is_at_most_the_data():
    with pytest.raises(SpecError, match="`batch_size` is at most 7 with 'moons'"):
        _with_seven_samples(lambda: Experiment(**SMALL))


def _with_seven_samples(act):
    source = DATASETS["moons"]
    full = source.load(0)
    few = Dataset(full.x_train[:7], full.y_train[:7], full.x_test, full.y_test, "classification", 2)
    DATASETS["moons"] = type(source)(source.label, source.doc, lambda seed: few)
    try:
        return act()
    finally:
        DATASETS["moons"] = source


# The order of the data ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 3, 7, 10, 16, 17])
def test_no_batch_holds_a_sample_twice(batch):
    order = BatchOrder(17, seed=3)
    for _ in range(60):
        position = order.position
        taken = order.take(batch)
        assert len(set(taken.tolist())) == batch
        assert (BatchOrder(17, 3, position).take(batch) == taken).all()
        shuffles = [np.random.default_rng([3, epoch]).permutation(17) for epoch in (position // 17, position // 17 + 1)]
        raw = np.concatenate(shuffles)[position % 17 :][:batch]
        left = 17 - position % 17
        assert (taken[:left] == raw[:left]).all(), "only what is taken of a second shuffle may differ"


def test_a_batch_larger_than_the_data_goes_round():
    taken = BatchOrder(5, seed=1).take(12)
    assert sorted(taken[:5]) == sorted(taken[5:10]) == list(range(5))
