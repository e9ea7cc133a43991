"""An image condition: all that decides how an image model is trained and judged, frozen and hashable."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from fer_core.base import limits
from fer_core.base.emotions import EMOTIONS, in_order
from fer_core.base.errors import SettingError
from fer_core.losses.balancing import Balancing
from fer_core.study.conditions import revive

LossKind = Literal["cross-entropy", "focal", "poly-focal"]
ScheduleKind = Literal["cosine", "plateau", "constant"]
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
ProtocolName = Literal["official", "kfold", "subject-kfold"]
LabelKind = Literal["default", "own", "majority", "soft"]
AugmentationName = Literal["none", "suwartono", "tutuianu", "munsarif"]

PROTOCOL_WORDS: dict[str, str] = {
    "official": "official split",
    "kfold": "stratified k-fold of the training part, copies of a picture together",
    "subject-kfold": "subject-independent k-fold",
}


@dataclass(frozen=True)
class ImageFit:
    """How the fit of an image model runs.

    Attributes
    ----------
    epochs, batch_size, learning_rate
        At most so many epochs, of Adam (Kingma and Ba, 2015).
    schedule : "cosine", "plateau" or "constant"
        The learning rate falls to 0 on half a cosine over all epochs (Loshchilov and Hutter, 2017);
        or is multiplied by ``plateau_factor`` after ``plateau_patience`` epochs without a lower
        validation loss, down to ``least_rate``.
    patience : int
        Early stopping after so many epochs without a lower validation loss; 0 never stops early.
    validation_share : float
        Share of the training side kept for early stopping and for choosing the best epoch; 0 trains
        all epochs and keeps the last. Where the corpus has an official validation part beside its
        test part, that part is used instead.
    frozen_epochs : int
        With initial weights from elsewhere: epochs in which only the new head is trained, before
        everything is (the study's freezing, Tutuianu et al., 4.2).
    precision : numbers of the forward pass; "mixed_..." where the device has it
    minutes : float
        Longest time a fit may take; 0 for no limit. It ends after the epoch that passes it.
    weight_decay : float
        Decoupled, on kernels (Loshchilov and Hutter, 2019).
    """

    epochs: int = 40
    batch_size: int = 64
    learning_rate: float = 1e-3
    schedule: ScheduleKind = "cosine"
    plateau_patience: int = 10
    plateau_factor: float = 0.5
    least_rate: float = 1e-10
    patience: int = 8
    validation_share: float = 0.1
    frozen_epochs: int = 0
    precision: Precision = "float32"
    minutes: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        limits.EPOCHS.check(self.epochs)
        limits.BATCH_SIZE.check(self.batch_size)
        limits.LEARNING_RATE.check(self.learning_rate)
        limits.Range("least learning rate", 0, self.learning_rate, whole=False).check(self.least_rate)
        limits.VALIDATION_SHARE.check(self.validation_share)
        limits.PATIENCE.check(self.patience)
        limits.SOME_PATIENCE.check(self.plateau_patience)
        limits.FACTOR.check(self.plateau_factor)
        limits.FROZEN_EPOCHS.check(self.frozen_epochs)
        limits.MINUTES.check(self.minutes)
        limits.WEIGHT_DECAY.check(self.weight_decay)
        _among("schedule", self.schedule, get_args(ScheduleKind))
        _among("precision", self.precision, get_args(Precision))


@dataclass(frozen=True)
class ImageCondition:
    """One way to train and judge an image model; its `key` names its results.

    Attributes
    ----------
    model : str
        A name of `fer_core.models.images.registry`.
    size : int
        Side of the square input in pixels.
    initial : str
        Weights to begin with: "none", "imagenet" or the path of a file.
    balancing : how classes are weighted in the loss (`fer_core.losses.balancing`)
    labels : "default", "own", "majority" or "soft"
        Of FERPlus, the emotion most votes name or the shares of votes (`fer_core.datasets.images.catalog`).
    loss, gamma, lam, smoothing : the loss (`fer_core.losses.classes`)
    mixup, cutmix : float
        Parameter of the Beta distribution that mixing draws from; 0 for none. With both, each batch
        is mixed one way or the other.
    augmentation : which study's distortions (`fer_core.training.images.augment`)
    mirrored : bool
        Whether a picture is read as it is and in the mirror, and the two answers averaged.
    emotions : tuple
        Those to tell apart, in the canonical order; () for all that the corpus shows.
    """

    model: str = "attention-cnn"
    size: int = 48
    initial: str = "none"
    balancing: Balancing = "none"
    labels: LabelKind = "default"
    loss: LossKind = "cross-entropy"
    gamma: float = 2.0
    lam: float = 1.0
    smoothing: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    dropout: float = 0.3
    augmentation: AugmentationName = "suwartono"
    mirrored: bool = False
    protocol: ProtocolName = "official"
    folds: int = 5
    seed: int = 0
    emotions: tuple[str, ...] = ()
    fit: ImageFit = field(default_factory=ImageFit)

    def __post_init__(self) -> None:
        _among("balancing", self.balancing, get_args(Balancing))
        _among("label rule", self.labels, get_args(LabelKind))
        _among("loss", self.loss, get_args(LossKind))
        _among("augmentation", self.augmentation, get_args(AugmentationName))
        _among("protocol", self.protocol, get_args(ProtocolName))
        limits.SIZE.check(self.size)
        limits.FOLDS.check(self.folds)
        limits.SEED.check(self.seed)
        limits.GAMMA.check(self.gamma)
        limits.LAMBDA.check(self.lam)
        limits.SMOOTHING.check(self.smoothing)
        limits.MIXING.check(self.mixup)
        limits.MIXING.check(self.cutmix)
        limits.DROPOUT.check(self.dropout)
        if not 0 < len(self.model) <= 200:
            raise SettingError("the condition names no model", fix="use a name of `python -m fer_core models`")
        unknown = [e for e in self.emotions if e not in EMOTIONS]
        if unknown or len(set(self.emotions)) == 1:
            raise SettingError(
                "a recogniser needs at least two different emotions", fix="choose from " + ", ".join(EMOTIONS)
            )
        if in_order(self.emotions) != self.emotions:
            object.__setattr__(self, "emotions", in_order(self.emotions))

    @property
    def slug(self) -> str:
        """What is compared, short: model, size, balancing and initial weights."""
        initial = {"none": "scratch", "imagenet": "imagenet"}.get(self.initial, "file")
        return f"{self.model}_{self.size}_{self.balancing}_{initial}"

    @property
    def key(self) -> str:
        """Hash of all fields: equal conditions have equal keys, on any machine."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, plain: Any) -> ImageCondition:
        """The inverse of `to_json`; an unknown field or an impossible value raises `SettingError`."""
        try:
            condition: ImageCondition = revive(cls, plain)
            return condition
        except (TypeError, ValueError, AttributeError) as error:
            raise SettingError(
                f"the condition cannot be read: {error}", fix="save it again from the Models page"
            ) from error


def _among(what: str, given: str, legal: tuple[str, ...]) -> None:
    if given not in legal:
        raise SettingError(f"the {what} {given!r} is unknown", fix="use " + ", ".join(legal))
