"""Sentences that say what a picture says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.imbalance import ImbalanceRow
    from fer_core.landmarks.sampling import Sample
    from fer_core.landmarks.track import Track
    from fer_core.landmarks.view import Coverage

FORMATS = {
    "ckplus": "CK+ as distributed",
    "ckplus48": "CK+48",
    "folder": "folders of clips by emotion",
    "demo": "built in",
}


IMAGE_FORMATS = {
    "fer2013": "FER2013's csv",
    "ferplus": "FERPlus's votes on FER2013's images",
    "rafdb": "RAF-DB as distributed",
    "rafdb-folders": "RAF-DB in folders 1 to 7",
    "affectnet": "AffectNet's lists",
    "affectnet-sets": "AffectNet's sets",
    "folder": "folders of images by emotion",
    "arrays": "one file of arrays",
    "clips": "images of clips",
}


def count(n: int, noun: str) -> str:
    """``1 clip``, ``2 clips``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else "none"


def imbalance_sentence(corpus: Corpus, table: Mapping[str, ImbalanceRow]) -> str:
    """What the counts and ratios say: how many clips, the rarest emotion, who gets which loss."""
    first = f"{count(len(corpus.clips), 'labelled clip')} of {count(len(corpus.subjects), 'subject')}."
    return f"{first} {rarest_sentence(table, 'clips')}"


def rarest_sentence(table: Mapping[str, ImbalanceRow], noun: str) -> str:
    """The rarest emotion, and who gets which loss; ``noun`` is what is counted."""
    if len(table) < 2:
        return "Only one emotion occurs, so there is nothing to tell it from."
    rarest = max(table, key=lambda e: table[e].ratio)
    return (
        f"The rarest emotion is {rarest}: {table[rarest].ratio:.1f} {noun} of other emotions for each "
        f"of its own, so it is trained with {loss_word(table[rarest])}. {_losses(table)}"
    )


def loss_word(row: ImbalanceRow) -> str:
    """The loss's name alone."""
    from fer_core.imbalance import LOSS_WORDS

    return LOSS_WORDS[row.choice.name]


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
        parts.append(
            f"{interpolated / max(1, frames):.0%} of the samples are interpolated between two frames"
        )
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


def _losses(table: Mapping[str, ImbalanceRow]) -> str:
    if len({row.choice.name for row in table.values()}) == 1:
        return "By these thresholds every emotion gets the same loss."
    weighted = [e for e, row in table.items() if row.choice.name == "weighted_bce"]
    plain = [e for e, row in table.items() if row.choice.name == "bce"]
    parts = [f"{listed(weighted)} with positives weighted up"] if weighted else []
    parts += [f"{listed(plain)} with the plain loss"] if plain else []
    return ("Of the others, " if len(parts) else "") + " and ".join(parts) + "."
