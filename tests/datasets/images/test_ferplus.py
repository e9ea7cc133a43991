"""FERPlus: rules for votes against a plain reading, rows aligned with FER2013's, real votes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_core.base.emotions import EMOTIONS, FERPLUS_COLUMNS
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.ferplus_labels import label_votes

from .trees import blobs, put_fer2013, put_votes, text

HAPPY, SAD, ANGRY, UNKNOWN, NF = 1, 3, 4, 8, 9


def votes(**given: int) -> list[int]:
    return [given.get(name, 0) for name in FERPLUS_COLUMNS]


CASES = {
    "clear": votes(happiness=8, neutral=2),
    "tie": votes(anger=5, fear=5),
    "tie of three": votes(sadness=3, anger=3, contempt=3, unknown=1),
    "no face": votes(NF=10),
    "mostly no face": votes(NF=6, neutral=4),
    "unknown": votes(unknown=5, fear=4, NF=1),
    "unknown as often": votes(unknown=5, fear=5),
    "unknown and no face": votes(unknown=5, NF=5),
    "some unknown": votes(surprise=4, fear=3, unknown=3),
    "none": votes(),
    "not known": [-1] * 10,
}


def labelled(rule: str, ties: str = "drop") -> dict[str, tuple[str, str]]:
    found = label_votes(np.array(list(CASES.values())), FERPLUS_COLUMNS, rule, ties)  # type: ignore[arg-type]
    return dict(zip(CASES, zip(found.emotion.tolist(), found.why.tolist(), strict=True), strict=True))


def test_the_majority_decides_and_the_rest_is_left_out_by_name() -> None:
    assert labelled("majority") == {
        "clear": ("happiness", ""),
        "tie": ("", "several emotions share the most votes"),
        "tie of three": ("", "several emotions share the most votes"),
        "no face": ("", "most votes say no face (NF)"),
        "mostly no face": ("", "most votes say no face (NF)"),
        "unknown": ("", "most votes say unknown"),
        "unknown as often": ("", "as many votes say unknown as any emotion"),
        "unknown and no face": ("", "most votes say unknown"),
        "some unknown": ("surprise", ""),
        "none": ("", "no votes of it are known"),
        "not known": ("", "no votes of it are known"),
    }


def test_ties_can_be_shared() -> None:
    found = label_votes(np.array(list(CASES.values())), FERPLUS_COLUMNS, "majority", "soft")
    assert found.soft is not None
    rows = dict(zip(CASES, found.soft, strict=True))
    kept = [name for name in CASES if rows[name].sum()]
    assert kept == ["clear", "tie", "tie of three", "some unknown"]
    assert rows["clear"][EMOTIONS.index("happiness")] == 1
    assert dict(zip(EMOTIONS, rows["tie"].tolist(), strict=True)) == dict.fromkeys(EMOTIONS, 0.0) | {
        "anger": 0.5,
        "fear": 0.5,
    }
    assert np.isclose(rows["tie of three"][[EMOTIONS.index(e) for e in ("anger", "contempt", "sadness")]], 1 / 3).all()


def test_soft_labels_are_shares_of_the_votes_for_emotions() -> None:
    found = label_votes(np.array(list(CASES.values())), FERPLUS_COLUMNS, "soft")
    assert found.soft is not None
    rows = dict(zip(CASES, found.soft, strict=True))
    assert np.isclose(rows["clear"][EMOTIONS.index("neutral")], 0.2)
    assert np.isclose(rows["some unknown"][EMOTIONS.index("surprise")], 4 / 7)
    kept = found.why == ""
    assert np.allclose(found.soft[kept].sum(axis=1), 1) and not found.soft[~kept].any()
    assert labelled("soft")["tie"] == ("anger", "") and labelled("soft")["unknown"][0] == ""


def test_columns_count_by_name_not_by_place() -> None:
    plain = np.array(list(CASES.values()))
    order = np.random.default_rng(0).permutation(10)
    turned = label_votes(plain[:, order], tuple(FERPLUS_COLUMNS[k] for k in order))
    assert turned.emotion.tolist() == label_votes(plain, FERPLUS_COLUMNS).emotion.tolist()
    with pytest.raises(CorpusError, match="occurs twice"):
        label_votes(plain, ("neutral", *FERPLUS_COLUMNS[:-1]))
    with pytest.raises(CorpusError, match="neither an emotion"):
        label_votes(plain, ("bored", *FERPLUS_COLUMNS[1:]))


def put_both(folder: Path, usages: tuple[str, ...] = ("Training",) * 3 + ("PublicTest", "PrivateTest")) -> Path:
    """Five rows; the third has no face, so that image names and rows part."""
    rows: list[tuple[object, str, str]] = [(k, text(blobs(k)), u) for k, u in enumerate(usages)]
    put_fer2013(folder / "fer2013.csv", rows)
    given = [
        votes(happiness=10),
        votes(anger=5, fear=5),
        votes(NF=10),
        votes(contempt=6, sadness=4),
        votes(neutral=9, unknown=1),
    ]
    put_votes(folder / "fer2013new.csv", usages, given)
    return folder


def test_votes_belong_to_rows(tmp_path: Path) -> None:
    corpus = open_images(put_both(tmp_path))
    assert corpus.format == "ferplus" and corpus.soft is None
    assert corpus.item.tolist() == ["Training/0", "PublicTest/3", "PrivateTest/4"]
    assert corpus.emotion.tolist() == ["happiness", "contempt", "neutral"]
    assert corpus.part.tolist() == ["train", "validation", "test"]
    assert (corpus.source.read(int(corpus.position[1])) == blobs(3)).all()
    left = {o.where: o.why for o in corpus.omissions}
    assert left == {"Training/1": "several emotions share the most votes", "Training/2": "most votes say no face (NF)"}


def test_the_labels_can_be_chosen(tmp_path: Path) -> None:
    folder = put_both(tmp_path)
    own = open_images(folder, labels="own")
    assert own.format == "fer2013" and own.emotion.tolist() == ["anger", "disgust", "fear", "happiness", "sadness"]
    soft = open_images(folder, labels="soft")
    assert soft.soft is not None and len(soft) == 4
    assert soft.emotion.tolist() == ["happiness", "anger", "contempt", "neutral"]
    tied = open_images(folder, ties="soft")
    assert tied.soft is not None and len(tied) == 4 and (tied.soft.max(axis=1) == [1, 0.5, 1, 1]).all()
    by_file = open_images(folder / "fer2013new.csv")
    assert by_file.key == open_images(folder).key
    only = soft.only(("anger", "happiness"))
    assert only.soft is not None and np.allclose(only.soft.sum(axis=1), 1)
    assert only.soft[1][EMOTIONS.index("anger")] == 1, "half of its votes said fear, which is taken away"


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    put_both(tmp_path)
    file = tmp_path / "fer2013new.csv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:-1]))
    with pytest.raises(CorpusError, match="4 rows, and FER2013's csv has 5"):
        open_images(tmp_path)
    file.write_text("\n".join([lines[0], lines[4], *lines[2:4], lines[1], lines[5]]))
    with pytest.raises(CorpusError, match="row 2 is PublicTest in the votes and Training"):
        open_images(tmp_path)
    (tmp_path / "fer2013.csv").unlink()
    with pytest.raises(CorpusError, match=r"no fer2013\.csv beside these votes"):
        open_images(file)


def test_a_row_of_votes_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    put_both(tmp_path)
    file = tmp_path / "fer2013new.csv"
    lines = file.read_text().splitlines()
    lines[1] = lines[1].replace("10", "ten")
    file.write_text("\n".join(lines))
    corpus = open_images(tmp_path)
    assert corpus.item.tolist() == ["PublicTest/3", "PrivateTest/4"]
    assert ("votes, row 2", "its votes are not numbers from 0 on") in [(o.where, o.why) for o in corpus.omissions]


def test_real_votes(shared_data: Path) -> None:
    """Against a count row by row in plain Python."""
    file = shared_data / "fer2013_train_public.npz"
    data = np.load(file, allow_pickle=False)
    columns = [str(c) for c in data["ferplus_columns"]]
    usage = data["usage"].tolist()  # read once: an .npz reads an array anew each time it is named
    expected = {}
    for row, counts in enumerate(data["ferplus_votes"].tolist()):
        best = [c for c, n in zip(columns, counts, strict=True) if n == max(counts) and n > 0]
        if len(best) == 1 and best[0] in EMOTIONS:
            expected[f"{usage[row]}/{row}"] = best[0]
    corpus = open_images(file, labels="majority")
    assert dict(zip(corpus.item.tolist(), corpus.emotion.tolist(), strict=True)) == expected
    soft = open_images(file, labels="soft")
    assert soft.soft is not None and np.allclose(soft.soft.sum(axis=1), 1, atol=1e-6)
    assert set(corpus.item.tolist()) < set(soft.item.tolist())
