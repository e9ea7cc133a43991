"""The tables of a sensitivity study, read for pages and figures; nothing here trains or draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import FerError, PathError
from fer_core.files import json_files
from fer_core.losses.grid import AXES, FOCAL, PLAIN, WEIGHTED, Grid, Place, letters
from fer_core.studies.sensitivity.loss_outputs import Reading
from fer_core.studies.sensitivity.result_shapes import SensitivityResult

Floats = npt.NDArray[np.float64]

_KINDS = {"b": "plain BCE", "w": "weighted BCE", "f": "focal loss"}


@dataclass(frozen=True)
class Cell:
    """One emotion at one point: what its classifier got and how well it did.

    ``pattern`` spells the kind of loss in each fold: b plain, w weighted, f focal. ``values`` has
    `fer_core.studies.sensitivity.tables.ROW` by name; None where a fit failed.
    """

    pattern: str
    values: dict[str, float] | None

    @property
    def words(self) -> str:
        """``focal loss in 3 of 5 folds, weighted BCE in 2``."""
        n = len(self.pattern)
        parts = [(words, self.pattern.count(c)) for c, words in _KINDS.items() if c in self.pattern]
        if len(parts) == 1:
            return parts[0][0]
        parts.sort(key=lambda part: -part[1])
        first, *rest = parts
        return f"{first[0]} in {first[1]} of {n} folds, " + ", ".join(f"{w} in {k}" for w, k in rest)


@dataclass(frozen=True)
class Sensitivity:
    """A finished study. ``plain`` is what `fer_core.studies.sensitivity.run.run_sensitivity` returns."""

    plain: dict[str, Any]
    grid: Grid

    @property
    def emotions(self) -> tuple[str, ...]:
        """The classifiers."""
        return tuple(self.plain["emotions"])

    def ratio(self, emotion: str) -> float:
        """An emotion's imbalance ratio over all clips."""
        return float(self.plain["per_emotion"][emotion]["ratio"])

    def ratios(self, emotion: str) -> tuple[float, float]:
        """Its lowest and highest ratio among the training sides."""
        each = self.plain["per_emotion"][emotion]["ratios"]
        return float(min(each)), float(max(each))

    def cell(self, emotion: str, reading: Reading, place: Place, kind: int | None = None) -> Cell:
        """An emotion at a point of the grid.

        ``kind`` (`PLAIN`, `WEIGHTED`, `FOCAL`) gives every emotion that loss, whatever its ratio.
        """
        about = self.plain["per_emotion"][emotion]
        m, s, g, a = place
        pattern = about["patterns"][about["which"][m][s]] if kind is None else self._only(kind)
        rows = about["cells"][reading][about["patterns"].index(pattern)]
        row = rows[g * len(self.grid.alpha) + a] if len(rows) > 1 else rows[0]
        values = None if row is None else dict(zip(self.plain["row"], row, strict=True))
        return Cell(pattern, values)

    def plane(
        self, emotion: str, reading: Reading, axes: tuple[str, str], at: Place, kind: int | None = None
    ) -> list[list[Cell]]:
        """Cells over two axes, rows by the second, the other two numbers as in ``at``."""
        x, y = (AXES.index(name) for name in axes)

        def place(i: int, j: int) -> Place:
            moved = list(at)
            moved[x], moved[y] = i, j
            return moved[0], moved[1], moved[2], moved[3]

        across, up = self.grid.shape[x], self.grid.shape[y]
        return [[self.cell(emotion, reading, place(i, j), kind) for i in range(across)] for j in range(up)]

    def way(self, reading: Reading, way: str, objective: str = "") -> dict[str, Any]:
        """How a way to come to a point does: "plain", "own", "chosen" or "best"."""
        found = (w for w in self.plain["ways"] if (w["reading"], w["way"], w["objective"]) == (reading, way, objective))
        one: dict[str, Any] | None = next(found, None)
        if one is None:
            where = f"{reading} {objective}".strip()
            raise PathError(f"the study does not say how {way!r} does", where=where, fix="run it again")
        return one

    def span(self, emotion: str, reading: Reading, measure: str, kind: int | None = FOCAL) -> tuple[float, float]:
        """Lowest and highest value over all of the grid, or over all losses of one kind."""
        about = self.plain["per_emotion"][emotion]
        used = (
            {i for row in about["which"] for i in row} if kind is None else {about["patterns"].index(self._only(kind))}
        )
        column = self.plain["row"].index(measure)
        rows = [r for i in used for r in about["cells"][reading][i] if r is not None]
        values = [float(r[column]) for r in rows] or [float("nan")]
        return min(values), max(values)

    def all_losses(self, emotion: str, reading: Reading, measure: str) -> tuple[float, float]:
        """Lowest and highest value over plain, weighted and every focal loss in all folds."""
        spans = [self.span(emotion, reading, measure, kind) for kind in (PLAIN, WEIGHTED, FOCAL)]
        return min(s[0] for s in spans), max(s[1] for s in spans)

    def seeds(self, emotion: str, reading: Reading, measure: str) -> list[float]:
        """The value at the study's own point with every seed that was tried, the first of them first."""
        row = self.way(reading, "own")["per_emotion"][emotion]
        first = [] if row is None else [float(row[self.plain["row"].index(measure)])]
        again = self.plain.get("again", {}).get(reading, {}).get(emotion, {}).get(measure, [])
        return first + [float(v) for v in again]

    def moved_by(self, axis: str, emotion: str) -> bool:
        """Whether moving this threshold over its range can change the emotion's loss in any fold."""
        which = np.array(self.plain["per_emotion"][emotion]["which"])
        along = AXES.index(axis)
        return bool((which != which.take([0], axis=along)).any())

    def reaches_focal(self, emotion: str) -> bool:
        """Whether some pair of thresholds gives the emotion the focal loss in some fold."""
        about = self.plain["per_emotion"][emotion]
        return any("f" in about["patterns"][i] for row in about["which"] for i in row)

    def rows(self, reading: Reading) -> Iterator[dict[str, Any]]:
        """Tidy rows: every distinct pattern of losses and (gamma, alpha) of every emotion.

        ``thresholds`` counts the pairs of thresholds that lead to it; 0: only when a loss is given
        to every emotion whatever its ratio.
        """
        focal: list[tuple[float | None, float | None]]
        focal = [(g, a) for g in self.grid.gamma for a in self.grid.alpha]
        for emotion, about in self.plain["per_emotion"].items():
            flat = [i for row in about["which"] for i in row]
            for i, pattern in enumerate(about["patterns"]):
                known = {
                    "reading": reading,
                    "emotion": emotion,
                    "ratio": about["ratio"],
                    "loss_by_fold": pattern,
                    "thresholds": flat.count(i),
                }
                points = focal if "f" in pattern else [(None, None)]
                for (gamma, alpha), row in zip(points, about["cells"][reading][i], strict=True):
                    if row is not None:
                        named = zip(self.plain["row"], row, strict=True)
                        yield {**known, "gamma": gamma, "alpha": alpha, **dict(named)}

    def _only(self, kind: int) -> str:
        return letters([kind] * int(self.plain["folds"]))


def read_sensitivity(file: Path) -> Sensitivity:
    """A study's result. Raises `PathError` where it cannot be read."""
    name = file.name
    plain = json_files.read_result(file, name, SensitivityResult, what="sensitivity study", again="run it again")
    try:
        return Sensitivity(plain, Grid.from_json(plain["grid"]))
    except (FerError, ValueError, TypeError, KeyError) as error:
        raise PathError(f"the sensitivity study cannot be read ({error})", where=name, fix="run it again") from error
