"""Recognise a corpus by its folder, open it, and say what was found."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from fer_core.base.errors import CorpusError
from fer_core.datasets.base import Corpus
from fer_core.datasets.formats import find_format, format_called
from fer_core.datasets.mapped import open_mapped
from fer_core.datasets.names import Names, alternatives, names_for
from fer_core.datasets.scan import contained, count_of, shortened, visible
from fer_core.datasets.signatures import is_image_name, is_video_name
from fer_core.datasets.source import parse, select

DEMO = "demo"
"""The word that opens the built-in corpus instead of a path."""

LAYOUTS = (
    "use CK+, JAFFE, KDEF, RaFD, RAVDESS, CREMA-D, MMI, Oulu-CASIA or AFEW as handed out, "
    "folders of clips by emotion (anger/anna_clip1.mp4), or say how to read names (--pattern, --labels)"
)

_MOST_FOLDERS = 500
"""Someone may point at a whole disk; its pictures need not be counted for a message."""


def open_corpus(path: str | Path, *, subjects_csv: str | Path | None = None, names: Names | None = None) -> Corpus:
    """Open a corpus of any known format; ``"demo"`` opens the built-in one.

    Parameters
    ----------
    path : str or Path
        The corpus folder, or one around it that holds no other; which clips of it (`datasets.source`).
    subjects_csv : path, optional
        Who is in which clip (`names.subjects`, for short).
    names : Names, optional
        What the user says of the names: lists, a pattern, which clips are wanted. Without it, what is kept
        for the folder (`fer_core.datasets.names.keep_names`) is taken, and the corpus's note says so.

    Raises
    ------
    CorpusError
        One sentence, for a path that is absent, no folder, empty, of no known format or without
        a labelled clip, and for a list of subjects with a format that names its own.
    """
    source = parse(str(path))
    if source.codes:
        raise CorpusError(
            "the labels of this corpus are no bare numbers", where=source.path, fix=f"leave out codes={source.codes}"
        )
    if source.only:
        return select(open_corpus(source.path, subjects_csv=subjects_csv, names=names), source)
    if is_demo(path):
        from fer_core.datasets.demo import open_demo

        if subjects_csv is not None or (names and names.tells_clips):
            raise _names_its_own(path)
        corpus, note = open_demo(), ""
        names = names or Names()
    else:
        folder = existing_folder(path)
        given = replace(names or Names(), subjects=Path(subjects_csv)) if subjects_csv is not None else names
        names, note = names_for(folder, given)
        corpus = contained(_opened(folder, path, names))
    if names.where:
        corpus = corpus.where(**alternatives(names.where))
    return replace(corpus, note=f"{note} {corpus.note}".strip()) if note else corpus


def _opened(folder: Path, path: str | Path, names: Names) -> Corpus:
    if names.tells_clips:
        return open_mapped(folder, names)
    kind = recognise(path)
    format = format_called(kind)
    if format is None or (names.subjects is not None and format.names_people):
        raise _names_its_own(path)
    return format.open(folder, names.subjects)


def _names_its_own(path: str | Path) -> CorpusError:
    what = "a list of subjects was given, but this corpus names its own"
    return CorpusError(what, where=str(path), fix="leave the list away")


def is_demo(path: str | Path) -> bool:
    """Whether a path is the word for the built-in corpus."""
    return str(path).strip() == DEMO and (isinstance(path, str) or not path.exists())


def recognise(path: str | Path) -> str:
    """The format of a corpus, as `fer_core.datasets.formats.FORMATS` names it, or ``demo``.

    Raises
    ------
    CorpusError
        As `open_corpus`, but for missing labels.
    """
    if is_demo(path):
        return DEMO
    folder = existing_folder(parse(str(path)).path if isinstance(path, str) else path)
    format = find_format(folder)
    if format is None:
        raise _unrecognised(folder, str(path))
    return format.name


def corpora_in(folder: str | Path) -> tuple[Path, ...]:
    """The corpora directly in a folder, in natural order; none where it cannot be listed."""
    return tuple(child for child in visible(Path(folder))[0] if find_format(child))


def summary(corpus: Corpus) -> dict[str, Any]:
    """What a corpus holds, as plain data for the page and for ``corpus --json``.

    ``clips`` and ``labelled`` are both the number of labelled clips; ``unlabelled`` counts those
    kept apart, ``passed_over`` by suffix the files that are neither pictures nor videos. ``subjects`` is
    None where people are unknown. The imbalance is added by the caller.
    """
    return {
        "format": corpus.format,
        "name": corpus.name,
        "clips": len(corpus.clips),
        "labelled": len(corpus.clips),
        "subjects": len(corpus.subjects) if corpus.subjects_known else None,
        "subjects_known": corpus.subjects_known,
        "attributes": corpus.attributes,
        "counts": corpus.counts,
        "unlabelled": len(corpus.unlabelled),
        "omissions": [asdict(o) for o in corpus.omissions],
        "passed_over": dict(corpus.passed_over),
        "synthetic": corpus.synthetic,
    }


def existing_folder(path: str | Path) -> Path:
    """The resolved folder. Raises `CorpusError` for what is none."""
    where = str(path)
    try:
        folder = Path(where.strip()).expanduser().resolve() if isinstance(path, str) else path.resolve()
        if not where.strip() or not folder.exists():
            raise CorpusError("there is no such folder", where=where, fix="check the path")
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a NUL inside
        raise CorpusError("this is not a usable path", where=repr(where)[:120], fix="check the path") from error
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
        what = f"the folder holds {len(inner)} corpora" if len(inner) > 1 else "the folder holds a corpus among others"
        return CorpusError(what, where=where, fix="open " + shortened(inner, 8))
    media = _media_count(folders, files)
    held = f"{count_of(media, 'image or video file')} but none with a label" if media else "no corpus of a known layout"
    return CorpusError(f"the folder holds {held}", where=where, fix=LAYOUTS)


def _media_count(folders: list[Path], files: list[Path]) -> int:
    """Image and video files in a folder and up to three levels below it, in the first few hundred folders."""
    total, level = 0, folders
    for _ in range(4):
        total += sum(1 for f in files if is_image_name(f.name) or is_video_name(f.name))
        listed = [visible(folder) for folder in level[:_MOST_FOLDERS]]
        level, files = [f for pair in listed for f in pair[0]], [f for pair in listed for f in pair[1]]
    return total
