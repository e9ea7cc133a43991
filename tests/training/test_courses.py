"""Courses of expressions: they end where their label says, and come in many kinds."""

from __future__ import annotations

import numpy as np

from fer_core.training.landmarks.expression_courses import GONE, SHOWN, gone_courses, shown_courses


def test_shown_courses_end_with_the_emotion_and_gone_ones_at_rest() -> None:
    g = np.random.default_rng(0)
    shown, gone = shown_courses(800, 10, g), gone_courses(800, 10, g)
    assert shown.shape == gone.shape == (800, 10)
    assert min(shown.min(), gone.min()) >= 0
    assert max(shown.max(), gone.max()) <= 1
    assert (shown[:, -1] >= SHOWN).all()
    assert (gone[:, -1] <= GONE).all()


def test_every_kind_of_window_is_among_them() -> None:
    g = np.random.default_rng(1)
    shown, gone = shown_courses(1000, 10, g), gone_courses(1000, 10, g)
    kinds = {
        "held throughout": (np.ptp(shown, axis=1) < 0.02).mean(),
        "begins at rest": (shown[:, 0] < 0.02).mean(),
        "less than the apex": (shown[:, -1] < 0.9).mean(),
        "already fading": (shown[:, -1] < shown.max(axis=1) - 0.03).mean(),
        "was shown and is gone": (gone.max(axis=1) > 0.5).mean(),
        "has only just begun": ((gone.max(axis=1) <= GONE) & (gone[:, -1] == gone.max(axis=1))).mean(),
    }
    assert min(kinds.values()) > 0.03, kinds


def test_the_same_generator_draws_the_same() -> None:
    one, other = (shown_courses(20, 10, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, other)
