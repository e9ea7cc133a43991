"""Recognise a corpus by its folder, open it, and say what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fer_core.datasets.base import Corpus
from fer_core.datasets.ckplus import find_layout, open_ckplus
from fer_core.datasets.ckplus48 import find_ckplus48, open_ckplus48
from fer_core.datasets.folders import find_folder, open_folder
from fer_core.datasets.scan import contained, count_of, shortened, visible
from fer_core.datasets.signatures import is_image_name, is_video_name
from fer_core.errors import CorpusError

DEMO = "demo"
"""The word that opens the built-in corpus instead of a path."""

LAYOUTS = (
    "use CK+ as distributed (cohn-kanade-images/S005/001/*.png beside Emotion/), "
    "CK+48 (anger/S010_004_00000017.png) or folders of clips by emotion (anger/anna_clip1.mp4)"
)

_MOST_FOLDERS = 500
"""Someone may point at a whole disk; its pictures need not be counted for a message."""


def open_corpus(path: str | Path, *, subjects_csv: str | Path | None = None) -> Corpus:
    """Open a corpus of any known format; ``"demo"`` opens the built-in one.

    Parameters
    ----------
    path : str or Path
        The corpus folder, or one around it that holds no other.
    subjects_csv : path, optional
        For a plain folder of clips: who is in which (see `folders.open_folder`).

    Raises
    ------
    CorpusError
        One sentence, for a path that is absent, no folder, empty, of no known format or without
        a labelled clip, and for `subjects_csv` with a format that names its own subjects.
    """
    kind = recognise(path)
    if subjects_csv is not None and kind != "folder":
        raise CorpusError(
            "a list of subjects was given, but this corpus names its own",
            where=str(path),
            fix="leave the list away",
        )
    if kind == "demo":
        from fer_core.datasets.demo import open_demo

        return open_demo()
    if kind == "folder":
        return contained(open_folder(path, subjects_csv))
    return contained(open_ckplus(path) if kind == "ckplus" else open_ckplus48(path))


def recognise(path: str | Path) -> str:
    """The format of a corpus: ``ckplus``, ``ckplus48``, ``folder`` or ``demo``.

    Raises
    ------
    CorpusError
        As `open_corpus`, but for missing labels.
    """
    if str(path).strip() == DEMO and (isinstance(path, str) or not path.exists()):
        return DEMO
    folder = _existing_folder(path)
    kind = _kind(folder)
    if kind is None:
        raise _unrecognised(folder, str(path))
    return kind


def corpora_in(folder: str | Path) -> tuple[Path, ...]:
    """The corpora directly in a folder, in natural order; none where it cannot be listed."""
    return tuple(child for child in visible(Path(folder))[0] if _kind(child))


def summary(corpus: Corpus) -> dict[str, Any]:
    """What a corpus holds, as plain data for the page and for ``corpus --json``.

    ``clips`` and ``labelled`` are both the number of labelled clips; ``unlabelled`` counts those
    kept apart. The imbalance is added by the caller.
    """
    return {
        "format": corpus.format,
        "name": corpus.name,
        "clips": len(corpus.clips),
        "labelled": len(corpus.clips),
        "subjects": len(corpus.subjects),
        "counts": corpus.counts,
        "unlabelled": len(corpus.unlabelled),
        "omissions": [{"where": o.where, "why": o.why, "fix": o.fix} for o in corpus.omissions],
        "synthetic": corpus.synthetic,
    }


def _kind(folder: Path) -> str | None:
    """The format of a folder; the stricter layouts are tried first."""
    if find_layout(folder):
        return "ckplus"
    if find_ckplus48(folder):
        return "ckplus48"
    return "folder" if find_folder(folder) else None


def _existing_folder(path: str | Path) -> Path:
    """The resolved folder, or `CorpusError` for what is none."""
    where = str(path)
    try:
        folder = Path(where.strip()).expanduser().resolve() if isinstance(path, str) else path.resolve()
        if not where.strip() or not folder.exists():
            raise CorpusError("there is no such folder", where=where, fix="check the path")
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a NUL inside
        raise CorpusError(
            "this is not a usable path", where=repr(where)[:120], fix="check the path"
        ) from error
    zipped = folder.suffix.lower() == ".zip"
    fix = "unpack it, or upload it on the Dataset page" if zipped else "name the folder that holds the corpus"
    raise CorpusError("this is a file, not a folder", where=where, fix=fix)


def _unrecognised(folder: Path, where: str) -> CorpusError:
    """The sentence for a folder of no known layout, with what it holds instead."""
    try:
        any(folder.iterdir())
    except OSError as error:
        what = f"the folder cannot be listed ({error.strerror or error})"
        return CorpusError(what, where=where, fix="check its permissions")
    folders, files = visible(folder)
    if not folders and not files:
        return CorpusError("the folder is empty", where=where, fix=LAYOUTS)
    if inner := [child.name for child in corpora_in(folder)]:
        what = (
            f"the folder holds {len(inner)} corpora"
            if len(inner) > 1
            else "the folder holds a corpus among others"
        )
        return CorpusError(what, where=where, fix="open " + shortened(inner, 8))
    media = _media_count(folders, files)
    held = (
        f"{count_of(media, 'image or video file')} but none with a label"
        if media
        else "no corpus of a known layout"
    )
    return CorpusError(f"the folder holds {held}", where=where, fix=LAYOUTS)


def _media_count(folders: list[Path], files: list[Path]) -> int:
    """Image and video files in a folder and up to three levels below it, in the first few hundred folders."""
    total, level = 0, folders
    for _ in range(4):
        total += sum(1 for f in files if is_image_name(f.name) or is_video_name(f.name))
        listed = [visible(folder) for folder in level[:_MOST_FOLDERS]]
        level, files = [f for pair in listed for f in pair[0]], [f for pair in listed for f in pair[1]]
    return total
