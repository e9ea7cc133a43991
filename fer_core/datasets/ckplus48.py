"""CK+48: CK+ cut to 48x48 pixels and sorted into folders by emotion.

Layout: ``anger/S010_004_00000017.png``; the name carries subject, sequence and frame. The usual
copy holds the last three frames of each labelled sequence and no neutral one. Copies with an
eighth folder keep the sequences' first frames in ``neutral``: there they open their own clips.
Leakage rule: images of one sequence form one clip, clips of one ``Sxxx`` one subject. Splitting
the images at random instead puts near-copies of the same face on both sides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from fer_core.base.emotions import EMOTIONS, find_emotion
from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.scan import (
    Scan,
    counted_from_one,
    image_files,
    names_unlabelled,
    only_child,
    require_labels,
    visible,
)

_NAME = re.compile(r"(s\d+)_(\d+)_(\d{1,9})", re.IGNORECASE)
_EXPECTED = "sort the images into folders named by emotion, with names like anger/S010_004_00000017.png"
_NOT_EMOTION = "name it as an emotion (" + ", ".join(EMOTIONS) + ") or 'unlabelled'"


@dataclass(frozen=True)
class _Image:
    path: Path
    emotion: str | None
    frame: int


def find_ckplus48(path: Path) -> Path | None:
    """`path` or its only folder, whichever is laid out as CK+48; None if neither is."""
    for root in (path, only_child(path)):
        if root is not None and _is_ckplus48(root):
            return root
    return None


def open_ckplus48(root: str | Path) -> Corpus:
    """Open a CK+48 folder, its images grouped to clips.

    Raises
    ------
    CorpusError
        Where the layout is not CK+48's, or no image lies under an emotion.
    """
    given = Path(root).resolve()
    folder = find_ckplus48(given)
    if folder is None:
        raise CorpusError("there are no CK+48 images", where=str(root), fix=_EXPECTED)
    scan = Scan(folder)
    clips: list[Clip] = []
    unlabelled: list[Clip] = []
    for clip_id, images in sorted(_sequences(scan).items()):
        kept = _agreeing(scan, clip_id, images)
        if kept:
            clip = _clip(clip_id, _by_frame(scan, kept), _emotion_of(kept))
            (clips if clip.emotion else unlabelled).append(clip)
    require_labels(clips, unlabelled, scan, given, "sequence", _EXPECTED)
    return Corpus(folder.name, "ckplus48", folder, tuple(clips), tuple(unlabelled), tuple(scan.omissions))


def _is_ckplus48(root: Path) -> bool:
    """Whether at least half of the images in emotion folders are named as CK+48 names them."""
    names = [
        file.stem
        for folder in visible(root)[0]
        if find_emotion(clean_name(folder.name))
        for file in image_files(visible(folder)[1])[0]
    ]
    right = sum(1 for name in names if _NAME.fullmatch(clean_name(name)))
    return right > 0 and 2 * right >= len(names)


def _sequences(scan: Scan) -> dict[str, list[_Image]]:
    """Usable images by clip id, over all emotion folders."""
    found: dict[str, list[_Image]] = defaultdict(list)
    folders, loose = scan.listing(scan.root)
    for path in image_files(loose)[0]:
        scan.omit(path, "the image lies outside any emotion folder", _EXPECTED)
    for folder in folders:
        emotion = find_emotion(clean_name(folder.name))
        if emotion is None and not names_unlabelled(folder.name):
            scan.omit(folder, "the folder is not named as an emotion", _NOT_EMOTION)
            continue
        for path in _images(scan, folder):
            name = _NAME.fullmatch(clean_name(path.stem))
            if name is None:
                why = "the name carries no subject, sequence and frame"
                scan.omit(path, why, "name it like S010_004_00000017.png")
            else:
                found[f"{name[1].upper()}/{name[2]}"].append(_Image(path, emotion, int(name[3])))
    return found


def _images(scan: Scan, folder: Path) -> list[Path]:
    """Images in an emotion folder that begin as images do."""
    inner, files = scan.listing(folder)
    for deeper in inner:
        scan.omit(deeper, "a folder inside an emotion folder of CK+48", "move its images up, or remove it")
    images, others = image_files(files)
    scan.not_images(folder, others)
    return scan.sound_images(images)


def _agreeing(scan: Scan, clip_id: str, images: list[_Image]) -> list[_Image]:
    """The images if they agree on one expression, which may open with neutral ones; else none, noted."""
    shown = {i.emotion for i in images} - {None, "neutral"}
    if not shown:
        return [i for i in images if i.emotion] or images
    onset = min(i.frame for i in images if i.emotion in shown)
    late = any(i.emotion not in shown and i.frame >= onset for i in images)
    if len(shown) == 1 and not late:
        return images
    folders = sorted({i.path.parent.name for i in images})
    for name in folders:
        others = " and ".join(f for f in folders if f != name)
        scan.omit(
            f"{name}/{clip_id.replace('/', '_')}",
            f"images of this sequence also lie under {others}",
            "keep the sequence under one emotion",
        )
    return []


def _emotion_of(images: list[_Image]) -> str | None:
    """The expression of agreeing images; neutral only where nothing else is shown."""
    emotions = {i.emotion for i in images if i.emotion}
    return next(iter(emotions - {"neutral"}), "neutral" if emotions else None)


def _by_frame(scan: Scan, images: list[_Image]) -> dict[int, Path]:
    """Images by frame number; a second one of the same number is noted."""
    frames: dict[int, Path] = {}
    for image in images:
        if image.frame in frames:
            scan.omit(image.path, f"frame {image.frame} of its sequence is there twice", "remove one of the two")
        else:
            frames[image.frame] = image.path
    return frames


def _clip(clip_id: str, frames: dict[int, Path], emotion: str | None) -> Clip:
    numbers = counted_from_one(sorted(frames))
    return Clip(
        clip_id,
        clip_id.partition("/")[0],
        emotion,
        tuple(frames[n] for n in sorted(frames)),
        numbers,
        starts_neutral=numbers[0] == 1,
    )
