"""Landmarks: one clip's mesh to play, how it is sampled and mirrored, and what emotions have in common."""

from __future__ import annotations

import streamlit as st

from fer_core.figures import landmarks as figures
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.landmarks import view
from fer_core.landmarks.augment import mirror, paper_flip
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.sampling import SamplingRule, sample_track
from ui import clips, downloads, errors, extraction, page, state

RULES = {
    "equations": "Equations 1 and 2, short clips interpolated",
    "paper": "Equations 1 and 2 to the letter",
    "even": "Evenly in time",
}


def main() -> None:
    """The page."""
    page.heading("Landmarks")
    sentence = st.empty()
    corpus = state.need_corpus()
    page.synthetic_note(corpus)
    left, right = st.columns([3, 2], gap="large")
    with left, errors.shown():
        clip = clips.choose(corpus)
        track = clips.track(corpus, clip)
        if track is not None:
            player(clip, track, sentence)
    with right:
        fields(corpus)
    if track is not None:
        with errors.shown():
            mirrors(track)


def player(clip, track, sentence) -> None:
    """The mesh in time, with its samples."""
    rule = st.selectbox(
        "Which ten frames are taken", list(RULES), format_func=RULES.get, key="rule", bind="query-params"
    )
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    aligned = row.toggle("Align to the first frame", value=True, key="aligned", bind="query-params",
                         help="Takes out where the head is, its size and its tilt.")  # fmt: skip
    arrows = row.toggle("Displacement from neutral", key="arrows", bind="query-params")
    enlarge = row.segmented_control("Enlarged", [1, 2, 4], default=1, required=True, key="enlarge",
                                    format_func="× {}".format, disabled=not arrows)  # fmt: skip
    sample = sample_track(track, rule=SamplingRule(rule))
    shown = view.playback(track, sample, aligned=aligned)
    colour = EMOTION_COLOURS.get(clip.emotion or "", GREY)
    drawn = figures.player_figure(shown, arrows=arrows, enlarge=enlarge, colour=colour)
    rows = [
        {"sample": i + 1, "frame number": float(n), "origin": FrameStatus(s).name.lower()}
        for i, (n, s) in enumerate(zip(sample.frame_numbers, sample.status, strict=True))
    ]
    downloads.figure(drawn, "clip", table=rows, title=clips.words(clip))
    sentence.markdown(f"##### {_sentence(track, sample)}")


def mirrors(track) -> None:
    """True mirror against equation 3."""
    st.subheader("Mirroring a face, two ways", anchor=False)
    last = track.points[track.found][-1]
    true, flipped = mirror(last, track.aspect), paper_flip(last, track.aspect)
    page.say(
        f"In a true mirror each landmark lies {view.mean_jump(last, true):.2f} eye distances from its own place; under "
        f"equation 3 as printed, {view.mean_jump(last, flipped):.2f}: what was the left eye becomes the right one."
    )
    downloads.figure(figures.mirror_figure(last, true, flipped), "mirror")
    page.how(
        "Equation 3 (Winarno et al.) turns x into 1 − x and keeps the order of the landmarks, so a classifier sees the "
        "left eye's numbers where the right eye's belong. The true mirror also swaps each landmark with its partner "
        "on the other side. Thin lines lead from a landmark of the filmed face to the same landmark of the flip."
    )


def fields(corpus) -> None:
    """What a classifier can use: mean displacement of each emotion."""
    st.subheader("Mean displacement, clip by clip from neutral to apex", anchor=False)
    landmarks = extraction.panel(corpus, "see what the clips of an emotion have in common")
    if landmarks is None:
        return
    found = view.mean_fields(landmarks)
    if not found:
        st.info("No clip of this corpus begins with a neutral face, so there is nothing to measure from.")
        return
    enlarge = st.segmented_control("Arrows enlarged", [1, 2, 4], default=2, required=True, key="fields_enlarge",
                                   format_func="× {}".format, bind="query-params")  # fmt: skip
    rows = [
        {"emotion": e, "landmark": i, "dx": float(dx), "dy": float(dy), "clips": f.n, "subjects": f.subjects}
        for e, f in found.items() for i, (dx, dy) in enumerate(f.displacement)
    ]  # fmt: skip
    downloads.figure(figures.fields_figure(found, enlarge=enlarge, columns=2), "mean_displacement", table=rows,
                     caption="In eye distances, after similarity alignment on stable points; n clips.")  # fmt: skip


def _sentence(track, sample) -> str:
    frames, found = len(track.found), int(track.found.sum())
    tally = [int((sample.status == s).sum()) for s in FrameStatus]
    words = f"{tally[0]} observed, {tally[1]} interpolated, {tally[2]} missed"
    return f"A face was found in {found} of {frames} frames; of the ten samples {words}."


main()
