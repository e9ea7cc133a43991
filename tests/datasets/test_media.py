"""Pictures as arrays: every usual kind comes out as 8-bit RGB, and nothing else comes out."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from film_samples import film, noise

from fer_core.base.errors import MediaError
from fer_core.datasets import media
from fer_core.datasets.base import Clip
from fer_core.datasets.containers import video_is_whole
from fer_core.datasets.media import iter_frames, iter_video, read_image
from fer_core.datasets.picture_headers import image_size
from fer_core.datasets.pictures import decode_image

from .builders import picture, put, put_empty, put_video

RED = (250, 20, 10)
"""A colour whose channels cannot be confused, in RGB."""


def encoded(suffix: str, pixels: np.ndarray) -> bytes:
    written, data = cv2.imencode(suffix, pixels)
    assert written
    return data.tobytes()


def red(height: int = 9, width: int = 7, channels: int = 3) -> np.ndarray:
    """A red picture as OpenCV wants it (BGR or BGRA)."""
    bgr = np.empty((height, width, channels), np.uint8)
    bgr[:] = (*RED[::-1], 128)[:channels]
    return bgr


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif"])
def test_colours_come_out_red_first_at_any_size(suffix: str) -> None:
    rgb = decode_image(encoded(suffix, red()), "x")
    assert rgb.dtype == np.uint8 and rgb.shape == (9, 7, 3)
    assert np.abs(rgb.astype(int) - RED).max() <= (8 if suffix == ".jpg" else 0)


def test_grey_alpha_and_16_bits_become_8_bit_rgb() -> None:
    grey = np.arange(0, 256, dtype=np.uint8).reshape(16, 16)
    rgb = decode_image(encoded(".png", grey), "x")
    assert rgb.shape == (16, 16, 3) and (rgb == grey[..., None]).all()
    assert (decode_image(encoded(".png", red(channels=4)), "x") == RED).all()
    deep = decode_image(encoded(".png", grey.astype(np.uint16) * 257), "x")
    assert deep.dtype == np.uint8 and (deep == grey[..., None]).all()


def test_a_cameras_orientation_mark_is_obeyed() -> None:
    """EXIF orientation 6: the picture lies on its side and is to be turned by 90 degrees."""
    tiff = b"MM\x00*" + struct.pack(">IH", 8, 1) + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + bytes(4)
    body = b"Exif\x00\x00" + tiff
    jpeg = encoded(".jpg", red(16, 32))
    marked = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
    assert decode_image(jpeg, "x").shape == (16, 32, 3)
    assert decode_image(marked, "x").shape == (32, 16, 3)


def test_names_with_spaces_and_any_letters_are_read(tmp_path: Path) -> None:
    path = put(tmp_path / "Zoë 笑 é" / "Bild ß.png")
    assert (read_image(path) == read_image(str(path))).all()
    assert read_image(path).shape == (12, 16, 3)


def test_a_real_frame_equals_opencvs_own_reading(shared_data: Path) -> None:
    path = next((shared_data / "ckplus_sample").rglob("*.png"))
    assert (read_image(path) == cv2.imread(str(path))[..., ::-1]).all()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif"])
def test_the_header_tells_the_size(suffix: str) -> None:
    assert image_size(encoded(suffix, red(31, 57))) == (57, 31)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "0 bytes"),
        (b"this is no picture", "not a PNG"),
        (b"GIF89a" + bytes(40), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"II*\x00\xff\xff\xff\xff", "damaged"),
        (b"BM", "damaged"),
    ],
)
def test_what_is_no_image_is_one_sentence(data: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=why):
        decode_image(data, "upload.png")
    path = tmp_path / "x.png"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=why) as caught:
        read_image(path)
    assert "x.png" in str(caught.value) and caught.value.fix


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_image_does_not_come_out_half_grey(suffix: str, share: float) -> None:
    data = picture(suffix, 120, 160)
    with pytest.raises(MediaError, match=r"cut off|damaged"):
        decode_image(data[: int(len(data) * share)], "x")


def test_a_thumbnails_end_is_not_the_pictures(tmp_path: Path) -> None:
    jpeg, thumbnail = picture(".jpg", 120, 160), picture(".jpg")
    body = b"Exif\x00\x00" + thumbnail
    marked = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
    assert decode_image(marked, "x").shape == (120, 160, 3)
    with pytest.raises(MediaError, match="cut off"):
        decode_image(marked[: len(marked) // 2], "x")


def test_a_png_with_broken_pixels_is_refused() -> None:
    data = bytearray(picture(".png", 120, 160))
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    with pytest.raises(MediaError, match="damaged"):
        decode_image(bytes(data), "x")


def test_a_huge_picture_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PNG of 20 kB that would fill 1.2 GB."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0))
    bomb += chunk(b"IDAT", zlib.compress(bytes(20_000_000))) + chunk(b"IEND", b"")
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("the picture was decoded"))
    with pytest.raises(MediaError, match="20000 x 20000 pixels"):
        decode_image(bomb, "x")


@pytest.mark.parametrize("path", ["absent.png", "folder.png"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(MediaError, match=r"\.png"):
        read_image(tmp_path / path)


def test_video_frames_come_in_order_with_their_times(tmp_path: Path) -> None:
    path = put_video(tmp_path / "Zoë 笑.mp4", frames=6)
    told = list(iter_video(path))
    assert [n for n, _, _ in told] == [1, 2, 3, 4, 5, 6]
    assert np.allclose([t for _, t, _ in told], np.arange(6) / 10, atol=0.002)
    levels = [float(rgb.mean()) for _, _, rgb in told]
    assert np.allclose(levels, 40 + 20 * np.arange(6), atol=4)
    assert told[0][2].shape == (48, 64, 3) and told[0][2].dtype == np.uint8


def test_real_videos_are_read_whole(shared_data: Path) -> None:
    """72 and 95 frames, as PyAV decodes them; the second file's edit list hides three of its 98."""
    for name, frames in (("single_face.mp4", 72), ("no_face.mp4", 95)):
        times = [t for _, t, _ in iter_video(shared_data / "fixtures" / name)]
        assert len(times) == frames
        assert (np.diff(times) > 0).all()
    assert all(video_is_whole(p) for p in (shared_data / "fixtures").glob("*.m*"))


def test_a_video_can_be_left_early(tmp_path: Path) -> None:
    frames = iter_video(put_video(tmp_path / "a.mp4"))
    assert next(frames)[0] == 1
    frames.close()


@pytest.mark.parametrize("name", ["a.h264", "a.m2v", "a.avi"])
def test_times_rise_even_where_a_video_tells_none(tmp_path: Path, name: str) -> None:
    """Bare streams hold no time stamps, and an AVI none that are of frames."""
    times = [t for _, t, _ in iter_video(film(tmp_path / name, noise(8)))]
    assert np.allclose(times, np.arange(8) / media.FALLBACK_FPS, atol=0.002)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.98])
@pytest.mark.parametrize(("name", "code"), [("a.mp4", "mp4v"), ("a.avi", "MJPG")])
def test_a_cut_off_video_is_one_sentence(tmp_path: Path, share: float, name: str, code: str) -> None:
    path = put_video(tmp_path / name, frames=30, code=code)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError, match="cut off"):
        list(iter_video(path))


def test_a_cut_off_real_video_is_one_sentence(tmp_path: Path, shared_data: Path) -> None:
    data = (shared_data / "fixtures" / "single_face.mp4").read_bytes()
    path = put(tmp_path / "a.mp4", data[: len(data) // 2])
    with pytest.raises(MediaError, match="cut off"):
        list(iter_video(path))


def test_a_playlist_called_mp4_never_reaches_the_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    path = put(tmp_path / "a.mp4", "#EXTM3U\n#EXTINF:1,\nhttp://example.org/x.ts\n")
    monkeypatch.setattr(av, "open", lambda *_, **__: pytest.fail("the playlist was opened"))
    with pytest.raises(MediaError, match="not an MP4"):
        list(iter_video(path))


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"x" * 100, "not an MP4"), (b"\x00\x00\x00\x08ftyp", "damaged"), (b"\x1a\x45\xdf\xa3" + bytes(50), "damaged")],
)
def test_what_is_no_video_is_one_sentence(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(MediaError, match=why):
        list(iter_video(put(tmp_path / "a.mp4", data)))
    with pytest.raises(MediaError, match="0 bytes"):
        list(iter_video(put_empty(tmp_path / "b.mp4")))
    with pytest.raises(MediaError):
        list(iter_video(tmp_path / "absent.mp4"))


def test_frames_of_a_clip_come_with_their_own_numbers(tmp_path: Path) -> None:
    paths = tuple(put(tmp_path / f"{n}.png") for n in (1, 9))
    told = list(iter_frames(Clip("c", "s", None, paths, (1, 9))))
    assert [n for n, _ in told] == [1, 9] and told[0][1].shape == (12, 16, 3)
    film = Clip("v", "s", None, video=put_video(tmp_path / "v.mp4"))
    assert [n for n, _ in iter_frames(film)] == [1, 2, 3, 4, 5, 6]


def test_mixed_sizes_are_given_as_they_are(tmp_path: Path) -> None:
    paths = (put(tmp_path / "1.png"), put(tmp_path / "2.png", picture(".png", 30, 41)))
    assert [f.shape for _, f in iter_frames(Clip("c", "s", None, paths, (1, 2)))] == [(12, 16, 3), (30, 41, 3)]


def test_a_damaged_frame_stops_a_clip_or_is_passed_over_on_request(tmp_path: Path) -> None:
    paths = tuple(put(tmp_path / f"{n}.png") for n in (1, 2, 3))
    put_empty(paths[1])
    clip = Clip("c", "s", None, paths, (1, 5, 9))
    with pytest.raises(MediaError, match="0 bytes"):
        list(iter_frames(clip))
    told: list[tuple[int, str]] = []
    numbers = [n for n, _ in iter_frames(clip, on_error=lambda n, e: told.append((n, e.what)))]
    assert numbers == [1, 9] and told == [(5, "the file is empty (0 bytes)")]


def test_a_synthetic_clip_has_no_pictures() -> None:
    with pytest.raises(MediaError, match="only landmarks"):
        list(iter_frames(Clip("D001/001", "D001", "fear", (), (1, 2))))


def test_importing_the_module_imports_no_decoder() -> None:
    """The pages start without them: they are loaded where a picture is read."""
    code = (
        "import sys, fer_core.datasets.media, fer_core.datasets.catalog, fer_core.datasets.uploads;"
        "print({'cv2', 'av', 'PIL'} & set(sys.modules) or False)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
