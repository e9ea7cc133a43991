"""Recognisers trained on one corpus, judged on others: on which emotions, how well, what is lost.

Two corpora rarely name the same emotions. What is compared are those that both know: pictures of others are
left out, and a recogniser chooses among the shared ones (or, strictly, among all it knows: then an answer
outside the shared ones is wrong). The drop is the own test result on the same emotions minus the other's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import in_order
from fer_core.results.metrics import THRESHOLD, evaluate

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
"""What a cell tells, each with an interval and the drop."""


@dataclass(frozen=True)
class LabelMap:
    """The emotions of a recogniser beside those of a corpus."""

    recogniser: tuple[str, ...]
    corpus: tuple[str, ...]

    @property
    def shared(self) -> tuple[str, ...]:
        """Those of both, in the canonical order: what is compared."""
        return in_order(tuple(e for e in self.recogniser if e in self.corpus))

    @property
    def words(self) -> str:
        """The audit in a sentence or two."""
        said = f"Compared on {_listed(self.shared)}." if self.shared else "There is no emotion to compare on."
        left = [e for e in self.corpus if e not in self.shared]
        more = [e for e in self.recogniser if e not in self.shared]
        said += f" Pictures of {_listed(left)} are left out: the recogniser does not know them." if left else ""
        return said + (f" The recogniser also knows {_listed(more)}, which is not shown." if more else "")


@dataclass(frozen=True, eq=False)
class Said:
    """What a recogniser said of n pictures or clips.

    Attributes
    ----------
    shown : str (n,)
        The right emotions, of whatever the corpus knows.
    subject : str (n,)
        Who is shown; the picture's own name where that is not known.
    scores : (n, E)
        Probabilities, or log odds, with a ``threshold`` of `fer_core.results.metrics.EVEN_ODDS`.
    emotions : the columns
    subjects_known : whether ``subject`` holds people's names
    """

    shown: npt.NDArray[np.str_]
    subject: npt.NDArray[np.str_]
    scores: npt.NDArray[np.floating[Any]]
    emotions: tuple[str, ...]
    threshold: float = THRESHOLD
    subjects_known: bool = True


def judge(said: Said, shared: Sequence[str], *, strict: bool = False) -> dict[str, Any] | None:
    """All metrics on the shared emotions (`fer_core.results.metrics.evaluate`).

    None where fewer than two emotions are shared or no picture shows one.
    ``strict``: answers are chosen among all the recogniser knows, and those outside ``shared`` are wrong.
    """
    rows = np.isin(said.shown, list(shared))
    if len(shared) < 2 or not rows.any():
        return None
    names = said.emotions if strict else tuple(shared)
    columns = [said.emotions.index(e) for e in names]
    return evaluate(
        said.shown[rows],
        said.scores[rows][:, columns],
        said.subject[rows],
        names,
        threshold=said.threshold,
        subjects_known=said.subjects_known,
        unit="pictures",
    )


def own_result(
    own: Said | None, stored: Mapping[str, Any], shared: Sequence[str], *, strict: bool = False
) -> Mapping[str, Any] | None:
    """A recogniser's own test result on the shared emotions; None where it cannot be known.

    ``own``: what it said of its own test side; without that, the ``stored`` metrics serve where all the
    emotions they were computed on are shared.
    """
    if own is not None:
        return judge(own, shared, strict=strict)
    counted = [e for e, m in stored.get("per_emotion", {}).items() if m["tp"] + m["fn"]]
    whole = bool(counted) and set(stored["emotions"]) == set(shared)
    return stored if whole and set(counted) <= set(shared) else None


def drop(own: Mapping[str, Any], other: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """Own minus other result: ``value`` and ``interval``.

    The interval is made from the two results' own, of different pictures (Zou and Donner, 2008, the
    method of variance estimates recovery): of each side the distance to the end that matters.
    """
    a, b = float(own[metric]), float(other[metric])
    (a_low, a_high), (b_low, b_high) = own["intervals"][metric], other["intervals"][metric]
    value = a - b
    low, high = value - math.hypot(a - a_low, b_high - b), value + math.hypot(a_high - a, b - b_low)
    return {"value": round(value, 6), "interval": [round(low, 6), round(high, 6)]}


def filled(
    found: Mapping[str, Any], labels: LabelMap, own: Mapping[str, Any] | None, notes: Sequence[str] = ()
) -> dict[str, Any]:
    """A cell of the matrix as plain data.

    Keys: n, subjects (None where they are not known), emotions, labels (the audit's words), each of
    `METRICS` with its interval, per_emotion, confusion, drop ({metric: value and interval}, or None), notes.
    """
    low_high = {m: list(found["intervals"][m]) for m in METRICS}
    return {
        "n": found["n"],
        "subjects": found["subjects"],
        "emotions": list(labels.shared),
        "labels": labels.words,
        **{m: found[m] for m in METRICS},
        "intervals": low_high,
        "per_emotion": found["per_emotion"],
        "confusion": found["confusion"],
        "columns": list(found["emotions"]),
        "drop": {m: drop(own, found, m) for m in METRICS} if own is not None else None,
        "notes": list(notes),
    }


def empty(why: str) -> dict[str, Any]:
    """A cell that could not be filled, with the reason as a sentence."""
    return {"n": 0, "why": why}


def table(matrix: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The matrix as rows: one for each recogniser and corpus, for a CSV file."""
    rows = []
    for r, cells in zip(matrix["rows"], matrix["cells"], strict=True):
        for c, cell in zip(matrix["columns"], cells, strict=True):
            row = {"trained": r["name"], "on": r["corpus"], "tested": c["name"], "n": cell["n"]}
            for m in METRICS:
                low, high = cell["intervals"][m] if cell["n"] else (None, None)
                fell = (cell.get("drop") or {}).get(m, {"value": None, "interval": (None, None)})
                row |= {
                    m: cell.get(m),
                    f"{m}_low": low,
                    f"{m}_high": high,
                    f"{m}_drop": fell["value"],
                    f"{m}_drop_low": fell["interval"][0],
                    f"{m}_drop_high": fell["interval"][1],
                }
            rows.append(row | {"said": cell.get("labels") or cell.get("why", "")})
    return rows


def _listed(emotions: Sequence[str]) -> str:
    return emotions[0] if len(emotions) == 1 else ", ".join(emotions[:-1]) + f" and {emotions[-1]}"
