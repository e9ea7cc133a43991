"""What a media file is, told from its name and its first bytes without decoding it.

Names lie: a text file can be called ``.png``. These checks read a few bytes, so that a corpus
of ten thousand images opens in a second.
"""

from __future__ import annotations

from pathlib import Path

from fer_core.datasets.containers import HEAD_BYTES, STILL_BRANDS, container_of, video_is_whole

IMAGE_SUFFIXES = frozenset(
    {
        ".png",
        ".apng",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".mpo",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".gif",
        ".webp",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
    }
)
VIDEO_SUFFIXES = frozenset(
    {
        ".mp4",
        ".m4v",
        ".mp4v",
        ".mov",
        ".qt",
        ".3gp",
        ".3g2",
        ".f4v",
        ".avi",
        ".divx",
        ".mkv",
        ".webm",
        ".flv",
        ".wmv",
        ".asf",
        ".mpg",
        ".mpeg",
        ".mpe",
        ".m1v",
        ".m2v",
        ".m2p",
        ".vob",
        ".mod",
        ".ts",
        ".mts",
        ".m2t",
        ".m2ts",
        ".tod",
        ".ogv",
        ".mxf",
        ".rm",
        ".rmvb",
        ".dv",
        ".dif",
        ".ivf",
        ".nut",
        ".h264",
        ".264",
    }
)

IMAGE_WORDS = "PNG, JPEG, BMP, TIFF, GIF, WebP, HEIC or AVIF"
VIDEO_WORDS = "MP4, MOV, 3GP, AVI, MKV, WebM, FLV, WMV, MPEG, TS, MTS or OGV"
"""What is read, for the sentences that say so; `IMAGE_SUFFIXES` and `VIDEO_SUFFIXES` are the whole lists."""

_PNG = b"\x89PNG\r\n\x1a\n"


def is_image_name(name: str) -> bool:
    """Whether the file name ends as an image's does."""
    return Path(name).suffix.lower() in IMAGE_SUFFIXES


def is_video_name(name: str) -> bool:
    """Whether the file name ends as a video's does."""
    return Path(name).suffix.lower() in VIDEO_SUFFIXES


def image_kind(head: bytes) -> str | None:
    """``png``, ``jpeg``, ``bmp``, ``tiff``, ``gif``, ``webp``, ``heic`` or ``avif`` from a file's first
    `HEAD_BYTES`; None for anything else.
    """
    if head.startswith(_PNG):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"II*\x00", b"MM\x00*")):
        return "tiff"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in STILL_BRANDS:
        brands = head[8 : max(12, int.from_bytes(head[:4], "big"))]
        return "avif" if b"avif" in brands or b"avis" in brands else "heic"
    return "bmp" if head.startswith(b"BM") else None


def why_not_image(path: Path) -> str | None:
    """Why a file called an image is none, or None if it begins as one."""
    return _why_not(path, image_kind(_head(path)) is not None, f"a {IMAGE_WORDS} image")


def why_not_video(path: Path) -> str | None:
    """Why a file called a video cannot be one, or None if it begins, and ends, as one."""
    why = _why_not(path, container_of(_head(path)) is not None, f"an {VIDEO_WORDS} video")
    return why or (None if video_is_whole(path) else "the video is cut off before its end")


def _why_not(path: Path, begins_right: bool, wanted: str) -> str | None:
    try:
        if path.stat().st_size == 0:
            return "the file is empty (0 bytes)" if path.is_file() else "it is no file"
        if begins_right:
            return None
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return f"the file cannot be read ({error.strerror or error})"
    return f"the file is not {wanted}, whatever its name says"


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():  # opening a pipe would wait for whoever writes into it
            return b""
        with path.open("rb", buffering=0) as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""
