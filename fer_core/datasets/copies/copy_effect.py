"""What copies do to a measured accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_core.base.errors import SettingError


def measured_accuracy(entry: Mapping[str, Any], accuracy: float) -> float:
    """The accuracy that would be read off a part, by a model that remembers what it was trained on.

    On images with a twin among those it was trained on it gives the twin's label, right unless the twin
    has another one; on all others it is right with probability ``accuracy``:
    s c + (1 - s) accuracy, with s the share of images that have a twin and c the share of those whose twin
    has the same label. It is the most that copies can add for a model that says what it was taught.

    Parameters
    ----------
    entry : one of ``across`` of `fer_core.datasets.copies.duplicate_report.duplicate_report`
    accuracy : on images never seen, 0 to 1

    Raises
    ------
    SettingError
        For an accuracy outside 0 to 1.
    """
    if not 0 <= accuracy <= 1:
        raise SettingError(f"an accuracy of {accuracy} is impossible", fix="give a share from 0 to 1")
    images, twins = int(entry["images"]), int(entry["exact"]) + int(entry["near"])
    right = twins - int(entry["other_label"]) + (images - twins) * accuracy
    return right / images if images else accuracy


def seen_before(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of held-out parts that share images with the training part, the most affected first."""
    found = [e for e in report["across"] if e["among"] == "train" and e["exact"] + e["near"]]
    return sorted(found, key=lambda e: -float(e["share"]))
