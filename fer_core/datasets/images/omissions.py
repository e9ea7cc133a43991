"""What is left out of a corpus of many images, told in few lines.

A list of 400,000 rows can be wrong in every row; memory and reports must not grow with that. A reason
that occurs a few times is told with each place, one that occurs often with the first places and a count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fer_core.base.text import clean_lines
from fer_core.datasets.base import Omission

EACH = 10
"""Up to so many places of one reason are told one by one."""

NAMED = 3
"""So many places are named where there are more."""

REASONS = 200
"""More different reasons than these are told as one."""

_OTHER = "left out for one of many other reasons"


@dataclass
class _Reason:
    fix: str
    places: list[str] = field(default_factory=list)
    count: int = 0


class Tally:
    """Collects what is left out, by reason, in bounded memory."""

    def __init__(self, before: Iterable[Omission] = ()) -> None:
        self._reasons: dict[str, _Reason] = {}
        self._before = list(before)

    def leave(self, where: str, why: str, fix: str = "") -> None:
        """One thing left out: where, why, what would bring it in."""
        why = clean_lines(why)
        if why not in self._reasons and len(self._reasons) >= REASONS:
            why, fix = _OTHER, ""
        reason = self._reasons.setdefault(why, _Reason(fix))
        reason.count += 1
        if len(reason.places) < EACH:
            reason.places.append(clean_lines(where))

    def leave_many(self, where: str, why: str, fix: str, count: int) -> None:
        """`count` things left out that one place names, such as a folder."""
        self._before.append(Omission(clean_lines(where), why, fix, count))

    def leave_all(self, places: Iterable[str], why: str, fix: str = "") -> None:
        """Several things left out for one reason."""
        for place in places:
            self.leave(str(place), why, fix)

    def omissions(self) -> tuple[Omission, ...]:
        """All of it, in the order in which the reasons were first met."""
        found = list(self._before)
        for why, reason in self._reasons.items():
            if reason.count <= EACH:
                found += [Omission(place, why, reason.fix) for place in reason.places]
            else:
                named = ", ".join(reason.places[:NAMED])
                where = f"{named} and {reason.count - NAMED:,} more"
                found.append(Omission(where, why, reason.fix, reason.count))
        return tuple(found)

    def __len__(self) -> int:
        """How many things were left out."""
        return sum(o.count for o in self._before) + sum(reason.count for reason in self._reasons.values())
