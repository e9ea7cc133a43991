"""What was found in a corpus, what is kept apart, what was passed over and why; people and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import downloads, state
from ui.common.words import count, format_words
from ui.dataset import images, omissions
from ui.pickers import image_corpora

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus


def of(candidate: str) -> None:
    """The preview of a corpus by its source, of either kind."""
    if state.kind(candidate) == "images":
        images.preview(image_corpora.opened(candidate))
    else:
        preview(state.open_source(candidate))


def preview(corpus: Corpus) -> None:
    """What was found in a corpus of clips."""
    omissions.numbers(
        {
            "Labelled clips": f"{len(corpus.clips):,}",
            "People": f"{len(corpus.subjects):,}" if corpus.subjects_known else "unknown",
            "Emotions": f"{len(corpus.emotions)}",
            "Unlabelled, kept apart": f"{len(corpus.unlabelled):,}",
            "Left out": f"{omissions.left_out(corpus.omissions):,}",
        }
    )
    form = format_words(corpus.format)
    st.markdown(f"**{for_markdown(corpus.name)}**, {for_markdown(form)}. {for_markdown(corpus.note)}")
    omissions.say_people(corpus.subjects_known, "clip")
    omissions.say_attributes(corpus.attributes)
    omissions.say_omissions(corpus)
    if corpus.unlabelled:
        with st.expander(
            f"Kept apart: {count(len(corpus.unlabelled), 'unlabelled clip')}", icon=":material/label_off:"
        ):
            downloads.table(
                [
                    {"clip": c.clip_id, "subject": c.subject if c.subject_known else "unknown", "frames": len(c.frames)}
                    for c in corpus.unlabelled
                ],
                f"unlabelled_{corpus.name}",
            )


def people_words(corpus: Corpus) -> str:
    """``118 subjects``, or that they are not known."""
    return count(len(corpus.subjects), "subject") if corpus.subjects_known else "people who are not known"
