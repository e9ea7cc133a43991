"""Pictures of effects hold the numbers of their tables, and their zones are where the margins are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from table_samples import design_frame, table_of

from fer_core.figures import effects, forest
from fer_core.figures.effect_panels import panels_figure
from fer_core.stats.anova import marginal_means
from fer_core.stats.descriptive import describe
from fer_core.stats.equivalence import MARGINS
from fer_core.stats.pairwise import pairwise
from fer_core.stats.table import reconstructed
from fer_core.stats.units import differences_by_unit

NAMES = {"published": "As published", "emotion": "Within emotions", "mixed": "Mixed model"}


def points(figure: Any) -> dict[str, tuple[float, float, float, str]]:
    """Hover text → value, low, high, symbol of all marks."""
    return {
        text: (x, x - minus, x + plus, symbol)
        for trace in figure.data
        if trace.error_x.array is not None
        for text, x, minus, plus, symbol in zip(
            trace.hovertext, trace.x, trace.error_x.arrayminus, trace.error_x.array, trace.marker.symbol, strict=True
        )
    }


def zones(figure: Any, side: str) -> list[tuple[float, float]]:
    return [(s[f"{side}0"], s[f"{side}1"]) for s in figure.layout.shapes if s.fillcolor == forest.ZONE]


def test_units_show_every_difference_with_its_interval() -> None:
    rows = differences_by_unit(reconstructed(), "recall")
    figure = effects.units_figure(rows, NAMES, "emotion", MARGINS["recall"], "recall")
    drawn = points(figure)
    assert len(drawn) == len(rows) == 9
    for _, row in rows.iterrows():
        name = f"{row['factor'].capitalize()}: "
        (found,) = [v for k, v in drawn.items() if k.startswith(name) and f", {NAMES[row['unit']]}<br>" in k]
        assert found[:3] == pytest.approx((row["difference"], row["low"], row["high"]))
        assert (found[3] == "circle") == row["shown"]
    assert zones(figure, "x") == [(-0.05, 0.05)]
    strong = [t for t in figure.data if t.marker.size == 10]
    assert len(strong) == 1 and all("Within emotions" in text for text in strong[0].hovertext)


def test_means_are_those_described_around_a_zone() -> None:
    rows = describe(reconstructed(), "f1")
    figure = effects.means_figure(rows, ("architecture", "tuning", "loss"), "f1", 0.7, MARGINS["f1"])
    drawn = list(points(figure).values())
    assert [d[:3] for d in drawn] == [pytest.approx((r["mean"], r["low"], r["high"])) for _, r in rows.iterrows()]
    assert figure.data[0].y[0] == "GRU, Bayesian, advanced"
    assert zones(figure, "x") == [pytest.approx((0.65, 0.75))]


def test_panels_share_a_scale_that_holds_everything() -> None:
    table = reconstructed()
    mains = {f: marginal_means(table, "recall", [f]) for f in table.factors}
    pairs = {p: marginal_means(table, "recall", p) for p in [("architecture", "tuning"), ("tuning", "loss")]}
    figure = panels_figure(mains, pairs, "recall", 0.7, MARGINS["recall"])
    titles = {a.text for a in figure.layout.annotations}
    assert {"Architecture", "Tuning", "Loss", "Architecture<br>× tuning", "Tuning<br>× loss"} == titles
    assert zones(figure, "y") == [pytest.approx((0.65, 0.75))] * 5
    low, high = figure.layout.yaxis.range
    for rows in [*mains.values(), *pairs.values()]:
        assert low < rows["low"].min() and rows["high"].max() < high
    drawn = [t for t in figure.data if t.error_y.array is not None]
    assert len(drawn) == 3 + 2 * 2
    values = np.sort(np.concatenate([t.y for t in drawn]))
    expected = np.sort(np.concatenate([r["mean"] for r in [*mains.values(), *pairs.values()]]))
    assert values == pytest.approx(expected)
    legend = [t for t in figure.data if t.showlegend is not False]
    assert [t.name for t in legend] == ["Bayesian", "predefined", "advanced", "standard"]
    assert len({(t.marker.symbol, t.line.dash) for t in legend}) == 4, "told apart without colour"


def test_one_factor_alone_has_one_panel() -> None:
    frame = design_frame(tuning=("bayesian",), loss=("standard",))
    table = table_of(frame, np.random.default_rng(0).uniform(0.2, 0.8, len(frame)))
    figure = panels_figure(
        {"architecture": marginal_means(table, "f1", ["architecture"])}, {}, "f1", 0.5, (-0.05, 0.05)
    )
    assert len(zones(figure, "y")) == 1 and not figure.layout.showlegend


@pytest.mark.parametrize("correction", ["none", "holm"])
def test_effect_sizes_are_filled_where_p_holds_after_correction(correction: Any) -> None:
    rows = pairwise(reconstructed(), correction=correction)
    drawn = points(effects.sizes_figure(rows, "recall"))
    assert len(drawn) == 2 * len(rows)
    filled = sum(symbol == "circle" for *_, symbol in drawn.values())
    assert filled == 2 * int(rows["reject"].sum()) > 0
    loss = rows[(rows["metric"] == "recall") & (rows["factor"] == "loss")].iloc[0]
    (found,) = [v for k, v in drawn.items() if k.startswith("advanced minus standard, recall<br>d<sub>z")]
    assert found[:3] == pytest.approx((loss["d_z"], loss["d_z_low"], loss["d_z_high"]))


def test_a_difference_without_variance_is_left_out_and_not_drawn_as_zero() -> None:
    frame = design_frame(tuning=("bayesian",), loss=("standard",))
    values = np.where(frame["architecture"] == "gru", 0.5, 0.4) + frame["emotion"].map(hash) % 7 / 100
    rows = pairwise(table_of(frame, values))
    assert rows["d_z"].isna().all()
    assert not any("d<sub>z</sub>" in k for k in points(effects.sizes_figure(rows, "f1")))


def test_people_are_grouped_by_metric_the_chosen_first() -> None:
    columns = ["metric", "factor", "first", "second", "difference", "low", "high", "n", "subjects"]
    rows = pd.DataFrame(
        [
            (m, "loss", "advanced", "standard", 0.04, low, 0.07, 269, 100)
            for m, low in (("recall", 0.01), ("f1", -0.01))
        ],
        columns=columns,
    )
    figure = effects.people_figure(rows, "f1", MARGINS)
    headings = [t for t in figure.layout.yaxis.ticktext if t.startswith("<b>")]
    assert headings == ["<b>F1</b>", "<b>Recall</b>"]
    assert sorted(symbol for *_, symbol in points(figure).values()) == ["circle", "circle-open"]


def test_what_users_wrote_is_text_and_no_markup() -> None:
    frame = design_frame(architecture=("<b>x</b>", "lstm"), replicates=2)
    table = table_of(frame, np.random.default_rng(0).uniform(0.2, 0.8, len(frame)))
    rows = differences_by_unit(table, "f1")
    drawn = [
        effects.units_figure(rows, NAMES, "mixed", (-0.05, 0.05), "f1"),
        effects.means_figure(describe(table, "f1"), table.factors, "f1", 0.5, (-0.05, 0.05)),
        effects.sizes_figure(pairwise(table), "f1"),
    ]
    for figure in drawn:
        assert "<b>x" not in str(figure.to_json()).replace("\\u003c", "<")
