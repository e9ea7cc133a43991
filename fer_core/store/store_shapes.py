"""The shapes of the store's entries: what an analysis may rely on after another program had the file open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Len

from fer_core.files.shapes import Amount, Count, Finite, Text, Whole
from fer_core.store.records import NETWORK, RecordState

IMAGES = "images"
"""What a design of image models calls its kind; one of landmark classifiers has none."""

Names = Annotated[list[Text], Len(1, 100_000)]


@dataclass(frozen=True)
class Search:
    """What is read of a condition's search."""

    objective: Literal["loss", "average_precision"] = "loss"


@dataclass(frozen=True)
class Base:
    """What is read of the condition that a study's conditions share."""

    emotions: Annotated[list[Text], Len(2, 100)]
    folds: Count
    protocol: Text
    test_share: Finite = 0.0
    search: Search = field(default_factory=Search)

    def __post_init__(self) -> None:
        each_once("emotion", self.emotions)


@dataclass(frozen=True)
class StudyDesign:
    """A design of landmark classifiers."""

    base: Base
    factors: Annotated[list[tuple[Text, Text, Text]], Len(1, 100)]
    seeds: Annotated[list[Count], Len(1, 1_000)]


@dataclass(frozen=True)
class ImageBase:
    """What is read of an image model's condition."""

    model: Text
    size: Count
    folds: Count
    protocol: Literal["official", "kfold", "subject-kfold"]
    labels: Text = "default"


@dataclass(frozen=True)
class PicturesDesign:
    """A design of image models."""

    conditions: Annotated[list[ImageBase], Len(1, 1_000)]
    slugs: Annotated[list[Text], Len(1, 1_000)]
    seeds: Annotated[list[Count], Len(1, 1_000)]

    def __post_init__(self) -> None:
        if len(self.slugs) != len(self.conditions):
            raise ValueError(f"{len(self.slugs)} names for {len(self.conditions)} conditions")


@dataclass(frozen=True)
class Leak:
    """A finding of the leak audit that was accepted."""

    rule: Text
    what: Text
    where: Text = ""


@dataclass(frozen=True)
class Omission:
    """Something the corpus left out."""

    where: Text
    why: Text = ""


@dataclass(frozen=True)
class Copies:
    """What the search for copies said."""

    words: Text = ""


@dataclass(frozen=True)
class About:
    """What is read of the corpus."""

    name: Text
    path: Text | None = None
    format: Text = "?"
    synthetic: bool = False
    note: Text = ""
    clips: Count = 0
    subjects: Count | None = None
    counts: dict[str, Count] = field(default_factory=dict)
    omissions: list[Omission] = field(default_factory=list)


@dataclass(frozen=True)
class AboutPictures(About):
    """Of an image experiment the columns of its probabilities too."""

    emotions: Annotated[list[Text], Len(2, 100)] = field(default_factory=list)
    tested: Text = ""

    def __post_init__(self) -> None:
        each_once("emotion", self.emotions)


@dataclass(frozen=True)
class Provenance:
    """What is read of where an experiment was made."""

    fer_core: Text = "?"
    code_key: Text = "?"
    commit: Text | None = None
    packages: dict[str, Text] = field(default_factory=dict)
    leaks: list[Leak] = field(default_factory=list)
    copies: Copies | None = None


@dataclass(frozen=True)
class _Entry:
    """What experiments of both kinds have in common."""

    id: Text
    name: Text
    created: Amount
    planned: Count
    data_key: Text
    provenance: Provenance
    splits: dict[str, list[list[Text]]]


@dataclass(frozen=True)
class Entry(_Entry):
    """An experiment of landmark classifiers."""

    design: StudyDesign
    corpus: About


@dataclass(frozen=True)
class PicturesEntry(_Entry):
    """An experiment of image models."""

    design: PicturesDesign
    corpus: AboutPictures


@dataclass(frozen=True)
class Trial:
    """One evaluation of a search."""

    condition: Text
    seed: Whole
    fold: Whole
    emotion: Text
    trial: Count
    state: RecordState
    value: Finite | None
    seconds: Finite
    settings: dict[str, Finite]
    folds: list[Finite | None]
    error: Text


@dataclass(frozen=True)
class Classifier:
    """What is read of one fitted classifier, or of an image model's network."""

    loss: Text | None = None
    ratio: Finite | None = None
    parameters: Count | None = None
    best_epoch: Whole | None = None
    loss_settings: dict[str, Finite | None] = field(default_factory=dict)
    settings: dict[str, Finite | None] = field(default_factory=dict)
    train: list[Finite | None] | None = None
    validation: list[Finite | None] | None = None
    notes: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Network(Classifier):
    """What is read of an image model's network."""

    epochs: Count = 0
    stopped: Text = ""
    train_accuracy: Finite | None = None
    accuracy: list[Finite | None] = field(default_factory=list)
    rate: list[Finite | None] = field(default_factory=list)
    seconds: list[Finite | None] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """One fit of all classifiers."""

    condition: Text
    seed: Whole
    fold: Whole
    state: RecordState
    n_train: Count
    n_test: Count
    seconds: Finite
    error: Text
    fits: dict[str, Classifier]


@dataclass(frozen=True)
class PicturesCell:
    """One fit of an image model; a failed one has no network."""

    condition: Text
    seed: Whole
    fold: Whole
    state: RecordState
    n_train: Count
    n_test: Count
    seconds: Finite
    error: Text
    fits: dict[str, Network]

    def __post_init__(self) -> None:
        if self.state == "done" and NETWORK not in self.fits:
            raise ValueError("a finished cell has no network")


def entry_of(plain: dict[str, Any]) -> type[Entry] | type[PicturesEntry]:
    """The shape that an experiment must have, by the kind its design names."""
    design = plain["design"]
    return PicturesEntry if isinstance(design, dict) and design.get("kind") == IMAGES else Entry


def cell_of(plain: dict[str, Any]) -> type[Cell] | type[PicturesCell]:
    """The shape that a cell must have: an image model's has a network and no classifiers."""
    found = plain["fits"]
    return PicturesCell if isinstance(found, dict) and NETWORK in found else Cell


def each_once(what: str, names: list[str]) -> None:
    """Raises `ValueError` where a name stands twice."""
    if twice := next((name for name, n in Counter(names).items() if n > 1), None):
        raise ValueError(f"the {what} {twice!r} stands twice")


def require(there: Mapping[str, object], wanted: Sequence[str], what: str) -> None:
    """Raises `ValueError` where a wanted name is not there."""
    if (missing := next((name for name in wanted if name not in there), None)) is not None:
        raise ValueError(f"there is no {what} {missing!r}")
