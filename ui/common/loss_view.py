"""The loss each emotion gets, and what is left out, as Train, Launch and Sensitivity show it."""

from __future__ import annotations

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.figures.corpus import short_loss
from fer_core.losses.imbalance import LossPlan
from ui.common import downloads, inputs, loss_words
from ui.common.words import listed

PLAIN = "The plain loss was chosen: no ratio changes it."
BY_CORPUS = "By the clips of the whole corpus; each fold decides by its own training side."


def left_out(plan: LossPlan, prefix: str = "", *, offer: bool = False) -> None:
    """Which emotions are left out and why; with ``offer`` the button that takes them into a form.

    ``prefix`` is the form's (`ui.common.inputs.Inputs`), whose input of the emotions is called ``emotions``.
    """
    if said := for_markdown(loss_words.left_out(plan)):
        st.caption(f":material/rule: {said}")
    if plan.left_out and offer:
        st.button(
            f"Tell {listed(list(plan.left_out))} apart too",
            icon=":material/add:",
            type="tertiary",
            key=f"{prefix}_take_in",
            on_click=inputs.change,
            args=(prefix, {"emotions": list(plan.counts)}),
        )


def losses(plan: LossPlan, about: str) -> None:
    """The loss each emotion gets, as a table; ``about``: by what it is decided."""
    rows = [
        {"emotion": e, "clips": r.n_positive, "ratio": round(r.ratio, 2), "loss": short_loss(r.choice)}
        for e, r in plan.table.items()
    ]
    downloads.table(rows, "loss_per_emotion")
    st.caption(about)
