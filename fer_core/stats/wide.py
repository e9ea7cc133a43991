"""Tables with a column for each emotion, or a row for each metric, brought into one row per classifier.

A column ``f1_anger`` (or ``anger/f1``, ``val/f1/anger``) holds a metric of an emotion. A pair of columns
``metric`` and ``value`` holds one number a row, as this program's own exports do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fer_core.base.emotions import find_emotion
from fer_core.base.errors import TableError
from fer_core.stats.columns import COUNTS, METRICS, bare, metric_of

if TYPE_CHECKING:
    import pandas as pd

NAME, VALUE = "metric", "value"
_EMPTY = ("", "nan", "none", "null", "na", "n/a", "-")


@dataclass(frozen=True)
class Wide:
    """How a header is read that names no emotion column.

    Attributes
    ----------
    places : {their column: (metric, emotion)}
    """

    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def taken(self, mapping: Mapping[str, str]) -> dict[str, str]:
        """Names in the frame → their columns: our names of keys, and theirs of `places`."""
        keys = {ours: theirs for ours, theirs in mapping.items() if theirs not in self.places}
        return keys | {theirs: theirs for theirs in self.places}

    def names(self, mapping: Mapping[str, str]) -> list[str]:
        """Our names of what there is once it is tidy."""
        keys = [ours for ours, theirs in mapping.items() if theirs not in self.places]
        return [*keys, "emotion", *dict.fromkeys(metric for metric, _ in self.places.values())]

    def tidy(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A row per emotion, of a frame whose columns are our names of keys and their names of `places`."""
        import pandas as pd

        keys = [c for c in frame.columns if c not in self.places]
        parts = []
        for emotion in dict.fromkeys(emotion for _, emotion in self.places.values()):
            named = {theirs: metric for theirs, (metric, of) in self.places.items() if of == emotion}
            part = frame[[*keys, *named]].rename(columns=named)
            parts.append(part.assign(emotion=emotion))
        result = pd.concat(parts).sort_index(kind="stable")
        result.attrs |= frame.attrs
        return result

    @property
    def words(self) -> str:
        """For people: that it was done, and by which names."""
        names = list(self.places)
        emotions = len({emotion for _, emotion in self.places.values()})
        return f"Of {emotions} emotions each had columns of its own ({names[0]}, ...): each became a row."


def wide_of(header: Sequence[str], mapping: Mapping[str, str]) -> Wide | None:
    """How to read a header whose emotions are columns; None where a column says the emotion, or none does.

    Raises `TableError` where emotions are columns and nothing says which metric they hold.
    """
    if "emotion" in mapping:
        return None
    places: dict[str, tuple[str, str]] = {}
    taken: dict[tuple[str, str], str] = {}
    plain = []
    for column in header:
        name, _ = bare(column)
        if find_emotion(name):
            plain.append(column)
        elif (what := _metric_and_emotion(name)) is not None:
            if what in taken:
                raise TableError(
                    f"two columns hold {what[0]} of {what[1]}: {taken[what]} and {column}",
                    where="row 1",
                    fix="leave one of them out",
                )
            places[column], taken[what] = what, column
    if places:
        return Wide(places)
    if len(plain) > 1:
        first, second = plain[:2]
        raise TableError(
            f"each emotion has a column of its own ({first}, {second}, ...), and none says of which metric",
            where="row 1",
            fix=f"name them f1_{first}, f1_{second} and so on",
        )
    return None


def _metric_and_emotion(name: str) -> tuple[str, str] | None:
    words = name.split("_")
    for k in range(1, len(words)):
        one, other = "_".join(words[:k]), "_".join(words[k:])
        for metric, emotion in ((one, other), (other, one)):
            if (known := metric_of(metric)) and (shown := find_emotion(emotion)):
                return known, shown
    return None


# --- one number a row -----------------------------------------------------------------------------


def named_values(header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """{"metric": theirs, "value": theirs} where a table holds one number a row; else {}."""
    if set(mapping) & {*METRICS, *COUNTS}:
        return {}
    spelled = {bare(column)[0]: column for column in header}
    spelled |= {column.strip().lower(): column for column in header}
    name = next((spelled[s] for s in (NAME, "metric_name", "measure") if s in spelled), None)
    value = next((spelled[s] for s in (VALUE, "metric_value", "score") if s in spelled), None)
    return {NAME: name, VALUE: value} if name and value else {}


def gathered(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per evaluation of a frame with a number a row, its metrics as columns; others are left out.

    Raises `TableError` where none is a metric, or one is there twice.
    """
    import pandas as pd

    keys = [c for c in frame.columns if c not in (NAME, VALUE)]
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    numbers: dict[tuple[str, ...], int] = {}
    unknown: dict[str, int] = {}
    for number, (name, value, *cells) in zip(
        frame.index, frame[[NAME, VALUE, *keys]].itertuples(index=False, name=None), strict=True
    ):
        metric = metric_of(bare(str(name))[0])
        if metric is None:
            unknown[str(name)] = unknown.get(str(name), 0) + 1
            continue
        key = tuple(cells)
        row = rows.setdefault(key, {})
        numbers.setdefault(key, int(number))
        if metric in row:
            raise TableError(
                f"two rows give {metric} of the same evaluation",
                where=f"rows {numbers[key]} and {number}",
                fix="tell them apart by a column replicate, fold or person",
            )
        row[metric] = value
    if not rows:
        raise TableError(
            "no row holds a metric that is known",
            where=f"column {NAME}",
            fix="call them accuracy, f1, precision, recall or specificity",
        )
    plain = [dict(zip(keys, key, strict=True)) | row for key, row in rows.items()]
    index = pd.Index(list(numbers.values()), name=frame.index.name, dtype="int64")
    result = pd.DataFrame(plain, index=index, dtype=object).fillna("")
    result.attrs |= frame.attrs
    left = [f"{n} rows of {name[:40]!r}" for name, n in unknown.items()]
    result.attrs["notes"] = [f"Left out, for no analysis takes them: {', '.join(left[:5])}."] if left else []
    return result


def tidied(frame: pd.DataFrame, wide: Wide | None, *, one: bool, notes: Sequence[str]) -> pd.DataFrame:
    """The frame with a row per evaluation, and notes on what was done (``attrs["notes"]``)."""
    said = list(notes)
    if wide is not None:
        frame = wide.tidy(frame)
        said.append(wide.words)
    elif one:
        frame = gathered(frame)
        said += frame.attrs["notes"]
    frame, left = without_failed(frame)
    frame.attrs["notes"] = [*said, *left]
    return frame


# --- what has no metric ---------------------------------------------------------------------------


def without_failed(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The frame without rows that hold no metric at all, as of runs that failed, and a note that names them.

    Raises `TableError` where no row is left.
    """
    blank = frame.apply(lambda column: column.str.strip().str.lower().isin(_EMPTY))
    measured = [c for c in frame.columns if c in METRICS or c in COUNTS]
    empty = blank[measured].all(axis=1) & ~blank.drop(columns=measured).any(axis=1)
    if not empty.any():
        return frame, []
    if empty.all():
        raise TableError("no row holds a metric", where=f"column {measured[0]}", fix="fill them")
    rows = sorted({int(n) for n in frame.index[empty]})
    named = ", ".join(map(str, rows[:10])) + (", ..." if len(rows) > 10 else "")
    left = frame[~empty]
    left.attrs |= frame.attrs
    what = "Row" if len(rows) == 1 else f"{len(rows)} rows,"
    return left, [f"{what} {named} without a metric (of a run that failed, perhaps) left out."]
