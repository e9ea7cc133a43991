"""The tally, against calculations that use numpy, scipy and statsmodels directly; and planted changes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from fer_core.paper.check import Tally
from fer_core.paper.checks import RULE, TOST, all_checks, checks_of, tally, verdicts
from fer_core.paper.recompute import recomputed_study, table3
from fer_core.paper.rows import one
from fer_core.stats import table as tables
from paper.raw import LEVELS, METRICS, differences, evaluations, printed


def test_226_results_are_reproduced_and_4_after_rounding_twice() -> None:
    found = tally(all_checks())
    assert (found.reproduced, found.double_rounding, found.inconsistent, found.not_checkable) == (226, 4, 0, 0)
    assert found.checked == 230
    assert found.words == "226 of 230 results reproduced, 4 after rounding twice"
    assert Tally(7, 1, 2, 5).words == "7 of 10 results reproduced, 1 after rounding twice, 2 not at all"


def test_the_tally_covers_what_it_says() -> None:
    per_table = Counter(c.table for c in all_checks() if c.tallied)
    assert per_table == {"Table 1": 80, "Table 2": 36, "Table 3": 60, "Table 4": 36, "Table 6": 18}
    assert len({(c.table, c.row, c.column) for c in all_checks()}) == len(all_checks()), "no value twice"


def test_the_four_after_rounding_twice() -> None:
    found = {
        (c.table, c.row, c.column, c.published) for c in all_checks() if c.status == "double rounding" and c.tallied
    }
    assert found == {
        ("Table 1", "f1, gru, predefined, advanced", "ci_high", 0.975),
        ("Table 1", "f1, gru, predefined, standard", "ci_low", 0.527),
        ("Table 2", "precision, loss", "partial_eta2", 0.015),
        ("Table 3", "accuracy, tuning", "mean_diff", -0.001),
    }


def test_every_printed_number_is_checked() -> None:
    """Each numeric column of the printed tables 1 to 7 turns up; margins are the study's choice."""
    checked = {(c.table, c.column) for c in all_checks()}
    for number in range(1, 8):
        columns = printed(number).select_dtypes("number").columns
        missing = {c for c in columns if (f"Table {number}", c) not in checked} - {"margin", "reference"}
        assert not missing, (number, missing)


# --- against other libraries -------------------------------------------------------------------------------


def test_table_1_by_hand() -> None:
    keys = ["architecture", "optimization", "loss"]
    groups = evaluations().groupby(keys)
    found = recomputed_study().table1
    for p, mine in zip(printed(1).to_dict("records"), found.to_dict("records"), strict=True):
        x = groups.get_group(tuple(p[k] for k in keys))[p["metric"]].to_numpy()
        half = 1.96 * x.std(ddof=1) / np.sqrt(6)
        expected = (x.mean(), x.mean() - half, x.mean() + half, x.std(ddof=1), np.median(x))
        got = [mine[k] for k in ("mean", "ci_low", "ci_high", "std", "median")]
        np.testing.assert_allclose(got, expected, atol=2e-5)  # 1.96 for z


@pytest.mark.parametrize("metric", METRICS)
def test_table_2_by_statsmodels(metric: str) -> None:
    model = ols(f"{metric} ~ C(architecture,Sum)*C(optimization,Sum)*C(loss,Sum)", evaluations()).fit()
    oracle = anova_lm(model, typ=2)
    mine = recomputed_study().table2.query("metric == @metric").set_index("effect")
    for effect, theirs in (("architecture", "architecture"), ("tuning", "optimization"), ("loss", "loss")):
        f = oracle.loc[f"C({theirs}, Sum)", "F"]
        assert mine.loc[effect, "f_stat"] == pytest.approx(f, rel=1e-8)
        assert mine.loc[effect, "p_value"] == pytest.approx(stats.f.sf(f, 1, 40), rel=1e-8)
        assert mine.loc[effect, "partial_eta2"] == pytest.approx(f / (f + 40), rel=1e-8)
        critical = stats.f.ppf(0.95, 1, 40)
        assert mine.loc[effect, "power"] == pytest.approx(stats.ncf.sf(critical, 1, 40, f), rel=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_table_3_by_scipy(metric: str) -> None:
    mine = recomputed_study().table3.query("metric == @metric").set_index("comparison")
    names = {"architecture": "architecture", "tuning": "optimization", "loss": "loss"}
    ps = [stats.ttest_1samp(differences(metric, f), 0).pvalue for f in names.values()]
    q = multipletests(ps, method="fdr_bh")[1]
    for (effect, factor), expected in zip(names.items(), q, strict=True):
        d = differences(metric, factor)
        assert len(d) == 24
        assert mine.loc[effect, "mean_diff"] == pytest.approx(d.mean(), abs=1e-12)
        assert mine.loc[effect, "cohens_d"] == pytest.approx(d.mean() / d.std(ddof=1), abs=1e-9)
        assert mine.loc[effect, "fdr_p"] == pytest.approx(expected, abs=1e-9)
        assert mine.loc[effect, "ci_high"] == pytest.approx(d.mean() + 1.96 * d.std(ddof=1) / 24**0.5, abs=1e-5)


def test_table_4_is_the_condition_that_is_not_named() -> None:
    """Of the eight conditions exactly one gives Table 4."""
    t, p = evaluations(), printed(4).set_index("emotion")
    columns = ["accuracy", "f1", "precision", "recall", "specificity"]
    fits = [
        levels
        for levels, part in t.groupby(list(LEVELS))
        if (part.set_index("emotion")[columns] - p[columns]).abs().to_numpy().max() < 0.000501
    ]
    assert fits == [("GRU", "bayesian", "advanced")]


def test_table_6_by_statsmodels() -> None:
    power, found = TTestPower(), recomputed_study()
    for row in found.table6.to_dict("records"):
        d = differences(row["metric"], "architecture")
        effect = abs(d.mean() / d.std(ddof=1))
        assert row["observed_power"] == pytest.approx(power.power(effect, 6, 0.05), abs=1e-6)
        smallest = power.solve_power(nobs=6, alpha=0.05, power=0.8)
        assert row["min_detectable_effect"] == pytest.approx(smallest, abs=1e-4)
        assert row["pairs"] == 24
    needed = [np.ceil(power.solve_power(effect_size=d, alpha=0.05, power=0.8)) for d in (0.5, 0.2)]
    assert list(found.sample_sizes) == needed == [34, 199]


# --- Table 5 and what is not in the tally ------------------------------------------------------------------


def test_table_5_follows_from_its_rule_and_one_verdict_flips() -> None:
    assert verdicts(all_checks()) == {"of": 12, "published_rule": 12, "tost_flips": 1}
    flip = [c for c in all_checks() if c.column == TOST and c.status == "inconsistent"]
    assert [(c.row, c.published, c.recomputed) for c in flip] == [("accuracy, architecture", "no", "yes")]
    assert {c.status for c in all_checks() if c.column == RULE} == {"reproduced"}


@pytest.mark.parametrize("row", printed(5).to_dict("records"), ids=lambda r: f"{r['metric']}-{r['comparison']}")
def test_both_rules_by_scipy(row: dict[str, float]) -> None:
    d = differences(str(row["metric"]), str(row["comparison"]))
    margin, se = float(row["margin"]), d.std(ddof=1) / 24**0.5
    inside = bool(abs(d.mean()) + 1.96 * se < margin)
    p = max(
        stats.ttest_1samp(d, -margin, alternative="greater").pvalue,
        stats.ttest_1samp(d, margin, alternative="less").pvalue,
    )
    effect = {"optimization": "tuning"}.get(str(row["comparison"]), str(row["comparison"]))
    mine = one(recomputed_study().table5, metric=row["metric"], comparison=effect)
    assert bool(mine["published_rule"]) is inside is (row["practically_equivalent"] == "yes")
    assert mine["p"] == pytest.approx(p, abs=1e-9)
    assert bool(mine["tost"]) is bool(p < 0.05)


def test_what_is_called_inconsistent() -> None:
    found = Counter((c.table, c.column) for c in all_checks() if c.status == "inconsistent")
    assert found == {
        ("Table 2", "power"): 10,
        ("Table 4", "imbalance_ratio"): 3,
        ("Table 4", "selected_loss"): 2,
        ("Table 5", TOST): 1,
        ("Table 6", "current_n"): 4,
        ("Table 7", "accuracy_pct"): 1,
        ("Table 7", "sd_pct"): 1,
    }
    assert not any(c.tallied for c in all_checks() if c.status == "inconsistent")
    assert all(c.note for c in all_checks() if c.status == "inconsistent" and c.column in ("power", "current_n"))


# --- planted changes: checks that cannot fail prove nothing -----------------------------------


def changed(row: int, **by: int) -> tables.Evaluations:
    """The reconstructed study with other counts in one row; the metrics follow from them."""
    frame = tables.reconstructed().frame.copy()
    for column, step in by.items():
        frame.loc[frame.index[row], column] += step
    return tables.evaluations(frame.drop(columns=[*METRICS, "specificity"]), "changed", "reconstructed")


@pytest.mark.parametrize("row", [0, 9, 17, 28, 35, 47])
def test_one_clip_judged_otherwise_makes_checks_fail(row: int) -> None:
    step = 1 if tables.reconstructed().frame["fn"].iloc[row] else -1
    found = tally(checks_of(changed(row, tp=step, fn=-step)))
    assert found.inconsistent >= 5
    assert found.reproduced < 226


def test_the_unchanged_counts_pass_the_same_way() -> None:
    assert tally(checks_of(changed(0))) == tally(all_checks())


def test_two_errors_that_leave_the_accuracy_alone_are_found_too() -> None:
    """One more hit and one more false alarm: the accuracy and all that rests on it stay."""
    row = int(np.argmax(tables.reconstructed().frame["fn"].to_numpy() > 0))
    checks = checks_of(changed(row, tp=1, fn=-1, fp=1, tn=-1))
    wrong = {c.row.split(",")[0] for c in checks if c.tallied and c.status == "inconsistent" and c.table == "Table 3"}
    assert "recall" in wrong and "accuracy" not in wrong


def test_the_other_orientation_of_the_loss_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_core.paper import recompute

    turned = recompute.ORDERS | {"loss": ("advanced", "standard")}
    monkeypatch.setattr(recompute, "ORDERS", turned)
    wrong = table3(tables.reconstructed()).set_index(["comparison", "metric"]).loc["loss"]
    theirs = printed(3).query("comparison == 'loss'").set_index("metric")
    assert (np.sign(wrong["mean_diff"]) == -np.sign(theirs["mean_diff"])).all()
