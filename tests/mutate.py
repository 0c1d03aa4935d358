"""Planted defects: break the science and the page on purpose, one place at a time, and see that a test turns red.

    python -m tests.mutate            all of them
    python -m tests.mutate skip λ     those whose name contains one of these words

Each defect is applied alone, in a copy of the tree. Its tests pass without it and must fail with it, by an assertion. A defect
whose text is no longer in its file exactly once is an error: the table below would otherwise rot unseen. Where it stands in the
file does not matter.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
AT_ONCE = 2
"""Defects tried side by side: one for each core of a small machine."""


CORE, PAGE = "pcviz_core", "frontend/src"
PAGE_NEEDS = ("src", "package.json", "vite.config.ts", "tsconfig.json")


class Defect(NamedTuple):
    """One way to be wrong: in a file of the core or the page, this text becomes that, and these tests are expected to notice.

    `tests` is what pytest takes; of the page a file beside the source, "::" and the start of a test's name.
    """

    name: str
    file: str
    text: str
    replacement: str
    tests: str
    half: str = CORE

    @property
    def occurrences(self) -> int:
        """How often the text is in the file; 1 is right."""
        return (ROOT / self.half / self.file).read_text(encoding="utf-8").count(self.text)


GRADIENTS = "tests/numerics/test_energy.py::test_gradients_are_the_derivatives_of_the_energy[tanh-before-mse]"
LIMITS = "tests/core/test_algorithms.py::test_a_rules_limit_is_where_a_quadratic_starts_to_grow"
SCHEDULE = "tests/core/test_schedules.py::test_schedules_give_the_worked_values_of_three_layers_over_four_steps"
REFERENCE = "tests/numerics/test_reference.py"

DEFECTS = (
    Defect(
        "the ½ of a hidden energy is dropped", "network.py",
        "jnp.concatenate([0.5 * squares / len(y)", "jnp.concatenate([squares / len(y)", GRADIENTS,
    ),
    Defect(
        "the ½ of the output energy is dropped", "network.py",
        "per_sample = 0.5 * jnp.sum((y - prediction) ** 2", "per_sample = jnp.sum((y - prediction) ** 2", GRADIENTS,
    ),
    Defect(
        "an error is prediction − activity", "network.py",
        "errors = activities[1:] - jnp.where(at_first[1:], first_prediction, blocks)",
        "errors = jnp.where(at_first[1:], first_prediction, blocks) - activities[1:]", GRADIENTS,
    ),
    Defect(
        "an error is weighted by the precision of the layer above", "network.py",
        "own = precision[:-1, None, None] * own", "own = precision[1:, None, None] * own",
        f"{REFERENCE}::test_a_relaxation_is_that_of_the_reference_at_every_step[relax_spiking_after-float64-16]",
    ),
    Defect(
        "the readout has a skip", "network.py",
        "return self.readout_scale * _biased(hidden @ self.weights.readout.T, bias)",
        "return self.readout_scale * _biased(hidden @ self.weights.readout.T, bias)"
        " + self.block_skip[-1] * last[:, : len(self.weights.readout)]",
        f"{REFERENCE}::test_energies_and_gradients_are_those_of_the_reference[mupc_skip_linear-float64-0]",
    ),
    Defect(
        "the activity gradient shrinks with the batch", "network.py",
        "gradient = own - jnp.concatenate([from_blocks, from_output[None]])",
        "gradient = (own - jnp.concatenate([from_blocks, from_output[None]])) / errors.shape[1]",
        "tests/numerics/test_energy.py::test_the_activity_rate_does_not_depend_on_the_batch_size[tanh]",
    ),
    Defect(
        "a_l is computed from the bucket's depth", "preparation.py",
        "spec.width, spec.depth, spec.skip, spec.gamma), np.float32",
        "spec.width, structure.bucket, spec.skip, spec.gamma), np.float32",
        "tests/core/test_experiment.py::test_a_padded_network_relaxes_as_the_same_network_without_padding[True-3]",
    ),
    Defect(
        "λ is missing in the output error", "network.py",
        "(from_output,) = pull_output(self.output_precision * output_error)\n        own",
        "(from_output,) = pull_output(output_error)\n        own", GRADIENTS,
    ),
    Defect(
        "λ is missing in the pull at the start", "network.py",
        "(from_output,) = pull_output(self.output_precision * output_error)\n        gradient = activity_decay",
        "(from_output,) = pull_output(output_error)\n        gradient = activity_decay",
        "tests/core/test_changed_gradient.py::test_a_feedforward_start_is_what_a_look_would_see",
    ),
    Defect(
        "a decay that grows pulls less", "network.py",
        "view.gradient + decay_change * view.activities", "view.gradient - decay_change * view.activities",
        "tests/core/test_changed_gradient.py::test_the_gradient_after_a_live_change_is_that_of_a_new_look",
    ),
    Defect(
        "λ is missing in the gradient of the readout", "network.py",
        "-self.output_precision * output_error / batch", "-output_error / batch", GRADIENTS,
    ),
    Defect(
        "φ′ is dropped on the way down", "network.py",
        "return _biased(_each(scale * self.kind.phi(below), self.weights.blocks), bias) + skip * below",
        "hidden = below + jax.lax.stop_gradient(self.kind.phi(below) - below)\n"
        "            return _biased(_each(scale * hidden, self.weights.blocks), bias) + skip * below",
        f"{REFERENCE}::test_energies_and_gradients_are_those_of_the_reference[sp_tanh-float64-0]",
    ),
    Defect(
        "momentum has the wrong sign", "inference/explicit.py",
        "velocity = s.momentum * velocity + g\n    return z - s.rate * velocity, velocity",
        "velocity = g - s.momentum * velocity\n    return z - s.rate * velocity, velocity", f"{LIMITS}[heavy_ball-0.5]",
    ),
    Defect(
        "Nesterov is heavy ball", "inference/explicit.py",
        "return z - s.rate * (g + s.momentum * velocity), velocity", "return z - s.rate * velocity, velocity",
        f"{LIMITS}[nesterov-0.5]",
    ),
    Defect(
        "heavy ball's limit lacks 1 + μ", "inference/explicit.py",
        "limit_factor=lambda mu: 1 + mu, uses_momentum=True", "limit_factor=lambda mu: 1.0, uses_momentum=True",
        f"{LIMITS}[heavy_ball-0.5]",
    ),
    Defect(
        "the wavefront arrives one step late", "relaxation.py",
        "(layers[:-1] >= depth - (method.reach or 1) * t)", "(layers[:-1] >= depth - (method.reach or 1) * t + 1)",
        "tests/numerics/test_energy.py::test_layers_ahead_of_the_error_are_exactly_zero",
    ),
    Defect(
        "a slice works one step too long", "relaxation.py",
        "((method.reach or 1) * (state.t + 1) < m)", "((method.reach or 1) * (state.t + 1) <= m)",
        "tests/core/test_relaxation.py::test_slices_that_follow_the_error_are_the_whole_stack_at_less_work",
    ),
    Defect(
        "the forward update reads settled presynaptic activities", "algorithms/algorithm.py",
        "return Teaching(feedforward, activities - feedforward, output_error)",
        "return Teaching(activities, activities - feedforward, output_error)",
        "tests/numerics/test_energy.py::test_the_forward_update_after_a_full_hand_over_is_backprop",
    ),
    Defect(
        "iPC moves activities by the new weights", "algorithms/ipc.py",
        "view.activities, view.gradient, state.memory, settings",
        "view.activities, view_at(view.activities).gradient, state.memory, settings",
        "tests/core/test_algorithms.py::test_ipc_moves_weights_at_every_inference_step_by_both_old_gradients",
    ),
    Defect(
        "ePC counts the output error twice", "theory/error_coordinates.py",
        "net.output_error(net.predict_output(activities[-1]), y)",
        "2 * net.output_error(net.predict_output(activities[-1]), y)",
        "tests/core/test_algorithms.py::test_one_step_of_epc_from_zero_is_backprop_scaled_by_the_rate",
    ),
    Defect(
        "S leaves out the first hidden layer", "theory/linear.py",
        'jnp.einsum("lkn,ljn->kj", downstream, downstream)', 'jnp.einsum("lkn,ljn->kj", downstream[1:], downstream[1:])',
        "tests/numerics/test_linear_equilibrium.py::test_the_smallest_network_settles_where_a_pencil_says",
    ),
    Defect(
        "the decaying schedule is divided by S", "schedules.py",
        "tail = _decay(j, m.k) * _geometric_sum(m.steps_left, m.k) / 100",
        "tail = _decay(j, m.k) / _geometric_sum(m.steps_left, m.k) / 100", SCHEDULE,
    ),
    Defect(
        "a nudge moves the output away from the target", "program.py",
        "output - nudge * (output - target)", "output + nudge * (output - target)",
        "tests/core/test_algorithms.py::test_a_small_nudge_teaches_the_readout_what_backprop_does",
    ),
    Defect(
        "accuracy is measured on what was learned", "experiment.py",
        "self._score(data.x_test, data.y_test)", "self._score(data.x_train, data.y_train)",
        "tests/core/test_experiment.py::test_loss_and_accuracy_are_of_the_test_split_by_a_plain_feedforward_pass",
    ),
    Defect(
        "the scaled rate falls with depth as L^(−α_L)", "parameterisations.py",
        "depth ** (self.exponents.depth - 1) if skip", "depth ** (-self.exponents.depth) if skip",
        "tests/core/test_family_in_a_run.py::test_the_scaled_rate_of_adam_follows_depth_as_theory_has_it",
    ),
    Defect(
        "ePC's error travels layer by layer", "algorithms/algorithm.py",
        "if all_move or reach is None or not self.follows_error:", "if all_move or reach is None:",
        "tests/core/test_course.py::test_a_rule_takes_the_error_as_far_as_it_says",
    ),
    Defect(
        "the page: the step before is a repeat of the same step", "store/runStore.ts",
        "if (isNext) this.previous = this.current;", "this.previous = this.current;",
        "store/runStore.test.ts::keeps the step before when the same learning step begins again", PAGE,
    ),
    Defect(
        "the page: the newest accuracy is one step late", "store/learning.ts",
        "if (at <= Math.max(0, step - 1))", "if (at <= step)",
        "store/learning.test.ts::puts a measurement after k learning steps at step k − 1", PAGE,
    ),
    Defect(
        "the page: back-off starts again when the line opens", "protocol/socket.ts",
        'this.#listener.onConnection({ kind: "open" });',
        'this.#attempt = 0; this.#listener.onConnection({ kind: "open" });',
        "protocol/socket.test.ts::waits longer and longer for a server that opens the line", PAGE,
    ),
    Defect(
        "float noise is twice as high", "diagnostics.py",
        "return 0.5 * units * (ROUNDING * activity_rms) ** 2", "return units * (ROUNDING * activity_rms) ** 2",
        "tests/core/test_imbalance.py::test_noise_is_where_rounding_puts_it_and_not_at_twice_that",
    ),
    Defect(
        "the page: BP is told as PC that has failed", "app/summary.ts",
        "if (!infers(run.current)) return run.course;", "",
        "app/narration.test.ts::nothing that is not so is said at any moment", PAGE,
    ),
    Defect(
        "the page: a chart is drawn at another moment than its clock", "app/frameLoop.ts",
        "for (const [drawable, drawn] of this.#drawn) if (drawn !== null",
        "for (const [drawable, drawn] of [...this.#drawn].slice(0, 1)) if (drawn !== null",
        "app/frameLoop.test.ts::all charts of a frame show one version", PAGE,
    ),
)


def plant(tree: Path, defect: Defect | None) -> None:
    """A copy of what these tests need, with this defect."""
    if defect is not None and defect.half == PAGE:
        plant_page(tree, defect)
        return
    ignored = shutil.ignore_patterns("__pycache__", "artefacts", "e2e", "server", "protocol", "architecture")
    for name in ("pcviz_core", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    (tree / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\nmarkers = slow\n", encoding="utf-8")
    if defect:
        file = tree / "pcviz_core" / defect.file
        whole = file.read_text(encoding="utf-8")
        file.write_text(whole.replace(defect.text, defect.replacement), encoding="utf-8")


def plant_page(tree: Path, defect: Defect | None) -> None:
    """A copy of the page with this defect; its packages are those that are there."""
    page = tree / "frontend"
    page.mkdir()
    for name in PAGE_NEEDS:
        copy = shutil.copytree if (ROOT / "frontend" / name).is_dir() else shutil.copy2
        copy(ROOT / "frontend" / name, page / name)
    (page / "node_modules").symlink_to(ROOT / "frontend" / "node_modules")
    if defect:
        file = tree / PAGE / defect.file
        whole = file.read_text(encoding="utf-8")
        file.write_text(whole.replace(defect.text, defect.replacement), encoding="utf-8")


def run_page(tests: list[str], defect: Defect | None = None) -> tuple[int, list[str]]:
    """As `run`, of tests of the page."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        plant_page(tree, defect)
        report = tree / "report.xml"
        files, names = zip(*(test.split("::") for test in tests), strict=True)
        chosen = "|".join(map(re.escape, names))
        vitest = [str(ROOT / "frontend/node_modules/.bin/vitest"), "run", *(f"src/{file}" for file in sorted(set(files)))]
        command = [*vitest, "-t", chosen, "--reporter=junit", f"--outputFile={report}"]
        code = subprocess.run(command, cwd=tree / "frontend", capture_output=True, check=False).returncode
        found = list(ElementTree.parse(report).iter()) if report.exists() else []
    ran = [case for case in found if case.tag == "testcase" and not any(part.tag == "skipped" for part in case)]
    if not ran:
        return 5, ["there is no such test"]
    failed = [element for element in found if element.tag in {"failure", "error"}]
    kinds = {"AssertionError": "failure: assert"}
    return code, [f"{kinds.get(each.get('type') or '', each.get('type'))} {each.get('message')}" for each in failed]


def run(tests: list[str], defect: Defect | None = None) -> tuple[int, list[str]]:
    """The exit code of these tests under a defect or none, and the message of each failure."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        plant(tree, defect)
        report = tree / "report.xml"
        # The other tiers' plugins take longer to load than most of these tests take to run.
        own = {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests]
        code = subprocess.run(command, cwd=tree, env=os.environ | own, capture_output=True, check=False).returncode
        found = list(ElementTree.parse(report).iter()) if report.exists() else []
    return code, [f"{element.tag}: {element.get('message')}" for element in found if element.tag in {"failure", "error"}]


def verdict(defect: Defect) -> str:
    """What its tests say of a defect: "red" is what is wanted."""
    code, messages = (run_page if defect.half == PAGE else run)([defect.tests], defect)
    if code == 0:
        return "SURVIVED"
    by_assertion = code == 1 and bool(messages) and all(m.startswith(("failure: assert", "failure: Assert")) for m in messages)
    return "red" if by_assertion else f"BROKEN (exit code {code}) {' '.join(messages)[:300]}"


def main(words: list[str]) -> int:
    """Try the defects whose name contains one of the words, or all; 0 if every one turns its tests red."""
    defects = [defect for defect in DEFECTS if not words or any(word in defect.name for word in words)]
    lost = [defect for defect in DEFECTS if defect.occurrences != 1]
    for defect in lost:
        print(f"{defect.file} holds {defect.text!r} {defect.occurrences} times instead of once ({defect.name}).")
    if lost or not defects:
        return 2
    for half, run_half in ((CORE, run), (PAGE, run_page)):
        tests = sorted({defect.tests for defect in defects if defect.half == half})
        code, messages = run_half(tests) if tests else (0, [])
        if code != 0:
            print("Without a defect the tests should pass, and do not:", *messages, sep="\n  ")
            return 2
    survived = 0
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for defect, seen in zip(defects, workers.map(verdict, defects), strict=True):
            survived += seen != "red"
            print(f"{seen:9} {defect.file:24} {defect.name}", flush=True)
    print(f"{len(defects) - survived} of {len(defects)} defects turn a test red.")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
