"""``duplicates PATH``: copies among the images of a corpus, within its parts and from part to part."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.base import limits
from fer_core.cli.common import add_codes, reporting, verb
from fer_core.cli.numbers import Number


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "duplicates", "find copies among the images of a corpus", _run)
    p.add_argument("path", help="the folder, .csv or .npz of a corpus of images, or a folder of clips")
    add_codes(p)
    p.add_argument("--against", help="another corpus to look for the same images in")
    p.add_argument(
        "--bits",
        type=Number(limits.BITS),
        default=20,
        help="of 256 that near copies may differ in, 0 to 31; default: 20",
    )
    p.add_argument("--run", type=Path, help="run folder for the progress and the report")


def _run(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.datasets.copies.copy_runs import write_report
    from fer_core.datasets.copies.duplicate_report import duplicate_report, report_words
    from fer_core.datasets.copies.near_search import check_limit
    from fer_core.datasets.images.catalog import open_images

    check_limit(options.bits)
    with reporting(options.run) as progress:
        corpus = open_images(options.path, codes=options.codes)
        against = open_images(options.against) if options.against else None
        report = duplicate_report(corpus, against, limit=options.bits, progress=progress)
        if options.run is not None:
            write_report(options.run, report)
    return report, report_words(report)
