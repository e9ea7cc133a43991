"""Choosing one clip, and getting its track."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import empty

if TYPE_CHECKING:
    from fer_core.datasets.base import Clip, Corpus
    from fer_core.landmarks.track import Track

_ONE_AT_A_TIME = threading.Lock()  # the in-process landmarker follows one clip and remembers its last frame
ANY = "any emotion"


def choose(corpus: Corpus, rules: Mapping[str, str]) -> tuple[Clip, str]:
    """Three boxes, emotion, clip and sampling rule (key and words); all live in the URL."""
    first, second, third = st.columns([2, 3, 3])
    emotion = first.selectbox("Emotion", [ANY, *corpus.emotions], key="clip_emotion", bind="query-params")
    clips = {c.clip_id: c for c in corpus.clips if emotion in (ANY, c.emotion)}
    chosen = second.selectbox(
        "Clip", list(clips), format_func=lambda i: words(clips[i]), key="clip", bind="query-params"
    )
    rule = third.selectbox(
        "Which ten frames are taken", list(rules), format_func=rules.__getitem__, key="rule", bind="query-params"
    )
    return clips[chosen], rule


def words(clip: Clip) -> str:
    """``S005/001, disgust, 11 frames``."""
    frames = len(clip.frames) or len(clip.frame_numbers)
    length = f"{frames} frames" if frames else "video"
    return f"{clip.clip_id}, {clip.emotion or 'unlabelled'}, {length}"


def track(corpus: Corpus, clip: Clip) -> Track | None:
    """The clip's landmarks if they are at hand; else a button that finds them, and None."""
    from fer_core.landmarks.extract import default_settings

    settings = default_settings()
    kept: dict[str, Track] = st.session_state.setdefault("_tracks", {})
    key = f"{corpus.root or corpus.name}|{corpus.seed}|{clip.clip_id}|{settings.detect}"
    if key not in kept:
        found = _at_hand(corpus, clip) or _offer(corpus, clip)
        if found is None:
            return None
        while len(kept) >= 16:
            kept.pop(next(iter(kept)))
        kept[key] = found
    return kept[key]


def _at_hand(corpus: Corpus, clip: Clip) -> Track | None:
    """Drawn at once for the demo corpus; for others from the cache only."""
    from fer_core.landmarks.cache import TrackCache, clip_key
    from fer_core.landmarks.extract import default_settings, track_of

    if corpus.synthetic:
        return track_of(corpus, clip)
    return TrackCache().load(clip_key(clip, default_settings().detect))


def _offer(corpus: Corpus, clip: Clip) -> Track | None:
    text = "No face has been looked for in this clip. The first clip takes about ten seconds, others less."
    place = st.empty()
    with place.container(), empty.state("face_retouching_natural", "No landmarks of this clip yet", text):
        wanted = st.button("Find the landmarks of this clip", type="primary")
    if not wanted:
        return None
    from fer_core.landmarks.extract import track_of

    with place, st.spinner(f"Finding the face in {for_markdown(clip.clip_id)}"), _ONE_AT_A_TIME:
        found = track_of(corpus, clip)
    place.empty()
    return found
