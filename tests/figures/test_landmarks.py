"""Landmark figures: what is played, what is marked, which way arrows and threads lead."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.datasets.demo import open_demo
from fer_core.figures import landmarks as figures
from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.landmarks import mesh
from fer_core.landmarks.augment import mirror, paper_flip
from fer_core.landmarks.sampling import SamplingRule, sample_track
from fer_core.landmarks.synthetic import draw_tracks
from fer_core.landmarks.track import Track
from fer_core.landmarks.view import Field, playback


@pytest.fixture(scope="module")
def track() -> Track:
    corpus = open_demo()
    clip = next(c for c in corpus.clips if len(c.frame_numbers) >= 14)
    return draw_tracks(corpus, [clip.clip_id])[clip.clip_id]


def pairs(trace: object) -> np.ndarray:
    """The two ends of each piece of a broken line, (m, 2, 2)."""
    line = np.stack([np.asarray(trace.x), np.asarray(trace.y)], axis=1)  # type: ignore[attr-defined]
    return line.reshape(-1, 3, 2)[:, :2]


def test_every_moment_is_a_frame_and_the_last_is_shown_first(track: Track) -> None:
    clip = playback(track, sample_track(track))
    figure = figures.player_figure(clip)
    assert len(figure.frames) == len(clip.points) == len(figure.layout.sliders[0].steps)
    shown, last = pairs(figure.data[0]), clip.points[-1][mesh.tessellation()]
    np.testing.assert_allclose(shown, last, atol=1e-6)
    np.testing.assert_allclose(pairs(figure.frames[0].data[0]), clip.points[0][mesh.tessellation()], atol=1e-6)
    assert figure.data[4].text[0].endswith("<b>sampled</b>")
    assert [t.type for t in figure.frames[0].data] == [t.type for t in figure.data[:5]]


def test_samples_are_marked_by_their_origin(track: Track) -> None:
    thinned = Track(
        track.points[[0, -1]], track.found[[0, -1]], track.frame_numbers[[0, -1]], track.aspect, track.faces[[0, -1]]
    )
    clip = playback(thinned, sample_track(thinned, rule=SamplingRule.EVEN))
    marked = {t.name: len(t.x) for t in figures.player_figure(clip).data if t.name}
    assert marked == {"frame of the clip": 2, "sample, observed": 2, "sample, interpolated": 8}


def test_arrows_lead_from_neutral_and_grow(track: Track) -> None:
    clip = playback(track, sample_track(track), aligned=True)
    assert figures.player_figure(clip).data[2].visible is False
    arrows = pairs(figures.player_figure(clip, arrows=True, enlarge=2.0).data[2])
    np.testing.assert_allclose(arrows[:, 0], clip.neutral, atol=1e-6)
    np.testing.assert_allclose(arrows[:, 1] - arrows[:, 0], 2 * (clip.points[-1] - clip.neutral), atol=1e-5)


def test_only_equation_three_takes_the_left_eye_to_the_other_side(track: Track) -> None:
    face = track.points[track.found][-1]
    figure = figures.mirror_figure(face, mirror(face, track.aspect), paper_flip(face, track.aspect))
    x = {(a.text, a.xref): a.x for a in figure.layout.annotations}
    assert x["left eye", "x"] > x["right eye", "x"]
    assert x["left eye", "x2"] > x["right eye", "x2"]
    assert x["left eye", "x3"] < x["right eye", "x3"]


def test_fields_share_one_scale_and_keep_colours() -> None:
    face = mesh.template()
    small, large = np.zeros_like(face), np.zeros_like(face)
    small[:, 1], large[:, 1] = 0.01, 0.3
    fields = {"fear": Field(face, small, 25, 25), "surprise": Field(face, large, 83, 80)}
    figure = figures.fields_figure(fields, enlarge=2.0)
    assert tuple(figure.layout.yaxis.range) == tuple(figure.layout.yaxis2.range)
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1], "y runs down, as in an image"
    assert figure.data[4].line.color == EMOTION_COLOURS["surprise"]
    np.testing.assert_allclose(np.ptp(pairs(figure.data[4])[:, :, 1], axis=1), 0.6, atol=1e-5)
    assert [a.text for a in figure.layout.annotations] == ["<b>fear</b>, n = 25", "<b>surprise</b>, n = 83"]
    assert len(figures.field_figure("fear", fields["fear"]).data) == 3
