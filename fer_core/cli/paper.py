"""``paper``: the published study's numbers against what follows from them."""

from __future__ import annotations

import argparse
from typing import Any

from fer_core.cli.common import verb


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    words = "check the published study's printed numbers and say what follows from them"
    p = verb(verbs, "paper", words, _run)
    p.add_argument("--all", action="store_true", help="list every value checked, and the other studies' too")


def _run(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.paper.summary import as_plain, as_text

    return as_plain(everything=options.all), as_text(everything=options.all)
