"""Image results of several experiments on one board: rows that can be filtered, ordered and judged.

Works on the plain summaries of `fer_core.results.images.benchmarks`, so that shipped and own results are one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fer_core.base.errors import SettingError
from fer_core.models.images.registry import REGISTRY, STUDIES
from fer_core.results.images.differences import between
from fer_core.results.sanity import known_as

Metric = Literal["accuracy", "macro_f1", "balanced_accuracy"]
METRICS: dict[str, str] = {"accuracy": "Accuracy", "macro_f1": "Macro F1", "balanced_accuracy": "Balanced accuracy"}
BALANCING = {
    "none": "no class weights",
    "simple": "simple weights",
    "conservative": "weights capped at 3",
    "effective": "effective-number weights",
}
INITIAL = {"none": "from scratch", "imagenet": "ImageNet's weights"}
CORPORA = {
    "fer2013": "FER2013",
    "ferplus": "FERPlus",
    "rafdb": "RAF-DB",
    "affectnet": "AffectNet",
    "ckplus": "CK+",
    "ckplus48": "CK+",
}
"""Well-known corpora by what `known_as` makes of them."""
FILTERS = ("corpus", "size", "balancing", "initial")
"""The columns by which a board is narrowed down."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """How the best row stands.

    Attributes
    ----------
    best, next : rows; ``next`` is None where there is only one
    difference : best minus next with its interval, on the same pictures; None where it is not known
    """

    best: Row
    next: Row | None
    difference: tuple[float, float, float] | None

    @property
    def parted(self) -> bool:
        """Whether the two come from different experiments, so that no difference was computed."""
        return self.next is not None and self.next["result"] != self.best["result"]

    @property
    def apart(self) -> bool | None:
        """Whether the two can be told apart; None where nothing says so."""
        return None if self.difference is None else self.difference[1] > 0 or self.difference[2] < 0


def board(summaries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All rows of results by name, each with where it comes from.

    Adds to a row of `fer_core.results.images.study.rows`: key (unique), result (the name), title, label (of
    the model), study, family (a name of `CORPORA`, or the corpus's own), group (rows of one group were
    tested on the same pictures), label_rule; and pictures where results from before there was such a key
    do not say it.
    """
    rows = [row for name, found in summaries.items() for row in _rows_of(name, found)]
    sizes: dict[str, set[int]] = {}
    for row in rows:
        sizes.setdefault(row["group"], set()).add(row["pictures"])
    apart = {group for group, found in sizes.items() if len(found) > 1}
    for row in rows:
        if row["group"] in apart:  # two corpora of one name: they hold other pictures
            row["group"] += f", {row['pictures']:,} pictures"
    return rows


def _rows_of(name: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for row in found["rows"]:
        condition = found.get("conditions", {}).get(row["condition"], {})
        spec = REGISTRY.get(row["model"])
        labels = str(condition.get("labels", "default"))
        rows.append(
            {"pictures": round(row["n"] / max(1, row["seeds"]))}
            | dict(row)
            | {
                "key": f"{name}/{row['condition']}",
                "result": name,
                "title": found["name"],
                "label": spec.title if spec else row["model"],
                "study": spec.study if spec else "",
                "family": family(found["corpus"], labels),
                "group": f"{row['corpus']}, {row['protocol']}",
                "label_rule": labels,
            }
        )
    return rows


def family(corpus: Mapping[str, Any], labels: str = "default") -> str:
    """What people call the corpus, with the labels that were used."""
    known = known_as(corpus["format"], corpus["name"], labels)
    if known:
        return CORPORA[known]
    return CORPORA["ferplus"] if corpus["format"] == "ferplus" else str(corpus["name"])


def options(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """By filter what occurs, in order."""
    return {name: sorted({row[name] for row in rows}, key=_sorting) for name in FILTERS}


def narrowed(rows: Sequence[Row], chosen: Mapping[str, Collection[Any]]) -> list[Row]:
    """The rows that have one of the chosen values in each named column; an empty choice leaves none."""
    return [r for r in rows if all(r[name] in values for name, values in chosen.items())]


def ordered(rows: Sequence[Row], metric: str) -> list[Row]:
    """Groups in their order, within each the best row first."""
    check_metric(metric)
    groups = list(dict.fromkeys(r["group"] for r in rows))
    return sorted(rows, key=lambda r: (groups.index(r["group"]), -r[metric]))


def standing(rows: Sequence[Row], metric: str, summaries: Mapping[str, Mapping[str, Any]]) -> dict[str, Standing]:
    """By group: its best row, the next, and whether the two can be told apart."""
    found = {}
    for group in dict.fromkeys(r["group"] for r in rows):
        mine = ordered([r for r in rows if r["group"] == group], metric)
        following = mine[1] if len(mine) > 1 else None
        found[group] = Standing(mine[0], following, _difference(mine[0], following, metric, summaries))
    return found


def _difference(
    best: Row, following: Row | None, metric: str, summaries: Mapping[str, Mapping[str, Any]]
) -> tuple[float, float, float] | None:
    if following is None or best["result"] != following["result"]:
        return None
    told = summaries[best["result"]].get("differences", [])
    return between(told, metric, best["condition"], following["condition"])


def check_metric(metric: str) -> None:
    """Raises `SettingError` for what is no metric of a board."""
    if metric not in METRICS:
        raise SettingError(f"there is no metric {metric!r}", fix="use " + ", ".join(METRICS))


def words(row: Row, rows: Sequence[Row] = ()) -> str:
    """What tells a row from others: the model, and what of the rest differs among ``rows``.

    Whose result it is stands there only where nothing else tells two rows apart.
    """
    said: dict[str, Callable[[Any], str]] = {
        "size": lambda v: f"{v} px",
        "balancing": lambda v: BALANCING.get(v, v),
        "initial": initial_words,
    }
    mine = [r for r in rows if r["group"] == row["group"]] or [row]
    parts = [word(row[name]) for name, word in said.items() if len({r[name] for r in mine}) > 1]
    alike = [r for r in mine if all(r[name] == row[name] for name in ("label", *said))]
    if len({r["title"] for r in alike}) > 1:
        parts.append(str(row["title"]))
    return ", ".join([row["label"], *parts])


def initial_words(initial: str) -> str:
    """Initial weights in words; a file by its name alone."""
    return INITIAL.get(initial) or "weights of " + initial.replace("\\", "/").rpartition("/")[2]


def study_words(study: str) -> str:
    """Who a model is by."""
    return STUDIES.get(study, "other")


def table(rows: Sequence[Row], metric: str) -> list[dict[str, Any]]:
    """Rows as a table for people, the best first within each group."""
    check_metric(metric)
    return [
        {
            "model": r["label"],
            "study": study_words(r["study"]),
            "corpus": r["corpus"],
            "protocol": r["protocol"],
            "pixels": r["size"],
            "class weights": BALANCING.get(r["balancing"], r["balancing"]),
            "begun": initial_words(r["initial"]),
            "accuracy": r["accuracy"],
            "accuracy low": r["accuracy_low"],
            "accuracy high": r["accuracy_high"],
            "macro F1": r["macro_f1"],
            "macro F1 low": r["macro_f1_low"],
            "macro F1 high": r["macro_f1_high"],
            "pictures": r["pictures"],
            "calibration error": r.get("ece"),
            "parameters": r["parameters"],
            "epochs": r["epochs"],
            "minutes": r["minutes"],
            "seeds": r["seeds"],
            "folds": r["folds"],
        }
        for r in ordered(rows, metric)
    ]


def _sorting(value: Any) -> tuple[int, Any]:
    return (0, value) if isinstance(value, (int, float)) else (1, str(value))
