"""Measure every claim (or those named), keep the figures in docs/claims, and write docs/claims.md from them.

`python -m benchmarks.claims [NAME ...]`; `--document` writes the document from the figures that are kept, and measures nothing;
`--specs FOLDER` writes each claim's live run instead, as `pcviz run` reads it.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from benchmarks.claims.catalogue import NAMES, claim, measured
from benchmarks.claims.document import DOCUMENT, FIGURES, document, section

__all__ = ["main"]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; by default all")
    parser.add_argument("--specs", type=Path, help="write the specs into this folder, and measure nothing")
    parser.add_argument("--document", action="store_true", help="write docs/claims.md from the kept figures, and measure nothing")
    parser.add_argument("--jobs", type=int, default=1, help="claims measured at the same time")
    args = parser.parse_args()
    if unknown := [name for name in args.names if name not in NAMES]:
        parser.error(f"there is no claim named {unknown[0]!r}; there are {', '.join(NAMES)}")
    if args.specs is not None:
        _write_specs(args.specs, args.names or NAMES)
        return
    if not args.document:
        _measure(args.names or NAMES, args.jobs)
    DOCUMENT.write_text(document(), encoding="utf-8")


def _measure(names: Sequence[str], jobs: int) -> None:
    FIGURES.mkdir(parents=True, exist_ok=True)
    # A process each: some compute in float64, which is for a whole process.
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as processes:
        under_way = {processes.submit(measured, name): name for name in names}
        for done in as_completed(under_way):
            name = under_way[done]
            if (error := done.exception()) is not None:
                print(f"## {name}\n\nCould not be measured: {type(error).__name__}: {error}\n", flush=True)
                continue
            text = json.dumps(done.result(), ensure_ascii=False, indent=1, allow_nan=False)
            (FIGURES / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
            print(section(name), flush=True)


def _write_specs(folder: Path, names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.json").write_text(claim(name).spec_json(), encoding="utf-8")
        print(f"{name}: {claim(name).link}")


if __name__ == "__main__":
    main()
