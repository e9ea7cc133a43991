"""Which pictures of a corpus an image model was trained on: by their pixels, by people, by official parts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import ProtocolError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.copies.digests import pixel_digests
from fer_core.datasets.images.base import ImageCorpus, Positions
from fer_core.models.images.bundle import ImageBundle
from fer_core.models.images.trained_pictures import load_seen

_FAMILIES = {
    "fer2013": "FER2013",
    "fer2013-folders": "FER2013",
    "ferplus": "FER2013",
    "rafdb": "RAF-DB",
    "rafdb-folders": "RAF-DB",
    "affectnet": "AffectNet",
    "affectnet-sets": "AffectNet",
    "ckplus": "CK+",
    "ckplus48": "CK+",
}
"""Formats of one corpus: its pictures, parts and names of people are the same in each."""

Mask = npt.NDArray[np.bool_]


def seen_among(
    bundle: ImageBundle, corpus: ImageCorpus, positions: Positions, *, progress: Progress = silent
) -> tuple[Mask, str]:
    """Which of the pictures the bundle was trained on: bool (m,), and how that is known, for a note.

    Where the bundle lists its pictures, those with the same pixels, mirrored or not. Otherwise, in a corpus
    of the same family: those of people it was trained on, or those outside the part it was tested on.

    Raises
    ------
    ProtocolError
        Where the bundle was trained on some of this corpus and which is not known.
    """
    seen = np.zeros(len(positions), dtype=bool)
    listed = None if bundle.folder is None else load_seen(bundle.folder)
    if listed is not None:
        plain, mirrored = pixel_digests(corpus, positions, progress=progress)
        seen |= np.isin(plain, listed) | np.isin(mirrored, listed)
    if not same_family(bundle, corpus):
        return seen, "with the pixels of pictures it was trained on"
    people = bundle.training.get("subjects") or []
    if people and corpus.subjects_known:
        return seen | np.isin(corpus.subject[positions], people), "of people it was trained on"
    if listed is not None:
        return seen, "with the pixels of pictures it was trained on"
    return _outside_tested(bundle, corpus, positions), "of a part that it was trained on"


def same_family(bundle: ImageBundle, corpus: ImageCorpus) -> bool:
    """Whether a bundle was trained on this corpus, or on another form of it."""
    trained = bundle.training
    if trained.get("data_key") == corpus.key:
        return True
    return family(str(trained.get("format", "")), str(trained.get("corpus", ""))) == family(corpus.format, corpus.name)


def family(form: str, name: str) -> str:
    """What a corpus is a form of; arrays and plain folders are told by their name."""
    plain = "".join(c for c in name.casefold() if c.isalnum())
    named = {
        "fer2013": "FER2013",
        "ferplus": "FER2013",
        "rafdb": "RAF-DB",
        "affectnet": "AffectNet",
        "ckplus": "CK+",
        "ck48": "CK+",
        "cohnkanade": "CK+",
    }
    by_name = next((f for word, f in named.items() if word in plain), plain)
    return _FAMILIES.get(form, by_name)


def _outside_tested(bundle: ImageBundle, corpus: ImageCorpus, positions: Positions) -> Mask:
    tested = bundle.training.get("tested", "")
    if bundle.training.get("protocol") == "official" and tested and len(corpus.of_part(tested)):
        return np.asarray(corpus.part[positions] != tested)
    raise ProtocolError(
        "the bundle was trained on some of this corpus, and which pictures is not stored with it",
        where=corpus.name,
        fix="use another corpus, keep the bundle by `images keep`, or --include-seen to measure memory",
    )
