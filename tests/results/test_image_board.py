"""Image results on one board: where rows come from, filters, the best and the next, words."""

from __future__ import annotations

from typing import Any

import pytest
from image_study_samples import ID, SLUGS, stored

from fer_core.base.errors import SettingError
from fer_core.results.images import benchmarks
from fer_core.results.images.board import (
    board,
    family,
    initial_words,
    narrowed,
    options,
    ordered,
    standing,
    table,
    words,
)


@pytest.fixture
def found() -> dict[str, Any]:
    stored()
    return {ID: benchmarks.read(ID)}


def test_rows_say_where_they_come_from(found: dict[str, Any]) -> None:
    first, second = board(found)
    assert (first["key"], first["result"], first["title"]) == (f"{ID}/{SLUGS[0]}", ID, "A comparison")
    assert (first["label"], first["study"], second["label"]) == ("LeNet5", "tutuianu", "VGG16")
    assert first["group"] == second["group"] == "bars, official split, tested on its validation part"
    assert first["family"] == "bars"


def test_a_model_that_is_no_longer_known_keeps_its_row(found: dict[str, Any]) -> None:
    found[ID]["rows"][0]["model"] = "gone"
    row = board(found)[0]
    assert (row["label"], row["study"]) == ("gone", "")


@pytest.mark.parametrize(
    ("corpus", "labels", "said"),
    [
        ({"format": "fer2013", "name": "x"}, "default", "FER2013"),
        ({"format": "arrays", "name": "fer2013_train_public"}, "default", "FER2013"),
        ({"format": "ferplus", "name": "fer2013"}, "majority", "FERPlus"),
        ({"format": "rafdb", "name": "x"}, "default", "RAF-DB"),
        ({"format": "ckplus48", "name": "x"}, "default", "CK+"),
        ({"format": "folder", "name": "mine"}, "default", "mine"),
    ],
)
def test_well_known_corpora_are_called_as_people_call_them(corpus: Any, labels: str, said: str) -> None:
    assert family(corpus, labels) == said


def test_the_best_and_the_next_with_what_is_known_of_their_difference(found: dict[str, Any]) -> None:
    rows = board(found)
    (found_one,) = standing(rows, "accuracy", found).values()
    assert found_one.best["model"] == "vgg16" and found_one.next and found_one.next["model"] == "lenet5"
    assert found_one.difference and found_one.difference[0] > 0 and found_one.apart is True
    del found[ID]["differences"]
    (without,) = standing(rows, "accuracy", found).values()
    assert without.difference is None and without.apart is None
    (alone,) = standing(rows[:1], "macro_f1", found).values()
    assert alone.next is None


def test_groups_stay_apart(found: dict[str, Any]) -> None:
    rows = board(found) + [dict(r, group="other", accuracy=0.99) for r in board(found)]
    assert [r["group"] for r in ordered(rows, "accuracy")][2:] == ["other", "other"]
    assert list(standing(rows, "accuracy", found)) == [rows[0]["group"], "other"]
    with pytest.raises(SettingError, match="no metric"):
        ordered(rows, "luck")


def test_corpora_of_one_name_and_other_pictures_are_other_groups(found: dict[str, Any]) -> None:
    again = {ID: found[ID], "again": found[ID] | {"rows": [r | {"pictures": 23} for r in found[ID]["rows"]]}}
    groups = list(dict.fromkeys(r["group"] for r in board(again)))
    n = found[ID]["rows"][0]["pictures"]
    assert n == found[ID]["rows"][0]["n"] / 2, "tested once for each of two seeds"
    assert groups == [f"bars, official split, tested on its validation part, {k} pictures" for k in (n, 23)]


def test_a_board_is_narrowed_by_what_occurs(found: dict[str, Any]) -> None:
    rows = board(found)
    assert options(rows)["balancing"] == ["none", "simple"] and options(rows)["size"] == [48]
    assert [r["model"] for r in narrowed(rows, {"balancing": ["simple"]})] == ["vgg16"]
    assert narrowed(rows, {"balancing": []}) == [] and narrowed(rows, {}) == rows


def test_words_name_what_differs_and_no_folder(found: dict[str, Any]) -> None:
    rows = board(found)
    assert [words(r, rows) for r in rows] == ["LeNet5, no class weights", "VGG16, simple weights"]
    assert words(rows[0]) == "LeNet5"
    other = [dict(r, title="again") for r in rows]
    assert words(rows[0], [rows[0], other[1]]) == "LeNet5, no class weights", "titles differ, models do too"
    assert words(other[0], [*rows, *other]) == "LeNet5, no class weights, again"
    assert initial_words("/home/somebody/vggface.h5") == "weights of vggface.h5"
    assert initial_words(r"C:\me\vggface.h5") == "weights of vggface.h5"


def test_the_table_has_every_row_best_first(found: dict[str, Any]) -> None:
    told = table(board(found), "accuracy")
    assert [r["model"] for r in told] == ["VGG16", "LeNet5"]
    assert told[0]["accuracy low"] < told[0]["accuracy"] < told[0]["accuracy high"]
