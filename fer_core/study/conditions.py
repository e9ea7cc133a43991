"""A condition: everything that decides a training run's result, frozen, hashable, saved with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, get_args

from fer_core.base import limits
from fer_core.base.emotions import EMOTIONS, SIX
from fer_core.base.errors import SettingError
from fer_core.base.unknown_people import KFOLD, WITHOUT_PEOPLE
from fer_core.landmarks.extract import ExtractSettings, default_settings
from fer_core.landmarks.features import FeatureSpec
from fer_core.landmarks.sampling import SamplingRule
from fer_core.losses.imbalance import LossPlan, LossPolicy
from fer_core.models.weights import Architecture, NetworkShape

LossKind = Literal["standard", "advanced"]
ProtocolName = Literal["subject-kfold", "subject-holdout", "clip-kfold", "random-holdout"]
DecisionKind = Literal["posterior", "outputs"]
MirrorKind = Literal["true", "paper", "none"]
TuningKind = Literal["predefined", "bayesian"]
Objective = Literal["loss", "average_precision"]


@dataclass(frozen=True)
class FitSettings:
    """How a fit runs. The optimizer and the patience are the study's (section 3.6).

    Attributes
    ----------
    epochs : int
        At most this many.
    batch_size, learning_rate, dropout
        32, Adam 1e-3, 0.2 on the recurrent state.
    validation_share : float
        Share of the training side's subjects kept for early stopping; 0 trains all epochs on
        the whole training side, with the learning rate falling to 0 on a cosine.
    patience, plateau_patience, plateau_factor
        Early stopping after 20 epochs without improvement; learning rate halved after 10.
    weight_decay : float
        Decoupled, on kernels (Loshchilov and Hutter, 2019).
    """

    epochs: int = 40
    batch_size: int = 32
    learning_rate: float = 1e-3
    dropout: float = 0.2
    validation_share: float = 0.0
    patience: int = 20
    plateau_patience: int = 10
    plateau_factor: float = 0.5
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        limits.EPOCHS.check(self.epochs)
        limits.BATCH_SIZE.check(self.batch_size)
        limits.LEARNING_RATE.check(self.learning_rate)
        limits.DROPOUT.check(self.dropout)
        limits.VALIDATION_SHARE.check(self.validation_share)
        limits.SOME_PATIENCE.check(self.patience)
        limits.SOME_PATIENCE.check(self.plateau_patience)
        limits.FACTOR.check(self.plateau_factor)
        limits.WEIGHT_DECAY.check(self.weight_decay)


_STRONGEST = {
    "retime": 1.0,
    "blend": 1.0,
    "gain": 3.0,
    "neutral": 10.0,
    "still": 10.0,
    "stream": 10.0,
    "pose": 30.0,
    "noise": 0.1,
}
"""Each strength's largest value: shares, degrees, eye distances."""


@dataclass(frozen=True)
class Augmentation:
    """What is done to the training side, anew in every epoch; never to the test side.

    Attributes
    ----------
    mirror : "true", "paper" or "none"
        A mirrored copy of every clip: with the landmark permutation, or equation 3 as printed.
    retime : float
        Strength of timing changes, 0 to 1 (`fer_core.landmarks.augment.retimed`).
    blend : float
        Each clip is moved towards another one of its emotion by a share drawn from 0 to this
        (mixup within the class; after Zhang et al., 2018).
    gain : float
        Expression strength is multiplied by exp(U(-gain, gain / 2)).
    neutral : float
        Resting clips added as negatives for every classifier, as a share of the training clips.
    still : float
        Copies with a guessed neutral face (as single photos are seen), as a share likewise.
    stream : float
        Copies seen as a camera sees them (`fer_core.training.landmarks.expression_courses`), as a share likewise: the
        expression begun, held or fading; half as many copies in which it has gone or not yet begun,
        as negatives for every classifier.
    pose : float
        Degrees (SD) by which the head turns and nods within a copy, each way.
    noise : float
        Landmark noise (SD per coordinate and frame, in eye distances); as much again stays the same
        through a clip, as the error of its resting face does.
    """

    mirror: MirrorKind = "true"
    retime: float = 0.5
    blend: float = 0.5
    gain: float = 0.0
    neutral: float = 0.1
    still: float = 0.0
    stream: float = 0.0
    pose: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.mirror not in get_args(MirrorKind):
            raise SettingError(f"the mirroring {self.mirror!r} is unknown", fix="use true, paper or none")
        for name, most in _STRONGEST.items():
            limits.Range(f"strength {name!r} of the augmentation", 0, most, whole=False).check(getattr(self, name))


_LATER = ("stream", "pose", "noise")
"""Augmentations that came after the first studies were named by their conditions."""


@dataclass(frozen=True)
class SearchSettings:
    """Bayesian search for the sizes of each one-vs-all classifier (section 3.6).

    Attributes
    ----------
    evaluations : int
        Trials per emotion. The first is the predefined setting.
    initial : int
        How many of them, but at most half, are spread over the space before the Gaussian process
        decides.
    inner_folds : int
        Each trial is read on so many folds of the training side, subjects apart.
    batch : int
        Trials asked for at once; more than 1 keeps more workers busy and searches a little worse.
    F, Q, R : (lowest, highest)
    rates : bool
        Whether dropout (0.15 to 0.25) and learning rate (3e-4 to 3e-3) are searched too.
    objective : "loss" or "average_precision"
        What is minimised: the classifier's own loss on the inner folds, or 1 minus the average
        precision there.
    """

    evaluations: int = 50
    initial: int = 10
    inner_folds: int = 3
    batch: int = 1
    F: tuple[int, int] = (16, 64)
    Q: tuple[int, int] = (32, 128)
    R: tuple[int, int] = (32, 128)
    rates: bool = False
    objective: Objective = "loss"

    def __post_init__(self) -> None:
        limits.EVALUATIONS.check(self.evaluations)
        limits.INITIAL.check(self.initial)
        limits.INNER_FOLDS.check(self.inner_folds)
        limits.TRIALS_AT_ONCE.check(self.batch)
        if self.objective not in get_args(Objective):
            raise SettingError(
                f"the objective {self.objective!r} is unknown", fix="use " + ", ".join(get_args(Objective))
            )
        for sizes in (self.F, self.Q, self.R):
            if len(sizes) != 2 or not all(map(limits.UNITS.holds, sizes)) or sizes[0] >= sizes[1]:
                raise SettingError(
                    "the range of sizes of the search is out of range",
                    fix=f"give two numbers, ascending: {limits.UNITS.words}",
                )

    @property
    def spread(self) -> int:
        """Trials before the Gaussian process decides, 1 or more."""
        return max(1, min(self.initial, self.evaluations // 2))


@dataclass(frozen=True)
class ClassifierSettings:
    """What a search chooses for one classifier."""

    F: int = 32
    Q: int = 64
    R: int = 64
    dropout: float = 0.2
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class Condition:
    """One way to train and judge a recogniser; its `key` names its results.

    ``decision`` says what the probabilities are: "posterior" reads each classifier's output by
    the loss it was trained with (`fer_core.models.posterior`), "outputs" takes it as it is, as
    the study's equation 4 does. ``evenness`` says for which shares of the emotions the
    probabilities hold: 0 for the training corpus's, 1 for emotion and rest equally frequent
    (`fer_core.models.posterior.prior_offset`).
    """

    architecture: Architecture = "gru"
    loss: LossKind = "advanced"
    tuning: TuningKind = "predefined"
    protocol: ProtocolName = "subject-kfold"
    folds: int = 10
    test_share: float = 0.3
    seed: int = 0
    emotions: tuple[str, ...] = SIX
    F: int = 32
    Q: int = 64
    R: int = 64
    ensemble: int = 3
    decision: DecisionKind = "posterior"
    evenness: float = 0.5
    features: FeatureSpec = field(default_factory=FeatureSpec)
    extract: ExtractSettings = field(default_factory=default_settings)
    policy: LossPolicy = field(default_factory=LossPolicy)
    augmentation: Augmentation = field(default_factory=Augmentation)
    fit: FitSettings = field(default_factory=FitSettings)
    search: SearchSettings = field(default_factory=SearchSettings)

    def __post_init__(self) -> None:
        choices = {"loss": LossKind, "tuning": TuningKind, "protocol": ProtocolName, "decision": DecisionKind}
        for name, legal in choices.items():
            if getattr(self, name) not in get_args(legal):
                given = getattr(self, name)
                raise SettingError(f"the {name} {given!r} is unknown", fix="use " + ", ".join(get_args(legal)))
        limits.FOLDS.check(self.folds)
        limits.TEST_SHARE.check(self.test_share)
        limits.EVENNESS.check(self.evenness)
        limits.SEED.check(self.seed)
        limits.ENSEMBLE.check(self.ensemble)
        unknown = [e for e in self.emotions if e not in EMOTIONS]
        if unknown or len(set(self.emotions)) < 2:
            raise SettingError(
                "a recogniser needs at least two different emotions", fix="choose from " + ", ".join(EMOTIONS)
            )
        a = self.augmentation
        if self.features.kind == "raw" and (a.stream or a.pose or a.noise):
            raise SettingError(
                "raw coordinates cannot be seen as a camera sees them: they hold where the head is",
                fix="use displacement or aligned features, or set stream, pose and noise to 0",
            )
        _ = self.shape  # checks the sizes

    @property
    def parts(self) -> int:
        """Training sides: the folds, 1 for a hold-out."""
        return self.folds if self.protocol in KFOLD else 1

    def for_people(self, known: bool) -> Condition:
        """The same by clip where people are not known, folds for folds and a hold-out for a hold-out."""
        return self if known else replace(self, protocol=WITHOUT_PEOPLE.get(self.protocol, self.protocol))

    @property
    def shape(self) -> NetworkShape:
        """Size of each classifier."""
        return NetworkShape(self.architecture, self.F, self.Q, self.R, self.features.inputs)

    @property
    def slug(self) -> str:
        """The levels of the three factors, ``gru-bayesian-advanced``."""
        return f"{self.architecture}-{self.tuning}-{self.loss}"

    @property
    def loss_policy(self) -> LossPolicy | None:
        """What chooses each emotion's loss; None where every emotion gets plain BCE."""
        return self.policy if self.loss == "advanced" else None

    def loss_plan(self, counts: Mapping[str, int]) -> LossPlan:
        """Which emotions of a corpus with these labelled clips are told apart, and with which loss."""
        return LossPlan(counts, self.emotions, self.loss_policy)

    @property
    def predefined(self) -> ClassifierSettings:
        """Settings of every classifier that no search has chosen for."""
        return ClassifierSettings(self.F, self.Q, self.R, self.fit.dropout, self.fit.learning_rate)

    def shape_of(self, settings: ClassifierSettings) -> NetworkShape:
        """Size of a classifier with other settings."""
        return NetworkShape(self.architecture, settings.F, settings.Q, settings.R, self.features.inputs)

    @property
    def key(self) -> str:
        """Hash of all fields: equal conditions have equal keys, on any machine."""
        plain = self.to_json()
        for name in _LATER:  # without effect they are left out: older conditions keep their names
            if not plain["augmentation"][name]:
                del plain["augmentation"][name]
        text = json.dumps(plain, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Condition:
        """The inverse of `to_json`; an unknown field or an impossible value raises `SettingError`."""
        try:
            return revive(cls, plain)
        except (TypeError, ValueError, AttributeError) as error:
            raise SettingError(
                f"the condition cannot be read: {error}", fix="save it again from the Train page"
            ) from error


def revive(kind: Any, plain: dict[str, Any]) -> Any:
    """A frozen settings object from plain JSON, nested ones included."""
    if not isinstance(plain, dict):
        raise SettingError(f"{plain!r} is no group of settings", fix="give names with their values")
    known = {f.name: f for f in fields(kind)}
    unknown = sorted(set(plain) - set(known))
    if unknown:
        raise SettingError(f"unknown setting {unknown[0]!r}", fix="use only " + ", ".join(known))
    values: dict[str, Any] = {}
    for name, value in plain.items():
        default = getattr(kind(), name)
        _check_kind(name, value, default)
        if is_dataclass(default):
            values[name] = revive(type(default), value)
        elif isinstance(default, SamplingRule):
            values[name] = SamplingRule(value)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def _check_kind(name: str, value: Any, default: Any) -> None:
    """JSON knows no dataclass: a number must be where a number belongs, a text where a text belongs."""
    kinds = {bool: bool, int: int, float: (int, float), str: str, tuple: list}
    wanted = next((k for t, k in kinds.items() if type(default) is t), None)
    fits = wanted is None or (isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool))  # type: ignore[arg-type]
    if not fits:
        raise SettingError(f"the setting {name} cannot be {value!r}", fix=f"give a value like {json.dumps(default)}")
