"""What is seen of a corpus's pictures before they are parted, kept so that a resume need not look again."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from fer_core.base.errors import MediaError
from fer_core.base.progress import Progress, silent, stage
from fer_core.datasets.base import Omission
from fer_core.datasets.copies.duplicates import Index, copies
from fer_core.datasets.copies.fingerprints import Fingerprints, fingerprints
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.omissions import Tally
from fer_core.files import whole_files

_ABOUT, _GROUPS = "about", "groups"


@dataclass(frozen=True, eq=False)
class Looked:
    """What was seen of a corpus's pictures before they were parted.

    Attributes
    ----------
    prints : Fingerprints
    groups : int (n,)
        Copies of a picture have one number (`fer_core.datasets.copies.duplicates.copies`).
    unread : tuple of Omission
        Pictures that cannot be read, many of one reason told in one line.
    """

    prints: Fingerprints
    groups: Index
    unread: tuple[Omission, ...]


def look_at(corpus: ImageCorpus, progress: Progress = silent) -> Looked:
    """Read every picture once: which cannot be read, and which are copies of each other."""
    tally = Tally()

    def unread(position: int, error: MediaError) -> None:
        tally.leave(str(corpus.item[position]), error.what, error.fix)

    prints = fingerprints(corpus, on_error=unread, progress=stage(progress, 0, 2))
    groups = copies(corpus, prints=prints, progress=stage(progress, 1, 2))
    return Looked(prints, groups, tally.omissions())


def look_once(corpus: ImageCorpus, file: Path, progress: Progress = silent) -> Looked:
    """What `look_at` sees; taken from a file where it was kept of this very corpus, else kept there.

    A file that cannot be read is written anew; one that cannot be written is done without.
    """
    looked = _read(file, corpus)
    if looked is None:
        looked = look_at(corpus, progress)
        with suppress(OSError):
            _write(file, corpus, looked)
    return looked


def _write(file: Path, corpus: ImageCorpus, looked: Looked) -> None:
    about = json.dumps({"key": corpus.key, "unread": [asdict(o) for o in looked.unread]})
    arrays = {f.name: getattr(looked.prints, f.name) for f in fields(Fingerprints)}
    whole_files.write_arrays(file, {_ABOUT: np.array(about), _GROUPS: looked.groups, **arrays})


def _read(file: Path, corpus: ImageCorpus) -> Looked | None:
    try:
        with np.load(file, allow_pickle=False) as kept:
            about = json.loads(str(kept[_ABOUT]))
            prints = Fingerprints(**{f.name: kept[f.name] for f in fields(Fingerprints)})
            looked = Looked(prints, kept[_GROUPS], tuple(Omission(**o) for o in about["unread"]))
    except Exception:  # whatever zipfile, numpy and json raise at a damaged file
        return None
    whole = about["key"] == corpus.key and len(prints) == len(looked.groups) == len(corpus)
    return looked if whole else None
