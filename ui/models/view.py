"""The Models page's parts: the registry as a picture and a table, and one model looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.models.images.layer_summary import Stage, kept
from fer_core.studies.efficiency import image_costs
from fer_core.studies.efficiency.image_child import FORMATS
from ui.common import address, downloads, empty, errors, inputs
from ui.common.words import listed
from ui.models import words as models_words

Row = Mapping[str, Any]
_MODEL, _ALL = "models_model", "all"
_COST = {"median ms": "%.3g", "lower quartile": "%.3g", "upper quartile": "%.3g"}


def choose(rows: Sequence[Row]) -> Row:
    """The model that is looked at, named in the address."""
    names = [r["name"] for r in rows]
    words = {r["name"]: f"{r['title']} · {r['study_title']}" for r in rows}
    wanted = st.query_params.get("model")
    if _MODEL not in st.session_state:
        st.session_state[_MODEL] = wanted if wanted in names else "attention-cnn"
    chosen = st.selectbox("Model", names, key=_MODEL, format_func=words.__getitem__, width=560)
    address.put("model", str(chosen))
    return next(r for r in rows if r["name"] == chosen)


def registry(rows: Sequence[Row]) -> None:
    """All models: parameters as a picture, then everything as a table."""
    from fer_core.figures.models import parameters_figure, sizes

    studies = {_ALL: "All studies"} | {r["study"]: r["study_title"] for r in rows}
    which = address.one("Study", studies, "models_study", label_visibility="collapsed")
    mine = [r for r in rows if which in (_ALL, r["study"])]
    st.subheader("Parameters, here and printed", anchor=False)
    chosen = st.session_state.get(_MODEL, "")
    downloads.figure(
        parameters_figure(mine, str(chosen)),
        "models_parameters",
        table=sizes(mine),
        title="Parameters of the image models",
        caption=models_words.sizes_caption(mine),
    )
    with st.expander("The registry as a table", icon=":material/table:"):
        downloads.table(
            _table(mine),
            "models",
            column_config={
                "parameters": st.column_config.NumberColumn(format="localized"),
                "printed": st.column_config.NumberColumn(format="localized"),
            },
        )
        downloads.file("JSON", "models.json", lambda: json.dumps(list(rows), indent=1).encode())


def _table(rows: Sequence[Row]) -> list[dict[str, Any]]:
    from fer_core.figures.models import sizes

    by_name = {r["name"]: r for r in rows}
    return [
        {
            "model": r["title"],
            "study": r["study_title"],
            "kind": by_name[r["name"]]["kind"],
            "pixels": r["size"],
            "parameters": r["parameters"],
            "printed": r["published"],
            "initial weights": ", ".join(by_name[r["name"]]["pretrained"]) or "none",
            "name": r["name"],
            "note": by_name[r["name"]]["note"],
        }
        for r in sizes(rows)
    ]


def one(row: Row) -> None:
    """A model: what it is, where its study is silent, its stages, its cost."""
    st.subheader(for_markdown(row["title"]), anchor=False)
    st.markdown(for_markdown(models_words.about(row)))
    if row["note"]:
        st.caption(f":material/edit_note: {for_markdown(row['note'])}")
    told = kept().get(row["name"], {})
    size = _size(row) if len(row["sizes"]) > 1 else row["sizes"][0]
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("**Architecture**")
        _drawing(row, size, told.get(size, ()))
    with right:
        st.markdown("**Parameters**")
        downloads.table(
            models_words.parameters(row),
            f"parameters_{row['name']}",
            column_config={name: st.column_config.NumberColumn(format="localized") for name in ("here", "printed")},
        )
        _cost(row, size)
        if st.button("Train and test it", icon=":material/leaderboard:"):
            inputs.start_over("image", {"models": [row["name"]], "sizes": [str(size)]})
            st.switch_page("pages/benchmark.py")


def _size(row: Row) -> int:
    words = {str(s): f"{s} pixels" for s in row["sizes"]}
    return int(address.one("Input", words, f"models_size_{row['name']}"))


def _drawing(row: Row, size: int, told: Sequence[Stage]) -> None:
    from fer_core.figures.models import stages_html

    if not told:
        st.caption(
            "No layers to draw: the pixels are put on 128 principal components, and what follows them is one "
            "step of scikit-learn."
            if row["kind"] == "classical"
            else "Its layers were not told yet: `python -m fer_core models --recount`."
        )
        return
    st.html(stages_html(told, size, row["channels"]))
    plain = {"model": row["name"], "size": size, "stages": [s.to_json() for s in told]}
    with st.container(horizontal=True, gap="small"):
        downloads.file("All layers", f"layers_{row['name']}_{size}.json", lambda: json.dumps(plain, indent=1).encode())


def _cost(row: Row, size: int) -> None:
    st.markdown("**Measured cost**")
    found: dict[str, Any] | None = None
    with errors.shown():
        found = image_costs.shipped()
    rows = [r for r in (found or {}).get("rows", []) if (r["model"], r["size"]) == (row["name"], size)]
    if not found or not rows:
        with empty.state("speed", "Not measured", _unmeasured(found, row)):
            if row["kind"] == "network":
                st.code(f"python -m fer_core bench images --models {row['name']}", language="bash", wrap_lines=True)
        return
    st.markdown(for_markdown(models_words.cost_sentence(rows)))
    table = [
        {
            "by": FORMATS[r["format"]],
            "at once": r["batch"],
            "median ms": r["ms"],
            "lower quartile": r["low"],
            "upper quartile": r["high"],
            "repeats": r["repeats"],
        }
        for r in rows
    ]
    formats = {name: st.column_config.NumberColumn(format=form) for name, form in _COST.items()}
    downloads.table(table, f"cost_{row['name']}", column_config=formats)
    st.caption(for_markdown(models_words.cost(found)))


def _unmeasured(found: Mapping[str, Any] | None, row: Row) -> str:
    if row["kind"] == "classical":
        return "Only networks are measured."
    if not found:
        return "No measurement comes with this checkout. A terminal prints one within a minute."
    known = listed(list(dict.fromkeys(for_markdown(str(r["model"])) for r in found["rows"])))
    return f"The measurement that comes with FER Lab has {known}. A terminal prints this one within a minute."
