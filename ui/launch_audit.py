"""The leak audit of a whole design: green, or each finding with the box that accepts it by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.training.audit import RULES, Finding, audit, evidence_by_names
from fer_core.training.conditions import SearchSettings
from fer_core.training.experiment import audit_design
from fer_core.training.protocols import make_splits
from ui import errors, extraction, state

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.landmarks.extract import ExtractSettings
    from fer_core.landmarks.landmark_set import LandmarkSet
    from fer_core.training.design import Design

HELP = "The leak audit must be green, or each finding accepted by name."
FEW = 5
"""Seeds whose folds are looked at here, so that nobody waits for a hundred; the experiment does all."""


def light(design: Design, corpus: Corpus) -> tuple[str, ...] | None:
    """Draw the audit; returns the accepted rules, None while a finding is not accepted.

    Raises `FerError` where the protocol cannot be carried out on this corpus.
    """
    chosen = corpus.only(design.base.emotions)
    landmarks = _at_hand(corpus, chosen, design)
    found = _found(_key(design, chosen, landmarks is not None), design, chosen, landmarks)
    if not found:
        st.success(_clean(landmarks is not None), icon=":material/verified_user:")
    accepted = [f.rule for f in found if _accepted(f)]
    with st.expander("What the leak audit looks at", icon=":material/rule:"):
        st.markdown("\n".join(f"- **{name}**: {words}" for name, words in RULES.items()))
    if landmarks is None:
        _offer(corpus, design.base.extract)
    elif len(design.seeds) > FEW:
        st.caption(f"The folds of the first {FEW} seeds were checked; the experiment checks those of all.")
    return tuple(accepted) if len(accepted) == len(found) else None


def _at_hand(corpus: Corpus, chosen: Corpus, design: Design) -> LandmarkSet | None:
    """The chosen clips' landmarks if they were found before: for other pages, or by an earlier run."""
    whole = state.landmarks(corpus, design.base.extract)
    if whole is not None:
        return whole.labelled(chosen.emotions)
    return state.landmarks(chosen, design.base.extract)


def _offer(corpus: Corpus, settings: ExtractSettings) -> None:
    """Landmarks are not at hand: what that means, and the way to them."""
    st.caption(
        "Only names were compared so far. The experiment itself checks all rules before its first fit, and "
        "stops on a finding that was not accepted."
    )
    with st.expander("Check all rules now", icon=":material/face:"), errors.shown():
        if not corpus.synthetic:
            extraction.panel(corpus, "look for leaks in the faces too")
        elif st.button("Draw the landmarks", help="A few seconds; nothing is stored."):
            with st.spinner(f"Drawing {len(corpus.clips)} clips from the shape model"):
                state.landmarks(corpus, settings, compute=True)  # as this design samples them
            st.rerun()


@st.cache_data(max_entries=64, show_spinner="Looking for leaks")
def _found(key: str, _design: Design, _corpus: Corpus, _landmarks: LandmarkSet | None) -> list[Finding]:
    """Each broken rule once, from every seed's folds."""
    conditions = {seed: _design.condition(_design.factors[0], seed) for seed in _design.seeds[:FEW]}
    if _landmarks is not None:
        splits = {seed: make_splits(_landmarks, c) for seed, c in conditions.items()}
        return audit_design(_design, _landmarks, splits, _corpus, tuple(RULES))
    found: dict[str, Finding] = {}
    for condition in conditions.values():
        for finding in audit(evidence_by_names(_corpus, condition)):
            found.setdefault(finding.rule, finding)
    return list(found.values())


def _key(design: Design, corpus: Corpus, whole: bool) -> str:
    """What the answer depends on: not sizes, epochs or trials, so that trying them costs nothing."""
    base = design.base
    sized = replace(
        base, F=1, Q=1, R=1, ensemble=1, fit=replace(base.fit, epochs=1),
        search=SearchSettings(inner_folds=base.search.inner_folds),
    )  # fmt: skip
    searched = any(f.tuning == "bayesian" for f in design.factors)
    clips = (corpus.root or corpus.name, corpus.seed, hash(corpus.clips))
    return f"{sized.key}|{design.seeds[:FEW]}|{searched}|{clips}|{whole}"


def _accepted(finding: Finding) -> bool:
    said = f"**{finding.rule}**: {errors.escaped(finding.words)}"
    st.error(said, icon=":material/gpp_bad:")
    return st.checkbox(
        f"Train all the same, and let the result say **{finding.rule}**",
        key=f"launch_allow_{finding.rule}",
    )


def _clean(whole: bool) -> str:
    return f"No leak found: {len(RULES)} rules hold." if whole else "No leak found by the clips' names."
