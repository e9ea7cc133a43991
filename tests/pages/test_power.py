"""Power: four linked numbers, what would it take, effects found; the address; speed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import TTestPower
from streamlit.testing.v1 import AppTest
from table_samples import design_frame

from fer_core.stats.planning import Plan, Sizes
from ui.common import address
from ui.power import words

from .conftest import Open, text

SIZES = Sizes(24, 6, 24, 6, 8, 1)


def metrics(app: AppTest) -> list[str]:
    return [m.value for m in app.metric]


def uploaded(open_page: Open, frame: pd.DataFrame, **query: str) -> AppTest:
    app = open_page("power", table="uploaded", **query)
    app.session_state["_own_table"] = ("mine.csv", frame.to_csv(index=False).encode())
    return app.run()


def made(replicates: int = 1, **levels: Any) -> pd.DataFrame:
    frame = design_frame(replicates=replicates, **levels)
    return frame.assign(f1=np.random.default_rng(5).uniform(0.2, 0.9, len(frame)))


def test_it_opens_on_the_published_design(open_page: Open) -> None:
    app = open_page("power")
    said = text(app)
    assert "With 24 matched pairs an effect of d_z = 0.60 is found with a power of 80%." in said
    assert "What would it take?" in said and "the 24 of these results are enough" in said
    assert "2 are as large as what their pairs show with 80% power: recall by loss (0.79)" in said
    assert "planned with n = 6, which is also its number of emotions, while its tests used 24 pairs" in said
    assert metrics(app) == ["80%", "24", "0.60"]
    assert len(app.get("plotly_chart")) == 1


def test_each_slider_moves_the_others_read_outs(open_page: Open) -> None:
    app = open_page("power")
    app.slider(key="power_d").set_value(0.3).run()
    needed = int(np.ceil(TTestPower().solve_power(0.3, power=0.8, alpha=0.05)))
    assert metrics(app)[1:] == [str(needed), "0.60"]
    app.slider(key="power_n").set_value(6).run()
    assert metrics(app)[2] == "1.43", "what n = 6 shows, as printed"
    app.slider(key="power_alpha").set_value(0.01).run()
    app.slider(key="power_power").set_value(0.9).run()
    assert metrics(app)[1] == str(int(np.ceil(TTestPower().solve_power(0.3, power=0.9, alpha=0.01))))
    assert "3.8 times" in words.would_take(Plan("paired", 0.3, 24), needed, SIZES)
    assert {k: app.query_params[k][0] for k in ("power_d", "power_n", "power_alpha", "power_power")} == {
        "power_d": "0.3",
        "power_n": "6",
        "power_alpha": "0.01",
        "power_power": "0.9",
    }
    app.slider(key="power_n").set_value(24).run()
    assert "power_n" not in app.query_params, "the table's own n needs no mention"


def test_an_address_opens_the_view(open_page: Open) -> None:
    app = open_page("power", power_kind="anova", power_d="0.4", power_n="6", power_alpha="0.05")
    assert app.slider(key="power_d").value == 0.4 and app.slider(key="power_n").value == 6
    assert "With 6 evaluations in each cell an effect of f = 0.40" in text(app)
    odd = open_page("power", power_kind="magic", power_d="x", power_n="2.5", power_alpha="7", power_power="nan")
    assert (odd.slider(key="power_d").value, odd.slider(key="power_n").value) == (0.6, 24)
    assert (odd.slider(key="power_alpha").value, odd.slider(key="power_power").value) == (0.05, 0.8)


@pytest.mark.parametrize("kind", ["independent", "anova", "equivalence"])
def test_every_kind_has_its_own_n_and_words(open_page: Open, kind: str) -> None:
    app = open_page("power", power_d="0.9", power_n="100")
    app.segmented_control(key="power_kind").set_value(kind).run()
    assert not app.exception and not app.error
    assert app.slider(key="power_n").value == (6 if kind == "anova" else 24)
    assert "power_d" not in app.query_params
    if kind == "equivalence":
        assert "5 of 15 comparisons had a power of 80%" in text(app)
        assert "margin_sd" in app.dataframe[0].value.columns
    else:
        assert "d_z" in app.dataframe[0].value.columns


def test_own_tables_of_all_kinds_are_answered_in_words(open_page: Open) -> None:
    app = uploaded(open_page, made(replicates=3))
    assert app.slider(key="power_n").value == 72 and not app.error
    app.slider(key="power_d").set_value(0.1).run()
    assert "in place of 3" in text(app)
    flat = uploaded(open_page, made().assign(f1=0.5))
    assert "No effect size exists" in text(flat) and not flat.exception
    for kind in ("anova", "independent", "equivalence"):
        flat.segmented_control(key="power_kind").set_value(kind).run()
        assert not flat.exception
    alone = uploaded(open_page, made(loss=("advanced",), tuning=("bayesian",), architecture=("gru",)))
    assert "every factor has one level" in alone.error[0].value
    few = uploaded(open_page, made(emotions=("fear",), loss=("standard",), tuning=("bayesian",)))
    assert not few.exception and not few.error, [e.value for e in few.error]


@pytest.mark.parametrize("rows", [48, 2000])
def test_sliders_can_be_moved(open_page: Open, rows: int) -> None:
    app = uploaded(open_page, made(replicates=-(-rows // 48)))
    app.slider(key="power_d").set_value(0.5).run()
    for key, value in (("power_d", 0.55), ("power_n", 60), ("power_alpha", 0.02), ("power_power", 0.9)):
        app.slider(key=key).set_value(value).run()
        assert not app.exception


def test_words_round_honestly() -> None:
    assert [words.percent(v) for v in (0.9999, 0.994, 0.004, 1.0, 0.0, 0.8)] == [
        "over 99%",
        "99%",
        "under 1%",
        "100%",
        "0%",
        "80%",
    ]
    assert words.grouped(22992) == "22\u202f992"


def test_numbers_of_an_address() -> None:
    assert address.number("24", 2, 300, 9) == 24
    assert [address.number(t, 2, 300, 9) for t in ("", None, "1", "301", "2.5", "1e1", "x")] == [9] * 7
    assert address.number("0.79", 0.05, 2.0, 0.6) == 0.79
    assert [address.number(t, 0.05, 2.0, 0.6) for t in ("nan", "inf", "-1")] == [0.6] * 3
