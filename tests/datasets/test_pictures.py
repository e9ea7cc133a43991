"""Pictures of every kind: the same pixels, turned once, never half, never too large, never one of many."""

from __future__ import annotations

import io
import resource
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

from fer_core.base.errors import MediaError
from fer_core.datasets.media import read_image, read_photo
from fer_core.datasets.picture_headers import image_is_whole, image_size, is_animated
from fer_core.datasets.pictures import decode_image, decode_photo
from fer_core.datasets.signatures import IMAGE_SUFFIXES, IMAGE_WORDS, image_kind, is_image_name
from fer_core.datasets.uploads import save_upload

KINDS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP", "HEIF", "AVIF")
LOSSY = {"JPEG": 12, "WEBP": 12, "HEIF": 16, "AVIF": 16, "GIF": 4}
TURNED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: np.rot90(p, 2),
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.rot90(p, 2).swapaxes(0, 1),
    8: lambda p: np.rot90(p, 1),
}
"""EXIF's eight orientations as what is done to the stored picture to see it upright."""


def patches(height: int = 96, width: int = 128) -> np.ndarray:
    """Four colours that no turn or mirroring leaves where they are, uint8 (H, W, 3)."""
    picture = np.full((height, width, 3), (30, 60, 90), np.uint8)
    picture[: height // 2, : width // 2] = (220, 40, 40)
    picture[height // 2 :, : width // 2] = (40, 200, 60)
    picture[: height // 4, width // 2 :] = (60, 60, 220)
    return picture


def stored(picture: np.ndarray | Image.Image, kind: str, exif: int | None = None, **how: Any) -> bytes:
    """The bytes of a picture in a kind of file, with an EXIF orientation where asked for."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    mark = Image.Exif()
    if exif is not None:
        mark[0x0112] = exif
        how["exif"] = mark.tobytes()
    out = io.BytesIO()
    if kind == "JPEG":
        how = {"quality": 95, "subsampling": 0} | how
    if kind == "HEIF":
        register_heif_opener()  # for writing: the product reads without it
        how["quality"] = 95
    image.save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_its_pixels_red_first(tmp_path: Path, kind: str) -> None:
    data = stored(patches(), kind)
    read = decode_image(data, "x")
    assert read.shape == (96, 128, 3) and read.dtype == np.uint8 and read.flags.c_contiguous
    assert np.abs(read.astype(int) - patches()).mean() <= LOSSY.get(kind, 0)
    assert image_size(data) == (128, 96) and image_is_whole(data) and not is_animated(data)
    suffix = {"HEIF": "heic", "WEBP": "webp"}.get(kind, kind.lower())
    assert is_image_name(f"a.{suffix}") and image_kind(data[:1024]) is not None
    path = save_upload(data, f"me.{suffix}", tmp_path)
    assert (read_image(path) == read).all()
    assert (read_photo(path)[0] == read).all() and read_photo(path)[1] == ()


@pytest.mark.parametrize("mark", TURNED)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_a_cameras_mark_is_obeyed_once(kind: str, mark: int) -> None:
    """In HEIC and AVIF the writer turns the mark into the file's own boxes; the mark may stay beside them."""
    read = decode_image(stored(patches(), kind, exif=mark), "x")
    expected = TURNED[mark](patches())
    assert read.shape == expected.shape
    assert np.abs(read.astype(int) - expected).mean() <= LOSSY.get(kind, 0)


def as_heic(picture: np.ndarray, turn: bytes) -> bytes:
    """A HEIC whose box ``irot`` or ``imir`` is changed by hand."""
    data = stored(picture, "HEIF", exif=6)
    at = data.index(b"irot")
    return data[: at + 4] + turn + data[at + 5 :]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_heics_own_rotation_counts_and_not_exif_beside_it(quarters: int) -> None:
    read = decode_image(as_heic(patches(), bytes([quarters])), "x")
    expected = np.rot90(patches(), quarters)  # anti-clockwise (ISO/IEC 23008-12)
    assert read.shape == expected.shape and np.abs(read.astype(int) - expected).mean() <= 16


def test_grey_alpha_palette_depth_and_print_colours_become_8_bit_rgb() -> None:
    grey = np.linspace(0, 255, 96 * 128).astype(np.uint8).reshape(96, 128)
    rgb = np.repeat(grey[..., None], 3, axis=2)
    alpha = np.dstack([patches(), np.full((96, 128), 7, np.uint8)])
    cases: dict[str, tuple[bytes, np.ndarray, int]] = {}
    exactly: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True, "exact": True}, "AVIF": {"quality": 100}}
    for kind in ("PNG", "TIFF", "WEBP", "AVIF"):
        data = stored(Image.fromarray(alpha), kind, **exactly.get(kind, {}))
        cases[f"alpha {kind}"] = data, patches(), 6 * (kind == "AVIF")
    cases["alpha HEIF"] = stored(Image.fromarray(alpha), "HEIF"), patches(), 16
    for kind in KINDS:
        if kind not in ("WEBP", "GIF"):
            cases[f"grey {kind}"] = stored(Image.fromarray(grey), kind), rgb, 4
    both = Image.merge("LA", [Image.fromarray(grey), Image.new("L", (128, 96), 9)])
    cases["grey and alpha"] = stored(both, "PNG"), rgb, 0
    cases["palette"] = stored(Image.fromarray(patches()).quantize(8), "PNG"), patches(), 2
    seen_through = Image.fromarray(patches()).quantize(8)
    cases["palette, one colour clear"] = stored(seen_through, "PNG", transparency=0), patches(), 2
    cases["gif, one colour clear"] = stored(seen_through, "GIF", transparency=0), patches(), 4
    bits = Image.fromarray(((grey > 128) * 255).astype(np.uint8)).convert("1")
    for kind in ("PNG", "TIFF", "BMP", "GIF"):
        cases[f"1 bit {kind}"] = stored(bits, kind), np.repeat(((grey > 128) * 255)[..., None], 3, axis=2), 1
    for suffix in (".png", ".tiff"):
        deep = cv2.imencode(suffix, patches()[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
        cases[f"16 bit {suffix}"] = deep, patches(), 1
    cases["CMYK JPEG"] = stored(Image.fromarray(patches()).convert("CMYK"), "JPEG"), patches(), 12
    cases["CMYK TIFF"] = stored(Image.fromarray(patches()).convert("CMYK"), "TIFF"), patches(), 12
    progressive = stored(patches(), "JPEG", progressive=True)
    cases["progressive"] = progressive, patches(), 12
    mpo = stored(patches(), "MPO", save_all=True, append_images=[Image.new("RGB", (128, 96))])
    cases["the first of a stereo JPEG"] = mpo, patches(), 12
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for kind in ("PNG", "JPEG", "WEBP"):
        how = {"lossless": True} if kind == "WEBP" else {}
        cases[f"{kind} with a profile"] = stored(patches(), kind, icc_profile=profile, **how), patches(), 12
    apart = {
        name: float(np.abs(decode_image(data, name).astype(int) - expected).mean())
        for name, (data, expected, _) in cases.items()
    }
    assert {name: a for name, a in apart.items() if a > cases[name][2]} == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.5, 0.9, 0.99])
def test_a_cut_picture_is_named(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (80, 96, 3), np.uint8)
    data = stored(noise, kind)
    with pytest.raises(MediaError, match=r"cut off|damaged"):
        decode_image(data[: int(len(data) * share)], "x")


def with_size(kind: str, wide: int, high: int) -> bytes:
    """A small file whose header says that its picture is so large."""
    data = bytearray(stored(patches(), kind))
    if kind == "GIF":
        data[6:10] = struct.pack("<HH", wide, high)
    elif kind == "WEBP":
        data[26:30] = struct.pack("<HH", min(wide, 0x3FFF), min(high, 0x3FFF))
    elif kind in ("HEIF", "AVIF"):
        at = data.index(b"ispe") + 8
        data[at : at + 8] = struct.pack(">II", wide, high)
    elif kind == "PNG":
        data[16:24] = struct.pack(">II", wide, high)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", wide, -high)
    elif kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", high, wide)
    return bytes(data)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "TIFF"])
def test_a_bomb_is_refused_by_its_header(kind: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MediaError, match="more than 100 million"):
        decode_image(with_size(kind, 60_000, 60_000), "x")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_a_gif_whose_picture_is_larger_than_its_screen_is_refused() -> None:
    data = bytearray(stored(patches(), "GIF"))
    at = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    data[at + 5 : at + 9] = struct.pack("<HH", 60_000, 60_000)
    with pytest.raises(MediaError, match=r"more than 100 million|damaged"):
        decode_image(bytes(data), "x")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animated_file_the_first_picture_is_read_where_one_is_chosen_and_none_in_a_corpus(
    tmp_path: Path, kind: str
) -> None:
    black = Image.new("RGB", (128, 96))
    data = stored(patches(), kind, save_all=True, append_images=[black, black], duration=40)
    assert is_animated(data)
    read, remarks = decode_photo(data, "x")
    assert np.abs(read.astype(int) - patches()).mean() <= LOSSY.get(kind, 0)
    assert len(remarks) == 1 and "only its first picture is read" in remarks[0]
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(data)
    with pytest.raises(MediaError, match="animated, and which of its pictures is meant"):
        read_image(path)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "HEIF", "AVIF"])
def test_flipped_bytes_give_a_picture_or_a_sentence(kind: str) -> None:
    whole, draw = stored(patches(), kind), np.random.default_rng(1)
    for _ in range(40):
        data = np.frombuffer(whole, np.uint8).copy()
        at = draw.integers(0, len(data), draw.integers(1, 20))
        data[at] = draw.integers(0, 256, len(at))
        try:
            read = decode_photo(data.tobytes(), "x")[0]
        except MediaError as error:
            assert "\n" not in str(error) and error.fix
        else:
            assert read.ndim == 3 and read.dtype == np.uint8


def test_the_sentences_name_what_is_read() -> None:
    with pytest.raises(MediaError, match="WebP, HEIC or AVIF"):
        decode_image(b"%PDF-1.7", "x")
    for word in IMAGE_WORDS.replace(" or ", ", ").split(", "):
        assert f".{word.lower()}" in IMAGE_SUFFIXES, word
