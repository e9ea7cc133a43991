"""Where pixels come from: files under one folder, one array, or files packed into one array of bytes."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import MediaError
from fer_core.datasets.images.base import Image, Strings
from fer_core.datasets.picture_headers import image_size
from fer_core.datasets.pictures import decode_image

_KEY_BYTES = 16
_SAMPLE = 12  # files whose headers are read to tell the size of all
_HEADER = 65_536  # bytes in which a JPEG tells its size, after thumbnails of usual cameras
_CHUNK = 4096  # images


class FileSource:
    """Image files, by their names relative to one folder.

    A file is opened when it is read. Names are checked for leading out of the folder when the corpus
    is opened (`fer_core.datasets.images.files`), and links once more here.
    """

    def __init__(self, root: Path, names: Strings) -> None:
        self.root, self.names = root.resolve(), names

    def __len__(self) -> int:
        return len(self.names)

    def path(self, position: int) -> Path:
        """The file of one image."""
        return self.root / str(self.names[position])

    def read(self, position: int) -> Image:
        """One image as RGB uint8 (H, W, 3): grey, alpha, CMYK and 16-bit files are converted.

        Raises
        ------
        MediaError
            For a file that is absent, cut off, animated, no image, or reached by a link out of the folder.
        """
        path = self.path(position)
        try:
            if not path.resolve().is_relative_to(self.root):
                raise MediaError("the file lies outside the corpus", where=str(path), fix="copy it into it")
            data = path.read_bytes()
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or error
            raise MediaError(
                f"the file cannot be read ({why})", where=str(path), fix="check that it is there"
            ) from error
        return decode_image(data, str(path))

    @cached_property
    def key(self) -> str:
        """Of all names with sizes and times of change: one ``stat`` a file."""
        digest = blake2b(digest_size=_KEY_BYTES)
        for name in self.names.tolist():
            try:
                stat = (self.root / name).stat()
                told = f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
            except OSError:
                told = f"{name}\0absent\n"
            digest.update(told.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def side(self) -> int | None:
        """The side in pixels where a sample of the files are squares of one size."""
        step = max(1, len(self) // _SAMPLE)
        sizes = {_size(self.path(position)) for position in range(0, len(self), step)}
        size = sizes.pop() if len(sizes) == 1 else None
        return size[0] if size and size[0] == size[1] else None


class ArraySource:
    """Images in one array, uint8 (n, H, W) or (n, H, W, 3); it may be mapped from a file."""

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def read(self, position: int) -> Image:
        """One image, as it lies in the array. Raises `MediaError` for a position that is not there."""
        if not 0 <= position < len(self.images):
            raise MediaError("there is no such image", where=f"position {position}")
        return np.array(self.images[position])

    @cached_property
    def key(self) -> str:
        """Of all pixels: the same on every machine, whatever file they came from."""
        digest = blake2b(str(self.images.shape).encode(), digest_size=_KEY_BYTES)
        for start in range(0, len(self.images), _CHUNK):
            digest.update(np.ascontiguousarray(self.images[start : start + _CHUNK]).data)
        return digest.hexdigest()

    def side(self) -> int | None:
        """The side in pixels where the images are squares."""
        height, width = self.images.shape[1:3]
        return int(height) if height == width else None


class PackedSource:
    """Encoded image files one after the other in one array of bytes, which may be mapped from a file.

    Parameters
    ----------
    data : uint8 (bytes,)
    starts : int64 (n + 1,), where each begins, and the end of the last
    name : what is told of a file that cannot be read, before its number
    """

    def __init__(self, data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], name: str) -> None:
        self.data, self.starts, self.name = data, starts, name

    def __len__(self) -> int:
        return len(self.starts) - 1

    def read(self, position: int) -> Image:
        """One image as RGB uint8 (H, W, 3). Raises `MediaError` for one that is absent, damaged or none."""
        where = f"{self.name}, image {position}"
        if not 0 <= position < len(self):
            raise MediaError("there is no such image", where=where)
        return decode_image(self._file(position), where)

    @cached_property
    def key(self) -> str:
        """Of all bytes."""
        digest = blake2b(np.ascontiguousarray(self.starts).tobytes(), digest_size=_KEY_BYTES)
        for start in range(0, len(self.data), 1 << 24):
            digest.update(self.data[start : start + (1 << 24)].tobytes())
        return digest.hexdigest()

    def side(self) -> int | None:
        """The side in pixels where a sample of the images are squares of one size."""
        step = max(1, len(self) // _SAMPLE)
        sizes = {image_size(self._file(position)[:_HEADER]) for position in range(0, len(self), step)}
        size = sizes.pop() if len(sizes) == 1 else None
        return size[0] if size and size[0] == size[1] else None

    def _file(self, position: int) -> bytes:
        return self.data[self.starts[position] : self.starts[position + 1]].tobytes()


def _size(path: Path) -> tuple[int, int] | None:
    try:
        with path.open("rb") as file:
            return image_size(file.read(_HEADER))
    except OSError:
        return None
