"""Lists that came through the browser for a folder (labels.csv, subjects.csv), and the list to fill in."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Literal

from fer_core.base.errors import PathError
from fer_core.base.paths import home
from fer_core.datasets.base import Corpus
from fer_core.files.csv_files import csv_text
from fer_core.files.whole_files import write_bytes

Kind = Literal["labels", "subjects"]

MAX_BYTES = 20_000_000


def keep_list(root: str | Path, kind: Kind, data: bytes) -> Path:
    """Keep an uploaded list for a folder, whole or not at all; another content gets another name.

    Raises
    ------
    PathError
        For a list of nothing or of more than `MAX_BYTES`, and a home that cannot be written to.
    """
    if not data.strip() or len(data) > MAX_BYTES:
        what = "the list is empty" if not data.strip() else f"the list has more than {MAX_BYTES // 1000**2} MB"
        raise PathError(what, where=f"{kind}.csv", fix="choose the list that you filled in")
    folder = blake2b(str(Path(root).resolve()).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    version = blake2b(data, digest_size=4).hexdigest()
    file = home() / "names" / folder / version / f"{kind}.csv"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(file, data)
    except OSError as error:
        raise PathError(
            f"the list cannot be kept ({error.strerror or error})", where=str(file), fix="free some disk space"
        ) from error
    return file


def list_to_fill_in(corpus: Corpus) -> bytes:
    """A ``clip,subject`` CSV of all clips, with the subjects that are known, for a spreadsheet."""
    clips = (*corpus.clips, *corpus.unlabelled)
    rows = [("clip", "subject"), *((c.clip_id, c.subject if c.subject_known else "") for c in clips)]
    return csv_text(rows).encode("utf-8-sig")
