"""``models``: the image models of three studies, their parameters beside the published ones."""

from __future__ import annotations

import argparse
from typing import Any

from fer_core.base.progress import TerminalProgress
from fer_core.cli.common import verb


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "models", "list the image models, their parameters and the published ones", _models)
    p.add_argument(
        "--recount",
        action="store_true",
        help="first build every network once and keep its parameters in assets/models.json (minutes)",
    )


def _models(options: argparse.Namespace) -> tuple[list[dict[str, Any]], str]:
    from fer_core.models.images import registry

    if options.recount:
        from fer_core.models.images.counts import recount  # this one loads Keras

        recount(TerminalProgress())
        registry.counted.cache_clear()
    rows = registry.listing()
    return rows, "\n".join(_lines(rows))


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    study = ""
    for row in rows:
        if row["study_title"] != study:
            study = row["study_title"]
            lines += [study, f"  {'name':<22} {'pixels':>6} {'parameters':>12} {'published':>10}"]
        for size in row["sizes"]:
            ours = row["parameters"].get(str(size))
            theirs = row["published_parameters"].get(str(size))
            count = f"{ours:,}" if ours is not None else "-"
            printed = f"{theirs / 1e6:g} M" if theirs is not None else "-"
            lines.append(f"  {row['name']:<22} {size:>6} {count:>12} {printed:>10}")
    return lines
