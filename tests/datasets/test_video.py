"""Videos as they are met: uneven, turned, odd, cut off, silent, or none at all."""

from __future__ import annotations

import resource
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from film_samples import TURNS, corner, encode, film, noise, put_matrix
from video_samples import TICK, painted, turn_mp4, uneven, write_video

from fer_core.base.errors import MediaError
from fer_core.datasets.media import iter_video
from fer_core.datasets.video import LONGEST, VideoReader


def stamps_in(file: Path) -> list[float | None]:
    with VideoReader(file) as reader:
        return [frame.stamp for frame in reader.frames()]


def grey(count: int, **size: int) -> Any:
    """Pictures that grow brighter."""
    return painted([(k / count, k / count) for k in range(count)], **size)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mov", "libx264"), ("a.mkv", "libx264"), ("a.webm", "libvpx")]
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
    assert [(p.shape, p.dtype, p.flags.c_contiguous) for p in pictures] == [((height, width, 3), np.uint8, True)] * 3
    assert abs(float(pictures[2][..., 0].mean()) - (60 + 180 * 2 / 3)) < 4


def test_4k_is_made_smaller_and_keeps_its_shape(tmp_path: Path) -> None:
    file = write_video(tmp_path / "4k.mp4", grey(2, width=3840, height=2160), [0, 0.04])
    with VideoReader(file) as reader:
        assert next(iter(reader.frames())).rgb().shape == (1080, LONGEST, 3)


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
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
        ("head.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "cannot be opened|cut off"),
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


# --- turned and mirrored --------------------------------------------------------------------------------


@pytest.mark.parametrize("matrix", TURNS)
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_every_quarter_turn_and_mirror_is_obeyed_by_corpora_and_recordings_alike(
    tmp_path: Path, suffix: str, matrix: tuple[int, int, int, int]
) -> None:
    file = put_matrix(film(tmp_path / f"a.{suffix}", corner()), *matrix)
    expected = TURNS[matrix](corner()[0]).astype(int)
    with VideoReader(file) as reader:
        read = next(iter(reader.frames())).rgb()
    assert read.shape == expected.shape
    assert np.abs(read.astype(int) - expected).mean() < 3
    assert (next(iter(iter_video(file)))[2] == read).all()


@pytest.mark.parametrize("roll", [0, 90, 180, 270])
def test_a_matroska_projection_is_obeyed(tmp_path: Path, roll: int) -> None:
    """Remuxed from a turned MP4, as FFmpeg and phones' sharing apps do: the matrix becomes a projection."""
    source = film(tmp_path / "a.mp4", corner())
    turn_mp4(source, roll)
    file = tmp_path / "a.mkv"
    with av.open(str(source)) as given, av.open(str(file), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    with VideoReader(source) as one, VideoReader(file) as other:
        turned, again = (next(iter(reader.frames())).rgb() for reader in (one, other))
    assert turned.shape == again.shape and (turned == again).all()


@pytest.mark.parametrize("degrees", ["90", "180", "270", "-90", "bad"])
def test_a_plain_rotate_tag_is_obeyed(tmp_path: Path, degrees: str) -> None:
    file = tmp_path / "a.mkv"
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.metadata["rotate"] = degrees
        encode(out, stream, corner())
    turns = 0 if degrees == "bad" else -int(degrees) // 90
    read = next(iter(iter_video(file)))[2].astype(int)
    expected = np.rot90(corner()[0], turns)
    assert read.shape == expected.shape and np.abs(read - expected).mean() < 3


def test_pixels_that_are_not_square_are_widened_before_the_turn(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)
        encode(out, stream, corner())
    put_matrix(file, 0, 1, -1, 0)
    read = next(iter(iter_video(file)))[2]
    assert read.shape == (128, 48, 3) and read[:30, -7:].mean() > 180


# --- sizes, streams, covers -----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["ts", "h264"])
def test_a_size_that_changes_on_the_way_is_followed(tmp_path: Path, suffix: str) -> None:
    one = film(tmp_path / f"a.{suffix}", noise(6)).read_bytes()
    two = film(tmp_path / f"b.{suffix}", noise(6, 320, 240)).read_bytes()
    file = tmp_path / f"both.{suffix}"
    file.write_bytes(one + two)
    shapes = [rgb.shape for _, _, rgb in iter_video(file)]
    assert shapes == [(144, 176, 3)] * 6 + [(240, 320, 3)] * 6


def test_of_several_pictures_the_one_the_file_marks_is_read_and_said(tmp_path: Path) -> None:
    file = tmp_path / "two.mkv"
    with av.open(str(file), "w") as out:
        streams: list[Any] = [out.add_stream("libx264", rate=25) for _ in range(2)]
        for stream, default in zip(streams, (False, True), strict=True):
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            stream.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)
        for k in range(5):
            for stream, level in zip(streams, (40, 200), strict=True):
                frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), format="rgb24")
                frame.pts = k
                out.mux(stream.encode(frame))
        for stream in streams:
            out.mux(stream.encode())
    read = list(iter_video(file))
    assert len(read) == 5 and abs(read[0][2].mean() - 200) < 5
    with VideoReader(file) as reader:
        assert reader.footage.streams == 2


def test_a_cover_is_not_a_moving_picture(tmp_path: Path) -> None:
    file = tmp_path / "song.mp4"
    with av.open(str(file), "w") as out:
        sound: Any = out.add_stream("aac", rate=44100)
        cover: Any = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(corner(1)[0], format="rgb24")
        picture.pts = 0
        out.mux(cover.encode(picture))
        out.mux(cover.encode())
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), dtype=np.float32), format="fltp")
        frame.sample_rate, frame.pts = 44100, 0
        out.mux(sound.encode(frame))
        out.mux(sound.encode())
    with pytest.raises(MediaError, match="no moving picture"):
        list(iter_video(file))


@pytest.mark.parametrize(
    ("pixels", "codec", "suffix"),
    [
        ("yuv420p10le", "libx264", "mkv"),
        ("yuvj420p", "mjpeg", "avi"),
        ("rgb24", "png", "mov"),
        ("rgba", "png", "mov"),
        ("gray", "png", "mov"),
        ("monob", "png", "mov"),
        ("gray16be", "png", "mov"),
        ("yuv422p10le", "prores_ks", "mov"),
        ("yuv411p", "ffv1", "mkv"),
        ("bgr0", "ffv1", "mkv"),
        ("ya8", "png", "mov"),
        ("bgr24", "rawvideo", "avi"),
        ("yuyv422", "rawvideo", "avi"),
    ],
)
def test_every_way_of_keeping_colours_gives_the_same_picture(
    tmp_path: Path, pixels: str, codec: str, suffix: str
) -> None:
    file = tmp_path / f"a.{suffix}"
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        encode(out, stream, corner(3))
    read = [rgb for _, _, rgb in iter_video(file)]
    assert len(read) == 3
    assert np.abs(read[1].astype(int) - corner()[0]).mean() < (60 if pixels == "monob" else 6)


def test_a_palette_gives_its_colours(tmp_path: Path) -> None:
    palette = np.zeros((256, 4), np.uint8)
    palette[:2] = [[255, 30, 30, 30], [255, 200, 40, 20]]  # alpha, red, green, blue
    index = (corner()[0, ..., 0] > 100).astype(np.uint8)
    file = tmp_path / "a.mov"
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "pal8"
        frame = av.VideoFrame.from_ndarray((index, palette), format="pal8")
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    read = next(iter(iter_video(file)))[2]
    assert read[0, 0].tolist() == [200, 40, 20] and read[-1, -1].tolist() == [30, 30, 30]


@pytest.mark.parametrize(("space", "full"), [("bt709", 0), ("smpte170m", 0), ("bt709", 1), ("smpte170m", 1)])
def test_colours_follow_the_matrix_and_range_that_the_file_names(tmp_path: Path, space: str, full: int) -> None:
    """Red in the file's own YUV comes back red, whichever standard it was written by."""
    kr, kb = (0.2126, 0.0722) if space == "bt709" else (0.299, 0.114)
    red = np.array([200, 30, 40]) / 255
    luma = kr * red[0] + (1 - kr - kb) * red[1] + kb * red[2]
    blue, other = (red[2] - luma) / (2 - 2 * kb), (red[0] - luma) / (2 - 2 * kr)
    yuv = (
        [luma * 255, 128 + blue * 255, 128 + other * 255]
        if full
        else [16 + 219 * luma, 128 + 224 * blue, 128 + 224 * other]
    )
    shapes = ((48, 64), (24, 32), (24, 32))
    planes = [np.full(shape, round(v), np.uint8) for v, shape in zip(yuv, shapes, strict=True)]
    packed = np.concatenate([plane.reshape(-1, 64) for plane in planes])
    file = tmp_path / "a.mp4"
    with av.open(str(file), "w") as out:
        options = {"colorspace": space, "color_range": "pc" if full else "tv", "qp": "0"}
        stream: Any = out.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
        frame.colorspace, frame.color_range, frame.pts = (1 if space == "bt709" else 6), 1 + full, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    read = next(iter(iter_video(file)))[2]
    assert np.abs(read.reshape(-1, 3).mean(axis=0) - [200, 30, 40]).max() < 4


def test_a_frame_larger_than_the_limit_is_never_decoded(tmp_path: Path) -> None:
    """The header says 64 x 48; the JPEG inside says 30,000 x 30,000, 2.7 GB."""
    file = tmp_path / "a.avi"
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        encode(out, stream, corner(6))
    data = file.read_bytes()
    size = (48).to_bytes(2, "big") + (64).to_bytes(2, "big")
    assert data.count(size) >= 6
    bomb = (30_000).to_bytes(2, "big") * 2
    at = data.index(size, data.index(size) + 1)
    file.write_bytes(data[:at] + data[at:].replace(size, bomb))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with VideoReader(file) as reader:
        frames = list(reader.frames())
    assert len(frames) <= 1 and reader.unreadable
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB


# --- time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("begin", "suffix"), [(-0.3, "nut"), (0.5, "mkv"), (1000.0, "mkv"), (1000.0, "mp4")])
def test_wherever_its_clock_begins_a_clip_begins_at_0(tmp_path: Path, begin: float, suffix: str) -> None:
    stamps = uneven(12)
    file = write_video(tmp_path / f"a.{suffix}", grey(12), [begin + t for t in stamps])
    assert [t for _, t, _ in iter_video(file)] == pytest.approx(stamps, abs=0.002)


@pytest.mark.parametrize("rate", [1, Fraction(1, 10)])
def test_a_film_of_one_frame_in_ten_seconds_does_not_break_off(tmp_path: Path, rate: Fraction | int) -> None:
    for suffix in ("mp4", "mkv", "avi"):
        file = film(tmp_path / f"a.{suffix}", noise(4), rate=rate)
        with VideoReader(file) as reader:
            assert len(list(reader.frames())) == 4
            assert reader.broke == ""


def test_an_edit_list_that_hides_the_beginning_is_obeyed(tmp_path: Path) -> None:
    """As a phone trims a clip: all frames are stored, the first half second is not shown."""
    file = film(tmp_path / "a.mp4", noise(30))
    data = bytearray(file.read_bytes())
    at = data.index(b"elst")  # version 0: count, then duration, media time, rate
    scale = int.from_bytes(data[data.index(b"mdhd") + 16 :][:4], "big")
    start = int.from_bytes(data[at + 16 : at + 20], "big")
    data[at + 16 : at + 20] = (start + scale // 2).to_bytes(4, "big")
    file.write_bytes(data)
    times = [t for _, t, _ in iter_video(file)]
    assert 16 <= len(times) <= 18 and times[0] == 0 and times[-1] < 0.8


# --- damage ---------------------------------------------------------------------------------------------


def test_damaged_frames_leave_gaps_in_the_numbers_and_are_told(tmp_path: Path) -> None:
    file = film(tmp_path / "a.avi", noise(30))
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 1500] = bytes(1500)
    file.write_bytes(data)
    told: list[int] = []
    numbers = [n for n, _, _ in iter_video(file, on_error=lambda n, _: told.append(n))]
    assert numbers[-1] >= 29 and len(numbers) < numbers[-1]
    assert sorted(numbers) == numbers and not set(told) & set(numbers)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "flv", "wmv", "mpg"])
def test_bytes_flipped_anywhere_give_frames_or_a_sentence(tmp_path: Path, suffix: str) -> None:
    whole = film(tmp_path / f"a.{suffix}", noise(8)).read_bytes()
    draw = np.random.default_rng(0)
    for _ in range(25):
        data = np.frombuffer(whole, np.uint8).copy()
        at = draw.integers(0, len(data), draw.integers(1, 60))
        data[at] = draw.integers(0, 256, len(at))
        file = tmp_path / f"b.{suffix}"
        file.write_bytes(data.tobytes())
        try:
            numbers = [n for n, _, _ in iter_video(file)]
        except MediaError as error:
            assert "\n" not in str(error)
        else:
            assert numbers


@pytest.mark.parametrize(
    ("share", "said"), [(0.14, "none of its pictures can be decoded"), (0.2, "at 0.0 s"), (0.5, "at 0.2 s")]
)
def test_of_a_short_film_too_its_missing_end_is_said(tmp_path: Path, share: float, said: str) -> None:
    """It lasts half a second, less than a long one may end before its header says."""
    file = film(tmp_path / "a.webm", noise(12, 64, 48))
    data = file.read_bytes()
    at = int(len(data) * share)
    file.write_bytes(data[:at] + bytes(len(data) - at))
    with VideoReader(file) as reader:
        assert len(list(reader.frames())) < 7
        assert reader.broke.endswith(said)
