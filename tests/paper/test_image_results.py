"""Printed results of image models: each row of the studies' tables, by the registry's names."""

from __future__ import annotations

from collections import Counter

import pytest
from scipy import stats

from fer_core.models.images.registry import REGISTRY
from fer_core.paper.image_results import printed, printed_for
from fer_core.paper.published import table

MODELS = {"munsarif": (4, 5, 6, 7), "tutuianu": (4, 5, 6), "suwartono": (1,)}


def test_every_row_of_the_tables_is_there_once() -> None:
    found = Counter(p.study for p in printed())
    assert found == {s: sum(len(table(s, n)) for n in numbers) for s, numbers in MODELS.items()}  # type: ignore[arg-type]
    assert len({(p.where, p.title, p.corpus, p.study) for p in printed()}) == len(printed())


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
        ("resnet50", "RAF-DB", [0.86, 0.87, 0.85], [None, None, None]),
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
