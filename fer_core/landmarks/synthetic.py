"""Drawing the demo corpus's landmarks from its shape model; no image, no detector.

Every clip is drawn from its own stream of random numbers, named by corpus seed, subject and clip:
a clip is the same alone as among the others, and all clips of a subject share face and style.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LandmarkError
from fer_core.datasets.base import Clip, Corpus
from fer_core.landmarks.shape_model import CENTRE_RANGE, WIDTH_RANGE, ShapeModel, load_shape_model, onset_curve
from fer_core.landmarks.track import N_LANDMARKS, Track

ASPECT = 640 / 490
"""Width / height of the imagined camera, CK+'s own."""

BLEND_WEIGHT = (0.5, 1.0)
"""How far a blended clip's expression lies towards the other emotion, uniform between these."""

CLIPS_WITH_MISSES = 0.1
"""Share of the clips in which the imagined detector loses the face for a frame or two."""

SHORTEST_WITH_MISSES = 12
"""Frames a clip has at least if some of them are missed."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Person:
    """What a subject brings to all their clips: face, style of expression, place before the camera."""

    face: _Floats
    style: _Floats
    scene: _Floats


def draw_tracks(corpus: Corpus, only: Iterable[str] | None = None) -> dict[str, Track]:
    """Landmarks of every frame of the demo corpus's clips, by clip id.

    Parameters
    ----------
    corpus : Corpus
        From `fer_core.datasets.demo.open_demo`; its seed decides what is drawn.
    only : clip ids, optional
        Draw these alone; each comes out as it does among all.

    Returns
    -------
    dict of Track
        Points in image heights on an image of 640 x 490 pixels; NaN in the few missed frames.

    Raises
    ------
    LandmarkError
        If the corpus is not synthetic: its landmarks have to be extracted from its images.
    """
    if not corpus.synthetic:
        raise LandmarkError(
            "only the demo corpus is drawn from the shape model",
            where=corpus.name,
            fix="extract the landmarks from the images",
        )
    model = load_shape_model()
    wanted = None if only is None else set(only)
    clips = [c for c in corpus.clips if wanted is None or c.clip_id in wanted]
    people = {s: _draw_person(model, s, corpus.seed) for s in {c.subject for c in clips}}
    return {c.clip_id: _draw_track(model, c, people[c.subject], corpus.seed) for c in clips}


def _generator(seed: int, name: str) -> np.random.Generator:
    """A stream of its own for each name: `hash` would differ from one Python process to the next."""
    return np.random.default_rng([seed, 2, zlib.crc32(name.encode())])


def _draw_person(model: ShapeModel, subject: str, seed: int) -> _Person:
    generator = _generator(seed, subject)
    return _Person(
        face=generator.standard_normal(len(model.identity_modes)),
        style=generator.standard_normal(len(model.expression_modes)),
        scene=generator.normal(model.scene_mean, model.scene_sd),
    )


def _draw_track(model: ShapeModel, clip: Clip, person: _Person, seed: int) -> Track:
    generator = _generator(seed, clip.clip_id)
    frames = len(clip.frame_numbers)
    faces = _draw_neutral(model, person, generator) + _draw_expression(model, clip, person, generator)
    faces = faces + _draw_noise(model, frames, generator)
    points = _place(faces, person.scene, _draw_motion(model, frames, generator)).astype(np.float32)
    found = _draw_found(frames, generator)
    points[~found] = np.nan
    numbers = np.asarray(clip.frame_numbers, dtype=np.int64)
    return Track(points, found, numbers, ASPECT, found.astype(np.int64))


def _draw_neutral(model: ShapeModel, person: _Person, generator: np.random.Generator) -> _Floats:
    """(468, 2): the person's face, as this clip's camera saw it."""
    share = model.identity_share
    scores = np.sqrt(share) * person.face + np.sqrt(1 - share) * generator.standard_normal(len(share))
    return np.asarray(model.mean_face + np.tensordot(scores, model.identity_modes, axes=1), dtype=np.float64)


def _draw_expression(model: ShapeModel, clip: Clip, person: _Person, generator: np.random.Generator) -> _Floats:
    """(T, 468, 2): displacement from neutral, frame by frame.

    The emotion's mean and the clip's own style rise at different times, so that the way to the
    apex is no straight line.
    """
    emotion = model.emotions.index(str(clip.emotion))
    mean = _draw_mean(model, emotion, generator)
    share = model.style_share
    drawn = generator.standard_normal(len(model.expression_modes))
    scores = model.style[emotion] @ (np.sqrt(share) * person.style + np.sqrt(1 - share) * drawn)
    style = np.tensordot(scores, model.expression_modes, axes=1)
    rise_mean, rise_style = _draw_onsets(model, len(clip.frame_numbers), generator)
    return np.asarray(rise_mean[:, None, None] * mean + rise_style[:, None, None] * style)


def _draw_mean(model: ShapeModel, emotion: int, generator: np.random.Generator) -> _Floats:
    """(468, 2): the emotion's mean apex, sometimes blended with another's."""
    own = model.expression_means[emotion]
    bounds = np.cumsum(model.blend[emotion])
    other = int(np.searchsorted(bounds, generator.random(), side="right"))
    weight = generator.uniform(*BLEND_WEIGHT)
    if other == len(bounds):
        return np.asarray(own, dtype=np.float64)
    return np.asarray((1 - weight) * own + weight * model.expression_means[other], dtype=np.float64)


def _draw_onsets(model: ShapeModel, frames: int, generator: np.random.Generator) -> _Floats:
    """(2, T): two onset curves of the clip, from 0 in the first to 1 in the last frame."""
    centre_mean, centre_sd, width_mean, width_sd = model.onset
    centre = np.clip(generator.normal(centre_mean, centre_sd, size=(2, 1)), *CENTRE_RANGE)
    width = np.clip(np.exp(generator.normal(width_mean, width_sd, size=(2, 1))), *WIDTH_RANGE)
    return onset_curve(np.linspace(0, 1, frames), centre, width)


def _draw_noise(model: ShapeModel, frames: int, generator: np.random.Generator) -> _Floats:
    """(T, 468, 2): smooth noise that lasts (a first-order autoregression) and white noise."""
    memory = model.noise_memory
    fresh = generator.standard_normal((frames, len(model.noise_modes)))
    fresh[1:] *= np.sqrt(1 - memory**2)
    for t in range(1, frames):
        fresh[t] += memory * fresh[t - 1]
    white = model.noise_white * generator.standard_normal((frames, N_LANDMARKS, 2))
    return np.asarray(np.tensordot(fresh, model.noise_modes, axes=1) + white)


def _draw_motion(model: ShapeModel, frames: int, generator: np.random.Generator) -> _Floats:
    """(T, 4): roll, log scale, x and y of the head against the first frame: a drift, and trembling."""
    t = np.linspace(0, 1, frames)[:, None]
    drift = (3 * t**2 - 2 * t**3) * generator.normal(0, model.motion_end)
    return np.asarray(drift + generator.normal(0, model.motion_jitter, size=(frames, 4)))


def _place(faces: _Floats, scene: _Floats, motion: _Floats) -> _Floats:
    """Faces (T, 468, 2) in eye distances -> the image, in image heights."""
    roll = scene[0] + motion[:, 0]
    factor = np.exp(scene[1] + motion[:, 1] + 1j * roll)
    z = faces[..., 0] + 1j * faces[..., 1] + (motion[:, 2] + 1j * motion[:, 3])[:, None]
    placed = factor[:, None] * z + (scene[2] + 1j * scene[3])
    return np.stack([placed.real, placed.imag], axis=-1)


def _draw_found(frames: int, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """(T,): mostly all; in some clips one or two frames in the midst are missed."""
    found = np.ones(frames, dtype=bool)
    chance, start, length = generator.random(), generator.random(), int(generator.integers(1, 3))
    if chance < CLIPS_WITH_MISSES and frames >= SHORTEST_WITH_MISSES:
        first = 1 + int(start * (frames - 1 - length))
        found[first : first + length] = False
    return found
