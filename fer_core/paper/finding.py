"""What a finding about the published study is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fer_core.paper.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Finding:
    """Something the printed numbers show that the text does not say, or says otherwise.

    Attributes
    ----------
    id : str
        A short name that stays, for links.
    title : str
        The finding in a few words.
    verdict, sentence : str
        What becomes of the study's claim, and why in one line, with its numbers.
    what_was_printed, what_follows : str
        The two sides, in our words.
    consequence : int
        Its place among all, 1 first: how much it changes what a reader may conclude.
    section : str
        Where in the study.
    evidence : DataFrame or None
        The numbers behind it.
    figures : mapping
        The numbers that the sentences use, by name, unrounded.
    inference : bool
        Whether it goes beyond arithmetic on what is printed (see its ``what_follows``).
    """

    id: str
    title: str
    verdict: Verdict
    sentence: str
    what_was_printed: str
    what_follows: str
    section: str
    evidence: pd.DataFrame | None
    figures: Mapping[str, float]
    inference: bool = False
    consequence: int = 0
