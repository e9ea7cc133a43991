"""Reading a video file of any length, frame by frame, into a recording and a summary."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fer_core.base.progress import Progress, silent
from fer_core.datasets.video import VideoReader
from fer_core.landmarks.landmarker import Landmarker
from fer_core.live.media import SURE
from fer_core.live.prediction import MAX_FACES
from fer_core.live.recordings.parquet import to_parquet
from fer_core.live.videos.folder import SUMMARY, TABLE, Asked, folder_of, read_summary, write_json
from fer_core.live.videos.reading import Reading
from fer_core.live.videos.state import FILE
from fer_core.models.opening import AnyBundle


def annotate(
    bundle: AnyBundle,
    video: str | Path,
    out_folder: str | Path,
    *,
    asked: Asked | None = None,
    progress: Progress = silent,
    landmarker: Landmarker | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Read a video into ``out_folder/NAME/``: recording.csv, recording.json, summary.json.

    One row per frame time stamp, in constant memory. A reading that was stopped or killed goes on where it
    stood, after reading a stretch before that once more; one that is finished is not done again. Another
    recogniser, other settings or a changed file get a folder of their own.

    Parameters
    ----------
    progress : called with seconds of the video; may raise `Cancelled`, after which what was read stays
    landmarker : in "clip" mode; left open. By default one is opened that sees up to four faces.
    clock : seconds, for when to save and to report

    Returns
    -------
    The summary, see `clip_summary.summarise`; ``folder`` names where it lies.

    Raises
    ------
    MediaError
        For what is no video; a video that breaks off gives what could be read, and ``broke`` says where.
    RecordingError
        Where the recording cannot be written.
    """
    path, asked = Path(video), asked or Asked()
    with VideoReader(path) as reader:
        key = asked.key(bundle, path)
        folder = folder_of(Path(out_folder), path.name, key)
        known = read_summary(folder)
        if known is None or known.get("key") != key:
            own = landmarker or open_face_finder()
            try:
                reading = Reading(bundle, own, reader, folder, key, asked, clock)
                reading.run(progress)
            finally:
                if landmarker is None:
                    own.close()
            known = reading.summary()
            write_json(folder / SUMMARY, known)
            (folder / FILE).unlink(missing_ok=True)
    table = folder / f"{TABLE}.csv"
    if asked.parquet and not table.with_suffix(".parquet").is_file():
        to_parquet(table, table.with_suffix(".json"))
    return known | {"folder": str(folder)}


def open_face_finder() -> Landmarker:
    """The landmarker that videos are read with: up to four faces, those the detector is sure of."""
    from fer_core.landmarks.detector import open_landmarker

    return open_landmarker("clip", MAX_FACES, SURE)
