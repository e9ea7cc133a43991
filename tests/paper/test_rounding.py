"""What counts as the same number in print."""

from __future__ import annotations

import pytest

from fer_core.paper.rounding import as_printed, rounded, status_of


@pytest.mark.parametrize(
    ("printed", "computed", "digits", "status"),
    [
        (0.927, 0.92720, 3, "reproduced"),
        (0.963, 0.9625, 3, "reproduced"),  # exactly between: either neighbour is right
        (0.962, 0.9625, 3, "reproduced"),
        (0.975, 0.97446, 3, "double rounding"),  # 0.9745, then 0.975
        (0.527, 0.52753, 3, "double rounding"),  # 0.5275, then down
        (-0.001, -0.00048, 3, "double rounding"),
        (0.015, 0.01447, 3, "double rounding"),
        (0.015, 0.01443, 3, "inconsistent"),  # 0.0144, then 0.014
        (0.145, -0.145, 3, "inconsistent"),
        (34, 34, 0, "reproduced"),
        (34, 35, 0, "inconsistent"),
    ],
)
def test_status(printed: float, computed: float, digits: int, status: str) -> None:
    assert status_of(printed, computed, digits) == status


def test_rounding_goes_away_from_zero_at_a_half() -> None:
    assert [rounded(v, 2) for v in (0.125, -0.125, 2.675)] == [0.13, -0.13, 2.68]
    assert as_printed(-0.0001, 3) == "0.000"
    assert as_printed(0.9, 3) == "0.900"
