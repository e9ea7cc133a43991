"""What was found in a corpus, what is kept apart, what was passed over and why; people and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.text import for_markdown
from ui import downloads, found, image_corpora, image_dataset, state
from ui.words import count, format_words

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus


def of(candidate: str) -> None:
    """The preview of a corpus by its source, of either kind."""
    if state.kind(candidate) == "images":
        image_dataset.preview(image_corpora.opened(candidate))
    else:
        preview(state.open_source(candidate))


def preview(corpus: Corpus) -> None:
    """What was found in a corpus of clips."""
    found.numbers({
        "Labelled clips": f"{len(corpus.clips):,}",
        "People": f"{len(corpus.subjects):,}" if corpus.subjects_known else "unknown",
        "Emotions": f"{len(corpus.emotions)}",
        "Unlabelled, kept apart": f"{len(corpus.unlabelled):,}",
        "Left out": f"{found.left_out(corpus.omissions):,}",
    })  # fmt: skip
    form = format_words(corpus.format)
    st.markdown(f"**{for_markdown(corpus.name)}**, {for_markdown(form)}. {for_markdown(corpus.note)}")
    found.say_people(corpus.subjects_known, "clip")
    found.say_attributes(corpus.attributes)
    found.say_omissions(corpus)
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
