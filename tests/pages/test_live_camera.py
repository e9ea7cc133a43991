"""What the camera's thread runs: frames of every shape, pixel format and clock; nothing may leave it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from live_samples import StillFace, film_frame
from samples import tiny_bundle

import fer_core.live.media  # noqa: F401 - before `finders` replaces what it takes from the detector
from fer_core.base.errors import LandmarkError
from fer_core.live.drawing.overlay import Look
from fer_core.live.recordings.recorder import Recorder
from fer_core.live.recordings.rows import read_rows
from fer_core.live.settings import LiveSettings
from ui.live.camera import Camera
from ui.live.camera_frames import LONGEST, shown_size


def opened(settings: LiveSettings | None = None) -> Camera:
    shown = Camera(tiny_bundle(), settings)
    shown.open()
    return shown


def pixels(frame: object) -> np.ndarray:
    return frame.to_ndarray(format="rgb24").astype(int)  # type: ignore[attr-defined]


SIZES = {
    "usual": (480, 640),
    "portrait": (640, 360),
    "odd": (241, 323),
    "8x8": (8, 8),
    "one row": (1, 300),
    "4K": (2160, 3840),
    "4K upright": (3840, 2160),
    "square": (300, 300),
}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_a_frame_of_any_size_is_read_and_can_be_sent_back(size: tuple[int, int], finders: list[StillFace]) -> None:
    codecs = pytest.importorskip("aiortc.codecs.vpx")
    shown = opened()
    back = shown.frame(film_frame(0.0, size))
    assert shown.problem is None
    assert shown.snapshot().frames == 1
    assert max(back.width, back.height) <= LONGEST
    assert (back.width % 2, back.height % 2) == (0, 0)
    assert finders[0].sizes == [(back.height, back.width)]
    encoded, _ = codecs.Vp8Encoder().encode(back, force_keyframe=True)
    assert encoded, "the browser's codec takes it"


@pytest.mark.parametrize("size", [(2160, 3840), (480, 640), (3840, 2160), (1081, 1921)])
def test_a_large_frame_keeps_its_shape(size: tuple[int, int]) -> None:
    wide, high = shown_size(size[1], size[0])
    assert wide / high == pytest.approx(size[1] / size[0], rel=0.01)
    assert max(wide, high) == min(LONGEST, max(size))


@pytest.mark.parametrize(
    "format", ["yuv420p", "yuvj420p", "gray", "gray16le", "rgba", "bgra", "yuva420p", "ya8", "nv12", "yuyv422", "gbrp"]
)
def test_a_frame_of_any_pixel_format_is_read_as_rgb(format: str, finders: list[StillFace]) -> None:
    shown = opened()
    shown.look = Look(mesh=False, bars=False, label=False)
    back = shown.frame(film_frame(0.0, format=format))
    assert shown.problem is None
    assert np.abs(pixels(back) - 90).max() < 12, "grey stays grey, alpha does not darken"


def test_sizes_and_formats_may_change_from_frame_to_frame(finders: list[StillFace]) -> None:
    shown = opened()
    for i, (size, format) in enumerate(
        [((480, 640), "rgb24"), ((640, 480), "gray"), ((8, 8), "rgba"), ((720, 1280), "yuv420p")]
    ):
        shown.frame(film_frame(i / 25, size, format))
        assert shown.problem is None
    assert shown.snapshot().frames == 4


def test_time_stamps_may_stand_still_go_back_vary_or_be_missing(finders: list[StillFace]) -> None:
    shown = opened()
    for seconds in (0.0, 0.04, 0.04, 0.2, 5.0, 4.0, 0.0, None, None, 0.1, 1e6):
        assert shown.frame(film_frame(seconds)) is not None
        assert shown.problem is None
    state = shown.snapshot()
    assert state.frames + state.dropped == 11
    assert state.dropped == 1, "the one that stood still"


def test_real_frames_of_odd_sizes_do_no_harm_to_the_real_face_finder(shared_data: Path) -> None:
    av = pytest.importorskip("av")
    import cv2

    face = cv2.cvtColor(cv2.imread(str(shared_data / "fixtures" / "astronaut.png")), cv2.COLOR_BGR2RGB)
    shown = opened()
    try:
        for i, size in enumerate([(512, 512), (8, 8), (480, 640), (1, 300), (241, 323), (2160, 3840)]):
            picture = cv2.resize(face, (size[1], size[0]), interpolation=cv2.INTER_AREA)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = i * 3600, film_frame(0.0).time_base
            shown.frame(frame)
            assert shown.problem is None
            assert (shown.snapshot().kind == "no face") is (min(size) < 100), size
    finally:
        shown.close()


# --- faults -----------------------------------------------------------------------------------------------


def test_a_fault_is_said_and_the_frame_goes_back_as_it_came(finders: list[StillFace]) -> None:
    shown = opened()
    finders[0].detect = lambda image: 1 / 0  # type: ignore[assignment,return-value]
    frame = film_frame(0.0)
    assert shown.frame(frame) is frame
    assert "ZeroDivisionError" in (shown.problem or "")

    def blind(image: np.ndarray) -> list[np.ndarray]:
        raise LandmarkError("the face finder is blind", fix="wipe the glass")

    finders[0].detect = blind  # type: ignore[method-assign]
    shown.frame(film_frame(0.04))
    assert shown.problem == "the face finder is blind: wipe the glass."
    del finders[0].detect
    shown.frame(film_frame(0.08))
    assert shown.problem is None, "it is not said any longer than it lasts"


def test_a_full_disk_stops_neither_the_video_nor_the_reading(finders: list[StillFace], tmp_path: Path) -> None:
    shown = opened()
    recorder = Recorder(tmp_path / "r", shown.bundle.emotions, {})
    shown.record(recorder)
    shown.frame(film_frame(0.0))
    recorder._file.close()  # as if the disk had gone
    shown.frame(film_frame(0.04))
    assert shown.snapshot().frames == 2


# --- open, close, change ------------------------------------------------------------------------------------


def test_frames_come_back_with_the_reading_drawn(finders: list[StillFace]) -> None:
    shown = Camera(tiny_bundle())
    plain = film_frame(0.0)
    assert shown.frame(plain) is plain, "before it is opened, frames go back as they came"
    shown.open()
    shown.open()
    assert len(finders) == 1
    back = pixels(shown.frame(film_frame(0.04)))
    assert back.shape == (120, 160, 3)
    assert (np.abs(back - 90) > 20).any(axis=-1).sum() > 200
    shown.look = Look(mesh=False, bars=False, label=False)
    assert np.abs(pixels(shown.frame(film_frame(0.08))) - 90).max() < 10


def test_of_queued_frames_the_newest_is_read_and_the_others_counted(finders: list[StillFace]) -> None:
    shown = opened()
    back = asyncio.run(shown.frames([film_frame(i / 25) for i in range(4)]))
    assert len(back) == 1
    state = shown.snapshot()
    assert (finders[0].asked, state.frames, state.dropped) == (1, 1, 3)
    assert state.time_s == pytest.approx(3 / 25)


def test_a_closed_camera_frees_the_face_finder_and_opens_again(finders: list[StillFace]) -> None:
    shown = opened()
    shown.frame(film_frame(0.5))
    assert shown.silence < 60
    shown.close()
    shown.close()
    assert finders[0].closed == 1
    assert shown.silence == float("inf")
    shown.frame(film_frame(1.0))
    assert shown.snapshot().kind == "waiting"
    shown.open()
    shown.frame(film_frame(2.0))
    assert shown.snapshot().faces == 1


def test_another_recogniser_keeps_the_calibrated_face_and_ends_a_recording(
    finders: list[StillFace], tmp_path: Path
) -> None:
    shown = opened(LiveSettings(threshold=0.7))
    shown.calibrate()
    for i in range(100):
        shown.frame(film_frame(i / 25))
    shown.record(Recorder(tmp_path / "r", shown.bundle.emotions, {}))
    shown.use(tiny_bundle(("fear", "sadness")))
    assert shown.recorder is None, "its columns would be others"
    shown.frame(film_frame(5.0))
    state = shown.snapshot()
    assert set(state.probabilities or {}) == {"fear", "sadness", "neutral"}
    assert state.calibrated
    assert shown.stream is not None and shown.stream.settings.threshold == 0.7
    assert len(finders) == 1


def test_more_faces_need_another_face_finder_and_keep_the_calibrated_face(finders: list[StillFace]) -> None:
    shown = opened()
    shown.calibrate()
    for i in range(100):
        shown.frame(film_frame(i / 25))
    shown.configure(LiveSettings(max_faces=4))
    assert [f.closed for f in finders] == [1, 0]
    shown.frame(film_frame(5.0))
    state = shown.snapshot()
    assert len(state.people) == 4
    assert state.calibrated, "the first face's"
    shown.configure(LiveSettings(max_faces=4, threshold=0.9))
    assert len(finders) == 2
    assert shown.stream is not None and shown.stream.settings.threshold == 0.9


def test_a_recording_has_a_row_for_every_frame_and_what_was_changed(finders: list[StillFace], tmp_path: Path) -> None:
    shown = opened()
    recorder = Recorder(tmp_path / "r", shown.bundle.emotions, {})
    shown.record(recorder)
    for i in range(5):
        shown.frame(film_frame(i / 25))
    shown.configure(LiveSettings(threshold=0.8))
    finders[0].faces = []
    shown.frame(film_frame(0.3))
    shown.close()
    rows = list(read_rows(recorder.csv()))
    assert [r.face for r in rows] == [1, 1, 1, 1, 1, None]
    assert np.all(np.diff([r.time_s for r in rows]) > 0)
    assert "threshold=0.8" in rows[-1].event
    shown.open()
    shown.frame(film_frame(9.0))
    assert len(list(read_rows(recorder.csv()))) == 6, "the end of the video ended it"


def test_two_cameras_share_nothing(finders: list[StillFace]) -> None:
    one, two = opened(), opened()
    one.calibrate()
    for i in range(100):
        one.frame(film_frame(i / 25))
    two.frame(film_frame(0.0))
    assert one.snapshot().calibrated and not two.snapshot().calibrated
    assert (one.snapshot().frames, two.snapshot().frames) == (100, 1)
    one.close()
    two.frame(film_frame(0.04))
    assert two.problem is None
    assert [f.closed for f in finders] == [1, 0]
