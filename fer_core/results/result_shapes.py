"""The shapes of results on disk: what pages may rely on. Keys beyond these are kept and not looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Len, MaxLen

from fer_core.results.metrics import BINARY
from fer_core.results.store_shapes import About, Leak, each_once
from fer_core.shapes import Amount, Count, Finite, Interval, Share, Text, Whole

Emotions = Annotated[list[Text], Len(2, 100)]
HEADLINES = ("accuracy", "balanced_accuracy", "macro_f1", "mean_binary_accuracy")
PICTURES = HEADLINES[:3]


@dataclass(frozen=True)
class Classified:
    """One classifier's own metrics."""

    tp: Amount
    fp: Amount
    fn: Amount
    tn: Amount
    accuracy: Share
    f1: Share
    precision: Share
    recall: Share
    specificity: Share
    intervals: dict[str, Interval]

    def __post_init__(self) -> None:
        _require(self.intervals, BINARY, "interval of")


@dataclass(frozen=True)
class Metrics:
    """What `fer_core.results.metrics.evaluate` says."""

    n: Count
    emotions: Emotions
    per_emotion: dict[str, Classified]
    confusion: list[list[Amount]]
    intervals: dict[str, Interval]
    accuracy: Share
    balanced_accuracy: Share
    macro_f1: Share
    subjects: Count | None

    def __post_init__(self) -> None:
        each_once("emotion", self.emotions)
        _require(self.per_emotion, self.emotions, "metrics of")
        _require(self.intervals, PICTURES, "interval of")
        if {len(self.confusion), *map(len, self.confusion)} != {len(self.emotions)}:
            raise ValueError(f"the confusion matrix is not {len(self.emotions)} x {len(self.emotions)}")


@dataclass(frozen=True)
class Curve:
    """The losses of one classifier by epoch."""

    fold: Whole
    emotion: Text
    train: list[Finite]
    val: list[Finite]


@dataclass(frozen=True)
class Rejected:
    """A clip that was left out."""

    clip: Text
    why: Text


@dataclass(frozen=True)
class Result(Metrics):
    """What a training run, or the metrics of a shipped bundle, say."""

    mean_binary_accuracy: Share
    protocol: Text
    corpus: About
    folds: Count | None = None
    seed: Count = 0
    interval_method: Text = ""
    leaks: list[Leak] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    imbalance: dict[str, dict[str, Any]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self.intervals, HEADLINES, "interval of")


# --- leak lab -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding(Leak):
    """A leak that the audit found."""

    fix: Text = ""
    count: Count = 0
    examples: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Protocol:
    """One of the lab's protocols."""

    name: Text
    title: Text
    words: Text
    accuracy: Share
    interval: Interval
    inflation: Finite | None
    inflation_interval: Interval | None
    n: Count
    training_rows: Amount
    findings: list[Finding]


@dataclass(frozen=True)
class LabResult:
    """What a run of the Leak Lab found."""

    corpus: About
    n: Count
    clips: Count
    subjects: Count
    protocols: Annotated[list[Protocol], Len(1, 20)]
    settings: dict[str, Finite]
    interval_method: Text
    notes: list[Text] = field(default_factory=list)
    emotions: list[Text] = field(default_factory=list)


# --- across corpora -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Own:
    """A recogniser's own result."""

    n: Count | None = None
    accuracy: Share | None = None
    balanced_accuracy: Share | None = None
    macro_f1: Share | None = None


@dataclass(frozen=True)
class Trained:
    """A row: a recogniser."""

    name: Text
    kind: Text
    corpus: Text
    emotions: list[Text]
    own: Own | None = None


@dataclass(frozen=True)
class Tested:
    """A column: a corpus."""

    name: Text
    images: Count
    emotions: list[Text]
    format: Text = ""
    family: Text = ""
    subjects_known: bool = True


@dataclass(frozen=True)
class Drop:
    """How far a value lies below the recogniser's own."""

    value: Finite
    interval: Interval | None = None


@dataclass(frozen=True)
class Matched:
    """A cell of the matrix; without a number it says why."""

    why: Text = ""
    n: Count | None = None
    emotions: list[Text] = field(default_factory=list)
    labels: Text | None = None
    accuracy: Share | None = None
    balanced_accuracy: Share | None = None
    macro_f1: Share | None = None
    intervals: dict[str, Interval] = field(default_factory=dict)
    per_emotion: dict[str, Classified] = field(default_factory=dict)
    confusion: list[list[Amount]] = field(default_factory=list)
    drop: dict[str, Drop] | None = None
    notes: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Matrix:
    """Recognisers judged on corpora."""

    format: Text
    rows: Annotated[list[Trained], Len(1, 1_000)]
    columns: Annotated[list[Tested], Len(1, 1_000)]
    cells: list[list[Matched]]
    method: Text
    strict: bool

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.rows) or {len(r) for r in self.cells} != {len(self.columns)}:
            raise ValueError(f"its cells are not {len(self.rows)} rows of {len(self.columns)}")


# --- image benchmarks -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """A row of a benchmark."""

    condition: Text
    model: Text
    size: Count
    balancing: Text
    initial: Text
    loss: Text
    protocol: Text
    corpus: Text
    n: Count
    accuracy: Share
    accuracy_low: Finite
    accuracy_high: Finite
    balanced_accuracy: Share
    balanced_accuracy_low: Finite
    balanced_accuracy_high: Finite
    macro_f1: Share
    macro_f1_low: Finite
    macro_f1_high: Finite
    ece: Finite | None
    parameters: Count
    epochs: Amount
    minutes: Amount
    seeds: Count
    folds: Count
    warnings: list[Text]


@dataclass(frozen=True)
class Epoch:
    """A point of a learning curve."""

    seed: Count
    fold: Count
    epoch: Count
    train: Finite | None
    validation: Finite | None


@dataclass(frozen=True)
class BenchmarkResult:
    """A summary of an image experiment."""

    format: Text
    name: Text
    corpus: About
    protocol: Text
    rows: Annotated[list[Judged], MaxLen(10_000)]
    results: dict[str, Metrics]
    curves: dict[str, list[Epoch]]
    provenance: dict[str, Any]
    notes: list[Text] = field(default_factory=list)

    def __post_init__(self) -> None:
        _require(self.results, [row.condition for row in self.rows], "result of")


# --- sensitivity ----------------------------------------------------------------------------------

Values = list[list[list[Finite | None] | None]]


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

    def __post_init__(self) -> None:
        _require(self.per_emotion, self.emotions, "table of")
        sizes = (len(self.grid.moderate), len(self.grid.severe))
        for emotion, about in self.per_emotion.items():
            if (len(about.which), *{len(r) for r in about.which}) != sizes:
                raise ValueError(f"the table of {emotion} is not {sizes[0]} x {sizes[1]}")


def _require(there: Mapping[str, object], wanted: Sequence[str], what: str) -> None:
    if missing := next((name for name in wanted if name not in there), None):
        raise ValueError(f"there is no {what} {missing!r}")
