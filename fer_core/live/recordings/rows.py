"""Reading a recording's CSV row by row, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_core.base.errors import RecordingError
from fer_core.files.csv_files import records
from fer_core.files.shapes import regular

_PLAIN = ("time_s", "frame", "face", "faces", "state", "emotion", "motion", "reference", "latency_ms", "event")


@dataclass(slots=True)  # not frozen: that would take twice the time to make
class Row:
    """One row of a recording, typed; the columns are described in `recording_columns.meanings`."""

    time_s: float
    frame: int
    face: int | None
    faces: int
    state: str
    emotion: str
    probabilities: dict[str, float]
    motion: float | None
    reference: str
    latency_ms: float
    event: str


def read_rows(file: Path, since: float = float("-inf")) -> Iterator[Row]:
    """Rows of a recording's CSV, in order, from a time stamp on (s).

    Raises
    ------
    RecordingError
        Where the file cannot be read or is no recording.
    """
    try:
        with regular(file).open(encoding="utf-8", newline="") as stream:
            lines = records(stream, kind=RecordingError, where=file.name)
            _, names = next(lines, (0, []))
            at = {name: k for k, name in enumerate(names)}
            shown = [(name[2:], k) for name, k in at.items() if name.startswith("p_")]
            places = [at[name] for name in _PLAIN]
            for _, cells in lines:
                time_s = float(cells[places[0]])
                if time_s >= since:
                    yield _row(time_s, [cells[k] for k in places], cells, shown)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise _damaged(file, error) from error


def stamps_of(file: Path, since: float = float("-inf")) -> Iterator[list[Row]]:
    """The rows of each time stamp together, the largest face first; from a time stamp on (s)."""
    together: list[Row] = []
    for row in read_rows(file, since):
        if together and row.time_s != together[0].time_s:
            yield together
            together = []
        together.append(row)
    if together:
        yield together


def times_of(file: Path) -> Iterator[float]:
    """Each time stamp once, s; without reading the rest of its rows. Raises `RecordingError`."""
    last = float("nan")
    try:
        with regular(file).open(encoding="utf-8") as stream:
            next(stream, "")
            for line in stream:  # no cell holds a line break (`recording_columns.safe_mark`)
                time_s = float(line.partition(",")[0])
                if time_s != last:
                    last = time_s
                    yield time_s
    except (OSError, ValueError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> RecordingError:
    return RecordingError(
        f"the recording cannot be read ({type(error).__name__}: {error})",
        where=file.name,
        fix="it may be damaged; record it again",
    )


def _row(time_s: float, plain: list[str], cells: list[str], shown: list[tuple[str, int]]) -> Row:
    _, frame, face, faces, state, emotion, motion, reference, latency, event = plain
    return Row(
        time_s,
        int(frame),
        int(face) if face else None,
        int(faces),
        state,
        emotion,
        {name: float(cells[k]) for name, k in shown if cells[k]},
        float(motion) if motion else None,
        reference,
        float(latency),
        event,
    )
