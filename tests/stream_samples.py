"""A recogniser whose answer is written in the face: for tests of what a stream makes of answers."""

from __future__ import annotations

import itertools

import numpy as np
from samples import FRAMES, THREE, similar, waves

from fer_core.landmarks import mesh
from fer_core.landmarks.features import FeatureMap, FeatureSpec
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.sampling import SamplingRule
from fer_core.landmarks.track import FloatArray
from fer_core.live.settings import LiveSettings
from fer_core.live.state import LiveState
from fer_core.live.stream import LiveStream
from fer_core.models.bundle import Bundle
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import NetworkShape, Weights

PICTURE: RgbImage = np.zeros((30, 40, 3), dtype=np.uint8)
REST = similar(mesh.template(), 0.1, 0.2, (0.6, 0.5)).astype(np.float32)
SILENT = -8.0
"""Log odds of an emotion that the face does not speak of."""
GAIN = 20.0


def _directions(emotions: int) -> np.ndarray:
    """One displacement (468, 2) per emotion, orthonormal, that alignment leaves as they are."""
    raw = np.stack([waves(500 + k, 1.0) for k in range(emotions)])
    raw[:, mesh.STABLE] = 0.0
    q, _ = np.linalg.qr(raw.reshape(emotions, -1).T)
    return q.T.reshape(emotions, -1, 2)


def answer_of(emotion: str, probability: float, emotions: tuple[str, ...] = THREE) -> tuple[float, np.ndarray]:
    """How far, and in which direction (468, 2), the face must move for this answer."""
    odds = np.log(probability / (1 - probability))
    # The network's answer is GAIN tanh(x) + SILENT, and x this displacement's size.
    return float(np.arctanh((odds - SILENT) / GAIN)), _directions(len(emotions))[emotions.index(emotion)]


def speaking_face(answers: dict[str, float], emotions: tuple[str, ...] = THREE) -> FloatArray:
    """The resting face, moved so that the obedient bundle gives these probabilities, each on its own."""
    shape = mesh.template().astype(np.float64)
    for emotion, probability in answers.items():
        size, direction = answer_of(emotion, probability, emotions)
        shape = shape + size * direction
    return similar(shape, 0.1, 0.2, (0.6, 0.5)).astype(np.float32)


def obedient_bundle(emotions: tuple[str, ...] = THREE) -> Bundle:
    """Each classifier's log odds follow the last frame's displacement along its own direction.

    A GRU without memory (update gate shut, no recurrent weights): its state is tanh of the input.
    """
    n, units = len(emotions), 1
    shape = NetworkShape("gru", F=1, Q=units, R=1, inputs=n)
    weights: Weights = {
        "dense_kernel": np.eye(n, dtype=np.float32)[:, :, None],
        "dense_bias": np.zeros((n, 1)),
        "bn_gamma": np.full((n, 1), np.sqrt(1 + 1e-3)),
        "bn_beta": np.zeros((n, 1)),
        "bn_mean": np.zeros((n, 1)),
        "bn_variance": np.ones((n, 1)),
        "kernel": np.tile(np.array([[[0.0, 0.0, 1.0]]]), (n, 1, 1)),
        "recurrent": np.zeros((n, 1, 3)),
        "bias": np.tile(np.array([[[-30.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]), (n, 1, 1)),
        "hidden_kernel": np.ones((n, 1, 1)),
        "hidden_bias": np.ones((n, 1)),
        "out_kernel": np.full((n, 1, 1), GAIN),
        "out_bias": np.full((n, 1), SILENT - GAIN),
    }
    weights = {k: np.asarray(v, dtype=np.float32) for k, v in weights.items()}
    directions = _directions(n).reshape(n, -1).T.astype(np.float32)
    none = np.zeros(len(directions), dtype=np.float32)
    features = FeatureMap(FeatureSpec(components=n, whiten=0.0), 1.0, none, directions, None)
    recogniser = Recogniser(emotions, shape, 1, features, weights, mirrored=False)
    return Bundle(
        "obedient",
        recogniser,
        FRAMES,
        SamplingRule.EQUATIONS,
        {"seed": 0},
        {"corpus": {"name": "made", "format": "made", "synthetic": True, "note": ""}, "subjects": []},
        streams=True,
    )


class Actor:
    """A landmarker that shows the faces it is told to; counts its resets."""

    name = "actor"

    def __init__(self) -> None:
        self.faces: list[FloatArray] = [REST]
        self.resets = 0

    def detect(self, image: RgbImage) -> list[FloatArray]:
        return list(self.faces)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None: ...


class Stage:
    """A stream of the obedient bundle with an actor before it; `run` lets time pass."""

    def __init__(self, settings: LiveSettings | None = None, emotions: tuple[str, ...] = THREE) -> None:
        self.actor, self.emotions = Actor(), emotions
        self.stream = LiveStream(
            obedient_bundle(emotions),
            self.actor,
            clock=itertools.count(step=0.004).__next__,
            settings=settings,
            neutral=REST,
        )
        self.now = 0.0

    def run(self, seconds: float, *faces: FloatArray, fps: float = 25.0) -> LiveState:
        """Show these faces (none: nobody) for so long; the state after the last frame."""
        self.actor.faces = list(faces)
        state = self.stream.snapshot()
        for _ in range(round(seconds * fps)):
            self.now += 1 / fps
            state = self.stream.feed(PICTURE, self.now)
        return state

    def face(self, **answers: float) -> FloatArray:
        """A face with these probabilities, each classifier's own."""
        return speaking_face(answers, self.emotions)


def elsewhere(face: FloatArray, shift: tuple[float, float]) -> FloatArray:
    """The same face at another place."""
    return (face + np.array(shift, dtype=np.float32)).astype(np.float32)
