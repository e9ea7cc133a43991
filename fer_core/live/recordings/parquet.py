"""A recording's CSV as Parquet: the same columns with their types, and its JSON inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.base.errors import RecordingError
from fer_core.files import shapes, whole_files
from fer_core.files.shapes import Text

METADATA = b"fer_lab"
"""Key of the Parquet file's metadata under which the recording's JSON lies."""
_BLOCK = 1 << 20
"""Bytes of CSV read at once: memory does not depend on the recording's length."""
_FIX = "use the CSV beside it"
_WHOLE, _WORDS = ("frame", "face", "faces"), ("state", "emotion", "reference", "event")


@dataclass(frozen=True)
class _About:
    """Of a recording's JSON what a Parquet file takes over."""

    columns: dict[str, dict[str, Text]]


def to_parquet(source: Path, about: Path) -> Path:
    """Write the Parquet file beside a recording's CSV, in bounded memory; returns its path.

    ``about`` is the recording's JSON. A file that is there is replaced once the new one is whole.

    Raises
    ------
    RecordingError
        Where the recording cannot be read, or the file not be written.
    """
    import pyarrow as pa

    target = source.with_suffix(".parquet")
    try:
        said = shapes.plain(about, what="description of the columns", fix=_FIX, error=RecordingError)
        shapes.checked(
            said, _About, what="description of the columns", where=str(about), fix=_FIX, error=RecordingError
        )
        with whole_files.whole_path(target) as partial:
            _convert(source, partial, said)
    except (OSError, ValueError, pa.ArrowException) as error:
        why = str(error.strerror if isinstance(error, OSError) and error.strerror else error).splitlines()[0]
        raise RecordingError(f"the Parquet file cannot be made ({why})", where=str(target), fix=_FIX) from error
    return target


def _convert(source: Path, target: Path, about: dict[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    schema = pa.schema(
        [
            pa.field(name, _type(name), metadata={k: str(v) for k, v in said.items()})
            for name, said in about["columns"].items()
        ],
        metadata={METADATA: json.dumps(about).encode()},
    )
    types = {f.name: f.type for f in schema}
    convert = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    read = pyarrow.csv.ReadOptions(block_size=_BLOCK, use_threads=False)
    with (
        pyarrow.csv.open_csv(source, read_options=read, convert_options=convert) as batches,
        pyarrow.parquet.ParquetWriter(target, schema) as out,
    ):
        for batch in batches:
            out.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))


def _type(name: str) -> Any:
    import pyarrow as pa

    if name == "time_s":
        return pa.float64()
    if name in _WHOLE:
        return pa.int64() if name == "frame" else pa.int32()
    return pa.string() if name in _WORDS else pa.float32()
