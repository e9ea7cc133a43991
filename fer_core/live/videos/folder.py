"""Where the reading of a video lies, and what names it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fer_core.base.errors import PathError, RecordingError
from fer_core.datasets.uploads import safe_name
from fer_core.files import shapes
from fer_core.files.json_files import write_whole
from fer_core.live.settings import LiveSettings
from fer_core.live.videos.clip_shapes import Clip
from fer_core.live.videos.state import key_of, load_state
from fer_core.models.images.bundle import GRAPH, ImageBundle
from fer_core.models.opening import AnyBundle

Calibrate = Literal["running", "first"]
SUMMARY, TABLE = "summary.json", "recording"


@dataclass(frozen=True)
class Asked:
    """What is to be done with a video.

    Attributes
    ----------
    settings : as of a live stream
    calibrate : "first" takes the first seconds with a face as the resting face; "running" estimates
        the resting face on the way
    parquet : whether to write the table as Parquet too
    """

    settings: LiveSettings = field(default_factory=LiveSettings)
    calibrate: Calibrate = "running"
    parquet: bool = False

    def key(self, bundle: AnyBundle, video: Path) -> str:
        """What names this reading of this video by this recogniser (`video_state.key_of`)."""
        asked = {
            "settings": asdict(self.settings),
            "calibrate": self.calibrate,
            "name": bundle.name,
            "emotions": bundle.emotions,
            "calibration": repr(getattr(bundle, "calibration", None)),
        }
        if isinstance(bundle, ImageBundle):
            return key_of(video, asked | {"temperature": bundle.temperature}, _graph_of(bundle))
        return key_of(video, asked, bundle.recogniser.weights)


def _graph_of(bundle: ImageBundle) -> dict[str, Any]:
    """The bytes of a bundle's graph, which is what reads; nothing where it has none."""
    file = None if bundle.folder is None else bundle.folder / GRAPH
    return {"graph": np.fromfile(file, np.uint8)} if file is not None and file.is_file() else {}


def folder_of(out: Path, name: str, key: str) -> Path:
    """The folder of this reading: its own from before, or the first free one of the video's name.

    What lies in a folder that is of another reading, or of something else, is never touched.

    Raises
    ------
    RecordingError
        Where ten thousand are taken.
    """
    safe = safe_name(Path(name).stem)
    for n in range(1, 10_000):
        folder = out / (safe if n == 1 else f"{safe} ({n})")
        if not folder.exists() or _key_in(folder) == key or _is_empty(folder):
            return folder
    raise RecordingError("no free folder was found", where=str(out / safe), fix="choose another folder")


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def read_summary(folder: Path) -> dict[str, Any] | None:
    """The summary in a reading's folder; None where there is none yet."""
    try:
        read: dict[str, Any] = shapes.plain(folder / SUMMARY, what="summary", fix="")
    except PathError:
        return None
    return read if shapes.fits(read, Clip) else None


def write_json(file: Path, content: Any) -> None:
    """Write a JSON file at once or not at all. Raises `RecordingError`."""
    try:
        write_whole(file, content)
    except OSError as error:
        raise RecordingError(
            f"the file cannot be written ({error.strerror or error})",
            where=str(file),
            fix="free some disk space, or choose another folder",
        ) from error


def _key_in(folder: Path) -> str | None:
    """The key of the reading that a folder holds; None where it holds none."""
    if (known := read_summary(folder)) is not None:
        return str(known.get("key"))
    state = load_state(folder)
    return None if state is None else state.key
