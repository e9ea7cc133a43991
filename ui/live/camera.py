"""The webcam: frames come from streamlit-webrtc's thread, are read there, go back with the reading drawn.

No frame is stored. No ``st.*`` call belongs into what the camera's thread runs, and no exception may leave
it: streamlit-webrtc would end the video.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.errors import FerError, MediaError
from fer_core.live.drawing.overlay import Look, draw_state
from fer_core.live.open_stream import AnyStream, open_stream
from fer_core.live.settings import LiveSettings
from fer_core.live.state import LiveState
from ui.live.camera_frames import frame_of, picture_of, stamp_of
from ui.live.camera_ice import ice_servers

if TYPE_CHECKING:
    import av

    from fer_core.landmarks.landmarker import Landmarker
    from fer_core.live.recordings.recorder import Recorder
    from fer_core.models.opening import AnyBundle

KEY = "live_video"
CONSTRAINTS = {"video": {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}}, "audio": False}
"""What is asked of the camera; it may give another size and rate."""


class Camera:
    """What streamlit-webrtc calls with frames; one per session, for a face finder follows one stream.

    Attributes
    ----------
    look : what is drawn on the picture
    stream : reads the frames; None while closed
    recorder : the recording going on, or None
    problem : one sentence on why the newest frame could not be read, or None
    seen : whether a face was seen since it was opened
    signalling : whether the browser has the camera and is being connected
    """

    def __init__(self, bundle: AnyBundle, settings: LiveSettings | None = None) -> None:
        self.bundle, self._settings = bundle, settings or LiveSettings()
        self.look = Look()
        self.stream: AnyStream | None = None
        self.recorder: Recorder | None = None
        self.problem: str | None = None
        self.seen = self.signalling = False
        self._landmarker: Landmarker | None = None
        self._neutral: Any = None  # the calibrated resting face, kept while pictures are read, which need none
        self._faces = 0  # that the open face finder looks for
        self._came = float("-inf")
        self._lock = threading.Lock()  # the native face finder must not be closed while it reads a frame

    # --- from the page's thread -------------------------------------------------------------------

    def open(self) -> None:
        """Load the face finder, from the page's thread.

        Not in the camera's thread: streamlit-webrtc ends a stream whose callback takes ten seconds,
        and the first import of MediaPipe may. Raises `LandmarkError`.
        """
        if self._landmarker is None:
            self._begin(self._settings, None)

    def configure(self, settings: LiveSettings) -> None:
        """Read by these settings from now on; more faces need another face finder. Raises `LandmarkError`."""
        if settings == self._settings:
            return
        self._settings = settings
        self._note(f"settings: {settings}")
        stream = self.stream
        if stream is not None and settings.max_faces != self._faces:
            self._begin(settings, self._resting(stream))
        elif stream is not None:
            stream.settings = settings

    def use(self, bundle: AnyBundle) -> None:
        """Change the recogniser; a calibrated resting face is kept, a recording ends."""
        if bundle is self.bundle:
            return
        self.stop_recording()
        with self._lock:
            if self.stream is not None and self._landmarker is not None:
                neutral = self._resting(self.stream)
                self.stream = open_stream(bundle, self._landmarker, settings=self._settings, neutral=neutral)
            self.bundle = bundle

    def calibrate(self) -> None:
        """Take the face seen during the next seconds as the resting one."""
        if (stream := self.stream) is not None:
            stream.calibrate()
            self._note("calibration begins")

    def forget_neutral(self) -> None:
        """Go back to a running estimate of the resting face."""
        if (stream := self.stream) is not None:
            stream.forget_neutral()
            self._note("calibration forgotten")

    def record(self, recorder: Recorder) -> None:
        """Write a row for every frame from now on."""
        self.stop_recording()
        with self._lock:
            self.recorder = recorder

    def stop_recording(self) -> None:
        """End a recording; its files are whole then."""
        with self._lock:
            recorder, self.recorder = self.recorder, None
        if recorder is not None:
            recorder.close()

    def close(self) -> None:
        """Free the face finder and end a recording; called when the video ends."""
        self.stop_recording()
        with self._lock:
            if self._landmarker is not None:
                self._landmarker.close()
            self._landmarker = self.stream = self._neutral = None
            self.seen, self.problem, self._came = False, None, float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether frames are read."""
        return self._landmarker is not None

    @property
    def silence(self) -> float:
        """Seconds since a frame came; infinite before the first."""
        return time.monotonic() - self._came

    def snapshot(self) -> LiveState:
        """The state after the last frame."""
        stream = self.stream
        return stream.snapshot() if stream is not None else LiveState()

    def _begin(self, settings: LiveSettings, neutral: Any) -> None:
        """Open a face finder and a stream on it, in place of those there were."""
        from fer_core.landmarks.detector import open_landmarker
        from fer_core.live.media import SURE

        landmarker = open_landmarker("clip", settings.max_faces, SURE)
        with self._lock:
            before, self._landmarker = self._landmarker, landmarker
            self.stream = open_stream(self.bundle, landmarker, settings=settings, neutral=neutral)
            self._faces = settings.max_faces
            if before is not None:
                before.close()

    def _resting(self, stream: AnyStream) -> Any:
        """The calibrated resting face, which a stream of pictures does not know."""
        if stream.calibrates:
            self._neutral = stream.neutral
        return self._neutral

    def _note(self, text: str) -> None:
        if (recorder := self.recorder) is not None:
            recorder.mark(text)

    # --- from the camera's thread -----------------------------------------------------------------

    async def frames(self, queued: list[av.VideoFrame]) -> list[av.VideoFrame]:
        """Read the newest of the frames that have come; the others are counted as dropped."""
        return [self.frame(queued[-1], skipped=len(queued) - 1)]

    def frame(self, frame: av.VideoFrame, skipped: int = 0) -> av.VideoFrame:
        """Read one frame and draw on it.

        Without a face finder, or if anything goes wrong, it goes back as it came.
        """
        self._came = time.monotonic()
        try:
            back = self._read(frame, skipped)
        except Exception as error:  # whatever it is: the video must go on
            self._failed(error)
            return frame
        self.problem = None
        return back

    def _read(self, frame: av.VideoFrame, skipped: int) -> av.VideoFrame:
        with self._lock:
            if self.stream is None:
                return frame
            picture = picture_of(frame)
            state = self.stream.feed(picture, stamp_of(frame), skipped=skipped)
            if self.recorder is not None:
                self.recorder.row(state)
        self.seen = self.seen or bool(state.people)
        return frame_of(draw_state(picture, state, self.look))

    def _failed(self, error: Exception) -> None:
        said = str(error) if isinstance(error, FerError) else f"{type(error).__name__}: {error}"
        if said != self.problem:  # once, not thirty times a second
            logging.getLogger("fer_lab").warning("a frame could not be read: %s", said, exc_info=error)
        self.problem = said


def camera(bundle: AnyBundle) -> Camera:
    """This session's camera, with this recogniser."""
    if "_camera" not in st.session_state:
        st.session_state["_camera"] = Camera(bundle)
    found: Camera = st.session_state["_camera"]
    found.use(bundle)
    return found


def leave() -> None:
    """Free this session's camera where another view is shown."""
    if "_camera" in st.session_state:
        st.session_state["_camera"].close()


def video(shown: Camera, playing: bool | None) -> bool:
    """The video; returns whether it plays. The one call of streamlit-webrtc: tests replace this function.

    ``playing``: whether it should play; with None it is left to the buttons that streamlit-webrtc then shows.
    Raises `MediaError` where the library cannot be loaded, `SettingError` for unusable ICE servers.
    """
    try:
        from streamlit_webrtc import WebRtcMode, webrtc_streamer

        from ui.live import camera_relay
    except ImportError as error:
        raise MediaError(
            f"the webcam's library cannot be loaded ({error})",
            where="streamlit-webrtc",
            fix="install the packages of requirements.txt",
        ) from error
    camera_relay.install()
    context: Any = webrtc_streamer(
        key=KEY,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": ice_servers(str(getattr(st.context, "url", "") or ""))},
        media_stream_constraints=CONSTRAINTS,
        desired_playing_state=playing,
        queued_video_frames_callback=shown.frames,
        on_video_ended=shown.close,
        media_toggle_controls=False,
        video_html_attrs={"style": {"width": "100%", "borderRadius": "4px"}, "autoPlay": True, "muted": True},
    )
    shown.signalling = bool(context.state.signalling)
    return bool(context.state.playing)
