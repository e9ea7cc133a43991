"""The shapes of a bundle's description: what is relied on when it is assembled and told about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Len, Lt

from fer_core.base.emotions import EMOTIONS
from fer_core.files.shapes import Count, Finite, Share, Text
from fer_core.landmarks.sampling import SamplingRule
from fer_core.models.weights import N_INPUTS, Architecture

MAX_MEMBERS = 100
"""Networks averaged per emotion, at most."""

Emotions = Annotated[list[Text], Len(2, 100)]
Size = Annotated[int, Ge(1), Le(512)]


@dataclass(frozen=True)
class Loss:
    """What an emotion's classifier was trained with."""

    name: Literal["bce", "weighted_bce", "focal"]
    alpha: Annotated[float, Ge(0), Le(1)] | None = None
    gamma: Annotated[float, Ge(0), Le(1e6)] | None = None
    weight: Annotated[float, Ge(0), Le(1e15)] | None = None


@dataclass(frozen=True)
class Network:
    """The size of the classifiers."""

    architecture: Architecture
    F: Size
    Q: Size
    R: Size
    inputs: Annotated[int, Ge(1), Le(N_INPUTS)]
    members: Annotated[int, Ge(1), Le(MAX_MEMBERS)]
    mirrored: bool
    losses: list[Loss]
    offsets: list[Finite]


@dataclass(frozen=True)
class Spec:
    """Which features."""

    kind: Literal["displacement", "aligned", "raw"]
    anchors: Literal["stable", "all"]
    components: Annotated[int, Ge(0), Le(N_INPUTS)]
    whiten: Share


@dataclass(frozen=True)
class Features:
    """The features as they were fitted."""

    spec: Spec
    scale: Annotated[float, Gt(0), Le(1e30)]


@dataclass(frozen=True)
class Sampling:
    """How frames are sampled."""

    frames: Annotated[int, Ge(2), Le(200)]
    rule: SamplingRule


@dataclass(frozen=True)
class Scale:
    """How log odds become probabilities on a stream."""

    scale: Annotated[float, Gt(0), Lt(1e3)]
    bias: Annotated[float, Gt(-1e3), Lt(1e3)]


@dataclass(frozen=True)
class Stream:
    """Whether it was made for streams; bundles written before there was a calibration have none."""

    trained: bool = False
    calibration: Scale | None = None


@dataclass(frozen=True)
class Corpus:
    """What it was trained on."""

    name: Text = ""
    format: Text = ""
    synthetic: bool = False


@dataclass(frozen=True)
class Training:
    """Of what a bundle says of its training the part that is read again."""

    corpus: Corpus | None = None
    subjects: list[Text] | None = None
    clips: Count = 0


@dataclass(frozen=True)
class Described:
    """A bundle for clips or cameras."""

    name: Text
    emotions: Emotions
    network: Network
    features: Features
    sampling: Sampling
    stream: Stream = field(default_factory=Stream)
    metrics: dict[str, Any] = field(default_factory=dict)
    training: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        _check_emotions(self.emotions)
        for what, values in (("losses", self.network.losses), ("offsets", self.network.offsets)):
            if values and len(values) != len(self.emotions):
                raise ValueError(f"it has {len(values)} {what} for {len(self.emotions)} emotions")


@dataclass(frozen=True)
class Input:
    """The pictures that an image model takes."""

    size: Annotated[int, Ge(1), Le(1024)]
    channels: Literal[1, 3]


@dataclass(frozen=True)
class ImageTraining:
    """The same of an image bundle, whose corpus is a name."""

    corpus: Text | None = None
    format: Text | None = None
    subjects: list[Text] | None = None
    tested: Text | None = None
    protocol: Text | None = None


@dataclass(frozen=True)
class ImageDescribed:
    """An image bundle."""

    name: Text
    model: Text
    input: Input
    emotions: Emotions
    dropout: Annotated[float, Ge(0), Lt(1)]
    mirrored: bool
    temperature: Annotated[float, Ge(0.01), Le(100)]
    metrics: dict[str, Any]
    training: ImageTraining

    def __post_init__(self) -> None:
        _check_emotions(self.emotions)


def _check_emotions(emotions: Sequence[str]) -> None:
    if len(set(emotions)) != len(emotions) or not set(emotions) <= set(EMOTIONS):
        raise ValueError("its emotions are not different known ones")
