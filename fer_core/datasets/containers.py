"""The containers of videos: which one a file is, what of FFmpeg reads it, and whether the file is whole.

Only these are ever handed to FFmpeg, each with its own demuxer named: left to guess, FFmpeg takes text files
for playlists, which make it open whatever files and addresses they name.

A file is not whole where its own bytes say so: a box, chunk, tag, page or packet that reaches beyond the end.
A few seeks a file; where a format keeps no such account (a transport stream may be cut anywhere), decoding
finds what there is to find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEAD_BYTES = 1024
"""How many first bytes `video_kind` and `image_kind` need."""

_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"pnot", b"uuid", b"sidx", b"styp"})
"""Top-level boxes of MP4 and QuickTime files (ISO/IEC 14496-12; QTFF)."""
STILL_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"avif", b"avis"}
)
"""Major brands of the same boxes that hold pictures, not videos (ISO/IEC 23008-12; AVIF)."""
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_MXF = bytes.fromhex("060e2b34020501010d010201")
_TAGS = (8, 9, 18)
"""Kinds of tags of an FLV: sound, picture, data."""
_TAIL = 1 << 17


@dataclass(frozen=True)
class Container:
    """One kind of file: its name, FFmpeg's demuxer, and two checks.

    ``begins`` is asked about the first `HEAD_BYTES`, ``fits`` whether the opened file of so many bytes is as
    long as it says itself.
    """

    kind: str
    demuxer: str
    begins: Callable[[bytes], bool]
    fits: Callable[[BinaryIO, int], bool] = lambda file, size: True


def container_of(head: bytes) -> Container | None:
    """The container that a file's first bytes are of; None for anything else."""
    return next((c for c in CONTAINERS if c.begins(head)), None)


def video_kind(head: bytes) -> str | None:
    """``mp4`` (QuickTime, 3GP too), ``avi``, ``matroska`` (WebM too) and so on; None for anything else."""
    found = container_of(head)
    return found.kind if found else None


def video_is_whole(path: Path) -> bool:
    """Whether a video file is as long as its own bytes say, so far as its format says anything."""
    with path.open("rb") as file:
        found = container_of(file.read(HEAD_BYTES))
        return found is None or found.fits(file, path.stat().st_size)


# Beginnings -----------------------------------------------------------------------------------------------


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _is_mp4(head: bytes) -> bool:
    return head[4:8] in _BOXES and not (head[4:8] == b"ftyp" and head[8:12] in STILL_BRANDS)


def _is_avi(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] in (b"AVI ", b"AMV ")


def _is_matroska(head: bytes) -> bool:
    return head.startswith(b"\x1a\x45\xdf\xa3")


def _ts_packet(head: bytes) -> tuple[int, int] | None:
    """Where the first packet of a transport stream begins and how long packets are; None where no four of
    them follow each other (ISO/IEC 13818-1; 192 bytes with the time code of camcorders).
    """
    for length in (188, 192, 204):
        for at in range(min(length, max(0, len(head) - 3 * length))):
            if all(head[at + k * length] == 0x47 for k in range(4)):
                return at, length
    return None


def _is_dv(head: bytes) -> bool:
    return head[:3] == b"\x1f\x07\x00" and len(head) > 3 and head[3] & 0x7F == 0x3F


def _is_h264(head: bytes) -> bool:
    """A bare H.264 stream as small cameras write it: it begins with its parameters, or a delimiter before."""
    for mark in (b"\x00\x00\x00\x01", b"\x00\x00\x01"):
        if head.startswith(mark):
            return len(head) > len(mark) and head[len(mark)] in (0x67, 0x27, 0x09)
    return False


# Ends -----------------------------------------------------------------------------------------------------


def _boxes_fit(file: BinaryIO, size: int) -> bool:
    """Whether no top-level box of an MP4 reaches beyond the end."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:  # a 64-bit length follows
            length = int.from_bytes(head[8:16], "big")
        if not head[4:8].isalnum() or length < 8:  # padding, or a last box without a length
            return True
        at += length
    return at <= size


def _riff_fits(file: BinaryIO, size: int) -> bool:
    """Whether no chunk RIFF of an AVI reaches beyond the end; files above 1 GB hold several (OpenDML)."""
    at = 0
    while at + 12 <= size:
        file.seek(at)
        head = file.read(12)
        length = int.from_bytes(head[4:8], "little")
        if head[:4] != b"RIFF" or length in (0, 0xFFFFFFFF):
            return True
        at += 8 + length + length % 2
    return at <= size + 1


def _vint(data: bytes, at: int) -> tuple[int | None, int]:
    """An EBML length (RFC 8794): the value, None for unknown, and the position behind it."""
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def _ebml_fits(file: BinaryIO, size: int) -> bool:
    """Whether the segment of a Matroska file ends in it; where a live recorder left its length open, whether
    each cluster and block does.
    """
    head, at = _read_at(file, 0, 64), 0
    try:
        length, at = _vint(head, 4)
        at += length or 0
        head = _read_at(file, at, 12)
        if head[:4] != b"\x18\x53\x80\x67":
            return True
        length, begin = _vint(head, 4)
    except IndexError:
        return False
    return at + begin + length <= size if length is not None else _elements_fit(file, at + begin, size)


def _elements_fit(file: BinaryIO, at: int, size: int) -> bool:
    while at < size:
        head = _read_at(file, at, 12)
        try:
            width = 9 - head[0].bit_length()
            length, begin = _vint(head, width)
        except IndexError:
            return False
        if width > 4:
            return True  # no element: damage, which is no end
        at += begin + (length or 0)  # inside a cluster of unknown length its blocks come next
    return at == size


def _flv_fits(file: BinaryIO, size: int) -> bool:
    """Whether the last tag of an FLV is there: its length stands behind it once more. Where it does not, tag
    by tag: some writers leave the last length out, or pad.
    """
    length = int.from_bytes(_read_at(file, size - 4, 4), "big")
    if 11 <= length <= size - 13:
        tag = _read_at(file, size - 4 - length, 4)
        if tag[0] & 0x1F in _TAGS and int.from_bytes(tag[1:4], "big") + 11 == length:
            return True
    at = 13
    while at + 11 <= size:
        tag = _read_at(file, at, 4)
        if tag[0] & 0x1F not in _TAGS:
            return True  # no tag: padding, or damage, which is no end
        at += 11 + int.from_bytes(tag[1:4], "big") + 4
    return at - 4 in (size, size - 4)


def _packets_fit(file: BinaryIO, size: int) -> bool:
    """Whether a transport stream ends with a whole packet."""
    found = _ts_packet(_read_at(file, 0, HEAD_BYTES))
    if found is None:
        return True
    at, length = found
    return (size - at + (4 if length == 192 else 0)) % length == 0  # camcorders' time code stands before


def _packs_fit(file: BinaryIO, size: int) -> bool:
    """Whether the last packets of a program stream (MPEG, VOB) end in the file."""
    tail = _read_at(file, max(0, size - _TAIL), _TAIL)
    at = tail.rfind(b"\x00\x00\x01\xba")
    while 0 <= at < len(tail) and tail[at : at + 3] == b"\x00\x00\x01":
        rest = len(tail) - at
        code = tail[at + 3] if rest > 3 else -1
        if code == 0xB9:  # the end code
            return True
        if code == 0xBA:
            new = rest > 4 and tail[at + 4] >> 6 == 1  # MPEG-2, as against MPEG-1
            at += (14 + (tail[at + 13] & 7) if rest > 13 else 14) if new else 12
        elif rest < 6:
            return False
        else:
            at += 6 + int.from_bytes(tail[at + 4 : at + 6], "big")
    return at < 0 or at <= len(tail)


def _asf_fits(file: BinaryIO, size: int) -> bool:
    """Whether an ASF or WMV file is as long as its header says; a broadcast's says nothing."""
    head = _read_at(file, 0, _TAIL)
    if int.from_bytes(head[16:24], "little") > size:
        return False
    at = head.find(_ASF_FILE)
    if at < 0 or at + 92 > len(head) or head[at + 88] & 1:
        return True
    return int.from_bytes(head[at + 40 : at + 48], "little") <= size


def _pages_fit(file: BinaryIO, size: int) -> bool:
    """Whether an Ogg file ends with a whole page that is marked as a stream's last (RFC 3533)."""
    tail = _read_at(file, max(0, size - _TAIL), _TAIL)
    at = tail.rfind(b"OggS")
    page = tail[at:] if at >= 0 else b""
    if len(page) < 27 or len(page) < 27 + page[26]:
        return False
    return bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


def _partitions_fit(file: BinaryIO, size: int) -> bool:
    """Whether an MXF file holds the footer that its header announces (SMPTE ST 377-1)."""
    head = _read_at(file, 0, 128)
    at = 17 + (head[16] & 0x7F if len(head) > 16 and head[16] & 0x80 else 0)
    return int.from_bytes(head[at + 24 : at + 32], "big") < size


def _read_at(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(max(0, at))
    return file.read(length)


CONTAINERS = (
    Container("mp4", "mov", _is_mp4, _boxes_fit),
    Container("avi", "avi", _is_avi, _riff_fits),
    Container("matroska", "matroska", _is_matroska, _ebml_fits),
    Container("flv", "flv", _starts(b"FLV\x01"), _flv_fits),
    Container("asf", "asf", _starts(_ASF), _asf_fits),
    Container("ogg", "ogg", _starts(b"OggS"), _pages_fit),
    Container("mpeg", "mpeg", _starts(b"\x00\x00\x01\xba"), _packs_fit),
    Container("mpeg video", "mpegvideo", _starts(b"\x00\x00\x01\xb3")),
    Container("mxf", "mxf", _starts(_MXF), _partitions_fit),
    Container("real", "rm", _starts(b".RMF")),
    Container("dv", "dv", _is_dv),
    Container("ivf", "ivf", _starts(b"DKIF")),
    Container("nut", "nut", _starts(b"nut/multimedia container\x00")),
    Container("h264", "h264", _is_h264),
    Container("mpegts", "mpegts", lambda head: _ts_packet(head) is not None, _packets_fit),
)
