"""Corpora whose files' names tell person, expression and more, wherever the files lie.

A tree is read the same way whether it is as it was handed out, flat, or sorted into folders by emotion.
Where a folder is called by an emotion it is believed before the name, since somebody has sorted the files
since; that they differ is said. Of copies of one recording one is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from fer_core.base.text import clean_lines, clean_name
from fer_core.datasets.base import Clip, Corpus, Omission
from fer_core.datasets.folders import frame_numbers
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.names import NameReading
from fer_core.datasets.naming.base import Naming
from fer_core.datasets.people import one_spelling
from fer_core.datasets.scan import REPLACE_IT, Scan, natural_key, require_labels, shortened
from fer_core.datasets.signatures import is_image_name, is_video_name, why_not_image, why_not_video
from fer_core.datasets.subjects import apply_table, find_table, told_as_one, unknown_people
from fer_core.datasets.tree import PassedOver, folder_emotion, in_unlabelled, walk

_SHARE = 0.6  # of a folder's pictures and videos, to be recognised


class Reader(Protocol):
    """What tells a clip from a name relative to the corpus: a corpus's scheme, a pattern, or a list."""

    @property
    def title(self) -> str:
        """Whose names they are."""
        ...

    def of_file(self, file: str) -> NameReading | None:
        """Of a picture or video; None where it does not say."""
        ...

    def of_folder(self, folder: str) -> NameReading | None:
        """Of a folder of frames; None where it is no clip."""
        ...

    def with_beside(self, path: Path, reading: NameReading) -> tuple[NameReading, Path | None]:
        """The reading with what a file beside the clip adds, and that file."""
        ...


@dataclass(frozen=True)
class Found:
    """A clip before it is one: its files, and what was read of it."""

    name: str
    reading: NameReading
    files: tuple[Path, ...]
    is_video: bool = False


@dataclass
class _Tree:
    """What a walk over a corpus collects."""

    root: Path
    reader: Reader
    scan: Scan
    folders_first: bool
    tally: Tally = field(default_factory=Tally)
    passed: PassedOver = field(default_factory=PassedOver)
    used: set[Path] = field(default_factory=set)
    others: list[Path] = field(default_factory=list)

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def find_named(names: Sequence[str], schemes: Sequence[Naming]) -> Naming | None:
    """The scheme by which most of a folder's pictures and videos (`tree.media_names`) are named, or None.

    Where one of several folders in it holds files that another scheme names, it is a folder of corpora.
    """
    tops: dict[str, list[str]] = defaultdict(list)
    for name in names:
        tops[name.partition("/")[0] if "/" in name else ""].append(name)
    found = next((scheme for scheme in schemes if _share(scheme, names) >= _SHARE), None)
    if found is None:
        return None
    others = [scheme for scheme in schemes if scheme is not found]
    strangers = [top for top, inside in tops.items() if _share(found, inside) < _SHARE]
    mixed = any(_share(other, tops[top]) >= _SHARE for top in strangers for other in others)
    return None if mixed else found


def open_named(root: Path, scheme: Naming, subjects: Path | None = None) -> Corpus:
    """Open a tree whose names follow a corpus's scheme.

    Parameters
    ----------
    root : the folder
    scheme : how its files are named
    subjects : a list of subjects that goes before the names, as for a plain folder

    Raises
    ------
    CorpusError
        Where no labelled clip is left, or the list cannot be read.
    """
    return open_tree(root, scheme.name, scheme, subjects, note=scheme.note, starts_neutral=scheme.starts_neutral)


def open_tree(
    root: Path,
    format: str,
    reader: Reader,
    subjects: Path | None = None,
    *,
    note: str = "",
    starts_neutral: bool = True,
    used: Iterable[Path] = (),
    folders_first: bool = True,
) -> Corpus:
    """A corpus of whatever a reader understands under a folder; the rest is named or counted.

    `used` are files that have been read already, so that they do not count as passed over; `folders_first`
    is whether a folder called by an emotion is believed before the reader.
    """
    scan = Scan(root)
    table, table_file = find_table(scan, subjects)
    tree = _Tree(root, reader, scan, folders_first, used={*used, *([table_file] if table_file else [])})
    found = _believed(tree, _once(tree, [f for f in _found(tree) if _is_wanted(tree, f)]))
    clips = [clip for f in found if (clip := _clip(tree, f, starts_neutral))]
    for file in tree.others:
        if file not in tree.used:
            tree.passed.add(file)
    scan.omissions = [*tree.tally.omissions(), *scan.omissions]
    clips = _with_people(scan, _distinct(scan, clips))
    clips = apply_table(scan, clips, table) if table else clips
    unknown_people(scan, clips)
    labelled = tuple(c for c in clips if c.emotion)
    apart = tuple(c for c in clips if not c.emotion)
    require_labels(labelled, apart, scan, root, "clip", f"check that it holds {reader.title}")
    name = clean_name(root.name)
    return Corpus(
        name, format, root, labelled, apart, tuple(scan.omissions), note=note, passed_over=tree.passed.counts()
    )


def _share(reader: Reader, names: Sequence[str]) -> float:
    """The share of some names that a reader understands."""
    if not names:
        return 0.0
    folders: dict[str, bool] = {}
    right = 0
    for name in names:
        folder = name.rpartition("/")[0]
        if folder not in folders:
            folders[folder] = bool(folder) and reader.of_folder(folder) is not None
        right += reader.of_file(name) is not None or (folders[folder] and is_image_name(name))
    return right / len(names)


def _found(tree: _Tree) -> list[Found]:
    """Everything the reader understands, in the order of the tree."""
    found: list[Found] = []
    for folder, files in walk(tree.scan):
        images = [f for f in files if is_image_name(f.name)]
        here = tree.name(folder)
        as_frames = tree.reader.of_folder(here) if images and here != "." else None
        loose: list[Path] = []
        frames: dict[NameReading, list[tuple[str, Path]]] = defaultdict(list)
        for file in files:
            name = tree.name(file)
            if not is_image_name(name) and not is_video_name(name):
                tree.others.append(file)
                continue
            reading = tree.reader.of_file(name)
            if reading is not None and reading.frame and is_image_name(name):
                frames[replace(reading, file=here, frame="")].append((reading.frame, file))
            elif reading is not None:
                found.append(Found(name, reading, (file,), is_video_name(name)))
            elif as_frames is not None and is_image_name(name):
                loose.append(file)
            else:
                tree.tally.leave(
                    clean_lines(name),
                    f"its name is none of {tree.reader.title}",
                    "remove it, or say how names are to be read",
                )
        if as_frames is not None and loose:
            found.append(Found(here, as_frames, tuple(loose)))
        found += [
            Found(_frames_name(here, reading), reading, tuple(f for _, f in sorted(pairs, key=_by_number)))
            for reading, pairs in frames.items()
        ]
    return found


def _by_number(pair: tuple[str, Path]) -> tuple[tuple[tuple[int, int, str], ...], str]:
    return natural_key(pair[0]), pair[1].name


def _frames_name(folder: str, reading: NameReading) -> str:
    told = [reading.subject, reading.emotion, *(value for _, value in reading.attributes)]
    own = "_".join(filter(None, told))
    return own if folder == "." else f"{folder}/{own}"


def _is_wanted(tree: _Tree, found: Found) -> bool:
    """Whether a clip is not left out by what its name says; noted where it is."""
    if found.reading.why:
        tree.tally.leave(clean_lines(found.name), found.reading.why)
    return not found.reading.why


def _inside(found: Found) -> str:
    """A file's name, or one inside a folder of frames."""
    single = is_image_name(found.name) or is_video_name(found.name)
    return found.name if single else f"{found.name}/frame"


def _once(tree: _Tree, found: list[Found]) -> list[Found]:
    """One of each recording; how many copies there were, and copies that contradict each other, are noted."""
    groups: dict[str, list[Found]] = defaultdict(list)
    for number, one in enumerate(found):
        groups[one.reading.recording or f"\0{number}"].append(one)
    kept, copies, torn = [], [], []
    for group in groups.values():
        shown = {emotion for one in group if (emotion := folder_emotion(_inside(one)))}
        if len(shown) > 1:
            torn += [one.name for one in group]
            continue
        in_folder = [one for one in group if folder_emotion(_inside(one))] or group
        best = min(in_folder, key=lambda one: Path(one.name).stem)
        kept.append(best)
        copies += [one.name for one in group if one is not best]
    if copies:
        why = "a copy of a recording that is there once more, which is kept"
        tree.scan.omissions.append(Omission(clean_lines(shortened(copies)), why, count=len(copies)))
    if torn:
        why = "copies of one recording lie under several emotions"
        place = clean_lines(shortened(torn))
        tree.scan.omissions.append(Omission(place, why, "keep each under one emotion", len(torn)))
    return kept


def _believed(tree: _Tree, found: list[Found]) -> list[Found]:
    """Clips with the files beside them read, and their emotions told; contradictions are noted."""
    told, against = [], []
    for one in found:
        reading, file = tree.reader.with_beside(tree.root / one.name, one.reading)
        if file is not None:
            tree.used.add(file)
        one = replace(one, reading=reading)
        inside = _inside(one)
        by_folder = folder_emotion(inside) or ""
        if by_folder and reading.emotion and by_folder != reading.emotion:
            against.append(one.name)
        emotion = (by_folder or reading.emotion) if tree.folders_first else (reading.emotion or by_folder)
        emotion = "" if in_unlabelled(inside) and not (reading.emotion and not tree.folders_first) else emotion
        told.append(replace(one, reading=replace(reading, emotion=emotion)))
    if against:
        believed, other = ("folder", "name") if tree.folders_first else ("name", "folder")
        why = f"kept as the {believed} says, although the {other} tells another emotion"
        fix = "move it where it belongs, if the folder is wrong"
        tree.scan.omissions.append(Omission(clean_lines(shortened(against)), why, fix, len(against)))
    return told


def _clip(tree: _Tree, found: Found, starts_neutral: bool) -> Clip | None:
    """The clip of what was found, its subject "" where unknown; None, and noted, for broken files."""
    reading = found.reading
    clip_id = "/".join(map(clean_name, found.name.split("/")))
    clip = Clip(
        clip_id,
        reading.subject,
        reading.emotion or None,
        attributes=reading.attributes,
        subject_known=bool(reading.subject),
    )
    if found.is_video:
        if why := why_not_video(found.files[0]):
            tree.tally.leave(clip_id, why, "save the clip again as MP4 (H.264), or remove it")
            return None
        return replace(clip, clip_id=_stem(clip_id), video=found.files[0], starts_neutral=starts_neutral)
    numbers = dict(zip(found.files, frame_numbers(list(found.files)), strict=True))
    sound = []
    for file in found.files:
        if why := why_not_image(file):
            tree.tally.leave(clean_lines(tree.name(file)), why, REPLACE_IT)
        else:
            sound.append(file)
    if not sound:
        return None
    single = is_image_name(found.name)
    return replace(
        clip,
        clip_id=_stem(clip_id) if single else clip_id,
        frames=tuple(sound),
        frame_numbers=(1,) if single else tuple(numbers[f] for f in sound),
        starts_neutral=starts_neutral and len(sound) > 1,
    )


def _stem(clip_id: str) -> str:
    folder, slash, name = clip_id.rpartition("/")
    return folder + slash + (name.rpartition(".")[0] or name)


def _distinct(scan: Scan, clips: list[Clip]) -> list[Clip]:
    """Clips of different ids; where two would have one, the later keeps its file's whole name."""
    seen: Counter[str] = Counter()
    distinct = []
    for clip in clips:
        if seen[clip.clip_id]:
            file = clip.video or (clip.frames[0] if clip.frames else None)
            clip = replace(
                clip, clip_id=f"{clip.clip_id.rpartition('/')[0]}/{clean_name(file.name)}" if file else clip.clip_id
            )
        if seen[clip.clip_id]:
            scan.omit(clip.clip_id, "a second clip has this name", "rename one of the two")
            continue
        seen[clip.clip_id] += 1
        distinct.append(clip)
    return distinct


def _with_people(scan: Scan, clips: list[Clip]) -> list[Clip]:
    """Clips whose subjects are spelled alike; a clip of an unknown one has its own id."""
    people = one_spelling((c.clip_id, c.subject) for c in clips if c.subject)
    for way in people.spellings:
        told_as_one(scan, way)
    return [
        replace(c, subject=people.of.get(c.clip_id, c.clip_id), subject_known=c.clip_id in people.of) for c in clips
    ]
