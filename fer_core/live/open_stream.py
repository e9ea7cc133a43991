"""The stream that fits a bundle: of landmarks, or of pictures."""

from __future__ import annotations

import time
from collections.abc import Callable

from fer_core.landmarks.landmarker import Landmarker
from fer_core.landmarks.track import FloatArray
from fer_core.live.images.stream import ImageStream
from fer_core.live.settings import LiveSettings
from fer_core.live.stream import LiveStream
from fer_core.models.images.bundle import ImageBundle
from fer_core.models.opening import AnyBundle

AnyStream = LiveStream | ImageStream


def open_stream(
    bundle: AnyBundle,
    landmarker: Landmarker,
    clock: Callable[[], float] = time.monotonic,
    *,
    settings: LiveSettings | None = None,
    neutral: FloatArray | None = None,
) -> AnyStream:
    """A stream of this bundle; arguments as of `LiveStream`. Raises `BundleError` without a graph."""
    if isinstance(bundle, ImageBundle):
        return ImageStream(bundle, landmarker, clock, settings=settings)
    return LiveStream(bundle, landmarker, clock, settings=settings, neutral=neutral)
