"""``cross``: recognisers trained on one corpus, judged on others."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.cli.common import add_out, reporting, verb


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "cross", "judge bundles on corpora they were not trained on, and say what is lost", _run)
    p.add_argument(
        "--train",
        nargs="+",
        required=True,
        metavar="BUNDLE_OR_RUN",
        help="bundles of either kind: folders, finished runs, names of shipped ones",
    )
    p.add_argument("--test", nargs="+", required=True, metavar="PATH", help="corpora of pictures or of clips")
    p.add_argument(
        "--labels",
        choices=("default", "own", "majority", "soft"),
        default="default",
        help="of corpora with votes: whose labels",
    )
    p.add_argument(
        "--strict", action="store_true", help="answers among all emotions a bundle knows; others than shown are wrong"
    )
    add_out(p, "folder for result.json", folder=True)
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def _run(options: argparse.Namespace) -> tuple[Any, str]:
    with reporting(options.run) as progress:
        from fer_core.studies.cross.jobs import write_result
        from fer_core.studies.cross.matrix import cross_matrix

        matrix = cross_matrix(
            options.train, options.test, labels=options.labels, strict=options.strict, progress=progress
        )
        folder = options.out or options.run
        if folder is not None:
            write_result(matrix, folder)
    return matrix, text(matrix)


def text(matrix: dict[str, Any]) -> str:
    """A matrix for people: one line per recogniser and corpus, with interval, N and drop."""
    lines = []
    for row, cells in zip(matrix["rows"], matrix["cells"], strict=True):
        lines.append(f"{row['name']}, trained on {row['corpus'] or 'an unnamed corpus'}")
        for column, cell in zip(matrix["columns"], cells, strict=True):
            lines += _cell_lines(column, cell)
    return "\n".join([*lines, matrix["method"]])


def _cell_lines(column: dict[str, Any], cell: dict[str, Any]) -> list[str]:
    if not cell["n"]:
        return [f"  {column['name']}: {cell['why']}"]
    low, high = cell["intervals"]["accuracy"]
    line = f"  {column['name']:<28} accuracy {cell['accuracy']:.3f} [{low:.3f}, {high:.3f}]  n {cell['n']:,}"
    if cell["drop"] is not None:
        d = cell["drop"]["accuracy"]
        line += f"  drop {d['value']:+.3f} [{d['interval'][0]:+.3f}, {d['interval'][1]:+.3f}]"
    return [line, f"    {cell['labels']}", *(f"    {note}" for note in cell["notes"])]
