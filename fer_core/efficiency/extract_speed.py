"""What our extraction adds to MediaPipe's own ``FaceMesh.process``, and what a second process is worth."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import accumulate, cycle, takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.media import iter_frames, iter_video
from fer_core.landmarks.extract import DetectSettings, extract_tracks, read_track
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.mediapipe_mesh import FaceMeshLandmarker, open_face_mesh
from fer_core.studies.efficiency.side_by_side import cores, load_before, ratio

MOST_FRAMES = 150
"""Frames held decoded for the comparison: 140 MB at 640 x 480."""
PARALLEL_FRAMES = 600
"""One process and several are measured on at least so many: clips are repeated until there are."""

Seconds = dict[str, list[float]]


def compare(corpus: Corpus, *, turns: int = 3, workers: int = 2, progress: Progress = silent) -> dict[str, Any]:
    """Extraction of a corpus against bare FaceMesh, and with several processes against one.

    Returns
    -------
    Plain data. Milliseconds per frame and, as medians of the turns with ``[lowest, highest]`` beside them:

    - ``ratio``: our detector on decoded frames (a new start for each clip, landmarks as an array in image
      heights, faces by size) over ``FaceMesh.process`` on the same arrays, its answer not looked at;
    - ``ratio_files``: our reading of clips from their files over the plain loop of OpenCV's reading and
      ``FaceMesh.process``;
    - ``ratio_one_face``: as ``ratio``, over a FaceMesh that looks for one face only: what it costs that
      extraction counts up to four faces in each frame;
    - ``speedup``: one process's seconds over several's, for a whole extraction with hashing and caching,
      less what each needs to start (measured apart on one frame per process); ``speedup_whole`` with it.

    Raises
    ------
    SettingError
        For turns or workers out of range, or a corpus without frames.
    """
    if turns < 1 or workers < 2:
        raise SettingError("turns are 1 or more and processes 2 or more", fix="choose a sensible value")
    some = _first(corpus, MOST_FRAMES)
    if not some:
        raise SettingError("the corpus has no pictures to measure on", where=corpus.name, fix="name a folder of clips")
    load = load_before()
    seconds, processor, frames = _side_by_side(some, turns, progress)
    each = {way: 1e3 * np.array(values) / frames for way, values in seconds.items()}
    busy = {way: 1e3 * np.array(values) / frames for way, values in processor.items()}
    return {
        "corpus": corpus.name,
        "clips": len(some),
        "frames": frames,
        "turns": turns,
        "cores": cores(),
        "load_before": load,
        "ms_per_frame": {way: float(np.median(values)) for way, values in each.items()},
        "processor_ms_per_frame": {way: float(np.median(values)) for way, values in busy.items()},
        **ratio("ratio", each["detect"], each["process"]),
        **ratio("ratio_processor", busy["detect"], busy["process"]),
        **ratio("ratio_files_processor", busy["files"], busy["plain_files"]),
        **ratio("ratio_files", each["files"], each["plain_files"]),
        **ratio("ratio_one_face", each["detect"], each["process_one_face"]),
        **_parallel(corpus, turns, workers, progress),
    }


# One process, way by way ------------------------------------------------------------------------------


def _side_by_side(clips: list[Clip], turns: int, progress: Progress) -> tuple[Seconds, Seconds, int]:
    """Seconds and processor seconds of each way in each turn, and frames per turn.

    The ways change after every clip.
    """
    settings = DetectSettings()
    decoded = [[image for _, image in iter_frames(clip)] for clip in clips]
    with ExitStack() as opened:

        def mesh(faces: int) -> Any:
            made = open_face_mesh("clip", faces, settings.min_confidence)
            opened.callback(made.close)
            return made

        def landmarker() -> FaceMeshLandmarker:
            made = FaceMeshLandmarker("clip", settings.max_faces, settings.min_confidence)
            opened.callback(made.close)
            return made

        plain, one, plain_files = mesh(settings.max_faces), mesh(1), mesh(settings.max_faces)
        ours, ours_files = landmarker(), landmarker()
        ways: dict[str, Callable[[Clip, list[RgbImage]], object]] = {
            "process": lambda _, images: [plain.process(i) for i in images],
            "process_one_face": lambda _, images: [one.process(i) for i in images],
            "detect": lambda _, images: _detect(ours, images),
            "plain_files": lambda clip, _: [plain_files.process(i) for i in _plainly_read(clip)],
            "files": lambda clip, _: read_track(clip, lambda: ours_files),
        }
        taken: Seconds = {name: [] for name in ways}
        processor: Seconds = {name: [] for name in ways}
        for turn in range(turns + 1):  # the first one warms up
            progress(turn, turns + 1, "measuring one process")
            sums, busy = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0.0)
            for n, (clip, images) in enumerate(zip(clips, decoded, strict=True)):
                for name in ways if (turn + n) % 2 == 0 else reversed(ways):
                    begun, begun_busy = time.perf_counter(), time.process_time()
                    ways[name](clip, images)
                    sums[name] += time.perf_counter() - begun
                    busy[name] += time.process_time() - begun_busy
            for name in ways if turn else ():
                taken[name].append(sums[name])
                processor[name].append(busy[name])
    return taken, processor, sum(map(len, decoded))


def _detect(landmarker: FaceMeshLandmarker, images: list[RgbImage]) -> None:
    """A clip's decoded frames, as `read_track` goes through them."""
    landmarker.reset()
    for image in images:
        landmarker.detect(image)


def _plainly_read(clip: Clip) -> Iterator[RgbImage]:
    """Frames as anybody would read them, without a look at what they are."""
    import cv2

    if clip.video is not None:
        yield from (image for _, _, image in iter_video(clip.video))
    for file in clip.frames:
        yield np.asarray(cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _first(corpus: Corpus, frames: int) -> list[Clip]:
    """The first clips with no more frames in all; at least one clip."""
    clips = [c for c in corpus.clips if c.frames or c.video]
    sums = accumulate(_frames(c) for c in clips)
    return [c for c, _ in zip(clips, takewhile(lambda n: n <= frames, sums), strict=False)] or clips[:1]


def _frames(clip: Clip) -> int:
    return sum(1 for _ in iter_video(clip.video)) if clip.video is not None else len(clip.frames)


# Several processes ------------------------------------------------------------------------------------


def _parallel(corpus: Corpus, turns: int, workers: int, progress: Progress) -> dict[str, Any]:
    clips, frames = _repeated(corpus)
    alone = [replace(c, frames=c.frames[:1], frame_numbers=c.frame_numbers[:1]) for c in clips[:workers]]
    whole: dict[int, list[float]] = {1: [], workers: []}
    start: dict[int, list[float]] = {1: [], workers: []}
    for turn in range(turns):
        for n in whole if turn % 2 == 0 else reversed(whole):
            progress(turn, turns, f"measuring {n} processes")
            start[n].append(_seconds(corpus, alone[:n], n))
            whole[n].append(_seconds(corpus, clips, n))
    w, s = ({n: np.array(v) for n, v in d.items()} for d in (whole, start))
    return {
        "workers": workers,
        "parallel_frames": frames,
        "seconds": {str(n): float(np.median(v)) for n, v in w.items()},
        "start_seconds": {str(n): float(np.median(v)) for n, v in s.items()},
        **ratio("speedup", w[1] - s[1], w[workers] - s[workers]),
        **ratio("speedup_whole", w[1], w[workers]),
    }


def _repeated(corpus: Corpus) -> tuple[list[Clip], int]:
    """The clips again and again under new names until there are enough frames."""
    found = [(c, n) for c in corpus.clips if (c.frames or c.video) and (n := _frames(c))]
    clips: list[Clip] = []
    total = 0
    for k, (clip, n) in enumerate(cycle(found)):
        if total >= PARALLEL_FRAMES and k % len(found) == 0:
            return clips, total
        clips.append(replace(clip, clip_id=f"{clip.clip_id}#{k // len(found)}"))
        total += n
    raise SettingError("the corpus has no pictures to measure on", where=corpus.name, fix="name a folder of clips")


def _seconds(corpus: Corpus, clips: list[Clip], workers: int) -> float:
    """A whole extraction into an empty cache."""
    with TemporaryDirectory() as home, _at_home(Path(home)):
        begun = time.perf_counter()
        extract_tracks(corpus, clips, DetectSettings(), workers=workers)
        return time.perf_counter() - begun


@contextmanager
def _at_home(folder: Path) -> Iterator[None]:
    """FER Lab's folder, and with it the cache, elsewhere for a while."""
    before = os.environ.get("FER_LAB_HOME")
    os.environ["FER_LAB_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["FER_LAB_HOME"]
        else:
            os.environ["FER_LAB_HOME"] = before
