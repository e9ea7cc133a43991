"""The shapes of results on disk: what pages may rely on. Keys beyond these are kept and not looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from annotated_types import Len, MaxLen

from fer_core.files.shapes import Amount, Count, Finite, Interval, Share, Text, Whole
from fer_core.results.metrics import BINARY
from fer_core.store.store_shapes import About, Leak, Provenance, each_once, require

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
        require(self.intervals, BINARY, "interval of")


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
        require(self.per_emotion, self.emotions, "metrics of")
        require(self.intervals, PICTURES, "interval of")
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
        require(self.intervals, HEADLINES, "interval of")
        require(dict.fromkeys(self.emotions), [c.emotion for c in self.curves], "emotion")


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
class Asked:
    """The lab's settings."""

    folds: Count
    seed: Count
    repeats: Count
    last: Count
    epochs: Count


@dataclass(frozen=True)
class LabResult:
    """What a run of the Leak Lab found."""

    corpus: About
    n: Count
    clips: Count
    subjects: Count
    protocols: Annotated[list[Protocol], Len(1, 20)]
    settings: Asked
    interval_method: Text
    notes: list[Text]
    emotions: list[Text]

    def __post_init__(self) -> None:
        honest = [p for p in self.protocols if p.inflation is None]
        if len(honest) != 1 or len(self.protocols) < 2:
            raise ValueError("not exactly one protocol is what the others are compared with")
        if any((p.inflation is None) != (p.inflation_interval is None) for p in self.protocols):
            raise ValueError("an inflation has no interval, or an interval no inflation")


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
    corpus: Text
    kind: Text = ""
    emotions: list[Text] = field(default_factory=list)
    own: Own | None = None


@dataclass(frozen=True)
class Tested:
    """A column: a corpus."""

    name: Text
    images: Count = 0
    emotions: list[Text] = field(default_factory=list)
    format: Text = ""
    family: Text = ""
    subjects_known: bool = True


@dataclass(frozen=True)
class Drop:
    """How far a value lies below the recogniser's own."""

    value: Finite
    interval: Interval


@dataclass(frozen=True)
class Matched:
    """A cell of the matrix; without a number it says why."""

    n: Count | None
    why: Text = ""
    emotions: list[Text] = field(default_factory=list)
    labels: Text | None = None
    accuracy: Share | None = None
    balanced_accuracy: Share | None = None
    macro_f1: Share | None = None
    intervals: dict[str, Interval] = field(default_factory=dict)
    per_emotion: dict[str, Classified] = field(default_factory=dict)
    confusion: list[list[Amount]] = field(default_factory=list)
    drop: dict[str, Drop] | None = None
    notes: list[Text] | None = None

    def __post_init__(self) -> None:
        if self.n and self.notes is None:
            raise ValueError("there are no notes")
        if self.drop is not None:
            require(self.drop, PICTURES, "drop of")
        if self.n:
            if self.labels is None:
                raise ValueError("nothing says which emotions it compares")
            require(self.intervals, PICTURES, "interval of")
            if missing := next((m for m in PICTURES if getattr(self, m) is None), None):
                raise ValueError(f"there is no {missing}")


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
    stopped: Text
    pictures: Count | None = None


@dataclass(frozen=True)
class Epoch:
    """A point of a learning curve."""

    seed: Count
    fold: Count
    epoch: Count
    best: bool
    train: Finite | None
    validation: Finite | None
    accuracy: Finite | None
    rate: Finite | None = None
    seconds: Finite | None = None


@dataclass(frozen=True)
class Condition:
    """What is read of an image model's condition."""

    model: Text = ""
    labels: Text = "default"
    loss: Text = "cross-entropy"
    gamma: Finite = 2.0
    lam: Finite = 1.0
    smoothing: Finite = 0.0
    mixup: Finite = 0.0
    cutmix: Finite = 0.0


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
    provenance: Provenance
    emotions: list[Text]
    seeds: list[Count]
    conditions: dict[str, Condition]
    notes: list[Text] = field(default_factory=list)
    created: Amount = 0.0
    differences: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for what, there in (("result", self.results), ("condition", self.conditions), ("curve", self.curves)):
            require(there, [row.condition for row in self.rows], f"{what} of")
