"""The webcam: frames come from streamlit-webrtc's thread, are read there, go back with the mesh drawn.

Nothing here stores a frame. No ``st.*`` call belongs into what the camera's thread runs.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.live.stream import LiveState, LiveStream

if TYPE_CHECKING:
    import av

    from fer_core.landmarks.landmarker import Landmarker
    from fer_core.models.bundle import Bundle


class Camera:
    """What streamlit-webrtc calls with frames; one per session, for a face finder follows one stream."""

    def __init__(self, bundle: Bundle) -> None:
        self.mesh, self.mirrored, self.label = True, False, True
        self.bundle = bundle
        self.stream: LiveStream | None = None
        self._landmarker: Landmarker | None = None
        self._lock = threading.Lock()  # the native face finder must not be closed while it reads a frame

    def open(self) -> None:
        """Load the face finder, from the page's thread.

        Not in the camera's thread: streamlit-webrtc ends a stream whose callback takes ten seconds,
        and the first import of MediaPipe may. Raises `LandmarkError`.
        """
        if self._landmarker is not None:
            return
        from fer_core.landmarks.detector import open_landmarker
        from fer_core.live.media import SURE

        landmarker = open_landmarker("clip", min_confidence=SURE)
        with self._lock:
            self._landmarker = landmarker
            self.stream = LiveStream(self.bundle, landmarker)

    def use(self, bundle: Bundle) -> None:
        """Change the recogniser; a calibrated resting face is kept."""
        with self._lock:
            if bundle is not self.bundle and self.stream is not None and self._landmarker is not None:
                kept = self.stream
                self.stream = LiveStream(
                    bundle, self._landmarker, threshold=kept.threshold, neutral=kept.neutral
                )
            self.bundle = bundle

    def close(self) -> None:
        """Free the face finder; called when the video ends."""
        with self._lock:
            if self._landmarker is not None:
                self._landmarker.close()
            self._landmarker = self.stream = None

    @property
    def is_open(self) -> bool:
        """Whether frames are read."""
        return self._landmarker is not None

    def snapshot(self) -> LiveState:
        """The state after the last frame."""
        stream = self.stream
        return stream.snapshot() if stream is not None else LiveState()

    async def frames(self, queued: list[av.VideoFrame]) -> list[av.VideoFrame]:
        """Read the newest of the frames that have come; the others are counted as dropped."""
        return [self.frame(queued[-1], skipped=len(queued) - 1)]

    def frame(self, frame: av.VideoFrame, skipped: int = 0) -> av.VideoFrame:
        """Read one frame and draw on it; without a face finder it goes back as it came."""
        with self._lock:
            if self.stream is None:
                return frame
            rgb = frame.to_ndarray(format="rgb24")
            stamp = frame.time if frame.time is not None else time.monotonic()
            state = self.stream.feed(rgb, stamp, skipped=skipped)
        return _drawn(rgb, state, self)


def _drawn(rgb: Any, state: LiveState, shown: Camera) -> av.VideoFrame:
    import av

    from fer_core.live.overlay import draw

    text = state.text if shown.label else ""
    picture = draw(rgb, state.points, text, state.emotion, with_mesh=shown.mesh, mirrored=shown.mirrored)
    return av.VideoFrame.from_ndarray(picture, format="rgb24")


def camera(bundle: Bundle) -> Camera:
    """This session's camera, with this recogniser."""
    if "_camera" not in st.session_state:
        st.session_state["_camera"] = Camera(bundle)
    found: Camera = st.session_state["_camera"]
    found.use(bundle)
    return found


def video(shown: Camera, playing: bool) -> bool:
    """The video; returns whether it plays. The one call of streamlit-webrtc: tests replace this function."""
    from streamlit_webrtc import WebRtcMode, webrtc_streamer

    context: Any = webrtc_streamer(
        key="live_video",
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": ice_servers()},
        media_stream_constraints={
            "video": {"width": {"ideal": 640}, "height": {"ideal": 480}},
            "audio": False,
        },
        desired_playing_state=playing,
        queued_video_frames_callback=shown.frames,
        on_video_ended=shown.close,
        media_toggle_controls=False,
        video_html_attrs={"style": {"width": "100%", "borderRadius": "4px"}, "autoPlay": True, "muted": True},
    )
    return bool(context.state.playing)


def ice_servers() -> list[Any]:
    """STUN and TURN servers from ``.streamlit/secrets.toml`` (``[webrtc] ice_servers``).

    None by default: on one machine none is needed, and asking a public one offline costs forty seconds.
    """
    if not st.secrets.load_if_toml_exists():
        return []
    return [dict(server) for server in st.secrets.get("webrtc", {}).get("ice_servers", [])]
