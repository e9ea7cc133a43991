"""Several videos, one after the other: a summary of each, a table over all, and what could not be read."""

from __future__ import annotations

import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.base.errors import Cancelled, FerError, MediaError
from fer_core.base.progress import Progress, silent
from fer_core.base.text import clean_name
from fer_core.datasets.signatures import VIDEO_WORDS, is_video_name
from fer_core.datasets.video import VideoReader
from fer_core.files.containment import stays
from fer_core.files.csv_files import write_csv
from fer_core.landmarks.landmarker import Landmarker
from fer_core.live.recordings.recorder import failed
from fer_core.live.videos.folder import Asked, folder_of, read_summary, write_json
from fer_core.live.videos.state import load_state
from fer_core.live.videos.summary import STATES
from fer_core.live.videos.video import annotate, open_face_finder
from fer_core.models.opening import AnyBundle

RESULT, TABLE = "result.json", "summary.csv"
UNKNOWN_RATE = 250_000
"""Bytes per second by which the length of a file is guessed that does not tell it."""
MOST_KINDS = 12
"""Kinds of other files that are named."""


@dataclass(frozen=True)
class FoundVideos:
    """Videos, each once, and a sentence on what lies beside them in the folders and is none, or ""."""

    videos: tuple[Path, ...]
    passed_over: str = ""


def find_videos(paths: Iterable[str | Path]) -> FoundVideos:
    """The files named, and the videos in the folders named and below; hidden files do not count.

    Raises
    ------
    MediaError
        Where a path is empty or does not exist, or nothing is found.
    """
    found: list[Path] = []
    others: Counter[str] = Counter()
    given = list(paths)
    for name in given:
        path = Path(name)
        if not str(name).strip() or not path.exists():
            raise MediaError("the file does not exist", where=repr(str(name)), fix="check the path")
        found += _below(path, others) if path.is_dir() else [path]
    passed = _passed_over(others)
    if not found:
        where = ", ".join(map(str, given))
        raise MediaError(
            "there is no video" + (f"; {passed[0].lower()}{passed[1:-1]}" if passed else ""),
            where=where,
            fix=f"use {VIDEO_WORDS} files",
        )
    return FoundVideos(tuple(dict.fromkeys(found)), passed)


def _below(folder: Path, others: Counter[str]) -> list[Path]:
    """Videos in a folder and below, in order; what else lies there is counted by its kind."""
    found = []

    def unlisted(_: OSError) -> None:
        others["folder that cannot be listed"] += 1

    for root, folders, names in os.walk(folder, onerror=unlisted):
        links = [f for f in folders if os.path.islink(os.path.join(root, f))]  # noqa: PTH114, PTH118
        others["linked folder"] += len(links)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in links)
        for name in sorted(n for n in names if not n.startswith(".")):
            file = Path(root, name)
            if file.is_symlink() and not stays(folder, file):
                others["linked file"] += 1
            elif is_video_name(name) and os.path.isfile(file):  # noqa: PTH113 - a loop of links raises there
                found.append(file)
            else:
                others[clean_name(file.suffix.lower())[:12] or "file without an ending"] += 1
    return found


def _passed_over(others: Counter[str]) -> str:
    """``Passed over in the folders, as no videos by their names: 3 .txt, 1 .jpg.``"""
    kinds = [f"{n} {kind}" for kind, n in sorted(others.items(), key=lambda item: (-item[1], item[0])) if n]
    more = f" and {len(kinds) - MOST_KINDS} more kinds" if len(kinds) > MOST_KINDS else ""
    told = ", ".join(kinds[:MOST_KINDS]) + more
    return f"Passed over in the folders, as no videos by their names: {told}." if told else ""


def annotate_all(
    bundle: AnyBundle,
    videos: Sequence[Path],
    out_folder: Path,
    *,
    asked: Asked | None = None,
    progress: Progress = silent,
    passed_over: str = "",
) -> dict[str, Any]:
    """`annotate` every video into a folder of its own, and write result.json and summary.csv beside them.

    A video that cannot be read is listed with its sentence, and the next one is begun. Both files are
    written anew after each video, so that a process that is stopped leaves what it has.

    Parameters
    ----------
    progress : called with seconds of video done and to do over all files; may raise `Cancelled`
    passed_over : what `find_videos` says lay beside them

    Returns
    -------
    ``{"bundle", "emotions", "clips": [summaries], "failed": [{"video", "why"}], "passed_over"}``

    Raises
    ------
    RecordingError
        Where the two files cannot be written.
    """
    asked = asked or Asked()
    work = [_left(bundle, video, out_folder, asked) for video in videos]
    result: dict[str, Any] = {
        "bundle": bundle.name,
        "emotions": list(bundle.emotions),
        "videos": len(videos),
        "clips": [],
        "failed": [],
        "passed_over": passed_over,
    }
    _write(out_folder, result)
    finder = _Finder()
    try:
        for k, video in enumerate(videos):
            share = _Share(progress, sum(work[:k]), work[k], sum(work), k, len(videos))
            if (why := _one(bundle, video, out_folder, asked, share, finder, result["clips"])) is not None:
                result["failed"].append({"video": video.name, "why": why})
            _write(out_folder, result)
    finally:
        finder.close()
    return result


def table(result: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per video: lengths, shares, episodes, speed; and for those not read, why."""
    emotions = [e for e in result["emotions"] if e != "neutral"]
    rows = []
    for clip in result["clips"]:
        row = {
            "video": clip["video"],
            "problem": clip["broke"] or "",
            "duration_s": clip["duration_s"],
            "frames": clip["frames"],
            "share_with_face": clip["share_with_face"],
        }
        row |= {f"share_{s.replace(' ', '_')}": clip["share_of_time"][s] for s in STATES}
        row |= {f"share_{e}": clip["share_of_time_by_emotion"][e] for e in emotions}
        row |= {f"episodes_{e}": clip["episodes"][e] for e in emotions}
        row |= {f"latency_{k}_ms": v for k, v in clip["latency_ms"].items()}
        passed = clip["time_stamps"]["repeated"] + clip["time_stamps"]["backwards"]
        rows.append(row | {"frames_passed_over": passed, "folder": Path(clip["folder"]).name})
    blank = dict.fromkeys(rows[0] if rows else ("video", "problem"))
    return rows + [blank | {"video": f["video"], "problem": f["why"]} for f in result["failed"]]


def _one(
    bundle: AnyBundle,
    video: Path,
    out: Path,
    asked: Asked,
    progress: Progress,
    finder: _Finder,
    clips: list[dict[str, Any]],
) -> str | None:
    """Read one video; a sentence where it could not be."""
    try:
        clips.append(annotate(bundle, video, out, asked=asked, progress=progress, landmarker=finder.open()))
    except Cancelled:
        raise
    except FerError as error:
        return str(error)
    except OSError as error:
        return str(failed(error, video))
    except Exception as error:  # a fault in one file must not cost the others; the log has the details
        traceback.print_exc(file=sys.stderr)
        finder.close()
        return f"Something unexpected went wrong ({type(error).__name__}: {error}); the log has the details."
    return None


class _Finder:
    """One face finder for all videos: opening it takes a second."""

    def __init__(self) -> None:
        self._landmarker: Landmarker | None = None

    def open(self) -> Landmarker:
        if self._landmarker is None:
            self._landmarker = open_face_finder()
        return self._landmarker

    def close(self) -> None:
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = None


class _Share:
    """The progress of one video as its part of the whole."""

    def __init__(self, whole: Progress, before: float, mine: float, all_of: float, index: int, count: int) -> None:
        self._whole, self._before, self._mine, self._all = whole, before, mine, all_of
        self._place = f", file {index + 1} of {count}" if count > 1 else ""

    def __call__(self, done: float, total: float, text: str) -> None:
        mine = self._mine * min(1.0, done / total) if total else min(done, 0.95 * self._mine)
        self._whole(self._before + mine, self._all, f"{text}{self._place}, seconds of video")


def _left(bundle: AnyBundle, video: Path, out: Path, asked: Asked) -> float:
    """Seconds of a video that are still to be read; 0 where it is finished or cannot be opened."""
    try:
        with VideoReader(video) as reader:
            known = reader.footage.duration
        key = asked.key(bundle, video)
        folder = folder_of(out, video.name, key)
        if (read_summary(folder) or {}).get("key") == key:
            return 0.0
        state = load_state(folder)
        length = known if known else video.stat().st_size / UNKNOWN_RATE
        return max(0.0, length - (state.written.last or 0.0 if state and state.key == key else 0.0))
    except (FerError, OSError):
        return 0.0


def _write(out: Path, result: dict[str, Any]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / RESULT, result)
        rows = table(result)
        names = list(rows[0]) if rows else ["video"]
        write_csv(out / TABLE, [names, *(list(row.values()) for row in rows)])
    except OSError as error:
        raise failed(error, out) from error
