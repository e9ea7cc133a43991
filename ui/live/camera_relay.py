"""Newest picture first on the way back to the browser, too.

streamlit-webrtc hands pictures to the encoder through an aiortc relay that keeps every one of them. Where
encoding is slower than the camera (a busy machine suffices), the queue grows without end: the picture
falls seconds behind the reading, and each waiting picture holds a megabyte. It also encodes the last
picture again for every camera frame that came while one was being read. Here the encoder gets the newest
picture, once.
"""

from __future__ import annotations

from typing import Any

from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay, RelayStreamTrack
from streamlit_webrtc.process import AsyncMediaProcessTrack


class NewestTrack(RelayStreamTrack):
    """A proxy that gives the newest frame, and no frame twice."""

    def __init__(self, relay: MediaRelay, source: MediaStreamTrack) -> None:
        super().__init__(relay, source, False)
        self._given: Any = None

    async def recv(self) -> Any:
        """The newest frame, as soon as there is one that was not given before."""
        frame = await super().recv()
        while frame is self._given:
            frame = await super().recv()
        self._given = frame
        return frame


class NewestRelay(MediaRelay):
    """A relay that keeps no queue for pictures that were read; camera frames are queued, to be counted."""

    def subscribe(self, track: MediaStreamTrack, buffered: bool = True) -> Any:
        """A proxy of a track: see `MediaRelay.subscribe`."""
        proxy = super().subscribe(track, buffered)
        return NewestTrack(self, track) if isinstance(track, AsyncMediaProcessTrack) else proxy


def install() -> None:
    """Have streamlit-webrtc use a `NewestRelay` in this server. Call it before the video."""
    from streamlit.runtime.runtime import Runtime
    from streamlit_webrtc.relay import _SERVER_GLOBAL_RELAY_ATTR_NAME_ as NAME

    runtime = Runtime.instance()
    if not isinstance(getattr(runtime, NAME, None), NewestRelay):
        setattr(runtime, NAME, NewestRelay())
