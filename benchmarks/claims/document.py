"""docs/claims.md, written from the figures that are kept beside it: the verdicts are computed, never typed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.claims.catalogue import NAMES, claim
from benchmarks.claims.claim import markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "claims.md"
FIGURES = DOCUMENT.with_suffix("")
"""A file of figures for each claim that has been measured."""

ABOUT = """# The papers' claims beside our figures

Made by `make claims` from the figures in [claims/](claims/) (a claim's command and date stand below it). Small offline data;
medians, with the range of the seeds in brackets. Seeds that diverged are counted beside them, never averaged in.
A claim is borne out if the arms of which the paper says it meet each criterion and the controls, of which it is false, do not: a
criterion that they met too would say nothing. Links open a run that shows the claim on `make run`.
"""


def kept(name: str) -> dict[str, Any] | None:
    """What was measured of a claim, and when and where; None if nothing was."""
    path = FIGURES / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def document() -> str:
    """The whole of docs/claims.md."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield ABOUT
    yield "| claim | source | verdict |\n|---|---|---|"
    known = {name: found for name in NAMES if (found := kept(name)) is not None}
    for name in NAMES:
        title, verdict = claim(name).title, "not measured yet"
        if name in known:
            title, verdict = f"[{title}](#{_anchor(title)})", claim(name).verdict(known[name]["figures"]).text
        yield f"| {title} | {claim(name).source} | {verdict} |"
    yield ""
    for name in known:
        yield section(name)


def section(name: str) -> str:
    """One claim: what the paper says, what we ran, the figures, and the verdict with its reasons."""
    about, found = claim(name), kept(name)
    assert found is not None
    verdict = about.verdict(found["figures"])
    note = f" {found['note']}" if "note" in found else ""
    took = "in parts," if found["seconds"] is None else f"{found['seconds']} s"
    reasons = "\n".join(f"* {reason}" for reason in verdict.reasons)
    return (
        f"## {about.title}\n\n**The paper ({about.source}).** {about.says}\n\n**Ours.** {about.setting}\n\n"
        f"{markdown(about.table(found['figures']))}\n\n**{verdict.text.capitalize()}.** {about.remark(found['figures'])}\n\n"
        f"{reasons}\n\n[Live]({about.link}): {about.live.moves}.\n"
        f"(`python -m benchmarks.claims {name}`, {took} on {found['date']}; {found['machine']}.{note})\n"
    )


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")
