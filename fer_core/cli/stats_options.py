"""What the verbs of ``stats`` can be asked: their options, and how they are read."""

from __future__ import annotations

import argparse

from fer_core.base import limits
from fer_core.cli.numbers import Number

SHIPPED = "reconstructed"
"""In place of a file: the published study, as reconstructed from its tables."""


def add_table(p: argparse.ArgumentParser) -> None:
    """The table, its metrics and its columns."""
    p.add_argument(
        "table", help=f'a CSV file with one row per classifier evaluation, or "{SHIPPED}" for the published study'
    )
    p.add_argument("--metric", action="append", default=[], help="default: all (may be repeated)")
    p.add_argument(
        "--column",
        action="append",
        default=[],
        type=_assignment,
        metavar="OURS=THEIRS",
        help="what the file calls a column (may be repeated)",
    )


def add_pairs(p: argparse.ArgumentParser) -> None:
    """Which pairs are compared, and what counts as one observation."""
    p.add_argument("--factor", action="append", default=[], help="default: all (may be repeated)")
    p.add_argument(
        "--first",
        action="append",
        default=[],
        type=_assignment,
        metavar="FACTOR=LEVEL",
        help="the level that stands first; the study has loss=standard",
    )
    p.add_argument(
        "--unit",
        choices=["pair", "emotion"],
        default="pair",
        help="one observation: a pair, or the mean of an emotion's pairs",
    )
    p.add_argument("--alpha", type=Number(limits.ALPHA), default=0.05)


def add_margins(p: argparse.ArgumentParser) -> None:
    """Equivalence margins."""
    p.add_argument(
        "--margin",
        action="append",
        default=[],
        type=_margin,
        metavar="METRIC=M|LOW:HIGH",
        help="default: the study's, 0.02 for accuracy and 0.05 otherwise",
    )


def _assignment(text: str) -> tuple[str, str]:
    ours, sign, theirs = (part.strip() for part in text.partition("="))
    if not (ours and sign and theirs):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return ours, theirs


def _margin(text: str) -> tuple[str, float | tuple[float, float]]:
    metric, value = _assignment(text)
    parts = value.split(":")
    if len(parts) > 2:
        raise argparse.ArgumentTypeError(f"{value!r} has more than two limits")
    numbers = [Number(limits.MARGIN)(part) for part in parts]
    return metric, (numbers[0], numbers[1]) if len(numbers) == 2 else numbers[0]
