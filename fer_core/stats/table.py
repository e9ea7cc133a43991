"""One tidy input for all statistics: one row per evaluation of one classifier.

It comes from the published study (reconstructed from its tables), from an experiment in the store, or from
a CSV file. Whatever its source, it is checked once, here: no analysis meets text, gaps or doubles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fer_core.base.emotions import EMOTIONS
from fer_core.base.errors import TableError
from fer_core.base.paths import assets_dir
from fer_core.base.unknown_people import whose
from fer_core.results.study import Reading, Study, replicates
from fer_core.stats.checking import checked
from fer_core.stats.columns import ALL_LEVELS, COUNTS, FACTORS, KEYS, METRICS, ORDERS, UNITS, suggest_mapping
from fer_core.stats.csv_file import read_csv

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COUNTS",
    "FACTORS",
    "KEYS",
    "METRICS",
    "ORDERS",
    "UNITS",
    "Evaluations",
    "evaluations",
    "of_study",
    "read_table",
    "reconstructed",
    "suggest_mapping",
]

Origin = Literal["reconstructed", "experiment", "table"]

RECONSTRUCTED_NOTE = (
    "Counts reconstructed from the rounded tables of Winarno et al.: 8 conditions, 6 emotions, "
    "the same 87 test clips in every condition; each emotion's row is one classifier."
)


@dataclass(frozen=True, eq=False)
class Evaluations:
    """Checked results, one row per classifier evaluation.

    Attributes
    ----------
    frame : DataFrame
        Columns architecture, tuning, loss, emotion (lower-case text), replicate, fold, person (whole
        numbers, or text where they are not numbers), the metrics that are there (in [0, 1]), then tp, fp,
        fn, tn where counts are known. Sorted by its keys (`KEYS`), numbered from 0.
    title : str
        What the page calls it.
    origin : str
        "reconstructed", "experiment" or "table".
    note : str
        One sentence: what made these numbers.
    """

    frame: pd.DataFrame
    title: str
    origin: Origin
    note: str = ""

    def __len__(self) -> int:
        """Rows."""
        return len(self.frame)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those the table has, in the order of `METRICS`."""
        return tuple(name for name in METRICS if name in self.frame)

    @property
    def has_counts(self) -> bool:
        """Whether tp, fp, fn and tn are known."""
        return set(COUNTS) <= set(self.frame.columns)

    @property
    def factors(self) -> tuple[str, ...]:
        """Those with two levels or more: what can be compared."""
        return tuple(name for name in FACTORS if len(self.levels(name)) > 1)

    @property
    def single_levels(self) -> tuple[str, ...]:
        """Factors with one level only; those that the table does not have are not among them."""
        return tuple(n for n in FACTORS if len(self.levels(n)) == 1 and self.levels(n) != (ALL_LEVELS,))

    def levels(self, factor: str) -> tuple[str, ...]:
        """Levels of a factor: those of `ORDERS` first, in its order, others by name."""
        return _ordered(self._unique[factor], ORDERS.get(factor, ()))

    @property
    def emotions(self) -> tuple[str, ...]:
        """Classifiers, in the order used everywhere, others by name."""
        return _ordered(self._unique["emotion"], EMOTIONS)

    @property
    def replicates(self) -> tuple[int | str, ...]:
        """Seeds or runs, ascending."""
        return tuple(sorted(self._unique["replicate"]))

    @property
    def folds(self) -> tuple[int | str, ...]:
        """Folds, ascending; (0,) where the table has none."""
        return tuple(sorted(self._unique["fold"]))

    @property
    def persons(self) -> tuple[int | str, ...]:
        """People, ascending; (0,) where the table does not part its rows by people."""
        return tuple(sorted(self._unique["person"]))

    def order(self, column: str) -> tuple[int | str, ...]:
        """The values of any key column, in the order in which they are shown.

        Raises `TableError` for a name that is not in `KEYS`.
        """
        if column in FACTORS:
            return self.levels(column)
        if column not in KEYS:
            raise TableError(f"{column!r} is not a key of the table", fix=f"use one of {', '.join(KEYS)}")
        units = {"emotion": self.emotions, "replicate": self.replicates, "fold": self.folds}
        return units.get(column, self.persons)

    @cached_property
    def key(self) -> str:
        """Hash of the content (not of title or note), for caches."""
        import pandas as pd

        digest = hashlib.sha256(",".join(self.frame.columns).encode())
        digest.update(pd.util.hash_pandas_object(self.frame, index=False).to_numpy().tobytes())
        return digest.hexdigest()[:16]

    def require(self, metric: str) -> str:
        """The metric, if the table has it; raises `TableError` otherwise."""
        if metric not in self.metrics:
            raise TableError(
                f"the table has no {metric}", where=self.title, fix=f"choose one of {', '.join(self.metrics)}"
            )
        return metric

    @cached_property
    def _unique(self) -> dict[str, list[Any]]:
        return {name: self.frame[name].unique().tolist() for name in KEYS}


def evaluations(frame: pd.DataFrame, title: str, origin: Origin, note: str = "") -> Evaluations:
    """A frame with our column names (`FACTORS`, `UNITS`, `METRICS`, `COUNTS`), checked and put in order.

    At least one factor, emotion, and one metric or all four counts are needed. Other columns are left out.
    A factor that is missing has the one level "all"; a missing replicate, fold or person is 0. Text is
    stripped and lower-cased. Where counts are given, every metric is computed from them (a ratio without a
    denominator is 0, as in the study), and given metrics must agree with them within 0.0015.

    Raises
    ------
    TableError
        For missing columns, empty cells, text in place of a number, values outside their range, metrics that
        contradict their counts, and two rows with the same keys. It names the row, counted as a
        spreadsheet does (the header is row 1), and the column.
    """
    return Evaluations(checked(frame), title, origin, note)


@lru_cache(maxsize=1)  # small, never changed, and asked for by every page
def reconstructed() -> Evaluations:
    """The published study: 48 evaluations whose counts follow from its tables (``assets/paper``)."""
    file = assets_dir() / "paper" / "confusion_reconstructed.csv"
    frame = read_csv(file)
    return evaluations(frame, "Published study, reconstructed", "reconstructed", RECONSTRUCTED_NOTE)


def of_study(study: Study, reading: Reading = "outputs") -> Evaluations:
    """An experiment's evaluations: one row per condition, seed and emotion, pooled over folds (fold 0).

    Raises `TableError` where nothing has been tested yet.
    """
    import pandas as pd

    rows = replicates(study, reading)
    if rows.empty:
        raise TableError("no condition of this experiment has been tested", where=study.record.name)
    keys = [*FACTORS, "seed", "emotion"]
    wide = rows.pivot(index=keys, columns="metric", values="value")
    counts = rows.drop_duplicates(keys).set_index(keys)[list(COUNTS)]
    frame = pd.concat([wide, counts], axis=1).reset_index().rename(columns={"seed": "replicate"})
    seeds = len(study.seeds)
    note = (
        f"{study.record.name}: {study.protocol}, {seeds} seed{'s' if seeds != 1 else ''}, "
        f"{study.record.corpus.get('clips', 0)} clips{whose(study.record.corpus, 'person')}."
    )
    return evaluations(frame, study.record.name, "experiment", note)


def read_table(source: Path | bytes, mapping: Mapping[str, str] | None = None, title: str = "") -> Evaluations:
    """A CSV file (or its bytes) as evaluations.

    Parameters
    ----------
    source : Path or bytes
        UTF-8; separated by comma, semicolon or tab (then with decimal commas allowed).
    mapping : mapping, optional
        Our name of a column → theirs; `suggest_mapping` of the header if not given.
    title : str
        The file's name if not given.

    Raises
    ------
    TableError
        For what is not a CSV, is too large (`fer_core.stats.csv_file`), or does not pass `evaluations`.
    """
    name = title or (source.name if isinstance(source, Path) else "Uploaded table")
    try:
        frame = read_csv(source, mapping)
        return evaluations(frame, name, "table", " ".join([_note(source, name), *frame.attrs["notes"]]))
    except TableError as error:
        if not isinstance(source, Path) or error.where.startswith(source.name):
            raise
        where = ", ".join(part for part in (source.name, error.where) if part)
        raise TableError(error.what, where=where, fix=error.fix) from error


def _note(source: Path | bytes, name: str) -> str:
    return f"Read from {source.name if isinstance(source, Path) else name}; its protocol is not known here."


def _ordered(found: Collection[str], order: Collection[str]) -> tuple[str, ...]:
    """What was found: in the given order first, the rest by name."""
    known = [name for name in order if name in found]
    return (*known, *sorted(set(found) - set(known)))
