"""Sentences that say what a sensitivity study says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.base.progress import say_duration
from fer_core.base.unknown_people import BY_CLIP, clips_words, people_known
from ui.common.words import listed

if TYPE_CHECKING:
    from fer_core.studies.sensitivity.loss_outputs import Reading
    from fer_core.studies.sensitivity.results import Sensitivity

OBJECTIVES = {"f1": "mean F1", "recall": "mean recall"}
MEASURES = {"recall": "recall", "precision": "precision", "f1": "F1"}
WAYS = {
    "plain": "Plain BCE for all",
    "own": "The study's own point",
    "chosen": "Chosen on inner folds",
    "best": "Best on the test side",
}


def headline(study: Sensitivity, reading: Reading, objective: str) -> str:
    """What choosing a point gives against the study's own, and what a peek at the test side promises."""
    chosen, best = (study.way(reading, way, objective) for way in ("chosen", "best"))
    own = study.way(reading, "own")
    name = OBJECTIVES[objective]
    return (
        f"A point chosen on inner folds gives a {name} of {_three(chosen['mean'][objective])}, the "
        "study's own "
        f"{_three(own['mean'][objective])}: {_compared(chosen['difference'][objective])}. Picking the "
        "best of "
        f"{_many(study.grid.points)} points on the test side itself would have promised "
        f"{_number(best['mean'][objective][0])}."
    )


def sizes(study: Sensitivity) -> str:
    """N, protocol, and how much was trained."""
    p = study.plain
    return (
        f"{clips_words(p)}, {p['folds']} "
        f"{'subject-independent folds' if people_known(p) else f'folds {BY_CLIP}'}, "
        f"{p['inner_folds']} inner folds of each training side; {_many(p['fits'])} classifiers in "
        f"{say_duration(p['seconds'])} answer {_many(study.grid.points)} points of the grid."
    )


def thresholds(study: Sensitivity) -> list[str]:
    """Which emotions a threshold can change, and which no value on the grid reaches."""
    said = []
    for axis, above in (("moderate", "weighted BCE"), ("severe", "focal loss")):
        values = getattr(study.grid, axis)
        moved = [e for e in study.emotions if study.moved_by(axis, e)]
        between = f"{values[0]:g} and {values[-1]:g}"
        if moved:
            said.append(f"The {axis} threshold ({above} beyond it) decides for {_with_ratios(study, moved)} only.")
        else:
            said.append(f"No emotion's ratio lies between {between}: the {axis} threshold changes nothing here.")
    fixed = [e for e in study.emotions if not any(study.moved_by(a, e) for a in ("moderate", "severe"))]
    said += [f"{e.capitalize()} ({study.ratio(e):.1f}) gets {_fixed(study, e)} at every point." for e in fixed]
    reached = [e for e in study.emotions if study.reaches_focal(e)]
    others = "no other emotion ever gets the focal loss" if reached else "no emotion ever gets the focal loss"
    said.append(
        f"γ and α matter to {listed(reached)} alone: {others}." if reached else f"γ and α change nothing: {others}."
    )
    return said


def reading(study: Sensitivity, measure: str) -> str:
    """How far a metric moves over all losses, as outputs and as read, beside what seeds move it."""
    raw, read = (moved(study, r, measure) for r in ("outputs", "probabilities"))  # type: ignore[arg-type]
    share = read / raw if raw else 1.0
    verdict = (
        "so reading the outputs by their loss makes most of the losses' effect vanish"
        if share < 0.5
        else "so reading the outputs by their loss takes some of the losses' effect away"
        if share < 0.85
        else "so reading the outputs by their loss does not take the losses' effect away"
    )
    chance = seeds_move(study, "probabilities", measure)
    beside = f" Other seeds at the study's own point alone move it by {chance:.2f}." if chance is not None else ""
    return (
        f"Given to every emotion in turn, the losses move {MEASURES[measure]} by {raw:.2f} on average "
        "over the "
        f"emotions as the outputs are, by {read:.2f} when read by their loss, {verdict}.{beside}"
    )


def marks(study: Sensitivity) -> str:
    """What the marks on the bars are."""
    most = max(len(study.seeds(e, "outputs", "f1")) for e in study.emotions)
    if most < 2:
        return "Marks: the study's own point, one seed."
    return f"Marks: the study's own point with {most} seeds, all else equal."


def moved(study: Sensitivity, how: Reading, measure: str) -> float:
    """Highest less lowest over all losses, mean over the emotions."""
    spans = [study.all_losses(e, how, measure) for e in study.emotions]
    return float(np.nanmean([high - low for low, high in spans]))


def seeds_move(study: Sensitivity, how: Reading, measure: str) -> float | None:
    """Highest less lowest over the seeds of the study's own point, mean over the emotions."""
    seeds = [study.seeds(e, how, measure) for e in study.emotions]
    if min(len(s) for s in seeds) < 2:
        return None
    return float(np.mean([max(s) - min(s) for s in seeds]))


def way_rows(study: Sensitivity, reading: Reading, objective: str) -> list[dict[str, Any]]:
    """One row per way to a point: means over the emotions, and what they differ from the study's own."""
    rows = []
    for way, words in WAYS.items():
        found = study.way(reading, way, objective if way in ("chosen", "best") else "")
        row: dict[str, Any] = {"how": words}
        for m, name in MEASURES.items():
            row |= dict(zip((name, f"{name} low", f"{name} high"), found["mean"][m], strict=True))
        for m in ("recall", "f1"):
            keys = (f"{MEASURES[m]} less own", "low", "high")
            row |= {
                f"{keys[0]}{'' if k == keys[0] else ' ' + k}": v
                for k, v in zip(keys, found["difference"][m], strict=True)
            }
        rows.append(row)
    return rows


def place_rows(study: Sensitivity, reading: Reading, objective: str) -> list[dict[str, Any]]:
    """The points chosen: fold by fold on inner folds, and the one best on the test sides."""
    rows = []
    for way in ("chosen", "best"):
        found = study.way(reading, way, objective)
        for k, (place, equals) in enumerate(zip(found["places"], found["equals"], strict=True)):
            where = f"fold {k + 1}" if way == "chosen" else "all folds"
            rows.append({"how": WAYS[way], "for": where, **study.grid.values(tuple(place)), "equally good": equals})
    return rows


def point_rows(study: Sensitivity, reading: Reading, place: Any, kind: int | None) -> list[dict[str, Any]]:
    """One row per emotion at a point: its loss and its numbers, and the study's own beside them."""
    own = study.way(reading, "own")["per_emotion"]
    rows = []
    for emotion in study.emotions:
        cell = study.cell(emotion, reading, place, kind)
        row: dict[str, Any] = {"emotion": emotion, "ratio": study.ratio(emotion), "loss": cell.words}
        beside = dict(zip(study.plain["row"], own[emotion] or [None] * len(study.plain["row"]), strict=True))
        for m, name in MEASURES.items():
            v = cell.values
            row[name] = v[m] if v else None
            row[f"{name}, 95%"] = f"{v[m + '_low']:.2f} to {v[m + '_high']:.2f}" if v else ""
            row[f"{name}, study's own"] = beside[m]
        rows.append(row | {c: (cell.values or {}).get(c) for c in ("tp", "fp", "fn", "tn")})
    return rows


def _with_ratios(study: Sensitivity, emotions: list[str]) -> str:
    return listed([f"{e} ({study.ratio(e):.1f})" for e in emotions])


def _fixed(study: Sensitivity, emotion: str) -> str:
    return study.cell(emotion, "outputs", (0, 0, 0, 0)).words


def _compared(difference: list[float | None]) -> str:
    value, low, high = difference
    if value is None or low is None or high is None:
        return "a fit failed, so they cannot be compared"
    said = f"a difference of {value:+.3f} [{low:+.3f}, {high:+.3f}]"
    return said if low > 0 or high < 0 else f"{said}, so they cannot be told apart"


def _three(value: list[float | None]) -> str:
    return f"{_number(value[0])} [{_number(value[1])}, {_number(value[2])}]"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}"


def _many(n: int) -> str:
    return f"{n:,}".replace(",", " ")
