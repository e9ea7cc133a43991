"""How sure voters were: bands and medians by hand, ties, and how often a corpus's own labels are outvoted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_core.base.emotions import FERPLUS_COLUMNS
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.agreement import BANDS, agreement, difference
from fer_core.datasets.images.catalog import open_images


def voted_file(folder: Path, votes: list[dict[str, int]], label: list[str]) -> Path:
    rows = np.zeros((len(votes), len(FERPLUS_COLUMNS)), dtype=np.int64)
    for row, said in zip(rows, votes, strict=True):
        for name, n in said.items():
            row[FERPLUS_COLUMNS.index(name)] = n
    images = np.random.default_rng(0).integers(0, 256, (len(votes), 8, 8), dtype=np.uint8)
    np.savez(
        folder / "v.npz",
        images=images,
        emotion=np.array(label),
        ferplus_votes=rows,
        ferplus_columns=np.array(FERPLUS_COLUMNS),
    )
    return folder / "v.npz"


VOTES = [
    {"anger": 10},  # all agree
    {"anger": 8, "fear": 2},
    {"anger": 6, "fear": 2, "unknown": 2},  # 6 of 8 votes for emotions
    {"anger": 5, "fear": 3, "sadness": 2},  # exactly half
    {"fear": 9, "anger": 1},  # the corpus says anger: outvoted
    {"fear": 5, "anger": 5},  # a tie with what the corpus says: nobody is outvoted
    {"unknown": 9, "fear": 1},  # left out
]
LABELS = ["anger", "anger", "anger", "anger", "anger", "fear", "fear"]


def test_bands_and_medians(tmp_path: Path) -> None:
    found = agreement(open_images(voted_file(tmp_path, VOTES, LABELS), labels="soft"))
    anger = found["anger"]
    assert (anger.images, anger.bands) == (5, (1, 1, 1, 2)), "the tie goes to the first in canonical order"
    assert anger.median == pytest.approx(0.75)
    assert (found["fear"].images, found["fear"].bands) == (1, (0, 1, 0, 0))
    assert len(BANDS) == 4


def test_own_labels_are_outvoted_but_not_by_a_tie(tmp_path: Path) -> None:
    file = voted_file(tmp_path, VOTES, LABELS)
    told = difference(open_images(file, labels="own"), open_images(file, labels="soft"))
    assert (told.both, told.differ, told.unvoted) == (6, 1, 1)


def test_labels_that_are_no_votes_are_refused(tmp_path: Path) -> None:
    own = open_images(voted_file(tmp_path, VOTES, LABELS), labels="own")
    for ask in (lambda: agreement(own), lambda: difference(own, own)):
        with pytest.raises(CorpusError, match="no shares of votes"):
            ask()


def test_fer2013_by_its_voters(shared_data: Path) -> None:
    file = shared_data / "fer2013_train_public.npz"
    if not file.is_file():
        pytest.skip("FER2013 is not on this machine")
    voted = open_images(file, labels="soft")
    found = agreement(voted)
    assert sum(a.images for a in found.values()) == len(voted)
    assert all(sum(a.bands) == a.images for a in found.values())
    assert max(found, key=lambda e: found[e].median) == "happiness"
    with np.load(file, allow_pickle=False) as plain:
        votes, label, names = plain["ferplus_votes"], plain["label"], plain["label_names"]
        columns = [str(c) for c in plain["ferplus_columns"]]
    # Another way to count who agrees: from the votes themselves.
    happy = columns.index("happiness")
    shown = votes[:, [k for k, c in enumerate(columns) if c not in ("unknown", "NF")]]
    alone = (votes[:, happy] > 0) & (shown.sum(axis=1) == votes[:, happy])
    most = votes[:, happy] > votes[:, [columns.index("unknown"), columns.index("NF")]].max(axis=1)
    assert found["happiness"].bands[0] == int((alone & most).sum())
    told = difference(open_images(file, labels="own"), voted)
    assert told.both == len(voted) and 0.25 < told.differ / told.both < 0.4
    assert len(label) == told.both + told.unvoted and len(names) == 7
