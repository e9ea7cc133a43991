"""From a corpus to its landmark set: parallel detection, cached, stoppable, nothing dropped in silence."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from fer_core.base.errors import Cancelled, FerError, LandmarkError, SettingError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.media import iter_frames
from fer_core.landmarks.cache import TrackCache, clip_key
from fer_core.landmarks.detector import TASK_FILE_VARIABLE, open_landmarker
from fer_core.landmarks.landmark_set import LandmarkSet, Rejection
from fer_core.landmarks.landmarker import Landmarker
from fer_core.landmarks.sampling import Sample, SamplingRule, sample_track
from fer_core.landmarks.synthetic import draw_tracks
from fer_core.landmarks.track import N_LANDMARKS, Track

MAX_GAP = 5
"""Frames further apart than this (in frame numbers) are searched afresh instead of followed."""


@dataclass(frozen=True)
class DetectSettings:
    """What the landmarks of a frame depend on; part of the cache key.

    ``detector`` names the adapter (and the task file, if one is used); ``min_confidence`` is the
    face detector's threshold, 0 to 1.
    """

    detector: str = "mediapipe-facemesh"
    min_confidence: float = 0.2
    max_faces: int = 4


@dataclass(frozen=True)
class ExtractSettings:
    """How a corpus becomes a landmark set.

    Attributes
    ----------
    frames : int
        P, samples per clip.
    rule : SamplingRule
    min_found : float
        Share of a clip's frames that must show a face; clips below it are rejected.
    """

    frames: int = 10
    rule: SamplingRule = SamplingRule.EQUATIONS
    min_found: float = 0.6
    detect: DetectSettings = DetectSettings()

    def __post_init__(self) -> None:
        if not 2 <= self.frames <= 200:
            raise SettingError(f"{self.frames} sampled frames per clip are out of range", fix="use 2 to 200")
        if not 0.0 <= self.min_found <= 1.0:
            raise SettingError(f"the share of found frames {self.min_found:g} is out of range", fix="use 0 to 1")


def default_settings() -> ExtractSettings:
    """The defaults, with the Tasks API detector where ``FER_FACE_LANDMARKER`` names a model."""
    named = os.environ.get(TASK_FILE_VARIABLE)
    return ExtractSettings(detect=DetectSettings(detector=f"mediapipe-tasks:{named}")) if named else ExtractSettings()


def extract(
    corpus: Corpus, settings: ExtractSettings | None = None, *, progress: Progress = silent, workers: int | None = None
) -> LandmarkSet:
    """Landmarks of every labelled clip of a corpus.

    Raises
    ------
    Cancelled
        If ``progress`` raises it; what was extracted so far stays in the cache.
    LandmarkError
        If no clip gives usable landmarks.
    """
    settings = settings or default_settings()
    tracks, failures = extract_tracks(corpus, corpus.clips, settings.detect, progress=progress, workers=workers)
    return build_set(corpus, corpus.clips, tracks, failures, settings)


def cached_set(corpus: Corpus, settings: ExtractSettings | None = None) -> LandmarkSet | None:
    """The corpus's landmark set if every clip is in the cache (or it is synthetic), else None."""
    settings = settings or default_settings()
    if corpus.synthetic:
        return extract(corpus, settings)
    cache = TrackCache()
    keys, failures = _keys(corpus.clips, settings.detect)
    tracks: dict[str, Track] = {}
    for clip_id, key in keys.items():
        if (track := cache.load(key)) is not None:
            tracks[clip_id] = track
        elif (why := cache.load_failure(key)) is not None:
            failures[clip_id] = why
        else:
            return None
    return build_set(corpus, corpus.clips, tracks, failures, settings)


def track_of(corpus: Corpus, clip: Clip, settings: ExtractSettings | None = None) -> Track:
    """The track of one clip, from the cache, the detector or the shape model."""
    settings = settings or default_settings()
    tracks, failures = extract_tracks(corpus, (clip,), settings.detect, workers=1)
    if clip.clip_id in failures:
        raise LandmarkError(failures[clip.clip_id], where=clip.clip_id, fix="choose another clip")
    return tracks[clip.clip_id]


def extract_tracks(
    corpus: Corpus,
    clips: Iterable[Clip],
    settings: DetectSettings,
    *,
    progress: Progress = silent,
    workers: int | None = None,
) -> tuple[dict[str, Track], dict[str, str]]:
    """Tracks by clip id, and for clips that could not be read the reason.

    Such clips are tried again at the next call; `cached_set` goes by the reason noted last.
    """
    clips = tuple(clips)
    if corpus.synthetic:
        return draw_tracks(corpus, [c.clip_id for c in clips]), {}
    cache = TrackCache()
    keys, failures = _keys(clips, settings)
    tracks = {clip_id: t for clip_id, key in keys.items() if (t := cache.load(key)) is not None}
    missing = [c for c in clips if c.clip_id not in tracks and c.clip_id not in failures]
    told = partial(_tell, progress, len(clips))
    told(len(tracks) + len(failures))
    for clip, result in _detected(missing, settings, workers):
        if isinstance(result, Track):
            tracks[clip.clip_id] = result
            cache.store(keys[clip.clip_id], result)
        else:
            failures[clip.clip_id] = result
            cache.store_failure(keys[clip.clip_id], result)
        told(len(tracks) + len(failures))
    return tracks, failures


def _tell(progress: Progress, clips: int, done: int) -> None:
    progress(done, clips, f"Finding landmarks, {done} of {clips} clips")


def _keys(clips: Iterable[Clip], settings: DetectSettings) -> tuple[dict[str, str], dict[str, str]]:
    """Cache key by clip id, and for clips whose files cannot be read the reason."""
    keys, failures = {}, {}
    for clip in clips:
        try:
            keys[clip.clip_id] = clip_key(clip, settings)
        except FerError as error:
            failures[clip.clip_id] = str(error)
    return keys, failures


def build_set(
    corpus: Corpus, clips: Iterable[Clip], tracks: dict[str, Track], failures: dict[str, str], settings: ExtractSettings
) -> LandmarkSet:
    """Sample the tracks into a landmark set; unusable clips become rejections."""
    kept: list[tuple[Clip, Track, Sample]] = []
    rejected: list[Rejection] = []
    for clip in clips:
        why = failures.get(clip.clip_id) or _unusable(tracks[clip.clip_id], settings.min_found)
        if why:
            rejected.append(Rejection(clip.clip_id, clip.emotion or "", why))
        elif clip.starts_neutral and len(tracks[clip.clip_id].found) == 1:
            rejected.append(Rejection(clip.clip_id, clip.emotion or "", "only its neutral frame is left"))
        else:
            track = tracks[clip.clip_id]
            kept.append((clip, track, sample_track(track, settings.frames, settings.rule)))
    if not kept:
        raise LandmarkError(
            "no clip gave usable landmarks",
            where=corpus.name,
            fix=f"look at the reasons, the first is: {rejected[0].why}" if rejected else "choose a corpus with clips",
        )
    return LandmarkSet(
        points=np.stack([s.points for _, _, s in kept]),
        neutral=np.stack([t.points[t.found][0] for _, t, _ in kept]),
        has_neutral=np.array([_shows_neutral(c, t) for c, t, _ in kept]),
        emotion=np.array([c.emotion or "" for c, _, _ in kept]),
        subject=np.array([c.subject for c, _, _ in kept]),
        clip=np.array([c.clip_id for c, _, _ in kept]),
        frame_numbers=np.stack([s.frame_numbers for _, _, s in kept]),
        status=np.stack([s.status for _, _, s in kept]),
        aspect=np.array([t.aspect for _, t, _ in kept], dtype=np.float32),
        corpus=corpus.name,
        synthetic=corpus.synthetic,
        rejected=tuple(rejected),
        subjects_known=all(c.subject_known for c, _, _ in kept),
    )


def read_track(clip: Clip, landmarker_for: Callable[[], Landmarker]) -> Track:
    """Find the landmarks in every frame of a clip. Raises `MediaError` where a file is unreadable."""
    landmarker = landmarker_for()
    landmarker.reset()
    numbers: list[int] = []
    points, faces, aspect, last = [], [], 0.0, 0.0
    damaged: list[FerError] = []
    for number, image in iter_frames(clip, on_error=lambda _, error: damaged.append(error)):
        if numbers and (number - numbers[-1] > MAX_GAP or image.shape[1] / image.shape[0] != last):
            landmarker.reset()
        last = image.shape[1] / image.shape[0]
        aspect = aspect if numbers else last
        found = landmarker.detect(image)
        numbers.append(number)
        faces.append(len(found))
        points.append(found[0] if found else np.full((N_LANDMARKS, 2), np.nan, dtype=np.float32))
    if not numbers:
        why = damaged[0].what if damaged else "it has no frames"
        raise LandmarkError(f"the clip has no readable frame: {why}", where=clip.clip_id, fix="replace its files")
    seen = np.array(faces)
    return Track(np.stack(points), seen > 0, np.array(numbers, dtype=np.int64), aspect, seen)


def _unusable(track: Track, min_found: float) -> str:
    """Why a track cannot be used, or an empty string."""
    if not track.found.any():
        return "no face was found in any frame"
    if track.share_found < min_found:
        n, total = int(track.found.sum()), len(track.found)
        return f"a face was found in {n} of {total} frames, below the required share of {min_found:.0%}"
    return ""


def _shows_neutral(clip: Clip, track: Track) -> bool:
    """Whether the first observed frame is the clip's neutral onset and not all there is."""
    return bool(clip.starts_neutral and track.found[0] and len(track.found) > 1)


def _detected(clips: list[Clip], settings: DetectSettings, workers: int | None) -> Iterator[tuple[Clip, Track | str]]:
    """Each clip with its track or the reason why there is none, in the order they are ready."""
    if not clips:
        return
    workers = workers or max(1, min(os.cpu_count() or 1, len(clips) // 8))
    if workers == 1:
        landmarker = _open(settings)  # not shared: pages of several users may be here at once
        try:
            yield from ((clip, _detect_clip(clip, landmarker)) for clip in clips)
        finally:
            landmarker.close()
        return
    spawn = multiprocessing.get_context("spawn")  # a forked MediaPipe or TensorFlow hangs
    pool = ProcessPoolExecutor(workers, mp_context=spawn, initializer=_start_worker, initargs=(settings,))
    try:
        # Longest first: a long clip begun last would keep the other processes waiting.
        order = sorted(clips, key=_size, reverse=True)
        pending: dict[Future[Track | str], Clip] = {pool.submit(_detect_in_worker, c): c for c in order}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield pending.pop(future), future.result()
    except BrokenProcessPool as error:
        raise LandmarkError(
            "a process that finds landmarks ended without a word",
            fix="start again, what was found is kept; use one worker if memory is short",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _size(clip: Clip) -> int:
    """How much there is to read in a clip, in bytes; 0 for one that cannot be read."""
    files = clip.frames or ((clip.video,) if clip.video else ())
    try:
        return sum(file.stat().st_size for file in files)
    except OSError:
        return 0


def _open(settings: DetectSettings) -> Landmarker:
    """The detector the settings name. The environment has no say: the cache is keyed by the settings."""
    task = settings.detector.partition(":")[2]
    return open_landmarker(
        "clip", settings.max_faces, settings.min_confidence, Path(task) if task else None, from_environment=False
    )


_WORKER: dict[str, Landmarker] = {}


def _start_worker(settings: DetectSettings) -> None:
    """Open this process's landmarker; one each, because a landmarker remembers its last frame."""
    _WORKER["landmarker"] = _open(settings)


def _detect_in_worker(clip: Clip) -> Track | str:
    return _detect_clip(clip, _WORKER["landmarker"])


def _detect_clip(clip: Clip, landmarker: Landmarker) -> Track | str:
    """The clip's track or why there is none; one clip's trouble never ends the others' extraction."""
    try:
        return read_track(clip, lambda: landmarker)
    except Cancelled:
        raise
    except FerError as error:
        return str(error)
    except Exception as error:  # OpenCV and MediaPipe raise kinds of their own on odd files
        return f"the clip could not be read ({type(error).__name__}: {error})."
