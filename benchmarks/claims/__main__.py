"""Measure every claim (or those named) and write docs/claims.md: `python -m benchmarks.claims [NAME ...]`.

With `--specs FOLDER` it writes each claim's spec instead, as `pcviz run` reads it. Findings are kept in a folder as they come,
so that a run that was cut short goes on with `--resume`.
"""

import argparse
import json
import os
import platform
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from benchmarks.claims.catalogue import NAMES, claim, measured
from benchmarks.claims.claim import Finding, markdown

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; by default all")
    parser.add_argument("--specs", type=Path, help="write the specs into this folder, and measure nothing")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "claims.md")
    parser.add_argument("--findings", type=Path, default=ROOT / "tests" / "artefacts" / "claims")
    parser.add_argument("--jobs", type=int, default=1, help="claims measured at the same time")
    parser.add_argument("--resume", action="store_true", help="keep the findings that are there")
    args = parser.parse_args()
    args.names = args.names or list(NAMES)
    if unknown := [name for name in args.names if name not in NAMES]:
        parser.error(f"there is no claim named {unknown[0]!r}; there are {', '.join(NAMES)}")
    if args.specs is not None:
        _write_specs(args.specs, args.names)
        return
    args.findings.mkdir(parents=True, exist_ok=True)
    wanted = [name for name in args.names if not (args.resume and (args.findings / f"{name}.json").exists())]
    # A process each: some compute in float64, which is for a whole process.
    with ProcessPoolExecutor(args.jobs, get_context("spawn"), max_tasks_per_child=1) as processes:
        under_way = {processes.submit(measured, name): name for name in wanted}
        for done in as_completed(under_way):
            name = under_way[done]
            if (error := done.exception()) is not None:
                print(f"## {name}\n\nCould not be measured: {type(error).__name__}: {error}\n", flush=True)
                continue
            (args.findings / f"{name}.json").write_text(json.dumps(done.result()))
            print("\n".join(_section(name, args.findings / f"{name}.json")), flush=True)
    if any((args.findings / f"{name}.json").exists() for name in NAMES):
        args.out.write_text("\n".join(_document(args.findings)) + "\n")


def _write_specs(folder: Path, names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.json").write_text(claim(name).spec_json(), encoding="utf-8")
        print(f"{name}: {claim(name).link}")


def _document(findings: Path) -> Iterator[str]:
    import jax

    yield "# The papers' claims beside our figures\n"
    yield "Made by `make claims`, a claim at a time (its command and date stand below it). Small offline data, three seeds"
    yield "or more; medians, with the range of the seeds in brackets."
    yield f"Machine: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {jax.devices()[0].platform.upper()};"
    yield f"Python {platform.python_version()}, JAX {jax.__version__}. Links open the claim live on `make run`.\n"
    yield "| claim | source | borne out |\n|---|---|---|"
    known = [name for name in NAMES if (findings / f"{name}.json").exists()]
    for name in NAMES:
        title, verdict = claim(name).title, "not measured here yet"
        if name in known:
            title, verdict = f"[{title}](#{_anchor(title)})", _verdict(json.loads((findings / f"{name}.json").read_text()))
        yield f"| {title} | {claim(name).source} | {verdict} |"
    yield ""
    for name in known:
        yield from _section(name, findings / f"{name}.json")


def _section(name: str, kept: Path) -> Iterator[str]:
    found, about = json.loads(kept.read_text()), claim(name)
    finding = Finding(found["rows"], found["agrees"], found["sentence"])
    yield f"## {about.title}\n"
    yield f"**The paper ({about.source}).** {about.says}\n"
    yield f"**Ours.** {about.setting}\n"
    yield markdown(finding.rows) + "\n"
    yield f"**{_verdict(found).capitalize()}.** {finding.sentence} [Live]({about.link})."
    yield f"(`python -m benchmarks.claims {name}`, {found['seconds']:.0f} s on {found['date']}.)\n"


def _verdict(found: dict[str, object]) -> str:
    return "borne out" if found["agrees"] else "not borne out"


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")


if __name__ == "__main__":
    main()
