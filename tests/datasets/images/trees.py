"""Small corpora of images on disk for the tests, in each layout; noise and blobs, nobody's face."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from fer_core.base.emotions import FERPLUS_COLUMNS

from ..builders import picture, put, whys

HEADER = "emotion,pixels,Usage"


def blobs(seed: int, side: int = 48) -> np.ndarray:
    """Smooth blobs of light, grey uint8 (side, side)."""
    noise = np.random.default_rng(seed).random((side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), side / 12)
    return ((smooth - smooth.min()) / np.ptp(smooth) * 255).astype(np.uint8)


def png(image: np.ndarray) -> bytes:
    """The bytes of a PNG of a grey or RGB array."""
    bgr = image[..., ::-1] if image.ndim == 3 else image
    written, data = cv2.imencode(".png", bgr)
    assert written
    return data.tobytes()


def text(image: np.ndarray) -> str:
    """Pixels as FER2013 writes them."""
    return " ".join(map(str, image.ravel()))


def put_fer2013(file: Path, rows: Iterable[tuple[object, str, str]], header: str = HEADER) -> Path:
    """A csv of the given emotion, pixels and usage."""
    lines = [header, *(f"{emotion},{pixels},{usage}" for emotion, pixels, usage in rows)]
    return put(file, "\n".join(lines) + "\n")


def usual_rows(each: int = 2, side: int = 48) -> list[tuple[object, str, str]]:
    """Some rows of each of FER2013's emotions in each of its parts."""
    usages = ("Training", "PublicTest", "PrivateTest")
    return [
        (emotion, text(blobs(100 * part + 10 * emotion + k, side)), usage)
        for part, usage in enumerate(usages)
        for emotion in range(7)
        for k in range(each)
    ]


def put_votes(file: Path, usages: Sequence[str], votes: Sequence[Sequence[int]]) -> Path:
    """FERPlus's votes; the image's name is empty where ten see no face, as in the real file."""
    lines = ["Usage,Image name," + ",".join(FERPLUS_COLUMNS)]
    for number, (usage, row) in enumerate(zip(usages, votes, strict=True)):
        name = "" if row[-1] == 10 else f"fer{number:07d}.png"
        lines.append(f"{usage},{name}," + ",".join(map(str, row)))
    return put(file, "\n".join(lines) + "\n")


def put_rafdb(root: Path, lines: Iterable[str], images: Iterable[str] = ()) -> Path:
    """RAF-DB's own layout: its list, and aligned faces of the given names."""
    for name in images:
        put(root / "basic" / "Image" / "aligned" / f"{name}_aligned.jpg")
    return put(root / "basic" / "EmoLabel" / "list_patition_label.txt", "\n".join(lines) + "\n")


def put_affectnet_list(file: Path, rows: Iterable[tuple[str, object]]) -> Path:
    """An AffectNet list with its columns and a plausible content in those that nobody reads."""
    lines = ["subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"]
    lines += [f"{name},1,2,3,4,1.5;2.5;3.5,{code},0.1,-0.2" for name, code in rows]
    return put(file, "\n".join(lines) + "\n")


def put_affectnet_set(folder: Path, labels: dict[str, object]) -> None:
    """One set of AffectNet's newer layout: images with one .npy file per label, which holds text."""
    for name, label in labels.items():
        put(folder / "images" / f"{name}.jpg")
        put(folder / "annotations" / f"{name}_exp.npy", npy(np.array(label)))
        put(folder / "annotations" / f"{name}_val.npy", npy(np.array("-0.1")))


def put_ferplus_folder(folder: Path, votes: Sequence[Sequence[int]], first: int = 0) -> None:
    """One of FERPlus's own folders: pictures, and label.csv without a header."""
    lines = []
    for number, row in enumerate(votes, start=first):
        put(folder / f"fer{number:07d}.png")
        lines.append(f'fer{number:07d}.png,"(0, 0, 48, 48)",' + ",".join(map(str, row)))
    put(folder / "label.csv", "\n".join(lines) + "\n")


def put_numbered(root: Path, codes: Iterable[int], each: int = 1, parts: Sequence[str] = ("",)) -> Path:
    """Pictures in folders named by number, in parts or not."""
    for part in parts:
        for code in codes:
            for k in range(each):
                put(root / part / str(code) / f"{part or 'a'}_{code}_{k}.png")
    return root


def npy(array: np.ndarray) -> bytes:
    """The bytes of a .npy file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=array.dtype.hasobject)
    return stream.getvalue()


def put_by_emotion(root: Path, names: Iterable[str]) -> Path:
    """Images of the given relative names, all different."""
    for seed, name in enumerate(names):
        suffix = Path(name).suffix
        written, data = cv2.imencode(suffix, blobs(seed, 24))
        assert written
        put(root / name, data.tobytes())
    return root


__all__ = [
    "blobs",
    "npy",
    "picture",
    "png",
    "put",
    "put_affectnet_list",
    "put_affectnet_set",
    "put_by_emotion",
    "put_fer2013",
    "put_ferplus_folder",
    "put_numbered",
    "put_rafdb",
    "put_votes",
    "text",
    "usual_rows",
    "whys",
]
