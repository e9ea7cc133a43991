"""What the bytes of a picture say before it is decoded: its size, whether it is whole, whether it moves.

So that no decoder is handed a picture that would fill the memory, or half a one: decoders give the part of a
cut-off picture that is there and leave the rest grey, without an error, and half a face would pass as a face.
"""

from __future__ import annotations

from fer_core.datasets.signatures import HEAD_BYTES, image_kind

# All start-of-frame markers but DHT (C4), JPG (C8) and DAC (CC), ITU-T T.81 table B.1.
_JPEG_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the header gives them, before any turning; None where it gives none."""
    kind = image_kind(data[:HEAD_BYTES])
    try:
        if kind == "png":
            return _number(data, 16, 4, "big"), _number(data, 20, 4, "big")
        if kind == "gif":
            return _number(data, 6, 2), _number(data, 8, 2)
        if kind in _SIZES:
            return _SIZES[kind](data)
        return None
    except IndexError:
        return None


def image_is_whole(data: bytes) -> bool:
    """Whether a picture reaches its end; True for BMP and TIFF, whose decoder says so itself."""
    kind = image_kind(data[:HEAD_BYTES])
    try:
        if kind == "png":
            return data.rfind(b"IEND") > 0
        if kind == "jpeg":
            return _jpeg_scan(data)[1]
        if kind == "gif":
            return _gif_pictures(data) > 0
        if kind == "webp":
            return _number(data, 4, 4) + 8 <= len(data)
        return kind not in ("heic", "avif") or _boxes(data)[1]
    except IndexError:
        return False


def is_animated(data: bytes) -> bool:
    """Whether the bytes hold several pictures that are shown one after the other."""
    kind = image_kind(data[:HEAD_BYTES])
    if kind == "png":  # an acTL chunk before the pixels
        pixels = data.find(b"IDAT")
        return pixels > 0 and data.find(b"acTL", 0, pixels) > 0
    if kind == "webp":
        return data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & 2)
    if kind in ("heic", "avif"):
        return data[8:12] in (b"avis", b"msf1", b"hevc", b"hevx", b"hevm", b"hevs")
    try:
        return kind == "gif" and _gif_pictures(data) > 1
    except IndexError:
        return False


def _number(data: bytes, at: int, length: int, order: str = "little", signed: bool = False) -> int:
    if at + length > len(data):
        raise IndexError(at)
    return int.from_bytes(data[at : at + length], "big" if order == "big" else "little", signed=signed)


def _bmp_size(data: bytes) -> tuple[int, int]:
    if _number(data, 14, 4) == 12:  # the OS/2 header has 16-bit sizes
        return _number(data, 18, 2), _number(data, 20, 2)
    # A negative height means top row first.
    return _number(data, 18, 4), abs(_number(data, 22, 4, signed=True))


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


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Of the canvas, or of the one picture (RFC 9649)."""
    if data[12:16] == b"VP8X":
        return _number(data, 24, 3) + 1, _number(data, 27, 3) + 1
    if data[12:16] == b"VP8L":
        bits = _number(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return (_number(data, 26, 2) & 0x3FFF, _number(data, 28, 2) & 0x3FFF) if data[12:16] == b"VP8 " else None


def _gif_pictures(data: bytes) -> int:
    """How many pictures a GIF holds, 0 where it breaks off in the first; counts no further than 2."""

    def table(flags: int) -> int:
        return 3 << (flags & 7) + 1 if flags & 0x80 else 0

    count, at = 0, 13 + table(data[10])
    try:
        while count < 2 and data[at] != 0x3B:
            if data[at] == 0x2C:
                at += 11 + table(data[at + 9])
                ends = 1
            else:
                at, ends = at + 2, 0
            while length := data[at]:
                at += 1 + length
            at, count = at + 1, count + ends
    except IndexError:
        return 2 if count > 1 else 0
    return count


def _boxes(data: bytes) -> tuple[bytes, bool]:
    """The box ``meta`` of a HEIF or AVIF file, and whether all boxes end in it (ISO/IEC 14496-12)."""
    meta, at = b"", 0
    while at + 8 <= len(data):
        length, begin = _number(data, at, 4, "big"), at + 8
        if length == 1:
            length, begin = _number(data, at + 8, 8, "big"), at + 16
        elif length == 0:
            length = len(data) - at
        if length < 8:
            return meta, False
        if data[at + 4 : at + 8] == b"meta":
            meta = data[begin : at + length]
        at += length
    return meta, at == len(data)


def _heif_size(data: bytes) -> tuple[int, int] | None:
    """The largest of the sizes of a HEIF or AVIF file's items: its picture's (ISO/IEC 23008-12, ispe)."""
    meta, found, at = _boxes(data)[0], [], -1
    while (at := meta.find(b"ispe", at + 1)) >= 0:
        found.append((_number(meta, at + 8, 4, "big"), _number(meta, at + 12, 4, "big")))
    return max(found, key=lambda size: size[0] * size[1], default=None)


_SIZES = {
    "bmp": _bmp_size,
    "tiff": _tiff_size,
    "jpeg": lambda data: _jpeg_scan(data)[0],
    "webp": _webp_size,
    "heic": _heif_size,
    "avif": _heif_size,
}
