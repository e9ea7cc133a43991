"""Landmarks: one clip's mesh to play, how it is sampled and mirrored, and what emotions have in common."""

from __future__ import annotations

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import UNKNOWN
from fer_core.figures import landmarks as figures
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.landmarks import view
from fer_core.landmarks.augment import mirror, paper_flip
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.sampling import SamplingRule, sample_track
from ui.common import corpus_gate, downloads, errors, page, words
from ui.landmarks import clip_picker
from ui.runs import extraction

RULES = {
    "equations": "Equations 1 and 2, short clips interpolated",
    "paper": "Equations 1 and 2 to the letter",
    "even": "Evenly in time",
}
ALIGNED = "Takes out where the head is, its size and its tilt, so that what still moves is the expression."

MIRRORED = """
Equation 3 (Winarno et al.) turns x into 1 − x and keeps the order of the landmarks, so a classifier sees
the left eye's numbers where the right eye's belong. The true mirror also swaps each landmark with its
partner on the other side. Thin lines lead from a landmark of the filmed face to the same landmark of the
flip.
"""


def main() -> None:
    """The page."""
    page.heading("Landmarks")
    sentence = st.container()
    corpus = corpus_gate.need_corpus()
    page.synthetic_note(corpus)
    clip, rule = clip_picker.choose(corpus, RULES)
    left, right = st.columns([3, 2], gap="large")
    track = None
    with left, errors.shown():
        track = clip_picker.track(corpus, clip)
        if track is not None:
            says = player(clip, track, SamplingRule(rule))
            with sentence:
                page.say(says)
    with right:
        ready = extraction.panel(corpus, "see what the clips of an emotion have in common")
        found = view.mean_fields(ready) if ready is not None else {}
        field(clip.emotion, found)
    if found:
        fields(found)
    if track is not None and track.found.any():
        mirrors(track)


def player(clip, track, rule) -> str:
    """The mesh in time, with its samples; gives back the sentence about them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        aligned = st.toggle("Aligned", value=True, key="aligned", bind="query-params", help=ALIGNED)
        arrows = st.toggle("Arrows from neutral", key="arrows", bind="query-params")
        enlarge = scale("enlarge", 1, disabled=not arrows)
    sample = sample_track(track, rule=rule)
    shown = view.playback(track, sample, aligned=aligned)
    colour = EMOTION_COLOURS.get(clip.emotion or "", GREY)
    drawn = figures.player_figure(shown, arrows=arrows, enlarge=enlarge, colour=colour)
    rows = [
        {"sample": i, "frame number": float(n), "origin": FrameStatus(s).name.lower()}
        for i, (n, s) in enumerate(zip(sample.frame_numbers, sample.status, strict=True), start=1)
    ]
    downloads.figure(drawn, "clip", table=rows, title=clip_picker.words(clip))
    return words.track_sentence(track, sample)


def field(emotion, found) -> None:
    """Mean displacement of the emotion that the clip shows."""
    if emotion in found:
        st.subheader(f"Clips labelled {for_markdown(emotion)}, on average", anchor=False)
        enlarge = scale("field_enlarge", 2)
        of = found[emotion]
        people = UNKNOWN if of.subjects is None else words.count(of.subjects, "subject")
        n = f"{words.count(of.n, 'clip')}, {people}"
        caption = f"Displacement from neutral to the last sample; {n}."
        downloads.figure(figures.field_figure(emotion, of, enlarge=enlarge), "field", caption=caption)
    elif found:
        st.info("No clip of this emotion begins with a neutral face, so there is nothing to measure from.")


def fields(found) -> None:
    """What a classifier can use: mean displacement of every emotion, at one scale."""
    st.subheader("What the clips of each emotion have in common", anchor=False)
    rows = [
        {"emotion": e, "landmark": i, "dx": float(dx), "dy": float(dy), "clips": f.n, "subjects": f.subjects}
        for e, f in found.items()
        for i, (dx, dy) in enumerate(f.displacement)
    ]
    caption = "Mean displacement from neutral to the last sample, twice its length; after similarity alignment."
    downloads.figure(figures.fields_figure(found, enlarge=2), "fields", table=rows, caption=caption)


def scale(key, default, *, disabled=False) -> int:
    """How much longer arrows are drawn."""
    return st.segmented_control(
        "Arrows enlarged",
        [1, 2, 4],
        default=default,
        required=True,
        key=key,
        format_func="× {}".format,
        disabled=disabled,
        label_visibility="collapsed",
    )


def mirrors(track) -> None:
    """True mirror against equation 3."""
    st.subheader("Mirroring a face, two ways", anchor=False)
    last = track.points[track.found][-1]
    true, flipped = mirror(last, track.aspect), paper_flip(last, track.aspect)
    page.say(
        f"In a true mirror each landmark lies {view.mean_jump(last, true):.2f} eye distances from its place; "
        f"by equation 3 as printed, {view.mean_jump(last, flipped):.2f}: the left eye became the right one."
    )
    downloads.figure(figures.mirror_figure(last, true, flipped), "mirror")
    page.how(MIRRORED, "What is drawn here")


main()
