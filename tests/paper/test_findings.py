"""Each finding's figures against a calculation of its own."""

from __future__ import annotations

import re
from itertools import product
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

from fer_core.base.errors import SettingError
from fer_core.models.weights import NetworkShape
from fer_core.paper.checks import all_checks, tally
from fer_core.paper.efficiency_findings import SIZES, multiplications, network_costs, parameters
from fer_core.paper.equation_findings import sampled_frames
from fer_core.paper.findings import all_findings, finding, what_holds
from fer_core.paper.loss_findings import loss_groups, loss_pairs
from fer_core.paper.ratio_checks import training_sets
from fer_core.paper.recompute import recomputed_study
from fer_core.paper.verdict import Verdict
from fer_core.stats.table import evaluations as checked
from fer_core.stats.table import reconstructed
from paper.raw import METRICS, differences, evaluations, printed

FIRST = ("recall-sign", "same-loss", "unit-of-analysis", "imbalance-ratios", "always-no")
LONGEST = 125
"""Characters of a verdict's line."""


def test_they_come_in_order_of_consequence() -> None:
    found = all_findings()
    assert [f.consequence for f in found] == list(range(1, len(found) + 1))
    assert tuple(f.id for f in found[:5]) == FIRST
    assert len({f.id for f in found}) == len(found) >= 15


def test_every_finding_is_whole() -> None:
    for found in all_findings():
        sentences = (found.sentence, found.what_was_printed, found.what_follows)
        assert found.title and found.section, found.id
        assert found.verdict in get_args(Verdict), found.id
        assert len(found.sentence) <= LONGEST, (found.id, len(found.sentence))
        assert all(s.endswith(".") for s in sentences), found.id
        assert not re.search(r"\bnan\b|\{|\}|None|  ", " ".join((found.title, *sentences))), found.id
        assert all(np.isfinite(v) for v in found.figures.values()), found.id
        assert found.evidence is None or len(found.evidence) > 0, found.id


def test_an_unknown_finding_is_refused_with_the_known_ones() -> None:
    assert finding("tost-flip").id == "tost-flip"
    with pytest.raises(SettingError, match="recall-sign"):
        finding("tost")


def test_recall_rises_with_the_adaptive_loss() -> None:
    means = evaluations().groupby("loss")["recall"].mean()
    figures = finding("recall-sign").figures
    assert figures["advanced"] == pytest.approx(means["advanced"], abs=1e-9)
    assert figures["standard"] == pytest.approx(means["standard"], abs=1e-9)
    assert figures["advanced"] > figures["standard"]
    assert figures["gain"] == pytest.approx(-figures["printed"], abs=0.0005)


def test_the_printed_d_is_over_the_differences() -> None:
    """d_av is over the conditions' own spread, the root of their mean variance (Cumming, 2012)."""
    figures, wide = finding("recall-sign").figures, {}
    for metric, factor in (("recall", "loss"), ("accuracy", "architecture")):
        others = [f for f in ("architecture", "optimization", "loss") if f != factor]
        wide[metric] = evaluations().pivot_table(index=[*others, "emotion"], columns=factor, values=metric)
    recall = wide["recall"]["standard"] - wide["recall"]["advanced"]
    assert figures["d_z"] == pytest.approx(recall.mean() / recall.std(ddof=1))
    assert figures["d_av"] == pytest.approx(recall.mean() / np.sqrt(wide["recall"].var(ddof=1).mean()))
    assert abs(figures["d_av"]) == pytest.approx(0.45, abs=0.005)
    accuracy = wide["accuracy"]["GRU"] - wide["accuracy"]["LSTM"]
    expected = accuracy.mean() / np.sqrt(wide["accuracy"].var(ddof=1).mean())
    assert figures["d_av_accuracy"] == pytest.approx(expected)
    assert "0.45 here, small" in finding("recall-sign").what_follows


# --- the adaptive arm where it has the standard loss ----------------------------------------------------


def loss_differences(metric: str) -> pd.DataFrame:
    """Emotion and advanced minus standard of each of the 24 pairs, by pandas alone."""
    wide = evaluations().pivot_table(index=["architecture", "optimization", "emotion"], columns="loss", values=metric)
    return (wide["advanced"] - wide["standard"]).reset_index(name="difference")


def test_the_groups_are_those_of_table_4() -> None:
    losses = printed(4).set_index("emotion")["selected_loss"]
    assert set(loss_groups().same) == set(losses.index[losses == "bce"])
    assert loss_groups().same == ("disgust", "happiness", "sadness", "surprise")
    assert loss_groups().changed == ("anger", "fear")
    assert len(loss_pairs(reconstructed(), "recall")) == 24


def test_recall_rises_where_the_loss_is_the_same() -> None:
    figures, same = finding("same-loss").figures, list(loss_groups().same)
    for metric, group, key, p_key in (
        ("recall", True, "recall", "p"),
        ("recall", False, "changed", "changed_p"),
        ("f1", True, "f1", "f1_p"),
    ):
        d = loss_differences(metric)
        d = d[d["emotion"].isin(same) == group]["difference"]
        test = stats.ttest_1samp(d, 0)
        assert figures[key] == pytest.approx(d.mean(), abs=1e-12)
        assert figures[p_key] == pytest.approx(test.pvalue, rel=1e-9)
        if key == "recall":
            low, high = test.confidence_interval(0.95)
            assert (figures["low"], figures["high"]) == pytest.approx((low, high), abs=1e-12)
    recall = loss_differences("recall")
    share = recall.loc[recall["emotion"].isin(same), "difference"].sum() / recall["difference"].sum()
    assert figures["share"] == pytest.approx(share)
    means = recall[recall["emotion"].isin(same)].groupby("emotion")["difference"].mean()
    assert figures["p_emotions"] == pytest.approx(stats.ttest_1samp(means, 0).pvalue, rel=1e-9)


def test_the_values_of_the_same_loss_card() -> None:
    """To the digits that the card shows."""
    f = finding("same-loss").figures
    assert [round(f[k], 3) for k in ("recall", "low", "high", "f1", "changed")] == [0.117, 0.051, 0.184, 0.056, 0.199]
    assert [round(f[k], 4) for k in ("p", "f1_p", "changed_p")] == [0.0019, 0.0183, 0.0746]
    assert (f["hits_advanced"], f["hits_standard"], f["positives"]) == (250, 224, 268)
    assert round(100 * f["share"]) == 54 and f["pairs"] == 16
    assert list(printed(3)["significant"]).count("yes") == 1, "the card says: the only significant effect"


def test_surprise_is_one_answer_of_eight_networks() -> None:
    t = evaluations()
    counts = t.loc[t["emotion"] == "surprise", ["tp", "fp", "fn", "tn"]]
    assert len(counts) == 8 and len(counts.drop_duplicates()) == 1
    found = finding("same-loss")
    assert found.figures["surprise"] == 0 and "exactly 0 in 4 of 4 pairs" in found.what_follows
    assert "(22, 1, 1, 63) are the same in all 8 conditions" in found.what_follows


def test_a_planted_difference_moves_the_same_loss_card() -> None:
    """Two more hits in one adaptive cell of sadness: the mean of the 16 pairs rises by 2/8/16."""
    from fer_core.paper.loss_findings import group_difference

    frame = reconstructed().frame.copy()
    row = frame[(frame["emotion"] == "sadness") & (frame["loss"] == "advanced") & (frame["fn"] >= 2)].index[0]
    frame.loc[row, ["tp", "fn"]] += (2, -2)
    changed = checked(frame.drop(columns=[*METRICS, "specificity"]), "changed", "reconstructed")
    before, after = (
        group_difference(table, "recall", loss_groups().same)["mean"] for table in (reconstructed(), changed)
    )
    assert after - before == pytest.approx(2 / 8 / 16)


def test_table_1_alone_shows_the_direction() -> None:
    """From printed means only: standard minus advanced has the sign that Table 3 prints."""
    evidence = finding("recall-sign").evidence
    assert evidence is not None
    for metric in ("accuracy", "f1"):
        t = printed(1).query("metric == @metric").groupby("loss")["mean"].mean()
        p = printed(3).query("metric == @metric and comparison == 'loss'")["mean_diff"].item()
        row = evidence.set_index("metric").loc[metric]
        assert row["from_table_1_alone"] == pytest.approx(t["standard"] - t["advanced"], abs=1e-9)
        assert row["from_table_1_alone"] == pytest.approx(p, abs=0.0015)
    assert evidence.set_index("metric")["from_table_1_alone"].isna().sum() == 2


def test_the_units_of_analysis() -> None:
    figures = finding("unit-of-analysis").figures
    terms = "C(architecture,Sum)*C(optimization,Sum)*C(loss,Sum)"
    for key, formula in (("anova", f"recall ~ {terms}"), ("anova_blocked", f"recall ~ {terms} + C(emotion,Sum)")):
        oracle = anova_lm(ols(formula, evaluations()).fit(), typ=2).loc["C(loss, Sum)", "PR(>F)"]
        assert figures[key] == pytest.approx(oracle, rel=1e-6)
    raw = {
        m: [stats.ttest_1samp(differences(m, f), 0).pvalue for f in ("architecture", "optimization", "loss")]
        for m in METRICS
    }
    assert figures["pairs"] == pytest.approx(raw["recall"][2], rel=1e-6)
    assert figures["pairs_bh"] == pytest.approx(multipletests(raw["recall"], method="fdr_bh")[1][2], rel=1e-6)
    assert figures["pairs_bonferroni"] == pytest.approx(12 * raw["recall"][2], rel=1e-6)
    six = [
        stats.ttest_1samp(differences("recall", f, per_emotion=True), 0).pvalue
        for f in ("architecture", "optimization", "loss")
    ]
    assert figures["emotions"] == pytest.approx(six[2], rel=1e-6)
    assert figures["emotions_bh"] == pytest.approx(multipletests(six, method="fdr_bh")[1][2], rel=1e-6)
    assert figures["pairs_bh"] < 0.05 < figures["emotions_bh"] < figures["anova"]


def test_the_flipped_verdict() -> None:
    figures = finding("tost-flip").figures
    d = differences("accuracy", "architecture")
    assert (figures["flips"], figures["rule_agrees"]) == (1, 12)
    assert figures["p"] == pytest.approx(stats.ttest_1samp(d, 0.02, alternative="less").pvalue, abs=1e-9)
    assert figures["ci90_high"] == pytest.approx(stats.t.interval(0.9, 23, d.mean(), stats.sem(d))[1], abs=1e-9)
    assert figures["ci90_high"] < 0.02 < figures["ci95_high"]
    six = differences("accuracy", "architecture", per_emotion=True)
    expected = stats.ttest_1samp(six, 0.02, alternative="less").pvalue
    assert figures["p_emotions"] == pytest.approx(expected, abs=1e-9)


def test_the_ratios_cannot_be() -> None:
    figures, evidence = finding("imbalance-ratios").figures, finding("imbalance-ratios").evidence
    ratios = printed(4)["imbalance_ratio"].to_numpy()
    assert figures["sum"] == pytest.approx((1 / (1 + ratios)).sum())
    assert figures["sum"] == pytest.approx(1.293, abs=0.0005)
    assert 1 < figures["sum_low"] < figures["sum"] < figures["sum_high"]
    assert evidence is not None
    for column in ("test", "six"):
        assert (1 / (1 + evidence[column])).sum() == pytest.approx(1), "one-vs-all shares of a corpus add up to 1"
    assert set(evidence.loc[~evidence["possible"], "emotion"]) == {"disgust", "happiness", "sadness"}
    real = evidence.set_index("emotion")["loss_six"]
    assert dict(real) == {
        "anger": "weighted_bce",
        "disgust": "weighted_bce",
        "fear": "weighted_bce",
        "happiness": "bce",
        "sadness": "weighted_bce",
        "surprise": "bce",
    }


def test_the_likely_training_set() -> None:
    """287 clips, 200 for training: the only total of which 87 are the usual 30%."""
    fits = training_sets(recomputed_study().table4)
    usual = fits[fits["usual_split"]]
    assert usual[["training", "total"]].to_numpy().tolist() == [[200, 287]]
    assert {187, 200, 213} <= set(fits["training"])
    assert 222 not in set(fits["training"]), "309 less 87 does not fit"
    assert usual["fear_low"].item() == usual["fear_high"].item() == 11.5  # 16 of 200


def test_the_shares_may_add_up_to_less_than_1_never_to_more() -> None:
    """With contempt among the negatives they do."""
    evidence = finding("imbalance-ratios").evidence
    assert evidence is not None
    assert (1 / (1 + evidence["seven"])).sum() == pytest.approx(309 / 327)
    assert "at most 1" in finding("imbalance-ratios").what_follows


def test_always_answering_no() -> None:
    figures, t = finding("always-no").figures, evaluations()
    negatives = (t["fp"] + t["tn"]) / (t["tp"] + t["fp"] + t["fn"] + t["tn"])
    assert figures["always_no"] == pytest.approx(negatives.mean(), abs=1e-12)
    assert figures["mean"] == pytest.approx(t["accuracy"].mean())
    assert figures["sd"] == pytest.approx(t["accuracy"].std(ddof=1))
    assert figures["gru"] == pytest.approx(t.loc[t["architecture"] == "GRU", "accuracy"].mean())
    assert figures["least_of_six"] == pytest.approx((76 - 27) / 87)


def test_the_power_column() -> None:
    found = finding("power-column")
    assert found.evidence is not None
    assert (found.figures["matches"], found.figures["differs"]) == (12, 10)
    fs = recomputed_study().table2["f_stat"].to_numpy(float)
    odd = [TTestPower().power(np.sqrt(f / 40), 2, 0.05) for f in fs]
    np.testing.assert_allclose(found.evidence["two_observations"].astype(float), odd, atol=1e-6)
    np.testing.assert_allclose(
        found.evidence["achieved"].astype(float), stats.ncf.sf(stats.f.ppf(0.95, 1, 40), 1, 40, fs), atol=1e-6
    )


def test_6_or_24() -> None:
    figures, power = finding("n-6-or-24").figures, TTestPower()
    d = differences("recall", "loss")
    effect = abs(d.mean() / d.std(ddof=1))
    for n in (6, 24):
        assert figures[f"power_{n}"] == pytest.approx(power.power(effect, n, 0.05), abs=1e-6)
        smallest = power.solve_power(nobs=n, alpha=0.05, power=0.8)
        assert figures[f"smallest_{n}"] == pytest.approx(smallest, abs=1e-4)
    assert figures["increase_percent"] == pytest.approx(100 * 28 / 6)


def test_34_pairs_are_9_evaluations_per_condition() -> None:
    """In the 2 x 2 x 2 design each evaluation of a condition gives four pairs of a main effect."""
    t, found = evaluations(), finding("n-6-or-24")
    pairs = t.groupby(["optimization", "loss", "emotion"]).ngroups  # of the architecture's effect
    per_evaluation = pairs / t.groupby(["architecture", "optimization", "loss"]).size().iloc[0]
    assert (pairs, per_evaluation) == (24, 4)
    for n, key in ((34, "per_condition"), (199, "per_condition_small")):
        assert found.figures[key] == np.ceil(n / per_evaluation)
    assert found.figures["independent"] == np.ceil(TTestIndPower().solve_power(0.5, alpha=0.05, power=0.8))
    assert (found.figures["per_condition"], found.figures["per_condition_small"]) == (9, 50)
    assert found.sentence.startswith("34 pairs") and "are 9 evaluations" in found.sentence


def test_the_interactions_by_statsmodels() -> None:
    found = finding("interactions")
    assert found.evidence is not None and len(found.evidence) == 16
    terms = "C(architecture,Sum)*C(optimization,Sum)*C(loss,Sum)"
    plain, blocked = [], []
    for metric in METRICS:
        for values, formula in ((plain, terms), (blocked, f"{terms} + C(emotion,Sum)")):
            oracle = anova_lm(ols(f"{metric} ~ {formula}", evaluations()).fit(), typ=2)["PR(>F)"]
            values += [p for name, p in oracle.items() if ":" in str(name)]
    assert found.figures["least"] == pytest.approx(min(plain), rel=1e-6)
    assert found.figures["least_blocked"] == pytest.approx(min(blocked), rel=1e-6)
    assert round(min(plain), 2) == 0.30 and round(min(blocked), 3) == 0.046
    assert min(multipletests(blocked, method="fdr_bh")[1]) > 0.05, "the card says: nothing would survive"
    assert "tuning x loss, F1" in found.what_follows


def test_two_powers_for_the_same_effects() -> None:
    words = finding("power-column").what_was_printed
    for number, column, effect in ((2, "power", "effect"), (6, "observed_power", None)):
        t = printed(number)
        values = t.loc[t[effect] == "architecture", column] if effect else t[column]
        assert ", ".join(f"{v:.3f}" for v in values) in words


def test_equation_9_by_brute_force() -> None:
    ratios = np.linspace(12.0001, 500, 20000)
    assert set(np.minimum(0.8, 0.25 + (ratios - 5) * 0.1)) == {0.8}
    figures = finding("eq9-constant").figures
    assert figures["lowest"] == figures["highest"] == 0.8
    assert figures["cap_reached_at"] == pytest.approx(10.5)


def test_equation_3_on_the_canonical_face() -> None:
    """On a symmetric face the printed flip moves each landmark by twice its distance from the midline."""
    from fer_core.landmarks.mesh import template

    x = template()[:, 0].astype(float)
    middle, width = (x.min() + x.max()) / 2, np.ptp(x)
    figures = finding("eq3-mirror").figures
    assert figures["printed"] == pytest.approx(np.mean(2 * np.abs(x - middle)) / width, abs=1e-5)
    assert figures["printed"] == pytest.approx(0.35, abs=0.005)
    assert figures["mirror"] == pytest.approx(0, abs=1e-5)
    assert figures["midline"] == 28


@pytest.mark.parametrize(
    ("n", "taken"),
    [
        (9, [9] * 10),
        (10, list(range(1, 11))),
        (11, list(range(2, 12))),
        (19, list(range(10, 20))),
        (20, list(range(2, 21, 2))),
        (29, list(range(11, 30, 2))),
        (71, list(range(8, 72, 7))),
    ],
)
def test_equation_2_by_hand(n: int, taken: list[int]) -> None:
    row = sampled_frames((n,)).iloc[0]
    assert (row["first"], row["last"], row["distinct"]) == (taken[0], taken[-1], len(set(taken)))
    assert row["left_out_before"] == pytest.approx((taken[0] - 1) / n)


def test_the_saving_over_the_whole_network() -> None:
    """Counted from the shapes of the weights, over the corners and a grid of the study's ranges."""
    grid = list(product(*(np.linspace(low, high, 4).astype(int) for low, high in SIZES.values())))
    for size in grid:
        for architecture in ("gru", "lstm"):
            f, q, r = map(int, size)
            shape = NetworkShape(architecture, f, q, r)  # type: ignore[arg-type]
            s = {k: int(np.prod(v)) for k, v in shape.shapes().items()}
            per_frame = s["dense_kernel"] + s["kernel"] + s["recurrent"]
            assert multiplications(architecture, f, q, r) == 10 * per_frame + s["hidden_kernel"] + s["out_kernel"]
            assert parameters(architecture, f, q, r) == shape.n_parameters()
    savings = [1 - multiplications("gru", *s) / multiplications("lstm", *s) for s in grid]
    figures = finding("gru-saving").figures
    assert figures["saving_low"] == pytest.approx(min(savings))
    assert figures["saving_high"] == pytest.approx(max(savings))
    assert figures["saving_high"] < 0.25
    assert (figures["printed_gru"], figures["printed_lstm"]) == (192_000, 256_000)
    first = network_costs().iloc[0]
    assert (first["parameters_gru"], first["parameters_lstm"]) == (53_153, 59_169)
    assert (first["multiplications_gru"], first["multiplications_lstm"]) == (488_000, 549_440)


def test_fear_is_missed() -> None:
    t = evaluations()
    fear = t[t["emotion"] == "fear"]
    figures = finding("hidden-fear").figures
    assert figures["zeros"] == (fear["tp"] == 0).sum() == 3
    assert figures["gru_mean"] == pytest.approx(fear.loc[fear["architecture"] == "GRU", "f1"].mean())
    assert round(figures["gru_mean"], 3) == 0.215
    table_4 = fear.query("architecture == 'GRU' and optimization == 'bayesian' and loss == 'advanced'")
    assert table_4["f1"].item() == fear["f1"].max(), "the card says: the best of all eight"


def test_the_sign_at_the_threshold() -> None:
    evidence = finding("focal-boundary").evidence
    assert evidence is not None
    rows = evidence.set_index("ratios")
    assert tuple(rows.loc["printed", ["above", "from_on"]]) == ("weighted_bce", "focal")
    assert tuple(rows.loc["six", ["above", "from_on"]]) == ("weighted_bce", "weighted_bce")
    assert rows.loc["six", "ratio"] == pytest.approx((309 - 25) / 25)
    assert rows.loc["seven", "ratio"] == pytest.approx((327 - 25) / 25)


def test_the_intervals_are_no_bootstrap() -> None:
    figures = finding("intervals").figures
    assert figures["agree_normal"] == 32
    assert figures["agree_t"] == 0
    assert figures["agree_percentile"] < 8
    assert figures["t_to_normal"] == pytest.approx(stats.t.ppf(0.975, 5) / stats.norm.ppf(0.975))


def test_small_things() -> None:
    inside = [
        abs(differences(m, "architecture").mean()) < margin
        for m, margin in zip(METRICS, (0.02, 0.05, 0.05, 0.05), strict=True)
    ]
    assert finding("equivalence-words").figures == {"inside": sum(inside), "of": 4}
    counts = finding("parameter-counts").figures
    assert (counts["fewest_gru"], counts["most_gru"]) == (20_945, 151_361)
    assert counts["reduction"] == pytest.approx(1 - 881.2 / 899.4)
    assert finding("contradictions").figures == {
        "evaluations": 48,
        "printed_over_real": 6.0,
        "test": 87,
        "fear_test": 7,
        "labelled": 327,
    }
    assert finding("untimed").figures == {"claims": 3, "ratio": 0.75}
    assert finding("protocol").figures == {"searched": 24, "evaluated": 1200, "tested": 87}


def test_the_journals_abstract_against_the_tables() -> None:
    figures, t, fifth = finding("two-abstracts").figures, evaluations(), printed(5)
    architecture = fifth[fifth["comparison"] == "architecture"]
    assert figures["refused"] == (architecture["practically_equivalent"] == "no").sum() == 4
    assert (figures["tuned"], figures["equivalent"]) == (1, 1)
    fear = t.loc[(t["emotion"] == "fear") & (t["architecture"] == "GRU"), "f1"]
    surprise = t.loc[t["emotion"] == "surprise", "f1"]
    assert figures["fear"] == pytest.approx(fear.mean()) and round(fear.mean(), 3) == 0.215
    assert surprise.nunique() == 1, "the card says: in every condition"
    assert figures["surprise"] == pytest.approx(surprise.iloc[0])


def test_what_holds_says_the_tally() -> None:
    words = " ".join(what_holds())
    assert tally(all_checks()).words in words and "All 12 verdicts" in words
    assert "34" not in words, "34 per condition does not hold"
    aside = "set aside are 22 values: power (Table 2), imbalance ratios (Table 4), n (Table 6)"
    assert aside in words
    assert len(printed(2)["power"]) + len(printed(4)["imbalance_ratio"]) + len(printed(6)["current_n"]) == 22
