"""Two people who look like one, by the landmarks of their resting faces: a hint, never a proof."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fer_core.landmarks.identity import IdentityModel, identity_model
from fer_core.landmarks.landmark_set import LandmarkSet

NAME = "look-alikes"
HINT = (
    "Resting faces of two people do not look like one person's. A hint, never a proof: relatives and "
    "like-looking people raise it, another camera or pose hides that two names are one person's; it stops "
    "no run."
)
"""What is looked at, as the rules of the audit are told; read beside them, not enforced."""

MOST = 3000
"""People who are compared with each other: beyond, time grows with the square."""
LISTED = 50
CENTRED = 10
"""From so many people on, their mean face is taken as the corpus's own: a camera changes all alike."""


@dataclass(frozen=True)
class Alike:
    """Two names under which one person may stand; ``evidence`` in nats (`IdentityModel.evidence`)."""

    first: str
    second: str
    evidence: float


@dataclass(frozen=True)
class LookAlikes:
    """What was found.

    Attributes
    ----------
    people : whether names are people's, or clips' own where people are unknown
    names, compared : names with a resting face, and pairs of them that were compared
    left_out : clips without a resting face of their own; names beyond `MOST` count as well
    count : pairs that look like one person
    by_chance : such pairs to expect among different people with one clip each, at the measured share of
        false alarms; with several clips each fewer
    pairs : the strongest of them, at most `LISTED`
    """

    people: bool
    names: int
    compared: int
    left_out: int
    count: int
    by_chance: float
    pairs: tuple[Alike, ...]

    @property
    def words(self) -> str:
        """A sentence or two for people; empty where nothing looks alike."""
        if not self.count:
            return ""
        what = "people look" if self.people else "clips look"
        first = self.pairs[0]
        pair = "pair" if self.count == 1 else "pairs"
        return (
            f"{self.count:,} {pair} of {what} like one person, such as {first.first} and {first.second} "
            f"(by chance up to about {self.by_chance:.2g} of {self.compared:,} pairs would). A hint from the "
            "landmarks of resting faces, not a proof: look at them, and give one person one name."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a result."""
        return asdict(self) | {"pairs": [asdict(p) for p in self.pairs], "words": self.words}


def look_alikes(rows: LandmarkSet, model: IdentityModel | None = None) -> LookAlikes:
    """Compare everybody's mean resting face with everybody else's.

    Only clips with a neutral face of their own take part: faces at their apex carry next to no
    identity (docs/leak_audit.md).
    """
    model = model or identity_model()
    resting = rows.take(rows.has_neutral)
    left_out = len(rows) - len(resting)
    names, whose, times = np.unique(resting.subject, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return LookAlikes(rows.subjects_known, len(names), 0, left_out, 0, 0.0, ())
    scores = model.scores(resting.neutral)
    sums = np.zeros((len(names), scores.shape[1]))
    np.add.at(sums, whose, scores)
    means = sums / times[:, None]
    means = means - means.mean(axis=0) if len(names) >= CENTRED else means
    left_out += int(times[MOST:].sum())
    names, means, times = names[:MOST], means[:MOST], times[:MOST]
    found: list[Alike] = []
    for i in range(len(names) - 1):
        evidence = model.evidence(means[i], means[i + 1 :], times[i], times[i + 1 :])
        found += [
            Alike(str(names[i]), str(names[i + 1 + j]), round(float(evidence[j]), 2))
            for j in np.flatnonzero(evidence > model.limit)
        ]
    found.sort(key=lambda a: -a.evidence)
    compared = len(names) * (len(names) - 1) // 2
    return LookAlikes(
        rows.subjects_known,
        len(names),
        compared,
        left_out,
        len(found),
        compared * model.false_alarms,
        tuple(found[:LISTED]),
    )
