"""Extracted tracks on disk, keyed by what the images contain and how they were read."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.datasets.base import Clip
from fer_core.landmarks.track import Track
from fer_core.paths import cache_dir

FORMAT = 1
"""Raised whenever the stored layout or the meaning of its numbers changes."""

_FIELDS = ("points", "found", "frame_numbers", "aspect", "faces")


def clip_key(clip: Clip, settings: Any) -> str:
    """Hash of a clip's file contents and of the settings that its landmarks depend on.

    Names do not enter, so a moved corpus keeps its cache; a changed image does not.
    """
    digest = hashlib.blake2b(digest_size=16)
    described = asdict(settings) if is_dataclass(settings) and not isinstance(settings, type) else settings
    digest.update(json.dumps([FORMAT, described, list(clip.frame_numbers)], default=str).encode())
    for file in clip.frames or ((clip.video,) if clip.video else ()):
        content = hashlib.blake2b(file.read_bytes(), digest_size=16)
        digest.update(content.digest())
    return digest.hexdigest()


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
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        values["aspect"] = float(values["aspect"])
        return Track(**values)

    def store(self, key: str, track: Track) -> None:
        """Write a track so that a crash leaves either all of it or nothing."""
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.part")
        with partial.open("wb") as file:
            np.savez(file, **{name: getattr(track, name) for name in _FIELDS})
        partial.replace(path)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.npz"
