"""A plain folder of clips, sorted by emotion.

Layout: ``emotion/any-name.mp4``, ``emotion/clip/<frames>`` or single images ``emotion/face.png``; the same
in folders of official parts, ``train/emotion/...``.
The subject stands in ``subjects.csv``, or is what the clips' names begin with (``anna_clip1``) where that
looks like names of people (`fer_core.datasets.people`).
Leakage rule: where nobody says who is shown it is unknown, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from fer_core.base.emotions import EMOTIONS, find_emotion
from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.parts import part_of
from fer_core.datasets.scan import (
    Scan,
    count_of,
    counted_from_one,
    image_files,
    names_unlabelled,
    only_child,
    require_labels,
    shortened,
    trailing_number,
    visible,
)
from fer_core.datasets.signatures import IMAGE_WORDS, VIDEO_WORDS, is_image_name, is_video_name, why_not_video
from fer_core.datasets.subjects import find_table, with_subjects
from fer_core.datasets.tree import PassedOver

_EXPECTED = "sort the clips into folders named by emotion, such as anger/anna_clip1.mp4"
_NOT_EMOTION = "name it as an emotion (" + ", ".join(EMOTIONS) + ") or 'unlabelled'"


def find_folder(path: Path) -> Path | None:
    """`path` or its only folder, whichever holds a folder named as an emotion, in parts or not."""
    for root in (path, only_child(path)):
        if root is not None and (any(_speaks(f.name) for f in visible(root)[0]) or _parts(root)):
            return root
    return None


def open_folder(root: str | Path, subjects_csv: str | Path | None = None) -> Corpus:
    """Open a folder of clips.

    Parameters
    ----------
    root : path
        The folder that holds the emotion folders, or one around it.
    subjects_csv : path, optional
        A CSV with the columns ``clip,subject``; ``subjects.csv`` in the root is found by itself.

    Raises
    ------
    CorpusError
        Where no folder is named as an emotion, none holds a usable clip, or the given CSV cannot
        be read. A ``subjects.csv`` found by itself that cannot be read is noted, not raised.
    """
    given = Path(root).resolve()
    folder = find_folder(given)
    if folder is None:
        raise CorpusError("no folder in it is named as an emotion", where=str(root), fix=_EXPECTED)
    scan = Scan(folder)
    passed = PassedOver()
    table, file = find_table(scan, Path(subjects_csv) if subjects_csv is not None else None)
    found = with_subjects(scan, _clips(scan, passed, file), table)
    clips = tuple(c for c in found if c.emotion)
    unlabelled = tuple(c for c in found if not c.emotion)
    require_labels(clips, unlabelled, scan, given, "clip", _EXPECTED)
    return Corpus(folder.name, "folder", folder, clips, unlabelled, tuple(scan.omissions), passed_over=passed.counts())


def _speaks(name: str) -> bool:
    return find_emotion(clean_name(name)) is not None or names_unlabelled(name)


def _parts(root: Path) -> list[Path]:
    """Folders of official parts that hold folders named as emotions."""
    parts = [f for f in visible(root)[0] if part_of(f.name)]
    return [part for part in parts if any(_speaks(f.name) for f in visible(part)[0])]


def emotion_folders(path: Path) -> list[Path]:
    """The folders named as emotions of a corpus that `find_folder` finds, in its parts where it has some."""
    root = find_folder(path)
    if root is None:
        return []
    return [f for around in (_parts(root) or [root]) for f in visible(around)[0] if _speaks(f.name)]


def _clips(scan: Scan, passed: PassedOver, used: Path | None) -> Iterator[Clip]:
    """Clips of every emotion folder, subjects not yet known."""
    parts = _parts(scan.root)
    folders, loose = scan.listing(scan.root)
    _loose(scan, loose, passed, used)
    if not parts:
        yield from _of_folders(scan, folders, passed, "")
        return
    for folder in folders:
        if folder in parts:
            inner, loose = scan.listing(folder)
            _loose(scan, loose, passed, used)
            yield from _of_folders(scan, inner, passed, part_of(folder.name) or "")
        elif _speaks(folder.name):
            scan.omit(folder, "an emotion folder beside folders of parts", "move it into one of them")
        else:
            scan.omit(folder, "the folder is neither a part nor named as an emotion", _NOT_EMOTION)


def _loose(scan: Scan, files: list[Path], passed: PassedOver, used: Path | None) -> None:
    for path in files:
        if is_image_name(path.name) or is_video_name(path.name):
            scan.omit(path, "the file lies outside any emotion folder", _EXPECTED)
        elif path != used:
            passed.add(path)


def _of_folders(scan: Scan, folders: list[Path], passed: PassedOver, part: str) -> Iterator[Clip]:
    """Clips of the folders that are named as emotions; other folders are noted."""
    for folder in folders:
        if not _speaks(folder.name):
            scan.omit(folder, "the folder is not named as an emotion", _NOT_EMOTION)
            continue
        emotion = find_emotion(clean_name(folder.name))
        for clip in _distinct(scan, _of_emotion(scan, folder, emotion, passed)):
            told = (("part", part),) if part else ()
            prefix = f"{clean_name(folder.parent.name)}/" if part else ""
            yield replace(clip, clip_id=prefix + clip.clip_id, attributes=told)


def _distinct(scan: Scan, clips: Iterator[tuple[Path, Clip]]) -> Iterator[Clip]:
    """Clips with ids made distinct: where ``a.mp4`` and ``a.png`` meet, the later keeps its extension."""
    seen: set[str] = set()
    for path, clip in clips:
        clip_id = clip.clip_id
        if clip_id in seen:
            clip_id = f"{clip_id.rpartition('/')[0]}/{clean_name(path.name)}"
        if clip_id in seen:
            scan.omit(path, f"a second clip is called {clip_id}", "rename one of the two")
            continue
        seen.add(clip_id)
        yield Clip(clip_id, "", clip.emotion, clip.frames, clip.frame_numbers, clip.video, clip.starts_neutral)


def _of_emotion(scan: Scan, folder: Path, emotion: str | None, passed: PassedOver) -> Iterator[tuple[Path, Clip]]:
    """Clips of one emotion folder, each with the file or folder it comes from."""
    inner, files = scan.listing(folder)
    for clip_folder in inner:
        clip = _frames_clip(scan, clip_folder, emotion)
        if clip is not None:
            yield clip_folder, clip
    images, others = image_files(files)
    for path in others:
        if not is_video_name(path.name):
            passed.add(path)
            scan.omit(path, "the file is neither an image nor a video", f"use {VIDEO_WORDS}, or {IMAGE_WORDS}")
        elif why := why_not_video(path):
            scan.omit(path, why, "save the clip again as MP4 (H.264), or remove it")
        else:
            yield path, Clip(_id(path, path.stem), "", emotion, video=path)
    for path in scan.sound_images(images):
        yield path, Clip(_id(path, path.stem), "", emotion, (path,), (1,), starts_neutral=False)


def _id(path: Path, name: str) -> str:
    return f"{clean_name(path.parent.name)}/{clean_name(name)}"


def _frames_clip(scan: Scan, folder: Path, emotion: str | None) -> Clip | None:
    """The clip whose frames lie in a folder; None, and noted, where there are none."""
    inner, files = scan.listing(folder)
    for deeper in inner:
        scan.omit(deeper, "a folder inside a clip's folder", "put each clip's folder directly into its emotion's")
    images, others = image_files(files)
    if not images:
        videos = [p.name for p in others if is_video_name(p.name)]
        why = f"no image, but {shortened(videos)}" if videos else "no image"
        scan.omit(folder, f"the clip's folder holds {why}", "put videos directly into the emotion's folder")
        return None
    scan.not_images(folder, others)
    numbers = dict(zip(images, frame_numbers(images), strict=True))
    sound = scan.sound_images(images)
    if not sound:
        scan.omit(folder, f"none of its {count_of(len(images), 'image')} can be used", "copy the clip again")
        return None
    return Clip(
        _id(folder, folder.name),
        "",
        emotion,
        tuple(sound),
        tuple(numbers[p] for p in sound),
        starts_neutral=len(sound) > 1,
    )


def frame_numbers(images: list[Path]) -> tuple[int, ...]:
    """Numbers the names end in if all do and they increase, else 1..N.

    Taken before damaged images are left out, so that those leave gaps and time stays right.
    """
    numbers = [trailing_number(p.stem) for p in images]
    known = [n for n in numbers if n is not None]
    rising = all(a < b for a, b in pairwise(known))
    if len(known) == len(images) and rising:
        return counted_from_one(known)
    return tuple(range(1, len(images) + 1))


def open_frames(folder: str | Path) -> tuple[Clip, tuple[str, ...]]:
    """One unlabelled clip from the images directly in a folder, in the order of their numbers.

    Also what of the folder was left out, at most in one sentence.

    Raises
    ------
    CorpusError
        If the folder holds no usable image.
    """
    scan = Scan(Path(folder).resolve())
    clip = _frames_clip(scan, scan.root, None)
    if clip is None:
        why = scan.omissions[0].why if scan.omissions else "it holds no image"
        raise CorpusError(
            "the folder gives no clip: " + why, where=str(folder), fix=f"name a folder of frames ({IMAGE_WORDS})"
        )
    left = [o.why if o.where == "." else f"{o.where} ({o.why})" for o in scan.omissions]
    return clip, (f"Left out of the folder: {shortened(left)}.",) if left else ()
