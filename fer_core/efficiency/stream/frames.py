"""Whole frames of a live stream, landmarks, reading and drawing, against FaceMesh alone on the same ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.paths import bundles_dir
from fer_core.base.progress import Progress, silent
from fer_core.datasets.media import iter_video
from fer_core.efficiency.stream.moving_face import HEIGHT, WIDTH, moving_face
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.mediapipe_mesh import FaceMeshLandmarker, open_face_mesh
from fer_core.live.drawing.overlay import Look, draw_state
from fer_core.live.media import SURE
from fer_core.live.state import LiveState
from fer_core.live.stream import LiveStream
from fer_core.models.bundle import Bundle, load_bundle
from fer_core.studies.efficiency.side_by_side import cores, load_before, quantiles, ratio

FRAMES, FPS = 150, 30
"""Frames of the clip, which is played forth and back, and the rate of its time stamps."""
BLOCK = 30
"""Frames after which the other way has its turn."""


class LiveFrames:
    """The stream of the Live page on a clip: as many frames as are asked for, one after the other.

    ``look`` is what is drawn; ``stream`` and ``state`` are the running stream and its last state.
    """

    def __init__(self, bundle: Bundle, images: list[RgbImage], look: Look | None = None) -> None:
        self.landmarker = FaceMeshLandmarker("clip", 1, SURE)
        self.stream, self.look = LiveStream(bundle, self.landmarker), look or Look()
        self.state = LiveState()
        self._images, self._n = cycle(images + images[::-1]), 0

    def frame(self) -> float:
        """Find the landmarks, read and draw the next frame. Milliseconds."""
        image = next(self._images)
        self._n += 1
        begun = time.perf_counter()
        self.state = self.stream.feed(image, self._n / FPS)
        draw_state(image, self.state, self.look)
        return 1e3 * (time.perf_counter() - begun)

    def close(self) -> None:
        """Free the face finder."""
        self.landmarker.close()


def compare(
    turns: int = 12,
    seconds: float = 5.0,
    *,
    bundle: Bundle | None = None,
    video: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Whole frames against FaceMesh alone, in turns of `BLOCK` frames, then as many as go through.

    ``video`` names a file whose first frames are used; default: a moving face of 640 x 480.

    Returns
    -------
    Plain data: ``overhead`` (median of the turns, ``overhead_range``): a frame's landmarks, reading with
    the whole bundle and drawing (mesh, bars, words) over ``FaceMesh.process`` with the same settings;
    ``overhead_processor`` the same in processor time of all threads, which other work on the machine moves
    least; ``overhead_read`` without drawing; ``frame_p50_ms``, ``frame_p95_ms``, ``facemesh_p50_ms``;
    ``fps``: frames a second while a stream is fed as fast as it takes them for so many seconds;
    ``found``: share of frames with a face.
    """
    if turns < 1 or seconds <= 0:
        raise SettingError("turns and seconds are above 0", fix="choose sensible values")
    images = clip_images(video)
    bundle, load = bundle or load_bundle(bundles_dir() / "ckplus-live"), load_before()
    with ExitStack() as opened:
        live = LiveFrames(bundle, images)
        opened.callback(live.close)
        read = LiveFrames(bundle, images, Look(mesh=False, bars=False, label=False))
        opened.callback(read.close)
        mesh = open_face_mesh("clip", 1, SURE)
        opened.callback(mesh.close)
        again = cycle(images + images[::-1])
        ways: dict[str, Callable[[], float]] = {
            "facemesh": lambda: _milliseconds(mesh.process, next(again)),
            "read": read.frame,
            "frame": live.frame,
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        busy: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(-1, turns):  # the first one warms up
            progress(turn + 1, turns + 1, "measuring whole frames")
            for name in ways if turn % 2 == 0 else reversed(ways):
                begun = time.process_time()
                block = [ways[name]() for _ in range(BLOCK)]
                if turn >= 0:
                    taken[name] += block
                    busy[name].append(1e3 * (time.process_time() - begun))
        sustained, found = _sustained(live, seconds)
    per_turn = {name: np.array(values).reshape(turns, BLOCK).sum(axis=1) for name, values in taken.items()}
    height, width = images[0].shape[:2]
    return {
        "clip": video or "moving face",
        "width": width,
        "height": height,
        "turns": turns,
        "frames": len(taken["frame"]),
        "bundle": bundle.name,
        "cores": cores(),
        "load_before": load,
        **ratio("overhead", per_turn["frame"], per_turn["facemesh"]),
        **ratio("overhead_processor", np.array(busy["frame"]), np.array(busy["facemesh"])),
        **ratio("overhead_read", per_turn["read"], per_turn["facemesh"]),
        **quantiles(np.array(taken["frame"]), "frame_"),
        "facemesh_p50_ms": float(np.median(taken["facemesh"])),
        "fps": sustained,
        "seconds": seconds,
        "found": found,
    }


def clip_images(video: str | None) -> list[RgbImage]:
    """The first frames of a video, or those of the moving face. Raises `MediaError`, `SettingError`."""
    if video is None:
        return list(moving_face(FRAMES, WIDTH, HEIGHT))
    return [rgb for (_, _, rgb), _ in zip(iter_video(video), range(FRAMES), strict=False)]


def _sustained(live: LiveFrames, seconds: float) -> tuple[float, float]:
    """Frames a second over so many seconds, and the share of them with a face."""
    begun, frames, found = time.perf_counter(), 0, 0
    while (gone := time.perf_counter() - begun) < seconds:
        live.frame()
        frames += 1
        found += live.state.faces > 0
    return frames / gone, found / frames


def _milliseconds(call: Callable[[RgbImage], object], image: RgbImage) -> float:
    begun = time.perf_counter()
    call(image)
    return 1e3 * (time.perf_counter() - begun)
