"""A result that is too good to be true, with what usually makes it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fer_core.results.metrics import wilson


@dataclass(frozen=True)
class Ceiling:
    """The best that honest work has reached on a corpus without extra data: accuracy, and whose.

    It says nothing of fewer than so many ``emotions``, which are easier to tell apart.
    """

    accuracy: float
    source: str
    emotions: int = 7


CEILINGS: Mapping[str, Ceiling] = {
    "fer2013": Ceiling(0.770, "an ensemble of seven networks reached 0.768 (ResMasking, 2020)"),
    "rafdb": Ceiling(0.925, "POSTER++ reached 0.922, with the test set as validation set"),
    "affectnet": Ceiling(0.680, "POSTER++ reached 0.675 on seven classes"),
    "ckplus": Ceiling(0.985, "PHRNN with images reached 0.985 on subject-independent folds (Zhang et al., 2017)", 6),
    "ckplus48": Ceiling(0.985, "PHRNN with images reached 0.985 on subject-independent folds (Zhang et al., 2017)", 6),
}
"""By the corpus's format (`ImageCorpus.format`), or what `known_as` makes of it."""

_NAMES = ("fer2013", "affectnet", "rafdb", "ckplus48", "ckplus")

CAUSES = {
    "ceiling": "copies or near-copies of test pictures in training, augmentation before the split, "
    "or a test side that is part of the training side",
    "train": "test pictures seen in training, or a test side that is easier than the training side",
    "perfect": "frames of one clip, or pictures of one person, on both sides of the split",
}


def known_as(corpus_format: str, name: str, labels: str = "default") -> str:
    """Which corpus of `CEILINGS` it is, or "" for another one.

    Files of arrays and plain folders are known by their names only. Labels from FERPlus's votes make
    another corpus of the same pictures.
    """
    if corpus_format in CEILINGS or corpus_format == "ferplus" or labels in ("majority", "soft"):
        return corpus_format if corpus_format in CEILINGS else ""
    told = f"{corpus_format} {name}".casefold().replace("+", "plus")
    letters = "".join(c for c in told if c.isalnum())
    return next((known for known in _NAMES if known in letters), "")


@dataclass(frozen=True)
class Doubt:
    """One thing that is too good: the rule it breaks, and a sentence with the likely causes."""

    rule: str
    sentence: str


def too_good(
    result: Mapping[str, Any], corpus_format: str, emotions: Sequence[str], train_accuracy: float | None = None
) -> list[Doubt]:
    """What of a result should not be believed before it is explained; empty where nothing stands out.

    Parameters
    ----------
    result : as `fer_core.results.metrics.evaluate` gives it
    corpus_format : the key of `CEILINGS` (`known_as`); others have no known ceiling
    train_accuracy : accuracy on training pictures, without distortions
    """
    said, low = result["accuracy"], result["intervals"]["accuracy"][0]
    found = []
    ceiling = CEILINGS.get(corpus_format)
    if ceiling is not None and len(emotions) >= ceiling.emotions and low > ceiling.accuracy:
        found.append(
            _doubt("ceiling", f"accuracy {said:.3f} lies above what is known to be possible ({ceiling.source})")
        )
    if train_accuracy is not None and low > train_accuracy:
        found.append(
            _doubt(
                "train",
                f"the test side is classified better ({said:.3f}) than the training side ({train_accuracy:.3f})",
            )
        )
    perfect = [e for e in emotions if _perfect(result["per_emotion"][e])]
    if len(perfect) >= max(2, len(emotions) // 2):
        found.append(
            _doubt("perfect", f"{len(perfect)} of {len(emotions)} emotions have no error at all ({', '.join(perfect)})")
        )
    return found


def _doubt(rule: str, what: str) -> Doubt:
    return Doubt(rule, f"{what}: look for {CAUSES[rule]}.")


def _perfect(cells: Mapping[str, Any]) -> bool:
    """No error in so many pictures that chance does not explain it: an error rate of 5 % is excluded."""
    n = cells["tp"] + cells["fn"]
    return n > 0 and cells["fp"] == 0 and cells["fn"] == 0 and wilson(n, n)[0] > 0.95
