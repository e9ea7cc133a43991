"""What was found in a corpus, what is kept apart, what was passed over and why; people and attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from ui import downloads, errors, image_corpora, image_dataset, omissions, state
from ui.words import FORMATS, count

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

PEOPLE_UNKNOWN = (
    "Who is shown in each clip is not known, so training cannot keep people apart: one person may stand on "
    "both sides of a split. To say who it is, download the list under *Names are read wrong, or say too "
    "little?*, fill in its second column, and give it back there."
)


def of(candidate: str) -> None:
    """The preview of a corpus by its source, of either kind."""
    if state.kind(candidate) == "images":
        image_dataset.preview(image_corpora.opened(candidate))
    else:
        preview(state.open_source(candidate))


def preview(corpus: Corpus) -> None:
    """What was found in a corpus of clips."""
    omissions.numbers({
        "Labelled clips": f"{len(corpus.clips):,}",
        "People": f"{len(corpus.subjects):,}" if corpus.subjects_known else "unknown",
        "Emotions": f"{len(corpus.emotions)}",
        "Unlabelled, kept apart": f"{len(corpus.unlabelled):,}",
        "Left out": f"{omissions.left_out(corpus.omissions):,}",
    })  # fmt: skip
    form = FORMATS.get(corpus.format, corpus.format)
    st.markdown(f"**{errors.escaped(corpus.name)}**, {form}. {errors.escaped(corpus.note)}")
    if not corpus.subjects_known:
        st.caption(f":material/person_off: {PEOPLE_UNKNOWN}")
    if corpus.attributes:
        st.caption(f":material/filter_alt: {errors.escaped(attribute_words(corpus.attributes))}")
    omissions.panel(corpus)
    if corpus.unlabelled:
        with st.expander(
            f"Kept apart: {count(len(corpus.unlabelled), 'unlabelled clip')}", icon=":material/label_off:"
        ):
            downloads.table(
                [
                    {
                        "clip": c.clip_id,
                        "subject": c.subject if c.subject_known else "unknown",
                        "frames": len(c.frames),
                    }
                    for c in corpus.unlabelled
                ],
                f"unlabelled_{corpus.name}",
            )


def people_words(corpus: Corpus) -> str:
    """``118 subjects``, or that they are not known."""
    return count(len(corpus.subjects), "subject") if corpus.subjects_known else "people who are not known"


def attribute_words(attributes: Mapping[str, Mapping[str, int]]) -> str:
    """``view: S 70, HL 70; intensity: strong 90, normal 50``."""
    return "; ".join(f"{name}: " + ", ".join(f"{v} {n:,}" for v, n in values.items())
                     for name, values in attributes.items())  # fmt: skip
