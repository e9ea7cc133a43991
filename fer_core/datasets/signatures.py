"""What a media file is, told from its bytes without decoding it.

Names lie: a text file can be called ``.png``. These checks read a few bytes, so that a corpus
of ten thousand images opens in a second, and so that no decoder is handed a picture that would
fill the memory or a playlist that would make it open other files.
"""

from __future__ import annotations

from pathlib import Path

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm"})

HEAD_BYTES = 16
"""How many first bytes `image_kind` and `video_kind` need."""

_PNG = b"\x89PNG\r\n\x1a\n"
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"pnot", b"uuid", b"sidx"})
"""Top-level boxes of MP4 and QuickTime files (ISO/IEC 14496-12; QTFF)."""

# All start-of-frame markers but DHT (C4), JPG (C8) and DAC (CC), ITU-T T.81 table B.1.
_JPEG_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_image_name(name: str) -> bool:
    """Whether the file name ends as an image's does."""
    return Path(name).suffix.lower() in IMAGE_SUFFIXES


def is_video_name(name: str) -> bool:
    """Whether the file name ends as a video's does."""
    return Path(name).suffix.lower() in VIDEO_SUFFIXES


def image_kind(head: bytes) -> str | None:
    """``png``, ``jpeg``, ``bmp`` or ``tiff`` from a file's first bytes; None for anything else."""
    if head.startswith(_PNG):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"II*\x00", b"MM\x00*")):
        return "tiff"
    return "bmp" if head.startswith(b"BM") else None


def video_kind(head: bytes) -> str | None:
    """``mp4`` (QuickTime too), ``avi`` or ``matroska`` (WebM too); None for anything else."""
    if head[4:8] in _BOXES:
        return "mp4"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    return "matroska" if head.startswith(b"\x1a\x45\xdf\xa3") else None


def why_not_image(path: Path) -> str | None:
    """Why a file called an image is none, or None if it begins as one."""
    return _why_not(path, image_kind(_head(path)) is not None, "a PNG, JPEG, BMP or TIFF image")


def why_not_video(path: Path) -> str | None:
    """Why a file called a video cannot be one, or None if it begins, and ends, as one."""
    why = _why_not(path, video_kind(_head(path)) is not None, "an MP4, MOV, AVI, MKV or WebM video")
    return why or (None if video_is_whole(path) else "the video is cut off before its end")


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the header gives them; None where it gives none."""
    kind = image_kind(data[:HEAD_BYTES])
    try:
        if kind == "png":
            return _number(data, 16, 4, "big"), _number(data, 20, 4, "big")
        if kind == "bmp":
            return _bmp_size(data)
        if kind == "tiff":
            return _tiff_size(data)
        return _jpeg_scan(data)[0] if kind == "jpeg" else None
    except IndexError:
        return None


def image_is_whole(data: bytes) -> bool:
    """Whether a PNG or JPEG reaches its end mark; True for the other formats, which have none.

    OpenCV decodes the part of a cut-off picture that is there and leaves the rest grey, without
    an error: half a face would pass as a face.
    """
    kind = image_kind(data[:HEAD_BYTES])
    if kind == "png":
        return data.rfind(b"IEND") > 0
    try:
        return kind != "jpeg" or _jpeg_scan(data)[1]
    except IndexError:
        return False


def video_is_whole(path: Path) -> bool:
    """Whether an MP4, MOV or AVI file is as long as its own headers say."""
    kind = video_kind(_head(path))
    if kind == "mp4":
        return _boxes_fit(path)
    if kind == "avi":
        declared = _number(_head(path), 4, 4, "little")
        return declared == 0 or declared == 0xFFFFFFFF or declared + 8 <= path.stat().st_size + 1
    return True


def _why_not(path: Path, begins_right: bool, wanted: str) -> str | None:
    try:
        if path.stat().st_size == 0:
            return "the file is empty (0 bytes)"
        if begins_right:
            return None
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return f"the file cannot be read ({error.strerror or error})"
    return f"the file is not {wanted}, whatever its name says"


def _head(path: Path) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _number(data: bytes, at: int, length: int, order: str, signed: bool = False) -> int:
    if at + length > len(data):
        raise IndexError(at)
    return int.from_bytes(data[at : at + length], "big" if order == "big" else "little", signed=signed)


def _bmp_size(data: bytes) -> tuple[int, int]:
    if _number(data, 14, 4, "little") == 12:  # the OS/2 header has 16-bit sizes
        return _number(data, 18, 2, "little"), _number(data, 20, 2, "little")
    # A negative height means top row first.
    return _number(data, 18, 4, "little"), abs(_number(data, 22, 4, "little", signed=True))


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    order = "little" if data.startswith(b"II") else "big"
    directory = _number(data, 4, 4, order)
    found: dict[int, int] = {}
    for entry in range(_number(data, directory, 2, order)):
        at = directory + 2 + 12 * entry
        tag, short = _number(data, at, 2, order), _number(data, at + 2, 2, order) == 3
        if tag in (256, 257):  # ImageWidth, ImageLength (TIFF 6.0)
            found[tag] = _number(data, at + 8, 2 if short else 4, order)
    return (found[256], found[257]) if len(found) == 2 else None


def _jpeg_scan(data: bytes) -> tuple[tuple[int, int] | None, bool]:
    """Size, and whether an end mark follows the picture's own scan (a thumbnail's does not count)."""
    size, at = None, 2
    while True:
        marker = data[at + 1] if data[at] == 0xFF else -1
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker == 0xDA:
            return size, data.find(b"\xff\xd9", at) > 0
        elif marker < 0xC0:
            return size, False
        else:
            if marker in _JPEG_SOF:
                size = _number(data, at + 7, 2, "big"), _number(data, at + 5, 2, "big")
            at += 2 + _number(data, at + 2, 2, "big")


def _boxes_fit(path: Path) -> bool:
    """Whether no top-level box of an MP4 reaches beyond the end of the file."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            head = file.read(16)
            length = int.from_bytes(head[:4], "big")
            if length == 1:  # a 64-bit length follows
                length = int.from_bytes(head[8:16], "big")
            if head[4:8] not in _BOXES or length < 8:  # padding, or a last box without a length
                return True
            at += length
    return at <= size
