"""Effect, n, alpha and power from one another, against statsmodels and R; what a table offers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import f as central
from scipy.stats import ncf, t
from statsmodels.stats.power import TTestIndPower, TTestPower
from table_samples import design_frame, table_of, without

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.equivalence import MARGINS
from fer_core.stats.pairwise import pairwise
from fer_core.stats.planning import CONVENTIONS, Kind, Plan, Sizes, effects_found, margins_found, sizes_of
from fer_core.stats.table import reconstructed

KINDS: tuple[Kind, ...] = ("paired", "independent", "anova", "equivalence")


def random_table(seed: int = 1, **sizes: int):  # type: ignore[no-untyped-def]
    frame = design_frame(**sizes)
    return table_of(frame, np.random.default_rng(seed).uniform(0.2, 0.9, len(frame)))


@pytest.mark.parametrize(("d", "n", "alpha"), [(0.6, 24, 0.05), (0.787, 6, 0.05), (0.3, 90, 0.01)])
def test_power_is_statsmodels_power(d: float, n: int, alpha: float) -> None:
    assert Plan("paired", d, n, alpha).achieved == pytest.approx(TTestPower().power(d, n, alpha), abs=1e-6)
    two = TTestIndPower().power(d, n, alpha)
    assert Plan("independent", d, n, alpha).achieved == pytest.approx(two, abs=1e-6)
    cells = 8
    critical = central.isf(alpha, 1, cells * (n - 1))
    expected = ncf.sf(critical, 1, cells * (n - 1), d**2 * cells * n)
    assert Plan("anova", d, n, alpha, cells=cells).achieved == pytest.approx(expected, abs=1e-6)


def test_the_published_design() -> None:
    """R: power.t.test(n = 6, power = 0.8, type = "paired") has delta 1.4345; n = 24 has 0.5972."""
    assert Plan("paired", 0.5, 6).smallest == pytest.approx(1.4345, abs=1e-4)
    assert Plan("paired", 0.5, 24).smallest == pytest.approx(0.5972, abs=1e-4)
    assert [Plan("paired", d, 6).needed for d in (0.5, 0.2)] == [34, 199]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("effect", [0.3, 0.9])
def test_each_number_gives_back_the_others(kind: Kind, effect: float) -> None:
    plan = Plan(kind, effect, 20, 0.04, 0.85)
    n = plan.needed
    assert Plan(kind, effect, n, 0.04, 0.85).achieved >= 0.85
    if n > 2:
        assert Plan(kind, effect, n - 1, 0.04, 0.85).achieved < 0.85
    assert Plan(kind, plan.smallest, 20, 0.04).achieved == pytest.approx(0.85, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_no_corner_of_the_sliders_fails(kind: Kind) -> None:
    for effect in (0.05, 2.0):
        for n in (2, 300):
            for alpha, power in ((0.001, 0.99), (0.2, 0.5)):
                plan = Plan(kind, effect, n, alpha, power)
                assert 0 <= plan.achieved <= 1 and plan.needed >= 2 and math.isfinite(plan.smallest)


@pytest.mark.parametrize("kind", KINDS)
def test_curves_hold_the_power_of_every_size(kind: Kind) -> None:
    plan = Plan(kind, 0.33, 20, 0.05)
    rows = plan.curves([2, 7, 50])
    assert list(dict.fromkeys(rows["size"])) == [*CONVENTIONS[kind], "chosen"]
    for row in rows.to_dict("records"):
        assert row["power"] == pytest.approx(Plan(kind, row["effect"], int(row["n"])).achieved, abs=1e-9)
    assert set(rows[rows["size"] == "chosen"]["effect"]) == {0.33}


def test_what_the_published_table_offers() -> None:
    assert sizes_of(reconstructed()) == Sizes(24, 6, 24, 6, 8, 1)
    assert [sizes_of(reconstructed()).own(k) for k in KINDS] == [24, 24, 6, 24]
    with pytest.raises(SettingError, match="not a kind"):
        sizes_of(reconstructed()).own("median")  # type: ignore[arg-type]


def test_an_incomplete_table_offers_its_fewest_pairs() -> None:
    whole = random_table(replicates=2)
    less = without(whole, [i < 5 for i in range(len(whole))])
    found = sizes_of(less)
    assert found.pairs < 48 and found.replicates == 2 and found.cells == 8
    assert found.pairs == min(int(n) for n in pairwise(less)["n"])


def test_a_table_without_a_comparison_is_refused() -> None:
    with pytest.raises(TableError):
        sizes_of(random_table(architecture=("gru",), tuning=("bayesian",), loss=("advanced",)))


def test_effects_found_have_their_power_and_the_n_they_would_need() -> None:
    rows = effects_found(pairwise(reconstructed())).set_index(["metric", "factor"])
    assert len(rows) == 15
    # Table 6's corrected row: power of the architecture's d with 24 pairs
    for metric, power in (("accuracy", 0.224), ("f1", 0.052), ("precision", 0.075), ("recall", 0.301)):
        assert rows.loc[(metric, "architecture"), "power"] == pytest.approx(power, abs=5e-4)
    for _, row in rows.iterrows():
        solved = TTestPower().solve_power(abs(row["d_z"]), power=0.8, alpha=0.05)
        assert row["n_needed"] == math.ceil(solved)


def test_what_has_no_spread_has_no_power_and_says_why() -> None:
    frame = design_frame()
    rows = effects_found(pairwise(table_of(frame, 0.5)))
    assert rows[["d_z", "power", "n_needed"]].isna().all().all()
    assert rows["note"].str.contains("no variance").all()
    tost = margins_found(pairwise(table_of(frame, 0.5)), dict(MARGINS))
    assert tost[["margin_sd", "power", "n_needed"]].isna().all().all()


def test_power_to_show_equivalence_agrees_with_a_simulation() -> None:
    rows = margins_found(pairwise(reconstructed()), dict(MARGINS)).set_index(["metric", "factor"])
    row = rows.loc[("accuracy", "loss")]
    generator = np.random.default_rng(3)
    drawn = generator.normal(0, row["sd"], (20000, 24))
    half = t.isf(0.05, 23) * drawn.std(axis=1, ddof=1) / math.sqrt(24)
    share = float((np.abs(drawn.mean(axis=1)) + half < 0.02).mean())
    assert row["power"] == pytest.approx(share, abs=4 * math.sqrt(0.25 / 20000))
    assert row["margin"] == 0.02 and row["margin_sd"] == pytest.approx(0.02 / row["sd"])
