"""The grid of the loss policy: every point agrees with the policy itself."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from fer_core.base.errors import SettingError
from fer_core.losses.grid import FOCAL, GRIDS, PLAIN, USUAL, WEIGHTED, Grid, letters
from fer_core.losses.imbalance import LossPolicy

SMALL = Grid((2.5, 3.5), (9.0, 11.5, 14.0), (0.5, 2.0), (0.5, 0.75, 0.9))


@pytest.mark.parametrize("ratio", [1.0, 2.5, 3.0, 3.5, 5.9, 9.0, 11.4, 11.5, 12.5, 14.0, 40.0])
@pytest.mark.parametrize("boundary", [">", ">="])
def test_every_point_gives_the_loss_that_the_policy_gives(ratio: float, boundary: str) -> None:
    grid = replace(SMALL, boundary=boundary)
    assigned, choices = grid.assigned(ratio), grid.choices(ratio)
    assert assigned.shape == grid.shape == (2, 3, 2, 3)
    for place in itertools.product(*map(range, grid.shape)):
        at = grid.values(place)
        policy = LossPolicy(at["moderate"], at["severe"], boundary, at["gamma"])
        expected = policy.choose(ratio)
        if expected.name == "focal":
            expected = replace(expected, alpha=at["alpha"])  # instead of equation 9
        assert choices[assigned[place]] == expected
    assert set(grid.needed(ratio)) == set(assigned.ravel().tolist())


@pytest.mark.parametrize("grid", [SMALL, *GRIDS.values(), replace(SMALL, gamma=(1.0,), alpha=(0.6,))])
@pytest.mark.parametrize("ratio", [2.0, 5.9, 11.4, 11.6, 12.5])
def test_the_studys_own_loss_is_always_among_them(grid: Grid, ratio: float) -> None:
    assert grid.choices(ratio)[grid.own(ratio)] == LossPolicy().choose(ratio)
    assert len(grid.choices(ratio)) == grid.losses


def test_the_studys_own_point() -> None:
    own = USUAL.values(USUAL.own_place)
    assert own == {"moderate": 3.5, "severe": 11.5, "gamma": 2.0, "alpha": 0.75}
    assert (USUAL.moderate[0], USUAL.moderate[-1], USUAL.severe[0], USUAL.severe[-1]) == (2.5, 5.0, 9.0, 14.0)
    assert (USUAL.gamma[0], USUAL.gamma[-1], USUAL.alpha[0], USUAL.alpha[-1]) == (0.5, 5.0, 0.5, 0.9)
    assert USUAL.points == 11 * 11 * 5 * 6
    assert letters([PLAIN, WEIGHTED, FOCAL, FOCAL + 7]) == "bwff"


def test_it_is_kept_as_plain_data() -> None:
    for grid in GRIDS.values():
        assert Grid.from_json(grid.to_json()) == grid
    for wrong in ({"alpha": "x"}, {"gamma": [2.0], "beta": [1]}, {"alpha": None}, None):
        with pytest.raises(SettingError):
            Grid.from_json(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": ()},
        {"alpha": (0.5, 0.5)},
        {"alpha": (0.9, 0.5)},
        {"alpha": (0.5, 1.0)},
        {"alpha": (0.0, 0.5)},
        {"gamma": (-1.0, 2.0)},
        {"moderate": (0.0, 2.0)},
        {"moderate": (2.5, 9.5)},
        {"severe": tuple(float(v) for v in range(9, 60))},
        {"boundary": "=>"},
    ],
)
def test_what_makes_no_grid_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        replace(USUAL, **wrong)
