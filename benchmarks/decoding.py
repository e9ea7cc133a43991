"""How videos are decoded here (PyAV) against OpenCV's ``VideoCapture``: time per frame, and how they differ.

    PYTHONPATH=. python benchmarks/decoding.py [VIDEO...] [--turns 5]

Without a video a film of moving noise is made, 640 x 480, H.264. Both decode the same files in turns in one
run and give RGB arrays; the ratio is ours over OpenCV's, of wall time and of processor time, as the median of
the turns. Differences are in levels of 255. OpenCV turns YUV into RGB by one fixed matrix; ours takes the one
that the file names, so that colours, not shapes, differ.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import cv2
import numpy as np

from fer_core.datasets.media import iter_video

Pictures = Callable[[Path], Iterator[np.ndarray]]


def ours(video: Path) -> Iterator[np.ndarray]:
    """Frames as corpora read them."""
    return (rgb for _, _, rgb in iter_video(video))


def opencvs(video: Path) -> Iterator[np.ndarray]:
    """Frames as anybody would read them by OpenCV."""
    capture = cv2.VideoCapture(str(video), cv2.CAP_FFMPEG)
    while (read := capture.read())[0]:
        yield cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB)
    capture.release()


def compare(video: Path, turns: int) -> dict[str, Any]:
    """One video both ways."""
    apart, most, frames = [], 0, 0
    for one, other in zip_longest(ours(video), opencvs(video)):
        if one is None or other is None or one.shape != other.shape:
            return {"video": video.name, "frames": frames, "differs": "number or size of frames"}
        step = np.abs(one.astype(np.int16) - other)
        apart.append(float(step.mean()))
        most, frames = max(most, int(step.max())), frames + 1
    wall: dict[str, list[float]] = {"ours": [], "opencv": []}
    busy: dict[str, list[float]] = {"ours": [], "opencv": []}
    ways: dict[str, Pictures] = {"ours": ours, "opencv": opencvs}
    for turn in range(turns + 1):  # the first one warms up
        for name in ways if turn % 2 == 0 else reversed(ways):
            begun, begun_busy = time.perf_counter(), time.process_time()
            for _ in ways[name](video):
                pass
            if turn:
                wall[name].append(time.perf_counter() - begun)
                busy[name].append(time.process_time() - begun_busy)
    return {
        "video": video.name,
        "frames": frames,
        "mean_difference": round(float(np.mean(apart)), 2),
        "largest_difference": most,
        "ms_per_frame": {n: round(1e3 * float(np.median(v)) / frames, 2) for n, v in wall.items()},
        "ratio": round(float(np.median(np.divide(wall["ours"], wall["opencv"]))), 2),
        "ratio_processor": round(float(np.median(np.divide(busy["ours"], busy["opencv"]))), 2),
    }


def film(file: Path, frames: int = 90) -> Path:
    """Coarse noise that moves, as H.264."""
    noise = cv2.resize(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8), (900, 600))
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for k in range(frames):
            picture = np.ascontiguousarray(noise[k : k + 480, 2 * k : 2 * k + 640])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    return file


def main() -> None:
    """Compare every video named and print the result as JSON."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("videos", nargs="*", type=Path)
    p.add_argument("--turns", type=int, default=5)
    options = p.parse_args()
    with TemporaryDirectory() as folder:
        videos = options.videos or [film(Path(folder) / "noise.mp4")]
        print(json.dumps([compare(video, options.turns) for video in videos], indent=1))


if __name__ == "__main__":
    main()
