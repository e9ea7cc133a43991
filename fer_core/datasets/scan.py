"""What the folder formats share: walking a corpus folder and writing down what is left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.base import Clip, Corpus, Omission
from fer_core.datasets.signatures import is_image_name, why_not_image
from fer_core.files.containment import stays

MAX_FRAME_NUMBER = 10**9
"""Longer digit strings in a name are dates or hashes, not frame numbers."""

OUTSIDE = "it leads out of the corpus"
FRAME_OUTSIDE = f"a frame of {OUTSIDE}"
INSIDE_FIX = "copy the file into the corpus"
REPLACE_IT = "replace the file by a whole one, or remove it"

_SYSTEM_NAMES = frozenset({"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "$recycle.bin"})
_UNLABELLED_NAMES = frozenset({"unlabelled", "unlabeled"})


@dataclass
class Scan:
    """One walk over a corpus folder, collecting omissions with paths relative to it."""

    root: Path
    omissions: list[Omission] = field(default_factory=list)

    def omit(self, where: Path | str, why: str, fix: str = "") -> None:
        """Note something left out; a path is told relative to the corpus."""
        if isinstance(where, Path):
            where = where.relative_to(self.root).as_posix() if where.is_relative_to(self.root) else where.name
        self.omissions.append(Omission(where, why, fix))

    def listing(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """Visible folders and files of a folder, each in natural order; what cannot be listed is noted."""
        if not stays(self.root, folder):
            self.omit(folder, f"it is a link, and {OUTSIDE}", INSIDE_FIX)
            return [], []
        try:
            folders, files, broken = _entries(folder)
        except OSError as error:
            self.omit(folder, f"the folder cannot be listed ({error.strerror or error})", "check its permissions")
            return [], []
        for path, why, fix in broken:
            self.omit(path, why, fix)
        return self._inside(folders), self._inside(files)

    def _inside(self, paths: list[Path]) -> list[Path]:
        """Those of a listing that lie in the corpus; links that lead out of it are noted.

        But for pictures: a clip without one of its frames would be another clip. `contained` leaves it out.
        """
        out = {path for path in paths if self._leads_out(path) and not is_image_name(path.name)}
        for path in sorted(out):
            self.omit(path, f"it is a link, and {OUTSIDE}", INSIDE_FIX)
        return [path for path in paths if path not in out] if out else paths

    def _leads_out(self, path: Path) -> bool:
        return path.is_symlink() and not stays(self.root, path)

    def sound_images(self, files: Iterable[Path]) -> list[Path]:
        """The files that begin as images do; the others are noted one by one."""
        sound = []
        for path in files:
            if not self._leads_out(path) and (why := why_not_image(path)):
                self.omit(path, why, REPLACE_IT)
            else:
                sound.append(path)
        return sound

    def not_images(self, folder: Path, others: Sequence[Path]) -> None:
        """Note, in one line for the folder, what lies among its frames and is no image."""
        if others:
            self.omit(folder, f"{shortened([p.name for p in others])}: not among the images of a clip")


def contained(corpus: Corpus) -> Corpus:
    """The corpus without clips of which a frame is a link out of it; each is noted.

    Raises `CorpusError` where no labelled clip is left.
    """
    root, omissions = corpus.root, list[Omission]()
    if root is None:
        return corpus

    def kept(clips: tuple[Clip, ...]) -> tuple[Clip, ...]:
        out = {
            clip.clip_id
            for clip in clips
            if any(f.is_symlink() and not stays(root, f) for f in (*clip.frames, clip.video) if f)
        }
        omissions.extend(Omission(name, FRAME_OUTSIDE, INSIDE_FIX) for name in sorted(out))
        return tuple(clip for clip in clips if clip.clip_id not in out) if out else clips

    clips, unlabelled = kept(corpus.clips), kept(corpus.unlabelled)
    if not omissions:
        return corpus
    if not clips:
        raise CorpusError(f"all its clips are links, and {OUTSIDE}", where=str(corpus.root), fix=INSIDE_FIX)
    return replace(corpus, clips=clips, unlabelled=unlabelled, omissions=(*corpus.omissions, *omissions))


def visible(folder: Path) -> tuple[list[Path], list[Path]]:
    """Visible folders and files of a folder, in natural order; ([], []) where it cannot be listed.

    Folders may be links to anywhere, as they are among corpora; files that are links out of the folder are
    passed over.
    """
    try:
        folders, files, _ = _entries(folder)
    except OSError:
        return [], []
    return folders, [file for file in files if not file.is_symlink() or stays(folder, file)]


def only_child(folder: Path) -> Path | None:
    """The one folder in a folder, as unpacking an archive leaves it; None for none or several."""
    folders, _ = visible(folder)
    return folders[0] if len(folders) == 1 and stays(folder, folders[0]) else None


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which ``frame10`` comes after ``frame9``."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return tuple((0, int(p), "") if p[0] in "0123456789" else (1, 0, p) for p in parts)


def squeezed(name: str) -> str:
    """Lower-case letters and digits alone, so that ``Emotion_labels`` equals ``emotion labels``."""
    return "".join(c for c in clean_name(name).casefold() if c.isalnum())


def names_unlabelled(name: str) -> bool:
    """Whether a folder says of itself that its clips have no label."""
    return clean_name(name).casefold() in _UNLABELLED_NAMES


def trailing_number(stem: str) -> int | None:
    """The digits a name ends in, as a number; None where there are none or too many."""
    found = re.search(r"([0-9]+)\s*$", stem)
    number = int(found[1]) if found and len(found[1]) < 20 else MAX_FRAME_NUMBER
    return number if number < MAX_FRAME_NUMBER else None


def counted_from_one(numbers: Sequence[int]) -> tuple[int, ...]:
    """Frame numbers moved up by one where the files count from 0."""
    shift = 1 if numbers and min(numbers) == 0 else 0
    return tuple(n + shift for n in numbers)


def image_files(files: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Files split into those named as images and the others."""
    named: tuple[list[Path], list[Path]] = ([], [])
    for path in files:
        named[0 if is_image_name(path.name) else 1].append(path)
    return named


def shortened(names: Sequence[str], most: int = 3) -> str:
    """The first few names and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def count_of(n: int, noun: str) -> str:
    """``1 clip``, ``2 clips``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def require_labels(
    clips: Sequence[Clip], unlabelled: Sequence[Clip], scan: Scan, where: Path, noun: str, fix: str
) -> None:
    """Raise `CorpusError` unless a labelled clip was found, saying what was found instead."""
    if clips:
        return
    first = f"; first left out: {scan.omissions[0].where}, {scan.omissions[0].why}" if scan.omissions else ""
    if not unlabelled:
        raise CorpusError(f"no usable {noun} was found{first}", where=str(where), fix=fix)
    found = f"{count_of(len(unlabelled), noun)} found, none with a usable label"
    raise CorpusError(found + first, where=str(where), fix=fix)


_DEAD_LINK = "it is a link that leads nowhere", "copy what it should point to here"
Left = tuple[Path, str, str]


def _entries(folder: Path) -> tuple[list[Path], list[Path], list[Left]]:
    """Visible folders, files, and what is neither, with why and what to do."""
    folders: list[Path] = []
    files: list[Path] = []
    left: list[Left] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.casefold() in _SYSTEM_NAMES:
                continue
            path = Path(entry.path)
            try:
                if entry.is_dir():
                    folders.append(path)
                elif entry.is_file():
                    files.append(path)
                elif entry.is_symlink():
                    left.append((path, *_DEAD_LINK))
                else:
                    left.append((path, "it is no plain file", "replace it by a file"))
            except OSError as error:  # a link onto itself, or into a folder one may not enter
                left.append((path, f"it cannot be looked at ({error.strerror or error})", "remove it"))
    for paths in (folders, files):
        paths.sort(key=_by_name)
    return folders, files, sorted(left, key=lambda one: _by_name(one[0]))


def _by_name(path: Path) -> tuple[tuple[tuple[int, int, str], ...], str]:
    return natural_key(path.name), path.name
