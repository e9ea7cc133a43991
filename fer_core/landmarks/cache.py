"""Extracted tracks on disk, keyed by what the images contain and how they were read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import MediaError
from fer_core.base.paths import cache_dir
from fer_core.datasets.base import Clip
from fer_core.datasets.video import DECODING
from fer_core.files import whole_files
from fer_core.landmarks.track import N_LANDMARKS, Track

FORMAT = 1
"""Raised whenever the stored layout or the meaning of its numbers changes."""

_FIELDS = ("points", "found", "frame_numbers", "aspect", "faces")


def clip_key(clip: Clip, settings: Any) -> str:
    """Hash of a clip's file contents and of the settings that its landmarks depend on.

    Names do not enter, so a moved corpus keeps its cache; a changed image does not. Of a video the way it
    is decoded enters too. Raises `MediaError` where a file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    described = asdict(settings) if is_dataclass(settings) and not isinstance(settings, type) else settings
    decoding = [DECODING] if clip.video else []
    digest.update(json.dumps([FORMAT, described, list(clip.frame_numbers), *decoding], default=str).encode())
    for file in clip.frames or ((clip.video,) if clip.video else ()):
        digest.update(hashlib.blake2b(_content(file), digest_size=16).digest())
    return digest.hexdigest()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise MediaError(
            f"the file cannot be read ({error.strerror or error})", where=str(file), fix="open the corpus again"
        ) from error


class TrackCache:
    """One small ``.npz`` per clip under a folder; a damaged file counts as absent."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cache_dir() / "tracks"
        self._folder.mkdir(parents=True, exist_ok=True)

    def load(self, key: str) -> Track | None:
        """The stored track, or None."""
        try:
            with np.load(self._path(key), allow_pickle=False) as stored:
                values = {name: stored[name] for name in _FIELDS}
            track = Track(**(values | {"aspect": float(values["aspect"])}))
        except Exception:  # a damaged archive raises a dozen kinds, from zlib's to the tokenizer's
            return None
        return track if _is_track(track) else None

    def store(self, key: str, track: Track) -> None:
        """Write a track, whole or not at all; raises as `fer_core.files.whole_files.whole`."""
        whole_files.write_arrays(self._placed(key), {name: getattr(track, name) for name in _FIELDS})

    def load_failure(self, key: str) -> str | None:
        """Why the clip gave no track when it was last tried, or None."""
        try:
            return self._path(key).with_suffix(".txt").read_text(encoding="utf-8") or None
        except (OSError, ValueError):
            return None

    def store_failure(self, key: str, why: str) -> None:
        """Note why a clip gives no track, so that a finished extraction is known to be finished."""
        whole_files.write_text(self._placed(key).with_suffix(".txt"), why)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.npz"

    def _placed(self, key: str) -> Path:
        """The path, in a folder that is there."""
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        return path


def _is_track(track: Track) -> bool:
    """Whether the arrays have the kinds and shapes of a track's."""
    n = len(track.frame_numbers) if track.frame_numbers.ndim == 1 else -1
    return (
        track.points.shape == (n, N_LANDMARKS, 2)
        and track.points.dtype == np.float32
        and track.found.shape == track.faces.shape == (n,)
        and track.found.dtype == np.bool_
        and track.frame_numbers.dtype.kind == track.faces.dtype.kind == "i"
    )
