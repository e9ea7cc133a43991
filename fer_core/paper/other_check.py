"""One check of one of the other studies."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.paper.published import Study
from fer_core.paper.rounding import Status, as_printed
from fer_core.paper.verdict import Verdict


@dataclass(frozen=True)
class OtherCheck:
    """A printed number of a study that is not the one rebuilt here, and what follows from its own tables.

    ``published`` and ``recomputed`` are texts at the printed decimals. ``inference`` says that the check
    goes beyond arithmetic on what is printed. ``verdict`` is set where a reader should know of it
    (`fer_core.paper.others.STAND_OUT`).
    """

    study: Study
    id: str
    where: str
    what: str
    published: str
    recomputed: str
    status: Status
    sentence: str
    inference: bool = False
    verdict: Verdict | None = None


def agrees(first: str, second: str) -> Status:
    """The status of two texts that should be the same."""
    return "reproduced" if first == second else "inconsistent"


def number(value: float, digits: int = 0) -> str:
    """A number at so many decimals; whole ones with commas at the thousands."""
    return as_printed(value, digits) if digits else f"{round(value):,}"
