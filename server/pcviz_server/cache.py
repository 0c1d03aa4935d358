"""Where compiled steps are kept between starts: a private directory, because whoever can write there runs code here."""

import os
import stat
from pathlib import Path

import jax


def _is_ours_alone(found: os.stat_result) -> bool:
    """Whether nobody else may read or write there, as far as the system tells."""
    return found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077


def use_compilation_cache() -> None:
    """Keep compiled steps in the user's cache directory, if that can be private; else compile anew at each start."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = root / "pcviz" / "xla"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError:
        return
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and not _is_ours_alone(found)):
        return
    jax.config.update("jax_compilation_cache_dir", str(directory))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
