"""Arrays by name and a description in JSON, in one `.npz` file without pickle."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from pcviz_core.errors import PcvizError

VERSION = 1
"""Of what we write. A reader refuses a newer one and upgrades an older one."""
LARGEST_FILE = 2**32
"""Bytes of a file, unpacked, beyond which it is not read."""
_DESCRIPTION = "description"

Arrays = dict[str, np.ndarray]


def write_arrays(path: Path, kind: str, described: dict[str, Any], arrays: Arrays) -> None:
    """Write a file of this kind, so that a crash in the middle leaves the file that was there."""
    described = {"kind": kind, "version": VERSION, **described}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, **{_DESCRIPTION: np.array(json.dumps(described, ensure_ascii=False))}, **arrays)  # pyright: ignore[reportArgumentType]
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PcvizError(f"Cannot write {path}: {error.strerror}.") from None


def read_arrays(path: Path, kind: str) -> tuple[dict[str, Any], Arrays]:
    """The description and the arrays of a file of this kind.

    Raises:
        PcvizError: a sentence, if this is no such file, or one of a newer version.
    """
    no_such = PcvizError(f"{path} is no file of {kind} that pcviz wrote.")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_FILE:
            raise PcvizError(f"{path} holds {size / 2**30:.1f} GiB; at most {LARGEST_FILE / 2**30:.0f} GiB are read.")
        with np.load(path, allow_pickle=False) as loaded:
            arrays: Arrays = {name: loaded[name] for name in loaded.files}
        described = json.loads(str(arrays.pop(_DESCRIPTION)))
    except OSError as error:
        raise PcvizError(f"Cannot read {path}: {error.strerror or error}.") from None
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise no_such from None
    if not isinstance(described, dict) or described.get("kind") != kind:
        raise no_such
    version = described.get("version")
    if not isinstance(version, int) or version < 1:
        raise no_such
    if version > VERSION:
        raise PcvizError(f"{path} is of version {version}; this pcviz reads up to version {VERSION}. Update pcviz to open it.")
    return described, arrays
