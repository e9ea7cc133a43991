"""The Paper page's parts: what holds, the findings as cards, the tables, the other studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import address, downloads, page
from ui.paper import pictures, words

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.paper.check import Check
    from fer_core.paper.finding import Finding

ALL = "all"
PARTS = {"findings": "What holds and what does not", "tables": "Tables 1 to 7", "others": "Three other studies"}
WIDE = ("eq3-mirror", "two-abstracts", "untimed", "contradictions")
"""Cards whose picture or table of words needs the whole width."""
TILE, WIDE_TILE = 165, 205
"""Widths in pixels, so that five tiles stand in a row beside the open sidebar on a screen of 1,400."""
OPEN = 5
"""So many cards, the most consequential, stand open."""


def part() -> str:
    """Which part of the page is looked at."""
    return address.one("Part", PARTS, "paper_part", label_visibility="collapsed")


# --- what holds and what does not -------------------------------------------------------------------


def strip(checks: Sequence[Check]) -> None:
    """The tally."""
    from fer_core.paper.checks import tally, verdicts

    counted, judged = tally(tuple(checks)), verdicts(tuple(checks))
    rest = tally(tuple(c for c in checks if not c.tallied), tallied=False)
    shown = (
        ("Results reproduced", counted.share, "To every printed digit."),
        ("Rounded twice", f"{counted.double_rounding}", "The same digits if first rounded to one decimal more."),
        ("Not reproduced", f"{counted.inconsistent}", "Of the results of Tables 1, 2, 3, 4 and 6."),
        ("Table 5, own rule", f"{judged['published_rule']} of {judged['of']}", "Verdicts reproduced."),
        (
            "Changed by TOST",
            f"{judged['tost_flips']} of {judged['of']}",
            "Verdicts of Table 5 that two one-sided tests change.",
        ),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, note in shown:
            st.metric(
                for_markdown(label),
                value,
                help=for_markdown(note),
                border=True,
                width=TILE if len(value) < 9 else WIDE_TILE,
            )
    st.caption(for_markdown(words.outside(rest)))


def standing(holds: Sequence[str], found: Sequence[Finding]) -> None:
    """What holds beside what does not, in short."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What holds", anchor=False)
        st.markdown("\n".join(f"- {for_markdown(said)}" for said in holds))
    with right:
        st.subheader("What does not, or is in doubt", anchor=False)
        st.markdown(
            "\n".join(
                f"{f.consequence}. {words.chip(f.verdict)} **{for_markdown(f.title)}.** {for_markdown(f.sentence)}"
                for f in found[:OPEN]
            )
        )
        st.caption(f"{len(found) - OPEN} further findings of less consequence follow below these.")


def cards(found: Sequence[Finding]) -> None:
    """Every finding: the first open, the others to be opened. ``finding=`` in the URL opens one of those."""
    wanted = st.query_params.get("finding")
    for f in found[:OPEN]:
        with st.container(border=True):
            st.markdown(f"#### {f.consequence}. {for_markdown(f.title)}")
            card(f)
    st.subheader("Further findings", anchor=False)
    for f in found[OPEN:]:
        title = f"{words.chip(f.verdict)} **{f.consequence}. {for_markdown(f.title)}**"
        box = st.expander(title, expanded=f.id == wanted, key=f"paper_card_{f.id}", on_change="rerun")
        if box.open:
            with box:
                card(f)


def card(found: Finding) -> None:
    """One finding: the sentence, both sides, the evidence, where to see it."""
    basis = words.BASIS[found.id]
    picture = pictures.PICTURES.get(found.id)
    table = found.evidence
    wide = found.id in WIDE or (picture is None and (table is None or len(table.columns) > 5))
    left, right = (st.container(), st.container()) if wide else st.columns([4, 5], gap="large")
    with left:
        st.markdown(f"{words.chip(found.verdict)} **{for_markdown(found.sentence)}**")
        st.markdown(
            f"**Printed** (section {found.section}). {found.what_was_printed}"
            if found.section[0].isdigit()
            else f"**Printed** ({found.section}). {found.what_was_printed}"
        )
        st.markdown(f"**What follows.** {found.what_follows}")
        with st.container(horizontal=True, gap="small"):
            st.badge(basis, icon=":material/functions:", color="blue", help=words.BASES[basis])
            if found.inference:
                st.badge("inference", icon=":material/psychology_alt:", color="orange", help=words.INFERENCE)
        if found.id in words.SEE:
            name, query = words.SEE[found.id]
            page.link(name, words.SEE_WORDS[name], **query)
    with right:
        if picture is not None:
            picture(found)
        elif table is not None:
            name = f"paper_{found.id.replace('-', '_')}"
            st.dataframe(words.shown(table), hide_index=True, key=f"table_{name}")
            downloads.csv(table, name)


# --- the tables -------------------------------------------------------------------------------------


def tables(checks: Sequence[Check]) -> None:
    """Published, recomputed, status of every printed value."""
    st.dataframe(words.per_table(checks), hide_index=True, key="paper_per_table")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        names = {ALL: "all", **{t: t.removeprefix("Table ") for t in words.TABLES}}
        which = address.one("Table", names, "paper_table")
        statuses = _statuses("paper_status")
    rows = words.check_rows([c for c in checks if which in (ALL, c.table) and c.status in statuses])
    title = "Tables 1 to 7" if which == ALL else which
    about = f"{title} of the published study: printed values and those computed from the reconstructed counts"
    listed(rows, "paper_tables", f"{about}, N = {len(rows)} values.")


def others() -> None:
    """The checks of the three other studies."""
    from fer_core.paper.others import STAND_OUT, other_checks, stand_outs
    from fer_core.paper.published import sources

    checks = other_checks()
    st.markdown(
        "Three further studies on the same task, checked as far as their own tables allow: sums, shares, "
        "errors that a test set of a given size can have, standard errors and intervals. Nothing is "
        "reconstructed here."
    )
    statuses = _statuses("paper_other_status")
    for key in STAND_OUT:
        own = [c for c in checks if c.study == key]
        source = sources()[key]
        st.subheader(source.short, anchor=False)
        agree = sum(c.status == "reproduced" for c in own)
        against = sum(c.status == "inconsistent" for c in own)
        st.markdown(
            f"{agree} of {len(own)} values checked agree with the study's own tables, {against} do not, "
            f"{len(own) - agree - against} cannot be decided. What a reader should know:"
        )
        st.markdown("\n".join(f"- {words.standing_out(c)}" for c in stand_outs(key)))
        rows = words.other_rows([c for c in own if c.status in statuses]).drop(columns="study")
        listed(rows, f"paper_{key}", f"{source.short}: values checked, N = {len(rows)}.")
        st.caption(f"{for_markdown(source.citation)} {source.licence}." + (f" {source.ours}" if source.ours else ""))


def listed(rows: pd.DataFrame, name: str, about: str) -> None:
    """A table of checks with its exports."""
    st.dataframe(
        words.with_signs(rows),
        hide_index=True,
        key=f"table_{name}",
        column_config={
            "note": st.column_config.TextColumn("note", width="large"),
            "what follows": st.column_config.TextColumn("what follows", width="large"),
        },
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(f"{len(rows)} values.")
        downloads.csv(rows, name)
        downloads.latex(rows, name, about)


def _statuses(key: str) -> list[str]:
    return address.several("Status", {s: f"{sign} {s}" for s, sign in words.STATUS_SIGNS.items()}, key)
