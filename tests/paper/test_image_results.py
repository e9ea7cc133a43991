"""Printed results of image models: each row of the studies' tables, by the registry's names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from scipy import stats

from fer_core.datasets.images.catalog import open_images
from fer_core.models.images.registry import REGISTRY
from fer_core.paper.image_results import WHOLE, beside, is_whole, printed, printed_for, unreadable
from fer_core.paper.published import table

MODELS = {"munsarif": (4, 5, 6, 7), "tutuianu": (2, 3, 4, 5, 6), "suwartono": (1,)}


def readable(study: str, number: int) -> int:
    """Rows of a table whose accuracy could be read."""
    rows = table(study, number)  # type: ignore[arg-type]
    return int(rows["val_accuracy"].notna().sum()) if study == "tutuianu" else len(rows)


def test_every_row_of_the_tables_is_there_once() -> None:
    found = Counter(p.study for p in printed())
    assert found == {s: sum(readable(s, n) for n in numbers) for s, numbers in MODELS.items()}
    assert len({(p.where, p.title, p.corpus, p.study) for p in printed()}) == len(printed())


def test_the_two_large_tables_have_every_model_on_three_corpora_twice() -> None:
    for number, models in ((2, 23), (3, 20)):
        rows = table("tutuianu", number)
        assert len(rows) == models * 3 * 2
        assert rows.groupby("model").size().eq(6).all() and rows["model"].nunique() == models


def test_the_large_tables_agree_with_those_that_repeat_their_best() -> None:
    """Tables 4 and 5 print values of Tables 2 and 3 once more; most agree, as far as both can be read."""
    two = table("tutuianu", 2).query("dataset == 'RAF-DB' and balance == 'conservative'").set_index("model")
    four = table("tutuianu", 4).set_index("model")["val_accuracy"]
    for model in ("VGG16 - IN", "VGG19", "VGGNet"):
        assert two.loc[model, "val_accuracy"] == pytest.approx(four[model], abs=0.011), model
    three = table("tutuianu", 3).query("dataset == 'RAF-DB'").set_index(["balance", "model"])
    five = table("tutuianu", 5).set_index(["balance", "model"])["val_accuracy"]
    for balance in ("simple", "conservative"):
        found = three.loc[(balance, "ResNet50 - VF"), "val_accuracy"]
        assert found == five[balance, "ResNet50 - VF"]


def test_each_stands_under_a_model_of_its_own_study_and_a_side_that_it_takes() -> None:
    for p in printed():
        assert REGISTRY[p.model].study == p.study
        assert p.size in REGISTRY[p.model].sizes
        assert 0 < p.accuracy <= 1 and p.caveat.endswith(".") and p.where.startswith("Table ")


@pytest.mark.parametrize(
    ("model", "corpus", "accuracy", "macro_f1"),
    [
        ("residual-bilstm-1", "FER2013", [0.9985], [0.9985]),
        ("residual-bilstm-2", "FERPlus", [0.9979], [0.9997]),
        ("attention-cnn", "FER2013", [0.617], [0.555]),
        ("sequential-4-conv", "FER2013", [0.61, 0.66], [None, None]),
        ("senet50", "RAF-DB", [0.85, 0.86], [None, None]),
    ],
)
def test_values_are_those_printed(model: str, corpus: str, accuracy: list[float], macro_f1: list) -> None:  # type: ignore[type-arg]
    found = printed_for(model, corpus)
    assert [p.accuracy for p in found] == pytest.approx(accuracy)
    assert [p.macro_f1 for p in found] == (macro_f1 if None in macro_f1 else pytest.approx(macro_f1))


def test_caveats_give_the_numbers_that_follow_from_the_tables() -> None:
    (fer,) = printed_for("residual-bilstm-1", "FER2013")
    assert fer.caveat.startswith("11 errors among 7,158 pictures")
    assert round(100 * (1 - 11 / 7158), 2) == 99.85
    (plus,) = printed_for("residual-bilstm-1", "FERPlus")
    assert plus.caveat.startswith("No number of errors among 3,573 pictures gives 99.99 %")
    assert all(round(100 * (1 - e / 3573), 2) != 99.99 for e in range(20))
    (possible,) = printed_for("residual-gru-1", "FERPlus")
    assert not possible.caveat.startswith("No number") and round(100 * (1 - 1 / 3573), 2) == 99.97
    (ck,) = printed_for("residual-gru-1", "CK+")
    assert f"{stats.beta.ppf(0.975, 1, 196):.1%}" in ck.caveat


def row(pictures: int, model: str = "fastcnn-se", corpus: str = "FER2013", **more: object) -> dict[str, object]:
    plain = {"model": model, "family": corpus, "pictures": pictures, "size": 48, "balancing": "none"}
    return plain | {"initial": "none"} | more


def test_a_printed_value_may_be_compared_where_as_many_pictures_were_tested() -> None:
    same, other, excerpt = beside(row(7178)), beside(row(3589)), beside(row(23))
    assert [p.accuracy for p in same.values] == [0.596] and same.why_not == "" and same.whole
    assert other.why_not == "it was tested on 7,178 pictures, both held-out parts together, ours on 3,589 pictures"
    assert "23 pictures are not an official part of FER2013" in excerpt.why_not and not excerpt.whole
    assert beside(row(3589), "balanced_accuracy").values == ()


def test_of_several_printed_values_those_trained_alike_are_taken() -> None:
    def found(**more: object) -> list[float]:
        return [p.accuracy for p in beside(row(3589, "vgg16", **more)).values]

    # Table 2, FER2013, simple and conservative: ImageNet .68 .68, VGGFace .66 .65, from scratch .67 .68
    assert found(balancing="simple") == [0.67] and found(balancing="conservative") == [0.68]
    assert found(balancing="conservative", initial="imagenet") == [0.68]
    assert found(balancing="simple", initial="imagenet", size=224) == [0.67]  # Table 3
    assert sorted(found(balancing="simple", initial="/a/file.h5")) == [0.66, 0.67, 0.68]


def test_what_cannot_be_read_is_not_said_to_be_absent() -> None:
    assert unreadable("nasnetmobile", "FER2013") == "Table 2" and not printed_for("nasnetmobile", "FER2013")
    assert unreadable("mediapipe-vggnet", "FER2013") == "", "which is in no such table"


@pytest.mark.parametrize(
    ("pictures", "whole"), [(3589, True), (28_709, True), (3580, True), (210, False), (3000, False)]
)
def test_an_excerpt_is_no_part_of_its_corpus(pictures: int, whole: bool) -> None:
    assert is_whole("FER2013", pictures) is whole
    assert not is_whole("bars", pictures)


def test_the_parts_of_fer2013_have_their_sizes(shared_data: Path) -> None:
    file = shared_data / "fer2013_train_public.npz"
    if not file.is_file():
        pytest.skip("FER2013 is not on this machine")
    for labels, corpus in (("own", "FER2013"), ("majority", "FERPlus")):
        for counts in open_images(file, labels=labels).parts.values():  # type: ignore[arg-type]
            assert is_whole(corpus, sum(counts.values())), (labels, counts)
    excerpt = open_images(shared_data / "fer2013_excerpt.csv")
    assert not any(is_whole("FER2013", sum(counts.values())) for counts in excerpt.parts.values())
    assert set(WHOLE) >= {p.corpus for p in printed()}
