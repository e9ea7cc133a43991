"""Videos as they are met: uneven, turned, odd, cut off, silent, or none at all."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from video_samples import TICK, painted, turn_mp4, uneven, write_video

from fer_core.datasets.video import LONGEST, VideoReader
from fer_core.errors import MediaError


def stamps_in(file: Path) -> list[float | None]:
    with VideoReader(file) as reader:
        return [frame.stamp for frame in reader.frames()]


def grey(count: int, **size: int) -> Any:
    """Pictures that grow brighter."""
    return painted([(k / count, k / count) for k in range(count)], **size)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx264"), ("a.mov", "libx264"), ("a.mkv", "libx264"), ("a.webm", "libvpx")],
)
def test_uneven_time_stamps_are_read_as_they_stand_in_the_file(tmp_path: Path, name: str, codec: str) -> None:
    stamps = uneven(60)
    file = write_video(tmp_path / name, grey(60), stamps, codec=codec)
    read = stamps_in(file)
    assert len(read) == 60
    # Containers keep time in ticks of their own: MP4 of 1/16000 s here, Matroska of 1 ms.
    assert [t - read[0] for t in read] == pytest.approx(stamps, abs=0.0011)


def test_a_real_phone_film_gives_the_stamps_and_pictures_that_opencv_gives(shared_data: Path) -> None:
    file = shared_data / "fixtures" / "face_noface.mov"
    capture = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)
    expected = []
    while True:
        there, picture = capture.read()
        if not there:
            break
        expected.append((capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, picture[..., ::-1].mean()))
    with VideoReader(file) as reader:
        read = [(frame.stamp, frame.rgb().mean()) for frame in reader.frames()]
        assert reader.broke == ""
    assert len(expected) == 169
    # The two turn YUV into RGB with other coefficients: up to 2.4 of 255 apart here.
    assert np.allclose(read[1:], expected[1:], atol=[1e-6, 4.0])
    assert read[0][0] == 0.0  # OpenCV gives its first frame the decoder's time, before 0
    steps = np.diff([t for t, _ in read])
    assert steps.max() > 1.2 * steps.min(), "the film's rate is not even, or this shows nothing"


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_phone_gives_upright_pictures(tmp_path: Path, degrees: int) -> None:
    def corner(k: int) -> np.ndarray:
        picture = np.full((48, 64, 3), 30, dtype=np.uint8)
        picture[:16, :16] = 220  # upper left, as stored
        return picture

    file = write_video(tmp_path / "turned.mp4", corner, [0.0, 0.04, 0.08])
    turn_mp4(file, degrees)
    capture = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)  # turns by the same matrix, by code of its own
    assert capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    expected = capture.read()[1][..., ::-1]
    with VideoReader(file) as reader:
        read = next(iter(reader.frames())).rgb()
    assert read.shape == ((64, 48, 3) if degrees % 180 else (48, 64, 3))
    assert np.abs(read.astype(int) - expected).mean() < 3


@pytest.mark.parametrize(
    ("width", "height", "pixels", "codec"),
    [
        (161, 121, "yuv444p", "libx264"),
        (8, 8, "yuv420p", "libx264"),
        (97, 211, "bgr0", "ffv1"),
        (64, 48, "gray", "ffv1"),
        (64, 48, "yuva420p", "ffv1"),
        (64, 48, "yuv420p10le", "ffv1"),
        (480, 854, "yuv420p", "libx264"),
    ],
)
def test_odd_sizes_and_pixel_formats_become_plain_pictures(
    tmp_path: Path, width: int, height: int, pixels: str, codec: str
) -> None:
    file = write_video(
        tmp_path / "odd.mkv", grey(3, width=width, height=height), [0, 0.04, 0.08], codec=codec, pixels=pixels
    )
    with VideoReader(file) as reader:
        pictures = [frame.rgb() for frame in reader.frames()]
    assert [(p.shape, p.dtype, p.flags.c_contiguous) for p in pictures] == [
        ((height, width, 3), np.uint8, True)
    ] * 3
    assert abs(float(pictures[2][..., 0].mean()) - (60 + 180 * 2 / 3)) < 4


def test_4k_is_made_smaller_and_keeps_its_shape(tmp_path: Path) -> None:
    file = write_video(tmp_path / "4k.mp4", grey(2, width=3840, height=2160), [0, 0.04])
    with VideoReader(file) as reader:
        assert next(iter(reader.frames())).rgb().shape == (1080, LONGEST, 3)


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    import av

    file = tmp_path / "anamorphic.mp4"
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 72, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        out.mux(stream.encode(av.VideoFrame.from_ndarray(grey(1, width=72)(0), format="rgb24")))
        out.mux(stream.encode())
    with VideoReader(file) as reader:
        assert next(iter(reader.frames())).rgb().shape == (48, 96, 3)


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv", "cut.avi"])
def test_a_video_that_was_cut_off_gives_what_is_there_and_says_so(tmp_path: Path, name: str) -> None:
    whole = tmp_path / f"whole{Path(name).suffix}"
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    noise = np.random.default_rng(0).integers(0, 255, (50, 48, 64, 3), dtype=np.uint8)
    stamps = [k / 25 for k in range(50)]
    write_video(whole, noise.__getitem__, stamps, codec=codec, movflags="faststart")
    data = whole.read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) * 6 // 10])
    assert len(stamps_in(whole)) == 50
    with VideoReader(tmp_path / name) as reader:
        read = [frame.stamp for frame in reader.frames()]
        assert 15 < len(read) < 45
        assert read == stamps_in(whole)[: len(read)]
        assert "end" in reader.broke or "read on" in reader.broke


def test_damage_in_the_middle_costs_the_damaged_frames_alone(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 48, 64, 3), dtype=np.uint8)
    stamps = [k / 25 for k in range(60)]
    file = write_video(tmp_path / "hurt.mkv", noise.__getitem__, stamps, keys=10)
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    file.write_bytes(data)
    with VideoReader(file) as reader:
        frames = list(reader.frames())
    read = [f.stamp for f in frames if f.stamp is not None]
    assert read[-1] > 2.0, "nothing behind the damage was read"
    assert 40 < len(read) < 60 or any(f.damaged for f in frames) or reader.unreadable


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("text.mp4", b"not a video at all", "is not an MP4"),
        ("empty.mp4", b"", "empty"),
        ("list.mp4", b"#EXTM3U\nfile:///etc/passwd\n", "is not an MP4"),
        ("ffconcat.mkv", b"ffconcat version 1.0\nfile /etc/hostname\n", "is not an MP4"),
        (
            "head.mp4",
            b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
            "cannot be opened|cut off",
        ),
        ("head.mkv", b"\x1a\x45\xdf\xa3" + bytes(100), "cannot be opened"),
        ("absent.mp4", None, "cannot be read"),
    ],
)
def test_what_is_no_video_is_one_sentence(tmp_path: Path, name: str, content: bytes | None, why: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(MediaError, match=why) as said:
        VideoReader(file)
    assert name in str(said.value)
    assert str(tmp_path) not in str(said.value), "a page shows this sentence: no path of the server"


def test_sound_alone_and_a_cut_off_index_are_said(tmp_path: Path) -> None:
    import av

    sound = tmp_path / "sound.mp4"
    with av.open(str(sound), "w") as out:
        stream: Any = out.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), dtype=np.float32), format="fltp")
        frame.sample_rate, frame.pts = 44100, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    with pytest.raises(MediaError, match="no moving picture"):
        VideoReader(sound)
    whole = write_video(tmp_path / "whole.mp4", grey(20), [k / 25 for k in range(20)])  # its index is last
    cut = tmp_path / "cut.mp4"
    data = whole.read_bytes()
    cut.write_bytes(data[: data.rindex(b"moov") + 100])
    with pytest.raises(MediaError, match="before the end of its index"):
        VideoReader(cut)


@pytest.mark.parametrize("name", ["s.mp4", "s.mkv"])
def test_frames_from_a_moment_on_begin_at_or_before_it(tmp_path: Path, name: str) -> None:
    stamps = uneven(100)
    file = write_video(tmp_path / name, grey(100), stamps)
    with VideoReader(file) as reader:
        every = [f.stamp for f in reader.frames()]
        part = [f.stamp for f in reader.frames(since=every[70])]  # a second reading of the same file
        assert [f.stamp for f in reader.frames()] == every
    assert part == every[-len(part) :]
    assert 30 <= len(part) <= 30 + 12 + 1, "it begins at the key frame before"


def test_a_stream_without_a_length_is_read_all_the_same(tmp_path: Path) -> None:
    """As a recording that is sent while it is made: no duration, no index."""
    import av

    file = tmp_path / "sent.mkv"
    with file.open("wb") as plain:
        unseekable = type("Pipe", (), {"write": plain.write})()
        with av.open(unseekable, "w", format="matroska") as out:
            stream: Any = out.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.codec_context.time_base = 64, 48, TICK
            for k in range(10):
                frame = av.VideoFrame.from_ndarray(grey(10)(k), format="rgb24")
                frame.pts, frame.time_base = 40 * k, TICK
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
    with VideoReader(file) as reader:
        assert reader.footage.duration is None
        assert len(list(reader.frames())) == 10
        assert reader.broke == ""
