"""The demo corpus: CK+'s own counts, the same for the same seed, and said to be synthetic."""

from __future__ import annotations

from collections import Counter

import pytest

from fer_core.base.emotions import CKPLUS_PUBLISHED_COUNTS
from fer_core.datasets.demo import CLIPS_PER_SUBJECT, open_demo


def test_counts_are_those_published_for_ckplus() -> None:
    corpus = open_demo()
    assert list(corpus.counts.values()) == [45, 18, 59, 25, 69, 28, 83]  # Lucey et al. (2010)
    assert corpus.counts == CKPLUS_PUBLISHED_COUNTS
    assert len(corpus.clips) == 327
    assert len(corpus.subjects) == 118
    assert not corpus.unlabelled
    assert not corpus.omissions


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])
def test_no_subject_shows_an_emotion_twice(seed: int) -> None:
    corpus = open_demo(seed)
    shown = Counter((c.subject, c.emotion) for c in corpus.clips)
    assert max(shown.values()) == 1
    per_subject = Counter(Counter(c.subject for c in corpus.clips).values())
    assert dict(per_subject) == CLIPS_PER_SUBJECT


def test_it_says_what_it_is() -> None:
    corpus = open_demo()
    assert (corpus.name, corpus.format, corpus.synthetic, corpus.root) == ("demo", "demo", True, None)
    assert "ynthetic" in corpus.note
    assert "no person's face" in corpus.note


def test_clips_have_no_files_and_every_frame_from_1() -> None:
    for clip in open_demo().clips:
        assert clip.frames == ()
        assert clip.video is None
        assert clip.frame_numbers == tuple(range(1, len(clip.frame_numbers) + 1))
        assert clip.clip_id.startswith(clip.subject + "/")
        assert 6 <= len(clip.frame_numbers) <= 71
    assert len({c.clip_id for c in open_demo().clips}) == 327


def test_lengths_are_like_ckplus_with_some_clips_below_ten_frames() -> None:
    lengths = sorted(len(c.frame_numbers) for c in open_demo().clips)
    assert 14 <= lengths[len(lengths) // 2] <= 20  # the real median is 17
    assert 1 <= sum(n < 10 for n in lengths) <= 45


def test_same_seed_same_corpus_other_seed_other_corpus() -> None:
    assert open_demo(3) == open_demo(3)
    assert open_demo(3).clips != open_demo(4).clips


def test_sequence_number_does_not_give_the_emotion_away() -> None:
    firsts = Counter(c.emotion for c in open_demo().clips if c.clip_id.endswith("/001"))
    assert len(firsts) >= 6
    assert max(firsts.values()) < 0.5 * sum(firsts.values())


def test_emotions_are_mixed_over_subjects() -> None:
    """Subjects with two clips do not all show the same two emotions, as the unmixed greedy table has it."""
    shown: dict[str, set[str]] = {}
    for clip in open_demo().clips:
        shown.setdefault(clip.subject, set()).add(str(clip.emotion))
    assert len({frozenset(s) for s in shown.values() if len(s) == 2}) >= 6
