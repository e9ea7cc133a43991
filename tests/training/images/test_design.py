"""A design compares conditions on the same pictures, under names that differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fer_core.base.errors import SettingError
from fer_core.study.image_design import ImageDesign

from .image_samples import quick

TWO = (quick(), quick(model="alexnet", size=48))


def test_json_gives_the_design_back() -> None:
    design = ImageDesign(TWO, (0, 3))
    assert ImageDesign.from_json(design.to_json()) == design
    assert design.to_json()["slugs"] == [c.slug for c in TWO]


def test_cells_are_counted() -> None:
    assert ImageDesign(TWO, (0, 1)).n_cells == 4
    folded = tuple(replace(c, protocol="kfold", folds=5) for c in TWO)
    assert ImageDesign(folded, (0, 1)).n_cells == 20
    assert [c.seed for c in ImageDesign(TWO, (4,)).on_seed(4)] == [4, 4]


@pytest.mark.parametrize(
    ("conditions", "seeds"),
    [
        ((), (0,)),
        (TWO, ()),
        (TWO, (1, 1)),
        (TWO, (-1,)),
        ((quick(), quick(loss="focal")), (0,)),
        ((quick(), replace(TWO[1], protocol="kfold")), (0,)),
        ((quick(), replace(TWO[1], labels="majority")), (0,)),
        ((quick(), replace(TWO[1], emotions=("anger", "fear"))), (0,)),
    ],
)
def test_what_cannot_be_compared_is_refused(conditions: tuple, seeds: tuple[int, ...]) -> None:  # type: ignore[type-arg]
    with pytest.raises(SettingError):
        ImageDesign(conditions, seeds)


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"conditions": [], "seeds": [0]},
        {"conditions": [3], "seeds": [0]},
        {"conditions": [quick().to_json()], "seeds": ["0"]},
    ],
)
def test_what_is_no_design_is_refused_in_a_sentence(plain: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(SettingError):
        ImageDesign.from_json(plain)


def test_the_key_follows_the_conditions() -> None:
    assert ImageDesign(TWO).key != ImageDesign(TWO[:1]).key
    assert ImageDesign(TWO).key == ImageDesign(TWO).key
