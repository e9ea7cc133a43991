"""The same differences under each unit of analysis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from table_samples import design_frame, noisy, row_of, table_of, without

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.anova import anova
from fer_core.stats.pairwise import pairwise
from fer_core.stats.table import reconstructed
from fer_core.stats.units import contrasts, differences_by_unit


@pytest.mark.parametrize("blocks", [(), ("emotion",)])
@pytest.mark.parametrize("metric", ["recall", "f1", "accuracy"])
def test_in_a_balanced_table_p_is_that_of_the_f_test(metric: str, blocks: tuple[str, ...]) -> None:
    found = contrasts(reconstructed(), metric, blocks).set_index("factor")
    f = anova(reconstructed(), metric, blocks).set_index("effect")
    means = pairwise(reconstructed(), [metric]).set_index("factor")["mean_difference"]
    for factor in ("architecture", "tuning", "loss"):
        assert found.loc[factor, "p"] == pytest.approx(f.loc[factor, "p"], rel=1e-9)
        assert found.loc[factor, "difference"] == pytest.approx(means[factor], abs=1e-12)


def test_intervals_are_those_of_a_least_squares_fit_with_its_own_coding() -> None:
    table = noisy(3, replicates=2)
    keep = np.random.default_rng(0).random(len(table)) > 0.2
    uneven = without(table, ~keep)
    found = row_of(contrasts(uneven, "f1", ("emotion",)), factor="loss")
    frame = uneven.frame.assign(
        a=np.where(uneven.frame["architecture"] == "gru", 0.5, -0.5),
        t=np.where(uneven.frame["tuning"] == "bayesian", 0.5, -0.5),
        l=np.where(uneven.frame["loss"] == "advanced", 0.5, -0.5),
    )
    fit = ols("f1 ~ a * t * l + C(emotion)", frame).fit()
    low, high = fit.conf_int().loc["l"]
    assert found["difference"] == pytest.approx(fit.params["l"], abs=1e-12)
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-12)
    assert found["p"] == pytest.approx(fit.pvalues["l"], rel=1e-9)


def test_three_levels_make_three_contrasts() -> None:
    frame = design_frame(architecture=("gru", "lstm", "mlp"), replicates=2)
    shift = frame["architecture"].map({"gru": 0.1, "lstm": 0.0, "mlp": 0.25})
    values = 0.4 + shift + np.random.default_rng(1).normal(0, 0.02, len(frame))
    found = contrasts(table_of(frame, values), "f1")
    three = found[found["factor"] == "architecture"]
    assert list(zip(three["first"], three["second"], strict=True)) == [("gru", "lstm"), ("gru", "mlp"), ("lstm", "mlp")]
    means = pd.Series(values).groupby(frame["architecture"]).mean()
    expected = [means[a] - means[b] for a, b in zip(three["first"], three["second"], strict=True)]
    assert three["difference"].to_numpy() == pytest.approx(expected, abs=1e-12)
    mixed = differences_by_unit(table_of(frame, values), "f1").query("unit == 'mixed'")
    of_mixed = mixed[mixed["factor"] == "architecture"]
    assert list(of_mixed["second"]) == ["mlp", "mlp"], "the mixed model compares with the last level"
    assert of_mixed["difference"].to_numpy() == pytest.approx([expected[1], expected[2]], abs=1e-9)


def test_the_unit_changes_the_verdict_on_the_published_recall() -> None:
    found = differences_by_unit(reconstructed(), "recall")
    loss = found[found["factor"] == "loss"].set_index("unit")
    assert list(loss.index) == ["published", "emotion", "mixed"]
    assert np.ptp(loss["difference"]) < 1e-9
    assert not loss.loc["published", "shown"] and loss.loc["emotion", "shown"] and loss.loc["mixed", "shown"]
    assert loss.loc["emotion", "p"] == pytest.approx(0.0259, abs=5e-5), "a t test of six emotions"
    assert loss.loc["mixed", "p"] == pytest.approx(loss.loc["emotion", "p"], rel=1e-4), "slopes, balanced"
    assert loss.loc["published", "p"] == pytest.approx(0.145, abs=5e-4), "printed by Winarno et al., Table 2"


def test_people_are_taken_as_they_come() -> None:
    rows = pd.DataFrame(
        [
            ("loss", "advanced", "standard", "all", "mean_binary_f1", 0.04, 0.01, 0.07),
            ("loss", "advanced", "standard", "fear", "f1", 0.3, 0.1, 0.5),
            ("loss", "advanced", "standard", "all", "accuracy", 0.2, 0.1, 0.3),
        ],
        columns=["factor", "level", "minus", "emotion", "metric", "value", "low", "high"],
    )
    mine = differences_by_unit(reconstructed(), "f1", rows).query("unit == 'people'")
    assert mine[["first", "second", "difference", "low", "high", "shown"]].to_numpy().tolist() == [
        ["advanced", "standard", 0.04, 0.01, 0.07, True]
    ]
    assert mine["p"].isna().all()


def test_a_unit_that_cannot_be_taken_says_why() -> None:
    table = noisy(2, emotions=("fear",), replicates=4)
    found = differences_by_unit(table, "f1")
    assert set(found["unit"]) == {"published"}
    assert "the table has one emotion" in found.attrs["notes"]["emotion"]
    assert "groups" in found.attrs["notes"]["mixed"]


def test_what_cannot_be_compared_at_all_is_an_error() -> None:
    one = noisy(1, architecture=("gru",), tuning=("bayesian",), loss=("standard",))
    with pytest.raises(TableError, match="one level"):
        differences_by_unit(one, "f1")
    with pytest.raises(TableError, match="has no recall"):
        contrasts(noisy(1), "recall")
    with pytest.raises(SettingError, match="out of range"):
        contrasts(noisy(1), "f1", (), 1.0)
