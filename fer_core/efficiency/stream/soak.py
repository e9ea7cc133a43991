"""A live stream for minutes on end: whether its latency or its memory grows."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.paths import bundles_dir
from fer_core.base.progress import Progress, silent
from fer_core.efficiency.stream.frames import FPS, LiveFrames, clip_images
from fer_core.landmarks.landmarker import RgbImage
from fer_core.models.bundle import Bundle, load_bundle
from fer_core.studies.efficiency.side_by_side import cores, load_before, quantiles

LOOK_EVERY, WHY_EVERY = 0.5, 1.0
"""Seconds between a page's looks at the stream."""
GONE_EVERY, GONE_FOR = 30.0, 1.0
"""Seconds of the clip after which the face is gone for a while."""


@dataclass
class Part:
    """One minute, or a shorter part of a short soak."""

    begun: float
    latencies: list[float] = field(default_factory=list)
    faces: int = 0

    def row(self, now: float) -> dict[str, float | int | None]:
        """What is reported of it."""
        taken = np.array(self.latencies)
        return {
            "frames": len(taken),
            "fps": len(taken) / (now - self.begun),
            "found": self.faces / len(taken),
            **quantiles(taken),
            "memory_mb": resident_mb(),
        }


def soak(
    minutes: float = 10.0,
    pace: float | None = None,
    *,
    bundle: Bundle | None = None,
    video: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Feed a stream for so many minutes, memory's readings not counted, and look at it as a page does.

    Parameters
    ----------
    pace : float or None
        Frames a second; None feeds as fast as the stream takes them.

    Returns
    -------
    Plain data: ``parts``, one row per minute (or tenth of a shorter soak): frames, fps, share with a face,
    ``p50_ms`` and ``p95_ms`` of a whole frame, ``memory_mb`` resident at its end; and over all but the
    first part, in which libraries load: ``memory_growth_mb`` (last less second), ``memory_mb_per_minute``,
    ``p50_ms_per_minute``, ``p95_ms_per_minute`` (least squares). Memory is None where it cannot be known.
    """
    if minutes <= 0 or (pace is not None and pace <= 0):
        raise SettingError("minutes and pace are above 0", fix="choose sensible values")
    load, long = load_before(), 60.0 * minutes
    each = 60.0 if minutes >= 3 else long / 10
    live = LiveFrames(bundle or load_bundle(bundles_dir() / "ckplus-live"), _clip(video))
    rows = []
    try:
        begun = time.perf_counter()
        page = _Page(live)
        part = Part(begun)
        while (now := time.perf_counter()) - begun < long:
            if now - part.begun >= each:
                rows.append(part.row(now))
                progress(now - begun, long, "feeding the stream")
                again = time.perf_counter()
                begun += again - now  # collecting garbage is no part of the minutes, and of no part's rate
                now, part = again, Part(again)
            part.latencies.append(live.frame())
            part.faces += live.state.faces > 0
            page.look(now)
            if pace is not None:
                time.sleep(max(0.0, now + 1 / pace - time.perf_counter()))  # late frames are not made up for
        if part.latencies:
            rows.append(part.row(time.perf_counter()))
    finally:
        live.close()
    return {
        "minutes": minutes,
        "pace": pace,
        "cores": cores(),
        "load_before": load,
        "frames": sum(r["frames"] for r in rows),
        "each_s": each,
        "parts": rows,
        **_growth(rows, each),
    }


def resident_mb() -> float | None:
    """Memory this process holds now, MB; None where the system does not say. Garbage is collected first."""
    gc.collect()
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmRSS:")), None)


class _Page:
    """Reads the stream as the Live page does, from time to time."""

    def __init__(self, live: LiveFrames) -> None:
        self._live, self._looked, self._asked = live, 0.0, 0.0

    def look(self, now: float) -> None:
        """Ask for whatever is due."""
        stream = self._live.stream
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            stream.snapshot()
            stream.history()
        if now - self._asked >= WHY_EVERY:
            self._asked = now
            stream.why()


def _clip(video: str | None) -> list[RgbImage]:
    """The clip played for a while, then a while without a face."""
    images = clip_images(video)
    blank = np.zeros_like(images[0])
    shown = [image for image, _ in zip(cycle(images), range(round(GONE_EVERY * FPS / 2)), strict=False)]
    return shown + [blank] * round(GONE_FOR * FPS / 2)  # played forth and back: each length counts twice


def _growth(rows: list[dict[str, Any]], each: float) -> dict[str, float | None]:
    later = rows[1:]
    known = [r["memory_mb"] for r in later if r["memory_mb"] is not None]
    return {
        "memory_growth_mb": known[-1] - known[0] if len(known) > 1 else None,
        "memory_mb_per_minute": _slope(known, each),
        **{f"{name}_per_minute": _slope([r[name] for r in later], each) for name in ("p50_ms", "p95_ms")},
    }


def _slope(values: list[float], each: float) -> float | None:
    """Least-squares growth per minute of values that lie ``each`` seconds apart."""
    if len(values) < 2:
        return None
    return float(np.polyfit(np.arange(len(values)) * each / 60.0, values, 1)[0])
