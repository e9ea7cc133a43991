"""Sentences that say what a picture says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fer_core.base.unknown_people import UNKNOWN

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.landmarks.sampling import Sample
    from fer_core.landmarks.track import Track
    from fer_core.landmarks.view import Coverage

FORMATS = {
    "ckplus": "CK+ as distributed",
    "ckplus48": "CK+48",
    "folder": "folders of clips by emotion",
    "demo": "built in",
    "mapped": "read as was said of its names",
}


IMAGE_FORMATS = {
    "fer2013": "FER2013's csv",
    "ferplus": "FERPlus's votes on FER2013's images",
    "ferplus-folders": "FERPlus's pictures with their votes",
    "rafdb": "RAF-DB as distributed",
    "rafdb-folders": "RAF-DB in folders 1 to 7",
    "affectnet": "AffectNet's lists",
    "affectnet-sets": "AffectNet's sets",
    "folder": "folders of images by emotion",
    "yolo": "pictures with boxes (YOLO)",
    "numbered": "folders of images by number",
    "arrays": "one file of arrays",
    "npy": "arrays of pictures and labels",
    "parquet": "Hugging Face's parquet",
    "clips": "images of clips",
}


def format_words(name: str) -> str:
    """What a format is called: ``KDEF``, ``folders of images by emotion``."""
    from fer_core.datasets.formats import format_called

    known = format_called(name)
    return FORMATS.get(name) or IMAGE_FORMATS.get(name) or (known.title if known else name)


def count(n: int, noun: str) -> str:
    """``1 clip``, ``2 clips``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def people(corpus: Corpus) -> str:
    """``118 subjects``, or ``people unknown``."""
    return count(len(corpus.subjects), "subject") if corpus.subjects_known else UNKNOWN


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else "none"


def coverage_sentence(covered: Mapping[str, Coverage]) -> str:
    """How many sampled frames were missed and whether one emotion suffers more than the others."""
    frames, missed = sum(c.frames for c in covered.values()), sum(c.missed for c in covered.values())
    rejected = sum(c.rejected for c in covered.values())
    interpolated = sum(c.interpolated for c in covered.values())
    parts = [f"A face was missed in {missed} of {frames} sampled frames ({missed / max(1, frames):.1%})"]
    if missed:
        worst = max(covered, key=lambda e: covered[e].missed / max(1, covered[e].frames))
        share = covered[worst].missed / max(1, covered[worst].frames)
        parts[0] += f", most often in clips labelled {worst} ({share:.1%})"
    if interpolated:
        parts.append(f"{interpolated / max(1, frames):.0%} of the samples are interpolated between two frames")
    parts.append(f"{count(rejected, 'clip')} rejected" if rejected else "no clip had to be rejected")
    return "; ".join(parts) + "."


def track_sentence(track: Track, sample: Sample) -> str:
    """In how many frames a face was found, and which part of the clip the samples cover."""
    from fer_core.landmarks.landmark_set import FrameStatus

    tally = {s.name.lower(): int((sample.status == s).sum()) for s in FrameStatus}
    origins = listed([f"{n} {name}" for name, n in tally.items() if n])
    first, last = (f"{n:.4g}" for n in sample.frame_numbers[[0, -1]])
    return (
        f"A face was found in {int(track.found.sum())} of {count(len(track.found), 'frame')}. The "
        f"{len(sample.status)} samples ({origins}) run from frame {first} to {last} of a clip that runs from "
        f"{track.frame_numbers[0]} to {track.frame_numbers[-1]}."
    )
