"""A recording of readings: a CSV that grows row by row, and beside it what its columns mean."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core import __version__
from fer_core.base.errors import RecordingError
from fer_core.files.csv_files import csv_text
from fer_core.files.json_files import write_whole
from fer_core.live.recordings.columns import BETWEEN_MARKS, columns, meanings, safe_mark, with_neutral
from fer_core.live.recordings.shelf import NAME
from fer_core.live.recordings.time_stamps import TimeStamps

if TYPE_CHECKING:
    from fer_core.live.state import FaceReading, LiveState

FORMAT = "fer-lab-recording"
MOST_MARKS = 50
"""Event markers that one row holds; memory stays bounded however often the button is pressed."""


@dataclass(frozen=True)
class Written:
    """How far a recording has come: bytes and rows of the CSV, first and last time stamp (s)."""

    bytes: int = 0
    rows: int = 0
    stamps: int = 0
    first: float | None = None
    last: float | None = None


@dataclass
class _Marks:
    """Event markers that wait for a row, each with the time from which it may be written."""

    waiting: list[tuple[float, str]] = field(default_factory=list)

    def add(self, text: str, time_s: float | None) -> None:
        self.waiting = [*self.waiting[-MOST_MARKS + 1 :], (-1e300 if time_s is None else time_s, text)]

    def due(self, time_s: float) -> str:
        said = BETWEEN_MARKS.join(text for begin, text in self.waiting if begin <= time_s)
        self.waiting = [(begin, text) for begin, text in self.waiting if begin > time_s]
        return said


class Recorder:
    """Writes one row for each frame time stamp and face read; also for frames without a face.

    Every frame's rows reach the system in one write as they come, so what was recorded survives a crash of
    the program, and memory stays bounded. Time stamps only rise (`TimeStamps`). Any thread may call it.

    A disk that is full, or a folder that is taken away, does not raise: a camera's thread would die of it.
    `error` then holds one sentence, what was written stays, and further rows are passed over.

    Parameters
    ----------
    folder : Path
        Made if needed.
    emotions : sequence of str
        The recogniser's.
    about : mapping
        The bundle, its version, the settings: written into the JSON beside the CSV.
    name : str
        File name without ending.
    kept : Written, optional
        Goes on with a recording that is there, behind this point; whatever was written after it goes.

    Raises
    ------
    RecordingError
        Where the files cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        emotions: Sequence[str],
        about: Mapping[str, Any],
        *,
        name: str = NAME,
        kept: Written | None = None,
    ) -> None:
        self.folder, self.name, self.emotions = Path(folder), name, tuple(emotions)
        self.error: str | None = None
        self._about, self._complete = dict(about), False
        self._started = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self._lock = threading.Lock()  # a camera's thread writes rows while the page's sets marks and closes
        self._marks = _Marks()
        self._written = kept or Written()
        self._stamps = TimeStamps(last=self._written.last)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = self._opened()
            self._describe()
        except OSError as error:
            raise failed(error, self.folder) from error

    # --- writing ----------------------------------------------------------------------------------

    def row(self, state: LiveState, frame: int | None = None) -> None:
        """Write what was read of a frame: a row for each face, or one with an empty face.

        ``frame`` is the frame's number where the source counts for itself; by default frames read and
        dropped are counted. A state before the first frame, and a time stamp that does not rise, give none.
        """
        with self._lock:
            if self._file.closed or self.error or state.kind == "waiting":
                return
            if (time_s := self._stamps.read(state.time_s)) is None:
                return
            number = state.frames + state.dropped if frame is None else frame
            event = self._marks.due(time_s)
            people: Sequence[FaceReading | None] = state.people or (None,)
            cells = [
                _cells(self.emotions, state, face, f"{time_s:.6f}", number, event if i == 0 else "")
                for i, face in enumerate(people)
            ]
            if self._append(csv_text(cells).encode()):
                first = time_s if self._written.first is None else self._written.first
                before = self._written
                self._written = Written(self._file.tell(), before.rows + len(cells), before.stamps + 1, first, time_s)

    def mark(self, text: str, time_s: float | None = None) -> None:
        """Set an event marker: it stands in the next row, or in the first one from ``time_s`` on."""
        with self._lock:
            self._marks.add(safe_mark(text), time_s)

    def close(self, *, complete: bool = True) -> None:
        """End the recording; calling it again does nothing.

        ``complete`` is noted in the JSON: whether it came to its end or was broken off.
        """
        with self._lock:
            if self._file.closed:
                return
            self._complete = complete
            try:
                os.fsync(self._file.fileno())
                self._describe()
            except OSError as error:
                self.error = self.error or str(failed(error, self.folder))
            finally:
                self._file.close()

    def sync(self) -> Written:
        """Bring what was written safely to the disk, and say how far it reaches. Raises `RecordingError`."""
        with self._lock:
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                raise failed(error, self.folder) from error
            return self._written

    # --- what came of it --------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Rows written."""
        return self._written.rows

    @property
    def seconds(self) -> float:
        """From the first time stamp to the last."""
        first, last = self._written.first, self._written.last
        return 0.0 if first is None or last is None else last - first

    def csv(self) -> Path:
        """The CSV; it may be read at any time, and is whole up to the last frame."""
        return self.folder / f"{self.name}.csv"

    def json(self) -> Path:
        """What the columns mean, and how the recording was made."""
        return self.folder / f"{self.name}.json"

    def parquet(self) -> Path:
        """The same as Parquet, written now. Raises `RecordingError`."""
        from fer_core.live.recordings.parquet import to_parquet

        return to_parquet(self.csv(), self.json())

    # --- inside -----------------------------------------------------------------------------------

    def _opened(self) -> io.FileIO:
        """The CSV behind what is kept; a new one begins with its heading."""
        file = io.FileIO(self.csv(), "r+" if self._written.bytes else "w+")
        if self._written.bytes:
            file.truncate(self._written.bytes)
            file.seek(0, io.SEEK_END)
            if file.tell() != self._written.bytes:
                file.close()
                raise RecordingError(
                    "the recording is shorter than it was", where=str(self.csv()), fix="delete it and begin anew"
                )
        else:
            heading = csv_text([columns(self.emotions)]).encode()
            file.write(heading)
            self._written = Written(len(heading))
        return file

    def _append(self, data: bytes) -> bool:
        """All of the data in the file, or none of it and `error` set."""
        try:
            count = self._file.write(data)
            if count == len(data):
                return True
            self._file.seek(self._written.bytes)
            self._file.truncate()  # a disk that is nearly full takes a part: no half row stays
            self.error = str(failed(OSError(28, "No space left on device"), self.folder))
        except OSError as error:
            self.error = str(failed(error, self.folder))
        return False

    def _describe(self) -> None:
        text = {
            "format": FORMAT,
            "fer_core": __version__,
            "about": self._about,
            "emotions": list(with_neutral(self.emotions)),
            "columns": meanings(self.emotions),
            "started": self._started,
            "complete": self._complete,
            "rows": self.rows,
            "seconds": round(self.seconds, 6),
            "passed_over": self._stamps.passed_over,
            "clock_resets": self._stamps.resets,
            "marks_without_a_row": [text for _, text in self._marks.waiting],
            "error": self.error,
        }
        write_whole(self.json(), text)


def _cells(
    emotions: Sequence[str], state: LiveState, face: FaceReading | None, time_s: str, frame: int, event: str
) -> list[str]:
    """One row as text; what is not known is empty."""
    if face is None:
        kind = state.kind if state.kind == "calibrating" else "no face"
        empty = [""] * (len(with_neutral(emotions)) + 2)
        return [time_s, str(frame), "", str(state.faces), kind, "", *empty, f"{state.latency_ms:.2f}", event]
    known = face.probabilities or {}
    values = [f"{known[e]:.6f}" if e in known else "" for e in with_neutral(emotions)]
    motion = "" if face.motion is None else f"{face.motion:.5f}"
    return [
        time_s,
        str(frame),
        str(face.face),
        str(state.faces),
        face.kind,
        face.emotion or "",
        *values,
        motion,
        face.reference or "",
        f"{state.latency_ms:.2f}",
        event,
    ]


def failed(error: OSError, folder: Path) -> RecordingError:
    """The sentence for a disk that is full, or files that cannot be written."""
    return RecordingError(
        f"the recording cannot be written ({error.strerror or error})",
        where=str(folder),
        fix="what was recorded so far is kept; free some disk space, or choose another folder",
    )
