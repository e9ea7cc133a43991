"""Pictures and labels in .parquet files, as Hugging Face's ``datasets`` writes them.

A row holds ``image`` (a struct of ``bytes`` and ``path``, or bytes alone) and ``label`` (a number, or a
name). What numbers mean stands in the schema's metadata ``huggingface``, as a ClassLabel's names; where it
does not, it is asked for (`fer_core.datasets.images.code_orders`). Parts are in file names
(``train-00000-of-00001.parquet``) or folders (``train/0000.parquet``). Who is shown is not told.

The files of the pictures are copied into the cache once and mapped from there; none is decoded to open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.images.base import PARTS, ImageCorpus, Part, Strings
from fer_core.datasets.images.code_orders import emotions_by_order
from fer_core.datasets.images.corpus_from_columns import assemble
from fer_core.datasets.images.files import files_of, folders_of
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import PackedSource
from fer_core.datasets.images.unpacked import forget, unpacked
from fer_core.datasets.parts import part_of

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_IMAGE = ("image", "img", "picture", "face", "image_bytes", "pixel_values")
_LABEL = ("label", "labels", "emotion", "expression", "class", "fine_label", "emotion_label", "target")
_VERSION = "parquet images 1"
_ROWS = 128  # at a time
_MOST_FILES = 500
_MOST_FOLDERS = 50
_MOST_BYTES = 2**37
_MOST_GROUP = 2**32  # bytes of one row group's pictures
_DEPTH = 3
_FIX = "save a column image of the pictures' files and a column label (datasets: Image and ClassLabel)"


@dataclass(frozen=True)
class _Columns:
    """Names of the columns, whether pictures lie in a struct, and the names of the classes, if told."""

    image: str
    label: str
    struct: bool
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Rows:
    """What was unpacked of files: bytes with their starts, labels as written, rows per file."""

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    label: Strings
    counts: list[int]


def find_parquet(path: Path) -> list[Path]:
    """The .parquet files of a corpus of pictures, by part; none where the first has no pictures or labels."""
    files = [path] if path.is_file() else _files(path, _DEPTH)
    files = [file for file in files if file.suffix.casefold() == ".parquet"][: _MOST_FILES + 1]
    if not files or _columns_of(files[0]) is None:
        return []
    return sorted(files, key=lambda file: PARTS.index(_part(file, path)))


def open_parquet(path: str | Path, codes: str | None = None) -> ImageCorpus:
    """Open pictures in .parquet files.

    Parameters
    ----------
    path : one file, or a folder of some
    codes : which emotion each number is, where the files do not say

    Raises
    ------
    CorpusError
        For files without pictures and labels, damaged or too large ones, numbers that nobody explains, and
        for a full disk.
    SettingError
        For `codes` that is no order, or where the files name their labels.
    """
    given = Path(path).resolve()
    files = find_parquet(given)
    columns = _columns_of(files[0]) if files else None
    if columns is None or len(files) > _MOST_FILES:
        what = f"there are more than {_MOST_FILES} files" if files else "no .parquet holds pictures and labels"
        raise CorpusError(what, where=str(path), fix=_FIX)
    root = given if given.is_dir() else given.parent
    rows = _rows(files, columns)
    tally = Tally()
    item = np.concatenate(
        [
            np.char.add(f"{_named(file, given)}/", np.arange(n).astype(np.str_))
            for file, n in zip(files, rows.counts, strict=True)
        ]
    )
    part = np.repeat(np.array([_part(file, given) for file in files], dtype="<U10"), rows.counts)
    there = np.diff(rows.starts) > 0
    tally.leave_all(item[~there].tolist(), "its picture is not in the file", _FIX)
    emotion, note = emotions_by_order(rows.label, item, codes, root, tally)
    kept = np.flatnonzero((emotion != "") & there)
    return assemble(
        given.stem if given.is_file() else given.name,
        "parquet",
        given,
        PackedSource(rows.data, rows.starts, clean_name(given.name)),
        tally,
        item=item[kept],
        emotion=emotion[kept],
        part=part[kept],
        position=kept.astype(np.int64),
        note=note,
    )


def _files(folder: Path, depth: int) -> list[Path]:
    found = files_of(folder, ".parquet")
    inside = [folder / name for name in folders_of(folder)[:_MOST_FOLDERS]] if depth else []
    return found + [file for inner in inside if not inner.is_symlink() for file in _files(inner, depth - 1)]


def _part(file: Path, root: Path) -> Part:
    """By the first word of the file's name, else by the nearest folder that is a part's."""
    first = part_of(re.split(r"[-_.0-9]", file.stem, maxsplit=1)[0])
    if first or not root.is_dir():
        return first or ""
    folders = reversed(file.relative_to(root).parts[:-1])
    return next((p for name in folders if (p := part_of(name))), "")


def _named(file: Path, root: Path) -> str:
    shown = file.relative_to(root).with_suffix("").as_posix() if root.is_dir() else file.stem
    return "/".join(clean_name(part) for part in shown.split("/"))


# reading -------------------------------------------------------------------------------------------


def _opened(file: Path) -> pq.ParquetFile:
    """Raises `CorpusError` for what is no whole .parquet file, or claims to be too large."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.ParquetFile(file, memory_map=False, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise _damaged(file) from error
    groups = [found.metadata.row_group(k).total_byte_size for k in range(found.metadata.num_row_groups)]
    if max(groups, default=0) > _MOST_GROUP or sum(groups) > _MOST_BYTES:
        found.close()
        raise CorpusError(
            f"its rows would fill {sum(groups):,} bytes",
            where=str(file),
            fix="write smaller row groups, or several files",
        )
    return found


def _damaged(file: Path) -> CorpusError:
    return CorpusError("the file is no whole .parquet file", where=str(file), fix="fetch it again")


def _columns_of(file: Path) -> _Columns | None:
    try:
        with _opened(file) as opened:
            return _columns(opened.schema_arrow)
    except CorpusError:
        return None


def _columns(schema: pa.Schema) -> _Columns | None:
    import pyarrow as pa

    image = _first(schema.names, _IMAGE)
    label = _first(schema.names, _LABEL)
    if not image or not label:
        return None
    its, labels = schema.field(image).type, schema.field(label).type
    struct = pa.types.is_struct(its)
    held = its.field("bytes").type if struct and its.get_field_index("bytes") >= 0 else its
    if not (pa.types.is_binary(held) or pa.types.is_large_binary(held)):
        return None
    plain = labels.value_type if pa.types.is_dictionary(labels) else labels
    whole = pa.types.is_integer(plain)
    if not (whole or pa.types.is_string(plain) or pa.types.is_large_string(plain)):
        return None
    return _Columns(image, label, struct, _class_names(schema.metadata, label) if whole else ())


def _first(names: list[str], wanted: tuple[str, ...]) -> str:
    by_key = {name.casefold(): name for name in names if names.count(name) == 1}
    return next((by_key[name] for name in wanted if name in by_key), "")


def _class_names(metadata: dict[bytes, bytes] | None, label: str) -> tuple[str, ...]:
    """A ClassLabel's names in the schema's metadata; () where it has none."""
    try:
        told: Any = json.loads((metadata or {})[b"huggingface"])
        names = told["info"]["features"][label]["names"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ()
    usable = isinstance(names, list) and len(names) <= 1000 and all(isinstance(n, str) for n in names)
    return tuple(names) if usable else ()


def _rows(files: list[Path], columns: _Columns) -> _Rows:
    first, *others = files
    also = tuple(others)
    for _ in range(2):
        folder = unpacked(first, _VERSION, lambda into: _unpack(files, columns, into), also)
        try:
            size = (folder / "pictures.bin").stat().st_size
            data = np.memmap(folder / "pictures.bin", dtype=np.uint8, mode="r") if size else _NOTHING
            with np.load(folder / "rows.npz", allow_pickle=False) as told:
                rows = _Rows(data, told["starts"], told["label"], told["counts"].tolist())
            if rows.starts[-1] == size and sum(rows.counts) == len(rows.label) == len(rows.starts) - 1:
                return rows
        except (OSError, ValueError, KeyError, IndexError):  # damaged on disk: once more
            pass
        forget(first, _VERSION, also)
    raise CorpusError("the unpacked pictures cannot be read back", where=str(first), fix="check the disk")


_NOTHING: npt.NDArray[np.uint8] = np.zeros(0, dtype=np.uint8)


def _unpack(files: list[Path], columns: _Columns, into: Path) -> None:
    starts, counts = [0], []
    labels: list[str] = []
    with (into / "pictures.bin").open("wb") as out:
        for file in files:
            before = len(labels)
            for data, label in _pictures(file, columns):
                out.write(data)
                starts.append(starts[-1] + len(data))
                labels.append(label)
            counts.append(len(labels) - before)
    np.savez(
        into / "rows.npz",
        starts=np.array(starts, np.int64),
        label=np.array(labels, np.str_),
        counts=np.array(counts, np.int64),
    )


def _pictures(file: Path, columns: _Columns) -> Iterator[tuple[bytes, str]]:
    """Bytes of each row's picture (none where it holds none) and its label as text."""
    import pyarrow as pa

    with _opened(file) as opened:
        if _columns(opened.schema_arrow) != columns:
            what = "its columns or its labels' names are not those of the first file"
            raise CorpusError(what, where=str(file), fix="open the files one by one")
        try:
            wanted = [columns.image, columns.label]
            for batch in opened.iter_batches(batch_size=_ROWS, columns=wanted, use_threads=False):
                images = batch.column(columns.image)
                if columns.struct:
                    images = images.flatten()[images.type.get_field_index("bytes")]
                for data, label in zip(images, batch.column(columns.label).to_pylist(), strict=True):
                    yield data.as_py() or b"", _spelled(label, columns.names)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _damaged(file) from error


def _spelled(label: Any, names: tuple[str, ...]) -> str:
    if label is None or label == -1:  # how datasets writes that there is none
        return ""
    if isinstance(label, int) and 0 <= label < len(names):
        return names[label][:80]
    return str(label)[:80]
