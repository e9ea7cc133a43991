"""Dataset: which corpus, what is in it, how imbalanced it is, and what the face finder missed."""

from __future__ import annotations

import streamlit as st

from fer_core.base.emotions import CKPLUS_PUBLISHED_COUNTS
from fer_core.base.errors import FerError
from fer_core.figures import corpus as figures
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.view import coverage
from fer_core.losses.imbalance import imbalance_table
from ui.common import downloads, imbalance_controls, loss_words, page, state, words
from ui.dataset import filters, names_form, picker, preview
from ui.dataset import images as image_dataset
from ui.pickers import image_corpora
from ui.runs import extraction

MOST_STRIPS = 40

COMPUTED = """
Ratio = other clips / clips of the emotion (Winarno et al., equation 5), over the emotions told apart.
Focal loss uses γ = 2 and α = 0.75, or equation 9 (0.8) beyond a ratio of 12; the weighted loss multiplies
positives by the ratio. Ratios printed in the study (table 4) belong to its training set; those of
disgust, happiness and sadness do not follow from CK+'s published counts.
"""


def main() -> None:
    """The page."""
    page.heading("Dataset")
    if state.source() is None:
        page.say("Choose a corpus. Nothing heavy starts before you say so.")
        picker.last_one()
        picker.picker()
        return
    images = state.images_in_use()
    try:
        corpus = image_corpora.opened(state.source() or "") if images else state.corpus()
    except FerError as error:
        picker.unusable(error)
        return
    if picker.asked_for():
        picker.change()
    summary = st.container()
    with st.container(horizontal=True, gap="small"):
        if not picker.asked_for():
            st.button("Change the corpus", icon=":material/swap_horiz:", on_click=picker.ask)
        st.button("Read the folder again", icon=":material/refresh:", type="tertiary", on_click=read_again)
    filters.panel()
    names_form.panel()
    if images:
        image_dataset.everything(corpus, summary)
        return
    imbalance(corpus, summary)
    subjects(corpus)
    misses(corpus)


def read_again() -> None:
    """Forget what was read of every corpus."""
    state.read_again()
    image_corpora.read_again()
    image_dataset.read_again()


def imbalance(corpus, summary) -> None:
    """Counts, ratios against the thresholds, chosen losses, and which emotions are left out of them."""
    plan = imbalance_controls.plan(corpus.counts)
    table = plan.table
    with summary:
        page.say(
            f"{words.count(plan.total, 'labelled clip')} of {preview.people_words(corpus)}. {loss_words.rarest(plan)}"
        )
        preview.preview(corpus)
    for said in (loss_words.left_out(plan), loss_words.beside_usual(plan)):
        if said:
            page.note(said, "rule")
    rows = [
        {
            "emotion": e,
            "clips": n,
            "other clips": table[e].n_negative if e in table else None,
            "ratio": round(table[e].ratio, 3) if e in table else None,
            "loss": table[e].choice.words if e in table else "left out",
            "CK+ published": CKPLUS_PUBLISHED_COUNTS.get(e),
            "ratio printed": figures.PAPER_RATIOS.get(e),
        }
        for e, n in plan.counts.items()
    ]
    left, right = st.columns([2, 3])
    with left:
        st.subheader("Clips per emotion", anchor=False)
        drawn = figures.counts_figure(plan.counts, CKPLUS_PUBLISHED_COUNTS, plan.left_out)
        downloads.figure(drawn, "clips_per_emotion", table=rows)
    with right:
        st.subheader("Imbalance, and the loss it leads to", anchor=False)
        known = {e: n for e, n in CKPLUS_PUBLISHED_COUNTS.items() if e in plan.emotions}
        ratios = {e: r.ratio for e, r in imbalance_table(known).items()}
        drawn = figures.ratio_figure(table, plan.policy, ratios, figures.PAPER_RATIOS)
        downloads.figure(drawn, "imbalance", table=rows)
    page.how(COMPUTED)


def subjects(corpus) -> None:
    """Who shows what; nothing where nobody knows who is shown."""
    if not corpus.subjects_known:
        return
    left, right = st.columns([2, 3])
    with left:
        st.subheader("Clips per subject", anchor=False)
        rows = [{"clip": c.clip_id, "subject": c.subject, "emotion": c.emotion} for c in corpus.clips]
        downloads.figure(figures.clips_per_subject_figure(corpus.clips), "clips_per_subject", table=rows)
    with right:
        st.subheader("Who shows what", anchor=False)
        downloads.figure(figures.subject_emotion_figure(corpus.clips), "subject_by_emotion", table=rows)


def misses(corpus) -> None:
    """What the face finder missed, per emotion and clip by clip."""
    st.subheader("Missed frames and rejected clips", anchor=False)
    landmarks = extraction.panel(corpus, "see in which frames no face is found")
    if landmarks is None:
        return
    covered = coverage(landmarks)
    page.say(words.coverage_sentence(covered))
    rows = [{"emotion": e, **vars(c)} for e, c in covered.items()]
    downloads.figure(figures.coverage_figure(covered), "missed_frames", table=rows)
    if landmarks.rejected:
        st.markdown("**Rejected clips**")
        rejected = [{"clip": r.clip, "emotion": r.emotion, "why": r.why} for r in landmarks.rejected]
        downloads.table(rejected, "rejected_clips")
    gaps = (landmarks.status == FrameStatus.MISSED).any(axis=1)
    if gaps.any():
        shown = landmarks.take(gaps.nonzero()[0][:MOST_STRIPS])
        names = [f"{c}, {e}" for c, e in zip(shown.clip, shown.emotion, strict=True)]
        st.markdown(f"**Clips used in spite of missed samples**: {int(gaps.sum())} of {len(landmarks)}")
        downloads.figure(
            figures.failure_figure(names, shown.status),
            "failures",
            table=[
                {"clip": c, "missed samples": int((s == FrameStatus.MISSED).sum())}
                for c, s in zip(landmarks.clip[gaps], landmarks.status[gaps], strict=True)
            ],
        )


main()
