"""The recordings that lie in a folder: listed, taken away, deleted. Whoever made them, and when."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from fer_core.base.errors import PathError, RecordingError
from fer_core.base.text import clean_name
from fer_core.files import shapes
from fer_core.files.containment import stays
from fer_core.files.shapes import Amount, Count, Text
from fer_core.live.recordings.rows import read_rows

NAME = "recording"
"""Of a recording's files in its folder, without ending."""
GROWS = 10.0
"""Seconds after its last row in which an unfinished recording may still be written to."""


@dataclass(frozen=True)
class _About:
    """Of a recording's JSON what is read again."""

    complete: bool
    rows: Count = 0
    seconds: Amount = 0.0
    error: Text | None = None


@dataclass(frozen=True)
class Recording:
    """One recording on the disk.

    Attributes
    ----------
    folder : its own; it goes with the recording
    rows, seconds : how much it holds; None where that cannot be read
    growing : whether somebody may still be writing it
    error : what went wrong while it was written, in a sentence
    """

    folder: Path
    rows: int | None
    seconds: float | None
    growing: bool = False
    error: str | None = None

    @property
    def name(self) -> str:
        """Its folder's name."""
        return clean_name(self.folder.name)

    @property
    def csv(self) -> Path:
        """The rows."""
        return self.folder / f"{NAME}.csv"

    @property
    def json(self) -> Path:
        """What the columns mean, and how the recording was made."""
        return self.folder / f"{NAME}.json"

    def parquet(self) -> Path:
        """The rows as Parquet, written now. Raises `RecordingError`."""
        from fer_core.live.recordings.parquet import to_parquet

        return to_parquet(self.csv, self.json)


def recordings(shelf: Path) -> list[Recording]:
    """All recordings in a folder, the newest first by their names; none where the folder is absent."""
    try:
        folders = sorted((f for f in shelf.iterdir() if stays(shelf, f)), reverse=True)
    except OSError:
        return []
    return [found for folder in folders if (found := _looked_at(folder)) is not None]


def _looked_at(folder: Path) -> Recording | None:
    """The recording in a folder, or that it cannot be read; None where there is none."""
    try:
        return _read(folder) if _is_own(folder) else None
    except OSError as error:
        return Recording(folder, None, None, error=f"it cannot be read: {error.strerror or error}.")


def _is_own(folder: Path) -> bool:
    """Whether a folder holds a recording of its own: no file of it is a link to another place."""
    files = [folder / f"{NAME}.csv", folder / f"{NAME}.json"]
    return files[0].is_file() and all(stays(folder, f) for f in files)


def delete(recording: Recording) -> None:
    """Remove a recording for good. Raises `RecordingError` where somebody is writing it, or it cannot go."""
    if _read(recording.folder).growing:
        raise RecordingError(
            "the recording is still being written", where=recording.name, fix="stop it where it was begun"
        )
    try:
        shutil.rmtree(recording.folder)
    except OSError as error:
        why = error.strerror or str(error)
        raise RecordingError(
            f"the recording cannot be removed ({why})", where=str(recording.folder), fix="remove the folder by hand"
        ) from error


def _read(folder: Path) -> Recording:
    found = Recording(folder, None, None)
    try:
        about = shapes.read(found.json, _About, what="description", fix="")
        if about.complete:
            return Recording(folder, about.rows, about.seconds, error=about.error)
        if time.time() - found.csv.stat().st_mtime < GROWS:
            return Recording(folder, None, None, growing=True)
    except (OSError, PathError):
        pass  # its rows may be whole all the same
    return _counted(folder)


def _counted(folder: Path) -> Recording:
    """A recording that was broken off: what its rows say."""
    first, last, rows = 0.0, 0.0, 0
    try:
        for row in read_rows(folder / f"{NAME}.csv"):
            first = row.time_s if not rows else first
            last, rows = row.time_s, rows + 1
    except RecordingError as error:
        return Recording(folder, None, None, error=str(error))
    return Recording(folder, rows, last - first, error="it was broken off; what was recorded is kept.")
