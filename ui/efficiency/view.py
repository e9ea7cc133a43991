"""The Efficiency page's parts: which measurement, pictures, tables, and measuring this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.studies.efficiency import jobs, summary
from fer_core.studies.efficiency.counted import claimed, counted, one_against_all
from fer_core.studies.efficiency.formats import FORMATS
from ui.common import address, downloads, empty
from ui.efficiency import words
from ui.runs import rows as runs_data
from ui.runs.result_panel import OwnResults

if TYPE_CHECKING:
    import pandas as pd

_TURN_MINUTES = 1.5  # on two free cores
_INTERVAL = {"low": "%.3f", "high": "%.3f"}
_MEASURED = {"gru": "%.4g", "lstm": "%.4g", "ratio": "%.3f"} | _INTERVAL
_LATENCY = {"GRU ms": "%.3g", "LSTM ms": "%.3g", "GRU clips/s": "%.0f", "LSTM clips/s": "%.0f"}
_LATENCY |= {"GRU / LSTM": "%.3f"} | _INTERVAL


# --- a measurement ----------------------------------------------------------------------------------


def choose() -> dict[str, Any] | None:
    """The measurement that is looked at, named in the URL; an empty state where there is none."""
    if not jobs.results():
        with empty.state("speed", "Nothing was measured yet", "Measure this machine, below."):
            st.caption("Nothing is measured by itself.")
    return MEASUREMENTS.choose()


def show(result: dict[str, Any]) -> None:
    """Ratio, latency, one-vs-all, tables, and what can be taken away."""
    _ratios(result)
    _latency(result)
    _shared(result)
    _numbers(result)
    _take_away(result)


def _ratios(result: dict[str, Any]) -> None:
    from fer_core.figures.efficiency import ratio_figure

    st.subheader("GRU over LSTM, counted and measured", anchor=False)
    told, measured = counted(summary.sizes_of(result)), summary.measured_rows(result)
    downloads.figure(
        ratio_figure(told, measured, claimed()),
        "efficiency_ratio",
        table=_frame(told, measured),
        title="GRU over LSTM, counted and measured",
        caption=words.formats(result),
    )
    with st.expander("How it is counted", icon=":material/calculate:"):
        table = [
            {"what": r["what"], "GRU": r["gru"], "LSTM": r["lstm"], "GRU / LSTM": r["ratio"], "note": r["note"]}
            for r in told
        ]
        downloads.table(table, "efficiency_counted", column_config=_columns({"GRU / LSTM": "%.3f"}))


def _frame(told: list[dict[str, Any]], measured: list[dict[str, Any]]) -> pd.DataFrame:
    """What is counted and what was measured as one table."""
    import pandas as pd

    keys = ("group", "what", "unit", "gru", "lstm", "ratio", "low", "high", "turns")
    rows = [{"group": "counted", "unit": "", **r} for r in told] + measured
    return pd.DataFrame([{k: r.get(k) for k in keys} for r in rows])


def _latency(result: dict[str, Any]) -> None:
    from fer_core.figures.efficiency import latency_figure

    st.subheader("Latency by batch size", anchor=False)
    st.markdown(for_markdown(words.latency(result)))
    per = address.one("Time for", {"batch": "the whole batch", "clip": "one clip"}, "efficiency_per")
    downloads.figure(
        latency_figure(result["latency"], FORMATS, per == "clip"),
        "efficiency_latency",
        table=summary.latency_rows(result),
        title="Latency by batch size",
        caption="Medians; one classifier for each emotion, without landmarks' detection.",
    )


def _shared(result: dict[str, Any]) -> None:
    from fer_core.figures.efficiency import shared_figure

    st.subheader("One classifier per emotion against one network for all", anchor=False)
    st.markdown(for_markdown(words.shared(result)))
    sizes, rows = summary.sizes_of(result), summary.shared_rows(result)
    told = one_against_all(sizes)
    downloads.figure(
        shared_figure(rows, FORMATS, told[0]["ratio"], sizes.classifiers),
        "efficiency_shared",
        table=rows,
        title="One classifier per emotion against one network",
        caption="What a call costs whatever it computes is paid once per classifier "
        "by Keras, and once by the formats that hold all classifiers in one graph.",
    )


def _numbers(result: dict[str, Any]) -> None:
    with st.expander("All measured numbers", icon=":material/table:"):
        measured = summary.measured_rows(result)
        downloads.table(measured, "efficiency_measured", column_config=_columns(_MEASURED))
        about = f"GRU against LSTM. {words.machine(result)} {words.of_what(result)}"
        frame = _frame(counted(summary.sizes_of(result)), measured)
        downloads.latex(frame, "efficiency_ratio", about)
        rows = summary.latency_rows(result)
        downloads.table(rows, "efficiency_latency_table", column_config=_columns(_LATENCY))
        st.caption(
            f"The formats' probabilities differ by at most {result['largest_difference']:.0e} from those of "
            "FER Lab's pass."
        )


def _columns(formats: dict[str, str]) -> dict[str, Any]:
    return {name: st.column_config.NumberColumn(format=form) for name, form in formats.items()}


def _take_away(result: dict[str, Any]) -> None:
    name = result["name"]
    with st.container(horizontal=True, gap="small"):
        content = {k: v for k, v in result.items() if k != "name"}
        downloads.file("JSON", "efficiency.json", lambda: json.dumps(content, indent=1).encode())
        if name != jobs.SHIPPED:
            st.button(
                "Delete this measurement",
                icon=":material/delete:",
                type="tertiary",
                on_click=MEASUREMENTS.delete,
                args=(name,),
            )


# --- measuring --------------------------------------------------------------------------------------


def own_run() -> None:
    """Measure this machine, or follow the measurement that goes on."""
    st.subheader("On this machine", anchor=False)
    if MEASUREMENTS.running():
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        turns = st.number_input(
            "Turns",
            1,
            50,
            5,
            key="efficiency_turns",
            width=110,
            help="Everything is measured so often; an interval needs two.",
        )
        threads = st.number_input("Computing threads", 1, 64, 1, key="efficiency_threads", width=160)
        st.button(
            "Measure this machine",
            type="primary",
            icon=":material/speed:",
            key="efficiency_start",
            on_click=MEASUREMENTS.start,
            args=(jobs.launch, int(turns), int(threads)),
        )
    st.caption(
        f"About {max(2, round(_TURN_MINUTES * turns))} minutes on an idle machine, in processes of their "
        "own; other work makes the interval wider. It can be stopped."
    )


def _label(name: str) -> str:
    return "Comes with FER Lab, another machine" if name == jobs.SHIPPED else f"Here, {runs_data.when(name)}"


MEASUREMENTS = OwnResults(
    "efficiency",
    "measured",
    jobs,
    "Measurement",
    _label,
    lambda _: "GRU against LSTM",
    "measurement",
    kept=lambda folder: "Nothing was measured to its end.",
)
"""Which measurement is shown, and the run that makes another."""
