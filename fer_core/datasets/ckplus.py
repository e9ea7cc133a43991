"""CK+ as it is distributed (Lucey et al., 2010).

Layout: ``cohn-kanade-images/S005/001/S005_001_00000011.png`` beside
``Emotion/S005/001/S005_001_00000011_emotion.txt``, which holds one code as a float, or, for the
sequences without a label, beside an empty folder. Sequences run from the neutral face to the apex.
Leakage rule: the subject is the ``Sxxx`` folder, whatever sequences it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fer_core.base.emotions import CKPLUS_CODES
from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.scan import (
    Scan,
    count_of,
    counted_from_one,
    image_files,
    only_child,
    require_labels,
    shortened,
    squeezed,
    trailing_number,
    visible,
)
from fer_core.datasets.signatures import is_image_name
from fer_core.files.shapes import regular

LAST_NEUTRAL_FRAME = 3
"""A clip still starts neutral if its first frames are lost up to this one (a tenth of a second)."""

_IMAGE_FOLDERS = frozenset({"cohnkanadeimages", "extendedcohnkanadeimages", "cohnkanade"})
_LABEL_FOLDERS = frozenset({"emotion", "emotions", "emotionlabels"})
_SUBJECT = re.compile(r"s\d+", re.IGNORECASE)
_OWN_NAME = re.compile(r"(s\d+)_(\d+)_\d+", re.IGNORECASE)
_EXPECTED = "put the labels at Emotion/S005/001/S005_001_00000011_emotion.txt, beside cohn-kanade-images"
_LABEL_FIX = "write one number from 1 to 7 into it (1 anger ... 7 surprise), or remove it"
_LABEL_BYTES = 200


@dataclass(frozen=True)
class Layout:
    """Where a CK+ corpus keeps its sequences and its labels."""

    root: Path
    images: Path
    labels: Path | None


def find_layout(path: Path) -> Layout | None:
    """The CK+ folders in `path`, in its only folder, or around it if it is the image folder itself."""
    for root in (path, only_child(path)):
        if root is None:
            continue
        if images := _named_folder(root, _IMAGE_FOLDERS):
            return Layout(root, images, _label_folder(root))
        if _holds_subjects(root):
            labels = _label_folder(root)
            around = root.parent if labels is None and squeezed(root.name) in _IMAGE_FOLDERS else root
            return Layout(around, root, labels or _label_folder(around))
    return None


def open_ckplus(root: str | Path) -> Corpus:
    """Open a CK+ folder; names and labels are read, no image is decoded.

    Raises
    ------
    CorpusError
        Where the layout is not CK+'s, or no sequence has a usable label.
    """
    given = Path(root).resolve()
    layout = find_layout(given)
    if layout is None:
        raise CorpusError("there is no cohn-kanade-images folder", where=str(root), fix=_EXPECTED)
    scan = Scan(layout.root)
    labels = _label_files(scan, layout)
    clips: list[Clip] = []
    unlabelled: list[Clip] = []
    for clip_id, folder, files in _sequences(scan, layout.images):
        emotion = _emotion(scan, clip_id, labels.pop(clip_id, []))
        clip = _clip(scan, clip_id, folder, files, emotion)
        if clip is not None:
            (clips if clip.emotion else unlabelled).append(clip)
    for clip_id, label_files in labels.items():
        if label_files:
            scan.omit(label_files[0], "the label belongs to no sequence", f"add the images of {clip_id}")
    require_labels(clips, unlabelled, scan, given, "sequence", _EXPECTED)
    return Corpus(layout.root.name, "ckplus", layout.root, tuple(clips), tuple(unlabelled), tuple(scan.omissions))


def _named_folder(root: Path, names: frozenset[str]) -> Path | None:
    """The folder of one of the names, or the same-named one inside it, as archives nest them."""
    for folder in visible(root)[0]:
        if squeezed(folder.name) in names:
            return _named_folder(folder, names) or folder
    return None


def _label_folder(root: Path) -> Path | None:
    """`Emotion` in a folder; an empty one only if there is no other."""
    found = [f for f in visible(root)[0] if squeezed(f.name) in _LABEL_FOLDERS]
    found = [_named_folder(f, _LABEL_FOLDERS) or f for f in found]
    filled = [f for f in found if any(visible(f))]
    return next(iter(filled + found), None)


def _holds_subjects(root: Path) -> bool:
    """Whether the folder holds ``S005/001/<image>``."""
    subjects = [f for f in visible(root)[0] if _SUBJECT.fullmatch(clean_name(f.name))]
    return any(
        is_image_name(file.name)
        for subject in subjects
        for sequence in visible(subject)[0]
        for file in visible(sequence)[1]
    )


def _subject(name: str) -> str:
    """A subject folder's name in one spelling: ``s005 `` is ``S005``."""
    name = clean_name(name)
    return name.upper() if _SUBJECT.fullmatch(name) else name


def _clip_id(sequence: Path) -> str:
    return f"{_subject(sequence.parent.name)}/{clean_name(sequence.name)}"


def _belies(file: Path, clip_id: str) -> str | None:
    """The clip a file's own name gives it to, if that is another than the folder's."""
    own = _OWN_NAME.match(clean_name(file.stem))
    told = f"{own[1].upper()}/{own[2]}" if own else clip_id
    standard = re.fullmatch(r"S\d+/\d+", clip_id)  # a renamed folder says nothing against the file
    return told if standard and told != clip_id else None


def _sequences(scan: Scan, images: Path) -> Iterator[tuple[str, Path, list[Path]]]:
    """Clip id, folder and files of each sequence folder."""
    subjects, _ = scan.listing(images)
    seen: set[str] = set()
    for subject in subjects:
        folders, loose = scan.listing(subject)
        if pictures := image_files(loose)[0]:
            names = shortened([p.name for p in pictures])
            scan.omit(subject, f"{names}: outside any sequence folder", "move them into one, such as 001")
        for folder in folders:
            clip_id = _clip_id(folder)
            inner, files = scan.listing(folder)
            for deeper in inner:
                scan.omit(deeper, "a folder inside a sequence", "move its images up, or remove it")
            if clip_id in seen:
                scan.omit(folder, f"a second folder for {clip_id}", "keep one of the two")
                continue
            seen.add(clip_id)
            yield clip_id, folder, files


def _clip(scan: Scan, clip_id: str, folder: Path, files: list[Path], emotion: str | None) -> Clip | None:
    """The clip of a sequence folder; None, and noted, where no frame is left."""
    images, others = image_files(files)
    scan.not_images(folder, others)
    if not images:
        scan.omit(folder, "the sequence has no image", "add its images, or remove the folder")
        return None
    frames = _numbered(scan, clip_id, images)
    if not frames:
        scan.omit(clip_id, f"none of its {count_of(len(images), 'image')} can be used", "unpack the corpus again")
        return None
    first = min(frames)
    if emotion and list(frames) == [1] and len(images) > 1:
        why = "kept, but of its images only the neutral first one can be used, so that its label shows in none"
        scan.omit(clip_id, why, "unpack the corpus again, or remove the sequence")
    numbers = sorted(frames)
    return Clip(
        clip_id,
        clip_id.partition("/")[0],
        emotion,
        tuple(frames[n] for n in numbers),
        counted_from_one(numbers),
        starts_neutral=first <= LAST_NEUTRAL_FRAME,
    )


def _numbered(scan: Scan, clip_id: str, images: list[Path]) -> dict[int, Path]:
    """Usable images by frame number; the others are noted."""
    frames: dict[int, Path] = {}
    for path in scan.sound_images(images):
        number = trailing_number(path.stem)
        if number is None:
            scan.omit(path, "the name does not end in a frame number", "name it like S005_001_00000011.png")
        elif owner := _belies(path, clip_id):
            scan.omit(path, f"by its name it belongs to {owner}", f"move it to {owner}, or rename it")
        elif number in frames:
            scan.omit(path, f"frame {number} is there twice ({frames[number].name})", "remove one of the two")
        else:
            frames[number] = path
    return frames


def _label_files(scan: Scan, layout: Layout) -> dict[str, list[Path]]:
    """Label files by clip id, from ``Sxxx/yyy/*.txt`` or from files named ``Sxxx_yyy_*``."""
    found: dict[str, list[Path]] = {}
    if layout.labels is None:
        return found
    folders, files = scan.listing(layout.labels)
    for subject in folders:
        sequences, loose = scan.listing(subject)
        files += loose
        for sequence in sequences:
            texts = [f for f in scan.listing(sequence)[1] if f.suffix.lower() == ".txt"]
            found.setdefault(_clip_id(sequence), []).extend(texts)
    for file in files:
        if file.suffix.lower() == ".txt" and (own := _OWN_NAME.match(clean_name(file.stem))):
            found.setdefault(f"{own[1].upper()}/{own[2]}", []).append(file)
    return found


def _emotion(scan: Scan, clip_id: str, files: list[Path]) -> str | None:
    """The emotion a sequence's label files give it; None, and noted unless there is no file."""
    if not files:
        return None
    if len(files) > 1:
        names = shortened([f.name for f in files])
        scan.omit(clip_id, f"it has {len(files)} label files ({names}), so it counts as unlabelled", "keep one")
        return None
    if owner := _belies(files[0], clip_id):
        scan.omit(
            files[0],
            f"by its name the label belongs to {owner}, so {clip_id} counts as unlabelled",
            f"move it to {owner}, or rename it",
        )
        return None
    code, why = _read_code(files[0])
    if why:
        scan.omit(files[0], f"{why}, so {clip_id} counts as unlabelled", _LABEL_FIX)
    return CKPLUS_CODES[code] if code else None


def _read_code(file: Path) -> tuple[int, str]:
    """The code in a label file (1..7) and "", or 0 and why there is none."""
    try:
        with regular(file).open("rb") as stream:
            data = stream.read(_LABEL_BYTES)
    except OSError as error:
        return 0, f"the label file cannot be read ({error.strerror or error})"
    text = data.decode("utf-8-sig", errors="replace").strip()
    if not text:
        return 0, "the label file is empty"
    try:
        value = float(text)
    except ValueError:
        return 0, f"the label file holds {text[:20]!r}, not a number"
    if value == 0:
        return 0, "the label file holds 0 (neutral), which no sequence of CK+ is labelled with"
    if value not in CKPLUS_CODES:
        return 0, f"the label file holds {value:g}, which is no code of CK+"
    return int(value), ""
