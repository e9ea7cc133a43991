"""All checks and findings as plain data, and as text for people."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from fer_core.paper.checks import all_checks, tally, verdicts
from fer_core.paper.finding import Finding
from fer_core.paper.findings import all_findings, what_holds
from fer_core.paper.others import STAND_OUT, other_checks, stand_outs
from fer_core.paper.published import sources


def as_plain(everything: bool = False) -> dict[str, Any]:
    """The checks' counts and the findings as JSON takes them.

    ``reproduced`` and ``double_rounding`` count the results of Tables 1, 2, 3, 4 and 6 that the counts
    determine (see `fer_core.paper.checks`); ``inconsistent`` and ``not_checkable`` count all printed values
    of that status in Tables 1 to 7, and ``checked`` is the sum of the first three. ``tally`` has all four for
    those results alone, ``outside_the_tally`` for the rest (words, verdicts, Tables 5 and 7). Each finding,
    and each check of another study under ``other_studies_stand_out``, has its ``verdict``.
    With ``everything`` each value checked is listed, and all of the other studies' checks.
    """
    checks = all_checks()
    counted, every = tally(checks), tally(checks, tallied=False)
    rest = tally(tuple(c for c in checks if not c.tallied), tallied=False)
    agree = counted.reproduced + counted.double_rounding
    result: dict[str, Any] = {
        "study": sources()["winarno"].citation,
        "checked": agree + every.inconsistent,
        "reproduced": counted.reproduced,
        "double_rounding": counted.double_rounding,
        "inconsistent": every.inconsistent,
        "not_checkable": every.not_checkable,
        "tally": {"checked": counted.checked, "words": counted.words, **asdict(counted)},
        "outside_the_tally": asdict(rest),
        "equivalence_verdicts": verdicts(checks),
        "holds": list(what_holds()),
        "findings": [_finding(f) for f in all_findings()],
        "other_studies_stand_out": [asdict(c) for study in STAND_OUT for c in stand_outs(study)],
    }
    if everything:
        result["checks"] = [asdict(c) for c in checks]
        result["other_studies"] = [asdict(c) for c in other_checks()]
    return result


def as_text(everything: bool = False) -> str:
    """The same for people."""
    checks = all_checks()
    lines = [sources()["winarno"].short, "", "What holds"]
    lines += [f"  {said}" for said in what_holds()]
    lines += ["", "What does not, most consequential first"]
    for f in all_findings():
        lines += [f"  {f.consequence:>2}. {f.title}", f"      {f.verdict}: {f.sentence}"]
    for study in STAND_OUT:
        lines += ["", f"{sources()[study].short}"]
        lines += [f"  {c.verdict}: {c.where}, {c.what}. {c.sentence}" for c in stand_outs(study)]
    if everything:
        lines += ["", f"  {'table':<9}{'row':<48}{'column':<36}{'published':>14}{'recomputed':>14}  status"]
        lines += [
            f"  {c.table:<9}{c.row:<48}{c.column:<36}{c.published_text:>14}{c.recomputed_text:>14}  {c.status}"
            for c in checks
        ]
        lines += ["", "Other studies"]
        lines += [f"  {sources()[c.study].short}, {c.where}: {c.sentence} [{c.status}]" for c in other_checks()]
    notes = "the counts are reconstructed from the printed tables, so everything that rests on them is inferred"
    return "\n".join([*lines, "", f"  {notes}"])


def _finding(found: Finding) -> dict[str, Any]:
    names = ("id", "title", "verdict", "sentence", "what_was_printed", "what_follows", "section", "inference")
    plain: dict[str, Any] = {"consequence": found.consequence}
    plain |= {name: getattr(found, name) for name in names}
    plain["figures"] = {k: _number(v) for k, v in found.figures.items()}
    plain["evidence"] = [] if found.evidence is None else _rows(found.evidence)
    return plain


def _rows(frame: Any) -> list[dict[str, Any]]:
    return [{str(k): _number(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _number(value: Any) -> Any:
    """A JSON value: numpy's scalars as Python's, NaN as null."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
