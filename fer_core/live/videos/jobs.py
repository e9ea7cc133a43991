"""Reading videos in a process of its own, for pages: start it, follow it, go on, find its results again."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from fer_core import runs
from fer_core.base.errors import FerError, MediaError, PathError, SettingError
from fer_core.datasets.signatures import VIDEO_WORDS, is_video_name
from fer_core.datasets.uploads import save_upload
from fer_core.files import json_files, shapes
from fer_core.live.videos.clip_shapes import Found
from fer_core.live.videos.folder import Asked
from fer_core.live.videos.queue import RESULT

PREFIX = "annotate"
ORDER, UPLOADS, CLIPS = "order.json", "uploads", "clips"
MAX_UPLOAD = 2 * 1024**3


@dataclass(frozen=True)
class Order:
    """What a process is to read: the bundle's folder, the videos, and how.

    ``uploaded`` videos lie in the run's own folder and are removed when the run has ended; ``passed_over``
    is a sentence on what lay beside the others (`find_videos`).
    """

    bundle: str
    videos: tuple[str, ...]
    asked: Asked = field(default_factory=Asked)
    uploaded: bool = False
    passed_over: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @staticmethod
    def from_json(plain: dict[str, Any]) -> Order:
        """Read back. Raises `SettingError` for what is no order."""
        fix = "start it again from the page"
        return shapes.checked(plain, Order, what="order for reading videos", fix=fix, error=SettingError)

    @property
    def words(self) -> str:
        """``interview.mp4 and 2 more, with ckplus-gru``."""
        first = Path(self.videos[0]).name if self.videos else "no video"
        more = f" and {len(self.videos) - 1} more" if len(self.videos) > 1 else ""
        bundle = Path(self.bundle)  # of a training run, the run's folder has the name
        return f"{first}{more}, with {bundle.parent.name if bundle.name == 'bundle' else bundle.name}"


def launch(bundle: Path, videos: Iterable[Path], asked: Asked, passed_over: str = "") -> Path:
    """Start reading videos that lie on this machine; returns the run folder to watch."""
    folder = runs.new_run_folder(PREFIX)
    order = Order(str(bundle), tuple(str(v) for v in videos), asked, passed_over=passed_over)
    return _begin(folder, order)


def launch_uploads(bundle: Path, uploads: Iterable[tuple[str, IO[bytes]]], asked: Asked) -> Path:
    """Store uploaded videos (name and stream) in the run's folder, and start reading them.

    Raises
    ------
    MediaError
        For a file that is no video by its name, is empty or too large; nothing is kept then.
    """
    folder = runs.new_run_folder(PREFIX)
    try:
        videos = [_stored(folder, name, stream) for name, stream in uploads]
        return _begin(folder, Order(str(bundle), tuple(map(str, videos)), asked, uploaded=True))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def go_on(folder: Path) -> Path:
    """Start a run that was stopped or lost again; it goes on where it stood."""
    (folder / runs.CANCEL).unlink(missing_ok=True)
    return runs.start(_arguments(folder), folder)


def can_go_on(folder: Path) -> bool:
    """Whether a run that has ended without finishing still has its videos."""
    order = order_of(folder)
    return order is not None and bool(order.videos) and all(Path(v).is_file() for v in order.videos)


def order_of(folder: Path) -> Order | None:
    """What was asked of a run; None where it cannot be read."""
    try:
        return Order.from_json(shapes.plain(folder / ORDER, what="order", fix="start it again"))
    except FerError:
        return None


def result_of(folder: Path) -> dict[str, Any] | None:
    """What a run has found so far (`video_queue.annotate_all`), or None."""
    try:
        read = shapes.plain(folder / CLIPS / RESULT, what="result", fix="")
    except PathError:
        return None
    return read if shapes.fits(read, Found) else None


def remove_uploads(folder: Path) -> None:
    """Remove the videos that were uploaded for a run."""
    shutil.rmtree(folder / UPLOADS, ignore_errors=True)


def find(name: str | None) -> Path | None:
    """The run folder of that name, or None."""
    return runs.find_run_of(PREFIX, name)


def active() -> Path | None:
    """The newest run that is still going, whoever started it."""
    return runs.newest_active(PREFIX)


def known() -> list[Path]:
    """Every run, newest first."""
    return runs.list_runs(PREFIX)


def _begin(folder: Path, order: Order) -> Path:
    json_files.write_whole(folder / ORDER, order.to_json())
    return runs.start(_arguments(folder), folder)


def _arguments(folder: Path) -> list[str]:
    return [PREFIX, "--order", str(folder / ORDER), "--run", str(folder)]


def _stored(folder: Path, name: str, stream: IO[bytes]) -> Path:
    if not is_video_name(name):
        raise MediaError("the file is no video by its name", where=repr(name)[:120], fix=f"use {VIDEO_WORDS}")
    return save_upload(stream, name, folder / UPLOADS, max_bytes=MAX_UPLOAD)
