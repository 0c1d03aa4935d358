"""What an operator sets: as typed, or refused in a sentence that names the setting."""

import os
import subprocess
import sys

import pytest

from pcviz_server.settings import Settings, unknown_settings


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("viz.example.org,b.example.org", {"viz.example.org", "b.example.org"}),
        (" Viz.Example.org , ", {"viz.example.org"}),
        ('["a.example", "b.example"]', {"a.example", "b.example"}),
        ("[::1]", None),
        ("::1", {"::1"}),
        ("", set()),
    ],
)
def test_hosts_are_read_as_they_are_typed(typed: str, names: set[str] | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PCVIZ_ALLOWED_HOSTS", typed)
    if names is None:
        with pytest.raises(ValueError, match="PCVIZ_ALLOWED_HOSTS"):
            Settings.read()
    else:
        assert Settings.read().allowed_hosts == names


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PCVIZ_PORT", "eight", "valid integer"),
        ("PCVIZ_PORT", "70000", "less than or equal to 65535"),
        ("PCVIZ_PUBLIC", "perhaps", "valid boolean"),
        ("PCVIZ_MAX_SESSIONS", "0", "greater than or equal to 1"),
        ("PCVIZ_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("PCVIZ_ALLOWED_HOSTS", "https://viz.example.org/", "without scheme and port"),
        ("PCVIZ_ALLOWED_HOSTS", "viz.example.org:8000", "without scheme and port"),
        ("PCVIZ_ALLOWED_ORIGINS", "viz.example.org", "with a scheme"),
        ("PCVIZ_ALLOWED_HOSTS", '["a"', "commas between them"),
    ],
)
def test_a_bad_setting_is_a_sentence_that_names_it(name: str, value: str, words: str):
    """As the operator sees it: no traceback, and the server does not start."""
    command = [sys.executable, "-m", "pcviz_server", "serve", "--port", "0"] if name != "PCVIZ_PORT" else [
        sys.executable, "-m", "pcviz_server", "serve"
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, name: value})
    assert run.returncode == 2
    assert run.stderr.startswith(f"{name}=")
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_an_unknown_setting_is_reported_with_the_nearest_known_one():
    names = ["PCVIZ_ALOWED_HOST", "PCVIZ_PORT", "PCVIZ_XYZZY", "PCVIZ_CHROMIUM", "PATH"]
    assert unknown_settings(dict.fromkeys(names, "1")) == [
        "PCVIZ_ALOWED_HOST is no setting of pcviz. Is it PCVIZ_ALLOWED_HOSTS?",
        "PCVIZ_XYZZY is no setting of pcviz.",
    ]


WITHOUT_POSIX = """
import os
for name in ("nice", "getuid", "geteuid", "fork"):
    delattr(os, name)
from threading import Event
from pcviz_server.backend import Ready, Stop
from pcviz_server.settings import Settings
from pcviz_server.spawn import serve

class Line:
    def __init__(self):
        self.is_ready = Event()
    def recv(self):
        self.is_ready.wait()
        return Stop()
    def send(self, event):
        if isinstance(event, Ready):
            print(event.device, flush=True)
            self.is_ready.set()

serve(Line(), Settings().budget, 10)
"""


def test_the_worker_starts_where_posix_is_missing():
    run = subprocess.run([sys.executable, "-c", WITHOUT_POSIX], capture_output=True, text=True, check=False, timeout=120)
    assert (run.stdout, run.returncode) == ("CPU\n", 0), run.stderr


@pytest.mark.parametrize(("given", "kept"), [({}, "false"), ({"XLA_PYTHON_CLIENT_PREALLOCATE": "true"}, "true")])
def test_a_notebook_leaves_the_memory_of_a_gpu_to_others_unless_told(given: dict[str, str], kept: str):
    code = "import os, pcviz_core; print(os.environ['XLA_PYTHON_CLIENT_PREALLOCATE'])"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("XLA_")}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**bare, **given})
    assert run.stdout.strip() == kept
