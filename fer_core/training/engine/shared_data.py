"""Landmark sets that tasks refer to by content instead of carrying them along."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from fer_core.base.errors import LandmarkError
from fer_core.base.paths import cache_dir
from fer_core.base.unknown_people import people_known
from fer_core.files import whole_files
from fer_core.landmarks.landmark_set import PER_CLIP, LandmarkSet, Rejection

_WORDS = ("emotion", "subject", "clip")


@dataclass(frozen=True)
class DataRef:
    """A stored landmark set: where its file was written, and the hash of what it holds."""

    path: str
    key: str


def data_key(landmarks: LandmarkSet) -> str:
    """Hash (32 hex digits) of everything a landmark set holds; equal sets have equal keys anywhere."""
    digest = hashlib.blake2b(_about(landmarks).encode(), digest_size=16)
    for name in PER_CLIP:
        value = np.asarray(getattr(landmarks, name))
        # The width of a text array depends on its longest entry, not on its meaning.
        kind = "text" if name in _WORDS else value.dtype.str
        digest.update(f"{name} {kind} {value.shape}\0".encode())
        digest.update(json.dumps(value.tolist()).encode() if name in _WORDS else value.tobytes())
    return digest.hexdigest()


def publish(landmarks: LandmarkSet, folder: Path) -> DataRef:
    """Store a landmark set under its key in a folder (made where absent); stored twice is stored once.

    Raises
    ------
    LandmarkError
        Where it cannot be written; nothing half-written is left.
    """
    key = data_key(landmarks)
    path = folder.resolve() / _name(key)
    ref = DataRef(str(path), key)
    with suppress(LandmarkError):
        _read(path, key)
        return ref
    words = {name: np.asarray(getattr(landmarks, name)).astype(np.str_) for name in _WORDS}
    arrays = {name: getattr(landmarks, name) for name in PER_CLIP} | words
    with _storing(path):
        whole_files.write_arrays(path, {"about": np.array(_about(landmarks)), **arrays})
    return ref


@lru_cache(maxsize=2)  # an experiment has one; every task of a process asks for it
def load(ref: DataRef) -> LandmarkSet:
    """The landmark set of a reference, checked against its key; its arrays are read-only.

    Looked for where it was published, then among what `receive` took in.

    Raises
    ------
    LandmarkError
        Where this machine does not see the file, or it is damaged.
    """
    place = _place(ref)
    if place is None:
        raise LandmarkError(
            "this machine does not see the experiment's landmarks",
            where=f"{ref.path} on {socket.gethostname()}",
            fix="resume the experiment, which sends them to every worker there is",
        )
    return _read(place, ref.key)


def is_visible(ref: DataRef) -> bool:
    """Whether this machine can load it."""
    return _place(ref) is not None


def receive(key: str, content: bytes) -> None:
    """Keep a copy of a published file on this machine, for processes that do not see the original."""
    with _storing(path := _own_copy(key)):
        whole_files.write_bytes(path, content)


def _place(ref: DataRef) -> Path | None:
    for path in (Path(ref.path), _own_copy(ref.key)):
        with suppress(OSError):  # on another machine the folder may belong to somebody else
            if path.is_file():
                return path
    return None


def _own_copy(key: str) -> Path:
    return cache_dir() / "shared" / _name(key)


def _name(key: str) -> str:
    return f"landmarks-{key}.npz"


def _about(landmarks: LandmarkSet) -> str:
    """What a landmark set says besides its arrays, as JSON."""
    rejected = [asdict(r) for r in landmarks.rejected]
    about = {"corpus": landmarks.corpus, "synthetic": landmarks.synthetic, "rejected": rejected}
    if not landmarks.subjects_known:  # unsaid where known, as before it was asked: keys stay what they were
        about["subjects_known"] = False
    return json.dumps(about, sort_keys=True)


def _read(path: Path, key: str) -> LandmarkSet:
    try:
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            arrays = {name: stored[name] for name in PER_CLIP}
        rejected = tuple(Rejection(**r) for r in about["rejected"])
        landmarks = LandmarkSet(
            **arrays,
            corpus=about["corpus"],
            synthetic=about["synthetic"],
            rejected=rejected,
            subjects_known=people_known(about),
        )
    except Exception as error:  # a damaged archive raises a dozen kinds, from zlib's to the tokenizer's
        raise _damaged(path) from error
    if data_key(landmarks) != key:
        raise _damaged(path)
    for array in arrays.values():
        array.setflags(write=False)  # all tasks of a process read the same arrays
    return landmarks


def _damaged(path: Path) -> LandmarkError:
    return LandmarkError("the stored landmarks are damaged", where=str(path), fix="delete this file and start again")


@contextmanager
def _storing(path: Path) -> Iterator[None]:
    """The folder made, and what the disk refuses as a `LandmarkError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise LandmarkError(
            f"the landmarks cannot be stored ({error.strerror or error})",
            where=str(path.parent),
            fix="free space there, or set FER_LAB_HOME to a folder you may write to",
        ) from error
