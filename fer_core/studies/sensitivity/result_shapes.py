"""The shape of a sensitivity's result on disk (`fer_core.results.result_shapes`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Len

from fer_core.files.shapes import Count, Finite, Text
from fer_core.results.result_shapes import Emotions
from fer_core.store.store_shapes import About, require

Values = list[list[list[Finite] | None]]
Again = dict[str, dict[str, dict[str, list[Finite]]]]


@dataclass(frozen=True)
class Axes:
    """The grid's values."""

    moderate: Annotated[list[Finite], Len(1, 100)]
    severe: Annotated[list[Finite], Len(1, 100)]
    gamma: Annotated[list[Finite], Len(1, 100)]
    alpha: Annotated[list[Finite], Len(1, 100)]
    boundary: Literal[">", ">="] = ">"


@dataclass(frozen=True)
class Along:
    """One emotion over the grid."""

    ratio: Finite
    ratios: Annotated[list[Finite], Len(1)]
    patterns: list[Text]
    which: list[list[Count]]
    cells: dict[str, Values]

    def __post_init__(self) -> None:
        if any(i >= len(self.patterns) for row in self.which for i in row):
            raise ValueError("it names a pattern of losses that is not there")
        if any(len(values) != len(self.patterns) for values in self.cells.values()):
            raise ValueError("it has not one list of cells for each pattern of losses")


@dataclass(frozen=True)
class Way:
    """A way to come to a point of the grid."""

    reading: Text
    way: Text
    objective: Text
    mean: dict[str, list[Finite]]
    difference: dict[str, list[Finite]] | None = None
    per_emotion: dict[str, list[Finite | None] | None] = field(default_factory=dict)
    places: list[list[Count]] = field(default_factory=list)
    equals: list[Count] = field(default_factory=list)


@dataclass(frozen=True)
class SensitivityResult:
    """A sensitivity study."""

    grid: Axes
    row: list[Text]
    emotions: Emotions
    n: Count
    subjects: Count
    folds: Count
    per_emotion: dict[str, Along]
    ways: list[Way]
    corpus: About
    command: Text
    again: Again = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(self.per_emotion, self.emotions, "table of")
        sizes = (len(self.grid.moderate), len(self.grid.severe))
        for emotion, about in self.per_emotion.items():
            if (len(about.which), *{len(r) for r in about.which}) != sizes:
                raise ValueError(f"the table of {emotion} is not {sizes[0]} x {sizes[1]}")
            rows = [row for values in about.cells.values() for cells in values for row in cells]
            self._check_rows(rows, emotion)
        for way in self.ways:
            require(way.per_emotion, self.emotions, "row of")
            self._check_rows(list(way.per_emotion.values()), way.way)

    def _check_rows(self, rows: Sequence[Sequence[float | None] | None], of: str) -> None:
        if any(row is not None and len(row) != len(self.row) for row in rows):
            raise ValueError(f"a row of {of} has not {len(self.row)} numbers")
