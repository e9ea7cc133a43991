"""The leak audit on a page: a green line, or what was found and the box that accepts it by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import BY_CLIP, CAUTION, people_known
from fer_core.study.conditions import SearchSettings
from fer_core.study.design import Design
from fer_core.training.audit import RULES, Finding, audit, evidence_by_names, evidence_of
from fer_core.training.experiment import audit_design
from fer_core.training.leaks.look_alikes import HINT, NAME, LookAlikes, look_alikes
from fer_core.training.leaks.together import together
from fer_core.training.protocols import make_splits
from ui.common import downloads, errors, state
from ui.runs import extraction

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.landmarks.extract import ExtractSettings
    from fer_core.landmarks.landmark_set import LandmarkSet
    from fer_core.study.conditions import Condition

HELP = "The leak audit must be green, or each finding accepted by name."
FEW = 5
"""Seeds of a design whose folds are looked at here, so that nobody waits for a hundred; the experiment
does all."""


def light(asked: Condition | Design, corpus: Corpus) -> tuple[str, ...] | None:
    """Draw the audit of what is asked; returns the accepted rules, None while one is not accepted.

    Raises `FerError` where the protocol cannot be carried out on this corpus.
    """
    base = asked.base if isinstance(asked, Design) else asked
    chosen = corpus.only(base.emotions)
    landmarks = _at_hand(corpus, chosen, base.extract)
    found = _found(_key(asked, chosen, landmarks is not None), asked, chosen, landmarks)
    if not found:
        st.success(_clean(landmarks is not None), icon=":material/verified_user:")
    if landmarks is not None:
        _alike(_look_alikes(_key(asked, chosen, True), landmarks).to_json())
    accepted = [f.rule for f in found if _accepted(f)]
    with st.expander("What the leak audit looks at", icon=":material/rule:"):
        rules = (*RULES.items(), (NAME, HINT))
        st.markdown("\n".join(f"- **{for_markdown(name)}**: {for_markdown(words)}" for name, words in rules))
    if landmarks is None:
        _offer(corpus, base.extract)
    elif isinstance(asked, Design) and len(asked.seeds) > FEW:
        st.caption(f"The folds of the first {FEW} seeds were checked; the experiment checks those of all.")
    return tuple(accepted) if len(accepted) == len(found) else None


def of_result(result: dict[str, Any]) -> None:
    """What the audit of a finished run found and the user accepted."""
    for leak in result.get("leaks", []):
        st.warning(
            f"**{for_markdown(leak['rule'])}**, accepted by name: {for_markdown(leak['what'])}. "
            "On new people, expect less.",
            icon=":material/warning:",
        )


def people(result: dict[str, Any]) -> None:
    """That people are unknown and who look alike, of a result or of what an experiment's record says."""
    if not people_known(result):
        said = " ".join(map(str, result.get("notes") or [CAUTION]))
        st.warning(f"**{BY_CLIP.capitalize()}.** {for_markdown(said)}", icon=":material/warning:")
    _alike(result.get("look_alikes") or {})


def _alike(found: dict[str, Any]) -> None:
    """The pairs of names that look like one person: a hint, which stops nothing."""
    if not found.get("words"):
        return
    st.info(f"**{NAME}**: {for_markdown(found['words'])}", icon=":material/group:")
    with st.expander("Who looks like whom", icon=":material/list:"):
        downloads.table(found["pairs"], "look_alikes")
        st.caption(HINT)


@st.cache_data(max_entries=16, show_spinner=False)
def _look_alikes(key: str, _landmarks: LandmarkSet) -> LookAlikes:
    return look_alikes(_landmarks)


def _at_hand(corpus: Corpus, chosen: Corpus, settings: ExtractSettings) -> LandmarkSet | None:
    """The chosen clips' landmarks if they were found before: for other pages, or by an earlier run."""
    whole = state.landmarks(corpus, settings)
    if whole is not None:
        return whole.labelled(chosen.emotions)
    return state.landmarks(chosen, settings)


def _offer(corpus: Corpus, settings: ExtractSettings) -> None:
    """Landmarks are not at hand: what that means, and the way to them."""
    st.caption(
        "Only names were compared so far. The run itself checks all rules before its first fit, and stops "
        "on a finding that was not accepted."
    )
    with st.expander("Check all rules now", icon=":material/face:"), errors.shown():
        if not corpus.synthetic:
            extraction.panel(corpus, "look for leaks in the faces too")
        elif st.button("Draw the landmarks", help="A few seconds; nothing is stored."):
            with st.spinner(f"Drawing {len(corpus.clips)} clips from the shape model"):
                state.landmarks(corpus, settings, compute=True)  # sampled as is asked here
            st.rerun()


@st.cache_data(max_entries=64, show_spinner="Looking for leaks")
def _found(key: str, _asked: Condition | Design, _corpus: Corpus, _landmarks: LandmarkSet | None) -> Sequence[Finding]:
    """Each broken rule once; of a design, from every seed's folds."""
    if not isinstance(_asked, Design):
        if _landmarks is None:
            return audit(evidence_by_names(_corpus, _asked))
        rows = together(_landmarks, _asked, _corpus)
        return audit(evidence_of(rows, _asked, make_splits(rows, _asked), _corpus))
    conditions = {seed: _asked.condition(_asked.factors[0], seed) for seed in _asked.seeds[:FEW]}
    if _landmarks is not None:
        rows = together(_landmarks, _asked.base, _corpus)
        splits = {seed: make_splits(rows, c) for seed, c in conditions.items()}
        return audit_design(_asked, rows, splits, _corpus, tuple(RULES))
    found: dict[str, Finding] = {}
    for condition in conditions.values():
        for finding in audit(evidence_by_names(_corpus, condition)):
            found.setdefault(finding.rule, finding)
    return list(found.values())


def _key(asked: Condition | Design, corpus: Corpus, whole: bool) -> str:
    """What the answer depends on: not sizes, epochs or trials, so that trying them costs nothing."""
    base = asked.base if isinstance(asked, Design) else asked
    also = ""
    if isinstance(asked, Design):
        searched = any(f.tuning == "bayesian" for f in asked.factors)
        also = f"{asked.seeds[:FEW]}, {searched}"
    sized = replace(
        base,
        F=1,
        Q=1,
        R=1,
        ensemble=1,
        architecture="gru",
        fit=replace(base.fit, epochs=1),
        search=SearchSettings(inner_folds=base.search.inner_folds),
    )
    clips = (corpus.root or corpus.name, corpus.seed, hash(corpus.clips))
    return f"{sized.key}|{also}|{clips}|{whole}"


def _accepted(finding: Finding) -> bool:
    st.error(f"**{finding.rule}**: {for_markdown(finding.words)}", icon=":material/gpp_bad:")
    return st.checkbox(
        f"Train all the same, and let the result say **{finding.rule}**", key=f"allow_leak_{finding.rule}"
    )


def _clean(whole: bool) -> str:
    return f"No leak found: {len(RULES)} rules hold." if whole else "No leak found by the clips' names."
