"""The leak audit on a page: a green line, or what was found and the box that accepts it by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.training.audit import RULES, Finding, audit, evidence_by_names, evidence_of
from fer_core.training.protocols import make_splits
from ui import errors, state

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.landmarks.landmark_set import LandmarkSet
    from fer_core.training.conditions import Condition

HELP = "The leak audit must be green, or each finding accepted by name."


def light(condition: Condition, corpus: Corpus) -> tuple[str, ...] | None:
    """Draw the audit of a condition; returns the accepted rules, None while one is not accepted.

    Raises `FerError` where the protocol cannot be carried out on this corpus.
    """
    chosen = corpus.only(condition.emotions)
    landmarks = _at_hand(corpus, chosen, condition)
    findings = _found(_key(condition, chosen, landmarks is not None), condition, chosen, landmarks)
    if not findings:
        st.success(_clean_words(landmarks is not None), icon=":material/verified_user:")
    accepted = [f.rule for f in findings if _accepted(f)]
    _rules(landmarks is not None)
    return tuple(accepted) if len(accepted) == len(findings) else None


def of_result(result: dict[str, Any]) -> None:
    """What the audit of a finished run found and the user accepted."""
    for leak in result.get("leaks", []):
        st.warning(
            f"**{errors.escaped(leak['rule'])}**, accepted by name: {errors.escaped(leak['what'])}. "
            "On new people, expect less.",
            icon=":material/warning:",
        )


def findings(found: Sequence[Finding]) -> None:
    """Findings as red lines, without a choice."""
    for finding in found:
        st.error(_said(finding), icon=":material/gpp_bad:")


def _at_hand(corpus: Corpus, chosen: Corpus, condition: Condition) -> LandmarkSet | None:
    """The chosen clips' landmarks if they were found before: for other pages, or by an earlier run."""
    whole = state.landmarks(corpus, condition.extract)
    if whole is not None:
        return whole.labelled(chosen.emotions)
    return state.landmarks(chosen, condition.extract)


@st.cache_data(max_entries=64, show_spinner="Looking for leaks")
def _found(key: str, _condition: Condition, _corpus: Corpus, _landmarks: LandmarkSet | None) -> list[Finding]:
    if _landmarks is None:
        return audit(evidence_by_names(_corpus, _condition))
    return audit(evidence_of(_landmarks, _condition, make_splits(_landmarks, _condition), _corpus))


def _key(condition: Condition, corpus: Corpus, whole: bool) -> str:
    """What the audit's answer depends on: not the networks' sizes, so that trying them costs nothing."""
    sized = replace(condition, F=1, Q=1, R=1, ensemble=1, architecture="gru")
    return f"{sized.key}|{corpus.root or corpus.name}|{corpus.seed}|{hash(corpus.clips)}|{whole}"


def _accepted(finding: Finding) -> bool:
    st.error(_said(finding), icon=":material/gpp_bad:")
    return st.checkbox(
        f"Train all the same, and let the result say **{finding.rule}**",
        key=f"train_allow_{finding.rule}",
    )


def _said(finding: Finding) -> str:
    return f"**{finding.rule}**: {errors.escaped(finding.words)}"


def _clean_words(whole: bool) -> str:
    if whole:
        return f"No leak found: {len(RULES)} rules hold."
    return "No leak found by the clips' names; faces are compared once the landmarks are there."


def _rules(whole: bool) -> None:
    with st.expander("What the leak audit looks at", icon=":material/rule:"):
        st.markdown("\n".join(f"- **{name}**: {words}" for name, words in RULES.items()))
        if not whole:
            st.caption(
                "The landmarks of this corpus are not at hand, so that only the first two rules are checked "
                "here. The run itself checks all of them before its first fit, and stops on a finding that "
                "was not accepted."
            )
