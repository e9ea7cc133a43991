"""Classifying one photo, clip or folder of frames by its landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer_core.base.errors import LandmarkError, MediaError
from fer_core.datasets.base import Clip
from fer_core.datasets.folders import open_frames
from fer_core.datasets.media import read_photo
from fer_core.datasets.signatures import IMAGE_WORDS, VIDEO_WORDS, is_image_name, is_video_name
from fer_core.datasets.video import VideoReader
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.extract import read_track
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.landmarker import Landmarker, RgbImage
from fer_core.landmarks.sampling import SamplingRule, sample_track
from fer_core.landmarks.track import FloatArray, Track
from fer_core.live.decision import REST_MOTION
from fer_core.live.prediction import MAX_FACES, Prediction, outside
from fer_core.live.window_classifier import LandmarkReader
from fer_core.models.bundle import Bundle

SURE, LESS_SURE = 0.5, 0.2
"""Thresholds of the face detector for photos: MediaPipe's own, and the one corpora are read with."""


def predict_media(bundle: Bundle, source: str | Path, *, starts_neutral: bool = True) -> Prediction:
    """Classify a photo, a video file or a folder of frames.

    A clip of two frames or more is taken to begin with the neutral face, as the corpora's clips
    do; ``starts_neutral=False`` guesses it instead, as is always done for a photo.

    Raises
    ------
    MediaError
        If the file or folder cannot be read.
    LandmarkError
        If no face is found.
    """
    path = checked_media(source)
    if path.is_dir():
        clip, left = open_frames(path)
        said = _predict_clip(bundle, clip, starts_neutral)
        return replace(said, remarks=(*left, *said.remarks))
    if is_image_name(path.name):
        image, remarks = read_photo(path)
        return replace(predict_image(bundle, image, path.name), remarks=remarks)
    return _predict_clip(bundle, Clip(path.name, path.stem, None, video=path), starts_neutral)


def checked_media(source: str | Path) -> Path:
    """The path of a folder, a photo or a video. Raises `MediaError` for anything else, and for no name."""
    if not str(source).strip():
        raise MediaError("no file is named", fix="name a photo, a video or a folder of frames")
    path = Path(source)
    if path.is_dir():
        return path
    if not path.exists():
        raise MediaError("the file does not exist", where=str(path), fix="check the path")
    if not (is_video_name(path.name) or is_image_name(path.name)):
        raise MediaError(
            "the file is neither a photo nor a video that FER Lab reads",
            where=str(path),
            fix=f"use {IMAGE_WORDS}, or {VIDEO_WORDS}",
        )
    return path


def predict_image(bundle: Bundle, image: RgbImage, name: str = "the photo") -> Prediction:
    """Classify one photo, uint8 RGB (H, W, 3)."""
    faces = faces_of(image)
    if not faces:
        raise LandmarkError("no face was found", where=name, fix="use a photo with a face seen from the front")
    one = np.ones(1, dtype=np.int64)
    track = Track(faces[0][None], np.ones(1, dtype=bool), one, image.shape[1] / image.shape[0], one * len(faces))
    return predict_track(bundle, track, starts_neutral=False)


def faces_of(image: RgbImage) -> list[FloatArray]:
    """Faces of a photo, largest first: the sure ones, or if there are none, the less sure ones.

    Among several people a half-hidden face is easily found in the wrong place and size, and would
    be taken for the largest.
    """
    for confidence in (SURE, LESS_SURE):
        landmarker = open_landmarker("still", MAX_FACES, confidence)
        try:
            faces = landmarker.detect(image)
        finally:
            landmarker.close()
        if faces:
            return faces
    return []


def predict_track(bundle: Bundle, track: Track, *, starts_neutral: bool) -> Prediction:
    """Classify a clip whose landmarks are known.

    Raises
    ------
    LandmarkError
        If no frame shows a face.
    BundleError
        If the bundle's outputs are not finite numbers.
    """
    if not track.found.any():
        raise LandmarkError("no face was found in any frame", fix="use a clip with a face seen from the front")
    # As in training: where the first frame shows no face, the next may already show the expression.
    has_neutral = bool(starts_neutral and track.found[0] and track.found.sum() > 1)
    clip = one_clip(track, bundle.frames, bundle.rule, has_neutral)
    reader = LandmarkReader(bundle)
    read = reader.clip(clip)
    distribution = reader.probabilities(read.log_odds[None])[0]
    leading = bundle.emotions.index(reader.names[int(distribution[:-1].argmax())])
    shown = int(reader.frames_alone(read)[:, leading].argmax())
    return Prediction(
        log_odds=dict(zip(bundle.emotions, read.log_odds.tolist(), strict=True)),
        distribution=dict(zip(reader.names, distribution.tolist(), strict=True)),
        still=has_neutral and read.motion < REST_MOTION,
        frames=len(track.found),
        searched=len(track.found),
        found=int(track.found.sum()),
        faces=int(track.faces.max()),
        several=int((track.faces > 1).sum()),
        cut=int(outside(track.points[track.found], track.aspect).any(axis=1).sum()),
        points=clip.points[0, shown],
        frame=float(clip.frame_numbers[0, shown]),
        aspect=track.aspect,
        neutral="first frame" if has_neutral else "guessed",
    )


def one_clip(track: Track, frames: int, rule: SamplingRule, has_neutral: bool) -> LandmarkSet:
    """A landmark set of a single, unlabelled clip."""
    sample = sample_track(track, frames, rule)
    return LandmarkSet(
        points=sample.points[None],
        neutral=track.points[track.found][:1],
        has_neutral=np.array([has_neutral]),
        emotion=np.array([""]),
        subject=np.array([""]),
        clip=np.array(["clip"]),
        frame_numbers=sample.frame_numbers[None],
        status=sample.status[None],
        aspect=np.array([track.aspect], dtype=np.float32),
    )


def _predict_clip(bundle: Bundle, clip: Clip, starts_neutral: bool) -> Prediction:
    track = track_of_clip(clip)
    said = predict_track(bundle, track, starts_neutral=starts_neutral)
    return replace(said, remarks=clip_remarks(clip, track.frame_numbers.tolist()))


def clip_remarks(clip: Clip, numbers: Sequence[int]) -> tuple[str, ...]:
    """Sentences on what of a video was not read, ``numbers`` being those of the frames that were."""
    if clip.video is None or not numbers:
        return ()
    found = []
    if missing := numbers[-1] - len(numbers):
        found.append(f"{missing} of the video's {numbers[-1]} frames cannot be decoded and are passed over.")
    with VideoReader(clip.video) as reader:
        if (n := reader.footage.streams) > 1:
            found.append(f"The file holds {n} moving pictures; one is read, the one it marks or the first.")
    return tuple(found)


def track_of_clip(clip: Clip) -> Track:
    """The landmarks of every frame of one clip, found anew and kept nowhere. Raises `MediaError`."""
    landmarker: Landmarker = open_landmarker("clip", MAX_FACES)
    try:
        return read_track(clip, lambda: landmarker)
    finally:
        landmarker.close()
