"""Leak Lab: the same model judged five ways, and what each leak is worth."""

from __future__ import annotations

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import page
from ui.leak_lab import view, words


def main() -> None:
    """The page."""
    page.heading("Leak Lab")
    sentence = st.empty()
    result = view.choose()
    if result is not None:
        with sentence:
            page.say(words.headline(result))
        st.caption(f"{for_markdown(words.sizes(result))} Made by {words.made_by(result)}")
        if result["corpus"].get("synthetic"):
            page.note(result["corpus"]["note"], "science")
        view.show(result)
    else:
        with sentence:
            page.say("One model on one corpus under five protocols: what is each leak worth?")
    view.own_run()
    page.how(
        "A row is a single frame: of every clip the last three, as in CK+48, or as many as it has. The model "
        "is one GRU classifier per emotion on the aligned coordinates of that one frame (60 half-whitened "
        "principal directions), with the loss its imbalance calls for. Every protocol tests every frame once "
        "per drawing of the folds, trains on as many rows, mirrored copies included, sets the same share of "
        "the training side aside for early stopping, and runs the same fit; only who stands where differs. "
        "Intervals are bootstraps over people: all frames of a person are drawn together, and for a "
        "difference the same people in both protocols. They hold for these frames and the folds that were "
        "drawn, not for other corpora. What a protocol breaks is found by the leak audit that runs before "
        "every training: by names, by comparing landmarks and pictures, and by putting garbage on the test "
        "side and looking whether anything that was fitted changes."
    )


main()
